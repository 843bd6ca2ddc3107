package plcdata

import (
	"context"
	"strconv"

	"plcscope/flows/index"
)

// Search implements pane.Searcher: in address, symbol, type and value of all variables,
// also those that are folded away, in the order of the list.
func (v *view) Search(find index.Finder, backwards bool, done func(bool)) {
	m, private := v.model, v.d.Words().Private
	all, from := m.all(v.at, backwards)
	n := len(all)
	var hit identity
	look := func(ctx context.Context) error {
		for i := 1; i <= n && ctx.Err() == nil; i++ {
			at := (from + i) % n
			if backwards {
				at = (from - i + n) % n
			}
			e := m.entries[all[at]]
			text := e.Address + "\n" + e.Symbol + "\n" + e.Type
			if !private {
				text += "\n" + e.Value
			}
			if find([]byte(text)) >= 0 {
				hit = identityOf(e)
				return nil
			}
		}
		return nil
	}
	finish := func(error) {
		if hit.address == "" {
			done(false)
			return
		}
		done(v.to(hit))
	}
	if n <= many {
		finish(look(context.Background()))
		return
	}
	v.d.Work("searching "+strconv.Itoa(n)+" variables", look, finish)
}

// all are the variables in the order of the list, as if nothing were folded, and where
// the one of the row at is; of a group, where a search from there begins.
func (m *model) all(at identity, backwards bool) (list []int32, place int) {
	place = -1
	if backwards {
		place = 0
	}
	list = make([]int32, 0, len(m.order))
	for i := range m.groups {
		g := &m.groups[i]
		if g.identity() == at && !backwards {
			place = len(list) - 1
		} else if g.identity() == at {
			place = len(list)
		}
		if !g.block {
			continue
		}
		within := at.address != "" && g.identity() == at.group()
		for _, n := range m.order[g.from:g.to] {
			if within && identityOf(m.entries[n]) == at {
				place = len(list)
			}
			list = append(list, n)
		}
	}
	return list, place
}
