package index_test

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/decode/filter"
	"plcscope/flows"
	"plcscope/flows/frames"
	"plcscope/flows/index"
	"plcscope/internal/wire"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
	"plcscope/pcaps/samples"
)

// whole is what the analysis from the start says of every frame.
func whole(t *testing.T, ix *index.Index) map[uint32]map[string]string {
	t.Helper()
	var names []string
	for _, f := range frames.Fields.All() {
		if strings.HasPrefix(f.Name, "tcp.") && f.Name != "tcp.stream" && f.Name != "tcp.completeness" {
			names = append(names, f.Name)
		}
	}
	f, err := filter.Compile(strings.Join(names, " or "), filter.NewFields(frames.All()))
	if err != nil {
		t.Fatal(err)
	}
	all := map[uint32]map[string]string{}
	s := frames.New(frames.Options{Filter: f})
	cfg := flows.Config{Frame: s.Begin, Other: s.Other, Done: func(f *pcaps.Frame, c *flows.Connection) {
		all[uint32(f.Number)] = values(s.Done(c).Notes())
	}}
	if _, err := flows.Analyse(context.Background(), ix.Source(context.Background(), false), cfg); err != nil {
		t.Fatal(err)
	}
	return all
}

func values(t *wire.Tree) map[string]string {
	m := map[string]string{}
	for i := range t.Nodes {
		m[t.Nodes[i].Field.Name] = t.Nodes[i].String()
	}
	return m
}

func TestGlanceAgreesWithTheWholeAnalysis(t *testing.T) {
	for name, ix := range glanced(t) {
		t.Run(name, func(t *testing.T) {
			want := whole(t, ix)
			r := ix.NewReader()
			defer r.Close()
			for n := uint32(1); n <= ix.Frames(); n++ { // as it scrolls
				got, err := r.Notes(n)
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(want[n], values(got)); d != "" && !(len(got.Nodes) == 0 && want[n] == nil) {
					t.Fatalf("frame %d (-whole +glance):\n%s", n, d)
				}
			}
			for n := ix.Frames(); n > 0; n-- { // jumping: what is claimed must hold
				x := ix.NewReader()
				got, err := x.Notes(n)
				if err != nil {
					t.Fatal(err)
				}
				for k, v := range values(got) {
					if w, ok := want[n][k]; v != w || !ok {
						t.Errorf("frame %d: %s is %q; the analysis from the start says %q", n, k, v, w)
					}
				}
				x.Close()
			}
		})
	}
}

// glanced are captures with all that happens to segments.
func glanced(t *testing.T) map[string]*index.Index {
	t.Helper()
	all := map[string]*index.Index{}
	add := func(name string, c *pcaps.Capture) {
		ix, b := index.New(c, index.Options{})
		if _, err := b.Build(context.Background(), flows.Config{}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { ix.Close(); c.Close() })
		all[name] = ix
	}
	for _, name := range samples.Names() {
		c, err := samples.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		add(name, c)
	}
	if testing.Short() {
		return all
	}
	files, _ := filepath.Glob("../../../shared/pcaps/*/*.pcap*")
	for _, name := range files {
		if strings.HasSuffix(name, "_bench.pcap") {
			continue
		}
		c, err := pcaps.Open([]string{name}, pcaps.Options{})
		if err != nil {
			t.Fatal(err)
		}
		add(filepath.Base(name), c)
	}
	long := craft.Connection("10.0.0.5:2000", "10.0.0.1:1883")
	for i := range 200 {
		long = long.Client([]byte(fmt.Sprintf("0\x10\x00\x05plant%09d", i)))
	}
	frames := long.Frames()
	for _, name := range slices.Sorted(maps.Keys(hazards)) {
		add(name, craft.Open(hazards[name](frames)))
	}
	return all
}

var hazards = map[string]craft.Change{
	"retransmit": craft.Retransmit(0.1, 1), "reorder": craft.Reorder(0.2, 1), "lose": craft.Lose(0.1, 1),
	"mid-stream": craft.MidStreamAt(40), "one direction": craft.OneDirection(true), "keep-alives": craft.KeepAlives(7),
}
