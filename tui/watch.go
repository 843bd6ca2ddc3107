package tui

import "time"

// pause is the shortest time between two drawings that nobody has asked for with a key.
const pause = 200 * time.Millisecond

// watch draws when there is news: a slow terminal at the end of an ssh line should not be
// painted more often than eyes can follow.
func (a *App) watch() {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	news := a.scope.Index.Changed()
	sums := a.scope.Changed()
	complete := false
	for {
		select {
		case <-a.ctx.Done():
			return
		case <-a.nudge:
		case <-news:
			news = a.scope.Index.Changed()
			if a.scope.Index.Progress().Done {
				news = nil // it would tell no more
			}
		case <-sums:
			sums = a.scope.Changed()
		}
		if complete = a.scope.Latest().Complete; !complete {
			a.scope.Want()
		}
		done := make(chan struct{})
		a.queue(func() {
			a.refresh()
			close(done)
		})
		select {
		case <-done:
		case <-a.ctx.Done():
			return
		}
		select {
		case <-tick.C:
		case <-a.ctx.Done():
			return
		}
	}
}

// Nudge makes the interface draw what has changed outside the index and the snapshots. It
// may be called from anywhere.
func (a *App) Nudge() {
	select {
	case a.nudge <- struct{}{}:
	default:
	}
}

// refresh brings what is on the screen up to date.
func (a *App) refresh() {
	if f, ok := a.scope.Index.Frame(1); ok {
		a.words.Start = f.Time
	}
	a.resumed()
	a.view().Refresh()
}
