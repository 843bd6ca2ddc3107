package main

import (
	"cmp"
	"context"
	"errors"
	"os"

	"github.com/spf13/cobra"

	"plcscope/flows"
	"plcscope/report"
	"plcscope/rules"
)

func newCheck() *cobra.Command {
	var (
		in       input
		out      reports
		trail    audit
		s        site
		j        judging
		failOn   string
		required []string
		exitZero bool
		display  displayFilter
		names    naming
		w        workers
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

With -Y, only connections are judged that have a frame which passes a display filter;
the files are read twice for that.

A profile names the partners, grants them time, waives findings and lays down what
the standards do not: see plcscope profile. What it waives, and what --baseline knows,
stays in the report and does not make the run fail.

Exit codes: 0 no finding at or above --fail-on, 1 findings, 2 usage, a profile that is
not understood or a report that cannot be written, 3 a capture that cannot be read, 4 no
findings, but less was put to the test than --require-exercised asks for, 130
interrupted: the reports then tell what was seen until then, and say so. With
--exit-zero, 0 in place of 1 and 4.`,
		Example: `  plcscope check bench-run.pcapng
  plcscope check --format json ring_*.pcap.zst
  plcscope check --profile plant.yaml --baseline baseline.json bench-run.pcapng
  plcscope check --output html=report.html --output junit=junit.xml bench-run.pcapng
  ssh probe tcpdump -U -w - port 1883 | plcscope check -`,
		RunE: func(cmd *cobra.Command, args []string) error {
			least, err := rules.ParseSeverity(failOn)
			if err != nil {
				return err
			}
			if err := errors.Join(j.valid(), w.valid()); err != nil {
				return err
			}
			if err := s.load(catalogue()); err != nil {
				return err
			}
			if out.verbose {
				s.tell(os.Stderr)
			}
			if err := display.compile(); err != nil {
				return err
			}
			names.profile = cmp.Or(s.profile.File, "none")
			if err := names.load(os.Stderr); err != nil {
				return err
			}
			must, err := requirements(required, catalogue(), &s)
			if err != nil {
				return err
			}
			if err := out.open(cmd, in.inputs(args, s.profile.File, s.baseline)); err != nil {
				return err
			}
			var streams map[uint64]bool
			if display.filter != nil {
				if streams, err = display.selectStreams(cmd.Context(), &in, args); err != nil {
					return err
				}
			}
			capture, cfg, err := in.open(cmd.Context(), args)
			if err != nil {
				return err
			}
			defer capture.Close()
			if err := trail.beside(&cfg, &s); err != nil {
				return err
			}
			var x *judges
			var totals flows.Totals
			if display.filter != nil || out.together() || s.excuses.Any() {
				x = j.start(&s, s.terms())
				observers := out.observers(in.secrets, x.books, x.engines...)
				if display.filter != nil {
					observers, cfg.Aside = choose(observers, streams), choose(cfg.Aside, streams)
				}
				totals, err = analyse(cmd.Context(), capture, cfg, observers...)
			} else {
				x, totals, err = w.judge(cmd.Context(), capture, cfg, &j, &s, s.terms())
			}
			stopped := errors.Is(err, context.Canceled)
			if err != nil && !stopped {
				return err
			}
			r := report.Report{
				Tool: tool(), Interrupted: stopped, Files: capture.Files(), Problems: capture.Problems(),
				Totals: totals, FailOn: least, Book: rules.Join(x.books...), Secrets: in.secrets,
				Delivery: trail.result(), Profile: s.profile.File, Waivers: s.excuses.Waivers, Baseline: s.excuses.Baseline,
			}
			if names.others != nil {
				r.Names = names.ofFinding
			}
			if display.filter != nil {
				r.Filter, r.Chosen = display.filter.String(), len(streams)
			}
			if err := out.write(cmd.Context(), cmd.OutOrStdout(), &r); err != nil {
				return err
			}
			if stopped {
				return context.Canceled
			}
			return verdict(&r, must, exitZero)
		},
	}
	in.flags(c)
	display.flags(c)
	out.flags(c)
	trail.flags(c)
	names.symbolFlag(c)
	f := c.Flags()
	f.StringVar(&failOn, "fail-on", "error", "least `SEVERITY` that makes the run fail: info, warning or error")
	f.StringArrayVar(&required, "require-exercised", nil, "end with 4 when the capture does not put a rule, or a share of the rules, to the test: `RULE|N%`; repeat for more")
	f.BoolVar(&exitZero, "exit-zero", false, "end with 0 whatever was found, for runs that only report")
	f.StringVar(&s.baseline, "baseline", "", "`FILE` with the findings that are known: only others make the run fail; see plcscope baseline write")
	s.flags(c)
	j.flags(c)
	w.flags(c)
	return c
}
