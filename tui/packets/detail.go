package packets

import (
	"fmt"

	"plcscope/flows/index"
	"plcscope/internal/wire"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

// detail is what is shown of one frame: its fields and its bytes.
type detail struct {
	frame    uint32
	messages []message // that the frame completes
	tabs     []tab     // the frame first, then messages whose bytes lie elsewhere
	nodes    []node    // in the order of the tree
}

// message is one that the frame completes.
type message struct {
	index.Message
	tab  int // where its bytes are shown
	base int // and from where on
}

// tab is a stretch of bytes that is shown on its own.
type tab struct {
	name  string
	bytes []byte
	cover []cover // of each byte
}

// node is one line of the protocol tree.
type node struct {
	field   *wire.Field // nil for what is no field
	depth   int
	tab     int
	off, n  int // its bytes in the tab; n is 0 where it has none
	num     uint64
	data    []byte
	text    string
	kind    kind
	role    paint.Role  // of a fault
	message uint32      // that it belongs to, 0 for the frame's headers
	view    pane.Name   // where enter leads; "" nowhere
	target  pane.Target // what is shown there
	end     int         // index of the first node that is not inside this one
}

// kind is how a node is drawn.
type kind uint8

const (
	ordinary  kind = iota
	protocol       // its heading
	generated      // what no byte of the frame says
	fault          // what is wrong
	unseen         // its value is not shown
)

// wire is the node as the decoder made it.
func (n *node) wire() *wire.Node {
	return &wire.Node{Field: n.field, Off: int32(n.off), Len: int32(n.n), Num: n.num, Data: n.data}
}

// leaf reports whether nothing is inside the node.
func (d *detail) leaf(i int) bool { return d.nodes[i].end == i+1 }

// bytesOf returns the bytes that a node stands for, and which of them are not to be seen.
func (d *detail) bytesOf(n *node) ([]byte, []cover) {
	t := &d.tabs[n.tab]
	from := min(max(n.off, 0), len(t.bytes))
	to := min(max(n.off+n.n, from), len(t.bytes))
	return t.bytes[from:to], t.cover[from:to]
}

// close finds the end of every node.
func (d *detail) close() {
	var within []int
	for i := range d.nodes {
		for len(within) > 0 && d.nodes[within[len(within)-1]].depth >= d.nodes[i].depth {
			d.nodes[within[len(within)-1]].end = i
			within = within[:len(within)-1]
		}
		within = append(within, i)
	}
	for _, k := range within {
		d.nodes[k].end = len(d.nodes)
	}
}

// deepest returns the innermost node that covers a byte of a tab, -1 when none does.
func (d *detail) deepest(tab, at int) int {
	best := -1
	for i := range d.nodes {
		n := &d.nodes[i]
		if n.tab != tab || n.n == 0 || at < n.off || at >= n.off+n.n {
			continue
		}
		if best < 0 || d.nodes[best].less(n) {
			best = i
		}
	}
	return best
}

// less reports whether another node says more of a byte that both cover: a field says more
// than a heading, and a flag, which is but a bit, less than other fields; then what is
// deeper, or smaller.
func (n *node) less(x *node) bool {
	a, b := n.rank(), x.rank()
	switch {
	case n.message != x.message:
		return n.message < x.message
	case a != b:
		return a < b
	case n.depth != x.depth:
		return n.depth < x.depth
	}
	return x.n < n.n
}

func (n *node) rank() int {
	switch {
	case n.field == nil || n.field.Type == wire.None:
		return 0
	case n.field.Type == wire.Bool:
		return 1
	}
	return 2
}

// parent returns the node that node i is inside of, -1 for none.
func (d *detail) parent(i int) int {
	for k := i - 1; k >= 0; k-- {
		if d.nodes[k].depth < d.nodes[i].depth {
			return k
		}
	}
	return -1
}

// find returns the message of that number, or nil.
func (d *detail) find(number uint32) *message {
	for i := range d.messages {
		if d.messages[i].Number == number {
			return &d.messages[i]
		}
	}
	return nil
}

// stretch names a number of bytes.
func stretch(n int) string {
	if n == 1 {
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", n)
}
