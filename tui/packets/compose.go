package packets

import (
	"fmt"
	"strings"
	"time"

	"plcscope/flows"
	"plcscope/flows/frames"
	"plcscope/flows/index"
	"plcscope/internal/wire"
	"plcscope/mqtt"
	"plcscope/rules"
	"plcscope/s7comm"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

func lookup(name string) *wire.Field {
	for _, f := range frames.All() {
		if f.Name == name {
			return f
		}
	}
	panic("packets: no field " + name)
}

// composer turns what was read of a frame into what is shown of it.
type composer struct {
	ix       *index.Index
	words    *pane.Words
	findings func(frame uint32) []*rules.Finding

	g *gathered
	d *detail
	w writer

	counted items
}

// items counts those of one kind in a message.
type items struct {
	field   *wire.Field
	message uint32
	n       int
}

// compose makes the detail of a frame.
func (c *composer) compose(g *gathered) *detail {
	c.g, c.d = g, &detail{frame: g.number}
	c.w = writer{words: c.words, secrets: g.secrets}
	c.d.tabs = append(c.d.tabs, tab{name: "Frame", bytes: g.bytes})
	if g.err != nil {
		c.say(0, fault, g.err.Error())
	}
	c.evidence()
	c.heads()
	for i := range g.messages {
		c.message(&g.messages[i])
	}
	c.d.close()
	c.d.hide(g)
	c.headings()
	return c.d
}

func (c *composer) say(depth int, k kind, text string) *node {
	c.d.nodes = append(c.d.nodes, node{depth: depth, kind: k, role: paint.Bad, text: text})
	return &c.d.nodes[len(c.d.nodes)-1]
}

// evidence tells what rules say of the frame.
func (c *composer) evidence() {
	list := c.findings(c.g.number)
	if len(list) == 0 {
		return
	}
	c.d.nodes = append(c.d.nodes, node{field: ownField, kind: protocol, text: fmt.Sprintf("plcscope: %s", count(len(list), "finding"))})
	for _, f := range list {
		sign := pane.SignOf(f)
		id := ""
		if f.Rule != nil {
			id = f.Rule.ID
		}
		n := c.say(1, fault, fmt.Sprintf("%s %s: %s", sign.Text, id, c.words.Prose(f.Detail)))
		n.field, n.data, n.role = frames.Rule, []byte(id), sign.Role
		n.view, n.target = pane.Findings, pane.Target{Rule: id, Frame: uint32(f.Frame)}
		if f.Subject != nil {
			n.target.Subject = f.Subject.String()
		}
		if m, ok := c.offender(f); ok {
			n.target.Message = m
		}
	}
}

// offender is the message of the frame that a finding points into.
func (c *composer) offender(f *rules.Finding) (uint32, bool) {
	if len(c.g.messages) == 1 {
		return c.g.messages[0].Number, true
	}
	return 0, false
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// heads adds the headers of the frame, and what is known of it beside its bytes.
func (c *composer) heads() {
	within := "" // the field that those behind it are parts of
	for i := range c.g.heads {
		n := &c.g.heads[i]
		if n.Hidden {
			continue
		}
		if i > 0 && n.Depth == 0 {
			c.behind(c.g.heads, i)
		}
		c.field(n, 0, 0, 0)
		if within != "" && strings.HasPrefix(n.Field.Name, within) {
			c.d.nodes[len(c.d.nodes)-1].depth++
		} else if within = ""; n.Depth > 0 {
			within = n.Field.Name + "."
		}
	}
	c.behind(c.g.heads, len(c.g.heads))
}

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

// message adds the fields of a message, over the frame's own bytes if these hold it.
func (c *composer) message(m *gatheredMessage) {
	x := message{Message: m.Message}
	if off, ok := c.within(m); ok {
		x.base = off
	} else {
		x.tab = len(c.d.tabs)
		c.d.tabs = append(c.d.tabs, tab{name: fmt.Sprintf("Message %d", len(c.d.messages)+1), bytes: m.bytes})
	}
	c.d.messages = append(c.d.messages, x)
	from := len(c.d.nodes)
	if m.err != nil {
		c.say(0, fault, fmt.Sprintf("%s, message %d: %v", protocolOf(&m.Message), m.Number, m.err))
	} else if len(m.nodes) == 0 {
		n := c.say(0, protocol, protocolOf(&m.Message)+", "+m.summary)
		n.n = len(m.bytes)
	}
	for i := range m.nodes {
		if n := &m.nodes[i]; !n.Hidden {
			c.field(n, x.tab, x.base, m.Number)
		}
	}
	c.beside(m, &x)
	for i := from; i < len(c.d.nodes); i++ {
		n := &c.d.nodes[i]
		n.message = m.Number
		if n.field == nil && n.n > 0 {
			n.tab, n.off = x.tab, n.off+x.base
		}
	}
}

// within tells where the frame itself holds the whole message.
func (c *composer) within(m *gatheredMessage) (off int, ok bool) {
	seq, at, size, ok := payloadIn(c.g.heads)
	if !ok || m.WebSocket {
		return 0, false
	}
	k := int(int32(m.seq - seq))
	if k < 0 || k+len(m.bytes) > size || at+k+len(m.bytes) > len(c.g.bytes) {
		return 0, false
	}
	return at + k, string(c.g.bytes[at+k:at+k+len(m.bytes)]) == string(m.bytes)
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

// field adds a field of the wire.
func (c *composer) field(n *wire.Node, tab, base int, message uint32) {
	x := node{
		field: n.Field, depth: int(n.Depth), tab: tab, off: base + int(n.Off), n: int(n.Len),
		num: n.Num, data: n.Data, message: message,
	}
	switch {
	case n.Field.Mask && !c.g.secrets, c.g.private && personal(n.Field):
		x.kind = unseen
	case n.Field.Type == wire.None && n.Depth == 0:
		x.kind = protocol
	}
	x.text = c.w.line(n)
	c.d.nodes = append(c.d.nodes, x)
}

// headings puts what matters most of a protocol into its first line.
func (c *composer) headings() {
	for i := range c.d.nodes {
		n := &c.d.nodes[i]
		if n.field == nil || i+1 == n.end {
			continue
		}
		switch {
		case n.depth == 0 && n.field.Type == wire.None:
			switch s := c.heading(i); {
			case s == "":
			case n.field.Name == "frame":
				n.text += " " + s
			default:
				n.text += ", " + s
			}
		case n.field.Type == wire.Uint:
			if s := c.flags(i); s != "" {
				n.text += ", " + s
			}
		case n.field == paramItem || n.field == dataItem:
			n.text += c.item(i)
		case n.field.Type == wire.None:
			if s := c.first(i); s != "" {
				n.text += ": " + s
			}
		}
	}
}

// item says which variable an item is about, with what the message says of it.
func (c *composer) item(i int) string {
	n := &c.d.nodes[i]
	if c.counted.field != n.field || c.counted.message != n.message {
		c.counted = items{field: n.field, message: n.message}
	}
	k := c.counted.n
	c.counted.n++
	s := fmt.Sprintf(" %d", k+1)
	for x := range c.g.messages {
		if m := &c.g.messages[x]; m.Number == n.message && k < len(m.items) {
			return s + ": " + m.items[k]
		}
	}
	if v := c.first(i); v != "" {
		s += ": " + v
	}
	return s
}

// heading is what the first line of a protocol says beside its name.
func (c *composer) heading(i int) string {
	in := func(name string) string {
		for k := i + 1; k < c.d.nodes[i].end; k++ {
			if x := &c.d.nodes[k]; x.field != nil && x.field.Name == name {
				return c.w.value(x.wire())
			}
		}
		return ""
	}
	known := func(name string) string { // in the connection rather than on the wire
		for k := range c.g.notes {
			if x := &c.g.notes[k]; x.Field.Name == name {
				return x.String()
			}
		}
		return ""
	}
	switch name := c.d.nodes[i].field.Name; name {
	case "frame":
		s := fmt.Sprintf("%d: %s on wire", c.g.number, stretch(c.g.length))
		if len(c.g.bytes) < c.g.length {
			s += fmt.Sprintf(", %d captured", len(c.g.bytes))
		}
		return s
	case "eth", "ip", "ipv6":
		return "Src: " + in(name+".src") + ", Dst: " + in(name+".dst")
	case "udp":
		return "Src Port: " + in("udp.srcport") + ", Dst Port: " + in("udp.dstport")
	case "tcp":
		s := "Src Port: " + in("tcp.srcport") + ", Dst Port: " + in("tcp.dstport")
		if v := known("tcp.seq"); v != "" {
			s += ", Seq: " + v
		}
		if v := known("tcp.ack"); v != "" {
			s += ", Ack: " + v
		}
		return s + ", Len: " + in("tcp.len")
	case "vlan":
		return "ID: " + in("vlan.id")
	case "tpkt":
		return "Length: " + in("tpkt.length")
	case "cotp":
		return in("cotp.type")
	case "mqtt", "s7comm", "s7comm-plus":
		for k := range c.g.messages {
			if m := &c.g.messages[k]; m.Number == c.d.nodes[i].message {
				return m.summary
			}
		}
	}
	return ""
}

// maxFlags is how many bytes the flags of a line take.
const maxFlags = 80

// flags says which of the parts of a number are set.
func (c *composer) flags(i int) string {
	var l []string
	room := maxFlags
	for k := i + 1; k < c.d.nodes[i].end; k++ {
		x := &c.d.nodes[k]
		if x.field == nil || x.num == 0 && x.field.Value == nil || x.depth != c.d.nodes[i].depth+1 {
			continue
		}
		s := x.field.Title
		switch {
		case x.field.Type == wire.Uint:
			s = c.w.value(x.wire())
		case x.field.Type != wire.Bool:
			continue
		}
		if room -= len(s); room < 0 {
			return strings.Join(append(l, "…"), ", ")
		}
		l = append(l, s)
	}
	return strings.Join(l, ", ")
}

// first is the first telling value inside a heading, for lists of items.
func (c *composer) first(i int) string {
	for k := i + 1; k < c.d.nodes[i].end; k++ {
		x := &c.d.nodes[k]
		if x.field != nil && x.field.Value != nil && x.wire().Meaning() != "" {
			return x.wire().Meaning()
		}
	}
	return ""
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

var (
	ownField     = lookup("plcscope")
	timeDelta    = lookup("frame.time_delta")
	timeRelative = lookup("frame.time_relative")
	acksFrame    = lookup("tcp.analysis.acks_frame")
	paramItem    = lookup("s7comm.param.item")
	dataItem     = lookup("s7comm.data.item")
)

// timeForm is how a tree writes a date.
const timeForm = "2006-01-02 15:04:05.000000000 MST"

func zone(w *pane.Words) *time.Location {
	if w.Zone != nil {
		return w.Zone
	}
	return time.Local
}
