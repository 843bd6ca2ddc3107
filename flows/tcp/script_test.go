package tcp

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"plcscope/decode"
)

// A script is a conversation between A, port 40000 of 10.0.0.1, and B, port 1883
// of 10.0.0.2, one segment a line, one millisecond apart:
//
//	A SYN                 offset -1, no acknowledgement
//	B SYN ack 0           acknowledges A's SYN
//	A 0 "abc" ack 0       payload at offset 0 of A's stream, acknowledges nothing of B's
//	A 3 FIN ack 5         flags: FIN, RST, noack
//	A 3 ack 0 win=0 id=7  other words: win, id, ttl, vlan, miss (bytes cut off), scale,
//	                      good, bad, offload (checksum), v6
//	again                 the segment before, as a mirror port shows it again; again 2: the one before that
//	wait 2s               lets time pass
//	ports 40001 1883      what follows is between these
//	isn A 5000            what follows counts A's offsets from there
//
// Offsets may be negative. A line may end in a comment after #.
type script struct {
	isn  [2]uint32
	port [2]uint16
	now  time.Duration
	n    uint64
	sent []decode.Segment
}

func parse(t testing.TB, isn [2]uint32, text string) []decode.Segment {
	t.Helper()
	p := script{isn: isn, port: [2]uint16{40000, 1883}}
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		if f := words(line); len(f) > 0 {
			if err := p.line(f); err != nil {
				t.Fatalf("%q: %v", line, err)
			}
		}
	}
	return p.sent
}

// words splits at blanks outside of quotes.
func words(line string) []string {
	quoted := false
	return strings.FieldsFunc(line, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return !quoted && (r == ' ' || r == '\t' || r == '\n')
	})
}

func (p *script) line(f []string) error {
	number := func(i int) int64 {
		n, err := strconv.ParseInt(f[i], 0, 64)
		if err != nil {
			panic(err)
		}
		return n
	}
	switch f[0] {
	case "wait":
		d, err := time.ParseDuration(f[1])
		p.now += d
		return err
	case "ports":
		p.port = [2]uint16{uint16(number(1)), uint16(number(2))}
		return nil
	case "isn":
		p.isn[f[1][0]-'A'] = uint32(number(2))
		return nil
	case "again":
		back := 1
		if len(f) > 1 {
			back = int(number(1))
		}
		s := p.sent[len(p.sent)-back]
		s.TTL--
		s.VLAN = 7
		p.send(s)
		return nil
	case "A", "B":
	default:
		return fmt.Errorf("unknown word %q", f[0])
	}
	d := f[0][0] - 'A'
	hosts := [2]decode.Addr{
		{10: 255, 11: 255, 12: 10, 15: 1},
		{10: 255, 11: 255, 12: 10, 15: 2},
	}
	s := decode.Segment{
		IPID: uint16(100 + p.n), TTL: 64, Version: 4, Window: 8192, Checksum: decode.ChecksumUnknown,
		Src: hosts[d], Dst: hosts[d^1], SrcPort: p.port[d], DstPort: p.port[d^1],
		Flags: decode.ACK, Seq: p.isn[d] + 1,
	}
	acked := false
	for i := 1; i < len(f); i++ {
		name, value, _ := strings.Cut(f[i], "=")
		n, _ := strconv.Atoi(value)
		switch {
		case f[i][0] == '"':
			s.Payload = []byte(strings.Trim(f[i], `"`))
		case name == "SYN":
			s.Flags |= decode.SYN
			s.Seq--
		case name == "FIN":
			s.Flags |= decode.FIN
		case name == "RST":
			s.Flags |= decode.RST
		case name == "noack":
			s.Flags &^= decode.ACK
		case name == "ack":
			i++
			s.Ack = p.isn[d^1] + 1 + uint32(number(i))
			acked = true
		case name == "win":
			s.Window = uint16(n)
		case name == "id":
			s.IPID = uint16(n)
		case name == "ttl":
			s.TTL = uint8(n)
		case name == "vlan":
			s.VLAN = uint16(n)
		case name == "miss":
			s.Missing = uint32(n)
		case name == "scale":
			s.Options = []byte{1, 3, 3, byte(n), 0}
		case name == "good":
			s.Checksum = decode.ChecksumGood
		case name == "bad":
			s.Checksum = decode.ChecksumBad
		case name == "offload":
			s.Checksum = decode.ChecksumOffloaded
		case name == "v6":
			s.Version, s.IPID = 6, 0
		default:
			n, err := strconv.ParseInt(f[i], 0, 64)
			if err != nil {
				return fmt.Errorf("unknown word %q", f[i])
			}
			s.Seq += uint32(n)
		}
	}
	if s.Flags&decode.SYN != 0 && !acked {
		s.Flags &^= decode.ACK
	}
	p.send(s)
	return nil
}

