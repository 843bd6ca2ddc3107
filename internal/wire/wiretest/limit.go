// Package wiretest holds what tests of decoders share: whether a tree that takes only some
// fields is a part of the one that takes all.
package wiretest

import (
	"reflect"
	"slices"
	"testing"

	"plcscope/internal/wire"
)

// Limited checks that a tree which is limited to one field gets the nodes of that field
// that the whole tree has, for each field that there is and for one that there is not.
func Limited(t testing.TB, absent *wire.Field, dissect func(*wire.Tree)) {
	t.Helper()
	var whole, limited wire.Tree
	dissect(&whole)
	fields := []*wire.Field{absent}
	for i := range whole.Nodes {
		if f := whole.Nodes[i].Field; !slices.Contains(fields, f) {
			fields = append(fields, f)
		}
	}
	for _, f := range fields {
		limited.Reset()
		limited.Limit(wire.Select(f))
		dissect(&limited)
		want := slices.DeleteFunc(slices.Clone(whole.Nodes), func(n wire.Node) bool { return n.Field != f })
		if len(want)+len(limited.Nodes) > 0 && !reflect.DeepEqual(limited.Nodes, want) {
			t.Fatalf("of %s alone %+v, of the whole tree %+v", f.Name, limited.Nodes, want)
		}
	}
}
