package index

import (
	"context"
	"sync/atomic"

	"plcscope/decode"
	"plcscope/flows"
	"plcscope/pcaps"
)

// Builder fills an Index. It is an observer and hooks of flows.Config, called by one
// goroutine.
type Builder struct {
	flows.Ignore
	ix  *Index
	opt Options
	// live makes the builder show its summaries at every batch: the next may be long in
	// coming.
	live bool

	segment *decode.Segment // of the frame that is being analysed
	row     frameRow        // of it
	number  uint32          // of it
	before  uint32          // messages that came before it
	kept    bool            // it has a row

	states  []*connState // free ones
	touched []*connState // whose published form is out of date
	news    []*connState // that have new rows
	shown   uint32       // messages published
	kinds   originTable
	topic   topicTable
	session sessionTable
	rate    Rate
	rateISO Rate
	lost    Lost
	key     []byte // scratch
}

var slot = flows.NewSlot()

// New makes an empty index and what fills it. The capture tells which files can be read
// again; it may be nil, and then all frames are kept in temporary files.
func New(capture *pcaps.Capture, opt Options) (*Index, *Builder) {
	ix := &Index{capture: capture}
	for _, bits := range []*uint8{&ix.frames.bits, &ix.messages.bits} {
		*bits = 14
	}
	for _, bits := range []*uint8{&ix.extras.bits, &ix.pieces.bits, &ix.gaps.bits, &ix.hot.bits} {
		*bits = 10
	}
	ix.origins.bits = 4
	ix.spool = newSpool(opt.SpoolDir, opt.SpoolBytes)
	b := &Builder{ix: ix, opt: opt, live: true}
	b.topic.init(b)
	b.session.byKey = map[string]*Session{}
	if capture != nil {
		_, size := capture.Progress()
		b.live = size == 0
	}
	return ix, b
}

// Wire adds the builder's hooks to cfg, before those that are there. The builder must
// also be among the observers, and Done be called when the analysis has ended.
func (b *Builder) Wire(cfg *flows.Config) {
	frame, done, other, batch := cfg.Frame, cfg.Done, cfg.Other, cfg.Batch
	cfg.Frame = func(f *pcaps.Frame, s *decode.Segment) {
		b.begin(f, s)
		if frame != nil {
			frame(f, s)
		}
	}
	cfg.Done = func(f *pcaps.Frame, c *flows.Connection) {
		b.end(c)
		if done != nil {
			done(f, c)
		}
	}
	cfg.Other = func(f *pcaps.Frame) {
		b.begin(f, nil)
		b.end(nil)
		if other != nil {
			other(f)
		}
	}
	cfg.Batch = func() {
		b.publish(b.live)
		if batch != nil {
			batch()
		}
	}
}

// Build reads a capture into an index that others may read meanwhile, and returns when
// the capture ends or ctx is cancelled. Other observers may look on.
func (b *Builder) Build(ctx context.Context, cfg flows.Config, observers ...flows.Observer) (flows.Totals, error) {
	b.Wire(&cfg)
	totals, err := flows.Analyse(ctx, b.ix.capture, cfg, append(observers[:len(observers):len(observers)], b)...)
	b.Done(totals, err)
	return totals, err
}

// Done publishes the rest and marks the index complete.
func (b *Builder) Done(totals flows.Totals, err error) {
	b.publish(true)
	ix := b.ix
	ix.mu.Lock()
	ix.progress.Done, ix.progress.Err, ix.progress.Totals = true, err, totals
	ix.tell()
	ix.mu.Unlock()
}

// begin prepares the row of a frame, which end completes; messages that the frame
// completes come in between.
func (b *Builder) begin(f *pcaps.Frame, s *decode.Segment) {
	b.segment = s
	b.kept = b.ix.frames.rows < b.opt.maxFrames()
	if !b.kept {
		b.lost.Frames++
		return
	}
	b.number, b.before = b.ix.frames.rows+1, b.ix.messages.rows
	b.row = frameRow{time: f.Time, conn: NoConn, size: uint32(min(len(f.Data), maxSize)), place: b.place(f)}
	if s != nil {
		b.row.place |= markSegment
		b.row.size |= uint32(s.Flags) << 24
		if len(s.Payload) > 0 {
			b.row.place |= markPayload
		}
	}
}

func (b *Builder) end(c *flows.Connection) {
	if !b.kept {
		return
	}
	if c != nil {
		if s := b.state(c); s != nil {
			end := &c.TCP.End[1]
			if b.segment.SrcPort == end.Port && b.segment.Src == end.Addr && !(c.TCP.End[0] == *end) {
				b.row.place |= markDir
			}
			b.row.conn, b.row.prev = s.conn, s.lastFrame
			s.lastFrame = b.number
			b.touch(s)
		}
	}
	*b.ix.frames.push() = b.row
	b.segment = nil
}

// publish shows the rows that have come, and the summaries too when asked. A frame is
// shown when the messages that it completes can be found from it: who looks at it now may
// not come back.
func (b *Builder) publish(all bool) {
	ix := b.ix
	ix.origins.publish()
	ix.extras.publish()
	ix.pieces.publish()
	ix.hot.publish()
	ix.gaps.publish()
	ix.messages.publish()
	for i := b.shown; i < ix.messages.rows; i++ {
		if f := ix.messages.at(i).frame; f > 0 {
			atomic.StoreUint32(&ix.frames.at(f-1).last, i+1)
		}
	}
	b.shown = ix.messages.rows
	ix.frames.publish()
	ix.listed.Store(b.shown)
	for _, s := range b.news {
		h := ix.hot.at(s.conn)
		h.lastFrame.Store(s.lastFrame)
		h.lastMessage.Store(s.lastMessage)
		s.news = false
	}
	b.news = b.news[:0]
	if all || ix.asked.Swap(false) {
		b.summarise()
	}
}

// summarise copies what has changed of the summaries to where readers find it.
func (b *Builder) summarise() {
	ix := b.ix
	for _, s := range b.touched {
		b.showConn(s)
	}
	b.touched = b.touched[:0]
	b.topic.publish(ix)
	b.session.publish(ix)
	ix.mu.Lock()
	ix.progress.Lost = b.lost
	ix.total = Total{Rate: b.rate, RateISO: b.rateISO}
	ix.tell()
	ix.mu.Unlock()
}

// touch notes that s has new rows or counts.
func (b *Builder) touch(s *connState) {
	if !s.news {
		s.news = true
		b.news = append(b.news, s)
	}
	if !s.touched {
		s.touched = true
		b.touched = append(b.touched, s)
	}
}

var _ flows.Observer = (*Builder)(nil)

func (b *Builder) Opened(c *flows.Connection) {
	if b.ix.hot.rows >= b.opt.maxConns() {
		b.lost.Conns++
		return
	}
	s := b.newState()
	s.conn, s.c = b.ix.hot.rows, c
	b.ix.hot.push()
	slot.Put(c, s)
	b.touch(s)
}

func (b *Builder) state(c *flows.Connection) *connState {
	s, _ := slot.Get(c).(*connState)
	return s
}

// Ended makes the close of a direction visible in the list of connections.
func (b *Builder) Ended(e *flows.End) {
	if s := b.state(e.Conn); s != nil {
		b.touch(s)
	}
}

func (b *Builder) Closed(c *flows.Connection) {
	if s := b.state(c); s != nil {
		b.touch(s)
		s.fill(c)
		s.c = nil // what follows of it is another connection
	}
}
