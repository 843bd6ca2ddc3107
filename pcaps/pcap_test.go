package pcaps

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	le = binary.LittleEndian
	be = binary.BigEndian
)

func TestPcap(t *testing.T) {
	const sec = 1700000000
	two := func(o endian, magic uint32) []byte {
		return join(pcapHead(o, magic, 65535, 1), record(o, sec, 5, 4, "abcd"), record(o, sec+1, 999999, 1500, "efghijk"))
	}
	micro := []Frame{
		{Number: 1, Time: sec*1e9 + 5000, Offset: 24, Length: 4, Link: LinkEthernet, Data: []byte("abcd")},
		{Number: 2, Time: (sec+1)*1e9 + 999999000, Offset: 44, Length: 1500, Link: LinkEthernet, Data: []byte("efghijk")},
	}
	nano := []Frame{micro[0], micro[1]}
	nano[0].Time = sec*1e9 + 5
	nano[1].Time = (sec+1)*1e9 + 999999
	linked := func(l LinkType) []Frame {
		return []Frame{{Number: 1, Time: 0, Offset: 24, Length: 1, Link: l, Data: []byte("x")}}
	}
	one := func(link uint32) []byte {
		return join(pcapHead(le, magicMicro, 0, link), record(le, 0, 0, 1, "x"))
	}
	for _, c := range []struct {
		name string
		file []byte
		want []Frame
	}{
		{"microseconds, little-endian", two(le, magicMicro), micro},
		{"microseconds, big-endian", two(be, magicMicro), micro},
		{"nanoseconds, little-endian", two(le, magicNano), nano},
		{"nanoseconds, big-endian", two(be, magicNano), nano},
		{"gzip", gz(two(le, magicMicro)), micro},
		{"gzip of several members", join(gz(two(le, magicMicro)[:37]), gz(two(le, magicMicro)[37:])), micro},
		{"zstd", zst(two(be, magicNano)), nano},
		{"zstd of several frames", join(zst(two(le, magicNano)[:30]), zst(two(le, magicNano)[30:])), nano},
		{"raw IP by an old number", one(12), linked(LinkRaw)},
		{"raw IP by another old number", one(14), linked(LinkRaw)},
		{"link type with frame check sequence bits", one(0x44000001), linked(LinkEthernet)},
		{"captured longer than the wire", join(pcapHead(le, magicMicro, 0, 1), record(le, 1, 0, 2, "long")),
			[]Frame{{Number: 1, Time: 1e9, Offset: 24, Length: 2, Link: LinkEthernet, Data: []byte("long")}}},
		{"time beyond 2038", join(pcapHead(le, magicMicro, 0, 1), record(le, 1<<32-1, 0, 0, "")),
			[]Frame{{Number: 1, Time: (1<<32 - 1) * 1e9, Offset: 24, Link: LinkEthernet, Data: []byte{}}}},
		{"header only", pcapHead(le, magicMicro, 0, 1), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, capture := read(t, c.file)
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("frames differ (-want +got):\n%s", d)
			}
			if p := capture.Problems(); len(p) > 0 && len(c.want) > 0 {
				t.Errorf("problems: %v", p)
			}
		})
	}
}

