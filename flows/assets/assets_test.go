package assets

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plcscope/pcaps/craft"
	"plcscope/s7comm"
)

// engineer does everything that an engineering station does to a controller.
func engineer() *talk {
	t := newTalk().dial("192.168.0.9:3000").login(usual)
	t.szl(0x0011, 0, moduleRecord(1, "6ES7 315-2EH14-0AB0", 0, 0), moduleRecord(7, "", 0x5603, 0x0206))
	t.szl(0x001C, 0, componentRecord(1, "press 7"), componentRecord(2, "PLC_1"), componentRecord(3, "hall east"), componentRecord(5, "S C-123"))
	protection := make([]byte, 40)
	copy(protection, []byte{0, 4, 0, 1, 0, 2, 0, 3, 0, 2})
	t.szl(0x0232, 4, protection)
	t.szl(0x0424, 0, modeRecord(0x4302, 8))
	t.ask(s7comm.GroupSecurity, 1, []byte("passwort"), nil, 0xD602)
	t.ask(s7comm.GroupSecurity, 1, []byte("geheimes"), nil, 0)
	t.job(s7comm.PDU{Function: s7comm.FunctionStop, PI: s7comm.PI{Service: []byte("P_PROGRAM")}}, s7comm.PDU{Function: s7comm.FunctionStop})
	t.szl(0x0424, 0, modeRecord(0x4304, 4))
	t.ask(s7comm.GroupTime, 2, []byte{0, 0x19, 0x26, 0x01, 0x31, 0x12, 0x34, 0x56, 0, 0x07}, nil, 0)
	t.job(s7comm.PDU{Function: s7comm.FunctionPI, PI: s7comm.PI{Service: []byte("_DELE"), Parameters: []byte("\x01\x000A00007P")}}, s7comm.PDU{Function: s7comm.FunctionPI})
	t.job(s7comm.PDU{Function: s7comm.FunctionPI, PI: s7comm.PI{Service: []byte("P_PROGRAM"), Parameters: []byte("C ")}}, s7comm.PDU{Function: s7comm.FunctionPI})
	return t
}

func TestInventoryOfAController(t *testing.T) {
	r := take(engineer().capture.Frames(), Options{})
	a := r.asset("192.168.0.1")
	if len(a.Modules) != 1 {
		t.Fatalf("%+v", a)
	}
	m := a.Modules[0]
	if d := cmp.Diff(Identity{OrderNumber: "6ES7 315-2EH14-0AB0", Firmware: "V3.2.6", Name: "press 7", Module: "PLC_1", Plant: "hall east", Serial: "S C-123"}, m.Identity); d != "" {
		t.Error(d)
	}
	if p := m.Protection; p == nil || p.Valid != 3 || p.Parameter != 2 || p.KeySwitch != 1 || p.ModeSwitch != 2 {
		t.Errorf("protection %+v", p)
	}
	if d := cmp.Diff([]string{"rack 0 slot 2"}, m.Slots); d != "" {
		t.Error(d)
	}
	var modes []string
	for _, c := range m.Modes {
		modes = append(modes, fmt.Sprint(c.Mode, " ", c.HasBy))
	}
	if d := cmp.Diff([]string{"RUN false", "STOP true", "RUN true"}, modes); d != "" || m.Mode != "RUN" {
		t.Error(m.Mode, d)
	}
	if d := cmp.Diff([]string{
		"log in|with a password|refused|the password is wrong", "log in|with a password|done", "stop||done",
		"set clock|to 2026-01-31 12:34:56.000|done", "delete blocks|DB7|done", "start|cold restart|done",
	}, deeds(&r)); d != "" {
		t.Error(d)
	}
	if s := fmt.Sprintf("%+v", r); strings.Contains(s, "geheim") || strings.Contains(s, "passwort") {
		t.Error("a password is kept")
	}
	if len(a.MACs) != 1 {
		t.Errorf("MAC %v", a.MACs)
	}
}

