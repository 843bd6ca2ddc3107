package tcp

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/decode"
)

// counts prints what was counted for each direction, 0 left out, up to AfterEnd.
func counts(c *Conn) (lines []string) {
	for d := range c.Half {
		v := reflect.ValueOf(c.Half[d])
		line := sides[d]
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			if n := v.Field(i).Uint(); n != 0 {
				line += fmt.Sprintf(" %s=%d", name, n)
			}
			if name == "AfterEnd" {
				break
			}
		}
		lines = append(lines, line)
	}
	return lines
}

func TestCounts(t *testing.T) {
	for _, c := range []struct {
		name, say, want string
	}{
		{"in order", handshake + `
			A 0 "abc" ack 0
			B 0 "xy" ack 3`,
			"A Segments=3 Bytes=3\nB Segments=2 Bytes=2"},
		{"a double mirror doubles nothing", `
			A SYN
			again
			B SYN ack 0 id=0
			again
			A 0 ack 0
			again
			A 0 "abc" ack 0
			A 3 "def" ack 0
			again 2
			again 2
			B 0 "x" ack 6
			again
			A 6 ack 1
			again
			A 6 FIN ack 1
			again
			B 1 FIN ack 7
			again
			A 7 ack 2
			again
			A 7 RST ack 2
			again`,
			"A Segments=8 Bytes=6 Duplicates=8\nB Segments=3 Bytes=1 Duplicates=3"},
		{"a retransmission is no duplicate: another datagram", handshake + `
			A 0 "abc" ack 0
			A 0 "abc" ack 0
			wait 300ms
			A 0 "abc" ack 0`,
			"A Segments=5 Bytes=3 RetransmittedBytes=6 Retransmissions=2\nB Segments=1"},
		{"a retransmission is no duplicate: much later", handshake + `
			A 0 "abc" ack 0 id=77
			wait 25ms
			A 0 "abc" ack 0 id=77`,
			"A Segments=4 Bytes=3 RetransmittedBytes=3 Retransmissions=1\nB Segments=1"},
		{"without identification only what follows at once is a duplicate", handshake + `
			A 0 "abc" ack 0 v6
			wait -1ms
			again
			wait 2ms
			A 0 "abc" ack 0 v6
			A 3 ack 0 v6
			wait -1ms
			again`,
			"A Segments=6 Bytes=3 RetransmittedBytes=3 Duplicates=1 Retransmissions=1\nB Segments=1"},
		{"reordered", handshake + `
			A 3 "def" ack 0
			A 0 "abc" ack 0`,
			"A Segments=4 Bytes=6 OutOfOrder=1\nB Segments=1"},
		{"lost before the capture point and sent again", handshake + `
			A 3 "def" ack 0
			B 0 ack 0
			wait 200ms
			A 0 "abc" ack 0`,
			"A Segments=4 Bytes=6 Retransmissions=1\nB Segments=2"},
		{"overlaps that differ", handshake + `
			A 2 "cdef" ack 0
			A 1 "bXdeYg" ack 0
			A 0 "a" ack 0`,
			"A Segments=5 Bytes=7 RetransmittedBytes=4 OutOfOrder=2 Conflicts=2\nB Segments=1"},
		{"keep-alives and probes of a closed window", handshake + `
			A 0 "abc" ack 0
			B 0 ack 3 win=0
			A 2 ack 0
			B 0 ack 3 win=0
			A 2 "c" ack 0
			A 3 "d" ack 0
			B 0 ack 3 win=100`,
			"A Segments=6 Bytes=4 KeepAlives=2 WindowProbes=1\nB Segments=4 ZeroWindows=2"},
		{"repeated handshake", `
			A SYN
			wait 1s
			A SYN
			B SYN ack 0
			wait 1s
			B SYN ack 0
			A 0 ack 0`,
			"A Segments=3 Retransmissions=1\nB Segments=2 Retransmissions=1"},
		{"bad checksums", `
			A SYN good
			B SYN ack 0 good
			A 0 "aXc" ack 0 bad
			B 0 "x" ack 0
			A 0 "abc" ack 1 good`,
			"A Segments=2 Bytes=3 BadChecksums=1\nB Segments=2 Bytes=1"},
		{"lost", handshake + `
			A 3 "def" ack 0
			B 0 ack 8
			wait 2s
			A 8 "g" ack 0`,
			"A Segments=4 Bytes=4 GapBytes=5 Gaps=2\nB Segments=2"},
		{"cut off", handshake + `
			A 0 "abc" miss=4 ack 0
			A 0 "abcdefg" ack 0`,
			"A Segments=4 Bytes=3 GapBytes=4 RetransmittedBytes=7 Retransmissions=1 Gaps=1\nB Segments=1"},
		{"far away", handshake + `
			A 100000000 "b" ack 0
			B 0 "x" ack 100000000`,
			"A Segments=3 Ignored=1\nB Segments=2 Bytes=1 Ignored=1"},
		{"after the end", handshake + `
			A 0 "a" FIN ack 0
			A 0 "a" FIN ack 0
			A 2 "b" ack 0`,
			"A Segments=5 Bytes=1 RetransmittedBytes=1 Retransmissions=1 AfterEnd=1\nB Segments=1"},
		{"before the start in mid-stream", `
			A 3 "def" ack 0
			A 0 "abc" ack 0`,
			"A Segments=2 Bytes=3 OutOfOrder=1\nB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, isn := range [][2]uint32{{1000, 2000}, {0xffff_fffb, 0xffff_fffe}} {
				r := newRecorder(t)
				r.play(Options{}, parse(t, isn, c.say))
				if diff := cmp.Diff(unindent(c.want), counts(&r.conns[0])); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestConnection(t *testing.T) {
	play := func(say string) *Conn {
		r := newRecorder(t)
		r.play(Options{}, parse(t, [2]uint32{1000, 2000}, say))
		return &r.conns[0]
	}
	t.Run("handshake", func(t *testing.T) {
		c := play(`
			A SYN scale=2 win=1000
			wait 500ms
			A SYN scale=2 win=1000
			wait 9ms
			B SYN ack 0 scale=7 win=2000
			wait 4ms
			A 0 ack 0 win=3000
			A 0 "abc" ack 0 win=500
			wait 19ms
			B 0 ack 3 win=100
			wait 100ms
			B 0 FIN ack 3
			A 3 FIN ack 1 win=0`)
		if c.ServerRTT != 10*millisecond || c.ClientRTT != 5*millisecond || c.RTT() != 15*millisecond {
			t.Errorf("round trips %d + %d", c.ServerRTT, c.ClientRTT)
		}
		if a, b := c.Half[0].SYNFrame, c.Half[1].SYNFrame; a != 1 || b != 3 || c.ACKFrame != 4 {
			t.Errorf("handshake in frames %d, %d, %d", a, b, c.ACKFrame)
		}
		if a, b := &c.Half[0], &c.Half[1]; a.WindowScale != 2 || b.WindowScale != 7 ||
			a.MaxWindow != 3000<<2 || b.MaxWindow != 8192<<7 || a.ISN != 1000 || b.ISN != 2000 {
			t.Errorf("%+v", c.Half)
		}
		if h := &c.Half[0]; h.RTTCount != 1 || h.RTTMin != 20*millisecond || h.RTTSum != 20*millisecond {
			t.Errorf("%d round trips, %d, %d", h.RTTCount, h.RTTMin, h.RTTSum)
		}
		if c.ClosedBy != 1 || c.CloseHow != ClosedFIN || c.Half[1].FINFrame != 7 || c.Half[0].FINFrame != 8 {
			t.Errorf("closed by %d, %v", c.ClosedBy, c.CloseHow)
		}
		if c.FirstFrame != 1 || c.LastFrame != 8 || c.LastTime-c.FirstTime != (500+9+4+19+100+7)*millisecond {
			t.Errorf("frames %d to %d, %d ns", c.FirstFrame, c.LastFrame, c.LastTime-c.FirstTime)
		}
		if !c.InitiatorKnown || c.End[0].Port != 40000 || c.End[1].String() != "10.0.0.2:1883" {
			t.Errorf("from %v to %v", c.End[0], c.End[1])
		}
	})
	t.Run("FIN and then RST", func(t *testing.T) {
		if c := play(handshake + "A 0 FIN ack 0\nB 0 RST ack 1"); c.CloseHow != ClosedRST || c.ClosedBy != 0 || c.Half[1].RSTFrame != 5 {
			t.Errorf("%v by %d", c.CloseHow, c.ClosedBy)
		}
	})
	t.Run("scale offered by one side only", func(t *testing.T) {
		if c := play("A SYN scale=2\nB SYN ack 0\nA 0 ack 0 win=9000"); c.Half[0].MaxWindow != 9000 || c.Half[1].WindowScale != -1 {
			t.Errorf("%+v", c.Half)
		}
	})
	t.Run("time of a retransmission", func(t *testing.T) {
		c := play(handshake + "A 0 \"abc\" ack 0\nA 0 \"abc\" ack 0\nwait 10ms\nA 0 \"abc\" ack 0\nwait 10ms\nA 3 \"d\" ack 0")
		if got := c.Half[0].RetransmissionTime - c.FirstTime; got != 15*millisecond || c.Half[1].RetransmissionTime != 0 {
			t.Errorf("%d ns after the first segment", got)
		}
	})
	t.Run("acknowledged", func(t *testing.T) {
		for _, say := range []string{
			handshake + "A 0 \"abc\" ack 0\nA 3 \"def\" ack 0\nB 0 ack 4",
			"A 0 \"abc\" ack 0\nA 3 \"def\" ack 0\nB 0 ack 4",
			"B 0 ack 1\nA 0 \"abc\" ack 0\nA 3 \"def\" ack 0\nB 0 ack 4",
		} {
			if c := play(say); !c.Acked(0, 4) || c.Acked(0, 5) || !c.Acked(1, 0) || c.Acked(1, 1) {
				t.Errorf("%q: %+v", say, c.Half)
			}
		}
	})
	t.Run("roles", func(t *testing.T) {
		for _, x := range []struct {
			say    string
			port   uint16 // of End[1]
			known  bool
			server func(uint16) bool
		}{
			{say: "A SYN", port: 1883, known: true},
			{say: "B SYN", port: 40000, known: true},
			{say: "B SYN ack 0", port: 1883, known: true},
			{say: "A 0 ack 0", port: 1883},
			{say: "B 0 ack 0", port: 1883},
			{say: "B 0 ack 0", port: 40000, server: func(p uint16) bool { return p == 40000 }},
			{say: "A 0 ack 0", port: 1883, server: func(p uint16) bool { return false }},
			{say: "A 0 \"abc\" ack 0\nA -1 SYN", port: 1883},
			{say: "ports 40000 40000\nB 0 ack 0", port: 40000},
		} {
			r := newRecorder(t)
			r.play(Options{ServerPort: x.server}, parse(t, [2]uint32{1000, 2000}, x.say))
			if c := r.conns[0]; c.End[1].Port != x.port || c.InitiatorKnown != x.known {
				t.Errorf("%q: to %v, known: %v", x.say, c.End[1], c.InitiatorKnown)
			}
		}
	})
}

func TestWindowScale(t *testing.T) {
	for _, x := range []struct {
		options string
		want    int8
	}{
		{"", -1},
		{"\x03\x03\x07", 7},
		{"\x02\x04\x05\xb4\x01\x03\x03\x02\x04\x02", 2},
		{"\x03\x03\xff", 14},
		{"\x00\x03\x03\x07", -1},
		{"\x03\x03", -1},
		{"\x03", -1},
		{"\x03\x00\x07", -1},
		{"\x03\x04\x07\x07", -1},
		{"\x08\x01\x03\x03\x07", -1},
	} {
		if got := windowScale([]byte(x.options)); got != x.want {
			t.Errorf("%x: %d, want %d", x.options, got, x.want)
		}
	}
}

// TestIndex opens and closes connections at random and looks all of them up.
func TestIndex(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	x := newIndex(false)
	var live []*Conn
	for range 20_000 {
		if len(live) > 0 && random.IntN(5) < 2 {
			i := random.IntN(len(live))
			x.remove(live[i])
			live[i] = live[len(live)-1]
			live = live[:len(live)-1]
			continue
		}
		s := decode.Segment{SrcPort: uint16(random.Uint32()), DstPort: uint16(random.Uint32())}
		s.Src[15], s.Dst[15] = byte(random.Uint32()), byte(random.Uint32())
		h := x.hash(&s)
		if c, _ := x.find(h, &s); c != nil {
			continue
		}
		c := &Conn{End: [2]Endpoint{{s.Src, s.SrcPort}, {s.Dst, s.DstPort}}}
		x.add(h, c)
		live = append(live, c)
	}
	for _, c := range live {
		for d := range Dir(2) {
			s := decode.Segment{Src: c.End[d].Addr, SrcPort: c.End[d].Port, Dst: c.End[d^1].Addr, DstPort: c.End[d^1].Port}
			if got, way := x.find(x.hash(&s), &s); got != c || way != d && c.End[0] != c.End[1] {
				t.Fatalf("%v found in direction %d as %v in %d", c.End, d, got, way)
			}
		}
	}
	full := 0
	for _, at := range x.slots {
		if at.c != nil {
			full++
		}
	}
	if full != len(live) || x.used != full {
		t.Errorf("%d slots of %d connections are used, counted %d", full, len(live), x.used)
	}
}

// TestFarBehind acknowledges after more than half of the sequence space was sent
// without an acknowledgement.
func TestFarBehind(t *testing.T) {
	say := "A 0 \"a\" ack 0\n"
	at := 1
	for range 2200 {
		say += fmt.Sprintf("A %d miss=1048576 ack 0\n", at)
		at += 1 << 20
	}
	say += fmt.Sprintf("B 0 ack %d\nA %d \"z\" ack 0\nB 0 ack %d\nwait 1s\nB 0 \"!\" ack %d", at, at+5, at+6, at+6)
	r := newRecorder(t)
	r.play(Options{}, parse(t, [2]uint32{1, 1}, say))
	want := []string{"A gap 5 lost", `A "z" #2203`, "B gap -1 mid-stream", `B "!"`, "closed end of capture"}
	if diff := cmp.Diff(want, r.lines[len(r.lines)-5:]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestAfterFlush uses a table for another capture.
func TestAfterFlush(t *testing.T) {
	r := newRecorder(t)
	tab := New(Options{}, r)
	for range 2 {
		for _, s := range parse(t, [2]uint32{1, 1}, `A 0 "a" ack 0`) {
			r.now = s.Frame
			tab.Add(&s)
		}
		tab.Flush()
	}
	want := unindent(`
		open
		A gap -1 mid-stream
		A "a"
		closed end of capture
		1: open
		1: A gap -1 mid-stream
		1: A "a"
		1: closed end of capture`)
	if diff := cmp.Diff(want, r.lines); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestStats checks that reached bounds are counted.
func TestStats(t *testing.T) {
	r := newRecorder(t)
	tab := r.play(Options{MaxDirectionBytes: 4, MaxConnections: 2, MaxBuffered: itemCost + pendingCost + 64, HandshakeTime: second}, parse(t, [2]uint32{1, 1}, `
		A 1 "a" ack 0
		A 3 "abcdef" ack 0
		isn A 70000
		A SYN
		A 1 "b" ack 0
		ports 40001 1883
		A SYN
		A 1 "c" ack 0
		ports 40002 1883
		A SYN
		wait 3s
		ports 40003 1883
		A SYN`))
	st := tab.Stats()
	want := Stats{
		Segments: 8, Opened: 5, Closed: 5, Peak: 2, ClosedFull: 2, ClosedReused: 1,
		DirectionOverflows: 1, TableOverflows: 1, PeakBuffered: st.PeakBuffered,
	}
	if diff := cmp.Diff(want, st); diff != "" {
		t.Errorf("(-want +got):\n%s\n%s", diff, strings.Join(r.lines, "\n"))
	}
}
