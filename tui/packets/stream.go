package packets

import (
	"fmt"
	"slices"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"plcscope/flows"
	"plcscope/flows/index"
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
