package mqttrules

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	stage "plcscope/internal/talk"
	"plcscope/mqtt"
	"plcscope/rules"
)

// day is a conversation with every packet type in every direction that has it.
func day(v mqtt.Version) []stage.Turn {
	t := &talk{v: v}
	var l []stage.Turn
	c := func(name string, b []byte) { l = append(l, stage.Turn{Client: true, Name: name, Bytes: b}) }
	s := func(name string, b []byte) { l = append(l, stage.Turn{Name: name, Bytes: b}) }
	five := func(list ...mqtt.Property) func(*mqtt.Packet) {
		if v != mqtt.V5 {
			return func(*mqtt.Packet) {}
		}
		return with(list...)
	}
	c("CONNECT", t.connect(func(p *mqtt.Packet) {
		p.Connect.SetWill([]byte("will/plc7"), []byte("offline"), 1, false)
		p.Connect.SetUserName([]byte("user"))
		p.Connect.SetPassword([]byte("pass"))
	}, five(number(mqtt.ReceiveMaximum, 10), number(mqtt.TopicAliasMaximum, 5))))
	s("CONNACK", t.connack(0, five(number(mqtt.ReceiveMaximum, 10))))
	c("SUBSCRIBE", t.ack(mqtt.SUBSCRIBE, 1, func(p *mqtt.Packet) {
		p.Filters = []mqtt.Filter{{Filter: []byte("cmd/#"), Options: 1}, {Filter: []byte("cfg/+"), Options: 2}}
	}, five(number(mqtt.SubscriptionIdentifier, 7))))
	s("SUBACK", t.suback(1, 1, 2))
	c("PUBLISH QoS 0", t.publish("plant/a", "1.25", 0, 0))
	c("PUBLISH QoS 1", t.publish("plant/b", "1.25", 1, 2, five(str5(mqtt.ContentType, "text"))))
	s("PUBACK", t.ack(mqtt.PUBACK, 2))
	c("PUBLISH QoS 2", t.publish("plant/c", "1.25", 2, 3, five(str5(mqtt.ResponseTopic, "plant/re"))))
	s("PUBREC", t.ack(mqtt.PUBREC, 3))
	c("PUBREL", t.ack(mqtt.PUBREL, 3))
	s("PUBCOMP", t.ack(mqtt.PUBCOMP, 3))
	own := five(number(mqtt.SubscriptionIdentifier, 7))
	s("PUBLISH QoS 0", t.publish("cmd/d", "go", 0, 0, own))
	s("PUBLISH QoS 1", t.publish("cmd/e", "go", 1, 1, own))
	c("PUBACK", t.ack(mqtt.PUBACK, 1))
	s("PUBLISH QoS 2", t.publish("cfg/f", "go", 2, 2, own))
	c("PUBREC", t.ack(mqtt.PUBREC, 2))
	s("PUBREL", t.ack(mqtt.PUBREL, 2))
	c("PUBCOMP", t.ack(mqtt.PUBCOMP, 2))
	c("UNSUBSCRIBE", t.unsubscribe(4, "cmd/#"))
	s("UNSUBACK", t.ack(mqtt.UNSUBACK, 4, func(p *mqtt.Packet) {
		if v == mqtt.V5 {
			p.Codes = []byte{0}
		}
	}))
	// Long enough for what is missing to be missed.
	for range 2 {
		c("PINGREQ", t.packet(mqtt.PINGREQ))
		l[len(l)-1].Wait = 35 * time.Second
		s("PINGRESP", t.packet(mqtt.PINGRESP))
	}
	c("DISCONNECT", t.packet(mqtt.DISCONNECT))
	l[len(l)-1].Wait = 20 * time.Second
	return l
}

