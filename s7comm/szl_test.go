package s7comm

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// szlAnswer is an answer to a request to read a partial list.
func szlAnswer(id SZLID, index uint16, records ...[]byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, uint16(id))
	b = binary.BigEndian.AppendUint16(b, index)
	size := 0
	if len(records) > 0 {
		size = len(records[0])
	}
	b = binary.BigEndian.AppendUint16(b, uint16(size))
	b = binary.BigEndian.AppendUint16(b, uint16(len(records)))
	for _, r := range records {
		b = append(b, r...)
	}
	return AppendUserdata(nil, 1, Userdata{Type: UserdataResponse, Group: GroupCPU, Subfunction: subReadSZL, Extended: true, HasData: true,
		ReturnCode: ReturnSuccess, TransportSize: DataOctets, Payload: b})
}

// szlRecords gives a record of every layout, with bytes that tell its elements apart.
func szlRecords() (messages [][]byte) {
	record := func(size int, first uint16, salt byte) []byte {
		b := make([]byte, size)
		for i := range b {
			b[i] = 0x20 + (byte(i)*37+salt)%0x5f
		}
		binary.BigEndian.PutUint16(b, first)
		return b
	}
	for id := SZLID(0); id < 0x1000; id++ {
		list := uint8(id)
		if id.List() == "" || id.Extract() > 14 {
			continue
		}
		for index := uint16(0); index <= 0x10; index++ {
			size := 0
			if l := szlLayoutOf(id, index, record(64, index, 0)); l != nil {
				size = l.size
			} else if list == SZLDiagnostics && index == 0 {
				size = diagnosticLength
			} else if list == SZLStations && index == 0 {
				size = 16
			} else if list == SZLStationsPN && index == 0 {
				size = 258
			} else if index == 0 {
				size = 12
			}
			if size == 0 || index > 0 && szlIndexed[uint32(id)<<16|uint32(index)] == nil && list != SZLComponent {
				continue
			}
			r := [][]byte{record(size, index, 1), record(size, index, 0x5A)}
			switch list {
			case SZLDiagnostics:
				copy(r[0], unhex("4304ff68c700000012345678 1408201159439124"))
				r = r[:1]
			case SZLModule, SZLComponent:
			default:
				r = append(r, bytes.Repeat([]byte{0xff}, size))
			}
			messages = append(messages, szlAnswer(id, index, r...))
		}
	}
	return messages
}

// TestSZLLayoutsEqualTshark compares a record of every partial list that either knows.
func TestSZLLayoutsEqualTshark(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	messages := szlRecords()
	file := filepath.Join(t.TempDir(), "szl.pcap")
	if err := os.WriteFile(file, pcapOf(messages), 0o600); err != nil {
		t.Fatal(err)
	}
	c := comparison{carried: map[string]bool{}, reasons: map[string]int{}}
	c.compare(t, file, knownToTshark(t), false)
	t.Logf("%d messages: %d values of %d fields compared", len(messages), c.values, len(c.carried))
	if len(messages) < 80 || len(c.carried) < 600 {
		t.Errorf("only %d messages with %d fields", len(messages), len(c.carried))
	}
}

// decoded returns the userdata message that a TPKT holds.
func decoded(t *testing.T, tpkt []byte) *Userdata {
	t.Helper()
	var p PDU
	if err := p.Decode(tpkt, new(Assembler)); err != nil {
		t.Fatal(err)
	}
	return &p.Userdata
}

