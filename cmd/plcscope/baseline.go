package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"plcscope/report"
	"plcscope/rules"
)

func newBaseline() *cobra.Command {
	c := &cobra.Command{
		Use:   "baseline",
		Short: "Name the findings that are known",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.AddCommand(newBaselineWrite())
	return c
}

func newBaselineWrite() *cobra.Command {
	var (
		in   input
		s    site
		j    judging
		path string
	)
	c := &cobra.Command{
		Use:   "write -o FILE CAPTURE...",
		Short: "Write what captures show into a baseline",
		Long: `write judges captures as check does and writes the fingerprint of every defect
that is certain into a baseline: check --baseline FILE then fails only by what is new.
What a waiver of the profile excuses is left out: when the waiver expires, it is new.`,
		Example: `  plcscope baseline write -o baseline.json monday.pcapng tuesday.pcapng
  plcscope check --baseline baseline.json bench.pcapng`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if path == "" {
				return fmt.Errorf("say where the baseline goes: -o FILE, - is standard output")
			}
			if err := j.valid(); err != nil {
				return err
			}
			if err := s.load(catalogue()); err != nil {
				return err
			}
			var file *reportFile
			if path != "-" {
				var err error
				if file, err = newReportFile("baseline", path, in.inputs(args, s.profile.File)); err != nil {
					return err
				}
			}
			capture, cfg, err := in.open(cmd.Context(), args)
			if err != nil {
				return err
			}
			defer capture.Close()
			b := report.NewBaseline()
			terms := s.terms()
			terms.Excuse = func(f *rules.Finding) *rules.Excuse {
				x := s.excuses.Excuse(f)
				if x == nil {
					b.Add(f)
				}
				return x
			}
			totals, err := analyse(cmd.Context(), capture, cfg, j.start(&s, terms).engines...)
			if err != nil {
				return err
			}
			warn(capture, totals)
			if b.Over > 0 {
				fmt.Fprintf(os.Stderr, "plcscope: the baseline is full: it holds %d findings, and further ones, with %s, will be new\n", b.Len(), several(int(b.Over), "case"))
			}
			if file == nil {
				return b.Write(cmd.OutOrStdout())
			}
			if err := file.write(func(w io.Writer) error { return b.Write(w) }); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", path, several(b.Len(), "finding"))
			return nil
		},
	}
	in.flags(c)
	s.flags(c)
	j.flags(c)
	_ = c.Flags().MarkHidden("findings") // a baseline knows all of them; the flag exists
	c.Flags().StringVarP(&path, "output", "o", "", "the `FILE` to write; - is standard output")
	return c
}
