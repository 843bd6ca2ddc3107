package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"plcscope/flows"
	"plcscope/flows/assets"
	"plcscope/flows/delivery"
	"plcscope/flows/values"
	"plcscope/report"
	"plcscope/rules"
	"plcscope/s7comm/variable"
	"plcscope/tui"
	"plcscope/tui/keep"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
	"plcscope/tui/scope"
)

// demo is the sample that --demo opens.
const demo = "mqtt31-plc-faulty.pcap"

// tuiFindings are how many cases of a rule and subject the interface keeps: people go
// through them, and filters ask for their frames.
const tuiFindings = 1000

// screen holds the flags of tui alone.
type screen struct {
	filter  string
	theme   string
	clock   string
	view    string
	sample  bool
	noState bool
	noMouse bool
}

func (x *screen) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVarP(&x.filter, "display-filter", "Y", "", "display filter `EXPR` to begin with; see plcscope help filters")
	f.StringVar(&x.theme, "theme", "", "colours: "+strings.Join(paint.Names(), ", ")+"; without it what the terminal allows, and none with NO_COLOR")
	f.StringVarP(&x.clock, "time", "t", "relative", "how times are written: relative, delta, time, date, utc or epoch")
	f.StringVar(&x.view, "view", "", "`VIEW` to begin with: "+strings.ToLower(strings.Join(tui.Views(), ", ")))
	f.BoolVar(&x.sample, "demo", false, "open a sample capture that comes with plcscope")
	f.BoolVar(&x.noState, "no-state", false, "neither restore nor keep what was set for a file")
	f.BoolVar(&x.noMouse, "no-mouse", false, "leave the mouse to the terminal")
	_ = c.RegisterFlagCompletionFunc("display-filter", completeFilter) // fails for unknown flags alone
}

// options are those of the interface that the flags name.
func (x *screen) options(c *cobra.Command, secrets bool) (tui.Options, error) {
	opt := tui.Options{
		Words: &pane.Words{Secrets: secrets}, Filter: x.filter, Mouse: !x.noMouse, Tool: tool(), Rules: catalogue(),
		Given: tui.Given{Filter: c.Flags().Changed("display-filter"), Theme: x.theme != "", Clock: c.Flags().Changed("time"), View: x.view != ""},
	}
	if x.theme != "" {
		if opt.Theme = paint.Find(x.theme); opt.Theme == nil {
			return opt, fmt.Errorf("theme %q is not known; %s are", x.theme, strings.Join(paint.Names(), ", "))
		}
	}
	for _, v := range tui.Views() {
		if x.view != "" && strings.HasPrefix(strings.ToLower(v), strings.ToLower(x.view)) {
			opt.View = pane.Name(v)
		}
	}
	if x.view != "" && opt.View == "" {
		return opt, fmt.Errorf("view %q is not known; %s are", x.view, strings.ToLower(strings.Join(tui.Views(), ", ")))
	}
	if x.filter != "" {
		d := displayFilter{text: x.filter}
		if err := d.compile(); err != nil {
			return opt, err
		}
	}
	var err error
	opt.Words.Clock, err = pane.ParseClock(x.clock)
	return opt, err
}

