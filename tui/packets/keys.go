package packets

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gdamore/tcell/v2"

	"plcscope/flows"
	"plcscope/flows/index"
	"plcscope/tui/pane"
)

const protoMQTT = flows.MQTT

// Keys implements pane.View.
func (v *view) Keys() []pane.Key {
	if v.stream != nil {
		return v.stream.keys()
	}
	var l []pane.Key
	switch v.at {
	case inList:
		l = append(l, pane.Key{Key: tcell.KeyEnter, Name: "enter", Does: "fields", Help: "Go to the fields of the frame."})
	case inTree:
		l = append(l,
			pane.Key{Key: tcell.KeyEnter, Name: "enter", Does: "open", Help: "Open or close what is inside a field; where ↵ stands, go to the frame or the finding."},
			pane.Key{Key: tcell.KeyLeft, Name: "←", Help: "Close the field, or go to the one that it is inside of.", Do: func() { v.fold(false) }},
			pane.Key{Key: tcell.KeyRight, Name: "→", Help: "Open the field.", Do: func() { v.fold(true) }},
			pane.Key{Rune: 'h', Help: "As ←.", Do: func() { v.fold(false) }},
			pane.Key{Rune: 'l', Help: "As →.", Do: func() { v.fold(true) }},
		)
	case inHex:
		l = append(l, pane.Key{Key: tcell.KeyEnter, Name: "enter", Does: "field", Help: "Go to the field that the byte belongs to.", Do: func() { v.focus(inTree) }})
	}
	l = append(l,
		pane.Key{Key: tcell.KeyTab, Name: "tab", Does: "pane", Help: "Go on to the fields, the bytes, and the list again.", Do: func() { v.focus((v.at + 1) % parts) }},
		pane.Key{Key: tcell.KeyBacktab, Name: "shift-tab", Help: "Go back to the pane before.", Do: func() { v.focus((v.at + parts - 1) % parts) }},
		pane.Key{Rune: 's', Does: "stream", Help: "Follow the connection of the frame as messages.", Do: v.followStream},
		pane.Key{Rune: 'S', Help: "List only the frames of this connection.", Do: v.onlyStream},
		pane.Key{Rune: 'a', Does: "as filter", Help: "Make the selected field the display filter.", Do: v.asFilter},
		pane.Key{Rune: 'A', Help: "Join the selected field to the display filter: and, or, not.", Do: v.joinFilter},
		pane.Key{Rune: 'c', Does: "copy", Help: "Copy the row, the field, a filter for it, or bytes to your clipboard.", Do: v.copy},
		pane.Key{Rune: 'g', Does: "go to", Help: "Go to a frame by its number.", Do: v.askFrame},
		pane.Key{Rune: 'z', Does: "zoom", Help: "Give the pane the whole screen, or take it back.", Do: func() { v.zoom = !v.zoom }},
		pane.Key{Rune: '.', Help: "Next frame of the same connection.", Do: func() { v.neighbour(false) }},
		pane.Key{Rune: ',', Help: "Frame before of the same connection.", Do: func() { v.neighbour(true) }},
		pane.Key{Rune: ']', Help: "Go to what answers the message.", Do: func() { v.exchange(false) }},
		pane.Key{Rune: '[', Help: "Go to what the message answers.", Do: func() { v.exchange(true) }},
		pane.Key{Rune: 'e', Help: "Open all fields.", Do: func() { v.foldAll(true) }},
		pane.Key{Rune: 'E', Help: "Close all fields.", Do: func() { v.foldAll(false) }},
		pane.Key{Rune: 'b', Help: "Show other bytes: the frame, or a message that was put together from several frames.", Do: v.nextTab},
		pane.Key{Rune: 'C', Help: "Make the selected field a column of the list, or no longer.", Do: v.asColumn},
		pane.Key{Rune: '+', Help: "Give the pane more room.", Do: func() { v.resize(5) }},
		pane.Key{Rune: '-', Help: "Give the pane less room.", Do: func() { v.resize(-5) }},
	)
	if v.zoom {
		l = append(l, pane.Key{Key: tcell.KeyEscape, Name: "esc", Does: "unzoom", Help: "Show all panes again.", Do: func() { v.zoom = false }})
	}
	return l
}

