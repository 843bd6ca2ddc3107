package decode

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/internal/wire"
	"plcscope/internal/wire/wiretest"
	"plcscope/pcaps"
)

// quickFields are the fields that a Dissector has of plain frames without a walk.
func quickFields() []*wire.Field {
	var l []*wire.Field
	for _, e := range extracts {
		l = append(l, e.field)
	}
	return l
}

// chosen are the nodes of t that are wanted, the depth left out.
func chosen(t *wire.Tree, only map[*wire.Field]bool) (l []wire.Node) {
	for _, n := range t.Nodes {
		if n.Depth = 0; only[n.Field] {
			l = append(l, n)
		}
	}
	return l
}

func quickEqualsWalk(t *testing.T, f *pcaps.Frame) {
	t.Helper()
	only := map[*wire.Field]bool{}
	for _, x := range quickFields() {
		only[x] = true
	}
	var quick, whole wire.Tree
	NewDissector(quickFields()...).Dissect(f, &quick)
	Dissect(f, &whole)
	byName := cmp.Transformer("name", func(f *wire.Field) string { return f.Name })
	sorted := func(l []wire.Node) map[string][]wire.Node { // Dissect mixes addresses in pairs
		m := map[string][]wire.Node{}
		for _, n := range l {
			m[n.Field.Name] = append(m[n.Field.Name], n)
		}
		return m
	}
	if d := cmp.Diff(sorted(chosen(&whole, only)), sorted(chosen(&quick, only)), byName); d != "" {
		t.Fatalf("the walk and the short way differ:\n%s", d)
	}
	wiretest.Limited(t, fSpanTime, func(tree *wire.Tree) { Dissect(f, tree) })
}

func TestQuickEqualsWalk(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	for _, n := range frames(t) {
		quickEqualsWalk(t, &pcaps.Frame{Number: 1, Link: n.link, Length: uint32(len(n.data)), Data: n.data})
	}
	for i, f := range captured(t) {
		if !testing.Short() || i%100 == 0 {
			quickEqualsWalk(t, &f.frame)
		}
	}
}

func FuzzQuickEqualsWalk(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, link uint16, data []byte, absent, cut uint16) {
		data = data[:len(data)-min(int(cut), len(data))]
		quickEqualsWalk(t, &pcaps.Frame{Number: 1, Link: pcaps.LinkType(link), Length: uint32(len(data)) + uint32(absent), Data: data})
	})
}

func TestDissectorAllocatesNothing(t *testing.T) {
	var tree wire.Tree
	f := &pcaps.Frame{Link: pcaps.LinkEthernet, Data: append(append(make([]byte, 12), 8, 0), tcp4(t, "hello")...)}
	f.Length = uint32(len(f.Data))
	for name, d := range map[string]*Dissector{"all": NewDissector(), "quick": NewDissector(fIPAddr, fTCPPort)} {
		if n := testing.AllocsPerRun(100, func() {
			tree.Reset()
			d.Dissect(f, &tree)
		}); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkDissector(b *testing.B) {
	f := &pcaps.Frame{Link: pcaps.LinkEthernet, Data: append(append(make([]byte, 12), 8, 0), tcp4(b, "hello")...)}
	f.Length = uint32(len(f.Data))
	for name, d := range map[string]*Dissector{"all": NewDissector(), "quick": NewDissector(fIPAddr, fTCPPort)} {
		b.Run(name, func(b *testing.B) {
			var tree wire.Tree
			b.ReportAllocs()
			for b.Loop() {
				tree.Reset()
				d.Dissect(f, &tree)
			}
		})
	}
}
