package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"plcscope/report"
	"plcscope/report/merge"
	"plcscope/rules"
	"plcscope/rules/mqttrules"
	"plcscope/rules/profile"
	"plcscope/rules/s7rules"
	"plcscope/rules/siterules"
)

func newMerge() *cobra.Command {
	var (
		out      reports
		failOn   string
		required []string
		exitZero bool
		keep     int
		secrets  bool
	)
	c := &cobra.Command{
		Use:   "merge REPORT.json...",
		Short: "Make one report of many that check has written as JSON",
		Long: `merge joins reports of check --format json about captures of other times and places.
Counts are summed; the verdict on a rule and a subject is the highest of all: what one
capture shows to be broken is broken. A finding with the fingerprint of one in an earlier
report is only counted. Frames are those of the capture that a finding is in.

A filter that all reports have is that of the merged one; different filters are told, as
nothing is said of what a report has left out. What data and partners are called comes from
whichever report knows it; where reports differ, the first stays, and it is told.

What became of messages (check --audit) is summed up, too, by client identifier and broker;
percentiles of several captures are those of the bars that the reports hold.

Exit codes are those of check; without --fail-on, the strictest of the reports counts.`,
		Example: `  plcscope check --format json monday.pcapng > monday.json
  plcscope check --format json tuesday.pcapng > tuesday.json
  plcscope merge monday.json tuesday.json
  plcscope merge --output html=plant.html --output sarif=plant.sarif taps/*.json`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if keep < 1 {
				return fmt.Errorf("--findings %d: want 1 or more", keep)
			}
			must, err := requirements(required, catalogue(), &site{profile: &profile.Profile{}})
			if err != nil {
				return err
			}
			if err := out.open(cmd, args); err != nil {
				return err
			}
			m := merge.New(merge.Options{
				Tool: tool(), Findings: keep, Secrets: secrets, Others: siterules.Catalogue(),
				Rules: map[rules.Protocol][]*rules.Rule{rules.MQTT: mqttrules.Catalogue(), rules.S7comm: s7rules.Catalogue()},
			})
			for _, name := range args {
				if err := addReport(m, name); err != nil {
					return err
				}
				if err := cmd.Context().Err(); err != nil {
					return err
				}
			}
			r := m.Report()
			if failOn != "" {
				if r.FailOn, err = rules.ParseSeverity(failOn); err != nil {
					return err
				}
			}
			if err := out.all(cmd.OutOrStdout(), r); err != nil {
				return err
			}
			return verdict(r, must, exitZero)
		},
	}
	out.flags(c)
	f := c.Flags()
	f.StringVar(&failOn, "fail-on", "", "least `SEVERITY` that makes the run fail: info, warning or error; without it, the least of those in the reports")
	f.StringArrayVar(&required, "require-exercised", nil, "end with 4 when the captures do not put a rule, or a share of the rules, to the test: `RULE|N%`; repeat for more")
	f.BoolVar(&exitZero, "exit-zero", false, "end with 0 whatever was found, for runs that only report")
	f.IntVar(&keep, "findings", 10, "findings kept in full per rule and subject; the rest is counted")
	f.BoolVar(&secrets, "show-secrets", false, "show bytes that may hold passwords, where the reports have them")
	return c
}

// addReport reads a report; - is standard input.
func addReport(m *merge.Merger, name string) error {
	var in io.Reader = os.Stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return unreadable{err}
		}
		defer f.Close()
		in = f
	}
	if err := m.Add(bufio.NewReaderSize(in, 64<<10), name); err != nil {
		return unreadable{err}
	}
	return nil
}

// all writes all reports of r as it is.
func (o *reports) all(stdout io.Writer, r *report.Report) error {
	err := o.render(o.format, stdout, r)
	for _, f := range o.files {
		err = errors.Join(err, f.write(func(w io.Writer) error { return o.render(f.format, w, r) }))
	}
	return err
}