func (v *view) fold(open bool) { v.tree.fold(open); v.tree.remember(); v.mark() }

func (v *view) foldAll(open bool) { v.tree.foldAll(open) }

// askFrame lets the user type the number of a frame.
func (v *view) askFrame() {
	v.d.Ask("Go to frame", "", func(s string) {
		if err := v.goTo(s); err != nil {
			v.d.Complain(err)
		}
	})
}

// goTo selects the frame of a number, or the first behind it that passes the filter.
func (v *view) goTo(s string) error {
	n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 32)
	if err != nil || n == 0 {
		return fmt.Errorf("%q is not the number of a frame", s)
	}
	if last := v.d.Scope().Index.Frames(); uint32(n) > last {
		return fmt.Errorf("there is no frame %d; the last is %d", n, last)
	}
	i, ok := v.rows.row(uint32(n))
	if !ok {
		if v.rows.Len() == 0 {
			return errNoFrame
		}
		i = min(i, v.rows.Len()-1)
		v.d.Say("the filter hides frame %d; this is the nearest that it shows", n)
	}
	v.reach(i)
	v.selected(i)
	return nil
}

// jump goes to a frame and lets esc come back.
func (v *view) jump(t pane.Target) { v.d.Open(pane.Packets, t) }

// neighbour goes to the next frame of the connection that the list shows, or the one
// before.
func (v *view) neighbour(backwards bool) {
	ix := v.d.Scope().Index
	at := v.present()
	f, ok := ix.Frame(at)
	if !ok || f.Conn == index.NoConn {
		v.d.Say("the frame belongs to no TCP connection")
		return
	}
	for n := at; ; {
		if backwards {
			n = ix.Previous(n)
		} else {
			n = ix.Next(n, ix.Frames())
		}
		if n == 0 {
			v.d.Say("the connection has no other frame in this direction")
			return
		}
		if i, ok := v.rows.row(n); ok {
			v.reach(i)
			v.selected(i)
			return
		}
	}
}

// exchange goes to the message that answers the selected one, or that it answers.
func (v *view) exchange(backwards bool) {
	ix := v.d.Scope().Index
	var l []uint32 // the selected message first
	if m := v.Place().Message; m != 0 {
		l = append(l, m)
	}
	for i := range v.shown.messages {
		l = append(l, v.shown.messages[i].Number)
	}
	for _, m := range l {
		k := uint32(0)
		if backwards {
			k, _ = ix.Answers(m)
		} else {
			k = answerTo(ix, m)
		}
		if x, ok := ix.Message(k); ok {
			v.jump(pane.Target{Frame: uint32(x.Frame), Message: k})
			return
		}
	}
	switch {
	case len(l) == 0:
		v.d.Say("the frame completes no message")
	case backwards:
		v.d.Say("the message answers none that was seen")
	default:
		v.d.Say("no answer to the message was seen")
	}
}

// nextTab shows the next stretch of bytes.
func (v *view) nextTab() {
	if len(v.shown.tabs) < 2 {
		v.d.Say("the frame holds all of its messages: there are no other bytes")
		return
	}
	v.hex.tab = (v.hex.tab + 1) % len(v.shown.tabs)
	v.hex.from, v.hex.to, v.hex.cursor = 0, 0, 0
}

// onlyStream sets a filter for the connection of the frame.
func (v *view) onlyStream() {
	c, ok := v.d.Scope().Index.Conn(v.Place().Conn - 1)
	if !ok {
		v.d.Say("the frame belongs to no TCP connection")
		return
	}
	v.d.SetFilter(fmt.Sprintf("tcp.stream == %d", c.Stream))
}
