package mqttrules

import (
	"fmt"

	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/rules"
)

var packetTypeValid = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-packet-type-valid",
		Clauses:   rules.Clauses{V31: {"§2.1"}, V311: {"§2.2.1"}, V5: {"§2.1.2"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "The packet type is one that the version defines",
		Exercised: "Any packet is sent.",
		Why:       "The receiver closes the connection. Mostly the sender has lost a byte, or sends its buffer from the wrong place.",
		Fix:       "Compare the first bytes with the packet that was meant; check the start offset and the length given to the send block.",
	},
	On:          on(fromBoth),
	OnMalformed: true,
	Odd:         oddForm,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		p := m.Packet
		r.Exercised()
		switch {
		case p.Type == mqtt.AUTH && c.Flow.Version != mqtt.V5:
			r.At(0).Violation(m, "packet type 15 (first byte 0x%02x) is AUTH, which MQTT %s does not have", m.Bytes[0], c.Flow.Version)
		case p.Type != mqtt.Reserved0:
		case len(m.Bytes) > 1 && shifted(m.Bytes[1]):
			r.At(0).Violation(m, "packet type 0 does not exist: the bytes %02x %02x look like %s (%02x) with a byte too many in front", m.Bytes[0], m.Bytes[1], mqtt.PacketType(m.Bytes[1]>>4), m.Bytes[1])
		default:
			r.At(0).Violation(m, "packet type 0 does not exist (first byte 0x%02x)", m.Bytes[0])
		}
	},
}

// shifted reports whether b is the first byte of a packet with fixed flags.
func shifted(b byte) bool {
	t := mqtt.PacketType(b >> 4)
	return t != mqtt.Reserved0 && t != mqtt.PUBLISH && t != mqtt.AUTH && b&15 == t.FixedFlags()
}

var packetDirection = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-packet-direction",
		Clauses:   rules.Clauses{V31: {"§3"}, V311: {"§2.2.1"}, V5: {"§2.1.2"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "A packet type is sent by the side that may send it",
		Exercised: "Any packet is sent on a connection of which it is known who is the client.",
		Why:       "The receiver must treat it as a protocol violation and close.",
		Fix:       "Check that the program does not echo its receive buffer, and that both ends are not configured as the same role.",
	},
	On:          on(fromBoth),
	OnMalformed: true,
	Odd:         oddSender,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if !c.Flow.ClientCertain() {
			return
		}
		r.Exercised()
		if from := side(m); misdirected(c.Flow.Version, from, m.Packet.Type) {
			r.At(0).Violation(m, "%s comes from the %s; in MQTT %s only the %s sends it", m.Packet.Type, from, versionOf(c), from.Peer())
		}
	},
}

var remainingLengthEncoding = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-remaining-length-encoding",
		Clauses:   rules.Clauses{V31: {"§2.1"}, V311: {"§2.2.3"}, V5: {"§2.1.4", "§1.5.5"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "The Remaining Length takes at most four bytes",
		Exercised: "Any packet is sent.",
		Why:       "Nobody can tell where the packet ends: the receiver closes, or reads everything that follows wrongly.",
		Fix:       "Write seven bits a byte, the lowest first, with bit 7 set on all but the last byte.",
	},
	On:         on(fromBoth),
	OnUnframed: true,
	AnyVersion: true,
	Odd:        oddForm,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		if m.Packet == nil {
			r.At(1).Violation(m, "the fourth byte of the Remaining Length still announces another (bytes % x); the message borders are lost from here on", m.Bytes[1:min(5, len(m.Bytes))])
		}
	},
}

var remainingLengthMinimal = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-remaining-length-minimal",
		Clauses:   rules.Clauses{V31: {"§2.1"}, V311: {"§2.2.3"}},
		Role:      rules.Both,
		Severity:  rules.Info,
		Needs:     rules.Packet,
		Title:     "The Remaining Length has no padding bytes",
		Exercised: "Any packet is sent.",
		Why:       "Lawful before MQTT 5, but some receivers do not expect it, and MQTT 5 forbids it.",
		Fix:       "Stop writing length bytes when the rest of the value is 0.",
	},
	On:  on(fromBoth),
	Odd: oddLength,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		if p := m.Packet; p.HeaderLen > 2 && p.HeaderLen-1 > lengthSize(p.Remaining) {
			r.At(1).Violation(m, "the Remaining Length %d takes %d bytes (% x) where %d would do", p.Remaining, p.HeaderLen-1, m.Bytes[1:p.HeaderLen], lengthSize(p.Remaining))
		}
	},
}