// What the records of real controllers say.
func TestSZLRecords(t *testing.T) {
	module := unhex("0300007d02f080320700000001000c0060000112081284010100000000ff09005c00110000001c0003000136455337203231322d31414534302d30584230200000000a2020000636455337203231322d31414534302d30584230200000000a2020000736455337203231322d31414534302d3058423020000056040400")
	protection := unhex("0300005102f080320700000300000c0034000112081284010100000000ff090030013200040028000100040001000000010002000000005656bc04a3d51400097202000000000000000000000000000000")
	mode := unhex("0300003d02f080320700000700000c0020000112081284010100000000ff09001c04240000001400015142ff0800000000000000001408201200495484")
	leds := unhex("0300004502f080320700000900000c0028000112081284010100000000ff090024007400000004000700010100000401000005000000060000000b0101000c000000150000")

	t.Run("module", func(t *testing.T) {
		s, ok := decoded(t, module).SZL()
		if !ok || s.ID != 0x0011 || s.Len() != 3 || s.ID.List() != "module identification" {
			t.Fatalf("%+v, %v", s, ok)
		}
		m, _ := s.ModuleID(2)
		if diff := cmp.Diff(ModuleID{Index: ModuleFirmware, OrderNumber: "6ES7 212-1AE40-0XB0", Version: 0x5604, FileVersion: 0x0400}, m); diff != "" {
			t.Error(diff)
		}
		if f, ok := m.Firmware(); f != "V4.4.0" || !ok {
			t.Errorf("firmware %q, %v", f, ok)
		}
		if m, _ := s.ModuleID(0); m.Index != ModuleItself {
			t.Errorf("first record is %d", m.Index)
		}
		if _, ok := s.ModuleID(3); ok {
			t.Error("a fourth record")
		}
		if _, ok := s.LED(0); ok {
			t.Error("an LED in module identification")
		}
	})
	t.Run("protection", func(t *testing.T) {
		s, ok := decoded(t, protection).SZL()
		p, is := s.Protection(0)
		want := Protection{KeySwitch: 1, Valid: 1, ModeSwitch: 2, HasSums: true, Hardware: [2]uint16{0x04bc, 0xd5a3}, Program: [2]uint16{0x0014, 0x7209}}
		if diff := cmp.Diff(want, p); !ok || !is || diff != "" {
			t.Errorf("%v %v %s", ok, is, diff)
		}
	})
	t.Run("mode", func(t *testing.T) {
		s, _ := decoded(t, mode).SZL()
		m, ok := s.ModeChange(0)
		want := ModeChange{Event: 0x5142, Current: ModeRun, Time: Timestamp{2014, 8, 20, 12, 0, 49, 548, 4}}
		if diff := cmp.Diff(want, m); !ok || diff != "" {
			t.Errorf("%v %s", ok, diff)
		}
		if got := m.String(); got != "RUN since 2014-08-20 12:00:49.548" {
			t.Error(got)
		}
	})
	t.Run("LEDs", func(t *testing.T) {
		s, _ := decoded(t, leds).SZL()
		on := ""
		for i := range s.Len() {
			if l, ok := s.LED(i); ok && l.On {
				on += fmt.Sprint(l, l.Blink, " ")
			}
		}
		if on != "SF 0 RUN 0 BUS1F 1 " {
			t.Error(on)
		}
	})
	t.Run("component", func(t *testing.T) {
		r := append([]byte{0, 1}, make([]byte, 32)...)
		copy(r[2:], "PLC_1")
		q := append([]byte{0, 5}, make([]byte, 32)...)
		copy(q[2:], "S C-X4U421302009")
		s, _ := decoded(t, szlAnswer(0x001C, 0, r, q)).SZL()
		a, _ := s.Component(0)
		b, ok := s.Component(1)
		if !ok || a != (Component{ComponentPLC, "PLC_1"}) || b != (Component{ComponentSerial, "S C-X4U421302009"}) {
			t.Errorf("%+v %+v", a, b)
		}
	})
	t.Run("head only", func(t *testing.T) {
		s, ok := decoded(t, szlAnswer(0x0F11, 0)).SZL()
		if !ok || s.Len() != 0 || s.ID.Extract() != 15 {
			t.Errorf("%+v %v", s, ok)
		}
	})
	t.Run("records that do not fit", func(t *testing.T) {
		b := szlAnswer(0x0074, 0, []byte{0, 1, 1, 0})
		b[len(b)-5] = 9 // records, as stated
		if s, ok := decoded(t, b).SZL(); ok {
			t.Errorf("%+v", s)
		}
	})
}

func TestDiagnosticEvents(t *testing.T) {
	entry := unhex("4304ff68c700000012345678 1408201159439124")
	s, _ := decoded(t, szlAnswer(0x00A0, 0, entry, entry)).SZL()
	e, ok := s.Diagnostic(1)
	want := DiagnosticEvent{ID: 0x4304, Priority: 0xff, OB: 0x68, DatID: 0xC700, Info2: 0x12345678, Time: Timestamp{2014, 8, 20, 11, 59, 43, 912, 4}}
	if diff := cmp.Diff(want, e); !ok || diff != "" {
		t.Errorf("%v %s", ok, diff)
	}
	for _, test := range []struct {
		id         EventID
		coming     bool
		class, say string
	}{
		{0x4304, true, "mode transition", "STOP by the programming device, communication or SFB 20"},
		{0x39C4, true, "asynchronous error", "DP station failed"},
		{0x38C4, false, "asynchronous error", "DP station works again"},
		{0x8D55, true, "module diagnostics", "wire break"},
		{0x8C55, false, "module diagnostics", "wire break"},
		{0xA123, true, "user event", "user event 0xa123 coming"},
		{0x2542, true, "synchronous error", "synchronous error 0x2542 coming"},
	} {
		if test.id.Coming() != test.coming || test.id.Class() != test.class || test.id.String() != test.say {
			t.Errorf("%04x: %v, %q, %q", uint16(test.id), test.id.Coming(), test.id.Class(), test.id.String())
		}
	}
}
