package pcaps

import (
	"os"
	"testing"
)

// BenchmarkFile reads the file that PLCSCOPE_BENCH_PCAP names.
func BenchmarkFile(b *testing.B) {
	name := os.Getenv("PLCSCOPE_BENCH_PCAP")
	if name == "" {
		b.Skip("PLCSCOPE_BENCH_PCAP names no capture")
	}
	var batches [2]Batch
	var frames uint64
	var size int64
	b.ReportAllocs()
	for b.Loop() {
		c, err := Open([]string{name}, Options{})
		if err != nil {
			b.Fatal(err)
		}
		for i := 0; c.Next(&batches[i&1]) == nil; i++ {
		}
		frames = c.Files()[0].Frames
		size = c.Files()[0].Size
		c.Close()
	}
	b.SetBytes(size)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(frames), "ns/frame")
}