// lengthSize is the number of bytes that a variable byte integer needs.
func lengthSize(n int) int {
	size := 1
	for ; n > 127; n >>= 7 {
		size++
	}
	return size
}

var vbiMinimal = &Rule{
	Rule: rules.Rule{
		ID:        "m5-vbi-minimal",
		Clauses:   rules.Clauses{V5: {"MQTT-1.5.5-1"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "Variable byte integers have no padding bytes",
		Exercised: "Any packet is sent.",
		Why:       "An MQTT 5 receiver may refuse the packet as malformed.",
		Fix:       "Stop writing length bytes when the rest of the value is 0.",
	},
	On:  on(fromBoth),
	Odd: oddLength | oddProperties,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		p := m.Packet
		if p.HeaderLen > 2 && p.HeaderLen-1 > lengthSize(p.Remaining) {
			r.At(1).Violation(m, "the Remaining Length %d takes %d bytes (% x) where %d would do", p.Remaining, p.HeaderLen-1, m.Bytes[1:p.HeaderLen], lengthSize(p.Remaining))
		}
		for _, ps := range propertyBlocks(p) {
			if size := int(ps.LengthBytes); size > 1 && size > lengthSize(len(ps.Raw)) {
				r.At(ps.Offset-size).Violation(m, "the Property Length %d takes %d bytes where %d would do", len(ps.Raw), size, lengthSize(len(ps.Raw)))
			}
		}
		if c.properties(m).padded {
			eachProperty(p, func(x mqtt.Property, _ bool) {
				if x.Padded {
					r.At(x.Offset+1).Violation(m, "the %s %d takes %d bytes where %d would do", x.ID, x.Num, x.Size-1, lengthSize(int(x.Num)))
				}
			})
		}
	},
}

// fixedSize are the packets that ackLength knows before 5.0: those of which
// every byte is laid down.
func fixedSize(v mqtt.Version, t mqtt.PacketType) (size int, ok bool) {
	if v == mqtt.V5 {
		return 0, false
	}
	switch t {
	case mqtt.CONNACK, mqtt.PUBACK, mqtt.PUBREC, mqtt.PUBREL, mqtt.PUBCOMP, mqtt.UNSUBACK:
		return 2, true
	case mqtt.PINGREQ, mqtt.PINGRESP, mqtt.DISCONNECT:
		return 0, true
	}
	return 0, false
}

var packetLengthConsistent = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-packet-length-consistent",
		Clauses:   rules.Clauses{V31: {"§2.1"}, V311: {"§2.2.3"}, V5: {"§2.1.4"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "The fields fill the packet exactly",
		Exercised: "Any packet is sent.",
		Why:       "The receiver calls the packet malformed and closes. The usual causes are a length that was computed from another variable, and a length above 127 written as one byte.",
		Fix:       "Compute the Remaining Length from the bytes really written, and encode it in two bytes from 128 on.",
	},
	On:          on(fromBoth),
	OnMalformed: true,
	Odd:         oddLength,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		p := m.Packet
		if _, ok := fixedSize(versionOf(c), p.Type); ok && m.Err == nil {
			return
		}
		r.Exercised()
		if m.Err == nil {
			kind, strings := stray(p)
			switch {
			case len(p.Surplus) == 0:
			case kind != strayNothing && p.Version != mqtt.V31: // rules of their own judge it
			case kind != strayNothing:
				r.At(p.SurplusOffset).Violation(m, "%d bytes remain behind the last field of the CONNECT: they read as %d strings, user name and password perhaps, which the connect flags 0x%02x do not announce", len(p.Surplus), strings, p.Connect.Flags)
			case p.Type == mqtt.CONNECT: // there may be a password among them
				r.At(p.SurplusOffset).Violation(m, "%d bytes remain behind the last field of the CONNECT", len(p.Surplus))
			default:
				r.At(p.SurplusOffset).Violation(m, "%d bytes remain behind the last field of the %s (% x)", len(p.Surplus), p.Type, p.Surplus[:min(8, len(p.Surplus))])
			}
			return
		}
		switch faultOf(m) {
		case lengthByte:
			n := int(m.Bytes[1])
			r.At(1).Violation(m, "the length byte 0x%02x has its continuation bit set and is followed by 00, the first byte of the next field: the length %d was written as one byte (right is %02x %02x). Receivers read %d and lose the message borders", n, n, n&0x7f|0x80, n>>7, p.Remaining)
		case overrun:
			bad := m.Err.(*mqtt.Malformed)
			if _, ok := fixedSize(versionOf(c), p.Type); !ok && !unsubscribeOverrun(m) {
				r.At(bad.Offset).Violation(m, "%s of %d bytes: %s", p.Type, len(m.Bytes), overrunText(bad))
			}
		}
	},
}

