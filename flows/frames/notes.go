package frames

import (
	"slices"

	"plcscope/decode"
	"plcscope/flows"
	"plcscope/flows/tcp"
	"plcscope/internal/wire"
	"plcscope/mqtt"
	"plcscope/pcaps"
)

// place is where a connection stands: what frames of it are measured by.
type place struct {
	half        [2]half
	first, last int64 // times of its first and latest segment
	seen, begun bool
	synAt       int64 // time of the latest SYN
	rtt         int64 // of the handshake, 0 when unknown
	complete    uint8 // tcp.completeness

	client  []byte // identifier
	session []byte // and broker
}

var slot = flows.NewSlot()

func placeOf(c *flows.Connection) *place {
	p, _ := slot.Get(c).(*place)
	if p == nil {
		p = new(place)
		slot.Put(c, p)
	}
	return p
}

// notes make the fields of Fields, frame by frame.
type notes struct {
	want     *wire.Selection
	any      bool // something is
	segments bool // something is wanted that needs every segment of a connection
	verdicts bool // of these, something of the analysis
	names    bool // the names of clients are wanted

	started   bool
	start     int64 // of the capture
	before    int64 // time of the frame before
	displayed int64 // and of the one that was last shown
	shown     bool
}

func newNotes(fields []*wire.Field) *notes {
	own := slices.DeleteFunc(slices.Clone(fields), func(f *wire.Field) bool { return Fields.Lookup(f.Name) != f })
	n := &notes{want: wire.Select(own...), any: len(own) > 0}
	for _, f := range own {
		switch f {
		case TimeRelative, TimeDelta, TimeDisplayed, Stream, Rule, Severity, fOwn, fFlagsText:
		case Client, Session:
			n.names = true
		case fSeq, fAck, fNextSeq, fWindow, fSince, fDelta, fCompletness:
			n.segments = true
		default:
			n.segments, n.verdicts = true, true
		}
	}
	return n
}

// frame adds what the capture tells of f.
func (n *notes) frame(f *pcaps.Frame, t *wire.Tree) {
	if !n.started {
		n.started, n.start, n.before = true, f.Time, f.Time
	}
	if n.any {
		if n.want.Has(TimeDelta) {
			t.Uint(TimeDelta, 0, 0, uint64(f.Time-n.before))
		}
		if n.want.Has(TimeDisplayed) {
			d := f.Time - n.displayed
			if !n.shown {
				d = 0
			}
			t.Uint(TimeDisplayed, 0, 0, uint64(d))
		}
		if n.want.Has(TimeRelative) {
			t.Uint(TimeRelative, 0, 0, uint64(f.Time-n.start))
		}
	}
	n.before = f.Time
}

// segment adds what the connection c tells of s.
func (n *notes) segment(s *decode.Segment, c *flows.Connection, t *wire.Tree) {
	if n.want.Has(Stream) {
		t.Uint(Stream, 0, 0, c.TCP.Stream)
	}
	if n.want.Has(fFlagsText) {
		t.Data(fFlagsText, 0, flagsText(s))
	}
	if !n.segments {
		return
	}
	p := placeOf(c)
	d := tcp.Dir(0)
	if e := c.TCP.End[0]; e.Addr != s.Src || e.Port != s.SrcPort {
		d = 1
	}
	n.times(p, s, t)
	n.numbers(p, d, s, c, t)
}

func (n *notes) times(p *place, s *decode.Segment, t *wire.Tree) {
	if !p.seen {
		p.seen, p.first, p.last = true, s.Time, s.Time
	}
	if n.want.Has(fSince) {
		t.Uint(fSince, 0, 0, uint64(s.Time-p.first))
	}
	if n.want.Has(fDelta) {
		t.Uint(fDelta, 0, 0, uint64(s.Time-p.last))
	}
	p.last = s.Time
}

// flagTexts are kept so that nothing is allocated per frame.
var flagTexts = func() (l [256][]byte) {
	const letters = "CEUAPRSF"
	for v := range l {
		text := "····"
		for i := range len(letters) {
			if v>>(7-i)&1 != 0 {
				text += letters[i : i+1]
			} else {
				text += "·"
			}
		}
		l[v] = []byte(text)
	}
	return l
}()

func flagsText(s *decode.Segment) []byte { return flagTexts[s.Flags] }

// message takes note of who speaks.
func (n *notes) message(m *flows.Message) {
	if !n.names || m.Packet == nil {
		return
	}
	switch k := m.Packet; {
	case k.Type == mqtt.CONNECT && m.Err == nil:
		placeOf(m.Conn).name(k.Connect.ClientID, m.Conn)
	case k.Type == mqtt.CONNACK && m.Err == nil:
		if id := assigned(k); id != nil {
			placeOf(m.Conn).name(id, m.Conn)
		}
	}
}

const maxName = 256 // bytes of a client identifier that are kept

func (p *place) name(id []byte, c *flows.Connection) {
	p.client = append(p.client[:0], id[:min(len(id), maxName)]...)
	p.session = append(append(append(p.session[:0], p.client...), " @ "...), c.Server().String()...)
}

// who adds the names of the client and the session, if they are known.
func (n *notes) who(c *flows.Connection, t *wire.Tree) {
	if p, _ := slot.Get(c).(*place); n.names && p != nil && p.client != nil {
		if n.want.Has(Client) {
			t.Data(Client, 0, p.client)
		}
		if n.want.Has(Session) {
			t.Data(Session, 0, p.session)
		}
	}
}
