package mqttrules

import (
	"bytes"
	"fmt"
	"slices"
	"unicode/utf8"

	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/rules"
)

// What the rules about reactions have in common.
const (
	whyBorne = "The fault stays hidden: the PLC works with this broker and is thrown out by the next one."
	fixBorne = "Correct the sender; report the leniency to the maker of the receiver, and do not rely on it."
)

var nonConnectFirstClose = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-non-connect-first-close",
		Clauses:   rules.Clauses{V31: {"§3.1"}, V311: {"MQTT-4.8.0-1"}, V5: {"MQTT-4.13.1-1"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A server closes a connection that does not open with CONNECT",
		Exercised: "A connection that is captured from its start opens with something else than CONNECT.",
		Why:       "A block that still believes itself logged in goes on sending to a broker that does not know it.",
		Fix:       fixBorne,
	},
	AnyVersion: true,
	Leniency:   mustNotGoOn,
	Offence: func(c *Conn, m *flows.Message) string {
		if m.Serial != 1 || !m.FromClient || !c.FromStart() || m.Packet == nil || m.Packet.Type == mqtt.CONNECT {
			return ""
		}
		return fmt.Sprintf("the connection opens with %s instead of CONNECT", m.Packet.Type)
	},
}

var connectReservedClose = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-connect-reserved-flag-close",
		Clauses:   rules.Clauses{V311: {"MQTT-3.1.2-3"}, V5: {"MQTT-3.1.2-3"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A server closes at a CONNECT with the reserved flag set",
		Exercised: "The client sends CONNECT with the reserved flag set.",
		Why:       whyBorne,
		Fix:       fixBorne,
	},
	Offence: func(c *Conn, m *flows.Message) string {
		if !isConnect(c, m) || !flagsRead(m) || !m.Packet.Connect.Reserved() {
			return ""
		}
		return fmt.Sprintf("the connect flags are 0x%02x, with the reserved bit 0 set", m.Packet.Connect.Flags)
	},
}

// isConnect reports whether m is the first CONNECT of a connection; a second one
// is to be closed at in any case.
func isConnect(c *Conn, m *flows.Message) bool {
	return m.FromClient && m.Packet != nil && m.Packet.Type == mqtt.CONNECT && c.Connects == 1
}

var wrongName = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-wrong-name-handling",
		Clauses:   rules.Clauses{V311: {"MQTT-3.1.2-1"}, V5: {"MQTT-3.1.2-1"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A server does not accept a CONNECT with another protocol name",
		Exercised: "The client sends CONNECT with an unknown protocol name.",
		Why:       whyBorne,
		Fix:       fixBorne,
	},
	AnyVersion: true,
	Leniency:   mayRefuse,
	Offence: func(c *Conn, m *flows.Message) string {
		if !isConnect(c, m) || !read(m, levelAt(m.Packet)) {
			return ""
		}
		p := &m.Packet.Connect
		name := string(p.ProtocolName)
		if name == "MQTT" || name == "MQIsdp" && m.Packet.Version != mqtt.V311 && m.Packet.Version != mqtt.V5 {
			return ""
		}
		return fmt.Sprintf("CONNECT has the protocol name %s and level %d", rules.Excerpt(p.ProtocolName), p.Level)
	},
}

var unsupportedLevel = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-unsupported-level-refused",
		Clauses:   rules.Clauses{V31: {"§3.2"}, V311: {"MQTT-3.1.2-2"}, V5: {"MQTT-3.1.2-2"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A server refuses a protocol level that it does not support, and closes",
		Exercised: "The client sends CONNECT with an unknown protocol level, or is refused for its level.",
		Why:       "The client believes that it speaks a version which nobody has agreed to.",
		Fix:       fixBorne,
	},
	AnyVersion: true,
	Offence: func(c *Conn, m *flows.Message) string {
		if !isConnect(c, m) || m.Packet.Version != 0 || !read(m, levelAt(m.Packet)) {
			return ""
		}
		return fmt.Sprintf("CONNECT has the protocol level %d, which no version has", m.Packet.Connect.Level)
	},
	On: on(fromServer, mqtt.CONNACK),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		code := m.Packet.Code
		if c.Connects != 1 || c.Connacks != 1 || code == 0 {
			return
		}
		if code == 1 || code == 0x84 {
			r.Exercised()
		} else if c.Connected.Level != 0 && c.Connected.Version == 0 {
			r.Exercised()
			r.Related(c.Connect).At(m.Packet.HeaderLen+1).Violation(m, "CONNACK refuses the protocol level %d of the CONNECT in frame %d with code %d (%s) instead of 1 (in 5.0 0x84)",
				c.Connected.Level, c.Connect.Frame, uint8(code), code.Name(mqtt.CONNACK))
		}
	},
}

