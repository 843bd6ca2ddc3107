package frames

import (
	"slices"

	"plcscope/decode"
	"plcscope/decode/filter"
	"plcscope/flows"
	"plcscope/internal/wire"
	"plcscope/mqtt"
	"plcscope/pcaps"
)

// Options of a Sieve.
type Options struct {
	// Filter is what frames are held against; nil lets all pass.
	Filter *filter.Filter
	// More are fields of frames (of decode.Fields and of Fields) that the caller wants to
	// see in a View, beside those of the filter.
	More []*wire.Field
	// Evidence, if not nil, tells the rules that a frame is evidence against.
	Evidence func(frame uint64) []Evidence
}

// Evidence is a rule and how much it weighs, as the filter compares them.
type Evidence struct{ Rule, Severity []byte }

// Sieve holds frames against a filter. It is fed by flows.Analyse: Begin from
// Config.Frame and Config.Other, Message by an observer, Done from Config.Done and, with
// no connection, from Config.Other. It belongs to one goroutine.
type Sieve struct {
	opt      Options
	matcher  *filter.Matcher
	notes    *notes
	head     *decode.Dissector
	heads    bool            // some field of the headers is wanted
	messages *wire.Selection // of the filter's fields those of messages, nil for none
	speaking bool            // only frames with messages pass the filter

	now   View   // of the frame that is being analysed
	other View   // of one that nothing is known of but its message
	held  []View // of frames with messages that have not come yet, a ring
	hold  int    // next place in held

	parts []filter.Part
}

// New makes a sieve.
func New(opt Options) *Sieve {
	var fields []*wire.Field
	if opt.Filter != nil {
		fields = opt.Filter.Fields()
	}
	s := &Sieve{opt: opt}
	if ofMessages := slices.DeleteFunc(slices.Clone(fields), func(f *wire.Field) bool { return !ofMessages(f) }); len(ofMessages) > 0 {
		s.messages = wire.Select(ofMessages...)
	}
	all := slices.Concat(fields, opt.More)
	var heads []*wire.Field
	for _, f := range all {
		if decode.Fields.Lookup(f.Name) == f {
			heads = append(heads, f)
		}
	}
	s.heads = len(heads) > 0
	s.head = decode.NewDissector(heads...)
	s.notes = newNotes(all)
	if opt.Filter != nil {
		s.matcher = opt.Filter.Matcher()
		s.speaking = opt.Filter.Needs(ofMessages)
	}
	return s
}

// Trees are the fields that the trees of messages must hold.
func (s *Sieve) Trees() *wire.Selection { return s.messages }

// Begin takes the next frame of the capture and its segment, nil when it has none. Both
// are borrowed until Done returns.
func (s *Sieve) Begin(f *pcaps.Frame, seg *decode.Segment) {
	v := &s.now
	v.reset()
	v.sieve, v.Frame, v.Segment = s, f, seg
	s.notes.frame(f, &v.notes)
}

// Other takes a frame that holds no segment and that nobody wants to see.
func (s *Sieve) Other(f *pcaps.Frame) { s.Begin(f, nil) }

// Message takes a message and returns the view of the frame that completes it: the one
// that has begun, or an earlier one whose bytes had to wait.
func (s *Sieve) Message(m *flows.Message) *View {
	s.notes.message(m)
	v := &s.now
	if v.Frame == nil || v.Frame.Number != m.Frame {
		v = s.late(m)
	}
	v.connect(m.Conn)
	v.Notes() // while the connection is there
	v.take(m)
	return v
}

// Done ends the frame; c is the connection of its segment, or nil. It returns the view of
// the frame, valid until the next Begin.
func (s *Sieve) Done(c *flows.Connection) *View {
	v := &s.now
	if c != nil {
		v.connect(c)
		if len(v.Segment.Payload) > 0 && c.TCP.Waiting() {
			s.keep(v)
		}
	}
	return v
}

// Shown tells that the frame of v was shown, which later ones are measured by.
func (s *Sieve) Shown(v *View) {
	if v.Frame != nil {
		s.notes.displayed, s.notes.shown = v.Frame.Time, true
	}
}

// maxHeld bounds the frames that are kept for messages which come later.
const maxHeld = 256

// keep copies what is known of a frame until its bytes have been delivered.
func (s *Sieve) keep(v *View) {
	if len(s.held) < maxHeld {
		s.held = append(s.held, View{})
	}
	h := &s.held[s.hold]
	s.hold = (s.hold + 1) % maxHeld
	h.copy(v)
}

// late finds what was kept of the frame of m, or makes a view of what m itself tells.
func (s *Sieve) late(m *flows.Message) *View {
	for i := range s.held {
		if h := &s.held[i]; h.Frame != nil && h.Frame.Number == m.Frame {
			return h
		}
	}
	v := &s.other
	if v.Frame != nil && v.Frame.Number == m.Frame {
		return v
	}
	v.reset()
	v.sieve, v.own = s, pcaps.Frame{Number: m.Frame, Time: m.Time}
	v.Frame, v.Lost = &v.own, true
	addSegment(&v.head, m)
	v.dissected, v.connected = true, true
	if s.notes.want.Has(TimeRelative) {
		v.notes.Uint(TimeRelative, 0, 0, uint64(m.Time-s.notes.start))
	}
	if s.notes.want.Has(Stream) {
		v.notes.Uint(Stream, 0, 0, m.Conn.TCP.Stream)
	}
	v.Conn = m.Conn
	return v
}

