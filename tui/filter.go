package tui

import (
	"context"
	"errors"
	"slices"
	"time"

	"plcscope/decode/filter"
	"plcscope/flows"
	"plcscope/flows/frames"
	"plcscope/flows/index"
	"plcscope/internal/manual"
	"plcscope/internal/wire"
	"plcscope/tui/prompt"
)

// filterState is the display filter in force.
type filterState struct {
	text    string
	frames  *index.Selection // nil without a filter
	cancel  context.CancelFunc
	stopped bool // by the user, before all frames had been looked at

	names   *filter.Fields
	checked string        // the text that was checked last,
	fault   *prompt.Fault // and what is wrong with it
}

// Data is what filters ask that decoders do not know: the data of controllers, their
// values and symbols.
type Data interface {
	// See adds values to the view of the frame that completes a message. It is called
	// for every message of an analysis, in order.
	See(v *frames.View, m *flows.Message)
	// Gap tells that bytes of a connection are missing.
	Gap(g *flows.Gap)
}

// DataFields are the fields that a Data fills, and how to make one for each analysis.
type DataFields struct {
	Fields []*wire.Field
	New    func() Data
}

// fields are those that filters may name.
func (a *App) fields() []*wire.Field { return slices.Concat(frames.All(), a.opt.Data.Fields) }

// names are the fields as the filter language wants them.
func (a *App) names() *filter.Fields {
	if a.filter.names == nil {
		f := filter.NewFields(a.fields())
		if len(a.opt.Rules) > 0 {
			var ids []string
			for _, r := range a.opt.Rules {
				ids = append(ids, r.ID)
			}
			f.Only(frames.Rule.Name, ids)
		}
		f.Only(frames.Severity.Name, manual.Severities)
		a.filter.names = f
	}
	return a.filter.names
}

// Filter implements pane.Desk.
func (a *App) Filter() (string, *index.Selection) { return a.filter.text, a.filter.frames }

// SetFilter implements pane.Desk. A filter that is wrong leaves the old one in force.
func (a *App) SetFilter(text string) {
	if err := a.setFilter(text); err != nil {
		a.Complain(err)
	}
}

func (a *App) setFilter(text string) error {
	f, err := filter.Compile(text, a.names())
	if err != nil {
		return err
	}
	if a.filter.cancel != nil {
		a.filter.cancel()
	}
	a.filter.text, a.filter.frames, a.filter.cancel, a.filter.stopped = text, nil, nil, false
	defer a.refresh()
	if text == "" {
		return nil
	}
	ctx, cancel := context.WithCancel(a.ctx)
	s := index.NewSelection()
	a.filter.frames, a.filter.cancel = s, cancel
	a.beside(func() {
		defer cancel()
		err := a.apply(ctx, f, s)
		if err != nil && !errors.Is(err, context.Canceled) {
			a.queue(func() { a.Complain(err) })
		}
		a.Nudge()
	})
	return nil
}

// stopFilter ends the search for frames that pass, and reports whether there was one
// worth ending.
func (a *App) stopFilter() bool {
	s := a.filter.frames
	if s == nil || s.Done() || a.filter.stopped {
		return false
	}
	const near = 100_000 // frames that it is behind while it follows a capture that is read
	if p := a.scope.Index.Progress(); !p.Done && p.Frames-min(s.Seen(), p.Frames) < near {
		return false
	}
	a.filter.cancel()
	a.filter.stopped = true
	a.Say("the filter was stopped at frame %d; f and enter begin it anew", s.Seen())
	return true
}

// apply fills s with the frames that pass f. It belongs beside the interface.
func (a *App) apply(ctx context.Context, f *filter.Filter, s *index.Selection) error {
	judged, data := uses(f, frames.Rule, frames.Severity), uses(f, a.opt.Data.Fields...)
	ix := a.scope.Index
	if judged && a.scope.Live() {
		return a.applyAnew(ctx, f, s)
	}
	if judged { // findings may be about frames long gone
		if err := a.judged(ctx); err != nil {
			return err
		}
	}
	if own, ok := a.own(f, data); ok {
		return ix.Filter(ctx, f, own, s, true)
	}
	opt := frames.Options{Filter: f}
	if judged {
		opt.Evidence = evidenceOf(&a.scope.Latest().Verdicts).of
	}
	see, beside := a.see(data)
	return ix.Select(ctx, a.scope.Config(), opt, see, s, true, beside...)
}

// applyAnew looks for the frames again whenever there are other findings, as those of
// live traffic may be about frames that have passed.
func (a *App) applyAnew(ctx context.Context, f *filter.Filter, s *index.Selection) error {
	const share = 20 // of the time it may take one part in so many
	for first := true; ; first = false {
		changed := a.scope.Changed()
		a.scope.Want()
		began := time.Now()
		e := evidenceOf(&a.scope.Latest().Verdicts)
		fresh := s
		if !first {
			fresh = index.NewSelection()
		}
		see, beside := a.see(uses(f, a.opt.Data.Fields...))
		if err := a.scope.Index.Select(ctx, a.scope.Config(), frames.Options{Filter: f, Evidence: e.of}, see, fresh, false, beside...); err != nil {
			return err
		}
		if !first {
			a.queue(func() {
				if ctx.Err() == nil {
					a.filter.frames = fresh
					a.refresh()
				}
			})
		}
		if a.scope.Latest().Complete {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
		select {
		case <-time.After(max(2*time.Second, share*time.Since(began))):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// judged waits until all verdicts are there.
func (a *App) judged(ctx context.Context) error {
	for {
		changed := a.scope.Changed()
		if a.scope.Latest().Complete {
			return nil
		}
		a.scope.Want()
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// see is what adds the data of controllers to frames, when the filter asks for them.
func (a *App) see(wanted bool) (func(*frames.View, *flows.Message), []flows.Observer) {
	if !wanted || a.opt.Data.New == nil {
		return nil, nil
	}
	d := a.opt.Data.New()
	return d.See, []flows.Observer{gaps{tell: d.Gap}}
}

// gaps is an observer of holes alone.
type gaps struct {
	flows.Ignore
	tell func(*flows.Gap)
}

func (g gaps) Gap(x *flows.Gap) { g.tell(x) }

// uses reports whether a filter looks at one of the fields.
func uses(f *filter.Filter, l ...*wire.Field) bool {
	return slices.ContainsFunc(f.Fields(), func(x *wire.Field) bool { return slices.Contains(l, x) })
}
