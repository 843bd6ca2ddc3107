package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"plcscope/flows"
	"plcscope/flows/assets"
	"plcscope/flows/delivery"
	"plcscope/flows/values"
	"plcscope/pcaps"
	"plcscope/pcaps/samples"
	"plcscope/s7comm/variable"
	"plcscope/tui"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
	"plcscope/tui/scope"
)

// demo is the sample that --demo opens.
const demo = "mqtt31-plc-faulty.pcap"

func newTUI() *cobra.Command {
	var (
		in     input
		s      site
		j      judging
		named  naming
		filter string
		theme  string
		clock  string
		sample bool
	)
	c := &cobra.Command{
		Use:   "tui FILE|-",
		Short: "Look at a capture in the terminal, while it is read",
		Long: `tui shows a capture in the terminal: who talks and what is wrong, sessions, sequence
diagrams, packets, findings, topics, data of controllers and the delivery audit.
The first screen comes at once; the rest of a large capture is read meanwhile.

Keys 1 to 8 switch between the views, ? explains all keys, q leaves.`,
		Example: `  plcscope tui bench-run.pcapng
  plcscope tui --demo
  ssh probe tcpdump -U -w - port 1883 | plcscope tui -`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !term.IsTerminal(int(os.Stdout.Fd())) {
				return errors.New("standard output is no terminal; use check, read or flows")
			}
			opt := tui.Options{Words: &pane.Words{Secrets: in.secrets}, Filter: filter, Mouse: true}
			if theme != "" {
				if opt.Theme = paint.Find(theme); opt.Theme == nil {
					return fmt.Errorf("theme %q is not known; %s are", theme, strings.Join(paint.Names(), ", "))
				}
			}
			var err error
			if opt.Words.Clock, err = pane.ParseClock(clock); err != nil {
				return err
			}
			if err := j.valid(); err != nil {
				return err
			}
			if err := s.load(catalogue()); err != nil {
				return err
			}
			named.profile = s.file
			if err := named.load(os.Stderr); err != nil {
				return err
			}
			var capture *pcaps.Capture
			var cfg flows.Config
			name := demo
			if sample {
				capture, err = samples.Open(demo)
			} else {
				capture, cfg, err = in.open(cmd.Context(), args)
				name = filepath.Base(cmp.Or(append(in.files, args...)...))
			}
			if err != nil {
				return err
			}
			defer capture.Close()
			x := j.start(&s, s.terms())
			opt.Scope = scope.New(scope.Options{
				Name: name, Capture: capture, Config: cfg, Engines: x.engines, Books: x.books,
				Audit: delivery.New(delivery.Options{}), Inventory: assets.New(assets.Options{}),
				Values: values.New(values.Options{History: variable.MaxHistory, Variables: named.variables}),
			})
			defer opt.Scope.Close()
			return tui.Run(cmd.Context(), opt)
		},
	}
	in.flags(c)
	s.flags(c)
	j.flags(c)
	named.fileFlags(c)
	f := c.Flags()
	f.StringVarP(&filter, "display-filter", "Y", "", "display filter `EXPR` to begin with; see plcscope help filters")
	f.StringVar(&theme, "theme", "", "colours: "+strings.Join(paint.Names(), ", ")+"; without it what the terminal allows, and none with NO_COLOR")
	f.StringVarP(&clock, "time", "t", "relative", "how times are written: relative, delta, time, date, utc or epoch")
	f.BoolVar(&sample, "demo", false, "open a sample capture that comes with plcscope")
	return c
}