// View is what is known of a frame.
type View struct {
	Frame   *pcaps.Frame
	Segment *decode.Segment   // nil when it holds none, or when Lost
	Conn    *flows.Connection // of the segment, once it is known
	// Lost is set when the frame itself is gone and its fields are those that its message
	// tells.
	Lost bool

	sieve     *Sieve
	own       pcaps.Frame // what Frame points to in a copy
	data      []byte      // and what its Data is
	head      wire.Tree
	dissected bool
	notes     wire.Tree
	connected bool // Conn is known
	due       bool // what it tells of the segment is not in notes yet
	bodies    []body
	n         int // bodies in use
}

// body is the part of a message that a filter looks at.
type body struct {
	tree wire.Tree
	buf  []byte // what the nodes point into
	data []byte // the message
}

func (v *View) reset() {
	v.Frame, v.Segment, v.Conn, v.Lost = nil, nil, nil, false
	v.head.Reset()
	v.notes.Reset()
	v.dissected, v.connected, v.due, v.n = false, false, false, 0
}

// copy makes v a copy of w that outlives the frame.
func (v *View) copy(w *View) {
	w.Notes()
	bodies, data, head, notes := v.bodies, v.data, v.head.Nodes[:0], v.notes.Nodes[:0]
	*v = View{sieve: w.sieve, Conn: w.Conn, bodies: bodies, data: append(data[:0], w.Frame.Data...), connected: true}
	v.own = *w.Frame
	v.own.Data, v.Frame = v.data, &v.own
	v.head.Nodes, v.notes.Nodes = head, append(notes, w.notes.Nodes...)
}

// Copy returns a copy that outlives the frame, without its segment.
func (v *View) Copy() *View {
	w := new(View)
	w.copy(v)
	return w
}

// Text adds a value that the caller has made itself for a field that it knows. text is
// copied.
func (v *View) Text(f *wire.Field, text []byte) {
	v.Notes().Data(f, 0, append([]byte(nil), text...))
}

// connect takes the connection of the frame's segment.
func (v *View) connect(c *flows.Connection) {
	if v.connected {
		return
	}
	v.connected, v.Conn = true, c
	v.due = v.Segment != nil && v.sieve.notes.any
	if v.sieve.notes.segments { // in which none may be left out
		v.Notes()
	}
}

// Head holds the headers of the frame as far as they are wanted, by the filter or by
// Options.More.
func (v *View) Head() *wire.Tree {
	if !v.dissected {
		v.dissected = true
		if v.sieve.heads {
			v.sieve.head.Dissect(v.Frame, &v.head)
		}
	}
	return &v.head
}

// Notes hold the wanted ones among Fields, but for those of our own.
func (v *View) Notes() *wire.Tree {
	if v.due {
		v.due = false
		v.sieve.notes.segment(v.Segment, v.Conn, &v.notes)
	}
	return &v.notes
}

// take keeps of a message what the filter looks at.
func (v *View) take(m *flows.Message) {
	if m.Tree == nil || v.sieve.messages == nil {
		return
	}
	if v.n == len(v.bodies) {
		v.bodies = append(v.bodies, body{})
	}
	b := &v.bodies[v.n]
	v.n++
	b.tree.Reset()
	b.buf = b.buf[:0]
	whole := false
	for i := range m.Tree.Nodes {
		n := &m.Tree.Nodes[i]
		if !v.sieve.messages.Has(n.Field) {
			continue
		}
		whole = whole || n.Field.Type == wire.None
		b.tree.Nodes = append(b.tree.Nodes, *n)
	}
	for i := range b.tree.Nodes { // when buf no longer grows at the end of the frame, these hold
		n := &b.tree.Nodes[i]
		if len(n.Data) > 0 {
			b.buf = append(b.buf, n.Data...)
		}
	}
	at := 0
	for i := range b.tree.Nodes {
		n := &b.tree.Nodes[i]
		if len(n.Data) > 0 {
			n.Data = b.buf[at : at+len(n.Data) : at+len(n.Data)]
			at += len(n.Data)
		}
	}
	b.data = b.data[:0]
	if whole && v.sieve.opt.Filter.Contents() {
		b.data = append(b.data, m.Bytes...)
	}
}

// Matches reports whether the frame passes the filter, by the messages that it was shown.
func (v *View) Matches() bool {
	s := v.sieve
	if s.matcher == nil {
		return true
	}
	if s.speaking && v.n == 0 {
		return false
	}
	at := len(v.Notes().Nodes)
	if s.notes.names && v.Conn != nil {
		s.notes.who(v.Conn, &v.notes)
	}
	if s.opt.Evidence != nil {
		for _, e := range s.opt.Evidence(v.Frame.Number) {
			v.notes.Data(Rule, 0, e.Rule)
			v.notes.Data(Severity, 0, e.Severity)
		}
	}
	if len(v.notes.Nodes) > at {
		v.notes.Data(fOwn, 0, nil)
	}
	s.parts = append(s.parts[:0], filter.Part{Tree: v.Head(), Bytes: v.Frame.Data}, filter.Part{Tree: &v.notes})
	for i := range v.bodies[:v.n] {
		s.parts = append(s.parts, filter.Part{Tree: &v.bodies[i].tree, Bytes: v.bodies[i].data})
	}
	ok := s.matcher.Match(s.parts)
	v.notes.Nodes = v.notes.Nodes[:at]
	return ok
}

// assigned is the client identifier that a server has chosen, or nil.
func assigned(p *mqtt.Packet) []byte {
	if x, ok := p.Props.Find(mqtt.AssignedClientIdentifier); ok {
		return x.Data
	}
	return nil
}