// evening is a conversation of MQTT 5 with an authentication at its beginning and
// one anew.
func evening() []stage.Turn {
	t := &talk{v: mqtt.V5}
	return []stage.Turn{
		{Client: true, Name: "CONNECT", Bytes: t.connect(method)},
		{Name: "AUTH", Bytes: t.auth(0x18, method)},
		{Client: true, Name: "AUTH", Bytes: t.auth(0x18, method)},
		{Name: "CONNACK", Bytes: t.connack(0, method)},
		{Client: true, Name: "AUTH anew", Bytes: t.auth(0x19, method), Wait: time.Second},
		{Name: "AUTH at the end", Bytes: t.auth(0, method)},
		{Client: true, Name: "PINGREQ", Bytes: t.packet(mqtt.PINGREQ), Wait: 35 * time.Second},
		{Name: "PINGRESP", Bytes: t.packet(mqtt.PINGRESP)},
		{Client: true, Name: "DISCONNECT", Bytes: t.packet(mqtt.DISCONNECT), Wait: 20 * time.Second},
	}
}

// twins are two messages of each side that wait at one time, for the order of their
// acknowledgements.
func twins(v mqtt.Version, q mqtt.QoS) []stage.Turn {
	t := &talk{v: v}
	l := day(v)[:4]
	ack := mqtt.PUBACK
	if q == 2 {
		ack = mqtt.PUBREC
	}
	exchange := func(client bool, topic string, a, b uint16) {
		add := func(client bool, name string, p []byte) {
			l = append(l, stage.Turn{Client: client, Name: name, Bytes: p})
		}
		add(client, "PUBLISH", t.publish(topic, "1", q, a))
		add(client, "PUBLISH", t.publish(topic, "2", q, b))
		add(!client, ack.String()+" of the first", t.ack(ack, a))
		add(!client, ack.String()+" of the second", t.ack(ack, b))
		if q == 2 {
			add(client, "PUBREL of the first", t.ack(mqtt.PUBREL, a))
			add(client, "PUBREL of the second", t.ack(mqtt.PUBREL, b))
			add(!client, "PUBCOMP of the first", t.ack(mqtt.PUBCOMP, a))
			add(!client, "PUBCOMP of the second", t.ack(mqtt.PUBCOMP, b))
		}
	}
	exchange(true, "plant/a", 10, 11)
	exchange(false, "cfg/f", 20, 21)
	return append(l, stage.Turn{Client: true, Name: "DISCONNECT", Bytes: t.packet(mqtt.DISCONNECT), Wait: time.Second})
}

// mutate yields all that can be broken in the turns from first to last.
func mutate(turns []stage.Turn, v mqtt.Version, first, last int, yield func(stage.Mutant)) {
	for i := first; i < last; i++ {
		b, side := turns[i].Bytes, "server"
		if turns[i].Client {
			side = "client"
		}
		message := turns[i].Name + " of the " + side
		stage.Whole(turns, i, message, yield)
		put := func(what string, instead ...[]byte) {
			yield(stage.Instead(turns, i, message, what, instead...))
		}
		for bit := range 4 {
			put(fmt.Sprintf("flag bit %d turned", bit), patched(b, 0, b[0]^1<<bit))
		}
		put("packet type 0", patched(b, 0, b[0]&15))
		if b[0]>>4 != byte(mqtt.AUTH) {
			put("packet type 15", patched(b, 0, b[0]|0xF0))
		}
		body := b[2:] // all packets here are short
		put("Remaining Length one more", append([]byte{b[0], b[1] + 1}, body...))
		put("Remaining Length padded", append([]byte{b[0], b[1] | 0x80, 0}, body...))
		put("Remaining Length without end", append([]byte{b[0], 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}, body...))
		put("a byte too many", append([]byte{b[0], b[1] + 1}, append(slices.Clone(body), 0)...))
		if len(body) > 0 {
			put("Remaining Length one less", append([]byte{b[0], b[1] - 1}, body...))
			put("the last byte cut off", append([]byte{b[0], b[1] - 1}, body[:len(body)-1]...))
		}
		mutateStrings(b, put)
		mutateFields(b, v, put)
		if v == mqtt.V5 {
			mutateProperties(b, put)
		}
	}
}

func patched(b []byte, at int, x ...byte) []byte {
	b = slices.Clone(b)
	copy(b[at:], x)
	return b
}

