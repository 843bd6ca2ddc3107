package ladder

import (
	"fmt"
	"strings"

	"plcscope/flows"
	"plcscope/flows/index"
	"plcscope/mqtt"
	"plcscope/s7comm"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

// caption is what a row says of a message.
type caption struct {
	m       index.Message
	short   string // kind and identifier
	text    string // in one line
	role    paint.Role
	answers uint32 // the message that it answers, or 0
	took    int64  // since then, nanoseconds
	root    uint32 // the message that began the exchange; itself when nothing did
	bad     bool   // malformed, or it could not be read
	head    []byte // its first bytes
}

// maxCaptions is how many captions are kept, and maxHead how many bytes of a message.
const (
	maxCaptions = 2000
	maxHead     = 64
)

// caption returns what a row says of message n.
func (v *view) caption(n uint32) *caption {
	w := v.d.Words()
	if len(v.captions) >= maxCaptions || v.private != w.Private {
		clear(v.captions)
		v.private = w.Private
	}
	c := v.captions[n]
	if c == nil {
		c = v.read(n)
		v.captions[n] = c
	}
	return c
}

func (v *view) read(n uint32) *caption {
	ix, r, w := v.d.Scope().Index, v.d.Reader(), v.d.Words()
	c := &caption{root: n}
	c.m, _ = ix.Message(n)
	c.short, c.role = brief(&c.m), colour(&c.m)
	if q, ok := ix.Answers(n); ok {
		x, _ := ix.Message(q)
		c.answers, c.took = q, c.m.Time-x.Time
		for c.root = q; ; {
			if q, ok = ix.Answers(c.root); !ok {
				break
			}
			c.root = q
		}
	}
	var req *s7comm.Request
	if c.m.Proto == flows.ISO {
		req = r.Request(n)
	}
	msg, err := r.Message(n)
	switch {
	case err != nil:
		c.bad, c.text = true, c.short+"  cannot be read: "+err.Error()
		return c
	case msg.Packet != nil:
		c.text = packet(ix, w, msg)
	case msg.PDU != nil:
		c.text = pdu(w, msg.PDU, req)
	default:
		c.text = fmt.Sprintf("%d bytes", len(msg.Bytes))
	}
	c.head = append(c.head, msg.Bytes[:min(len(msg.Bytes), maxHead)]...)
	if msg.Err != nil {
		c.bad = true
		c.text += "  malformed: " + w.Prose(msg.Err.Error())
	} else if msg.Skipped > 0 {
		c.text += fmt.Sprintf("  cut: %d bytes are missing", msg.Skipped)
	}
	return c
}

// brief is the kind and the identifier of a message.
func brief(m *index.Message) string {
	var s string
	switch {
	case m.Proto == flows.MQTT:
		s = m.Type.String()
	case m.COTP != s7comm.DT || m.Kind != s7comm.KindS7:
		s = m.COTP.String()
		if m.COTP == s7comm.DT && m.Kind != s7comm.KindNone {
			s = m.Kind.String()
		}
	case m.ROSCTR == s7comm.ROSCTRUserdata:
		s = m.ROSCTR.String() + " " + s7comm.SubfunctionName(m.Group, m.Subfunction)
	case m.ROSCTR == s7comm.ROSCTRAck:
		s = m.ROSCTR.String()
	default:
		s = m.ROSCTR.String() + " " + m.Function.String()
	}
	if m.HasID {
		s += fmt.Sprintf(" #%d", m.ID)
	}
	return s
}

// colour tells exchanges apart that lie near each other: by packet identifier or PDU
// reference, which many partners count up in their upper byte.
func colour(m *index.Message) paint.Role {
	switch {
	case m.HasID:
		return paint.Exchange(uint64(m.ID) + uint64(m.ID>>8))
	case m.Proto == flows.MQTT && (m.Type == mqtt.PINGREQ || m.Type == mqtt.PINGRESP):
		return paint.Dim
	case m.Proto == flows.MQTT && m.Type == mqtt.PUBLISH:
		return paint.Plain
	case m.Proto == flows.ISO && m.COTP == s7comm.DT && m.Kind != s7comm.KindS7Plus: // empty, or a part
		return paint.Dim
	}
	return paint.Strong
}

// packet tells an MQTT packet in one line.
func packet(ix *index.Index, w *pane.Words, msg *index.View) string {
	p := msg.Packet
	switch p.Type {
	case mqtt.PUBLISH:
		return publish(ix, w, msg)
	case mqtt.CONNECT:
		if w.Private {
			c := *p
			c.Connect.HasUserName, c.Connect.HasPassword = false, false
			p = &c
		}
		return string(p.AppendSummary(nil, w.Secrets))
	}
	s := identified(string(p.AppendSummary(nil, false)), &msg.Message)
	if w.Private && p.Type != mqtt.SUBSCRIBE && p.Type != mqtt.UNSUBSCRIBE {
		s = w.Prose(s) // texts of the broker
	}
	return s
}

// identified writes identifiers as the ladder does.
func identified(s string, m *index.Message) string {
	if !m.HasID {
		return s
	}
	return strings.Replace(s, fmt.Sprintf(" id %d", m.ID), fmt.Sprintf(" #%d", m.ID), 1)
}

// maxExcerpt is how many bytes of a payload a row shows.
const maxExcerpt = 64

func publish(ix *index.Index, w *pane.Words, msg *index.View) string {
	p := msg.Packet
	s := msg.Type.String()
	if p.HasID {
		s += fmt.Sprintf(" #%d", p.ID)
	}
	s += fmt.Sprintf(" q%d", p.QoS)
	if p.Dup {
		s += " DUP"
	}
	if p.Retain {
		s += " RETAIN"
	}
	topic := string(p.Topic)
	if topic == "" && msg.Topic != index.NoTopic {
		if t, ok := ix.Topic(msg.Topic); ok {
			topic = string(t.Name)
		}
	}
	s += " " + topic
	switch {
	case p.Payload == nil: // it broke off before
		return s
	case w.Private:
		return s + "  " + w.Payload(p.Payload)
	case len(p.Payload) == 0:
		return s + "  (empty)"
	}
	b := p.Payload[:min(len(p.Payload), maxExcerpt)]
	if !text(b) {
		return s + fmt.Sprintf("  %d bytes % x", len(p.Payload), b[:min(len(b), 16)])
	}
	s += "  " + string(b)
	if len(b) < len(p.Payload) {
		s += "…"
	}
	return s
}

// text reports whether bytes are meant to be read by people. The last character may be
// cut off.
func text(b []byte) bool {
	for _, r := range strings.TrimRight(string(b[:max(len(b)-3, min(len(b), 1))]), "\x00") {
		if r == 0xfffd || r < ' ' && r != '\t' && r != '\n' && r != '\r' {
			return false
		}
	}
	return true
}

// pdu tells an ISO-on-TCP PDU in one line, with the PDU reference behind its kind.
func pdu(w *pane.Words, p *s7comm.PDU, req *s7comm.Request) string {
	if p.Kind != s7comm.KindS7 || p.COTP.Type != s7comm.DT {
		return p.Summary(req)
	}
	kind := p.S7.ROSCTR.String()
	ref := fmt.Sprintf("%s #%d", kind, p.S7.PDURef)
	if !w.Private {
		return ref + strings.TrimPrefix(p.Summary(req), kind)
	}
	if p.S7.ROSCTR == s7comm.ROSCTRUserdata {
		return ref + " " + s7comm.SubfunctionName(p.Userdata.Group, p.Userdata.Subfunction)
	}
	s := ref + " " + p.Function.String()
	items := p.Items
	if len(items) == 0 && req != nil {
		items = req.Items
	}
	for i := range items {
		s += " " + items[i].String()
	}
	if n := len(p.Data); n > 0 {
		s += "  " + w.Payload(p.Data)
	}
	return s
}
