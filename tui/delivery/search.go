package delivery

import (
	"strings"

	"plcscope/flows/index"
	"plcscope/tui/paint"
)

// Search implements pane.Searcher: in the part that has the keys, of the ledger in names
// and addresses, of the list below in all that it shows.
func (v *view) Search(find index.Finder, backwards bool, done func(bool)) {
	g, text := v.ledger, v.ledgerText
	if v.below() {
		g, text = v.list, v.listText
	}
	n := g.Rows().Len()
	for i := 1; i <= n; i++ {
		j := (g.Row() + i) % n
		if backwards {
			j = (g.Row() - i + n) % n
		}
		if find([]byte(text(j))) >= 0 {
			g.Select(j)
			done(true)
			return
		}
	}
	done(false)
}

func (v *view) ledgerText(i int) string {
	s := v.model.session(v.model.rows[i])
	if s == nil {
		return ""
	}
	w := v.d.Words()
	return s.Client + "\n" + w.Endpoint(s.Address) + "\n" + w.Endpoint(s.Broker)
}

func (v *view) listText(i int) string {
	cells := make([]paint.Line, len(v.lower.parts[v.lower.part].columns()))
	v.lower.Cells(i, cells)
	var b strings.Builder
	for _, c := range cells {
		b.WriteString(c.String())
		b.WriteByte('\n')
	}
	return b.String()
}