var utf8BadClose = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-utf8-bad-close",
		Clauses:   rules.Clauses{V311: {"MQTT-1.5.3-1", "MQTT-1.5.3-2"}, V5: {"§4.13.1"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "Who receives a string that is no UTF-8 or has U+0000 in it closes the connection",
		Exercised: "The peer sends a string that is no UTF-8 or contains U+0000, and the capture goes on.",
		Why:       whyBorne,
		Fix:       fixBorne,
	},
	Offence: func(c *Conn, m *flows.Message) (what string) {
		if m.Err != nil || m.Packet == nil {
			return ""
		}
		p := m.Packet
		if p.Type == mqtt.PUBLISH && c.topicClass(m)&unclear != 0 && wireTopic(m) {
			if at, problem := mqtt.CheckString(p.Topic); problem >= mqtt.StringNull {
				return fmt.Sprintf("the topic %s of a PUBLISH %s at its byte %d", rules.Excerpt(p.Topic), problem, at)
			}
		}
		if c.plainStrings(m) {
			return ""
		}
		eachString(p, func(s str) {
			if what != "" {
				return
			}
			if at, problem := problemOf(s.b); problem >= mqtt.StringNull {
				what = fmt.Sprintf("the %s of a %s %s at its byte %d", s.name, p.Type, problem, at)
			}
		})
		return what
	},
}

var malformedConnectClose = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-malformed-connect-close",
		Clauses:   rules.Clauses{V311: {"MQTT-3.1.4-1"}, V5: {"MQTT-3.1.4-1"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A server closes at a malformed CONNECT, before 5.0 without a CONNACK",
		Exercised: "The client sends a malformed CONNECT, and the capture goes on.",
		Why:       whyBorne,
		Fix:       fixBorne,
	},
	Leniency: mustBeMute,
	Offence: func(c *Conn, m *flows.Message) string {
		if !isConnect(c, m) || m.Packet.Version == 0 && m.Err == nil {
			return ""
		}
		p := &m.Packet.Connect
		if bad := malformed(m); bad != nil {
			return fmt.Sprintf("CONNECT is malformed: %s at offset %d %s", bad.Field, bad.Offset, bad.Reason)
		}
		if kind, _ := stray(m.Packet); kind != strayNothing {
			return fmt.Sprintf("CONNECT has %d bytes which its flags 0x%02x do not announce", len(m.Packet.Surplus), p.Flags)
		}
		switch {
		case p.WillQoS() == 3:
			return fmt.Sprintf("the connect flags 0x%02x say will QoS 3", p.Flags)
		case !p.WillFlag() && (p.WillQoS() != 0 || p.WillRetain()):
			return fmt.Sprintf("the connect flags 0x%02x describe a will and announce none", p.Flags)
		case p.PasswordFlag() && !p.UserNameFlag() && m.Packet.Version == mqtt.V311:
			return fmt.Sprintf("the connect flags 0x%02x announce a password without a user name", p.Flags)
		}
		return ""
	},
}

var publishQoS3Close = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-publish-qos3-close",
		Clauses:   rules.Clauses{V311: {"MQTT-3.3.1-4"}, V5: {"MQTT-4.13.1-1"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "Who receives a PUBLISH with QoS 3 closes the connection",
		Exercised: "The peer sends PUBLISH with QoS 3, and the capture goes on.",
		Why:       whyBorne,
		Fix:       fixBorne,
	},
	Offence: func(c *Conn, m *flows.Message) string {
		if m.Packet == nil || m.Packet.Type != mqtt.PUBLISH || m.Packet.QoS != 3 {
			return ""
		}
		return fmt.Sprintf("PUBLISH has QoS 3 (first byte 0x%02x)", m.Bytes[0])
	},
}

