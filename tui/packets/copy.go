package packets

import (
	"encoding/hex"
	"fmt"
	"strings"

	"plcscope/internal/wire"
	"plcscope/tui/paint"
)

// copy lets the user choose what of the selected frame and field is copied.
func (v *view) copy() {
	n := v.present()
	if n == 0 {
		v.d.Complain(errNoFrame)
		return
	}
	var items []string
	var does []func()
	add := func(name, what string, text func() string) {
		items = append(items, name)
		does = append(does, func() { v.d.Copy(what, text()) })
	}
	add("Row as text", fmt.Sprintf("row of frame %d", n), v.rowText)
	if k := v.tree.node(); k >= 0 {
		x := &v.shown.nodes[k]
		add("Field as text: "+paint.Cut(x.text, 50), "the field", func() string { return paint.Clean(x.text) })
		if x.field != nil && x.field.Type != wire.None && x.kind != unseen {
			w := writer{words: v.d.Words(), secrets: v.d.Words().Secrets}
			add("Value: "+paint.Cut(w.copied(x.wire()), 50), "the value", func() string { return w.copied(x.wire()) })
		}
		if e, err := v.expression(x); err == nil {
			add("Filter: "+paint.Cut(e, 50), "the filter", func() string { return e })
		}
		if x.n > 0 {
			b, c := v.shown.bytesOf(x)
			add(fmt.Sprintf("Bytes of the field as hex (%d)", len(b)), "the bytes", func() string { return hexText(b, c) })
			add("Bytes of the field as printable text", "the text", func() string { return printable(b, c) })
		}
		add("Field with all that is inside it", "the fields", func() string { return v.branch(k) })
	}
	if p := v.payload(); p >= 0 {
		b, c := v.shown.bytesOf(&v.shown.nodes[p])
		add(fmt.Sprintf("Payload as printable text (%d bytes)", len(b)), "the payload", func() string { return printable(b, c) })
		add("Payload as hex", "the payload", func() string { return hexText(b, c) })
	}
	t := &v.shown.tabs[min(v.hex.tab, len(v.shown.tabs)-1)]
	add(fmt.Sprintf("All bytes as hex dump (%d)", len(t.bytes)), "the bytes", func() string { return dump(t) })
	v.d.Choose("Copy", items, func(i int) { does[i]() })
}

// copied is a value as other programs take it.
func (w *writer) copied(n *wire.Node) string {
	switch n.Field.Type {
	case wire.String, wire.Bytes, wire.Uint, wire.Bool:
		return paint.Clean(n.String())
	}
	return paint.Clean(w.value(n))
}

// rowText is the selected row as the list shows it, its columns apart by tabulators.
func (v *view) rowText() string {
	i := v.grid.Row()
	cells := make([]paint.Line, len(v.rows.columns)+1)
	v.rows.Cells(i, cells)
	l := make([]string, 0, len(cells))
	for _, c := range cells[1:] {
		l = append(l, c.String())
	}
	return strings.Join(l, "\t")
}

// branch is a node with all that is inside it, as text.
func (v *view) branch(k int) string {
	var b strings.Builder
	base := v.shown.nodes[k].depth
	for i := k; i < v.shown.nodes[k].end; i++ {
		x := &v.shown.nodes[i]
		b.WriteString(strings.Repeat("    ", x.depth-base))
		b.WriteString(paint.Clean(x.text))
		b.WriteByte('\n')
	}
	return b.String()
}

// payload is the node of what the message carries for others, -1 for none.
func (v *view) payload() int {
	at := uint32(0)
	if k := v.tree.node(); k >= 0 {
		at = v.shown.nodes[k].message
	}
	best := -1
	for i := range v.shown.nodes {
		x := &v.shown.nodes[i]
		if x.field == nil || x.n == 0 || at != 0 && x.message != at && x.message != 0 {
			continue
		}
		switch x.field.Name {
		case "mqtt.msg", "s7comm.resp.data":
			return i
		case "tcp.payload":
			best = i
		}
	}
	return best
}

// hexText writes bytes as pairs of digits, without those that are not to be seen.
func hexText(b []byte, c []cover) string {
	l := make([]string, len(b))
	for i := range b {
		if l[i] = hex.EncodeToString(b[i : i+1]); c[i] != bare {
			l[i] = "**"
		}
	}
	return strings.Join(l, " ")
}

// printable writes bytes as text: what is no character for people becomes a dot.
func printable(b []byte, c []cover) string {
	out := make([]byte, len(b))
	for i := range b {
		if out[i] = b[i]; c[i] != bare {
			out[i] = '*'
		}
	}
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		if s := string(r); r == '\ufffd' || paint.Clean(s) != s {
			return '.'
		}
		return r
	}, string(out))
}

// dump writes bytes as a hex pane shows them.
func dump(t *tab) string {
	var b strings.Builder
	for at := 0; at < len(t.bytes); at += 16 {
		end := min(at+16, len(t.bytes))
		fmt.Fprintf(&b, "%04x  %-48s  %s\n", at, hexText(t.bytes[at:end], t.cover[at:end]), strings.ReplaceAll(printable(t.bytes[at:end], t.cover[at:end]), "\n", "."))
	}
	return b.String()
}

// copy lets the user choose what of a conversation is copied.
func (c *conversation) copy() {
	n := c.message()
	m, ok := c.v.d.Scope().Index.Message(n)
	if !ok {
		return
	}
	const most = 1000
	whole := fmt.Sprintf("The conversation as text (%d messages)", len(c.all))
	if len(c.all) > most {
		whole = fmt.Sprintf("%d messages of the conversation from here on as text", most)
	}
	c.v.d.Choose("Copy", []string{"Message as text", "Message with its contents", whole}, func(i int) {
		switch i {
		case 0:
			c.v.d.Copy("the message", paint.Clean(c.text(&m)))
		case 1:
			var b strings.Builder
			b.WriteString(paint.Clean(c.text(&m)) + "\n")
			for _, l := range c.contents(n) {
				b.WriteString(l.String() + "\n")
			}
			c.v.d.Copy("the message", b.String())
		case 2:
			from := 0
			if len(c.all) > most {
				from, _ = c.locate(c.grid.Row())
			}
			c.v.d.Copy("the conversation", c.transcript(from, min(from+most, len(c.all))))
		}
	})
}

// transcript is a part of the conversation as text.
func (c *conversation) transcript(from, to int) string {
	var b strings.Builder
	before := int64(0)
	for _, n := range c.all[from:to] {
		m, _ := c.v.d.Scope().Index.Message(n)
		arrow := "→"
		if !m.FromClient {
			arrow = "←"
		}
		fmt.Fprintf(&b, "%d\t%s\t%s\t%s\n", m.Frame, c.v.d.Words().Time(m.Time, before), arrow, paint.Clean(c.read(&m)))
		before = m.Time
	}
	return b.String()
}
