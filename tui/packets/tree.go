package packets

import (
	"strings"

	"plcscope/internal/wire"
	"plcscope/tui/paint"
)

// tree is the protocol tree of the selected frame.
type tree struct {
	*paint.Grid
	d     *detail
	about int   // node that the frame is about
	shown []int // nodes that are not folded away
	folds map[string]bool
	// What is kept from frame to frame: the field that was selected, and how often it
	// comes before in its frame.
	field   *wire.Field
	ordinal int
}

func newTree(look *paint.Look) *tree {
	t := &tree{d: &detail{}, folds: map[string]bool{}}
	t.Grid = paint.NewGrid(look, []paint.Column{{Width: 10, Flex: 1}}, t)
	return t
}

// Len implements paint.Rows.
func (t *tree) Len() int { return len(t.shown) }

// Cells implements paint.Rows.
func (t *tree) Cells(i int, cells []paint.Line) {
	k := t.shown[i]
	n := &t.d.nodes[k]
	sign := "  "
	switch {
	case t.d.leaf(k):
	case t.open(k):
		sign = "▾ "
	default:
		sign = "▸ "
	}
	role := paint.Plain
	switch n.kind {
	case protocol:
		role = paint.Strong
	case generated, unseen:
		role = paint.Dim
	case fault:
		role = n.role
	}
	l := paint.In(paint.Dim, strings.Repeat("  ", n.depth)+sign).And(role, n.text)
	if n.view != "" {
		l = l.And(paint.Note, " ↵")
	}
	cells[0] = l
}

// unfolded are the headings that are open until somebody folds them.
var unfolded = map[string]bool{"mqtt": true, "s7comm": true, "s7comm-plus": true, "plcscope": true}

// open reports whether what is inside node i is shown. Folds are kept per field, so that
// they stay when another frame is selected.
func (t *tree) open(i int) bool {
	n := &t.d.nodes[i]
	if n.field == nil {
		return true
	}
	if is, ok := t.folds[n.field.Name]; ok {
		return is
	}
	if n.depth == 0 {
		return unfolded[n.field.Name] || i == t.about
	}
	return n.field.Type == wire.None && n.field.Name != "s7comm.header" && n.field != paramItem && n.field != dataItem
}

// set shows another frame, and selects the field that was selected in the one before.
func (t *tree) set(d *detail) {
	from := t.Row() - t.Top()
	t.d = d
	t.about = t.main()
	t.arrange()
	k := t.again()
	if k < 0 {
		k, from = t.about, -1
	}
	row := t.rowOf(k)
	if height := t.Height(); from < 0 || from >= height {
		from = 0
		if height > 10 { // the headers are seen as well
			from = 5
		}
	}
	t.Table.SetOffset(max(row-from, 0), 0)
	t.Grid.Select(row)
}

// main is the node that a frame is about: the first that a rule has found, or the last
// protocol in it.
func (t *tree) main() int {
	best := 0
	for i := range t.d.nodes {
		if n := &t.d.nodes[i]; n.depth == 0 && n.kind == protocol {
			best = i
		}
	}
	if len(t.d.messages) > 0 {
		for i := range t.d.nodes {
			n := &t.d.nodes[i]
			if n.depth == 0 && n.message == t.d.messages[0].Number && n.field != nil && unfolded[n.field.Name] {
				return i
			}
		}
	}
	return best
}

// again finds the field that was selected before.
func (t *tree) again() int {
	if t.field == nil {
		return -1
	}
	last, k := -1, 0
	for i := range t.d.nodes {
		if t.d.nodes[i].field != t.field {
			continue
		}
		last = i
		if k++; k > t.ordinal {
			break
		}
	}
	return last
}

// arrange lists the nodes that are not folded away.
func (t *tree) arrange() {
	t.shown = t.shown[:0]
	for i := 0; i < len(t.d.nodes); {
		t.shown = append(t.shown, i)
		if t.open(i) {
			i++
		} else {
			i = t.d.nodes[i].end
		}
	}
}

// node is the selected node, -1 for none.
func (t *tree) node() int {
	if r := t.Row(); r >= 0 && r < len(t.shown) {
		return t.shown[r]
	}
	return -1
}

// rowOf is the row of a node, or of the folded one that it is inside of.
func (t *tree) rowOf(k int) int {
	row := 0
	for i, n := range t.shown {
		if n > k {
			break
		}
		row = i
	}
	return row
}

// remember keeps which field is selected, for the next frame.
func (t *tree) remember() {
	k := t.node()
	if k < 0 || t.d.nodes[k].field == nil {
		return
	}
	t.field, t.ordinal = t.d.nodes[k].field, 0
	for i := range k {
		if t.d.nodes[i].field == t.field {
			t.ordinal++
		}
	}
}

// reveal selects a node and opens all that it is inside of.
func (t *tree) reveal(k int) {
	if k < 0 || k >= len(t.d.nodes) {
		return
	}
	for p := t.d.parent(k); p >= 0; p = t.d.parent(p) {
		if f := t.d.nodes[p].field; f != nil && !t.open(p) {
			t.folds[f.Name] = true
		}
	}
	t.arrange()
	t.Grid.Select(t.rowOf(k))
}

// fold opens or closes the selected node; closing one without contents closes the one
// that it is inside of.
func (t *tree) fold(open bool) {
	k := t.node()
	if k < 0 {
		return
	}
	if open {
		if !t.d.leaf(k) && !t.open(k) {
			t.put(k, true)
		} else if !t.d.leaf(k) {
			t.Grid.Select(t.Row() + 1)
		}
		return
	}
	if t.d.leaf(k) || !t.open(k) {
		if k = t.d.parent(k); k < 0 {
			return
		}
		t.Grid.Select(t.rowOf(k))
		return
	}
	t.put(k, false)
}

func (t *tree) put(k int, open bool) {
	if f := t.d.nodes[k].field; f != nil {
		t.folds[f.Name] = open
	}
	t.arrange()
	t.Grid.Select(t.rowOf(k))
}

// foldAll opens or closes everything, of frames to come as well.
func (t *tree) foldAll(open bool) {
	k := t.node()
	for i := range t.d.nodes {
		if f := t.d.nodes[i].field; f != nil && !t.d.leaf(i) {
			t.folds[f.Name] = open
		}
	}
	t.arrange()
	if k >= 0 {
		t.Grid.Select(t.rowOf(k))
	}
}