// TestCutAnywhere cuts files at every byte: the frames that are whole must come,
// and a cut inside a record must be told.
func TestCutAnywhere(t *testing.T) {
	pcap := join(pcapHead(be, magicNano, 65535, 1), record(be, 1, 5, 4, "abcd"), record(be, 1, 6, 0, ""), record(be, 2, 7, 9, "efghijklm"))
	ng := join(section(le), iface(le, 1, 0), enhanced(le, 0, 5, 3, "abc"), block(le, 77, []byte("unknown")), enhanced(le, 0, 6, 5, "efghi"))
	for _, c := range []struct {
		name string
		file []byte
		head int   // bytes of the header, without which there is nothing
		ends []int // where records and blocks end
	}{
		{"pcap", pcap, 24, []int{24, 44, 60, 85}},
		{"pcapng", ng, 12, []int{28, 48, 84, 104, 144}},
	} {
		whole, _ := read(t, c.file)
		for n := range c.file {
			capture, err := NewReader(bytes.NewReader(c.file[:n]), "cut", Options{})
			if n < c.head {
				if err == nil {
					t.Errorf("%s cut at %d: no error", c.name, n)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s cut at %d: %v", c.name, n, err)
				continue
			}
			got := readAll(t, capture)
			for i := range got {
				if d := cmp.Diff(whole[i], got[i]); d != "" {
					t.Errorf("%s cut at %d: frame %d differs:\n%s", c.name, n, i+1, d)
				}
			}
			last, boundary := int64(0), false
			for _, e := range c.ends {
				if e <= n {
					last = int64(e)
				}
				boundary = boundary || e == n
			}
			p := capture.Problems()
			switch {
			case boundary && len(got) == 0 && len(p) == 1 && p[0].Frame == 0: // says that there is no frame
			case boundary && len(p) > 0:
				t.Errorf("%s cut at %d, between records: %v", c.name, n, p)
			case !boundary && (len(p) != 1 || p[0].Offset != last || p[0].Frame != uint64(len(got))+1):
				t.Errorf("%s cut at %d, %d frames: problems %v, want one at %d", c.name, n, len(got), p, last)
			}
		}
	}
}

// TestDamage has the texts that a user gets to read.
func TestDamage(t *testing.T) {
	good := record(le, 1, 0, 3, "abc")
	head := pcapHead(le, magicMicro, 65535, 1)
	ngHead := join(section(le), iface(le, 1, 0))
	packet := enhanced(le, 0, 5, 3, "abc")
	many, _ := generated(t, 10000, 100)
	broken := func(at int, v byte) []byte {
		b := bytes.Clone(packet)
		b[at] = v
		return b
	}
	for _, c := range []struct {
		name   string
		file   []byte
		frames int
		want   string
	}{
		{"last record cut off", join(head, good, good, u(le, uint32(2), uint32(0), uint32(70000), uint32(70000), "left")), 2,
			"test: frame 3 at byte 62: record says 70000 bytes, the file has 4 left; the 2 frames before it were analysed"},
		{"record header cut off", join(head, good, []byte{1, 2, 3}), 1,
			"test: frame 2 at byte 43: a record header has 16 bytes, the file has 3 left; the 1 frame before it was analysed"},
		{"impossible length", join(head, good, u(le, uint32(2), uint32(0), uint32(0x7fffffff), uint32(0)), good), 1,
			"test: frame 2 at byte 43: record says 2147483647 bytes, but none here can have more than 262144: the file is damaged from this byte on; the 1 frame before it was analysed"},
		{"impossible length at once", join(head, u(le, uint32(2), uint32(0), uint32(262145), uint32(0))), 0,
			"test: frame 1 at byte 24: record says 262145 bytes, but none here can have more than 262144: the file is damaged from this byte on; no frame comes before it"},
		{"header only", head, 0, "test: the file holds no frame, only a header"},
		{"gzip cut off", gz(join(head, good, good))[:60], -1, "the gzip data ends in the middle: the file was cut off"},
		{"zstd cut off", zst(many)[:len(many)/2], -1, "the zstd data ends in the middle: the file was cut off"},
		{"pcapng: block cut off", join(ngHead, packet, packet[:30]), 1,
			"test: frame 2 at byte 84: record says 36 bytes, the file has 30 left; the 1 frame before it was analysed"},
		{"pcapng: block shorter than a block", join(ngHead, packet, broken(4, 8)), 1,
			"test: frame 2 at byte 84: block says it is 8 bytes long, which no block can be: the file is damaged from this byte on; the 1 frame before it was analysed"},
		{"pcapng: lengths differ", join(ngHead, broken(32, 37)), 0,
			"test: frame 1 at byte 48: block says it is 36 bytes long at its beginning and 37 at its end: the file is damaged here; no frame comes before it"},
		{"pcapng: packet longer than its block", join(ngHead, broken(20, 5)), 0,
			"test: frame 1 at byte 48: packet says 5 bytes, its block has 4: the file is damaged here; no frame comes before it"},
		{"pcapng: unknown interface", join(ngHead, packet, enhanced(le, 1, 0, 0, "")), 1,
			"test: frame 2 at byte 84: packet is of interface 1, but its section describes 1 interfaces: the file is damaged here; the 1 frame before it was analysed"},
		{"pcapng: impossible packet block", join(ngHead, packet, u(le, uint32(6), uint32(0x10000000), uint32(0))), 1,
			"test: frame 2 at byte 84: packet block says it is 268435456 bytes long, but none can have more than 17825792: the file is damaged from this byte on; the 1 frame before it was analysed"},
		{"pcapng: skipped block longer than the file", join(ngHead, packet, u(le, uint32(77), uint32(0x10000000), uint32(0))), 1,
			"test: frame 2 at byte 96: a block is longer than the file by 268435444 bytes; the 1 frame before it was analysed"},
		{"pcapng: wrong byte-order magic", join(ngHead, packet, u(le, uint32(blockSection), uint32(28), "abcd", make([]byte, 16))), 1,
			"test: frame 2 at byte 84: section header has the byte-order magic 61 62 63 64, which is none: the file is damaged here; the 1 frame before it was analysed"},
		{"pcapng: version 2", join(ngHead, packet, block(le, blockSection, u(le, uint32(byteOrderMagic), uint16(2), uint16(0), ^uint64(0)))), 1,
			"test: frame 2 at byte 84: section is of pcapng version 2.0, but only 1.x is known; try `editcap -F pcapng IN OUT`; the 1 frame before it was analysed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			frames, capture := read(t, c.file)
			if len(frames) != c.frames && c.frames >= 0 {
				t.Errorf("%d frames, want %d", len(frames), c.frames)
			}
			p := capture.Problems()
			if len(p) != 1 {
				t.Fatalf("problems: %v, want one", p)
			}
			got := p[0].String()
			if c.frames >= 0 && got != c.want || !bytes.Contains([]byte(got), []byte(c.want)) {
				t.Errorf("problem:\n  got  %s\n  want %s", got, c.want)
			}
		})
	}
}

