package topics

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/flows/index"
)

// topicsOf are topics of those names; number i has i+1 messages.
func topicsOf(names ...string) []index.Topic {
	l := make([]index.Topic, len(names))
	for i, s := range names {
		l[i] = index.Topic{Number: uint32(i + 2), Name: []byte(s), Count: uint64(i + 1), Bytes: 10, LastTime: int64(i), Last: uint32(i + 1)}
		l[i].QoS[i%3] = uint64(i + 1)
		l[i].Rate.Counts[0] = uint32(i + 1)
	}
	return l
}

// drawn is what the rows show: names indented, and their messages.
func drawn(t *tree, f folds) []string {
	rows, _ := t.rows(f, "", false, nil)
	var l []string
	for _, n := range rows {
		l = append(l, fmt.Sprintf("%s%s %d", strings.Repeat(" ", n.depth), n.name(), n.sum.count))
	}
	return l
}

func TestTree(t *testing.T) {
	for _, x := range []struct {
		name  string
		names []string
		want  []string
	}{
		{"none", nil, nil},
		{"one topic is one row", []string{"a/b/c"}, []string{"a/b/c 1"}},
		{"levels that do not branch are one", []string{"a/b/c", "a/b/d"}, []string{"a/b/ 3", " c 1", " d 2"}},
		{"a topic with others below it", []string{"a", "a/b", "a/b/c"}, []string{"a/ 6", " b/ 5", "  c 3"}},
		{"beginnings of levels are none", []string{"line1/x", "line10/x", "line/x"}, []string{"line/x 3", "line1/x 1", "line10/x 2"}},
		{"numbers by value", []string{"p/10", "p/9", "p/09", "p/2x", "p/2"}, []string{"p/ 15", " 2 5", " 2x 4", " 9 2", " 09 3", " 10 1"}},
		{"empty levels", []string{"/a", "/b", "/", "c//d", "c//e", "c/"}, []string{"/ 6", "  3", " a 1", " b 2", "c// 15", " d 4", " e 5"}},
		{"the broker's own come last", []string{"$SYS/a", "z", "A"}, []string{"A 3", "z 2", "$SYS/a 1"}},
		{"a name twice", []string{"(other topics)", "(other topics)"}, []string{"(other topics) 3"}},
		{"not UTF-8", []string{"\xff/\x00", "\xff/\xfe"}, []string{"\xff/ 3", " \x00 1", " \xfe 2"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			tr := build(topicsOf(x.names...), nil, byName, false, "", span{0, 100})
			if d := cmp.Diff(x.want, drawn(tr, folds{})); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestTreeOfTheBrokerIsFolded(t *testing.T) {
	tr := build(topicsOf("$SYS/a", "$SYS/b", "x/a", "x/b"), nil, byName, false, "", span{0, 100})
	if d := cmp.Diff([]string{"x/ 7", " a 3", " b 4", "$SYS/ 3"}, drawn(tr, folds{})); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"x/ 7", "$SYS/ 3", " a 1", " b 2"}, drawn(tr, folds{"x": true, "$SYS": false})); d != "" {
		t.Error(d)
	}
}

func TestTreeSortedAndNarrowed(t *testing.T) {
	list := topicsOf("a/one", "b/two", "a/three")
	for _, x := range []struct {
		by      order
		reverse bool
		narrow  string
		want    []string
	}{
		{byName, true, "", []string{"b/two 2", "a/ 4", " three 3", " one 1"}},
		{byCount, false, "", []string{"a/ 4", " three 3", " one 1", "b/two 2"}},
		{byLast, true, "", []string{"b/two 2", "a/ 4", " one 1", " three 3"}},
		{byName, false, "t", []string{"a/three 3", "b/two 2"}},
		{byName, false, "nowhere", nil},
	} {
		if d := cmp.Diff(x.want, drawn(build(list, nil, x.by, x.reverse, x.narrow, span{}), folds{})); d != "" {
			t.Errorf("%v %v %q: %s", x.by, x.reverse, x.narrow, d)
		}
	}
}

// TestTreeHoldsAllTopics draws names by lot and finds each again: every topic is one
// row, sums add up, and what stands below a node begins with it.
func TestTreeHoldsAllTopics(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		names := map[string]bool{}
		for range 1 + r.IntN(60) {
			var b strings.Builder
			for range 1 + r.IntN(12) {
				b.WriteByte("ab/019$"[r.IntN(7)])
			}
			names[b.String()] = true
		}
		list := topicsOf(slices.Sorted(func(yield func(string) bool) {
			for s := range names {
				if !yield(s) {
					return
				}
			}
		})...)
		tr := build(list, nil, byName, false, "", span{0, 1000})
		var total uint64
		for _, n := range tr.roots {
			total += n.sum.count
		}
		if want := uint64(len(list) * (len(list) + 1) / 2); total != want || tr.nodes > 2*len(list) {
			t.Fatalf("%d messages, want %d; %d nodes for %d topics", total, want, tr.nodes, len(list))
		}
		for i := range list {
			n := tr.byName[string(list[i].Name)]
			if n == nil || n.topic != list[i].Number {
				t.Fatalf("%q is not in its place: %+v", list[i].Name, n)
			}
			for p := n.parent; p != nil; p = p.parent {
				if !below(n.path, p.path) {
					t.Fatalf("%q lies below %q", n.path, p.path)
				}
			}
		}
		// Built in two steps, it is the same.
		half := build(list[len(list)/2:], nil, byName, false, "a", span{0, 1000})
		again := build(list, half, byName, false, "", span{0, 1000})
		if d := cmp.Diff(drawn(tr, folds{}), drawn(again, folds{})); d != "" {
			t.Fatal(d)
		}
		all, _ := tr.all("", false)
		if len(all) != len(list) {
			t.Fatalf("%d of %d topics", len(all), len(list))
		}
	}
}

func TestCompareIsAnOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	word := func() []byte {
		b := make([]byte, r.IntN(6))
		for i := range b {
			b[i] = "01a/9$"[r.IntN(6)]
		}
		return b
	}
	for range 200_000 {
		a, b, c := word(), word(), word()
		if compare(a, b) != -compare(b, a) || (compare(a, b) == 0) != (string(a) == string(b)) {
			t.Fatalf("%q and %q: %d and %d", a, b, compare(a, b), compare(b, a))
		}
		if compare(a, b) < 0 && compare(b, c) < 0 && compare(a, c) >= 0 {
			t.Fatalf("%q < %q < %q, but not the first and the last", a, b, c)
		}
	}
}

