package mqttrules

import (
	"fmt"

	"plcscope/decode"
	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/broker"
	"plcscope/rules"
)

// excuse says what would explain a suspicion about a delivery, as a set.
type excuse uint8

const (
	anotherCopy  excuse = 1 << iota // the client gets another copy of the publication
	itself                          // the client gets the publication
	connectionUp                    // the suspicion dies with the connection
	byFilter                        // the client has a filter that matches, after all
)

// suspicion is a violation that something yet to come may explain.
type suspicion struct {
	rule    *Rule
	index   int
	about   uint64 // number of the publication
	client  *broker.Client
	excuse  excuse
	due     int64
	message flows.Message // what it is about, with copies of all that is used
	packet  mqtt.Packet
	segment decode.Segment
	late    rules.Ref // when there is no message
	related []rules.Ref
	detail  string
}

// maxSuspicions bounds those of a connection; further ones are not raised.
const maxSuspicions = 16

// Suspect is Violation for what rests on pub being the message that was delivered
// or is missing: it is held back for some seconds and dropped when the capture
// shows an excuse, or that pub may be mistaken for another publication. m may be
// nil, then at says when it happened.
func (r *Reporter) Suspect(m *flows.Message, at rules.Ref, pub *broker.Publication, x excuse, detail string, args ...any) {
	c := r.conn
	related := append([]rules.Ref{rules.Ref(pub.At)}, r.draft.Take()...)
	if len(c.forward.suspicions) >= maxSuspicions {
		return
	}
	s := suspicion{
		rule: r.rule, index: r.index, about: pub.Number, client: c.Session.client, excuse: x,
		late: at, related: related, detail: fmt.Sprintf(detail, args...),
	}
	due := at.Time
	if m != nil {
		due = m.Time
		s.message = flows.Message{Time: m.Time, Frame: m.Frame, Framing: m.Framing, FromClient: m.FromClient, Bytes: append([]byte(nil), m.Bytes[:min(len(m.Bytes), 64)]...)}
		s.packet = mqtt.Packet{Type: m.Packet.Type}
		if m.Segment != nil {
			s.segment = decode.Segment{File: m.Segment.File, Offset: m.Segment.Offset}
		}
	}
	s.due = due + r.engine.grace(c)
	c.forward.suspicions = append(c.forward.suspicions, s)
}

// ripen decides the suspicions about c that are due at time now; final says that
// nothing more comes on it.
func (e *Engine) ripen(c *Conn, now int64, final bool) {
	kept := c.forward.suspicions[:0]
	for i := range c.forward.suspicions {
		s := &c.forward.suspicions[i]
		switch {
		case s.due > now && !final:
			kept = append(kept, *s)
		case s.due > now && s.excuse&connectionUp != 0, s.excused():
		default:
			e.confirm(c, s)
		}
	}
	clear(c.forward.suspicions[len(kept):])
	c.forward.suspicions = kept
}

// excused reports whether what has come since explains the suspicion, or may.
func (s *suspicion) excused() bool {
	x := s.client
	pub := x.Broker.Publication(s.about)
	return pub == nil || pub.Topic == nil || pub.Topic.Strangers > 0 || !pub.Sure ||
		s.excuse&anotherCopy != 0 && pub.GotAgain(x) || s.excuse&itself != 0 && pub.Got(x) || !x.Sole(pub) ||
		s.excuse&byFilter != 0 && matched(x, pub.Topic)
}

func (e *Engine) confirm(c *Conn, s *suspicion) {
	r := &e.reporter
	r.conn, r.msg = c, nil
	r.bind(s.rule, s.index, server)
	for _, at := range s.related {
		r.Related(at)
	}
	if s.message.Frame == 0 {
		r.Late(s.late, "%s", s.detail)
		return
	}
	s.message.Packet, s.message.Segment = &s.packet, &s.segment
	r.Violation(&s.message, "%s", s.detail)
}
