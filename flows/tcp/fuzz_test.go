package tcp

import (
	"encoding/binary"
	"slices"
	"testing"

	"plcscope/decode"
)

// byteAt is the content of the streams that FuzzReassembly cuts up.
func byteAt(d Dir, off uint32) byte {
	x := (off + uint32(d)*77 + 1) * 2654435761
	return byte(x >> 24)
}

// model is a dialogue of two ends and the capture that is made of it.
type model struct {
	isn  [2]uint32
	sent [2]uint32 // bytes of either end so far
	told [2]uint32 // how many of them the other end has acknowledged
	at   int       // position in the order of sending
	out  []placed
}

type placed struct {
	seg  decode.Segment
	key  int  // order of capture
	late bool // sent again: its acknowledgement number is younger than its bytes
}

func (m *model) send(d Dir, from, to uint32, f decode.Flags, delay int, again bool) *placed {
	s := decode.Segment{
		Version: 4, IPID: uint16(len(m.out) + 1), TTL: 64, Flags: f, Window: 8192,
		Seq: m.isn[d] + 1 + from, Ack: m.isn[d^1] + 1 + m.sent[d^1],
		SrcPort: 40000, DstPort: 1883,
	}
	s.Src[15], s.Dst[15] = 1+byte(d), 2-byte(d)
	if d == 1 {
		s.SrcPort, s.DstPort = s.DstPort, s.SrcPort
	}
	for off := from; off != to; off++ {
		s.Payload = append(s.Payload, byteAt(d, off))
	}
	m.out = append(m.out, placed{s, m.at + delay, again})
	return &m.out[len(m.out)-1]
}

// dialogue makes a capture by the program in ops: two bytes for each segment say
// who sends how much and what becomes of it. Without lossy, each byte is in the
// capture at least once.
func dialogue(isn [2]uint32, ops []byte, lossy bool) *model {
	m := &model{isn: isn}
	if len(ops) > 400 {
		ops = ops[:400]
	}
	for ; len(ops) >= 2; ops = ops[2:] {
		m.at += 4
		d := Dir(ops[0] & 1)
		n := uint32(ops[0] >> 1 & 31)
		fate := ops[1]
		delay := int(fate>>3&7) * 3 // overtaken by up to five others
		from := m.sent[d]
		m.sent[d] += n
		p := m.send(d, from, from+n, decode.ACK, delay, false)
		m.told[d^1] = m.sent[d^1]
		switch fate & 7 {
		case 1, 2: // lost
			if lossy {
				m.out = m.out[:len(m.out)-1]
			}
		case 3: // shown twice by the mirror
			twin := *p
			twin.seg.TTL--
			twin.seg.VLAN = 9
			twin.key += int(fate >> 6)
			m.out = append(m.out, twin)
		case 4: // sent again with another cut
			if m.sent[d] > 0 {
				// TCP sends nothing again that it knows to have arrived.
				start := m.sent[d] - min(m.sent[d]-m.told[d], n+uint32(fate>>6)*5)
				m.send(d, start, max(start, m.sent[d]-uint32(fate>>6)*min(n, 3)/3), decode.ACK, delay+2+int(fate>>6)*7, true)
			}
		case 5: // keep-alive
			m.send(d, m.sent[d]-1, m.sent[d], decode.ACK, 1, true).seg.Payload = []byte{0}[:fate>>6&1]
			if m.sent[d] == 0 || fate>>6&1 == 1 { // one byte of anything would be a conflict in a hole
				m.out = m.out[:len(m.out)-1]
			}
		}
	}
	for d := range Dir(2) {
		m.at += 4
		m.send(d, m.sent[d], m.sent[d], decode.ACK|decode.FIN, 0, false)
		m.out[len(m.out)-1].seg.Ack += uint32(d) // the second FIN acknowledges the first
	}
	slices.SortStableFunc(m.out, func(a, b placed) int { return a.key - b.key })
	return m
}

// judge is a recorder that knows the truth.
type judge struct {
	*recorder
	m    *model
	late map[uint16]bool // by IPID
	off  [2]uint64       // delivered and missing
	miss [2]uint64
}

func (j *judge) Data(c *Conn, d Dir, b []byte, s *decode.Segment) {
	j.recorder.Data(c, d, b, s)
	for i, x := range b {
		if x != byteAt(d, uint32(j.off[d])+uint32(i)) {
			j.t.Fatalf("direction %d: wrong byte at %d", d, int(j.off[d])+i)
		}
	}
	j.off[d] += uint64(len(b))
	if covered := s.Ack - j.m.isn[d^1] - 1; !j.late[s.IPID] && s.Flags&decode.SYN == 0 && covered > uint32(j.off[d^1]) {
		j.t.Errorf("direction %d: data up to %d comes before what it answers, %d of %d", d, j.off[d], j.off[d^1], covered)
	}
}

func (j *judge) Gap(c *Conn, d Dir, n int64, why GapReason, s *decode.Segment) {
	j.recorder.Gap(c, d, n, why, s)
	if n < 0 {
		j.t.Errorf("gap of unknown size in a connection captured from its start")
	}
	j.off[d] += uint64(n)
	j.miss[d] += uint64(n)
}