// mutateStrings spoils each string of the packet in ways that keep its length.
func mutateStrings(b []byte, put func(string, ...[]byte)) {
	for _, s := range []struct{ what, text string }{
		{"protocol name", "MQTT"}, {"protocol name", "MQIsdp"}, {"client identifier", "\x04plc7"}, {"will topic", "will/plc7"}, {"user name", "user"},
		{"topic", "plant/a"}, {"topic", "plant/b"}, {"topic", "plant/c"}, {"topic", "cmd/d"}, {"topic", "cmd/e"}, {"topic", "cfg/f"},
		{"filter", "cmd/#"}, {"filter", "cfg/+"}, {"content type", "text"}, {"response topic", "plant/re"},
	} {
		at := bytes.Index(b, []byte(s.text))
		if at < 0 {
			continue
		}
		if s.text[0] == 4 {
			at++
		}
		put(s.what+" with bad UTF-8", patched(b, at, 0xC3, 0x28))
		put(s.what+" with U+0000", patched(b, at+1, 0))
		switch s.what {
		case "protocol name":
			put("another protocol name", patched(b, at, 'm'))
		case "topic", "will topic", "response topic":
			put(s.what+" with #", patched(b, at+1, '#'))
			put(s.what+" with +", patched(b, at+1, '+'))
		case "filter":
			put("# not at the end of a filter", patched(b, at+1, '#'))
			put("+ beside other characters", patched(b, at+1, '+'))
		}
	}
}

// mutateFields changes fields and writes the packet anew.
func mutateFields(b []byte, v mqtt.Version, put func(string, ...[]byte)) {
	change := func(what string, f func(p *mqtt.Packet)) {
		var p mqtt.Packet
		if err := p.Decode(b, v); err != nil {
			panic(err)
		}
		f(&p)
		out, err := p.Append(nil)
		if err != nil {
			panic(err)
		}
		put(what, out)
	}
	var p mqtt.Packet
	if err := p.Decode(b, v); err != nil {
		panic(err)
	}
	if p.HasID {
		change("identifier 0", func(p *mqtt.Packet) { p.ID = 0 })
		change("another identifier", func(p *mqtt.Packet) { p.ID = 4242 })
	}
	if v == mqtt.V5 && slices.Contains([]mqtt.PacketType{mqtt.PUBACK, mqtt.PUBREC, mqtt.PUBREL, mqtt.PUBCOMP, mqtt.DISCONNECT, mqtt.AUTH}, p.Type) {
		change("reason code 0x7F", func(p *mqtt.Packet) { p.Reason, p.HasReason = 0x7F, true })
	}
	switch p.Type {
	case mqtt.CONNECT:
		at := 2 + 2 + len(p.Connect.ProtocolName)
		put("protocol level 9", patched(b, at, 9))
		for bit := range 8 {
			put(fmt.Sprintf("connect flag %d turned", bit), patched(b, at+1, b[at+1]^1<<bit))
		}
		if p.Connect.WillFlag() {
			put("will QoS 3", patched(b, at+1, b[at+1]|0x18))
		}
		change("keep alive 5 s", func(p *mqtt.Packet) { p.Connect.KeepAlive = 5 })
		change("no client identifier, session to be kept", func(p *mqtt.Packet) {
			p.Connect.ClientID = nil
			p.Connect.SetCleanSession(false)
		})
	case mqtt.CONNACK:
		change("Session Present", func(p *mqtt.Packet) { p.AckFlags |= 1 })
		change("a reserved flag", func(p *mqtt.Packet) { p.AckFlags |= 2 })
		change("code 0x7F", func(p *mqtt.Packet) { p.Code = 0x7F })
		change("refused", func(p *mqtt.Packet) {
			p.Code = 2
			if v == mqtt.V5 {
				p.Code = 0x85
			}
		})
	case mqtt.PUBLISH:
		change("no topic", func(p *mqtt.Packet) { p.Topic = nil })
	case mqtt.SUBSCRIBE:
		change("no filter", func(p *mqtt.Packet) { p.Filters = nil })
		change("an empty filter", func(p *mqtt.Packet) { p.Filters[0].Filter = nil })
		change("QoS 3 asked for", func(p *mqtt.Packet) { p.Filters[0].Options |= 3 })
		change("reserved bits of the options", func(p *mqtt.Packet) { p.Filters[1].Options |= 0xC0 })
	case mqtt.SUBACK:
		change("a code too few", func(p *mqtt.Packet) { p.Codes = p.Codes[:1] })
		change("a code too many", func(p *mqtt.Packet) { p.Codes = append(slices.Clone(p.Codes), 0) })
		change("code 0x7F", func(p *mqtt.Packet) { p.Codes = []byte{0x7F, 2} })
		change("more granted than asked for", func(p *mqtt.Packet) { p.Codes = []byte{2, 2} })
		change("a refusal", func(p *mqtt.Packet) { p.Codes = []byte{0x80, 2} })
	case mqtt.UNSUBSCRIBE:
		change("no filter", func(p *mqtt.Packet) { p.Filters = nil })
	case mqtt.UNSUBACK:
		if v == mqtt.V5 {
			change("a code too many", func(p *mqtt.Packet) { p.Codes = []byte{0, 0} })
			change("code 0x7F", func(p *mqtt.Packet) { p.Codes = []byte{0x7F} })
		}
	}
}

