package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"plcscope/decode"
	"plcscope/flows"
	"plcscope/flows/tcp"
	"plcscope/pcaps"
	"plcscope/report"
)

// input holds the flags that every command that reads captures has.
type input struct {
	files    []string
	decodeAs []string
	keyVLAN  bool
	secrets  bool
}

func (in *input) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringArrayVarP(&in.files, "read", "r", nil, "capture `FILE` to read; a bare argument works too, - is standard input, a folder all captures in it, folder/... also below it")
	f.StringArrayVarP(&in.decodeAs, "decode-as", "d", nil, "rule what a port carries, as in `tcp.port==1884,mqtt`")
	f.BoolVar(&in.keyVLAN, "key-vlan", false, "keep equal addresses in different VLANs apart")
	f.BoolVar(&in.secrets, "show-secrets", false, "show passwords instead of masking them")
}

// open opens the captures named by flags and arguments as one capture. It does not
// wait for a pipe longer than ctx lasts.
func (in *input) open(ctx context.Context, args []string) (*pcaps.Capture, flows.Config, error) {
	cfg := flows.Config{Tracker: flows.Options{
		TCP:      tcp.Options{KeyVLAN: in.keyVLAN},
		DecodeAs: flows.DecodeAs{},
	}}
	if len(in.files)+len(args) == 0 {
		return nil, cfg, fmt.Errorf("no capture given; name a file, or - for standard input")
	}
	for _, d := range in.decodeAs {
		if err := cfg.Tracker.DecodeAs.Add(d); err != nil {
			return nil, cfg, err
		}
	}
	names, err := in.names(args)
	if err != nil {
		return nil, cfg, unreadable{err}
	}
	type opened struct {
		c   *pcaps.Capture
		err error
	}
	done := make(chan opened, 1)
	go func() {
		c, err := pcaps.Open(names, pcaps.Options{})
		done <- opened{c, err}
	}()
	select {
	case x := <-done:
		return x.c, cfg, asUnreadable(x.err)
	case <-ctx.Done():
		return nil, cfg, ctx.Err()
	}
}

// names are the captures that flags and arguments name, those of folders one by one.
func (in *input) names(args []string) ([]string, error) {
	return expand(slices.Concat(in.files, args))
}

// inputs are the files that are read: captures, and those that are named further.
func (in *input) inputs(args []string, more ...string) []string {
	names, err := in.names(args)
	if err != nil { // open will say so
		names = slices.Concat(in.files, args)
	}
	return append(names, more...)
}

// unreadable is an error of a capture: it makes the program end with exitUnreadable.
type unreadable struct{ error }

func (u unreadable) Unwrap() error { return u.error }

// asUnreadable marks an error of reading a capture, unless somebody stopped it.
func asUnreadable(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return unreadable{err}
}

// analyse runs a capture through the observers, with a progress bar when it
// takes long enough to wonder.
func analyse(ctx context.Context, c *pcaps.Capture, cfg flows.Config, observers ...flows.Observer) (flows.Totals, error) {
	return watched(c, func() (flows.Totals, error) { return flows.Analyse(ctx, c, cfg, observers...) })
}

// analyseLanes is analyse by several workers, see flows.AnalyseLanes.
func analyseLanes(ctx context.Context, c *pcaps.Capture, cfg flows.Config, workers int, observers [flows.Lanes][]flows.Observer) (flows.Totals, error) {
	return watched(c, func() (flows.Totals, error) { return flows.AnalyseLanes(ctx, c, cfg, workers, observers) })
}

// watched runs an analysis of c with a progress bar.
func watched(c *pcaps.Capture, analysis func() (flows.Totals, error)) (flows.Totals, error) {
	stop := progress(c)
	defer stop()
	t, err := analysis()
	if problems := c.Problems(); err == nil && t.Frames == 0 && len(problems) > 0 {
		err = &problems[0] // nothing of it could be read, so nothing of it can be said
	}
	return t, asUnreadable(err)
}

// progress draws a bar on a terminal for a capture that takes over a second. The
// function that it returns removes the bar.
func progress(c *pcaps.Capture) func() {
	if !term.IsTerminal(int(os.Stderr.Fd())) {
		return func() {}
	}
	quit, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		select {
		case <-quit:
			return
		case <-time.After(time.Second):
		}
		_, total := c.Progress()
		if total == 0 {
			total = -1
		}
		bar := progressbar.NewOptions64(total,
			progressbar.OptionSetWriter(os.Stderr), progressbar.OptionShowBytes(true),
			progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			done, _ := c.Progress()
			_ = bar.Set64(done) // a bar that cannot be drawn is no reason to stop
			select {
			case <-quit:
				_ = bar.Clear()
				return
			case <-tick.C:
			}
		}
	}()
	return func() {
		close(quit)
		<-gone
	}
}

// style colours only what goes to a terminal, unless NO_COLOR is set.
func style(w io.Writer) report.Style {
	f, ok := w.(*os.File)
	return report.Style(ok && term.IsTerminal(int(f.Fd())) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb")
}

// width is the number of columns to write prose for.
func width(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 40 {
			return min(n, 120)
		}
	}
	return 100
}

// warn tells problems of the capture on standard error, for commands whose
// output has no place for them.
func warn(c *pcaps.Capture, t flows.Totals) {
	for _, p := range c.Problems() {
		fmt.Fprintln(os.Stderr, "plcscope:", report.Clean(p.String()))
	}
	switch n := t.Decode.Skipped[decode.UnknownLink]; n {
	case 0:
	case 1:
		fmt.Fprintln(os.Stderr, "plcscope: 1 frame has a link layer that is not decoded")
	default:
		fmt.Fprintf(os.Stderr, "plcscope: %d frames have a link layer that is not decoded\n", n)
	}
}
