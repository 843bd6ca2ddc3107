package assets

import (
	"testing"
	"time"

	"plcscope/decode"
	"plcscope/flows"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
	"plcscope/s7comm"
)

// plant is a conversation in which every request is answered.
func plant() []pcaps.Frame {
	k := engineer()
	k.dial("192.168.0.8:4000").login(s7comm.Setup{AMQCalling: 2, AMQCalled: 2, PDULength: 480})
	for i := range 20 {
		k.read(word(1, 0), word(1, uint32(i&1))).after(20 * time.Millisecond)
	}
	k.write(word(2, 0), s7comm.ReturnSuccess)
	k.conn.FIN(true)
	return k.capture.Frames()
}

// TestHazards damages captures in every way: what is only told twice or in another order
// changes nothing, and what is lost makes answers unknown, never missing.
func TestHazards(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	want := take(plant(), Options{})
	for _, h := range craft.Hazards() {
		if h.Name == "coalesce" {
			continue // it would move one connection's messages before another's
		}
		got := take(h.Apply(plant()), Options{})
		sound(t, h.Name, &got)
		if h.Lossy {
			continue
		}
		if g, w := counts(&got), counts(&want); g != w {
			t.Errorf("%s: %s\nwithout damage %s", h.Name, g, w)
		}
		if g, w := deeds(&got), deeds(&want); len(g) != len(w) {
			t.Errorf("%s: %q\nwithout damage %q", h.Name, g, w)
		}
	}
	for _, d := range craft.Damages() {
		if d.Many {
			continue
		}
		d.Each(plant(), func(frames []pcaps.Frame) {
			got := take(frames, Options{})
			sound(t, d.Name, &got)
		})
	}
}

// sound holds a result to what is true of every capture of plant.
func sound(t *testing.T, name string, r *Result) {
	t.Helper()
	for i := range r.Transactions {
		for j := range r.Transactions[i].Functions {
			f := &r.Transactions[i].Functions[j]
			if f.Requests != f.Answered+f.Unanswered+f.Unknown+f.Open || f.Times.Count != f.Answered || f.Late > f.Answered || f.Refused > f.Answered {
				t.Errorf("%s: %s does not add up", name, f.text())
			}
			if f.Unanswered > 0 || f.Late > 0 {
				t.Errorf("%s: %s, but all was answered at once", name, f.text())
			}
		}
		if x := &r.Transactions[i]; x.Negotiated && x.MostOpen[0] > int(x.Calling) {
			t.Errorf("%s: %d jobs open at one time, %d granted", name, x.MostOpen[0], x.Calling)
		}
	}
}

// TestSteadyPathAllocatesNothing: once the plant is known, its messages cost no memory.
func TestSteadyPathAllocatesNothing(t *testing.T) {
	k := newTalk().dial("192.168.0.8:4000").login(usual)
	for range 3000 {
		k.read(word(1, 0), word(1, 2)).write(word(2, 0), s7comm.ReturnSuccess)
		k.szl(0x0424, 0, modeRecord(0x4302, 8)).after(20 * time.Millisecond)
	}
	frames := k.capture.Frames()
	v := New(Options{})
	tracker := flows.New(flows.Options{}, v)
	dec := decode.New(decode.Options{})
	var s decode.Segment
	next := 0
	step := func(n int) {
		for range n {
			if dec.Decode(&frames[next], &s) {
				tracker.Add(&s)
			}
			next++
		}
	}
	step(len(frames) / 2)
	const each = 500
	if n := testing.AllocsPerRun((len(frames)-next)/each-2, func() { step(each) }); n != 0 {
		t.Errorf("%v allocations for %d frames", n, each)
	}
	tracker.Flush()
}

func TestBounds(t *testing.T) {
	k := newTalk()
	for i := range 8 {
		k.dial(craft.Host("10.0.0.1:5000").Addr().String() + ":" + string('1'+rune(i)) + "000").login(usual)
		k.ask(s7comm.GroupSecurity, 1, []byte("geheimes"), nil, 0)
	}
	k.dial("10.0.0.2:5000").login(usual).read(word(1, 0))
	r := take(k.capture.Frames(), Options{Hosts: 3, Pairs: 1, Actions: 3, Histograms: 1})
	if len(r.Transactions) != 1 || r.Bounds.Pairs != 0 && len(r.Transactions) > 1 || len(r.Actions) != 3 || r.Bounds.Actions != 5 || r.Bounds.Pairs == 0 {
		t.Errorf("%d pairs, %d actions, %+v", len(r.Transactions), len(r.Actions), r.Bounds)
	}
	if r.Transactions[0].Actions[LogIn] != 8 {
		t.Errorf("%v", r.Transactions[0].Actions)
	}
	for i := range 400 {
		k.read(word(uint16(i), 0))
	}
	r = take(k.capture.Frames(), Options{})
	if x := r.Transactions[1]; len(x.Areas) != maxAreas || r.Bounds.Areas == 0 || r.Bounds.Polls == 0 {
		t.Errorf("%d areas, %+v", len(x.Areas), r.Bounds)
	}
}