var (
	pubrelFlagsClose      = flagsClose("mqtt-pubrel-flags-close", "MQTT-3.6.1-1", "MQTT-3.6.1-1", rules.Server, mqtt.PUBREL)
	subscribeFlagsClose   = flagsClose("mqtt-subscribe-flags-close", "MQTT-3.8.1-1", "MQTT-3.8.1-1", rules.Server, mqtt.SUBSCRIBE)
	unsubscribeFlagsClose = flagsClose("mqtt-unsubscribe-flags-close", "MQTT-3.10.1-1", "MQTT-3.10.1-1", rules.Server, mqtt.UNSUBSCRIBE)
	disconnectFlagsClose  = flagsClose("mqtt-disconnect-flags-close", "MQTT-3.14.1-1", "MQTT-3.14.1-1", rules.Both, mqtt.DISCONNECT)
	authFlagsClose        = flagsClose("m5-auth-flags-close", "", "MQTT-3.15.1-1", rules.Both, mqtt.AUTH)
	// invalidFlagsClose is for all other types.
	invalidFlagsClose = flagsClose("mqtt-invalid-flags-close", "MQTT-2.2.2-2", "§4.13.1", rules.Both)
)

// flagsClose is the rule that the connection is closed at packets of these types,
// or of any, with other flags than the standard lays down for them.
func flagsClose(id, clause311, clause5 string, role rules.Role, types ...mqtt.PacketType) *Rule {
	name := "packet"
	if len(types) > 0 {
		name = types[0].String()
	}
	who := "Who receives"
	if role == rules.Server {
		who = "A server that receives"
	}
	r := &Rule{
		Rule: rules.Rule{
			ID:        id,
			Clauses:   rules.Clauses{V5: {clause5}},
			Role:      role,
			Severity:  rules.Error,
			Needs:     rules.Connection,
			Title:     who + " a " + name + " with wrong flags closes the connection",
			Exercised: "The peer sends a " + name + " with wrong flags, and the capture goes on.",
			Why:       whyBorne,
			Fix:       fixBorne,
		},
		Offence: func(c *Conn, m *flows.Message) string {
			p := m.Packet
			if p == nil || p.Type == mqtt.PUBLISH || len(types) > 0 && !slices.Contains(types, p.Type) || p.Flags == p.Type.FixedFlags() || faultOf(m) == undefinedType {
				return ""
			}
			return fmt.Sprintf("the first byte of %s is 0x%02x; it must be 0x%02x", p.Type, m.Bytes[0], byte(p.Type)<<4|p.Type.FixedFlags())
		},
	}
	if clause311 != "" {
		r.Clauses[V311] = []string{clause311}
	}
	return r
}

var subscribeMalformedClose = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-subscribe-malformed-close",
		Clauses:   rules.Clauses{V311: {"MQTT-3.8.3-4"}, V5: {"MQTT-3.8.3-5"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A server closes at a SUBSCRIBE with QoS 3 or reserved bits",
		Exercised: "The client sends SUBSCRIBE with QoS 3 or reserved bits, and the capture goes on.",
		Why:       whyBorne,
		Fix:       fixBorne,
	},
	Offence: func(c *Conn, m *flows.Message) string {
		if m.Packet == nil || m.Packet.Type != mqtt.SUBSCRIBE || !m.FromClient {
			return ""
		}
		for i := range m.Packet.Filters {
			f := &m.Packet.Filters[i]
			reserved := f.Options &^ 3
			if versionOf(c) == mqtt.V5 {
				reserved = f.Options &^ 0x3f
			}
			if f.QoS() == 3 || reserved != 0 || versionOf(c) == mqtt.V5 && f.RetainHandling() == 3 {
				return fmt.Sprintf("SUBSCRIBE asks for filter %s with the options byte 0x%02x", rules.Excerpt(f.Filter), f.Options)
			}
		}
		return ""
	},
}

