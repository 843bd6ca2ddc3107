package index_test

import (
	"context"
	"testing"

	"plcscope/decode/filter"
	"plcscope/flows"
	"plcscope/flows/frames"
	"plcscope/flows/index"
)

// BenchmarkBuild indexes a capture; BenchmarkList is the same without the index.
func BenchmarkBuild(b *testing.B) {
	name := onDiskAt(b, plant(20_000))
	n := uint32(0)
	b.ReportAllocs()
	for b.Loop() {
		src := opened(b, name)
		ix, builder := index.New(src, index.Options{})
		if _, err := builder.Build(context.Background(), flows.Config{}); err != nil {
			b.Fatal(err)
		}
		n = ix.Frames()
		src.Close()
		ix.Close()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/frame")
}

func BenchmarkList(b *testing.B) {
	name := onDiskAt(b, plant(20_000))
	n := uint64(0)
	for b.Loop() {
		src := opened(b, name)
		totals, err := flows.Analyse(context.Background(), src, flows.Config{}, new(flows.Lister))
		if err != nil {
			b.Fatal(err)
		}
		n = totals.Frames
		src.Close()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/frame")
}

// BenchmarkRead reads things again in their order.
func BenchmarkRead(b *testing.B) {
	src := onDisk(plant(20_000))(b)
	defer src.Close()
	ix, builder := index.New(src, index.Options{})
	defer ix.Close()
	if _, err := builder.Build(context.Background(), flows.Config{}); err != nil {
		b.Fatal(err)
	}
	r := ix.NewReader()
	defer r.Close()
	run := func(name string, rows uint32, do func(n uint32) error) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			n := uint32(0)
			for b.Loop() {
				n = n%rows + 1
				if err := do(n); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	run("frame", ix.Frames(), func(n uint32) error { _, err := r.Frame(n); return err })
	run("headers", ix.Frames(), func(n uint32) error { _, _, err := r.Headers(n); return err })
	run("bytes", ix.Messages(), func(n uint32) error { _, err := r.Bytes(n); return err })
	run("message", ix.Messages(), func(n uint32) error { _, err := r.Message(n); return err })
	b.Run("filter", func(b *testing.B) {
		f, err := filter.Compile(`mqtt.topic contains "level" and tcp.port == 1883`, filter.NewFields(frames.All()))
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if err := ix.Filter(context.Background(), f, nil, index.NewSelection(), false); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(ix.Frames()), "ns/frame")
	})
}
