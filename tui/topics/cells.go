package topics

import (
	"fmt"
	"strings"

	"plcscope/flows/index"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

// columns of the tree.
const (
	colTopic = iota
	colPayload
	colCount
	colRate
	colQoS
	colRetained
	colDup
	colBytes
	colLast
)

const rateWidth = 12

var columns = []paint.Column{
	{Title: "topic", Width: 24, Flex: 3},
	{Title: "last payload", Width: 14, Flex: 2},
	{Title: "messages", Width: 8, Right: true},
	{Title: "rate", Width: rateWidth, Drop: 1},
	{Title: "QoS", Width: 5, Drop: 4},
	{Title: "®", Width: 5, Right: true, Drop: 3},
	{Title: "DUP", Width: 5, Right: true, Drop: 6},
	{Title: "bytes", Width: 8, Right: true, Drop: 5},
	{Title: "last seen", Width: 12, Right: true, Drop: 2},
}

// deepest bounds how far rows are indented.
const deepest = 12

// Len implements paint.Rows.
func (v *view) Len() int { return len(v.rows) }

// Cells implements paint.Rows.
func (v *view) Cells(i int, cells []paint.Line) {
	n := v.rows[i]
	words := v.d.Words()
	fold, role := "  ", paint.Plain
	if n.inner() {
		fold, role = "▾ ", paint.Strong
		if v.folds.folded(n, v.tree.depth()) {
			fold = "▸ "
		}
	}
	cells[colTopic] = paint.Text(strings.Repeat("  ", min(n.depth, deepest))+fold).And(role, n.name())
	if n.name() == "" {
		cells[colTopic] = cells[colTopic].And(paint.Dim, "(empty level)")
	}
	switch {
	case n.topic == index.OtherTopic:
		cells[colPayload] = paint.In(paint.Warn, "! more than are kept")
	case n.topic != index.NoTopic:
		cells[colPayload] = v.preview(n.last)
	default:
		cells[colPayload] = paint.In(paint.Dim, pane.Plural(n.sum.topics, "topic"))
	}
	cells[colCount] = paint.Text(pane.Count(n.sum.count))
	cells[colRate] = paint.Text(v.rate(n, rateWidth))
	cells[colQoS] = qos(&n.sum)
	cells[colRetained] = flagged("®", n.sum.retained)
	cells[colDup] = flagged("D", n.sum.dups)
	cells[colBytes] = paint.Text(pane.Count(n.sum.bytes))
	cells[colLast] = paint.Text(words.Time(n.sum.lastTime, 0))
}

// rate draws how many messages came when, over the time of the capture.
func (v *view) rate(n *node, width int) string {
	if n.rate != nil {
		return paint.Spark(n.rate[:], width)
	}
	x, ok := v.d.Scope().Index.Topic(n.topic)
	if !ok {
		return ""
	}
	var c counts
	v.tree.span.spread(&x, &c)
	return paint.Spark(c[:], width)
}

// qos tells which levels occur, the one that there is not first.
func qos(s *sum) paint.Line {
	var l paint.Line
	if s.qos[3] > 0 {
		l = paint.In(paint.Bad, "3!")
	}
	for level, n := range s.qos[:3] {
		if n == 0 {
			continue
		}
		if len(l) > 0 {
			l = l.And(paint.Dim, ",")
		}
		l = l.And(paint.Plain, fmt.Sprint(level))
	}
	return l
}

func flagged(sign string, n uint64) paint.Line {
	if n == 0 {
		return paint.In(paint.Dim, "·")
	}
	return paint.Text(sign + pane.Count(n))
}

const (
	maxGlance  = 1024
	glanceFrom = 256      // bytes of a payload that are looked at for a line
	tooLong    = 64 << 10 // bytes of a message that is not read for a line
)

// preview is the payload of a message in one line.
func (v *view) preview(message uint32) paint.Line {
	if v.d.Words().Private {
		return paint.In(paint.Dim, "‹hidden›")
	}
	s, ok := v.glance[message]
	if !ok {
		s = v.read(message)
		if len(v.glance) >= maxGlance {
			clear(v.glance)
		}
		v.glance[message] = s
	}
	if strings.HasPrefix(s, "(") {
		return paint.In(paint.Dim, s)
	}
	return paint.Text(s)
}

func (v *view) read(message uint32) string {
	m, ok := v.d.Scope().Index.Message(message)
	switch {
	case !ok:
		return "(unknown)"
	case m.Length > tooLong:
		return fmt.Sprintf("(%s bytes)", pane.Count(m.Length))
	}
	x, err := v.d.Reader().Message(message)
	if err != nil || x.Packet == nil {
		return "(cannot be read)"
	}
	b := x.Packet.Payload
	return short(b[:min(len(b), glanceFrom)], len(b) > glanceFrom)
}
