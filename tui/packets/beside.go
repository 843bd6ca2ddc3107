package packets

import (
	"fmt"
	"strings"

	"plcscope/flows"
	"plcscope/flows/frames"
	"plcscope/flows/index"
	"plcscope/internal/wire"
	"plcscope/mqtt"
	"plcscope/s7comm"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

// behind adds what is known of a header that ends before node i.
func (c *composer) behind(l []wire.Node, i int) {
	for i--; i > 0 && l[i].Depth > 0; i-- {
	}
	if i < 0 || len(l) == 0 {
		return
	}
	switch l[i].Field.Name {
	case "frame":
		f, _ := c.ix.Frame(c.g.number)
		if p, ok := c.ix.Frame(c.g.number - 1); ok {
			c.known(timeDelta, uint64(f.Time-p.Time), "[Time since the frame before: "+pane.Span(f.Time-p.Time)+"]")
		}
		if p, ok := c.ix.Frame(1); ok {
			c.known(timeRelative, uint64(f.Time-p.Time), "[Time since the first frame: "+pane.Span(f.Time-p.Time)+"]")
		}
	case "tcp":
		c.connection()
	}
}

func (c *composer) known(f *wire.Field, num uint64, text string) *node {
	n := c.say(1, generated, text)
	n.field, n.num = f, num
	return n
}

// connection adds what the segment is in its connection.
func (c *composer) connection() {
	f, ok := c.ix.Frame(c.g.number)
	if !ok || f.Conn == index.NoConn {
		return
	}
	if x, ok := c.ix.Conn(f.Conn); ok {
		c.known(frames.Stream, x.Stream, fmt.Sprintf("[Stream index: %d]", x.Stream))
		if x.Proto == flows.MQTT && x.MQTT.ClientID != nil {
			n := c.say(1, generated, fmt.Sprintf("[Client identifier: %q]", x.MQTT.ClientID))
			n.field, n.data = frames.Client, x.MQTT.ClientID
		}
	}
	for i := range c.g.notes {
		n := &c.g.notes[i]
		if n.Field.Type == wire.None {
			if text := analysisText[n.Field.Name]; text != "" {
				x := c.known(n.Field, 1, "["+text+"]")
				x.kind, x.role = fault, paint.Warn
			}
			continue
		}
		x := c.known(n.Field, n.Num, "["+n.Field.Title+": "+c.w.value(n)+"]")
		x.data = n.Data
		if n.Field == acksFrame {
			x.view, x.target = pane.Packets, pane.Target{Frame: uint32(n.Num)}
		}
	}
	if m, ok := c.ix.Message(c.g.ends); ok {
		n := c.say(1, generated, fmt.Sprintf("[Part of a message of %s that frame %d completes]", stretch(m.Length), m.Frame))
		n.view, n.target = pane.Packets, pane.Target{Frame: uint32(m.Frame), Message: m.Number}
	}
}

// beside adds what is known of a message beside its fields.
func (c *composer) beside(m *gatheredMessage, x *message) {
	if m.fault != nil {
		text, off := faultText(m.fault)
		n := c.say(1, fault, "[Malformed: "+text+"]")
		if off >= 0 && off < len(m.bytes) {
			n.off, n.n = off, 1
		}
	}
	if m.Skipped > 0 {
		c.say(1, fault, fmt.Sprintf("[%s of its end are lost or too many to keep]", stretch(m.Skipped)))
	}
	if m.VersionGuessed && m.Proto == flows.MQTT && m.Type != mqtt.CONNECT {
		c.say(1, generated, "[The version is a guess: no CONNECT was seen]")
	}
	if m.Framing == flows.Found {
		c.say(1, generated, "[Its start was recognised in mid-stream]")
	}
	if list := c.ix.Pieces(m.Number, nil); len(list) > 1 {
		c.say(1, generated, fmt.Sprintf("[%s in frames %s]", stretch(m.Length), numbers(list)))
	}
	if q, ok := c.ix.Message(m.request); ok {
		verb := "Answers"
		if m.Proto == flows.ISO {
			verb = "Response to the request in"
		}
		n := c.say(1, generated, fmt.Sprintf("[%s frame %d, %s before]", verb, q.Frame, pane.Span(m.Time-q.Time)))
		n.view, n.target = pane.Packets, pane.Target{Frame: uint32(q.Frame), Message: q.Number}
	}
	if k := answerTo(c.ix, m.Number); k != 0 {
		a, _ := c.ix.Message(k)
		n := c.say(1, generated, fmt.Sprintf("[Answered in frame %d, %s later]", a.Frame, pane.Span(a.Time-m.Time)))
		n.view, n.target = pane.Packets, pane.Target{Frame: uint32(a.Frame), Message: k}
	}
}

// faultText says what is wrong with a message, and where in it, -1 when that is not said.
func faultText(err error) (string, int) {
	var off int
	var field, reason, clause string
	switch e := err.(type) {
	case *mqtt.Malformed:
		off, field, reason, clause = e.Offset, e.Field, e.Reason, e.Clause
		if e.Need > 0 {
			reason += fmt.Sprintf(": it needs %d, %d are left", e.Need, e.Have)
		}
	case *s7comm.Malformed:
		off, field, reason, clause = e.Offset, e.Field, e.Reason, e.Clause
	default:
		return err.Error(), -1
	}
	s := fmt.Sprintf("byte %d, %s %s", off, field, reason)
	if clause != "" {
		s += "; " + clause
	}
	return s, off
}

// numbers lists frames, runs of them as "3-7".
func numbers(l []uint32) string {
	const most = 8 // runs
	var b strings.Builder
	for i, runs := 0, 0; i < len(l); runs++ {
		j := i + 1
		for j < len(l) && l[j] == l[j-1]+1 {
			j++
		}
		if runs == most {
			fmt.Fprintf(&b, " … %d", l[len(l)-1])
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprint(&b, l[i])
		if j-i > 1 {
			fmt.Fprintf(&b, "-%d", l[j-1])
		}
		i = j
	}
	return b.String()
}

// maxAnswer is how many messages of the capture behind a request are looked at for its
// answer.
const maxAnswer = 1 << 14

// answerTo returns the number of the message that answers message n, 0 when there is none.
func answerTo(ix *index.Index, n uint32) uint32 {
	m, ok := ix.Message(n)
	if !ok {
		return 0
	}
	for k, end := n+1, n+min(maxAnswer, ix.Messages()-n); k <= end; k++ {
		x, _ := ix.Message(k)
		if x.Conn != m.Conn || x.Dir == m.Dir {
			continue
		}
		if q, ok := ix.Answers(k); ok && q == n {
			return k
		}
	}
	return 0
}
