package main

import (
	"time"

	"github.com/spf13/cobra"

	"plcscope/report"
	"plcscope/rules"
	"plcscope/rules/mqttrules"
	"plcscope/rules/s7rules"
)

func newCheck() *cobra.Command {
	var (
		in       input
		out      reports
		trail    audit
		failOn   string
		required []string
		exitZero bool
		grace    time.Duration
		keep     int
	)
	c := &cobra.Command{
		Use:   "check FILE...",
		Short: "Judge the MQTT and S7 partners of a capture, rule by rule",
		Long: `check judges every MQTT client and broker and every S7 client and controller that
a capture shows, rule by rule:

  fail           the rule was broken; every case with frame, clause and what to do
  pass           the capture put the rule to the test, and it held
  inconclusive   it looks broken, but the capture cannot decide, and why
  not exercised  nothing in the capture put it to the test

Exit codes: 0 no finding at or above --fail-on, 1 findings, 2 usage, input that
cannot be read or a report that cannot be written, 4 no findings, but less was put to
the test than --require-exercised asks for. With --exit-zero, 0 in place of 1 and 4.`,
		Example: `  plcscope check bench-run.pcapng
  plcscope check --format json ring_*.pcap.zst
  plcscope check --output html=report.html --output junit=junit.xml bench-run.pcapng
  ssh probe tcpdump -U -w - port 1883 | plcscope check -`,
		RunE: func(cmd *cobra.Command, args []string) error {
			least, err := rules.ParseSeverity(failOn)
			if err != nil {
				return err
			}
			must, err := requirements(required, catalogue())
			if err != nil {
				return err
			}
			defer out.discard()
			if err := out.open(cmd); err != nil {
				return err
			}
			capture, cfg, err := in.open(args)
			if err != nil {
				return err
			}
			defer capture.Close()
			engine := mqttrules.New(mqttrules.Options{Grace: int64(grace), Limits: rules.Limits{Findings: keep}})
			s7 := s7rules.New(s7rules.Options{Grace: int64(grace), Limits: rules.Limits{Findings: keep}})
			if err := trail.beside(&cfg); err != nil {
				return err
			}
			totals, err := analyse(cmd.Context(), capture, cfg, out.observers(in.secrets, []*rules.Book{engine.Book(), s7.Book()}, engine, s7)...)
			if err != nil {
				return err
			}
			r := report.Report{
				Tool: tool(), Files: capture.Files(), Problems: capture.Problems(),
				Totals: totals, FailOn: least, Book: rules.Join(engine.Book(), s7.Book()), Secrets: in.secrets,
				Delivery: trail.result(),
			}
			if err := out.write(cmd.Context(), cmd.OutOrStdout(), &r); err != nil {
				return err
			}
			return verdict(&r, must, exitZero)
		},
	}
	in.flags(c)
	out.flags(c)
	trail.flags(c)
	f := c.Flags()
	f.StringVar(&failOn, "fail-on", "error", "least `SEVERITY` that makes the run fail: info, warning or error")
	f.StringArrayVar(&required, "require-exercised", nil, "end with 4 when the capture does not put a rule, or a share of the rules, to the test: `RULE|N%`; repeat for more")
	f.BoolVar(&exitZero, "exit-zero", false, "end with 0 whatever was found, for runs that only report")
	f.DurationVar(&grace, "grace", 5*time.Second, "how long an answer may take before it counts as missing; never less than ten round trips")
	f.IntVar(&keep, "findings", 10, "findings kept in full per rule and subject; the rest is counted")
	return c
}
