package e2e

import (
	"io"
	"maps"
	"net"
	"strconv"
	"testing"
	"time"

	"plcscope/s7comm"
)

// rawPlay speaks to the controller byte by byte, for what Snap7's client does not say.
type rawPlay struct {
	t *testing.T
	c net.Conn
}

func dialPLC(t *testing.T, port int) *rawPlay {
	t.Helper()
	c, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &rawPlay{t, c}
}

// say sends a message and returns the answer, one TPKT.
func (p *rawPlay) say(b []byte) []byte {
	p.t.Helper()
	if _, err := p.c.Write(b); err != nil {
		p.t.Fatal(err)
	}
	p.c.SetReadDeadline(time.Now().Add(patience))
	head := make([]byte, 4)
	if _, err := io.ReadFull(p.c, head); err != nil {
		p.t.Fatal(err)
	}
	rest := make([]byte, int(head[2])<<8+int(head[3])-4)
	if _, err := io.ReadFull(p.c, rest); err != nil {
		p.t.Fatal(err)
	}
	return append(head, rest...)
}

// TestSnap7ByteByByte writes and reads the types that Snap7's client does not know, asks
// for more than the controller grants and for more than it can answer.
func TestSnap7ByteByByte(t *testing.T) {
	snap7(t)
	port := startPLC(t)
	dump := startCapture(t, port)
	p := dialPLC(t, port)
	var pdu s7comm.PDU
	say := func(b []byte) *s7comm.PDU {
		t.Helper()
		if err := pdu.Decode(p.say(b), nil); err != nil {
			t.Fatal(err)
		}
		return &pdu
	}
	if a := say(s7comm.AppendCR(nil, 1, s7comm.TSAP{1, 0}, s7comm.TSAP{1, 2}, 1024)); a.COTP.Type != s7comm.CC {
		t.Fatalf("%v in answer to CR", a.COTP.Type)
	}
	granted := say(s7comm.AppendSetup(nil, s7comm.ROSCTRJob, 1, s7comm.Setup{AMQCalling: 1, AMQCalled: 1, PDULength: 65000})).Setup
	t.Logf("65000 bytes were asked for, %d granted", granted.PDULength)
	ref := uint16(1)
	for _, x := range []struct {
		item s7comm.Item
		kind s7comm.DataSize
		data []byte
	}{
		{s7comm.AnyItem(s7comm.AreaDB, 1, s7comm.SizeChar, 20, 0, 5), s7comm.DataOctets, []byte("Halle")},
		{s7comm.AnyItem(s7comm.AreaDB, 1, s7comm.SizeInt, 8, 0, 1), s7comm.DataInteger, []byte{0xff, 0x85}},
		{s7comm.AnyItem(s7comm.AreaDB, 1, s7comm.SizeDInt, 10, 0, 1), s7comm.DataInteger, []byte{0xff, 0xfe, 0x1d, 0xc0}},
		{s7comm.AnyItem(s7comm.AreaDB, 1, s7comm.SizeReal, 40, 0, 2), s7comm.DataReal, []byte{0x3f, 0x80, 0, 0, 0xc0, 0x20, 0, 0}},
	} {
		ref++
		w := say(s7comm.AppendWriteJob(nil, ref, []s7comm.Item{x.item}, []s7comm.Value{{TransportSize: x.kind, Data: x.data}}))
		if len(w.Values) != 1 || w.Values[0].ReturnCode != s7comm.ReturnSuccess {
			t.Errorf("write of %s: %+v", x.item.String(), w.Values)
		}
		ref++
		r := say(s7comm.AppendReadJob(nil, ref, x.item))
		if len(r.Values) != 1 || string(r.Values[0].Data) != string(x.data) {
			t.Errorf("read of %s: %+v", x.item.String(), r.Values)
		}
	}
	large := s7comm.AnyItem(s7comm.AreaDB, 2, s7comm.SizeByte, 0, 0, 4096)
	if granted.PDULength > 4096 {
		t.Fatal("the controller can answer all of DB2")
	}
	ref++
	if a := say(s7comm.AppendReadJob(nil, ref, large)); len(a.Values) != 1 || a.Values[0].ReturnCode == s7comm.ReturnSuccess {
		t.Errorf("4096 bytes in one answer of at most %d: %+v", granted.PDULength, a.Values)
	}
	ref++
	many := make([]s7comm.Item, 30)
	for i := range many {
		many[i] = s7comm.AnyItem(s7comm.AreaDB, 1, s7comm.SizeByte, uint32(i), 0, 1)
	}
	if a := say(s7comm.AppendReadJob(nil, ref, many...)); len(a.Values) != 20 {
		t.Errorf("%d values for 30 variables in one job, Snap7 is known for 20", len(a.Values))
	}
	p.c.Close()
	dump.stop(t)

	got := valuesOf(t, dump.file, port)
	for place, want := range map[string]string{
		"P#DB1.DBX20.0 CHAR 5 CHAR x 5": "'Halle'", "DB1.DBW8 INT": "-123", "DB1.DBD10 DINT": "-123456", "P#DB1.DBX40.0 REAL 2 REAL x 2": "[1.0, -2.5]",
	} {
		if got[place] != want {
			t.Errorf("%s is %q, %q was written; there are %q", place, got[place], want, got)
		}
	}
	fieldsAreTsharks(t, dump.file, port, 40)
	who, what, rules := judgeAs(t, dump.file, asISO(port)).findings("fail", "error", "warning", "info")
	found := map[string]bool{}
	for i := range what {
		t.Logf("%s, %s: %s", who[i], rules[i], what[i].Detail)
		found[who[i].Role+" "+rules[i]] = true
	}
	want := map[string]bool{
		"client s7-setup-reduced": true, "client s7-answer-fits": true, "client s7-items-20": true,
		"server s7-item-count": true, // it answers 20 of the 30
	}
	if !maps.Equal(found, want) {
		t.Errorf("%v was found, want %v", found, want)
	}
}
