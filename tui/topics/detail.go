package topics

import (
	"fmt"
	"slices"
	"strings"

	"plcscope/flows/index"
	"plcscope/mqtt"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

// lastPayload is the latest message of the selected topic, as it was read.
type lastPayload struct {
	message  uint32
	form     form // that was asked for
	private  bool
	before   uint32 // message whose payload was another
	lines    []paint.Line
	facts    []paint.Line
	body     []byte
	readable bool
}

// readWhole is how long a message may be that is read for the details.
const readWhole = 1 << 20

// explain shows the details of the selected row.
func (v *view) explain() {
	if !v.details {
		return
	}
	n := v.selected()
	v.links.follow(n)
	if n == nil {
		v.page.Set(v.nothing())
		return
	}
	var l []paint.Line
	if n.topic != index.NoTopic {
		l = v.topicLines(n)
	}
	if n.inner() {
		l = append(l, v.innerLines(n)...)
	}
	v.page.Set(l)
}

func (v *view) nothing() []paint.Line {
	switch {
	case v.building:
		return []paint.Line{paint.Text("The tree is being laid out …")}
	case v.narrow != "":
		return []paint.Line{paint.Text(fmt.Sprintf("No topic has %q in its name.", v.narrow))}
	case !v.d.Scope().Index.Progress().Done:
		return []paint.Line{paint.Text("No topics so far.")}
	}
	return []paint.Line{paint.Text("Nothing was published over MQTT in this capture.")}
}

func (v *view) topicLines(n *node) []paint.Line {
	x, ok := v.d.Scope().Index.Topic(n.topic)
	if !ok {
		return nil
	}
	words := v.d.Words()
	l := []paint.Line{
		label("messages").And(paint.Plain, fmt.Sprintf("%s, payload %s bytes", pane.Count(x.Count), pane.Count(x.Bytes))).And(paint.Plain, average(&x)),
		label("QoS").And(paint.Plain, levels(&x)),
	}
	l = append(l, flags(x.Retained, x.Dups)...)
	l = append(l, label("first, last").And(paint.Plain, words.Time(x.FirstTime, 0)+", "+words.Time(x.LastTime, x.FirstTime)))
	v.load(x.Last)
	name := paint.In(paint.Heading, string(x.Name))
	if v.shape.wide {
		return slices.Concat([]paint.Line{name}, l, []paint.Line{nil}, v.last.facts, v.last.lines)
	}
	// Where there is little room, the payload matters most.
	return slices.Concat([]paint.Line{name}, v.last.lines, []paint.Line{nil}, v.last.facts, l)
}

// average is the rate of a topic in words.
func average(x *index.Topic) string {
	took := x.LastTime - x.FirstTime
	if x.Count < 2 || took <= 0 {
		return ""
	}
	every := took / int64(x.Count-1)
	return ", one every " + pane.Span(every)
}

// levels tells how many messages had which QoS.
func levels(x *index.Topic) string {
	var l []string
	for q, n := range x.QoS {
		if n > 0 {
			l = append(l, fmt.Sprintf("%d: %s×", q, pane.Count(n)))
		}
	}
	return strings.Join(l, ", ")
}

// flags tell how often those of PUBLISH were set.
func flags(retained, dups uint64) []paint.Line {
	var l []string
	if retained > 0 {
		l = append(l, fmt.Sprintf("® retain %s×", pane.Count(retained)))
	}
	if dups > 0 {
		l = append(l, fmt.Sprintf("DUP %s×", pane.Count(dups)))
	}
	if len(l) == 0 {
		return nil
	}
	return []paint.Line{label("flags").And(paint.Plain, strings.Join(l, ", "))}
}

func (v *view) innerLines(n *node) []paint.Line {
	var l []paint.Line
	if n.topic != index.NoTopic {
		l = append(l, nil)
	}
	l = append(l, paint.In(paint.Heading, n.path+"/#"))
	s := &n.sum
	l = append(l,
		label("topics").And(paint.Plain, pane.Count(s.topics)),
		label("messages").And(paint.Plain, fmt.Sprintf("%s, payload %s bytes", pane.Count(s.count), pane.Count(s.bytes))),
		label("QoS").And(paint.Plain, levels(&index.Topic{QoS: s.qos})))
	l = append(l, flags(s.retained, s.dups)...)
	if n.topic == index.NoTopic {
		l = append(l, nil, paint.In(paint.Heading, "messages over the capture"), paint.Text(v.rate(n, parts)))
	}
	return l
}

// load reads the latest payload, and writes it in the form that was chosen, unless that
// has been done.
func (v *view) load(message uint32) {
	before := uint32(0)
	if v.links.latest == message {
		before = v.links.before
	}
	p := &v.last
	private := v.d.Words().Private
	if p.message == message && p.form == v.form && p.private == private && p.before == before {
		return
	}
	*p = lastPayload{message: message, form: v.form, private: private, before: before}
	m, x, err := v.packet(message)
	if err != nil {
		p.facts = []paint.Line{paint.In(paint.Bad, "✖ "+err.Error())}
		return
	}
	p.body, p.readable = slices.Clone(x.Payload), true
	f := v.form
	if f == automatic {
		f = formOf(p.body)
	}
	p.facts = v.facts(&m, x, f)
	if private {
		p.lines = []paint.Line{paint.In(paint.Dim, v.d.Words().Payload(p.body))}
		return
	}
	p.lines = v.payload(before, f, write(p.body, f))
}

// packet reads a PUBLISH again.
func (v *view) packet(message uint32) (m index.Message, p *mqtt.Packet, err error) {
	m, ok := v.d.Scope().Index.Message(message)
	if !ok {
		return m, nil, fmt.Errorf("message %d is not known", message)
	}
	if m.Length > readWhole {
		return m, nil, fmt.Errorf("its %d bytes are too many to be shown here", m.Length)
	}
	x, err := v.d.Reader().Message(message)
	switch {
	case err != nil:
		return m, nil, err
	case x.Packet == nil:
		return m, nil, fmt.Errorf("message %d cannot be decoded", message)
	}
	return m, x.Packet, nil
}

// facts tell about the latest message before its payload.
func (v *view) facts(m *index.Message, p *mqtt.Packet, f form) []paint.Line {
	title := fmt.Sprintf("last payload, %d bytes, as %s", len(p.Payload), f)
	what := fmt.Sprintf("QoS %d", m.QoS)
	if m.Retain {
		what += ", ® retain"
	}
	if m.Dup {
		what += ", DUP"
	}
	l := []paint.Line{
		paint.In(paint.Heading, title),
		label("message").And(paint.Plain, fmt.Sprintf("%s, frame %d, %s", v.d.Words().Time(m.Time, 0), m.Frame, what)),
		append(label(map[bool]string{true: "from", false: "to"}[m.FromClient]), v.client(m)...),
	}
	if m.Skipped > 0 {
		l = append(l, paint.Inf(paint.Hole, "%d bytes of it are not in the capture", m.Skipped))
	}
	if m.Malformed {
		l = append(l, paint.In(paint.Bad, "✖ the message is malformed"))
	}
	return l
}

// client names the client of a message.
func (v *view) client(m *index.Message) paint.Line {
	ix := v.d.Scope().Index
	c, ok := ix.Conn(m.Conn)
	if !ok {
		return paint.In(paint.Dim, "?")
	}
	if s, ok := ix.Session(c.Session); ok {
		return paint.In(paint.Client, pane.Partner(&s)).And(paint.Dim, " "+v.d.Words().Host(c.Client.Addr))
	}
	return paint.In(paint.Client, v.d.Words().Endpoint(c.Client))
}

// payload is the payload in lines, those marked in which it differs from the one before
// it that was another.
func (v *view) payload(before uint32, f form, now []string) (l []paint.Line) {
	plain := func() []paint.Line {
		for _, s := range now {
			l = append(l, paint.Text(s))
		}
		return l
	}
	if before == 0 {
		return plain()
	}
	m, x, err := v.packet(before)
	if err != nil {
		return plain()
	}
	list, ok := compared(write(slices.Clone(x.Payload), f), now)
	gone := 0
	for _, c := range list {
		if c.sign == '-' {
			gone++
		}
	}
	if !ok || gone > 2+len(now)/2 { // two that have little in common
		return plain()
	}
	for _, c := range list {
		switch c.sign {
		case '-':
			l = append(l, paint.In(paint.Dim, "- "+c.text))
		case '+':
			l = append(l, paint.In(paint.Match, "+ "+c.text))
		default:
			l = append(l, paint.Text("  "+c.text))
		}
	}
	return append(l, paint.Inf(paint.Dim, "- was so at %s, frame %d", v.d.Words().Time(m.Time, 0), m.Frame))
}

// label begins a line of the details.
func label(s string) paint.Line { return paint.Inf(paint.Dim, "%-13s", s) }
