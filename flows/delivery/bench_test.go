package delivery_test

import (
	"context"
	"os"
	"testing"

	"plcscope/flows"
	"plcscope/flows/delivery"
	"plcscope/pcaps"
	"plcscope/rules/mqttrules"
)

// BenchmarkCapture analyses a whole capture file, named by PLCSCOPE_CAPTURE, with
// the rules and then with the audit beside them. The time per operation is that
// of the whole file.
func BenchmarkCapture(b *testing.B) {
	name := os.Getenv("PLCSCOPE_CAPTURE")
	if name == "" {
		b.Skip("PLCSCOPE_CAPTURE names no capture")
	}
	run := func(observers func() []flows.Observer) func(b *testing.B) {
		return func(b *testing.B) {
			b.ReportAllocs()
			var frames uint64
			for b.Loop() {
				c, err := pcaps.Open([]string{name}, pcaps.Options{})
				if err != nil {
					b.Fatal(err)
				}
				t, err := flows.Analyse(context.Background(), c, flows.Config{}, observers()...)
				if err != nil {
					b.Fatal(err)
				}
				frames += t.Frames
				c.Close()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(frames), "ns/frame")
		}
	}
	rules := func() flows.Observer { return mqttrules.New(mqttrules.Options{}) }
	audit := func() flows.Observer { return delivery.New(delivery.Options{}) }
	b.Run("messages", run(func() []flows.Observer { return nil }))
	b.Run("audit", run(func() []flows.Observer { return []flows.Observer{audit()} }))
	b.Run("verdicts", run(func() []flows.Observer { return []flows.Observer{rules()} }))
	b.Run("verdicts and audit", run(func() []flows.Observer { return []flows.Observer{rules(), audit()} }))
}