var filterInvalidRefused = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-filter-invalid-refused",
		Clauses:   rules.Clauses{V31: {"§A"}, V311: {"MQTT-4.8.0-1"}, V5: {"§4.13"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A server does not grant an invalid filter",
		Exercised: "The client sends an invalid filter, and the capture goes on.",
		Why:       "The PLC takes itself for subscribed and gets nothing, or other topics than were meant.",
		Fix:       fixBorne,
	},
	Leniency: mayRefuse,
	Offence: func(c *Conn, m *flows.Message) string {
		p := m.Packet
		if p == nil || m.Err != nil || p.Type != mqtt.SUBSCRIBE || !m.FromClient || badFilters(p) == 0 {
			return ""
		}
		for i := range p.Filters {
			if invalidFilter(p, i) {
				return fmt.Sprintf("SUBSCRIBE asks for filter %s, which is none", rules.Excerpt(p.Filters[i].Filter))
			}
		}
		return ""
	},
}

// invalidFilter reports whether filter i of a SUBSCRIBE has no meaning.
func invalidFilter(p *mqtt.Packet, i int) bool {
	switch _, problem := mqtt.CheckFilter(p.Filters[i].Filter); problem {
	case mqtt.FilterEmpty, mqtt.FilterMulti, mqtt.FilterSingle:
		return true
	case mqtt.FilterShare:
		return p.Version == mqtt.V5
	}
	return false
}

// badFilters has a bit for each of the first 64 filters that is invalid.
func badFilters(p *mqtt.Packet) (bits uint64) {
	for i := range p.Filters[:min(len(p.Filters), 64)] {
		if invalidFilter(p, i) {
			bits |= 1 << i
		}
	}
	return bits
}

var badTopicHandled = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-bad-topic-handled",
		Clauses:   rules.Clauses{V311: {"MQTT-4.8.0-1"}, V5: {"§4.13"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A server does not acknowledge a message without a valid topic",
		Exercised: "The client sends PUBLISH without a valid topic, and the capture goes on.",
		Why:       "The PLC takes its value for delivered, and nobody gets it.",
		Fix:       fixBorne,
	},
	Leniency: mayRefuse,
	Offence: func(c *Conn, m *flows.Message) string {
		p := m.Packet
		if p == nil || m.Err != nil || p.Type != mqtt.PUBLISH || !m.FromClient {
			return ""
		}
		switch {
		case len(p.Topic) == 0 && !c.properties(m).alias:
			return "PUBLISH has no topic"
		case len(p.Topic) > 0 && wireTopic(m) && c.topicClass(m)&wildcard != 0:
			return fmt.Sprintf("the topic %s of a PUBLISH has the wildcard %q", rules.Excerpt(p.Topic), p.Topic[bytes.IndexAny(p.Topic, "+#")])
		}
		return ""
	},
}

var violationClose = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-protocol-violation-close",
		Clauses:   rules.Clauses{V31: {"§3"}, V311: {"MQTT-4.8.0-1"}, V5: {"MQTT-4.13.1-1"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "Who receives a packet against the protocol closes the connection",
		Exercised: "The peer sends a packet that is malformed or against the protocol, and the capture goes on.",
		Why:       whyBorne,
		Fix:       fixBorne,
	},
	Offence: func(c *Conn, m *flows.Message) string {
		p := m.Packet
		switch {
		case p == nil:
			return fmt.Sprintf("the bytes that begin with 0x%02x are no packet", m.Bytes[0])
		case misdirected(versionOf(c), side(m), p.Type):
			return fmt.Sprintf("the %s sends %s, which it may not", side(m), p.Type)
		case p.Type == mqtt.CONNECT && (c.Connects > 1 || p.Version == 0):
			return "" // other rules
		case ofOlderBroker(m):
			return "" // right in its own version
		case m.Err != nil:
			bad := malformed(m)
			return fmt.Sprintf("%s is malformed: %s at offset %d %s", p.Type, bad.Field, bad.Offset, bad.Reason)
		case p.HasID && p.ID == 0:
			return fmt.Sprintf("%s has the identifier 0", p.Type)
		case (p.Type == mqtt.SUBSCRIBE || p.Type == mqtt.UNSUBSCRIBE) && len(p.Filters) == 0:
			return fmt.Sprintf("%s has no filter", p.Type)
		case len(p.Props.Raw) == 0:
			return ""
		}
		b := c.properties(m)
		switch {
		case b.twice:
			return fmt.Sprintf("%s has a property twice", p.Type)
		case b.foreign:
			return fmt.Sprintf("%s has a property that does not belong there", p.Type)
		case b.outOfRange && forbiddenValue(p):
			return fmt.Sprintf("%s has a property out of its range", p.Type)
		case b.alias && b.aliasIs == 0:
			return fmt.Sprintf("%s has the Topic Alias 0", p.Type)
		}
		return ""
	},
}

