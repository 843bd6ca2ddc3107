package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"plcscope/decode/filter"
	"plcscope/flows"
	"plcscope/flows/frames"
	"plcscope/internal/manual"
	"plcscope/internal/wire"
	"plcscope/pcaps"
	"plcscope/rules"
	"plcscope/s7comm/variable"
)

// displayFilter is the flag -Y.
type displayFilter struct {
	text   string
	filter *filter.Filter // nil without one
}

func (d *displayFilter) flags(c *cobra.Command) {
	c.Flags().StringVarP(&d.text, "display-filter", "Y", "", "`FILTER` in Wireshark's language, such as mqtt.msgtype == 3; see plcscope help filters")
	_ = c.RegisterFlagCompletionFunc("display-filter", completeFilter) // fails for unknown flags alone
}

// fieldsOfFilters are what filters may name.
func fieldsOfFilters() *filter.Fields {
	f := filter.NewFields(frames.All(), dataFields.All())
	var ids []string
	for _, r := range catalogue() {
		ids = append(ids, r.ID)
	}
	f.Only(frames.Rule.Name, ids)
	f.Only(frames.Severity.Name, manual.Severities)
	return f
}

// compile reads the filter. The error shows where it is wrong.
func (d *displayFilter) compile() error {
	if strings.TrimSpace(d.text) == "" {
		return nil
	}
	f, err := filter.Compile(d.text, fieldsOfFilters())
	var e *filter.Error
	if errors.As(err, &e) {
		return fmt.Errorf("-Y: %w\n%s", err, indent(e.Pointer()))
	}
	d.filter = f
	return err
}

func indent(s string) string { return "  " + strings.ReplaceAll(s, "\n", "\n  ") }

// uses reports whether the filter looks at one of the named fields.
func (d *displayFilter) uses(names ...string) bool {
	if d.filter == nil {
		return false
	}
	return slices.ContainsFunc(d.filter.Fields(), func(f *wire.Field) bool { return slices.Contains(names, f.Name) })
}

// data reports whether the filter looks at S7 data.
func (d *displayFilter) data() bool {
	return d.uses(fAddress.Name, fValue.Name, fSymbol.Name)
}

// addData gives a view the addresses, values and symbols of a message.
func addData(v *frames.View, vars []variable.Variable) {
	var b []byte
	for i := range vars {
		x := &vars[i]
		v.Text(fAddress, x.AppendAddress(nil))
		if x.Raw != nil {
			b = x.AppendValue(b[:0])
			v.Text(fValue, b)
		}
		for n := range x.Names {
			v.Text(fSymbol, []byte(x.Names[n].Path))
		}
	}
}

// selection collects the connections that have a frame which passes a filter.
type selection struct {
	flows.Ignore
	sieve   *frames.Sieve
	streams map[uint64]bool
}

// selecting makes the configuration of an analysis collect the connections.
func (d *displayFilter) selecting(cfg *flows.Config) *selection {
	s := &selection{sieve: frames.New(frames.Options{Filter: d.filter}), streams: map[uint64]bool{}}
	cfg.Tracker.Trees = wire.Union(cfg.Tracker.Trees, s.sieve.Trees())
	cfg.Frame = s.sieve.Begin
	cfg.Done = s.done
	cfg.Other = s.sieve.Other
	return s
}

func (s *selection) Message(m *flows.Message) {
	if v := s.sieve.Message(m); v.Segment == nil && !s.streams[m.Conn.TCP.Stream] && v.Matches() {
		s.streams[m.Conn.TCP.Stream] = true // a frame that is over
	}
}

func (s *selection) done(_ *pcaps.Frame, c *flows.Connection) {
	v := s.sieve.Done(c)
	if c != nil && !s.streams[c.TCP.Stream] && v.Matches() {
		s.streams[c.TCP.Stream] = true
		s.sieve.Shown(v)
	}
}

// chosen shows an observer only the connections that were selected.
type chosen struct {
	flows.Observer
	streams map[uint64]bool
}

func (c chosen) has(x *flows.Connection) bool { return c.streams[x.TCP.Stream] }

// Until implements flows.Clock.
func (c chosen) Until(t int64) {
	if clock, ok := c.Observer.(flows.Clock); ok {
		clock.Until(t)
	}
}

