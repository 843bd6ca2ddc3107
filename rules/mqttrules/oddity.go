package mqttrules

import (
	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
)

// oddity says in which ways a packet is out of the ordinary, as a set. Nearly all
// packets are not, and the rules that ask for nothing else need not see them.
type oddity uint32

const (
	oddLength     oddity = 1 << iota // a padded Remaining Length, or bytes behind the last field
	oddSender                        // the other side's packet, or it is not known which side is which
	oddFlags                         // other flags than the type has
	oddIdentifier                    // 0
	oddTopic                         // of a PUBLISH: no topic, or anything but a short name of printable ASCII
	oddQoS                           // of a PUBLISH: 3
	oddDup                           // of a PUBLISH of QoS 0
	oddProperties                    // there are properties
	oddStrings                       // a packet type that carries strings, PUBLISH apart
	oddRelation                      // it is neither new to the session nor the answer that was owed
	oddWait                          // an answer that took long, or that others waited beside
	oddPhase                         // the connection begins or ends, or was taken over
	oddLimit                         // 5.0: more than the receiver has said that it takes
	oddCarrier                       // it came over WebSocket
	oddForm                          // only malformed packets, which every rule sees that wants to
	oddUnacked                       // any PUBLISH of QoS 0, for rules that ask nothing else of a PUBLISH
	oddRepeat                        // a PUBLISH of QoS 1 or 2 with DUP
	oddFresh                         // the first identifier taken on the connection, or one that means nothing
	oddCleared                       // of a side whose unfinished messages a clean CONNECT has ended
	oddReason                        // an acknowledgement with a reason other than success
	oddPayload                       // of a PUBLISH of the client: it begins or ends as PLCs do by mistake, or one did before
	oddPace                          // a silence, a ping without answer or a refusal may be told of
)

// inoffensive are the ways of being odd that can oblige nobody to close the connection.
const inoffensive = oddLimit | oddWait | oddCarrier | oddRepeat | oddFresh | oddCleared | oddReason | oddPayload | oddPace

// lawful are the packet types that a side may send, by version and side.
var lawful = func() (t [6][2]uint16) {
	for v := range t {
		for p := range mqtt.PacketType(16) {
			for side := range session.Side(2) {
				if !misdirected(mqtt.Version(v), side, p) {
					t[v][side] |= 1 << p
				}
			}
		}
	}
	return t
}()

// oddity looks m over, which is not malformed.
func (c *Conn) oddity(m *flows.Message, v mqtt.Version, from session.Side) (o oddity) {
	p := m.Packet
	if p.HeaderLen > 2 && p.HeaderLen-1 > lengthSize(p.Remaining) || len(p.Surplus) > 0 {
		o |= oddLength
	}
	if lawful[v][from&1]>>p.Type&1 == 0 || !c.Flow.ClientCertain() {
		o |= oddSender
	}
	if v == mqtt.V5 && c.terms[from.Peer()].known && c.terms[from.Peer()].exceeded(m) {
		o |= oddLimit
	}
	if p.HasID && p.ID == 0 {
		o |= oddIdentifier
	}
	if len(p.Props.Raw) > 0 || p.Props.LengthBytes > 1 {
		o |= oddProperties
	}
	if m.Carrier.Frames != 0 {
		o |= oddCarrier
	}
	switch c.Fact.Relation {
	case session.Apart:
		if p.HasID {
			o |= oddFresh
		}
	case session.New:
		if c.Session.Flights[from&1].Taken < 2 {
			o |= oddFresh
		}
	case session.Answer:
		if c.Fact.Overtaken || c.Fact.Waited > second {
			o |= oddWait
		}
	default:
		o |= oddRelation
	}
	if c.Sides[from&1].Packets <= 1 || c.Connects != 1 || c.Connacks != 1 || c.TakenBy.Frame != 0 ||
		c.Connack.Frame == m.Frame || c.Sides[client].Disconnect.Frame|c.Sides[server].Disconnect.Frame != 0 {
		o |= oddPhase
	}
	if c.paced(m) {
		o |= oddPace
	}
	if len(c.Session.Cleared[from&1]) > 0 {
		o |= oddCleared
	}
	switch p.Type {
	case mqtt.PUBLISH:
		if c.topicClass(m) != 0 || len(p.Topic) > 32767 || !wireTopic(m) {
			o |= oddTopic
		}
		if from == client && c.payloads.suspect(p.Payload) {
			o |= oddPayload
		}
		switch {
		case p.QoS == 3:
			o |= oddQoS
		case p.QoS == 0 && p.Dup:
			o |= oddDup
		case p.Dup:
			o |= oddRepeat
		}
		return o
	case mqtt.CONNECT:
		o |= oddStrings | oddProperties | oddPhase
	case mqtt.SUBSCRIBE, mqtt.UNSUBSCRIBE:
		o |= oddStrings
	case mqtt.DISCONNECT, mqtt.AUTH:
		o |= oddPhase
	case mqtt.SUBACK:
		o |= oddPace
	case mqtt.PUBACK, mqtt.PUBREC, mqtt.PUBREL, mqtt.PUBCOMP:
		if p.Reason != 0 {
			o |= oddReason
		}
	}
	if p.Flags != p.Type.FixedFlags() {
		o |= oddFlags
	}
	return o
}
