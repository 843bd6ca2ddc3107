package scope

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"plcscope/flows"
	"plcscope/flows/assets"
	"plcscope/flows/delivery"
	"plcscope/flows/index"
	"plcscope/pcaps"
	"plcscope/rules"
	"plcscope/s7comm/variable"
)

// Options say what is analysed, and by whom.
type Options struct {
	Name    string         // of what is read, for the top of the screen
	Capture *pcaps.Capture // of files; nil for live traffic
	Source  flows.Source   // of live traffic; nil for Capture
	Config  flows.Config
	Index   index.Options

	Engines []flows.Observer // that judge
	Books   []*rules.Book    // which they write

	Audit     *delivery.Audit   // nil: none
	Inventory *assets.Inventory // nil: none
	Values    Values            // nil: none

	// Pipe is set where the frames of Capture come as they happen.
	Pipe bool

	// Dropped, unless nil, tells how many frames the system has dropped so far.
	Dropped func() uint64
}

// Values is an observer that keeps the data of controllers.
type Values interface {
	flows.Observer
	// Entries returns what is kept now, by controller and address, in a list of its own
	// and entries that do not change any more, and how many sightings of further variables
	// were left out. Without news it is the same list as before.
	Entries() ([]*variable.Entry, uint64)
}

// Scope is what is known of a capture.
type Scope struct {
	Index *index.Index

	opt     Options
	builder *index.Builder

	wanted  atomic.Bool
	latest  atomic.Pointer[Snapshot]
	next    time.Time // before which no snapshot is made
	mu      sync.Mutex
	changed chan struct{} // closed when there is a newer snapshot
	asked   []request     // for the results of a subject
	over    bool          // Run has ended: nobody writes the books any more
	calls   chan func(*flows.Totals)
	ended   chan struct{} // closed when Run has ended
	totals  flows.Totals  // of it
}

// New makes a scope, which is empty until it Runs.
func New(opt Options) *Scope {
	ix, b := index.New(opt.Capture, opt.Index)
	if opt.Source == nil {
		opt.Source = opt.Capture
	}
	s := &Scope{Index: ix, opt: opt, builder: b, changed: make(chan struct{}), calls: make(chan func(*flows.Totals)), ended: make(chan struct{})}
	s.latest.Store(&Snapshot{})
	return s
}

// Name is what is read.
func (s *Scope) Name() string { return s.opt.Name }

// Live reports whether traffic is shown as it happens.
func (s *Scope) Live() bool { return s.opt.Capture == nil || s.opt.Pipe }

// Capture is what is read from, or nil when it is live traffic.
func (s *Scope) Capture() *pcaps.Capture { return s.opt.Capture }

// Config is how connections are followed, for an analysis that comes later: without the
// hooks of this one.
func (s *Scope) Config() flows.Config {
	return flows.Config{Tracker: s.opt.Config.Tracker, Decode: s.opt.Config.Decode}
}

// Dropped is how many frames the system has dropped.
func (s *Scope) Dropped() uint64 {
	if s.opt.Dropped == nil {
		return 0
	}
	return s.opt.Dropped()
}

// Run analyses until the source ends or ctx is cancelled.
func (s *Scope) Run(ctx context.Context) (flows.Totals, error) {
	cfg := s.opt.Config
	s.builder.Wire(&cfg)
	batch := cfg.Batch
	cfg.Batch = func() {
		if batch != nil {
			batch()
		}
		s.serve()
	}
	observers := append([]flows.Observer{s.builder}, s.opt.Engines...)
	if s.opt.Audit != nil {
		observers = append(observers, s.opt.Audit)
	}
	if s.opt.Inventory != nil {
		observers = append(observers, s.opt.Inventory)
	}
	if s.opt.Values != nil {
		observers = append(observers, s.opt.Values)
	}
	cfg.Calls = s.calls
	totals, err := flows.Analyse(ctx, s.opt.Source, cfg, observers...)
	s.totals = totals
	s.finish(totals, err)
	close(s.ended)
	return totals, err
}

// Between runs f where the analysis stands still, between two batches or behind the last:
// then nobody writes books, audit or inventory. It waits for that, so it is for work
// beside the interface.
func (s *Scope) Between(ctx context.Context, f func(t *flows.Totals)) error {
	done := make(chan struct{})
	select {
	case s.calls <- func(t *flows.Totals) {
		defer close(done)
		f(t)
	}:
		<-done
		return nil
	case <-s.ended:
		f(&s.totals)
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close gives up temporary files. Readers must be done, and Run have returned.
func (s *Scope) Close() error { return s.Index.Close() }
