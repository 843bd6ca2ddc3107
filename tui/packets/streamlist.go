package packets

import (
	"cmp"
	"fmt"
	"slices"

	"plcscope/flows"
	"plcscope/flows/index"
	"plcscope/flows/tcp"
	"plcscope/s7comm"
	"plcscope/tui/paint"
)

// inside is the contents of message i of a conversation.
type inside struct {
	i     int
	lines []paint.Line
}

func (c *conversation) refresh() {
	last := uint32(0)
	if n := len(c.all); n > 0 {
		last = c.all[n-1]
	}
	at, inner := c.locate(max(c.grid.Row(), 0))
	c.all = c.v.d.Scope().Index.MessagesOf(c.conn, c.all, last)
	for ix := c.v.d.Scope().Index; c.looked < ix.Gaps(); c.looked++ {
		if g := ix.Gap(c.looked); g.Conn == c.conn && g.Why != tcp.MidStream {
			c.gaps = append(c.gaps, g)
		}
	}
	if hidden := c.v.d.Words().Private; hidden != c.hidden {
		c.hidden = hidden
		c.texts = map[uint32]string{}
		for i := range c.opened {
			c.opened[i].lines = c.contents(c.all[c.opened[i].i])
		}
		inner = -1
	}
	c.grid.SetColumns([]paint.Column{
		{Width: 2}, {Title: "Frame", Width: 8, Right: true, Drop: 2}, {Title: "Time", Width: c.v.d.Words().TimeWidth(), Right: true},
		{Title: "Message", Width: 20, Flex: 1},
	})
	if len(c.all) == 0 {
		return
	}
	if c.follow && !c.v.d.Paused() {
		c.grid.Select(c.Len() - 1)
	} else {
		c.grid.Select(c.rowOf(at) + inner + 1)
	}
}

// Len implements paint.Rows.
func (c *conversation) Len() int {
	n := len(c.all)
	for i := range c.opened {
		n += len(c.opened[i].lines)
	}
	return n
}

// locate tells what row shows: message i, and of its contents line k, -1 for the message
// itself.
func (c *conversation) locate(row int) (i, k int) {
	before := 0 // lines of contents
	for x := range c.opened {
		o := &c.opened[x]
		first := o.i + before + 1
		if row < first {
			break
		}
		if row < first+len(o.lines) {
			return o.i, row - first
		}
		before += len(o.lines)
	}
	return row - before, -1
}

// rowOf is the row of message i.
func (c *conversation) rowOf(i int) int {
	row := i
	for x := range c.opened {
		if c.opened[x].i < i {
			row += len(c.opened[x].lines)
		}
	}
	return row
}

// message is the number of the selected message.
func (c *conversation) message() uint32 {
	row := c.grid.Row()
	if row < 0 {
		return 0
	}
	i, _ := c.locate(row)
	return c.all[min(i, len(c.all)-1)]
}

// choose selects a message.
func (c *conversation) choose(n uint32) {
	if i, ok := slices.BinarySearch(c.all, n); ok {
		c.grid.Select(c.rowOf(i))
	}
}

// Cells implements paint.Rows.
func (c *conversation) Cells(row int, cells []paint.Line) {
	i, k := c.locate(row)
	if i >= len(c.all) {
		return
	}
	n := c.all[i]
	ix := c.v.d.Scope().Index
	m, _ := ix.Message(n)
	if k >= 0 {
		x, _ := slices.BinarySearchFunc(c.opened, i, func(o inside, i int) int { return o.i - i })
		indent := "      │ "
		if !m.FromClient {
			indent = "          │ "
		}
		cells[3] = append(paint.In(paint.Dim, indent), c.opened[x].lines[k]...)
		return
	}
	marks := paint.Text(" ")
	if c.v.d.Marks().Has(uint32(m.Frame)) {
		marks = paint.In(paint.Marked, "●")
	}
	if s, ok := c.v.rows.verdict.sign(uint32(m.Frame)); ok {
		marks = append(marks, s)
	}
	before := int64(0)
	if i > 0 {
		p, _ := ix.Message(c.all[i-1])
		before = p.Time
	}
	cells[0] = marks
	cells[1] = paint.Text(fmt.Sprint(m.Frame))
	cells[2] = paint.Text(c.v.d.Words().Time(m.Time, before))
	cells[3] = c.line(i, &m)
}

// line is a message with its side.
func (c *conversation) line(i int, m *index.Message) paint.Line {
	sign := "▸ "
	if _, ok := slices.BinarySearchFunc(c.opened, i, func(o inside, i int) int { return o.i - i }); ok {
		sign = "▾ "
	}
	l := paint.In(paint.Dim, sign)
	if m.FromClient {
		l = l.And(paint.Client, "→ ")
	} else {
		l = l.And(paint.Server, "    ← ")
	}
	if s := c.missing(i); s != "" {
		l = l.And(paint.Hole, s).And(paint.Plain, " ")
	}
	side := paint.Server
	if m.FromClient {
		side = paint.Client
	}
	l = l.And(side, c.text(m))
	if m.Malformed {
		l = l.And(paint.Bad, " [Malformed]")
	}
	if m.Skipped > 0 {
		l = l.And(paint.Hole, fmt.Sprintf("[%s missing]", stretch(m.Skipped)))
	}
	return l
}

// missing says what the capture lacks before message i.
func (c *conversation) missing(i int) string {
	after := uint32(0)
	if i > 0 {
		after = c.all[i-1]
	}
	k, _ := slices.BinarySearchFunc(c.gaps, after, func(g index.Gap, n uint32) int { return cmp.Compare(g.Behind, n) })
	n, unknown, any := int64(0), false, false
	for ; k < len(c.gaps) && c.gaps[k].Behind < c.all[i]; k++ {
		any, unknown = true, unknown || c.gaps[k].Bytes < 0
		n += max(c.gaps[k].Bytes, 0)
	}
	switch {
	case !any:
		return ""
	case unknown:
		return "[bytes missing before]"
	}
	return "[" + stretch(int(n)) + " missing before]"
}

// text is the summary of a message.
func (c *conversation) text(m *index.Message) string {
	if s, ok := c.texts[m.Number]; ok {
		return s
	}
	if len(c.texts) > maxKnown {
		c.texts = map[uint32]string{}
	}
	s := c.read(m)
	c.texts[m.Number] = s
	return s
}

func (c *conversation) read(m *index.Message) string {
	if m.Length > maxInRow {
		return rowSummary(c.v.d.Scope().Index, m)
	}
	r := c.v.d.Reader()
	var req *s7comm.Request
	if m.Proto == flows.ISO {
		req = r.Request(m.Number)
	}
	v, err := r.Message(m.Number)
	if err != nil {
		return rowSummary(c.v.d.Scope().Index, m) + " [" + err.Error() + "]"
	}
	return summary(v, req, c.v.d.Words().Secrets, c.v.d.Words().Private)
}
