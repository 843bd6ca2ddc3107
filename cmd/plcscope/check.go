package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"plcscope/report"
	"plcscope/rules"
	"plcscope/rules/mqttrules"
)

func newCheck() *cobra.Command {
	var (
		in      input
		format  string
		failOn  string
		verbose bool
		grace   time.Duration
		keep    int
	)
	c := &cobra.Command{
		Use:   "check FILE...",
		Short: "Judge the MQTT clients and brokers of a capture, rule by rule",
		Long: `check judges every MQTT client and broker that a capture shows, rule by rule:

  fail           the rule was broken; every case with frame, clause and what to do
  pass           the capture put the rule to the test, and it held
  inconclusive   it looks broken, but the capture cannot decide, and why
  not exercised  nothing in the capture put it to the test

Exit codes: 0 no finding at or above --fail-on, 1 findings, 2 usage or unreadable
input.`,
		Example: `  plcscope check bench-run.pcapng
  plcscope check --format json ring_*.pcap.zst
  ssh probe tcpdump -U -w - port 1883 | plcscope check -`,
		RunE: func(cmd *cobra.Command, args []string) error {
			least, err := rules.ParseSeverity(failOn)
			if err != nil {
				return err
			}
			if format != "text" && format != "json" {
				return fmt.Errorf("format %q is not known; text and json are", format)
			}
			capture, cfg, err := in.open(args)
			if err != nil {
				return err
			}
			defer capture.Close()
			engine := mqttrules.New(mqttrules.Options{Grace: int64(grace), Limits: rules.Limits{Findings: keep}})
			totals, err := analyse(cmd.Context(), capture, cfg, engine)
			if err != nil {
				return err
			}
			r := report.Report{
				Tool: tool(), Files: capture.Files(), Problems: capture.Problems(),
				Totals: totals, FailOn: least, Book: engine.Book(), Secrets: in.secrets,
			}
			w := cmd.OutOrStdout()
			if format == "json" {
				err = r.JSON(w)
			} else {
				err = r.Text(w, report.TextOptions{Style: style(w), Verbose: verbose, Width: width(w)})
			}
			if err != nil {
				return err
			}
			if r.Failed() {
				return errFindings
			}
			return nil
		},
	}
	in.flags(c)
	f := c.Flags()
	f.StringVar(&format, "format", "text", "text or json")
	f.StringVar(&failOn, "fail-on", "error", "least `SEVERITY` that makes the run fail: info, warning or error")
	f.BoolVarP(&verbose, "verbose", "v", false, "list the rules that held and those that were not exercised, too")
	f.DurationVar(&grace, "grace", 5*time.Second, "how long an answer may take before it counts as missing; never less than ten round trips")
	f.IntVar(&keep, "findings", 10, "findings kept in full per rule and subject; the rest is counted")
	return c
}