func (c chosen) Opened(x *flows.Connection) {
	if c.has(x) {
		c.Observer.Opened(x)
	}
}

func (c chosen) Message(m *flows.Message) {
	if c.has(m.Conn) {
		c.Observer.Message(m)
	}
}

func (c chosen) Gap(g *flows.Gap) {
	if c.has(g.Conn) {
		c.Observer.Gap(g)
	}
}

func (c chosen) Ended(e *flows.End) {
	if c.has(e.Conn) {
		c.Observer.Ended(e)
	}
}

func (c chosen) Closed(x *flows.Connection) {
	if c.has(x) {
		c.Observer.Closed(x)
	}
}

// choose wraps observers so that they see the selected connections alone.
func choose(l []flows.Observer, streams map[uint64]bool) []flows.Observer {
	out := make([]flows.Observer, len(l))
	for i, o := range l {
		out[i] = chosen{o, streams}
	}
	return out
}

// selectStreams reads the captures once, for the connections that have a frame which
// passes the filter. They are read again later, which a pipe cannot be.
func (d *displayFilter) selectStreams(ctx context.Context, in *input, args []string) (map[uint64]bool, error) {
	if d.data() || d.uses(frames.Rule.Name, frames.Severity.Name) {
		return nil, fmt.Errorf("-Y %s: only read knows plcscope.rule, plcscope.severity, plcscope.symbol and plcscope.s7", d.text)
	}
	if err := in.rereadable(args, "-Y"); err != nil {
		return nil, err
	}
	capture, cfg, err := in.open(ctx, args)
	if err != nil {
		return nil, err
	}
	defer capture.Close()
	s := d.selecting(&cfg)
	_, err = analyse(ctx, capture, cfg, s)
	return s.streams, err
}

// evidence judges the captures once, when the filter asks for rules, and returns what
// tells the rules that a frame has broken; nil when it does not ask.
func (d *displayFilter) evidence(ctx context.Context, in *input, args []string) (func(frame uint64) []frames.Evidence, error) {
	if !d.uses(frames.Rule.Name, frames.Severity.Name) {
		return nil, nil
	}
	if err := in.rereadable(args, "-Y with plcscope.rule or plcscope.severity"); err != nil {
		return nil, err
	}
	var s site
	if err := s.load(catalogue()); err != nil {
		return nil, err
	}
	capture, cfg, err := in.open(ctx, args)
	if err != nil {
		return nil, err
	}
	defer capture.Close()
	j := judging{keep: maxEvidence}
	x := j.start(&s, s.terms())
	if _, err := analyse(ctx, capture, cfg, x.engines...); err != nil {
		return nil, err
	}
	byFrame := map[uint64][]frames.Evidence{}
	found := rules.Join(x.books...).Findings()
	for i := range found {
		if f := &found[i]; f.Verdict == rules.Fail && f.Frame != 0 {
			byFrame[f.Frame] = append(byFrame[f.Frame], frames.Evidence{Rule: []byte(f.Rule.ID), Severity: []byte(f.Severity.String())})
		}
	}
	return func(frame uint64) []frames.Evidence { return byFrame[frame] }, nil
}

// maxEvidence bounds the cases of one rule and subject that a filter knows.
const maxEvidence = 10_000

// rereadable is an error when the captures cannot be read twice.
func (in *input) rereadable(args []string, what string) error {
	names, err := in.names(args)
	if err != nil {
		return unreadable{err}
	}
	for _, name := range names {
		st, err := os.Stat(name)
		if name == "-" || err == nil && !st.Mode().IsRegular() {
			return fmt.Errorf("%s reads captures twice, which a pipe does not allow: write %q to a file first", what, name)
		}
	}
	return nil
}

// completeFilter completes the word at the end of a filter with the names of fields.
func completeFilter(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	at := strings.LastIndexAny(typed, " (!&|{") + 1
	var l []string
	for _, name := range fieldsOfFilters().Names() {
		if strings.HasPrefix(name, typed[at:]) {
			l = append(l, typed[:at]+name)
		}
	}
	return l, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// completeField completes the name of a field.
func completeField(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	var l []string
	for _, f := range allFields() {
		if strings.HasPrefix(f.Name, typed) {
			l = append(l, f.Name+"\t"+f.Title)
		}
	}
	return l, cobra.ShellCompDirectiveNoFileComp
}