// overrunText says which field does not fit.
func overrunText(bad *mqtt.Malformed) string {
	return fmt.Sprintf("the field at byte %d (%s) needs %d bytes, %d are left", bad.Offset, bad.Field, bad.Need, bad.Have)
}

var ackLength = &Rule{
	Rule: rules.Rule{
		ID: "mqtt-ack-length",
		Clauses: rules.Clauses{
			V31:  {"§3.4", "§3.11"},
			V311: {"§3.2.1", "§3.4.1", "§3.5.1", "§3.6.1", "§3.7.1", "§3.11.1", "§3.12.1", "§3.13.1", "§3.14.1"},
		},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "Packets of a fixed size have that size",
		Exercised: "CONNACK, PUBACK, PUBREC, PUBREL, PUBCOMP, UNSUBACK, PINGREQ, PINGRESP or DISCONNECT is sent.",
		Why:       "Receivers that check it close the connection; blocks that read a fixed number of bytes lose the message borders.",
		Fix:       "Send CONNACK, PUBACK, PUBREC, PUBREL, PUBCOMP and UNSUBACK with Remaining Length 2, PINGREQ, PINGRESP and DISCONNECT with 0.",
	},
	On:          on(fromBoth, mqtt.CONNACK, mqtt.PUBACK, mqtt.PUBREC, mqtt.PUBREL, mqtt.PUBCOMP, mqtt.UNSUBACK, mqtt.PINGREQ, mqtt.PINGRESP, mqtt.DISCONNECT),
	OnMalformed: true,
	Odd:         oddLength,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		p := m.Packet
		r.Exercised()
		size, ok := fixedSize(versionOf(c), p.Type)
		if !ok || p.Remaining == size || m.Err != nil && faultOf(m) == lengthByte {
			return
		}
		if p.Remaining > size && versionOf(c) != mqtt.V31 && p.Type != mqtt.PINGREQ && p.Type != mqtt.PINGRESP && looksLikeV5(m) {
			r.At(p.HeaderLen+size).Violation(m, "%s has %d bytes behind its header; MQTT %s lays down %d. They read as reason code and properties of MQTT 5", p.Type, p.Remaining, versionOf(c), size)
			return
		}
		r.At(1).Violation(m, "%s has %d bytes behind its header; MQTT %s lays down %d", p.Type, p.Remaining, versionOf(c), size)
	},
}

// looksLikeV5 reports whether an acknowledgement has a form that only MQTT 5 has.
func looksLikeV5(m *flows.Message) bool {
	var p mqtt.Packet
	return p.Decode(m.Bytes, mqtt.V5) == nil && len(p.Surplus) == 0
}

var fixedHeaderFlags = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-fixed-header-flags",
		Clauses:   rules.Clauses{V311: {"MQTT-2.2.2-1"}, V5: {"MQTT-2.1.3-1"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "Reserved flags of the fixed header are 0",
		Exercised: "CONNECT, CONNACK, PUBACK, PUBREC, PUBCOMP, SUBACK, UNSUBACK, PINGREQ or PINGRESP is sent.",
		Why:       "The receiver must close the connection when it finds other flags.",
		Fix:       "Send the first byte as a constant of the packet type; only PUBLISH carries flags of its own.",
	},
	// Types that are not named here have a rule of their own.
	On:          on(fromBoth, mqtt.CONNECT, mqtt.CONNACK, mqtt.PUBACK, mqtt.PUBREC, mqtt.PUBCOMP, mqtt.SUBACK, mqtt.UNSUBACK, mqtt.PINGREQ, mqtt.PINGRESP),
	OnMalformed: true,
	Odd:         oddFlags,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		if m.Packet.Flags != 0 {
			r.At(0).Violation(m, "the first byte of %s is 0x%02x; its lower half must be 0", m.Packet.Type, m.Bytes[0])
		}
	},
}

