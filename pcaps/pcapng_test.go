package pcaps

import (
	"bytes"
	"math"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPcapng(t *testing.T) {
	ether := func(n int, time, offset int64, iface uint32, data string) Frame {
		return Frame{Number: uint64(n), Time: time, Offset: offset, Length: uint32(len(data)), Link: LinkEthernet, Iface: iface, Data: []byte(data)}
	}
	for _, c := range []struct {
		name string
		file []byte
		want []Frame
	}{
		{"little-endian", join(section(le), iface(le, 1, 0), enhanced(le, 0, 1_000_005, 3, "abc")),
			[]Frame{ether(1, 1_000_005_000, 48, 0, "abc")}},
		{"big-endian", join(section(be), iface(be, 1, 0), enhanced(be, 0, 1_000_005, 3, "abc")),
			[]Frame{ether(1, 1_000_005_000, 48, 0, "abc")}},
		{"byte order changes with the section, interfaces count on",
			join(section(le), iface(le, 1, 0), enhanced(le, 0, 1, 3, "abc"), section(be), iface(be, 1, 0), iface(be, 113, 0), enhanced(be, 1, 2, 3, "def")),
			[]Frame{ether(1, 1000, 48, 0, "abc"), {Number: 2, Time: 2000, Offset: 152, Length: 3, Link: LinkLinuxSLL, Iface: 2, Data: []byte("def")}}},
		{"two interfaces, two clocks",
			join(section(le), iface(le, 1, 0, option(le, 9, []byte{9})), iface(le, 1, 0, option(le, 9, []byte{0x80 | 10}), option(le, 14, u(le, uint64(100)))),
				enhanced(le, 0, 7, 1, "a"), enhanced(le, 1, 1536, 1, "b")),
			[]Frame{ether(1, 7, 96, 0, "a"), ether(2, 101_500_000_000, 132, 1, "b")}},
		{"simple packets have the time before them",
			join(section(le), iface(le, 1, 4), enhanced(le, 0, 9, 1, "a"), block(le, blockSimple, u(le, uint32(6), "abcd"))),
			[]Frame{ether(1, 9000, 48, 0, "a"), {Number: 2, Time: 9000, Offset: 84, Length: 6, Link: LinkEthernet, Data: []byte("abcd")}}},
		{"obsolete packets", join(section(be), iface(be, 1, 0), block(be, blockPacket, u(be, uint16(0), uint16(5), uint32(0), uint32(3), uint32(2), uint32(9), "ab"))),
			[]Frame{{Number: 1, Time: 3000, Offset: 48, Length: 9, Link: LinkEthernet, Data: []byte("ab")}}},
		{"unknown, custom and empty blocks are passed over",
			join(section(le), block(le, 0xbad), iface(le, 1, 0), block(le, 0x80000001, []byte("private")), block(le, blockSecrets, u(le, uint32(1), uint32(0))), enhanced(le, 0, 1, 1, "a")),
			[]Frame{ether(1, 1000, 100, 0, "a")}},
		{"long blocks are passed over without buffering them",
			join(section(le), iface(le, 1, 0), block(le, 0xbad, make([]byte, 3<<20)), enhanced(le, 0, 1, 1, "a")),
			[]Frame{ether(1, 1000, 48+12+3<<20, 0, "a")}},
		{"gzip", gz(join(section(le), iface(le, 1, 0), enhanced(le, 0, 1, 1, "a"))), []Frame{ether(1, 1000, 48, 0, "a")}},
		{"options that overrun their block are no harm",
			join(section(le), iface(le, 1, 0, u(le, uint16(2), uint16(60000))), enhanced(le, 0, 1, 1, "a", u(le, uint16(1), uint16(9), "abcd"))),
			[]Frame{ether(1, 1000, 52, 0, "a")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, capture := read(t, c.file)
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("frames differ (-want +got):\n%s", d)
			}
			if p := capture.Problems(); len(p) > 0 {
				t.Errorf("problems: %v", p)
			}
		})
	}
}

