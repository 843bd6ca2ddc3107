package tui

import (
	"errors"
	"path/filepath"

	"plcscope/decode/filter"
	"plcscope/tui/keep"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

// Keeping says where is kept what the user sets. The zero value keeps nothing.
type Keeping struct {
	Store keep.Store
	Key   string // of the capture; "" keeps only what holds for all
}

// Given tells what the user has asked for now, which goes before what was kept.
type Given struct{ Filter, Theme, Clock, View bool }

// restore puts back what was kept. The filter is returned: it is set when the interface
// runs.
func (a *App) restore() (filterText string) {
	k, given := a.opt.Keep, a.opt.Given
	all, err := k.Store.Common()
	if err != nil {
		a.Complain(err)
	}
	a.histories.filter.Set(all.Filters)
	a.histories.command.Set(all.Commands)
	a.histories.search.Set(all.Searches)
	if t := paint.Find(all.Theme); t != nil && !given.Theme && a.opt.Theme == nil {
		a.look.Theme, a.themed = t, true
	}
	c, err := k.Store.Capture(k.Key)
	if err != nil {
		a.Complain(err)
	}
	if c == nil {
		return ""
	}
	for i := range views {
		if string(views[i].name) == c.View && !given.View {
			a.at = i
		}
		if v, ok := a.views[i].(pane.Keeper); ok {
			v.Restore(c.Views[string(views[i].name)])
		}
	}
	if clock, err := pane.ParseClock(c.Clock); err == nil && !given.Clock {
		a.words.Clock = clock
	}
	a.words.Reference, a.words.Private = c.Reference, c.Private
	a.setMarks(c.Marks, c.Notes)
	a.chosen.Set(c.Sessions...)
	a.resume = c.Frame
	if _, err := filter.Compile(c.Filter, a.names()); err == nil && !given.Filter {
		return c.Filter
	}
	return ""
}

// resumed goes to the frame that was selected, as soon as it is there, unless the user
// has gone somewhere else.
func (a *App) resumed() {
	if a.resume == 0 || a.resume > a.scope.Index.Frames() && !a.scope.Index.Progress().Done {
		return
	}
	n := a.resume
	a.resume = 0
	if a.taken.Load() == 0 {
		a.view().Show(pane.Target{Frame: n})
	}
}

// keep keeps what is set. It is called when the interface has ended.
func (a *App) keep() error {
	k := a.opt.Keep
	all := &keep.Common{Filters: a.histories.filter.All(), Commands: a.histories.command.All(), Searches: a.histories.search.All()}
	if a.themed {
		all.Theme = a.look.Theme.Name
	}
	if a.words.Private { // what was typed may tell what is hidden
		if old, err := k.Store.Common(); err == nil {
			all.Filters, all.Commands, all.Searches = old.Filters, old.Commands, old.Searches
		}
	}
	err := k.Store.SetCommon(all)
	if k.Key == "" {
		return err
	}
	c := &keep.Capture{
		Name: filepath.Base(a.scope.Name()), View: string(views[a.at].name), Frame: a.view().Place().Frame, Filter: a.filter.text,
		Clock: a.words.Clock.String(), Reference: a.words.Reference, Private: a.words.Private,
		Marks: a.marks.All(), Notes: a.marks.Note, Sessions: a.chosen.All(), Views: map[string]map[string]string{},
	}
	if a.resume != 0 {
		c.Frame = a.resume
	}
	for i := range views {
		if v, ok := a.views[i].(pane.Keeper); ok {
			if m := v.Keep(); len(m) > 0 {
				c.Views[string(views[i].name)] = m
			}
		}
	}
	return errors.Join(err, k.Store.SetCapture(k.Key, c))
}

// Views are the names of all views, in the order of their keys.
func Views() (l []string) {
	for i := range views {
		l = append(l, string(views[i].name))
	}
	return l
}
