package flows_test

import (
	"context"
	"os"
	"testing"

	"plcscope/decode"
	"plcscope/flows"
	"plcscope/pcaps"
	"plcscope/rules/mqttrules"
)

// BenchmarkCapture analyses a whole capture file, named by PLCSCOPE_CAPTURE, with
// the stages added one by one. The time per operation is that of the whole file.
func BenchmarkCapture(b *testing.B) {
	name := os.Getenv("PLCSCOPE_CAPTURE")
	if name == "" {
		b.Skip("PLCSCOPE_CAPTURE names no capture")
	}
	open := func(b *testing.B) *pcaps.Capture {
		c, err := pcaps.Open([]string{name}, pcaps.Options{})
		if err != nil {
			b.Fatal(err)
		}
		return c
	}
	perFrame := func(b *testing.B, frames uint64) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(frames), "ns/frame")
	}
	b.Run("read", func(b *testing.B) {
		var frames uint64
		for b.Loop() {
			c := open(b)
			var batch pcaps.Batch
			for c.Next(&batch) == nil {
				frames += uint64(len(batch.Frames))
			}
			c.Close()
		}
		perFrame(b, frames)
	})
	b.Run("decode", func(b *testing.B) {
		var frames uint64
		for b.Loop() {
			c := open(b)
			d := decode.New(decode.Options{})
			var batch pcaps.Batch
			var s decode.Segment
			for c.Next(&batch) == nil {
				for i := range batch.Frames {
					d.Decode(&batch.Frames[i], &s)
				}
				frames += uint64(len(batch.Frames))
			}
			c.Close()
		}
		perFrame(b, frames)
	})
	run := func(observers func() []flows.Observer) func(b *testing.B) {
		return func(b *testing.B) {
			b.ReportAllocs()
			var frames uint64
			for b.Loop() {
				c := open(b)
				t, err := flows.Analyse(context.Background(), c, flows.Config{}, observers()...)
				if err != nil {
					b.Fatal(err)
				}
				frames += t.Frames
				c.Close()
			}
			perFrame(b, frames)
		}
	}
	b.Run("messages", run(func() []flows.Observer { return nil }))
	b.Run("verdicts", run(func() []flows.Observer { return []flows.Observer{mqttrules.New(mqttrules.Options{})} }))
}