func newTUI() *cobra.Command {
	var (
		in    input
		take  capturing
		s     site
		j     judging
		named naming
		trail audit
		x     screen
	)
	c := &cobra.Command{
		Use:   "tui FILE|-",
		Short: "Look at a capture in the terminal, while it is read",
		Long: `tui shows a capture in the terminal: who talks and what is wrong, sessions, sequence
diagrams, packets, findings, topics, data of controllers and the delivery audit.
The first screen comes at once; the rest of a large capture is read meanwhile.
With -i it shows what an interface sees, as it happens.

Keys 1 to 8 switch between the views, ? explains all keys and commands, q leaves.

What was set for a file (view, filter, marks, chosen sessions) is there again when it is
opened again; it is kept in the user's state folder, never beside the capture.`,
		Example: `  plcscope tui bench-run.pcapng
  plcscope tui --demo
  plcscope tui -i eth0
  plcscope tui -Y 'plcscope.severity == "error"' --view packets bench-run.pcapng
  ssh probe tcpdump -U -w - port 1883 | plcscope tui -`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := terminal(); err != nil {
				return err
			}
			opt, err := x.options(cmd, in.secrets)
			if err != nil {
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
			opt.Words.Label = labels(s.profile)
			opt.Data = dataOf(&named)
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGHUP) // the terminal is gone
			defer stop()
			src, err := seen(ctx, cmd, args, &in, &take, &x)
			if err != nil {
				return err
			}
			defer src.close()
			if src.live {
				j.total, j.sessions = maxFindings, maxSessions
			}
			judge := j.start(&s, s.terms())
			audit, err := trail.always(&s)
			if err != nil {
				return err
			}
			sc := src.scope
			sc.Engines, sc.Books = src.watched(judge.engines, judge.mqtt.Missed), judge.books
			sc.Audit, sc.Inventory = audit, assets.New(assets.Options{})
			sc.Values = values.New(values.Options{History: variable.MaxHistory, Variables: named.variables})
			opt.Scope = scope.New(sc)
			defer opt.Scope.Close()
			opt.Inputs, opt.Describe = src.inputs, src.describe
			opt.Report = func(t flows.Totals, complete bool) *report.Report {
				r := &report.Report{
					Tool: tool(), Interrupted: !complete, Totals: t, FailOn: rules.Error, Book: rules.Join(judge.books...), Secrets: in.secrets,
					Profile: s.profile.File, Waivers: s.excuses.Waivers, Baseline: s.excuses.Baseline,
				}
				r.Files, r.Problems = src.told()
				became := audit.Now()
				if complete {
					became = audit.Result()
				}
				r.Delivery = &became
				if r.Connections = opt.Scope.Index.Infos(nil); len(r.Connections) > report.MaxTimeline {
					r.Unlisted = uint64(len(r.Connections) - report.MaxTimeline)
					r.Connections = r.Connections[:report.MaxTimeline]
				}
				return r
			}
			if !x.noState {
				opt.Keep = remembered(src.inputs)
			}
			// Nearly all that an index allocates stays: collecting early costs little and
			// halves what a large capture takes.
			defer debug.SetGCPercent(debug.SetGCPercent(25))
			if err := tui.Run(ctx, opt); err != nil {
				return err
			}
			return ctx.Err()
		},
	}
	in.flags(c)
	take.flags(c)
	s.flags(c)
	j.flags(c)
	named.fileFlags(c)
	c.Flags().StringArrayVar(&trail.replies, "reply", nil, "which topic answers which, as in `'plc/+/req=>plc/+/rsp'`, for requests over topics before MQTT 5; repeat for more")
	x.flags(c)
	j.keep = tuiFindings
	c.Flags().Lookup("findings").DefValue = fmt.Sprint(tuiFindings)
	return c
}

// terminal reports what keeps the interface from being shown.
func terminal() error {
	switch {
	case !term.IsTerminal(int(os.Stdout.Fd())):
		return errors.New("standard output is no terminal; use check, read or flows")
	case os.Getenv("TERM") == "" && os.PathSeparator == '/':
		return errors.New("TERM is not set, so nobody knows what this terminal can do; try TERM=xterm-256color plcscope tui …")
	}
	return nil
}

// always makes the audit, whether it was asked for or not.
func (a *audit) always(s *site) (*delivery.Audit, error) {
	a.on = true
	var cfg flows.Config
	err := a.beside(&cfg, s)
	return a.observer, err
}

// seen is what is looked at: files, a pipe or interfaces.
func seen(ctx context.Context, cmd *cobra.Command, args []string, in *input, take *capturing, x *screen) (*sight, error) {
	named := len(in.files)+len(args) > 0
	switch {
	case x.sample && (named || len(take.names) > 0), named && len(take.names) > 0:
		return nil, errors.New("a file, -i INTERFACE or --demo: one of them")
	case x.sample:
		return seeSample()
	case len(take.names) > 0:
		return seeInterfaces(cmd, in, take)
	case !named:
		return nil, errors.New("no capture given; name a file, - for standard input, an interface with -i, or take --demo")
	}
	return seeFiles(ctx, in, args)
}

// remembered is where what is set for captures is kept: nowhere, when the user has no
// folder for that.
func remembered(names []string) (k tui.Keeping) {
	if dir, err := keep.Folder(); err == nil {
		k.Store.Dir = dir
		k.Key, _ = keep.Key(names)
	}
	return k
}
