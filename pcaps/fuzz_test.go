package pcaps

import (
	"bytes"
	"os"
	"testing"
)

// seeds gives the fuzzer real captures, cut to a size that it can work with.
func seeds(f *testing.F, add func(file []byte)) {
	f.Helper()
	for _, o := range []endian{le, be} {
		add(join(pcapHead(o, magicMicro, 65535, 1), record(o, 1, 2, 3, "abc"), record(o, 2, 3, 9, "defg")))
		add(join(pcapHead(o, magicNano, 0, 101), record(o, 1, 2, 3, "abc")))
		add(join(section(o, option(o, optComment, []byte("c"))), iface(o, 1, 0, option(o, 9, []byte{9})), iface(o, 113, 99, option(o, 9, []byte{0x8a}), option(o, 14, u(o, uint64(5)))),
			enhanced(o, 1, 5, 3, "abc", option(o, optComment, []byte("d"))), block(o, blockSimple, u(o, uint32(2), "ab")),
			block(o, blockPacket, u(o, uint16(0), uint16(0), uint32(0), uint32(3), uint32(2), uint32(9), "ab")),
			block(o, blockNames, u(o, uint16(1), uint16(8), []byte{10, 0, 0, 5}, "plc\x00")),
			block(o, blockStatistics, u(o, uint32(0), uint64(0)), option(o, 4, u(o, uint64(1000)))), section(be), section(le)))
	}
	for _, name := range []string{"mqtt-ping.pcap", "step7_s300_AuthPassword.pcapng", "mqtt31-pub-qos1.pcap", "snap7_s300_everything.pcapng"} {
		for _, dir := range []string{"mqtt", "s7"} {
			if b, err := os.ReadFile("../../shared/pcaps/" + dir + "/" + name); err == nil {
				add(b[:min(len(b), 4096)])
			}
		}
	}
}

// sameInPieces reads a file at once and in pieces of n bytes and compares.
func sameInPieces(t *testing.T, file []byte, n int) {
	t.Helper()
	options := Options{MaxRecord: 1 << 20}
	whole, err := NewReader(bytes.NewReader(file), "fuzz", options)
	options.BatchBytes = n
	cut, cutErr := NewReader(&pieces{bytes.NewReader(file), n}, "fuzz", options)
	if (err == nil) != (cutErr == nil) {
		t.Fatalf("read at once: %v; in pieces: %v", err, cutErr)
	}
	if err != nil {
		if err.Error() != cutErr.Error() {
			t.Fatalf("read at once: %v; in pieces: %v", err, cutErr)
		}
		return
	}
	a, err := collect(whole)
	b, cutErr := collect(cut)
	if err != nil || cutErr != nil {
		t.Fatalf("read at once: %v; in pieces: %v", err, cutErr)
	}
	if d := diff(a, b); d != "" {
		t.Fatalf("read in pieces of %d: %s", n, d)
	}
	p, q := whole.Problems(), cut.Problems()
	if len(p) != len(q) || len(p) > 0 && p[0].String() != q[0].String() {
		t.Fatalf("read at once: %v; in pieces: %v", p, q)
	}
	var captured, last int64
	for i, f := range a {
		if f.Number != uint64(i)+1 || f.Offset < last {
			t.Fatalf("frame %d has number %d and offset %d behind %d", i+1, f.Number, f.Offset, last)
		}
		last = f.Offset + 12 + int64(len(f.Data))
		captured += int64(len(f.Data))
	}
	if whole.Files()[0].Compression == "" && (captured > int64(len(file)) || last > int64(len(file))) {
		t.Fatalf("frames of %d bytes up to byte %d out of a file of %d", captured, last, len(file))
	}
	if n := whole.Files()[0].Frames; n != uint64(len(a)) {
		t.Fatalf("the file tells of %d frames, there are %d", n, len(a))
	}
}

func FuzzPcap(f *testing.F) {
	seeds(f, func(file []byte) { f.Add(file, uint16(7)) })
	f.Fuzz(func(t *testing.T, file []byte, n uint16) { sameInPieces(t, file, int(n)+1) })
}

// FuzzPcapng puts what it invents behind a section with interfaces, where most of
// the format is.
func FuzzPcapng(f *testing.F) {
	seeds(f, func(file []byte) { f.Add(file, uint16(7), false) })
	f.Fuzz(func(t *testing.T, file []byte, n uint16, big bool) {
		var o endian = le
		if big {
			o = be
		}
		head := join(section(o), iface(o, 1, 0), iface(o, 113, 96, option(o, 9, []byte{0x94})))
		sameInPieces(t, append(head, file...), int(n)+1)
	})
}

// FuzzCompressed damages compressed files: what comes out before the damage must
// be the same however it is read.
func FuzzCompressed(f *testing.F) {
	seeds(f, func(file []byte) {
		f.Add(gz(file), uint16(100))
		f.Add(zst(file), uint16(100))
	})
	f.Fuzz(func(t *testing.T, file []byte, n uint16) {
		if compression(file) == "" {
			return
		}
		sameInPieces(t, file, int(n)+1)
	})
}