// forbiddenValue reports whether a property has a value that is called a protocol
// error. Of the Payload Format Indicator nobody says so.
func forbiddenValue(p *mqtt.Packet) (is bool) {
	eachProperty(p, func(x mqtt.Property, _ bool) {
		_, ok := inRange(&x)
		is = is || !ok && x.ID != mqtt.PayloadFormatIndicator
	})
	return is
}

var checkFailClose5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-connect-check-fail-close",
		Clauses:   rules.Clauses{V5: {"MQTT-3.1.4-2"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A server that does not agree to a CONNECT closes the connection",
		Exercised: "The server refuses a CONNECT, and the capture goes on.",
		Why:       "The refused client keeps a connection that leads nowhere.",
		Fix:       "Report it to the broker's maker; let the client close TCP after any code but 0.",
	},
	Owes: owesCloseAfterCheck,
}

var errorCodeClose5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-error-code-close",
		Clauses:   rules.Clauses{V5: {"MQTT-4.13.2-1"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "Who ends the connection for an error closes it",
		Exercised: "CONNACK or DISCONNECT is sent with a code of 0x80 or above, and the capture goes on.",
		Why:       "The other side waits on a connection on which nothing is answered any more.",
		Fix:       "Close TCP once the DISCONNECT with its reason was sent.",
	},
	Owes: owesCloseAfterError,
}