// mutateProperties spoils the properties of a packet, or gives it wrong ones.
func mutateProperties(b []byte, put func(string, ...[]byte)) {
	var p mqtt.Packet
	if err := p.Decode(b, mqtt.V5); err != nil || !p.HasProps {
		return
	}
	raw, at := p.Props.Raw, p.Props.Offset
	with := func(more ...byte) []byte {
		out := append([]byte{b[0], b[1] + byte(len(more))}, b[2:at-1]...)
		out = append(out, byte(len(raw)+len(more)))
		out = append(append(out, raw...), more...)
		return append(out, b[at+len(raw):]...)
	}
	put("property 0x7E", with(0x7E, 1))
	if p.Type == mqtt.PUBLISH {
		put("a property of another packet", with(byte(mqtt.ServerKeepAlive), 0, 9))
	} else {
		put("a property of another packet", with(byte(mqtt.TopicAlias), 0, 1))
	}
	put("Property Length one more", patched(b, at-1, b[at-1]+1))
	if len(raw) > 0 {
		put("Property Length one less", patched(b, at-1, b[at-1]-1))
		if !mqtt.PropertyRepeatable(mqtt.PropertyID(raw[0]), p.Type) {
			put("a property twice", with(raw...))
		}
	}
}

// swapped yields pairs of neighbouring packets of one side, changed in their order.
func swapped(turns []stage.Turn, yield func(stage.Mutant)) {
	for i := 4; i+1 < len(turns); i++ {
		a, b := turns[i], turns[i+1]
		if a.Client != b.Client || !strings.HasSuffix(a.Name, "of the first") {
			continue
		}
		l := slices.Clone(turns)
		l[i], l[i+1] = b, a
		side := "server"
		if a.Client {
			side = "client"
		}
		kind, _, _ := strings.Cut(a.Name, " ")
		yield(stage.Mutant{Message: kind + " of the " + side, What: "in another order than asked for", Client: a.Client, Turns: l})
	}
}

