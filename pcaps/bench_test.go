package pcaps

import (
	"bytes"
	"os"
	"testing"
)

// benchmark reads files again and again with two batches in turn.
func benchmark(b *testing.B, size int64, open func() (*Capture, error)) {
	var batches [2]Batch
	var frames uint64
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		c, err := open()
		if err != nil {
			b.Fatal(err)
		}
		for i := 0; c.Next(&batches[i&1]) == nil; i++ {
		}
		frames = c.number
		c.Close()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(frames), "ns/frame")
}

// BenchmarkFile reads the file that PLCSCOPE_BENCH_PCAP names.
func BenchmarkFile(b *testing.B) {
	name := os.Getenv("PLCSCOPE_BENCH_PCAP")
	info, err := os.Stat(name)
	if err != nil {
		b.Skip("PLCSCOPE_BENCH_PCAP names no capture")
	}
	benchmark(b, info.Size(), func() (*Capture, error) { return Open([]string{name}, Options{}) })
}

// BenchmarkMemory reads files from memory: parsing and one copy.
func BenchmarkMemory(b *testing.B) {
	pcap, frames := generated(b, 20000, 150)
	for _, c := range []struct {
		name string
		file []byte
	}{{"pcap", pcap}, {"pcapng", ngOf(b, frames)}, {"gzip", gz(pcap)}, {"zstd", zst(pcap)}} {
		b.Run(c.name, func(b *testing.B) {
			r := bytes.NewReader(nil)
			benchmark(b, int64(len(c.file)), func() (*Capture, error) {
				r.Reset(c.file)
				return NewReader(r, "memory", Options{})
			})
		})
	}
}

// BenchmarkDecode only parses: no byte is copied.
func BenchmarkDecode(b *testing.B) {
	pcap, frames := generated(b, 2500, 150)
	ng := ngOf(b, frames)
	for _, c := range []struct {
		name string
		file []byte
		dec  decoder
	}{
		{"pcap", pcap[pcapHeaderLen:], &pcapDecoder{unit: 1, link: LinkEthernet, limit: 1 << 20}},
		{"pcapng", ng, newNGDecoder(1 << 20)},
	} {
		b.Run(c.name, func(b *testing.B) {
			var out []Frame
			b.ReportAllocs()
			for b.Loop() {
				var f File
				out, _, _ = c.dec.decode(c.file, 0, &f, out[:0])
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(out)), "ns/frame")
		})
	}
}