var noCodeClose311 = &Rule{
	Rule: rules.Rule{
		ID:        "m311-connack-no-code-close",
		Clauses:   rules.Clauses{V311: {"MQTT-3.2.2-6"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A server that has no code for its refusal closes without CONNACK",
		Exercised: "The server refuses a CONNECT by a code that is not defined, and the capture goes on.",
		Why:       "The client can neither tell the code nor that it was refused for good.",
		Fix:       "Report it to the broker's maker.",
	},
	Owes: owesCloseAfterInvented,
	Ended: func(c *Conn, e *flows.End, r *Reporter) {
		if _, by, _ := c.Ended(); by == server && !e.FromClient && c.Connects == 1 && c.Connacks == 0 && c.owes(owesConnack) {
			r.Exercised()
		}
	},
}

var emptyClientIDRefused311 = &Rule{
	Rule: rules.Rule{
		ID:        "m311-empty-clientid-refused",
		Clauses:   rules.Clauses{V311: {"MQTT-3.1.3-8"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A server refuses a lasting session without a client identifier, by code 2",
		Exercised: "The server answers a CONNECT with an empty client identifier that asks for a lasting session.",
		Why:       "The session can never be found again, and fills the broker.",
		Fix:       fixBorne,
	},
	On: on(fromServer, mqtt.CONNACK),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if c.Connects != 1 || c.Connacks != 1 || c.stranger || c.Connected.ClientID != "" || c.Connected.Clean {
			return
		}
		r.Exercised()
		r.Related(c.Connect).At(m.Packet.HeaderLen + 1)
		switch code := m.Packet.Code; code {
		case 2:
		case 0:
			r.Violation(m, "CONNACK accepts the CONNECT in frame %d, which asks for a lasting session and has no client identifier", c.Connect.Frame)
		default:
			r.As(rules.Warning).Violation(m, "CONNACK refuses with code %d (%s) the CONNECT in frame %d, which asks for a lasting session and has no client identifier; code 2 is laid down", uint8(code), code.Name(mqtt.CONNACK), c.Connect.Frame)
		}
	},
}

var clientIDLengthRefused31 = &Rule{
	Rule: rules.Rule{
		ID:        "m31-clientid-length-refused",
		Clauses:   rules.Clauses{V31: {"§3.1", "§3.2"}},
		Role:      rules.Server,
		Severity:  rules.Warning,
		Needs:     rules.Connection,
		Title:     "A 3.1 server refuses a client identifier that is empty or too long, by code 2",
		Exercised: "The server answers a CONNECT whose client identifier is empty or longer than 23 characters.",
		Why:       "Many brokers are lenient here on purpose; the PLC fails at the first that is not.",
		Fix:       "Keep the identifier to 1 to 23 characters.",
	},
	On: on(fromServer, mqtt.CONNACK),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		n := utf8.RuneCountInString(c.Connected.ClientID)
		if c.Connects != 1 || c.Connacks != 1 || c.stranger || n >= 1 && n <= 23 {
			return
		}
		r.Exercised()
		if code := m.Packet.Code; code != 2 {
			r.Related(c.Connect).At(m.Packet.HeaderLen+1).Violation(m, "CONNACK with code %d (%s) answers the CONNECT in frame %d, whose client identifier has %d characters", uint8(code), code.Name(mqtt.CONNACK), c.Connect.Frame, n)
		}
	},
}

var noProcessingAfterRefusal = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-no-processing-after-refusal",
		Clauses:   rules.Clauses{V311: {"MQTT-3.1.4-5"}, V5: {"MQTT-3.1.4-6"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "What a refused client has sent behind its CONNECT is not processed",
		Exercised: "The server refuses a client that has sent more behind its CONNECT.",
		Why:       "Who may not log in may still publish.",
		Fix:       "Report it to the broker's maker: it is a hole in its security.",
	},
	On:   on(fromServer, mqtt.PUBACK, mqtt.PUBREC, mqtt.PUBCOMP, mqtt.SUBACK, mqtt.UNSUBACK, mqtt.PINGRESP),
	Odd:  oddPhase,
	Idle: everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if c.Connects != 1 || c.Connacks != 1 || c.ReturnCode == 0 || c.Sides[server].Packets != 1 {
			return
		}
		r.Exercised()
		r.Related(c.Connack).Violation(m, "%s answers the client, which the CONNACK in frame %d has refused with code %d", m.Packet.Type, c.Connack.Frame, uint8(c.ReturnCode))
	},
	Ended: func(c *Conn, e *flows.End, r *Reporter) {
		if c.Connects == 1 && c.Connacks == 1 && c.ReturnCode != 0 && c.Sides[client].Packets > 1 {
			r.Exercised()
		}
	},
}

// forMinutes is how long a side is at least waited for without hope before it is
// told that it should give up.
const forMinutes = 120 * second

var connectTimeout = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-connect-timeout",
		Clauses:   rules.Clauses{V31: {"§3.1"}, V311: {"§3.1.4"}, V5: {"§3.1.4"}},
		Role:      rules.Server,
		Severity:  rules.Warning,
		Needs:     rules.Timing,
		Title:     "A server closes a connection on which no CONNECT comes",
		Exercised: "A TCP connection, captured from its handshake, stays open for a long time or is closed, without a CONNECT.",
		Why:       "Connections that PLCs have opened and forgotten use up the broker's.",
		Fix:       "Look for a time-out of that kind in the broker's configuration.",
	},
	AnyVersion: true,
	Closed: func(c *Conn, r *Reporter) {
		at, by, ok := c.Ended()
		if !ok || !c.FromStart() || c.Sides[client].Packets > 0 || c.Sides[server].End.Frame == 0 {
			return
		}
		switch waited := at.Time - c.Flow.TCP.FirstTime; {
		case waited > forMinutes:
			r.Exercised()
			r.Late(at, "the server bore the connection for %s without a CONNECT; the %s closed it", rules.Seconds(waited), by)
		case by == server:
			r.Exercised()
		}
	},
}