var unusedBits31 = &Rule{
	Rule: rules.Rule{
		ID:        "m31-unused-bits-zero",
		Clauses:   rules.Clauses{V31: {"§2.6", "§2.1"}},
		Role:      rules.Both,
		Severity:  rules.Warning,
		Needs:     rules.Packet,
		Title:     "Bits that 3.1 does not use are 0",
		Exercised: "A packet other than PUBLISH and PUBREL is sent.",
		Why:       "Brokers that apply the rules of 3.1.1 to all versions close the connection. The bits often come from memory that was never set.",
		Fix:       "Initialise the first byte and the connect flags before the single bits are set.",
	},
	On:          on(fromBoth, mqtt.CONNECT, mqtt.CONNACK, mqtt.PUBACK, mqtt.PUBREC, mqtt.PUBCOMP, mqtt.SUBSCRIBE, mqtt.SUBACK, mqtt.UNSUBSCRIBE, mqtt.UNSUBACK, mqtt.PINGREQ, mqtt.PINGRESP, mqtt.DISCONNECT),
	OnMalformed: true,
	Odd:         oddFlags | oddStrings,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		p := m.Packet
		r.Exercised()
		unused := uint8(15) // DUP, QoS and RETAIN
		switch p.Type {
		case mqtt.SUBSCRIBE, mqtt.UNSUBSCRIBE:
			unused = 1 // DUP and QoS have a meaning
		case mqtt.CONNECT:
			if p.Connect.Reserved() && m.Err == nil {
				r.At(p.HeaderLen+3+len(p.Connect.ProtocolName)).Violation(m, "bit 0 of the connect flags 0x%02x is set; it has no meaning", p.Connect.Flags)
			}
			if bits := p.Connect.Flags & 0x38; !p.Connect.WillFlag() && bits != 0 && m.Err == nil {
				r.As(rules.Info).At(p.HeaderLen+3+len(p.Connect.ProtocolName)).Violation(m, "the connect flags 0x%02x set will QoS or will retain (bits 0x%02x) without a will; 3.1 disregards them, later versions forbid them", p.Connect.Flags, bits)
			}
		}
		if p.Flags&unused != 0 {
			r.At(0).Violation(m, "the first byte of %s is 0x%02x; the bits 0x%x have no meaning there", p.Type, m.Bytes[0], p.Flags&unused)
		}
	},
}

var packetIDNonzero = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-packet-id-nonzero",
		Clauses:   rules.Clauses{V31: {"§2.4"}, V311: {"MQTT-2.3.1-1"}, V5: {"MQTT-2.2.1-3", "MQTT-2.2.1-4"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "A packet identifier is not 0",
		Exercised: "A packet that carries a packet identifier is sent.",
		Why:       "Brokers close the connection. The identifier is mostly an input of the block that nobody has connected.",
		Fix:       "Count the identifier from 1 to 65535 in the block itself and skip 0 when it wraps.",
	},
	On:  on(fromBoth, mqtt.PUBLISH, mqtt.PUBACK, mqtt.PUBREC, mqtt.PUBREL, mqtt.PUBCOMP, mqtt.SUBSCRIBE, mqtt.SUBACK, mqtt.UNSUBSCRIBE, mqtt.UNSUBACK),
	Odd: oddIdentifier,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		p := m.Packet
		if !p.HasID {
			return
		}
		r.Exercised()
		switch {
		case p.ID != 0:
		case p.Type == mqtt.PUBLISH || p.Type == mqtt.SUBSCRIBE || p.Type == mqtt.UNSUBSCRIBE:
			r.Violation(m, "%s with packet identifier 0", p.Type)
		case !c.said[side(m).Peer()].zeroID: // else the acknowledgement only repeats what it was sent
			r.Violation(m, "%s with packet identifier 0, which the %s has not used", p.Type, side(m).Peer())
		}
	},
}
