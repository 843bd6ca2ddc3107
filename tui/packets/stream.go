package packets

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"plcscope/flows"
	"plcscope/flows/index"
	"plcscope/flows/tcp"
	"plcscope/s7comm"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

// conversation is one connection as messages: what the client says stands to the left,
// what the server says to the right of it.
type conversation struct {
	*tview.Box
	v      *view
	grid   *paint.Grid
	conn   uint32
	all    []uint32 // numbers of the messages
	opened []inside // messages of which the contents are shown, in their order
	texts  map[uint32]string
	hidden bool        // texts are those of privacy mode
	gaps   []index.Gap // in the order in which they were noticed
	looked uint32      // at so many gaps of the capture
	follow bool
	user   bool
}

// inside is the contents of message i of a conversation.
type inside struct {
	i     int
	lines []paint.Line
}

// followStream shows the connection of the selected frame as messages.
func (v *view) followStream() {
	p := v.Place()
	if p.Conn == 0 {
		v.d.Say("the frame belongs to no TCP connection")
		return
	}
	c := newConversation(v, p.Conn-1)
	if len(c.all) == 0 {
		v.d.Say("no MQTT or S7 message was recognised on this connection; S lists its frames")
		return
	}
	at := p.Message
	if at == 0 {
		at = v.d.Scope().Index.Continues(p.Frame)
	}
	if at == 0 {
		at = c.near(p.Frame)
	}
	v.stream = c
	c.choose(at)
	v.d.Focus(c)
}

// leave goes back from a conversation to the list.
func (v *view) leave() {
	if v.stream == nil {
		return
	}
	had := v.stream.HasFocus()
	v.stream = nil
	if had {
		v.d.Focus(v.pane())
	}
}

func newConversation(v *view, conn uint32) *conversation {
	c := &conversation{Box: tview.NewBox(), v: v, conn: conn, texts: map[uint32]string{}}
	c.grid = paint.NewGrid(v.d.Look(), nil, c)
	c.grid.OnMove(func(i int) {
		if c.user {
			c.follow = v.d.Scope().Live() && i == c.Len()-1
		}
	})
	c.grid.OnEnter(func(int) { c.show() })
	c.refresh()
	return c
}

