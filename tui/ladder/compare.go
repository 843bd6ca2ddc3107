package ladder

import (
	"fmt"
	"slices"
	"strings"

	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

// side is one of two messages that are compared, copied from the reader.
type side struct {
	title  string
	fields []property
	body   []string // lines of the payload
	text   bool     // it is readable
	raw    []byte   // the payload
	hidden bool
}

// compareThis takes the selected message as the first or the second of two.
func (v *view) compareThis() {
	c := v.selected
	switch {
	case c == nil:
		v.d.Say("select a message to compare")
	case v.first == 0:
		v.first = c.m.Number
		v.d.Say("%s is A; select another message and press c again, or esc", c.short)
	case v.first == c.m.Number:
		v.first = 0
		v.d.Say("no message is to be compared any more")
	default:
		a, err := v.sideOf(v.first)
		var b *side
		if err == nil {
			b, err = v.sideOf(c.m.Number)
		}
		if err != nil {
			v.d.Complain(err)
			return
		}
		v.first = 0
		v.d.Overlay(compare(v.d.Look(), a, b))
	}
}

func (v *view) sideOf(n uint32) (*side, error) {
	w, c := v.d.Words(), v.caption(n)
	msg, err := v.d.Reader().Message(n)
	if err != nil {
		return nil, err
	}
	conn, _ := v.d.Scope().Index.Conn(c.m.Conn)
	from, to := conn.Client, conn.Server
	if !c.m.FromClient {
		from, to = to, from
	}
	meta := func(name, value string) property {
		return property{name: name, title: name, value: value, valued: true}
	}
	s := &side{title: c.short, hidden: w.Private}
	s.fields = append(s.fields,
		meta("Frame", fmt.Sprint(c.m.Frame)), meta("Time", w.Time(c.m.Time, 0)),
		meta("From", w.Endpoint(from)), meta("To", w.Endpoint(to)),
		meta("Length", fmt.Sprint(c.m.Length)))
	if c.answers != 0 {
		s.fields = append(s.fields, meta("Latency", pane.Span(c.took)))
	}
	s.fields = append(s.fields, properties(w, msg)...)
	b := content(msg)
	s.raw = slices.Clone(b[:min(len(b), maxContent)])
	s.body, s.text = readable(s.raw)
	return s, nil
}

// pair is a row of a comparison: what stands on either side.
type pair struct {
	sign string // "≠" differs, "A" and "B" only there, "" the same
	name string
	side [2]paint.Line
}

// pairs are the rows of a comparison.
type pairs []pair

// Len implements paint.Rows.
func (p pairs) Len() int { return len(p) }

// Cells implements paint.Rows.
func (p pairs) Cells(i int, cells []paint.Line) {
	x := p[i]
	role := paint.Dim
	if x.sign != "" {
		role = paint.Strong
	}
	cells[0] = paint.In(paint.Warn, x.sign)
	cells[1] = paint.In(role, x.name)
	cells[2], cells[3] = x.side[0], x.side[1]
}

// compare makes a table of two messages, and its title.
func compare(look *paint.Look, a, b *side) (string, *paint.Grid) {
	rows := compareFields(a.fields, b.fields)
	fields := 0
	for _, r := range rows {
		if r.sign != "" {
			fields++
		}
	}
	rows = append(rows, compareBodies(a, b)...)
	title := fmt.Sprintf("A: %s   B: %s   %d fields differ", a.title, b.title, fields)
	switch at := firstDifference(a.raw, b.raw); {
	case len(a.raw)+len(b.raw) == 0:
	case at < 0:
		title += ", payloads are the same"
	default:
		title += fmt.Sprintf(", payloads from byte %d on", at)
	}
	return title, paint.NewGrid(look, []paint.Column{
		{Width: 1}, {Title: "Field", Width: 20, Flex: 1}, {Title: "A  " + a.title, Width: 20, Flex: 2}, {Title: "B  " + b.title, Width: 20, Flex: 2},
	}, rows)
}

func firstDifference(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	if len(a) != len(b) {
		return min(len(a), len(b))
	}
	return -1
}

// compareFields sets the fields of two messages side by side.
func compareFields(a, b []property) (rows pairs) {
	key := func(p property) string { return fmt.Sprint(p.depth, p.name) }
	for _, m := range match(a, b, key) {
		var p pair
		var x, y property
		switch {
		case m[1] < 0:
			x, p.sign = a[m[0]], "A"
			y.title = x.title
		case m[0] < 0:
			y, p.sign = b[m[1]], "B"
		default:
			x, y = a[m[0]], b[m[1]]
			if x.value != y.value {
				p.sign = "≠"
			}
		}
		one := x
		if m[0] < 0 {
			one = y
		}
		p.name = strings.Repeat(" ", one.depth) + one.title
		p.side[0], p.side[1] = difference(x.value, y.value, p.sign)
		rows = append(rows, p)
	}
	return rows
}

// difference writes two values with what is not the same in both of them marked.
func difference(a, b, sign string) (paint.Line, paint.Line) {
	if sign != "≠" {
		return paint.Text(a), paint.Text(b)
	}
	x, y := []rune(a), []rune(b)
	from := 0
	for from < min(len(x), len(y)) && x[from] == y[from] {
		from++
	}
	end := 0
	for end < min(len(x), len(y))-from && x[len(x)-1-end] == y[len(y)-1-end] {
		end++
	}
	mark := func(r []rune) paint.Line {
		return paint.Text(string(r[:from])).And(paint.Match, string(r[from:len(r)-end])).And(paint.Plain, string(r[len(r)-end:]))
	}
	return mark(x), mark(y)
}

// compareBodies sets payloads side by side: line by line when both are text, else as
// bytes.
func compareBodies(a, b *side) (rows pairs) {
	if len(a.raw)+len(b.raw) == 0 {
		return nil
	}
	rows = append(rows, pair{}, pair{name: fmt.Sprintf("Payload, %d and %d bytes", len(a.raw), len(b.raw))})
	if a.hidden {
		sign := ""
		if firstDifference(a.raw, b.raw) >= 0 {
			sign = "≠"
		}
		return append(rows, pair{sign: sign, name: "(hidden)"})
	}
	if a.text && b.text {
		for _, m := range match(a.body, b.body, func(s string) string { return strings.Map(letters, s) }) {
			var p pair
			var x, y string
			if m[0] >= 0 {
				x = a.body[m[0]]
			} else {
				p.sign = "B"
			}
			if m[1] >= 0 {
				y = b.body[m[1]]
			} else {
				p.sign = "A"
			}
			if p.sign == "" && x != y {
				p.sign = "≠"
			}
			p.side[0], p.side[1] = difference(x, y, p.sign)
			rows = append(rows, p)
		}
		return rows
	}
	const width = 8
	for at := 0; at < max(len(a.raw), len(b.raw)); at += width {
		p := pair{name: fmt.Sprintf("%04x", at)}
		x, y := part(a.raw, at, width), part(b.raw, at, width)
		if string(x) != string(y) {
			p.sign = "≠"
		}
		p.side[0], p.side[1] = marked(x, y, width), marked(y, x, width)
		rows = append(rows, p)
	}
	return rows
}

// letters keeps what is no number, so that lines with other numbers match each other.
func letters(r rune) rune {
	if r >= '0' && r <= '9' || r == '.' || r == '-' {
		return -1
	}
	return r
}

func part(b []byte, at, width int) []byte {
	return b[min(at, len(b)):min(at+width, len(b))]
}

// marked writes bytes, with those marked that are others in the other message.
func marked(b, other []byte, width int) paint.Line {
	var l paint.Line
	for i, x := range b {
		role := paint.Plain
		if i >= len(other) || other[i] != x {
			role = paint.Match
		}
		l = l.And(role, fmt.Sprintf("%02x", x)).And(paint.Plain, " ")
	}
	l = l.And(paint.Plain, strings.Repeat("   ", width-len(b))+" ")
	return l.And(paint.Dim, characters(b))
}
