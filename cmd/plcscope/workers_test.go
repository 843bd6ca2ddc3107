package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/pcaps"
	"plcscope/pcaps/craft"
	"plcscope/pcaps/samples"
)

// TestReportsDoNotDependOnWorkers: any number of workers gives the same bytes, on these
// captures those that one tracker gives that sees all connections, which a SARIF report and
// a filter ask for.
func TestReportsDoNotDependOnWorkers(t *testing.T) {
	for name, files := range judgedBySeveral(t) {
		t.Run(name, func(t *testing.T) {
			ask := func(more ...string) string {
				return string(output1(t, append(append([]string{"check", "--exit-zero", "--audit", "--format", "json"}, more...), files...)...))
			}
			want := ask("--output", "sarif="+filepath.Join(t.TempDir(), "all.sarif"))
			if d := cmp.Diff(unfiltered(t, want), unfiltered(t, ask("-Y", "tcp"))); d != "" {
				t.Errorf("with a filter that all connections pass (-without +with):\n%.3000s", d)
			}
			for _, n := range []string{"1", "2", "8"} {
				if d := cmp.Diff(want, ask("--workers", n)); d != "" {
					t.Fatalf("with %s workers (-one tracker +workers):\n%.3000s", n, d)
				}
			}
		})
	}
}

// unfiltered is a report without what it says of a filter.
func unfiltered(t *testing.T, report string) (m map[string]any) {
	t.Helper()
	if err := json.Unmarshal([]byte(report), &m); err != nil {
		t.Fatal(err)
	}
	delete(m, "filter")
	delete(m, "notes")
	return m
}

// judgedBySeveral are captures: our samples together, under hazards, those of the shared
// collection, and generated traffic with retransmissions and reordering.
func judgedBySeveral(t *testing.T) map[string][]string {
	var own []string
	for _, name := range samples.Names() {
		own = append(own, filepath.Join("..", "..", "pcaps", "samples", name))
	}
	l := map[string][]string{"samples": own}
	frames := framesOf(t, own)
	for _, h := range craft.Hazards() {
		if h.Name == "none" || testing.Short() && !strings.Contains(h.Name, "reorder") {
			continue
		}
		l["samples, "+h.Name] = []string{file(t, h.Apply(frames))}
	}
	if testing.Short() {
		return l
	}
	shared, _ := filepath.Glob("../../../shared/pcaps/*/*.pcap*")
	for _, name := range shared {
		l[filepath.Base(name)] = []string{name}
	}
	if len(shared) > 0 {
		name, _ := generate(t, hard...)
		l["generated"] = []string{name}
	}
	return l
}

// framesOf are the frames of captures, by time.
func framesOf(t *testing.T, names []string) (l []pcaps.Frame) {
	t.Helper()
	c, err := pcaps.Open(names, pcaps.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var b pcaps.Batch
	for c.Next(&b) == nil {
		for _, f := range b.Frames {
			f.Data = append([]byte(nil), f.Data...)
			l = append(l, f)
		}
	}
	return l
}