// unseen are mutations that no rule tells, and why.
var unseen = []stage.Blind{
	{Message: "AUTH*", What: "sent twice", Why: "no statement forbids a step more: what is said in how many steps is the method's affair"},
	{Message: "AUTH of the server", What: "not sent", Why: "a client that goes on of its own accord breaks no statement; the method may have it so"},
	{Message: "AUTH of the server", What: "sent by the other side", Why: "as if the client had more to say; the method may have it so"},
	{Message: "AUTH anew of the client", What: "not sent", Why: "the answer of the server is the end of an authentication that no statement forbids it to end twice"},
	{Message: "AUTH at the end of the server", What: "not sent", Why: "no statement says how soon an authentication anew must come to its end"},
	{Message: "CONNECT of the client", What: "* with U+0000", In: "3.1", Why: "3.1 does not forbid U+0000 outside topics"},
	{Message: "CONNECT of the client", What: "connect flag 1 turned", Why: "clean and lasting sessions are both allowed"},
	{Message: "CONNECT of the client", What: "connect flag 3 turned", Why: "a will of QoS 0 is allowed"},
	{Message: "CONNECT of the client", What: "connect flag 5 turned", Why: "a will may be retained"},
	{Message: "DISCONNECT of the client", What: "sent by the other side", In: "5.0", Why: "a server of 5.0 may say DISCONNECT"},
	{Message: "DISCONNECT of the client", What: "a byte too many", In: "5.0", Why: "it is the reason code 0x00, which may be left out or not"},
	{Message: "PUB*", What: "a byte too many", Why: "in a PUBLISH it belongs to the payload, in an acknowledgement of 5.0 it is the reason code 0x00"},
	{Message: "PUBLISH*", What: "the last byte cut off", Why: "it belongs to the payload"},
	{Message: "PUBLISH*", What: "flag bit 0 turned", Why: "a message may be retained or not"},
	{Message: "PUBLISH QoS 0*", What: "not sent", Why: "nobody knows of it"},
	{Message: "PUBLISH QoS 0*", What: "sent twice", Why: "two messages may be the same"},
	{Message: "PUBLISH QoS 0*", What: "sent by the other side", Why: "either side may publish"},
	{Message: "PUBREC*", What: "sent twice", Why: "it asks for nothing that is not asked for already; a PUBLISH that was repeated would get two"},
	{Message: "PUBCOMP*", What: "sent twice", Why: "a PUBREL that was repeated would get two"},
	{Message: "PUBREL*", What: "flag bit 3 turned", In: "3.1", Why: "DUP on a first PUBREL changes nothing for its receiver"},
	{Message: "PUB*", What: "in another order than asked for", In: "3.1", Why: "3.1 asks for no order"},
	{Message: "PUBACK of the server", What: "in another order than asked for", In: "5.0", Why: "5.0 asks for the order of clients alone"},
	{Message: "PUBREL of the server", What: "in another order than asked for", Why: "the order of PUBREL is asked of clients alone"},
	{Message: "PUBCOMP*", What: "in another order than asked for", Why: "no statement is about the order of PUBCOMP"},
	{Message: "SUBACK of the server", What: "a refusal", Why: "a server may refuse"},
	{Message: "*SUBSCRIBE of the client", What: "sent twice", Why: "the same request under the same identifier is taken for a repetition, which subscribes to nothing new"},
}

// played judges a conversation of turns.
func played(turns []stage.Turn) *rules.Book {
	return judge(stage.Play(plcAddr+":2001", brokerAddr, turns), nil)
}

// TestMutationTable breaks one thing at a time and keeps a table of who tells it.
func TestMutationTable(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	type row struct{ message, what, sender, peer, why string }
	var order []row
	versions := map[row][]string{}
	used := make([]bool, len(unseen))
	for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
		try := func(m stage.Mutant) {
			r := row{message: m.Message, what: m.What}
			r.sender, r.peer = m.Told(played(m.Turns))
			if r.sender+r.peer == "" {
				if r.why = stage.Excuse(unseen, used, &m, v.String()); r.why == "" {
					t.Errorf("MQTT %s, %s, %s: nobody tells it, and no reason is given", v, m.Message, m.What)
				}
			}
			if versions[r] == nil {
				order = append(order, r)
			}
			versions[r] = append(versions[r], v.String())
		}
		clean := [][]stage.Turn{day(v), twins(v, 1), twins(v, 2)}
		if v == mqtt.V5 {
			clean = append(clean, evening())
		}
		for _, turns := range clean {
			if b := played(turns); len(stage.Broken(b)) > 0 {
				t.Fatalf("MQTT %s: the conversation is not clean\n%q", v, stage.Findings(b))
			}
		}
		mutate(clean[0], v, 0, len(clean[0]), try)
		swapped(clean[1], try)
		swapped(clean[2], try)
		if v == mqtt.V5 {
			mutate(clean[3], v, 1, 6, try)
		}
	}
	stage.Unused(t, unseen, used)
	var b strings.Builder
	slices.SortStableFunc(order, func(a, b row) int { return strings.Compare(a.message, b.message) })
	for _, r := range order {
		fmt.Fprintf(&b, "MQTT\t%s\t%s\t%s\t%s\t%s\t%s\n", strings.Join(slices.Compact(versions[r]), " "), r.message, r.what, r.sender, r.peer, r.why)
	}
	stage.Golden(t, "mutations.tsv", b.String())
}