// TestRefused has the files that are none of ours and what is said of each.
func TestRefused(t *testing.T) {
	zeros := make([]byte, 64)
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"empty", nil, "test: is empty (0 bytes): nothing was captured, or the capture was not written"},
		{"header cut off", pcapHead(le, magicMicro, 0, 1)[:20], "test: the file ends within its header, after 20 bytes: nothing of the capture is there"},
		{"modified pcap", join(u(le, uint32(magicModified)), zeros), "test: is a pcap file of the modified kind (Kuznetzov's patched libpcap), which is not read; convert it first: `editcap -F pcapng IN OUT`"},
		{"modified pcap, big-endian", join(u(be, uint32(magicModified)), zeros), "test: is a pcap file of the modified kind (Kuznetzov's patched libpcap), which is not read; convert it first: `editcap -F pcapng IN OUT`"},
		{"snoop", join([]byte("snoop\x00\x00\x00"), zeros), "test: is a snoop capture, which is not read; convert it first: `editcap -F pcapng IN OUT`"},
		{"text", []byte("frame 1: something °C\n"), "test: is text, not a capture; pcap and pcapng files are read, plain or compressed with gzip or zstd"},
		{"short text", []byte("no"), "test: is text, not a capture; pcap and pcapng files are read, plain or compressed with gzip or zstd"},
		{"zeros", zeros, "test: is no capture file that is known here (it begins with the bytes 00 00 00 00); pcap and pcapng files are read, plain or compressed with gzip or zstd"},
		{"xz", []byte("\xfd7zXZ\x00\x00"), "test: is compressed with xz, which is not read; unpack it first: `unxz FILE`"},
		{"gzip of text", gz([]byte("hello, world")), "test: gzip data: is text, not a capture; pcap and pcapng files are read, plain or compressed with gzip or zstd"},
		{"gzip of gzip", gz(gz([]byte("hello, world"))), "test: gzip data: is compressed a second time, with gzip; unpack it first"},
		{"gzip of nothing", gz(nil), "test: gzip data: is empty (0 bytes): nothing was captured, or the capture was not written"},
		{"two bytes of gzip", gz(nil)[:2], "test: the gzip data ends in the middle: the file was cut off"},
		{"gzip header cut off", gz(nil)[:5], "test: the gzip data ends in the middle: the file was cut off"},
		{"zstd with a window of 128 MiB", join([]byte{0x28, 0xb5, 0x2f, 0xfd, 0x00, 17 << 3, 24<<3 | 1, 0, 0}, pcapHead(le, magicMicro, 0, 1)),
			"test: the zstd data needs more than 32 MiB of memory to unpack; unpack it first: `zstd -d --long=31 FILE`"},
		{"pcap of version 3", append([]byte("\xd4\xc3\xb2\xa1\x03\x00"), zeros...), "test: pcap of version 3.0, but only 2.x is known; write it anew with a current libpcap, or try `editcap -F pcap IN OUT`"},
		{"link type out of range", pcapHead(le, magicMicro, 0, 70000), "test: link type 70000 does not exist; the file header is damaged"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := NewReader(bytes.NewReader(c.file), "test", Options{})
			if err == nil || err.Error() != c.want {
				t.Errorf("error:\n  got  %v\n  want %s", err, c.want)
			}
		})
	}
}