func TestTransactions(t *testing.T) {
	k := newTalk().dial("192.168.0.9:3000").login(usual)
	for range 10 {
		k.read(word(1, 0), word(1, 2), word(1, 4)).after(100 * time.Millisecond)
	}
	k.write(word(10, 20), s7comm.ReturnSuccess).write(word(10, 30), s7comm.ReturnOutOfRange)
	k.c(s7comm.AppendReadJob(nil, k.next(), word(9, 0))).s(s7comm.AppendReadAnswer(nil, k.ref, s7comm.Value{ReturnCode: s7comm.ReturnNoObject}))
	k.c(s7comm.AppendReadJob(nil, k.next(), word(8, 0))).s(s7comm.AppendAck(nil, k.ref, 0x8104))
	r := take(k.capture.Frames(), Options{})
	if got, want := counts(&r), "Read Var 12 answered 12 refused 1 items 1; Write Var 2 answered 2 items 1; Setup communication 1 answered 1"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	x := r.Transactions[0]
	if x.Negotiated != true || x.PDULength != 240 || x.Calling != 1 || x.MostOpen[0] != 1 || x.MostItems != 3 {
		t.Errorf("%+v", x)
	}
	if f := x.Functions[0].Times; f.P50 < int64(time.Millisecond) || f.Max > int64(5*time.Millisecond) || f.Count != 12 {
		t.Errorf("%+v", f)
	}
	if p := x.Polls[0]; p.Count != 10 || p.Items != 3 || p.First != "DB1.DBW0" || p.Period.P50 < int64(100*time.Millisecond) || p.Period.P50 > int64(110*time.Millisecond) || p.Period.Count != 9 {
		t.Errorf("%+v", p)
	}
	var failures []string
	for i := range x.Failures {
		f := &x.Failures[i]
		failures = append(failures, fmt.Sprintf("%s %s %d %s %t", f.Request, f.CodeString(), f.Count, f.Example, f.Advice != ""))
	}
	if d := cmp.Diff([]string{"Write Var 0x05 1 DB10.DBW30 true", "Read Var 0x0a 1 DB9.DBW0 true", "Read Var 0x8104 1  true"}, failures); d != "" {
		t.Error(d)
	}
	if a := x.Areas[0]; a.Name() != "DB10" || a.Writes != 2 || a.Low != 20 || a.High != 31 {
		t.Errorf("%+v", a)
	}
}

// TestLateAndUnanswered: a client that goes on without an answer is told of, one that
// waits is not.
func TestLateAndUnanswered(t *testing.T) {
	k := newTalk().dial("192.168.0.9:3000").login(usual)
	first := s7comm.AppendReadJob(nil, k.next(), word(1, 0))
	late := s7comm.AppendReadAnswer(nil, k.ref, value(0, 1))
	k.c(first).after(3 * time.Second)
	second := s7comm.AppendReadJob(nil, k.next(), word(1, 2))
	answer := s7comm.AppendReadAnswer(nil, k.ref, value(0, 2))
	k.c(second).s(late).s(answer)
	k.c(s7comm.AppendReadJob(nil, k.next(), word(1, 4)))
	open := take(k.capture.Frames(), Options{})
	if got, want := counts(&open), "Read Var 3 answered 2 late 1 open 1; Setup communication 1 answered 1"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if n := open.Transactions[0].MostOpen[0]; n != 1 {
		t.Errorf("%d jobs at one time, the first was given up", n)
	}
	k.conn.RST(true)
	closed := take(k.capture.Frames(), Options{})
	if got, want := counts(&closed), "Read Var 3 answered 2 late 1 unanswered 1; Setup communication 1 answered 1"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestSlotsOfOneModule(t *testing.T) {
	k := engineer()
	k.dial("192.168.0.9:3001")
	k.c(s7comm.AppendCR(nil, 1, s7comm.TSAP{1, 0}, s7comm.TSAP{1, 0}, 1024)).s(s7comm.AppendCC(nil, 1, 2, s7comm.TSAP{1, 0}, s7comm.TSAP{1, 0}, 1024))
	k.szl(0x0011, 0, moduleRecord(1, "6ES7 315-2EH14-0AB0", 0, 0))
	k.dial("192.168.0.9:3002")
	k.c(s7comm.AppendCR(nil, 1, s7comm.TSAP{1, 0}, s7comm.TSAP{1, 4}, 1024)).s(s7comm.AppendCC(nil, 1, 2, s7comm.TSAP{1, 0}, s7comm.TSAP{1, 4}, 1024))
	k.szl(0x0011, 0, moduleRecord(1, "6GK7 343-1EX30-0XE0", 0, 0))
	r := take(k.capture.Frames(), Options{})
	var got []string
	for _, m := range r.asset("192.168.0.1").Modules {
		got = append(got, m.OrderNumber+" "+strings.Join(m.Slots, ", "))
	}
	if d := cmp.Diff([]string{"6ES7 315-2EH14-0AB0 rack 0 slot 0, rack 0 slot 2", "6GK7 343-1EX30-0XE0 rack 0 slot 4"}, got); d != "" {
		t.Error(d)
	}
}

func TestMQTTOfAController(t *testing.T) {
	k := engineer()
	k.capture.Connect(craft.Host("192.168.0.1:2000"), craft.Host("192.168.0.5:1883")).Client(connect("press7"))
	r := take(k.capture.Frames(), Options{})
	got := r.asset("192.168.0.1").MQTT
	if len(got) != 1 || string(got[0].ClientID) != "press7" || got[0].Broker.String() != "192.168.0.5:1883" || got[0].Connects != 1 {
		t.Errorf("%+v", got)
	}
}

func TestVendors(t *testing.T) {
	for mac, want := range map[[6]byte]string{{0x00, 0x0e, 0x8c, 1, 2, 3}: "Siemens", {0x02, 0x0e, 0x8c, 1, 2, 3}: "", {0x00, 0x30, 0xde, 1, 2, 3}: "WAGO", {}: ""} {
		if got := vendorOf(mac); got != want {
			t.Errorf("%x: %q, want %q", mac, got, want)
		}
	}
}