func judgeDialogue(t *testing.T, isnA, isnB uint32, lossy bool, ops []byte) {
	m := dialogue([2]uint32{isnA, isnB}, ops, lossy)
	r := newRecorder(t)
	r.quiet = true
	j := &judge{recorder: r, m: m, late: map[uint16]bool{}}
	tab := New(Options{}, j)
	tab.index.key = [2]uint64{1, 2} // the same coverage each time

	var all []decode.Segment
	syn := (&model{isn: m.isn}).send(0, 0, 0, decode.SYN, 0, false).seg
	syn.Seq--
	synack := (&model{isn: m.isn}).send(1, 0, 0, decode.SYN|decode.ACK, 0, false).seg
	synack.Seq--
	all = append(all, syn, synack)
	for _, p := range m.out {
		j.late[p.seg.IPID] = p.late
		all = append(all, p.seg)
	}
	for i := range all {
		all[i].Frame = uint64(i + 1)
		all[i].Time = int64(i) * 100_000
		r.now = all[i].Frame
		tab.Add(&all[i])
		r.check(tab)
	}
	tab.Flush()
	if len(r.conns) != 1 {
		t.Fatalf("%d connections", len(r.conns))
	}
	c := &r.conns[0]
	for d := range Dir(2) {
		if j.off[d] != uint64(m.sent[d]) {
			t.Errorf("direction %d: %d bytes and gaps, sent %d", d, j.off[d], m.sent[d])
		}
		if !lossy && j.miss[d] != 0 {
			t.Errorf("direction %d: %d bytes reported missing, none is", d, j.miss[d])
		}
		if j.miss[d] != c.Half[d].GapBytes {
			t.Errorf("direction %d: %d bytes missing, counted %d", d, j.miss[d], c.Half[d].GapBytes)
		}
		if c.Half[d].Conflicts != 0 {
			t.Errorf("direction %d: %d bytes in conflict", d, c.Half[d].Conflicts)
		}
	}
	if c.CloseHow != ClosedFIN {
		t.Errorf("closed by %v", c.CloseHow)
	}
}

// FuzzReassembly cuts two known streams into segments, reorders, repeats and
// loses some, and demands the streams back: whole when every byte was captured,
// else with gaps that account for every missing byte; and never an answer before
// what it answers.
func FuzzReassembly(f *testing.F) {
	f.Add(uint32(1000), uint32(2000), false, []byte("\x0b\x00\x10\x08\x0b\x03\x21\x0c\x44\x1c"))
	f.Add(uint32(0xffff_fff0), uint32(0xffff_ffff), false, []byte("plain text makes a program too, as any bytes do"))
	f.Add(uint32(0x7fff_fff0), uint32(0), true, []byte("\x0b\x01\x10\x09\x0b\x02\x21\x00\x44\x04\x44\x54\x45\x61"))
	f.Fuzz(judgeDialogue)
}

// TestRandomDialogues is a slice of FuzzReassembly for every test run.
func TestRandomDialogues(t *testing.T) {
	ops := make([]byte, 400)
	state := uint64(1)
	for i := range 300 {
		for k := range ops {
			state = state*6364136223846793005 + 1442695040888963407
			ops[k] = byte(state >> 56)
		}
		judgeDialogue(t, uint32(state), uint32(state>>32), i%2 == 1, ops[:20+i%380])
		if t.Failed() {
			t.Fatalf("dialogue %d", i)
		}
	}
}

// FuzzHostile adds segments that no TCP would send: whatever comes, the promises
// of Sink and the bounds of Options hold; recorder checks them.
func FuzzHostile(f *testing.F) {
	f.Add([]byte("\x00\x02\x10\x00\x00\x00\x00\x00\x01\x12\x10\x00\x00\x00\x00\x00\x00\x10\x10\x01\x05\x00\x00\x00"))
	f.Add([]byte("A hostile sender varies flags, numbers, times and lengths at will; text does, too."))
	f.Fuzz(func(t *testing.T, ops []byte) {
		if len(ops) > 4096 {
			ops = ops[:4096]
		}
		r := newRecorder(t)
		r.quiet = true
		opt := Options{
			PatienceSegments: 5, MaxDirectionBytes: 200, MaxDirectionSegments: 9,
			MaxBuffered: 8000, MaxConnections: 3,
			IdleTime: 20 * second, HandshakeTime: 5 * second, Linger: 3 * second,
		}
		tab := New(opt, r)
		tab.index.key = [2]uint64{1, 2}
		text := []byte("0123456789abcdefghijklmnopqrstuvwxyz")
		var now int64
		for n := uint64(1); len(ops) >= 8; n++ {
			o := ops[:8]
			ops = ops[8:]
			s := decode.Segment{
				Frame: n, Version: 4, IPID: uint16(o[6] >> 4), Flags: decode.Flags(o[1]), Window: uint16(o[6] & 3),
				Checksum: decode.Checksum(o[2] >> 6), SrcPort: 1000 + uint16(o[0]>>1&3), DstPort: 2000,
				Seq: near(o[2]&7, o[3]), Ack: near(o[2]>>3&7, o[4]),
				Payload: text[:o[5]%37], Options: o[:o[7]&7],
			}
			if o[5] > 240 {
				s.Missing = binary.LittleEndian.Uint32(o[3:])
			}
			if o[0]&1 != 0 {
				s.SrcPort, s.DstPort = s.DstPort, s.SrcPort
			}
			if o[0]&0x40 != 0 {
				s.SrcPort = s.DstPort // to itself
			}
			switch o[7] >> 4 {
			case 0, 1:
				now += int64(o[7]) * second
			case 2:
				now -= int64(o[7]) * second
			case 3:
				now = int64(binary.LittleEndian.Uint64(o))
			default:
				now += millisecond
			}
			s.Time = now
			r.now = n
			tab.Add(&s)
			r.check(tab)
		}
		tab.Flush()
		if st := tab.Stats(); st.Buffered != 0 || st.Connections != 0 || len(r.open) != 0 {
			t.Errorf("after the end: %+v", st)
		}
	})
}

// near makes a sequence number in one of a few neighbourhoods.
func near(area, off byte) uint32 {
	base := [...]uint32{0, 0, 0, 100, 0xffff_ffc0, 1 << 26, 1 << 31, 0xf000_0000}
	return base[area] + uint32(off)
}
