package s7comm

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCraftedFieldsEqualTshark compares messages that the captures do not hold.
func TestCraftedFieldsEqualTshark(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	want := knownToTshark(t)
	file := filepath.Join(t.TempDir(), "crafted.pcap")
	var messages [][]byte
	for _, v := range vectors {
		if !v.alone {
			messages = append(messages, unhex(v.hex))
		}
	}
	for name, s := range piServices {
		messages = append(messages, invocation(name, s))
	}
	messages = append(messages, fragmented()...)
	if err := os.WriteFile(file, pcapOf(messages), 0o600); err != nil {
		t.Fatal(err)
	}
	c := comparison{carried: map[string]bool{}, reasons: map[string]int{}}
	c.compare(t, file, want, true)
	t.Logf("%d messages: %d values of %d fields compared", len(messages), c.values, len(c.carried))
}

// fragmented are messages that come in several pieces.
func fragmented() (messages [][]byte) {
	for i, m := range []struct {
		typ     UserdataType
		group   Group
		sub     uint8
		payload []string
	}{
		{UserdataResponse, GroupCPU, subReadSZL, []string{"0074000000040003 0001 01", "00 0004 0100", "0005 0000"}},
		{UserdataResponse, GroupBlock, subListType, []string{"0001220300", "022203"}},
		{UserdataResponse, GroupCyclic, subCyclic, []string{"0002", "ff04002001020304", "ff03000101"}},
		{UserdataPush, GroupCPU, subAlarmS, []string{"1408201159439124 00 01", "120a1600 60000001 01 00 fe ff"}},
		{UserdataRequest, GroupPBC, 1, []string{"120613cc00000008 0008 01020304", "120613cc00000008 05060708"}},
		{UserdataResponse, GroupNC, subNCUpload, []string{"0000 3030303030303130 31343037303131323334353637383930 2f5f4e", "0000 5f580a 30313233343536373839"}},
	} {
		for n, payload := range m.payload {
			unit, last := uint8(10+i), uint8(1)
			if m.group == GroupNC {
				unit = uint8(1 + n)
			}
			if n == len(m.payload)-1 {
				last = 0
			}
			messages = append(messages, userdata(m.typ, m.group, m.sub, func(u *Userdata) { u.Sequence, u.DataUnitRef, u.LastUnit = 5, unit, last }, payload))
		}
	}
	return messages
}

// invocation is a job that calls a service with as many arguments as it takes.
func invocation(name string, s piService) []byte {
	p := s7(ROSCTRJob, 1, 0, FunctionPI)
	p.PI.Service = []byte(name)
	switch {
	case s.blocks:
		p.PI.Parameters = []byte("\x02\x000A00001P0800035B")
	case len(s.arguments) == 1 && s.arguments[0] == fPIArgument1:
		p.PI.Parameters = []byte("C ")
	default:
		for i := range s.arguments {
			arg := strings.Repeat("x", 1+i%4)
			p.PI.Parameters = append(append(p.PI.Parameters, byte(len(arg))), arg...)
			if len(arg)&1 == 0 {
				p.PI.Parameters = append(p.PI.Parameters, 0)
			}
		}
	}
	return p.Append(nil)
}

// pcapOf writes messages as the segments of one direction of a connection to port 102.
func pcapOf(messages [][]byte) []byte {
	le, be := binary.LittleEndian, binary.BigEndian
	b := le.AppendUint32(nil, 0xa1b2c3d4)
	b = append(b, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 1, 0, 0, 0)
	seq := uint32(1000)
	for i, m := range messages {
		f := append(make([]byte, 12), 8, 0)
		f = append(f, 0x45, 0)
		f = be.AppendUint16(f, uint16(40+len(m)))
		f = append(f, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2)
		f = be.AppendUint16(f, 40000)
		f = be.AppendUint16(f, 102)
		f = be.AppendUint32(f, seq)
		f = append(f, 0, 0, 0, 1, 0x50, 0x18, 0x20, 0, 0, 0, 0, 0)
		f = append(f, m...)
		seq += uint32(len(m))
		b = le.AppendUint32(b, uint32(i))
		b = le.AppendUint32(b, 0)
		b = le.AppendUint32(b, uint32(len(f)))
		b = le.AppendUint32(b, uint32(len(f)))
		b = append(b, f...)
	}
	return b
}