func (p *script) send(s decode.Segment) {
	p.now += time.Millisecond
	p.n++
	s.Frame, s.Time = p.n, 1_700_000_000*second+int64(p.now)
	p.sent = append(p.sent, s)
}

// recorder writes the calls down, one a line, and holds the table to the promises
// of Sink.
type recorder struct {
	t     testing.TB
	lines []string
	quiet bool
	now   uint64 // frame being added
	open  map[*Conn]*recorded
	conns []Conn // as they were when closed
}

type recorded struct {
	id     uint64
	stream [2][]byte
	gaps   [2]uint64
	next   [2]uint32 // expected sequence number
	placed [2]bool   // next is known
	begun  [2]bool
	over   [2]bool
}

func newRecorder(t testing.TB) *recorder {
	return &recorder{t: t, open: map[*Conn]*recorded{}}
}

func (r *recorder) note(c *Conn, format string, args ...any) {
	if r.quiet {
		return
	}
	line := fmt.Sprintf(format, args...)
	if c.ID > 0 {
		line = fmt.Sprintf("%d: %s", c.ID, line)
	}
	r.lines = append(r.lines, line)
}

// frame tells which frame a call refers to, if it is not the one being added.
func (r *recorder) frame(s *decode.Segment) string {
	if s == nil {
		return " -"
	}
	if s.Frame == r.now {
		return ""
	}
	return fmt.Sprintf(" #%d", s.Frame)
}

func (r *recorder) known(c *Conn, d Dir) *recorded {
	x := r.open[c]
	if x == nil || x.id != c.ID {
		r.t.Errorf("frame %d: a call for connection %d, which is not open", r.now, c.ID)
		x = &recorded{}
		r.open[c] = x
	}
	if x.over[d] {
		r.t.Errorf("frame %d: connection %d goes on in direction %d after its end", r.now, c.ID, d)
	}
	return x
}

var sides = [2]string{"A", "B"}

func (r *recorder) Opened(c *Conn, s *decode.Segment) {
	if r.open[c] != nil {
		r.t.Errorf("frame %d: connection %d opened twice", r.now, c.ID)
	}
	if c.Stream > c.ID {
		r.t.Errorf("frame %d: connection %d is stream %d", r.now, c.ID, c.Stream)
	}
	if c.User != nil {
		r.t.Errorf("frame %d: connection %d begins with a User", r.now, c.ID)
	}
	c.User = r
	r.open[c] = &recorded{id: c.ID}
	if c.Stream != c.ID {
		r.note(c, "open, stream %d", c.Stream)
	} else {
		r.note(c, "open")
	}
}

func (r *recorder) Data(c *Conn, d Dir, b []byte, s *decode.Segment) {
	x := r.known(c, d)
	if len(b) == 0 {
		r.t.Errorf("frame %d: empty data", r.now)
	}
	if !strings.Contains(string(s.Payload), string(b)) {
		r.t.Errorf("frame %d: data is no part of its segment", r.now)
	}
	if e := c.End[d]; e.Addr != s.Src || e.Port != s.SrcPort {
		r.t.Errorf("frame %d: data of %v in the direction of %v", r.now, s.SrcPort, e)
	}
	seq := s.Seq + uint32(len(s.Payload)-len(b))
	if s.Flags&decode.SYN != 0 {
		seq++
	}
	if x.placed[d] && x.next[d] != seq {
		r.t.Errorf("frame %d: data from %d on, expected from %d on", r.now, seq, x.next[d])
	}
	if h := &c.Half[d]; !x.begun[d] && (h.SYNFrame == 0 || seq != h.ISN+1) && c.Half[d^1].SYNFrame == 0 {
		r.t.Errorf("frame %d: the start is not in the capture and not reported missing", r.now)
	}
	x.next[d], x.placed[d] = seq+uint32(len(b)), true
	x.begun[d] = true
	x.stream[d] = append(x.stream[d], b...)
	r.note(c, "%s %q%s", sides[d], b, r.frame(s))
}

