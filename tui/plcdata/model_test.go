package plcdata

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/s7comm"
	"plcscope/s7comm/variable"
)

// entries are variables of two controllers, in the order of a ledger.
func entries() (l []*variable.Entry) {
	for c := range 2 {
		for db := range 2 {
			for i := range 2 {
				e := &variable.Entry{
					Controller: netip.AddrFrom4([4]byte{10, 0, 0, byte(c + 1)}),
					Place:      variable.Place{Area: s7comm.AreaDB, DB: uint16(db + 1), Bit: uint64(i) * 16, Bits: 16},
					Type:       "INT", Changes: uint64(c + 10*db + 5*i), Reads: 1,
				}
				e.Address = e.Place.String()
				l = append(l, e)
			}
		}
	}
	return l
}

func drawn(m *model, f folds) (l []string) {
	rows, _ := m.rows(f, identity{}, nil)
	for _, n := range rows {
		switch {
		case n >= 0:
			l = append(l, "  "+m.entries[n].Address)
		case m.groups[^n].block:
			l = append(l, fmt.Sprintf(" %s %d", m.groups[^n].name(), m.groups[^n].sum.changes))
		default:
			l = append(l, fmt.Sprintf("%s %d", m.groups[^n].controller, m.groups[^n].sum.changes))
		}
	}
	return l
}

func TestModel(t *testing.T) {
	list := entries()
	second := identity{controller: list[4].Controller}
	block := identityOf(list[0]).group()
	for _, x := range []struct {
		name    string
		by      order
		reverse bool
		narrow  string
		folds   folds
		want    []string
	}{
		{"by address", byAddress, false, "", folds{second: true}, []string{"10.0.0.1 30", " DB1 5", "  DB1.DBW0", "  DB1.DBW2", " DB2 25", "  DB2.DBW0", "  DB2.DBW2", "10.0.0.2 34"}},
		{"the other way round", byAddress, true, "", folds{second: true, block: true}, []string{"10.0.0.1 30", " DB2 25", "  DB2.DBW2", "  DB2.DBW0", " DB1 5", "10.0.0.2 34"}},
		{"by changes", byChanges, false, "", folds{second: true}, []string{"10.0.0.1 30", " DB2 25", "  DB2.DBW2", "  DB2.DBW0", " DB1 5", "  DB1.DBW2", "  DB1.DBW0", "10.0.0.2 34"}},
		{"narrow", byAddress, false, "db2.dbw0", nil, []string{"10.0.0.1 10", " DB2 10", "  DB2.DBW0", "10.0.0.2 11", " DB2 11", "  DB2.DBW0"}},
		{"nothing", byLast, true, "nowhere", nil, nil},
	} {
		t.Run(x.name, func(t *testing.T) {
			if d := cmp.Diff(x.want, drawn(build(list, x.by, x.reverse, x.narrow), x.folds)); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestPlaces: the selected row is found again, or what it is folded into.
func TestPlaces(t *testing.T) {
	list := entries()
	m := build(list, byChanges, false, "")
	for _, f := range []folds{{}, {identityOf(list[0]).group(): true}, {identity{controller: list[0].Controller}: true}} {
		for _, e := range list {
			rows, at := m.rows(f, identityOf(e), nil)
			if at < 0 {
				t.Fatalf("%s is nowhere", e.Address)
			}
			switch n := rows[at]; {
			case n >= 0 && m.entries[n] != e:
				t.Errorf("%s is found as %s", e.Address, m.entries[n].Address)
			case n < 0 && !f[m.groups[^n].identity()]:
				t.Errorf("%s is found as %s, which is not folded", e.Address, m.groups[^n].name())
			}
		}
	}
	// A search from a controller begins with its first variable, backwards with the last
	// of the controller before it.
	all, at := m.all(identity{controller: list[0].Controller}, false)
	if next := m.entries[all[at+1]]; next.Address != "DB2.DBW2" || next.Controller != list[0].Controller {
		t.Errorf("the first behind it is %s", next.Address)
	}
	all, at = m.all(identity{controller: list[4].Controller}, true)
	if next := m.entries[all[at-1]]; next.Address != "DB1.DBW0" || next.Controller != list[0].Controller {
		t.Errorf("the first before it is %s of %s", next.Address, next.Controller)
	}
}

func BenchmarkModel100k(b *testing.B) {
	var list []*variable.Entry
	for i := range 100_000 {
		e := &variable.Entry{Controller: netip.AddrFrom4([4]byte{10, 0, 0, byte(i / 10_000)}), Place: variable.Place{Area: s7comm.AreaDB, DB: uint16(i / 100), Bit: uint64(i%100) * 16, Bits: 16}, Changes: uint64(i * 7919 % 1000)}
		e.Address = e.Place.String()
		list = append(list, e)
	}
	f := folds{}
	for b.Loop() {
		m := build(list, byChanges, false, "")
		m.rows(f, identityOf(list[77_777]), nil)
	}
}