var connackTimeout = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-connack-timeout",
		Clauses:   rules.Clauses{V31: {"§3.2"}, V311: {"§3.1.4"}, V5: {"§3.1.4"}},
		Role:      rules.Client,
		Severity:  rules.Warning,
		Needs:     rules.Timing,
		Title:     "A client gives up when CONNACK does not come",
		Exercised: "A CONNECT stays without answer while the capture misses nothing.",
		Why:       "The PLC hangs in its login until somebody restarts it.",
		Fix:       "Start a timer with CONNECT; when it runs out, close TCP and try again.",
	},
	On:   on(fromClient),
	Odd:  oddPhase,
	Idle: everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if waited, ok := waitsForConnack(c, m.Time); ok && waited > forMinutes {
			r.Exercised()
			r.Related(c.Connect).Violation(m, "the client sends %s, %s after its CONNECT in frame %d, which was not answered", m.Packet.Type, rules.Seconds(waited), c.Connect.Frame)
		}
	},
	Ended: func(c *Conn, e *flows.End, r *Reporter) {
		if _, by, _ := c.Ended(); by != client || !e.FromClient {
			return
		}
		if waited, ok := waitsForConnack(c, e.Time); ok && waited > 5*second {
			r.Exercised()
			if waited > forMinutes {
				r.Late(c.Connect, "the client waited %s for the answer to its CONNECT before it closed", rules.Seconds(waited))
			}
		}
	},
}

// waitsForConnack returns how long the client has waited at time now for the first
// answer to its CONNECT, if it does and was not told of it before.
func waitsForConnack(c *Conn, now int64) (waited int64, ok bool) {
	if c.Connects != 1 || c.Sides[server].Packets > 0 || c.unseen(server) || c.Sides[client].Last.Time-c.Connect.Time > forMinutes {
		return 0, false
	}
	return now - c.Connect.Time, true
}

const keepAliveEarlyCloseID = "mqtt-keepalive-early-close"

var keepAliveEarlyClose = &Rule{
	Rule: rules.Rule{
		ID:        keepAliveEarlyCloseID,
		Clauses:   rules.Clauses{V311: {"§3.1.2.10"}, V5: {"§3.1.2.10"}},
		Role:      rules.Server,
		Severity:  rules.Warning,
		Needs:     rules.Timing,
		Title:     "A server does not give up a client before one and a half times its keep alive",
		Exercised: "The server ends a connection for the client's silence.",
		Why:       "A PLC that pings as it has announced loses its connection all the same.",
		Fix:       "Look for a bound on the keep alive in the broker's configuration; make the client's shorter.",
	},
	On: on(fromServer, mqtt.DISCONNECT),
	// Before 5.0 no server says why it closes, and the rule remains silent.
	Check: judgeEarlyClose,
}

// judgeEarlyClose judges a server of 5.0 that says that it gives a client up. Where
// it has ordered the keep alive itself that is one rule, else another.
func judgeEarlyClose(c *Conn, m *flows.Message, r *Reporter) {
	last := c.Sides[client].Last
	if versionOf(c) != mqtt.V5 || m.Packet.Reason != 0x8D || !c.Accepted || c.Connects != 1 || !c.received(client, last.Time) ||
		c.ServerKeepAlive != (r.rule.ID == keepAliveEarlyCloseID) {
		return
	}
	r.Exercised()
	silent, due := m.FirstTime-last.Time, c.KeepAlive*3/2
	switch {
	case c.KeepAlive == 0:
		r.Related(last).Violation(m, "the server gives the client up for its silence (reason 0x8d); no keep alive is in force")
	case silent < due-max(second, due/20):
		r.Related(last).Violation(m, "the server gives the client up for its silence (reason 0x8d), %s after frame %d; one and a half times the keep alive of %s is %s",
			rules.Seconds(silent), last.Frame, rules.Seconds(c.KeepAlive), rules.Seconds(due))
	}
}
