package scope

import (
	"time"

	"plcscope/flows"
	"plcscope/flows/assets"
	"plcscope/flows/delivery"
	"plcscope/rules"
	"plcscope/s7comm/variable"
)

// Snapshot is what was summed up at one time. It never changes.
type Snapshot struct {
	Frames   uint32       // that had been analysed
	Complete bool         // all there will be
	Totals   flows.Totals // when Complete
	Err      error        // why the analysis ended early; when Complete

	Verdicts   Verdicts
	Assets     assets.Result
	Values     []*variable.Entry // by controller and address
	MoreValues uint64            // sightings of variables beyond the bound
	Delivery   delivery.Result
}

// least is the shortest time between two snapshots, and share how much of the time they
// may take: one part in so many.
const (
	least = 250 * time.Millisecond
	share = 10
)

// Latest returns the latest snapshot.
func (s *Scope) Latest() *Snapshot { return s.latest.Load() }

// Want asks for a newer one. Changed tells when it is there.
func (s *Scope) Want() { s.wanted.Store(true) }

// Changed returns a channel that is closed when there is a newer snapshot.
func (s *Scope) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// serve answers, between two batches, what others want to know.
func (s *Scope) serve() {
	s.answer(false)
	if !s.wanted.Load() {
		return
	}
	now := time.Now()
	if now.Before(s.next) {
		return
	}
	s.wanted.Store(false)
	s.publish(s.take(false))
	took := time.Since(now)
	s.next = now.Add(max(least, share*took))
}

// finish makes the last snapshot.
func (s *Scope) finish(totals flows.Totals, err error) {
	x := s.take(true)
	x.Complete, x.Totals, x.Err = true, totals, err
	s.answer(true)
	s.publish(x)
	s.builder.Done(totals, err)
}

func (s *Scope) publish(x *Snapshot) {
	s.latest.Store(x)
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *Scope) take(last bool) *Snapshot {
	x := &Snapshot{Frames: s.Index.Frames(), Verdicts: verdictsOf(rules.Join(s.opt.Books...))}
	if s.opt.Inventory != nil {
		x.Assets = s.opt.Inventory.Result(s.Index.Hosts())
	}
	if s.opt.Values != nil {
		x.Values, x.MoreValues = s.opt.Values.Entries()
	}
	if s.opt.Audit != nil {
		if last {
			x.Delivery = s.opt.Audit.Result()
		} else {
			x.Delivery = s.opt.Audit.Now()
		}
	}
	return x
}
