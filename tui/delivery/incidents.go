package delivery

import (
	"cmp"
	"fmt"
	"net/netip"
	"strconv"

	"plcscope/flows/delivery"
	"plcscope/mqtt"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

// incidents is the list of messages to look at.
type incidents struct{ v *view }

func (p incidents) list() []delivery.Incident { return p.v.result().Incidents }

func (incidents) title() string { return "incidents" }

func (incidents) key() rune { return 'i' }

func (p incidents) columns() []paint.Column {
	return []paint.Column{
		{Width: 1},
		{Title: "first sent", Width: p.v.d.Words().TimeWidth(), Right: true},
		{Title: "what", Width: 15},
		{Title: "client", Width: 8, Flex: 2},
		{Title: "from", Width: 6, Drop: 5},
		{Title: "topic", Width: 14, Flex: 3},
		{Title: "QoS", Width: 3, Right: true, Drop: 2},
		{Title: "id", Width: 5, Right: true, Drop: 3},
		{Title: "sent", Width: 4, Right: true, Drop: 4},
		{Title: "frame", Width: 8, Right: true, Drop: 1},
	}
}

func (p incidents) len() int { return len(p.list()) }

func (p incidents) concerns(i int, w who) bool {
	x := &p.list()[i]
	return x.Name == w.name && uint8(x.Sender) == w.side
}

func (incidents) weight(int) uint64 { return 0 }

func (p incidents) cells(i int, cells []paint.Line) {
	x := &p.list()[i]
	before := int64(0)
	if i > 0 {
		before = p.list()[i-1].First.Time
	}
	sign := kindSign(x.Kind)
	cells[0] = paint.Line{sign}
	cells[1] = p.v.when(x.First.Time, before, x.First.Frame)
	cells[2] = paint.In(sign.Role, kindShort(x.Kind))
	cells[3] = paint.Text(p.v.name(&x.Name))
	cells[4] = paint.In(sideRole(uint8(x.Sender)), sideName(uint8(x.Sender)))
	cells[5] = paint.Text(x.Topic)
	if x.Topic == "" {
		cells[5] = paint.In(paint.Dim, "(not known)")
	}
	cells[6] = paint.Text(fmt.Sprint(uint8(x.QoS)))
	if x.ID != 0 {
		cells[7] = paint.Text(fmt.Sprint(x.ID))
	}
	cells[8] = paint.Text(fmt.Sprintf("%d×", x.Sends))
	cells[9] = paint.Text(fmt.Sprint(x.First.Frame))
}

func kindSign(k delivery.Kind) paint.Span {
	switch k {
	case delivery.LostMessage, delivery.AbandonedMessage, delivery.MissingMessage:
		return bad
	}
	return warn
}

func kindShort(k delivery.Kind) string {
	switch k {
	case delivery.MissingMessage:
		return "missing"
	}
	return k.String()
}

func (p incidents) identity(i int) any {
	x := &p.list()[i]
	return struct {
		name    delivery.Name
		to      string
		kind    delivery.Kind
		id      uint16
		frame   uint64
		related uint64
	}{x.Name, x.To, x.Kind, x.ID, x.First.Frame, x.Related.Frame}
}

func (p incidents) place(i int) (at, later pane.Target) {
	x := &p.list()[i]
	at = pane.Target{Frame: uint32(x.First.Frame)}
	at.Message = p.v.publication(at.Frame, x.ID, uint8(x.Sender))
	return at, pane.Target{Frame: uint32(x.Related.Frame)}
}

// publication is the message of a frame that was published with an identifier, or 0.
func (v *view) publication(frame uint32, id uint16, side uint8) uint32 {
	ix := v.d.Scope().Index
	for _, n := range ix.MessagesIn(frame, nil) {
		if m, ok := ix.Message(n); ok && m.Type == mqtt.PUBLISH && m.FromClient == (side == 0) && (m.ID == id || id == 0 && !m.HasID) {
			return n
		}
	}
	return 0
}

func (p incidents) details(i int) []paint.Line {
	x, w := &p.list()[i], p.v.d.Words()
	sign := kindSign(x.Kind)
	topic := "a topic that is not known"
	if x.Topic != "" {
		topic = strconv.Quote(x.Topic)
	}
	head := []rune(x.Kind.String())
	head[0] -= 'a' - 'A'
	sent := fmt.Sprintf("The %s of %s sent %s with QoS %d", sideName(uint8(x.Sender)), p.v.name(&x.Name), topic, x.QoS)
	if x.Sender == 0 {
		sent = fmt.Sprintf("%s sent %s with QoS %d", p.v.name(&x.Name), topic, x.QoS)
	}
	if x.ID != 0 {
		sent += fmt.Sprintf(", packet identifier %d", x.ID)
	}
	sent += fmt.Sprintf(", in frame %d at %s", x.First.Frame, w.Time(x.First.Time, 0))
	if x.Sends > 1 {
		sent += fmt.Sprintf(", %d times, the last time in frame %d at %s", x.Sends, x.Last.Frame, w.Time(x.Last.Time, 0))
	}
	l := []paint.Line{
		paint.Line{sign}.And(sign.Role, " "+string(head)+": ").And(paint.Plain, sent+"."),
		paint.Text(p.came(x)),
	}
	if x.Reached && x.Kind == delivery.LostMessage {
		l = append(l, paint.Text("Its last byte had reached the receiver's TCP: it was lost in the receiver, not on the way."))
	}
	return l
}

// came tells what came of the message.
func (p incidents) came(x *delivery.Incident) string {
	receiver := "the " + sideName(uint8(x.Sender)^1)
	see := ""
	if x.Related.Frame != 0 {
		see = fmt.Sprintf(" (frame %d at %s)", x.Related.Frame, p.v.d.Words().Time(x.Related.Time, 0))
	}
	switch x.Kind {
	case delivery.LostMessage:
		return "It was never acknowledged; the connection ended, the client came back" + see + ", and it was not sent again."
	case delivery.AbandonedMessage:
		return "Its arrival was confirmed with PUBREC, but the handshake of QoS 2 was not finished before the session ended" + see + ": " + receiver + " may have kept it or not."
	case delivery.RefusedMessage:
		return fmt.Sprintf("It was refused%s: %s (0x%02x).", see, x.Reason.Name(mqtt.PUBACK), uint8(x.Reason))
	case delivery.TwiceMessage:
		return fmt.Sprintf("%s%s has acknowledged it more than once%s, each time as a message of its own: it has got it more than once.", string(receiver[0]-'a'+'A'), receiver[1:], see)
	case delivery.MissingMessage:
		return fmt.Sprintf("The broker has acknowledged it, but did not send it to %s, which had subscribed to it and was connected.", cmp.Or(p.v.party(x.To), "a subscriber"))
	case delivery.UnansweredRequest:
		if see != "" {
			return "It asks for a reply, which did not come before the connection ended" + see + "."
		}
		return "It asks for a reply, which did not come in time."
	case delivery.LateReply:
		if x.Related.Frame != 0 {
			return fmt.Sprintf("It asks for a reply, which came late: after %s%s.", pane.Span(x.Related.Time-x.First.Time), see)
		}
		return "It asks for a reply, which came late."
	}
	return ""
}

// party writes what the audit calls a client: its identifier, or its address.
func (v *view) party(name string) string {
	if a, err := netip.ParseAddrPort(name); err == nil {
		return fmt.Sprintf("%s:%d", v.d.Words().Addr(a.Addr().Unmap()), a.Port())
	}
	return name
}

func (p incidents) nothing() string {
	return p.v.soFar("No message is known to be lost, abandoned, refused, delivered twice or left out", "No request over topics stayed without a reply, either.")
}

func (incidents) none() string { return "Nothing happened to its messages." }