// FuzzInventory plays conversations in which anything may be said at any time: counts add
// up, and bounds as small as they can be hold.
func FuzzInventory(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15})
	f.Add([]byte{3, 1, 1, 1, 0x12, 0x23, 9, 200, 77, 5, 0x45, 8, 8, 8, 11})
	f.Fuzz(func(t *testing.T, ops []byte) {
		if len(ops) > 200 {
			return
		}
		k := newTalk().dial("192.168.0.8:4000").login(usual)
		for i, op := range ops {
			k.ref = uint16(op >> 4 & 3)
			switch op & 15 {
			case 0, 1:
				k.c(s7comm.AppendReadJob(nil, k.ref, word(uint16(i), 0), word(1, uint32(op))))
			case 2:
				k.s(s7comm.AppendReadAnswer(nil, k.ref, value(1, 2), s7comm.Value{ReturnCode: s7comm.ReturnCode(op)}))
			case 3:
				k.s(s7comm.AppendAck(nil, k.ref, s7comm.ErrorCode(op)<<8|4))
			case 4:
				k.write(word(2, 0), s7comm.ReturnCode(op))
			case 5:
				k.szl(uint16(op)<<4|0x11, 0, ops[:min(len(ops), 40)])
			case 6:
				k.ask(s7comm.Group(op>>4), op>>2, ops[:i], ops[i:], s7comm.ErrorCode(i))
			case 7:
				k.s(s7comm.AppendUserdata(nil, k.ref, s7comm.Userdata{Function: s7comm.Function(op >> 7), Type: s7comm.UserdataPush, Group: s7comm.Group(op >> 4), Subfunction: 3, HasData: true, ReturnCode: s7comm.ReturnSuccess, Payload: ops[i:]}))
			case 8:
				block := s7comm.Block{Name: s7comm.BlockName("_0A00001P"), UploadID: uint32(op >> 6), HasStatus: true}
				function := s7comm.FunctionRequestDownload + s7comm.Function(op>>4%6)
				k.job(s7comm.PDU{Function: function, Block: block}, s7comm.PDU{Function: function, Block: block})
			case 9:
				k.job(s7comm.PDU{Function: s7comm.FunctionPI, PI: s7comm.PI{Service: ops[:min(i, 20)], Parameters: ops[i:]}}, s7comm.PDU{Function: s7comm.FunctionPI})
			case 10:
				k.conn.ClientUnseen(s7comm.AppendReadJob(nil, k.ref, word(1, 0)))
			case 11:
				k.conn.ServerUnseen(s7comm.AppendReadAnswer(nil, k.ref, value(1, 2)))
			case 12:
				k.c(s7comm.AppendDT(nil, ops[i:min(len(ops), i+20)], op>>7 == 0))
			case 13:
				k.after(time.Duration(op) * 10 * time.Millisecond)
			case 14:
				k.conn.RST(op>>7 == 0)
				k.dial("192.168.0.8:" + string('1'+rune(op>>5)) + "123").login(usual)
			case 15:
				k.s(s7comm.AppendReadJob(nil, k.ref, word(1, 0)))
			}
		}
		frames := k.capture.Frames()
		for _, opt := range []Options{{}, {Hosts: 1, Pairs: 1, Actions: 1, Histograms: 1}} {
			r := take(frames, opt)
			for i := range r.Transactions {
				for j := range r.Transactions[i].Functions {
					f := &r.Transactions[i].Functions[j]
					if f.Requests != f.Answered+f.Unanswered+f.Unknown+f.Open || f.Times.Count != f.Answered {
						t.Fatalf("%s does not add up", f.text())
					}
				}
			}
			if len(r.Actions) > 1 && opt.Actions == 1 || len(r.Transactions) > 1 && opt.Pairs == 1 {
				t.Fatalf("a bound does not hold: %+v", r)
			}
		}
	})
}