// near is the last message that was complete by a frame.
func (c *conversation) near(frame uint32) uint32 {
	i, _ := slices.BinarySearchFunc(c.all, frame, func(n, frame uint32) int {
		m, _ := c.v.d.Scope().Index.Message(n)
		return int(int64(m.Frame) - int64(frame))
	})
	return c.all[min(max(i, 0), len(c.all)-1)]
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

// toggle shows the contents of the selected message, or hides them.
func (c *conversation) toggle() {
	row := c.grid.Row()
	if row < 0 {
		return
	}
	i, _ := c.locate(row)
	x, ok := slices.BinarySearchFunc(c.opened, i, func(o inside, i int) int { return o.i - i })
	if ok {
		c.opened = slices.Delete(c.opened, x, x+1)
	} else {
		c.opened = slices.Insert(c.opened, x, inside{i, c.contents(c.all[i])})
	}
	c.grid.Select(c.rowOf(i))
}

func (c *conversation) opens(open bool) {
	row := c.grid.Row()
	if row < 0 {
		return
	}
	i, _ := c.locate(row)
	if _, is := slices.BinarySearchFunc(c.opened, i, func(o inside, i int) int { return o.i - i }); is != open {
		c.toggle()
	}
}

// show leads to the frame of the selected message.
func (c *conversation) show() {
	n := c.message()
	if m, ok := c.v.d.Scope().Index.Message(n); ok {
		if t := (pane.Target{Frame: uint32(m.Frame), Message: n}); !c.v.Show(t) {
			c.v.d.Say("the filter hides frame %d; F removes the filter", m.Frame)
		}
	}
}

func (c *conversation) place() pane.Target {
	t := pane.Target{Conn: c.conn + 1, Message: c.message()}
	ix := c.v.d.Scope().Index
	if m, ok := ix.Message(t.Message); ok {
		t.Frame = uint32(m.Frame)
		if m.Proto == flows.MQTT {
			t.Topic = m.Topic
		}
	}
	if x, ok := ix.Conn(c.conn); ok {
		t.Session = x.Session
	}
	return t
}

func (c *conversation) keys() []pane.Key {
	return []pane.Key{
		{Key: tcell.KeyEnter, Name: "enter", Does: "frame", Help: "Go to the frame of the message."},
		{Key: tcell.KeyRune, Rune: ' ', Name: "space", Does: "contents", Help: "Show what is in the message, or hide it.", Do: c.toggle},
		{Key: tcell.KeyRight, Name: "→", Help: "Show what is in the message.", Do: func() { c.opens(true) }},
		{Key: tcell.KeyLeft, Name: "←", Help: "Hide what is in the message.", Do: func() { c.opens(false) }},
		{Key: tcell.KeyEscape, Name: "esc", Does: "list", Help: "Go back to the list of frames.", Do: c.v.leave},
		{Rune: 's', Help: "Go back to the list of frames.", Do: c.v.leave},
		{Rune: 'c', Does: "copy", Help: "Copy the message, its payload, or the conversation.", Do: c.copy},
		{Rune: ']', Help: "Go to what answers the message.", Do: func() { c.exchange(false) }},
		{Rune: '[', Help: "Go to what the message answers.", Do: func() { c.exchange(true) }},
		{Rune: 'S', Does: "filter", Help: "List only the frames of this connection.", Do: func() {
			t := c.place()
			c.v.onlyStream()
			c.v.leave()
			c.v.Show(t)
		}},
	}
}

func (c *conversation) exchange(backwards bool) {
	ix := c.v.d.Scope().Index
	k, ok := ix.Answers(c.message())
	if !backwards {
		k = answerTo(ix, c.message())
		ok = k != 0
	}
	if !ok {
		c.v.d.Say("none was seen")
		return
	}
	c.choose(k)
}

// Draw implements tview.Primitive.
func (c *conversation) Draw(screen tcell.Screen) {
	x, y, width, height := c.GetRect()
	c.Box.DrawForSubclass(screen, c)
	c.title().Draw(screen, c.v.d.Look(), x, y, width)
	c.v.place(screen, c.grid, x, y+1, width, height-1)
}

func (c *conversation) title() paint.Line {
	x, _ := c.v.d.Scope().Index.Conn(c.conn)
	w := c.v.d.Words()
	l := paint.Inf(paint.Heading, "─▸ Stream %d, %s ", x.Stream, count(len(c.all), "message"))
	l = l.And(paint.Client, "→ "+w.Endpoint(x.Client)).And(paint.Server, "  ← "+w.Endpoint(x.Server))
	if x.MQTT.ClientID != nil {
		l = l.And(paint.Plain, fmt.Sprintf("  client %q", x.MQTT.ClientID))
	}
	if n := x.Sent[0].Gaps + x.Sent[1].Gaps; n > 0 {
		l = l.And(paint.Plain, "  ").And(paint.Hole, count(int(n), "gap"))
	}
	return l
}

// Focus implements tview.Primitive.
func (c *conversation) Focus(delegate func(tview.Primitive)) { delegate(c.grid) }

// HasFocus implements tview.Primitive.
func (c *conversation) HasFocus() bool { return c.grid.HasFocus() }

// InputHandler implements tview.Primitive.
func (c *conversation) InputHandler() func(*tcell.EventKey, func(tview.Primitive)) {
	return c.WrapInputHandler(func(e *tcell.EventKey, focus func(tview.Primitive)) {
		c.user = true
		defer func() { c.user = false }()
		c.grid.InputHandler()(e, focus)
	})
}

// MouseHandler implements tview.Primitive.
func (c *conversation) MouseHandler() func(tview.MouseAction, *tcell.EventMouse, func(tview.Primitive)) (bool, tview.Primitive) {
	return c.WrapMouseHandler(func(action tview.MouseAction, e *tcell.EventMouse, focus func(tview.Primitive)) (bool, tview.Primitive) {
		c.user = true
		defer func() { c.user = false }()
		return c.grid.MouseHandler()(action, e, focus)
	})
}