func TestSpread(t *testing.T) {
	second := int64(1e9)
	x := &index.Topic{LastTime: 100 * second}
	x.Rate.Start = 0
	s := span{0, 240 * second} // ten seconds a part
	var c counts
	s.spread(x, &c)
	if c != (counts{}) {
		t.Error("nothing is something", c)
	}
	x.Rate.Counts[0] = 5
	s.spread(x, &c)
	if c[0] != 5*16 {
		t.Error(c)
	}
	c = counts{}
	(span{-240 * second, 0}).spread(x, &c) // all behind its end
	if c[parts-1] != 5*16 {
		t.Error(c)
	}
}

// many100k are as many topics as an index keeps.
func many100k() []index.Topic {
	names := make([]string, 100_000)
	for i := range names {
		names[i] = fmt.Sprintf("plant/hall%d/line%d/machine%d/%s", i%7, i%91, i/100, []string{"temperature", "pressure", "state"}[i%3])
		if i%10 == 0 {
			names[i] = fmt.Sprintf("devices/%d", i)
		}
	}
	return topicsOf(names...)
}

func BenchmarkBuild100k(b *testing.B) {
	list := many100k()
	b.ReportAllocs()
	for b.Loop() {
		build(list, nil, byName, false, "", span{0, 1e9})
	}
}

func BenchmarkBuild100kAgain(b *testing.B) {
	list := many100k()
	t := build(list, nil, byName, false, "", span{0, 1e9})
	for b.Loop() {
		t = build(list, t, byName, false, "", span{0, 1e9})
	}
}

func BenchmarkRows100k(b *testing.B) {
	t := build(many100k(), nil, byName, false, "", span{0, 1e9})
	f := folds{}
	for path := range t.byName {
		f[path] = false
	}
	var rows []*node
	for b.Loop() {
		rows, _ = t.rows(f, "devices/77770", true, rows[:0])
	}
	b.ReportMetric(float64(len(rows)), "rows")
}