func TestPcapngTellsOfItself(t *testing.T) {
	file := join(
		section(be, option(be, optComment, []byte("test bench, run 7")), option(be, 2, []byte("probe")), option(be, 3, []byte("Linux 6.1")), option(be, 4, []byte("Dumpcap"))),
		iface(be, 1, 65535, option(be, 2, []byte("eth0")), option(be, 3, []byte("mirror of port 3")), option(be, 11, []byte("\x00tcp port 1883")), option(be, 12, []byte("Linux"))),
		block(be, blockNames, u(be, uint16(1), uint16(8), []byte{10, 0, 0, 5}, "plc\x00"), u(be, uint16(2), uint16(19), make([]byte, 15), uint8(1), "lo\x00\x00"), u(be, uint32(0))),
		enhanced(be, 0, 1_000_000, 3, "abc", option(be, optComment, []byte("here it begins")), u(be, uint32(0))),
		enhanced(be, 0, 3_000_000, 3, "abc"),
		enhanced(be, 0, 2_000_000, 3, "abc"),
		block(be, blockSimple, u(be, uint32(1), "x")),
		block(be, blockStatistics, u(be, uint32(0), uint64(0)), option(be, 4, u(be, uint64(1000))), option(be, 5, u(be, uint64(7))), option(be, 7, u(be, uint64(2)))),
		block(be, blockStatistics, u(be, uint32(9), uint64(0)), option(be, 4, u(be, uint64(1000)))),
		block(be, blockSecrets, u(be, uint32(1), uint32(0))),
	)
	_, c := read(t, file)
	want := []File{{
		Name: "test", Format: "pcapng", Frames: 4, First: 1e9, Last: 3e9, Links: []LinkType{LinkEthernet}, SnapLen: 65535, Timeless: 1,
		Hardware: "probe", OS: "Linux 6.1", Application: "Dumpcap",
		Interfaces: []Interface{{
			Name: "eth0", Description: "mirror of port 3", Filter: "tcp port 1883", OS: "Linux", Link: LinkEthernet, SnapLen: 65535,
			Counted: true, Received: 1000, Dropped: 7, OSDrop: 2,
		}},
		Comments: []Comment{{0, "test bench, run 7"}, {1, "here it begins"}},
		Names:    []Name{{netip.MustParseAddr("10.0.0.5"), "plc"}, {netip.MustParseAddr("::1"), "lo"}},
		Secrets:  1,
	}}
	if d := cmp.Diff(want, c.Files(), cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); d != "" {
		t.Errorf("file differs (-want +got):\n%s", d)
	}
}

func TestWhatIsKeptIsBounded(t *testing.T) {
	file := section(le)
	for range 3000 {
		file = append(file, iface(le, 1, 0)...)
		file = append(file, enhanced(le, 0, 1, 1, "a", option(le, optComment, []byte(strings.Repeat("c", 5000))))...)
	}
	_, c := read(t, file)
	f := c.Files()[0]
	if len(f.Interfaces) != maxKept || len(f.Comments) != maxKept || f.Omitted != 2*(3000-maxKept) || f.Frames != 3000 {
		t.Errorf("%d interfaces, %d comments, %d omitted, %d frames", len(f.Interfaces), len(f.Comments), f.Omitted, f.Frames)
	}
	if n := len(f.Comments[0].Text); n != maxText {
		t.Errorf("a comment of %d bytes is kept", n)
	}
}

func TestClock(t *testing.T) {
	for _, c := range []struct {
		name       string
		resolution byte
		offset     int64
		stamp      uint64
		want       int64
	}{
		{"seconds", 0, 0, 1700000000, 1700000000e9},
		{"milliseconds", 3, 0, 1700000000123, 1700000000123e6},
		{"microseconds", 6, 0, 1700000000123456, 1700000000123456e3},
		{"nanoseconds", 9, 0, 1700000000123456789, 1700000000123456789},
		{"picoseconds", 12, 0, 5000, 5},
		{"10^-28", 28, 0, 1 << 63, 0},
		{"10^-127", 127, 0, math.MaxUint64, 1},
		{"half seconds", 0x81, 0, 3, 1500000000},
		{"2^0", 0x80, 0, 3, 3e9},
		{"2^-20", 0x80 | 20, 0, 1700000000<<20 | 1<<19, 1700000000500000000},
		{"2^-32", 0x80 | 32, 0, 1700000000<<32 | 1<<30, 1700000000250000000},
		{"2^-63", 0x80 | 63, 0, 1<<63 | 1<<62, 1500000000},
		{"2^-127", 0xff, 0, 5, 0},
		{"offset", 6, 1000, 1, 1000000001000},
		{"negative offset", 6, -1000, 1, -1000e9 + 1000},
		{"stamp beyond what a time holds", 0, 0, math.MaxUint64, math.MaxInt64},
		{"stamp beyond what a time holds, binary", 0x81, 0, math.MaxUint64, math.MaxInt64},
		{"offset beyond what a time holds", 0, math.MaxInt64, 5e9, math.MaxInt64},
		{"offset below what a time holds", 9, math.MinInt64, 0, -9223372036e9},
	} {
		k := newClock(c.resolution)
		k.setOffset(c.offset)
		if got := k.nanoseconds(c.stamp); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

func TestManyInterfacesAreRefused(t *testing.T) {
	var file bytes.Buffer
	file.Write(section(le))
	one := iface(le, 1, 0)
	for range maxInterfaces + 1 {
		file.Write(one)
	}
	_, c := read(t, file.Bytes())
	if p := c.Problems(); len(p) != 1 || !strings.Contains(p[0].Text, "more than 65536 interfaces") {
		t.Errorf("problems: %v", p)
	}
}