func (r *recorder) Gap(c *Conn, d Dir, n int64, why GapReason, s *decode.Segment) {
	x := r.known(c, d)
	if n == 0 || n < -1 || why == MidStream && (n > 0 || x.begun[d]) {
		r.t.Errorf("frame %d: gap of %d, %v", r.now, n, why)
	}
	x.begun[d] = true
	if n > 0 {
		x.gaps[d] += uint64(n)
		x.next[d] += uint32(n)
	} else {
		x.placed[d] = false
	}
	r.note(c, "%s gap %d %v%s", sides[d], n, why, r.frame(s))
}

func (r *recorder) End(c *Conn, d Dir, s *decode.Segment, rst bool) {
	x := r.known(c, d)
	x.over[d] = true
	kind := "fin"
	if rst {
		kind = "rst"
	}
	r.note(c, "%s %s%s", sides[d], kind, r.frame(s))
}

func (r *recorder) Closed(c *Conn) {
	x := r.open[c]
	if x == nil {
		r.t.Errorf("frame %d: connection %d closed twice", r.now, c.ID)
		return
	}
	for d := range Dir(2) {
		if x.gaps[d] > c.Half[d].GapBytes {
			r.t.Errorf("connection %d: gaps of %d bytes, counted %d", c.ID, x.gaps[d], c.Half[d].GapBytes)
		}
		if uint64(len(x.stream[d])) > c.Half[d].Bytes {
			r.t.Errorf("connection %d: %d bytes delivered, counted %d", c.ID, len(x.stream[d]), c.Half[d].Bytes)
		}
	}
	r.note(c, "closed %v", c.CloseHow)
	delete(r.open, c)
	r.conns = append(r.conns, *c)
}

// play adds the segments and flushes. Every segment is handed over in storage
// that is overwritten afterwards, as the bytes of a capture are.
func (r *recorder) play(opt Options, segments []decode.Segment) *Table {
	tab := New(opt, r)
	var borrowed decode.Segment
	var payload, options []byte
	for _, s := range segments {
		r.now = s.Frame
		payload, options = append(payload[:0], s.Payload...), append(options[:0], s.Options...)
		borrowed = s
		borrowed.Payload, borrowed.Options = payload, options
		tab.Add(&borrowed)
		r.check(tab)
		clear(payload)
		clear(options)
		borrowed = decode.Segment{}
	}
	r.now = 0
	tab.Flush()
	r.check(tab)
	if st := tab.Stats(); len(r.open) != 0 || st.Connections != 0 || st.Buffered != 0 || st.Opened != st.Closed {
		r.t.Errorf("after the end: %d connections open, %+v", len(r.open), st)
	}
	return tab
}

// check verifies what must hold between any two segments.
func (r *recorder) check(tab *Table) {
	st := tab.Stats()
	if st.Buffered > tab.opt.MaxBuffered {
		r.t.Errorf("frame %d: %d bytes wait, more than %d", r.now, st.Buffered, tab.opt.MaxBuffered)
	}
	if st.Connections > tab.opt.MaxConnections {
		r.t.Errorf("frame %d: %d connections", r.now, st.Connections)
	}
	var buffered int64
	for p := tab.pendings.first; p != nil; p = p.newer {
		buffered += pendingCost
		if p.c.pend != p {
			r.t.Fatalf("frame %d: a pending that is not its connection's", r.now)
		}
		for d := range Dir(2) {
			q := &p.q[d]
			bytes, at := 0, p.c.Half[d].next
			for _, it := range q.items[q.head:] {
				if before(it.seq, at) {
					r.t.Fatalf("frame %d: items overlap", r.now)
				}
				at = it.end()
				bytes += int(it.size)
				buffered += itemCost + int64(cap(it.buf))
			}
			if bytes != q.bytes || bytes > tab.opt.MaxDirectionBytes || q.len() > tab.opt.MaxDirectionSegments {
				r.t.Errorf("frame %d: %d bytes in %d items wait in one direction, counted %d", r.now, bytes, q.len(), q.bytes)
			}
		}
	}
	if buffered != st.Buffered {
		r.t.Errorf("frame %d: %d bytes wait, counted %d", r.now, buffered, st.Buffered)
	}
}
