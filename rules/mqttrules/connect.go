package mqttrules

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/rules"
)

var connectFirst = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-connect-first",
		Clauses:   rules.Clauses{V31: {"§3.1"}, V311: {"MQTT-3.1.0-1"}, V5: {"MQTT-3.1.0-1"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "The first packet from the client is CONNECT",
		Exercised: "The capture holds the TCP handshake and the first bytes of the client.",
		Why:       "A broker closes a connection that opens with anything else. Blocks that keep a \"logged in\" flag over a warm restart do this after every PLC stop.",
		Fix:       "Clear the logged-in state whenever the TCP connection is opened, and send nothing before CONNECT.",
	},
	On:         on(fromClient),
	OnUnframed: true,
	AnyVersion: true,
	Odd:        oddPhase,
	Idle:       everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if m.Serial != 1 || !c.FromStart() {
			return
		}
		r.Exercised()
		if m.Packet == nil || m.Packet.Type != mqtt.CONNECT {
			r.Violation(m, "the connection opens with %s (first byte 0x%02x) instead of CONNECT", mqtt.PacketType(m.Bytes[0]>>4), m.Bytes[0])
		}
	},
}

var connectOnce = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-connect-once",
		Clauses:   rules.Clauses{V31: {"§3.1"}, V311: {"§3.1", "MQTT-3.1.0-2"}, V5: {"§3.1", "MQTT-3.1.0-2"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "A client sends CONNECT once per connection",
		Exercised: "The client sends anything after its CONNECT.",
		Why:       "The broker must close the connection at the second CONNECT. Blocks that retry on a timer without closing TCP loop for ever.",
		Fix:       "Close the TCP connection (and wait until it is closed) before connecting again.",
	},
	On:          on(fromClient),
	OnMalformed: true,
	Odd:         oddPhase,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if c.Connects == 0 || c.Connect.Frame == m.Frame && c.Connects == 1 {
			return
		}
		r.Exercised()
		if m.Packet == nil || m.Packet.Type != mqtt.CONNECT || c.Connects < 2 {
			return
		}
		r.Related(c.Connect)
		switch {
		case c.Connacks == 0:
			r.Violation(m, "CONNECT number %d on this connection, %s after the first in frame %d, which was not answered yet", c.Connects, rules.Seconds(m.Time-c.Connect.Time), c.Connect.Frame)
		case c.ReturnCode != 0:
			r.Violation(m, "CONNECT number %d on this connection, %s after the CONNACK in frame %d refused the first with code %d (%s)", c.Connects, rules.Seconds(m.Time-c.Connack.Time), c.Connack.Frame, uint8(c.ReturnCode), c.ReturnCode.Name(mqtt.CONNACK))
		default:
			r.Violation(m, "CONNECT number %d on this connection; the first, in frame %d, was accepted", c.Connects, c.Connect.Frame)
		}
	},
}

var secondConnectClose = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-second-connect-close",
		Clauses:   rules.Clauses{V311: {"MQTT-3.1.0-2"}, V5: {"MQTT-3.1.0-2"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Timing,
		Title:     "The server closes the connection at a second CONNECT",
		Exercised: "The client sends a second CONNECT on one connection.",
		Why:       "A broker that lets it pass hides a defect of the client that other brokers punish.",
		Fix:       "Report it to the broker's maker; do not rely on it.",
	},
	Owes: owesCloseAfterSecondConnect,
}

var clientIDLength31 = &Rule{
	Rule: rules.Rule{
		ID:        "m31-clientid-length",
		Clauses:   rules.Clauses{V31: {"§3.1"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "A 3.1 client identifier has 1 to 23 characters",
		Exercised: "The client sends CONNECT.",
		Why:       "3.1 brokers refuse others with code 2, and the block waits for a CONNACK 0 that never comes.",
		Fix:       "Shorten the identifier; check that the STRING it is copied from is filled before CONNECT is built.",
	},
	On: on(fromClient, mqtt.CONNECT),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		p := &m.Packet.Connect
		if p.ClientID == nil { // absent, which is another rule
			return
		}
		r.Exercised()
		if n := utf8.RuneCount(p.ClientID); n < 1 || n > 23 {
			r.Violation(m, "the client identifier %q has %d characters; MQTT 3.1 allows 1 to 23", p.ClientID, n)
		}
	},
}

var willQoSNot3 = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-will-qos-not-3",
		Clauses:   rules.Clauses{V31: {"§3.1"}, V311: {"MQTT-3.1.2-14"}, V5: {"MQTT-3.1.2-12"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "The will QoS is not 3",
		Exercised: "The client sends CONNECT with the will flag set.",
		Why:       "The broker closes without a CONNACK. The bits often come from a temporary variable that was never set.",
		Fix:       "Initialise the connect flags and write the will QoS parameter into bits 3 and 4.",
	},
	On:          on(fromClient, mqtt.CONNECT),
	OnMalformed: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		p := &m.Packet.Connect
		if !p.WillFlag() && p.WillQoS() != 3 {
			return
		}
		r.Exercised()
		if p.WillQoS() == 3 {
			r.Violation(m, "the connect flags 0x%02x say will QoS 3 (bits 3 and 4 both set)", p.Flags)
		}
	},
}

// Offsets of the fields of a CONNECT, from its first byte.
func levelAt(p *mqtt.Packet) int { return p.HeaderLen + 2 + len(p.Connect.ProtocolName) }
func flagsAt(p *mqtt.Packet) int { return levelAt(p) + 1 }

func clientIDAt(p *mqtt.Packet) int {
	if p.Version == mqtt.V5 {
		return p.Props.Offset + len(p.Props.Raw)
	}
	return levelAt(p) + 4
}

func willTopicAt(p *mqtt.Packet) int {
	c := &p.Connect
	if p.Version == mqtt.V5 {
		return c.WillProps.Offset + len(c.WillProps.Raw)
	}
	return clientIDAt(p) + 2 + len(c.ClientID)
}

func userNameAt(p *mqtt.Packet) int {
	c := &p.Connect
	if !c.HasWill {
		return clientIDAt(p) + 2 + len(c.ClientID)
	}
	return willTopicAt(p) + 4 + len(c.WillTopic) + len(c.WillMessage)
}

// malformed is what is wrong in m, or nil.
func malformed(m *flows.Message) *mqtt.Malformed {
	bad, _ := m.Err.(*mqtt.Malformed)
	return bad
}

// read reports whether the field at that offset of m could be read: it stands
// before the fault.
func read(m *flows.Message, at int) bool {
	if m.Packet == nil {
		return false
	}
	bad := malformed(m)
	return m.Err == nil || bad != nil && bad.Offset > at
}

// ends says how much of a field was there.
func ends(bad *mqtt.Malformed) string {
	if bad.Have == 0 {
		return "the packet ends before it"
	}
	return fmt.Sprintf("it needs %d bytes at offset %d and %d are left", bad.Need, bad.Offset, bad.Have)
}

var protocolName = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-protocol-name",
		Clauses:   rules.Clauses{V31: {"§3.1"}, V311: {"§3.1.2.1"}, V5: {"MQTT-3.1.2-1"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "The protocol name belongs to the version",
		Exercised: "The client sends CONNECT.",
		Why:       "A broker closes without an answer when it does not know the name, and refuses with code 1 when it does not go with the level.",
		Fix:       "Send \"MQTT\" with level 4 or 5, or \"MQIsdp\" with level 3, each with its length in front.",
	},
	On:          on(fromClient, mqtt.CONNECT),
	OnMalformed: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if m.Packet == nil || !read(m, levelAt(m.Packet)) {
			return
		}
		r.Exercised()
		p := &m.Packet.Connect
		name := string(p.ProtocolName)
		switch m.Packet.Version {
		case mqtt.V31:
			if name != "MQIsdp" {
				r.At(m.Packet.HeaderLen+2).Violation(m, "protocol level 3 goes with the name \"MQIsdp\", this CONNECT says %q", name)
			}
		case mqtt.V311, mqtt.V5:
			if name != "MQTT" {
				r.At(m.Packet.HeaderLen+2).Violation(m, "protocol level %d goes with the name \"MQTT\", this CONNECT says %q", p.Level, name)
			}
		default:
			if name != "MQTT" && name != "MQIsdp" {
				r.At(m.Packet.HeaderLen+2).Violation(m, "the protocol name is %q, neither \"MQTT\" nor \"MQIsdp\"", name)
			}
		}
	},
}

var protocolLevel = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-protocol-level",
		Clauses:   rules.Clauses{V31: {"§3.1"}, V311: {"§3.1.2.2"}, V5: {"§3.1.2.2"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "The protocol level is 3, 4 or 5",
		Exercised: "The client sends CONNECT.",
		Why:       "Any other level is refused with code 1. A level that changes between attempts stands in a byte that nobody set.",
		Fix:       "Write 3 for MQTT 3.1, 4 for 3.1.1 or 5 for 5.0 behind the protocol name.",
	},
	On:          on(fromClient, mqtt.CONNECT),
	OnMalformed: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if m.Packet == nil || !read(m, levelAt(m.Packet)) {
			return
		}
		r.Exercised()
		p := &m.Packet.Connect
		r.At(levelAt(m.Packet))
		switch p.Level {
		case 3, 4, 5:
		case 0x83, 0x84:
			r.As(rules.Info).Violation(m, "protocol level 0x%02x: level %d with the bit by which brokers announce a bridge", p.Level, p.Level&0x7f)
		default:
			r.Violation(m, "the protocol level is %d (0x%02x); 3, 4 and 5 exist", p.Level, p.Level)
		}
	},
}

var connectReserved = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-connect-reserved-flag",
		Clauses:   rules.Clauses{V311: {"MQTT-3.1.2-3"}, V5: {"MQTT-3.1.2-3"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "Bit 0 of the connect flags is 0",
		Exercised: "The client sends CONNECT.",
		Why:       "The broker must close the connection when it is set. It is left over from a temporary variable that was never initialised.",
		Fix:       "Start from a flags byte of 0 and set only the bits that are meant.",
	},
	On:          on(fromClient, mqtt.CONNECT),
	OnMalformed: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if !flagsRead(m) {
			return
		}
		r.Exercised()
		if p := &m.Packet.Connect; p.Reserved() {
			r.At(flagsAt(m.Packet)).Violation(m, "the connect flags are 0x%02x: the reserved bit 0 is set", p.Flags)
		}
	},
}

// flagsRead reports whether the connect flags of m can be relied on.
func flagsRead(m *flows.Message) bool {
	return m.Packet != nil && m.Packet.Version != 0 && read(m, flagsAt(m.Packet))
}

var willFieldsPresent = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-will-fields-present",
		Clauses:   rules.Clauses{V31: {"§3.1"}, V311: {"MQTT-3.1.2-9"}, V5: {"MQTT-3.1.2-9"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "A set will flag is followed by a will topic and a will message",
		Exercised: "The client sends CONNECT with the will flag set.",
		Why:       "The broker takes the user name for the will topic, or runs off the end, and closes without a CONNACK.",
		Fix:       "Append will topic and will message, in 5.0 the will properties before them, whenever the flag is set; an empty message is two zero bytes.",
	},
	On:          on(fromClient, mqtt.CONNECT),
	OnMalformed: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if !flagsRead(m) || !m.Packet.Connect.WillFlag() || m.Packet.Connect.ClientID == nil {
			return
		}
		p := &m.Packet.Connect
		bad := malformed(m)
		if p.HasWill {
			r.Exercised()
		} else if bad != nil && faultOf(m) == connectField && bad.Offset >= clientIDAt(m.Packet)+2+len(p.ClientID) {
			r.Exercised()
			r.At(bad.Offset).Violation(m, "the connect flags 0x%02x announce a will, but %s cannot be read: %s", p.Flags, bad.Field, ends(bad))
		}
	},
}

// strayFields is what the bytes behind the last field of a CONNECT look like.
type strayFields uint8

const (
	strayNothing  strayFields = iota // nothing, or no fields of a CONNECT
	strayWill                        // a will and perhaps more
	strayUserName                    // a user name, perhaps with a password
	strayPassword
)

// stray tells which field without its flag explains the surplus of a CONNECT,
// when it divides into strings without a rest. Clients that always append their
// strings, or set the flags too late, send such packets.
func stray(p *mqtt.Packet) (kind strayFields, strings int) {
	if p.Type != mqtt.CONNECT || p.Version == 0 || len(p.Surplus) == 0 {
		return strayNothing, 0
	}
	c := &p.Connect
	for b := p.Surplus; len(b) > 0; strings++ {
		n := 2
		if len(b) >= 2 {
			n += int(b[0])<<8 | int(b[1])
		}
		if n > len(b) {
			return strayNothing, 0
		}
		b = b[n:]
	}
	switch {
	case !c.UserNameFlag() && strings <= 2:
		return strayUserName, strings
	case !c.PasswordFlag() && strings == 1:
		return strayPassword, strings
	case !c.WillFlag() && strings <= 4:
		return strayWill, strings
	}
	return strayNothing, 0
}

var noWillFields = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-no-will-no-will-fields",
		Clauses:   rules.Clauses{V311: {"MQTT-3.1.2-11"}, V5: {"§3.1.2.5"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "Without the will flag there are no will fields",
		Exercised: "The client sends CONNECT without the will flag.",
		Why:       "The broker closes the connection for bytes that nothing explains. Typical of flags that are written one attempt too late: the first CONNECT after a download has flags 0, the next is right.",
		Fix:       "Compute the connect flags before the packet is built, and append will topic and message only when the flag is set.",
	},
	On: on(fromClient, mqtt.CONNECT),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if m.Packet.Connect.WillFlag() {
			return
		}
		r.Exercised()
		if kind, n := stray(m.Packet); kind == strayWill {
			r.At(m.Packet.SurplusOffset).Violation(m, "the connect flags 0x%02x announce no will, yet %d bytes follow the last field, which read as %d strings: will topic and message, and perhaps credentials", m.Packet.Connect.Flags, len(m.Packet.Surplus), n)
		}
	},
}

var willQoSZero = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-will-qos-zero-without-will",
		Clauses:   rules.Clauses{V311: {"MQTT-3.1.2-13", "MQTT-3.1.2-11"}, V5: {"MQTT-3.1.2-11"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "The will QoS is 0 when there is no will",
		Exercised: "The client sends CONNECT without the will flag.",
		Why:       "The broker may close the connection. The bits come from a variable that is set although no will is used.",
		Fix:       "Write the will QoS only together with the will flag.",
	},
	On:          on(fromClient, mqtt.CONNECT),
	OnMalformed: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if !flagsRead(m) || m.Packet.Connect.WillFlag() || m.Packet.Connect.WillQoS() == 3 { // QoS 3 is another rule
			return
		}
		r.Exercised()
		if p := &m.Packet.Connect; p.WillQoS() != 0 {
			r.At(flagsAt(m.Packet)).Violation(m, "the connect flags 0x%02x say will QoS %d and no will", p.Flags, uint8(p.WillQoS()))
		}
	},
}

var willRetainZero = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-will-retain-zero-without-will",
		Clauses:   rules.Clauses{V311: {"MQTT-3.1.2-15", "MQTT-3.1.2-11"}, V5: {"MQTT-3.1.2-13"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "Will retain is 0 when there is no will",
		Exercised: "The client sends CONNECT without the will flag.",
		Why:       "The broker may close the connection.",
		Fix:       "Write the will retain bit only together with the will flag.",
	},
	On:          on(fromClient, mqtt.CONNECT),
	OnMalformed: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if !flagsRead(m) || m.Packet.Connect.WillFlag() {
			return
		}
		r.Exercised()
		if p := &m.Packet.Connect; p.WillRetain() {
			r.At(flagsAt(m.Packet)).Violation(m, "the connect flags 0x%02x say will retain and no will", p.Flags)
		}
	},
}

var userNameAbsent = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-username-absent",
		Clauses:   rules.Clauses{V311: {"MQTT-3.1.2-18"}, V5: {"MQTT-3.1.2-16"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "Without the user name flag there is no user name",
		Exercised: "The client sends CONNECT without the user name flag.",
		Why:       "The broker closes the connection for bytes that nothing explains. Blocks that always append both credentials do it with empty strings too.",
		Fix:       "Append user name and password only when their flags are set, and set the flags before the packet is built.",
	},
	On: on(fromClient, mqtt.CONNECT),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if m.Packet.Connect.UserNameFlag() {
			return
		}
		r.Exercised()
		if kind, n := stray(m.Packet); kind == strayUserName {
			what := "a user name"
			if n == 2 {
				what = "a user name and a password"
			}
			r.At(m.Packet.SurplusOffset).Violation(m, "the connect flags 0x%02x announce no user name, yet %d bytes follow the last field, which read as %s", m.Packet.Connect.Flags, len(m.Packet.Surplus), what)
		}
	},
}

var userNamePresent = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-username-present",
		Clauses:   rules.Clauses{V311: {"MQTT-3.1.2-19"}, V5: {"MQTT-3.1.2-17"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "A set user name flag is followed by a user name",
		Exercised: "The client sends CONNECT with the user name flag set.",
		Why:       "The broker closes the connection: the packet ends where it looks for the name.",
		Fix:       "Append the user name, or clear bit 7 of the connect flags when it is empty.",
	},
	On:          on(fromClient, mqtt.CONNECT),
	OnMalformed: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if flagsRead(m) && m.Packet.Connect.UserNameFlag() {
			present(m, r, m.Packet.Connect.HasUserName, "mqtt.username_len", "a user name")
		}
	},
}

var passwordAbsent = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-password-absent",
		Clauses:   rules.Clauses{V311: {"MQTT-3.1.2-20"}, V5: {"MQTT-3.1.2-18"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "Without the password flag there is no password",
		Exercised: "The client sends CONNECT without the password flag.",
		Why:       "The broker closes the connection for bytes that nothing explains.",
		Fix:       "Append the password only when bit 6 of the connect flags is set.",
	},
	On: on(fromClient, mqtt.CONNECT),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if m.Packet.Connect.PasswordFlag() {
			return
		}
		r.Exercised()
		if kind, _ := stray(m.Packet); kind == strayPassword {
			r.At(m.Packet.SurplusOffset).Violation(m, "the connect flags 0x%02x announce no password, yet %d bytes follow the user name, which read as one string", m.Packet.Connect.Flags, len(m.Packet.Surplus))
		}
	},
}

var passwordPresent = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-password-present",
		Clauses:   rules.Clauses{V311: {"MQTT-3.1.2-21"}, V5: {"MQTT-3.1.2-19"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "A set password flag is followed by a password",
		Exercised: "The client sends CONNECT with the password flag set.",
		Why:       "The broker closes the connection: the packet ends where it looks for the password.",
		Fix:       "Append the password, or clear bit 6 of the connect flags when it is empty.",
	},
	On:          on(fromClient, mqtt.CONNECT),
	OnMalformed: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if flagsRead(m) && m.Packet.Connect.PasswordFlag() {
			present(m, r, m.Packet.Connect.HasPassword, "mqtt.passwd_len", "a password")
		}
	},
}

// present checks that a credential whose flag is set is there. One that is there
// and too long breaks the length of the packet, which is another rule.
func present(m *flows.Message, r *Reporter, has bool, field, name string) {
	bad := malformed(m)
	if has {
		r.Exercised()
	} else if bad != nil && bad.Field == field && bad.Have == 0 {
		r.Exercised()
		r.At(bad.Offset).Violation(m, "the connect flags 0x%02x announce %s, but the packet ends at byte %d before it", m.Packet.Connect.Flags, name, bad.Offset)
	}
}

var credentialLenient31 = &Rule{
	Rule: rules.Rule{
		ID:        "m31-credential-fields-lenient",
		Clauses:   rules.Clauses{V31: {"§3.1"}},
		Role:      rules.Client,
		Severity:  rules.Info,
		Needs:     rules.Packet,
		Title:     "In 3.1 a credential whose flag is set is there",
		Exercised: "The client sends CONNECT with the flag of a user name or a password set.",
		Why:       "3.1 lets brokers accept the packet for the sake of older clients; 3.1.1 brokers close.",
		Fix:       "Append the field, or clear its flag.",
	},
	On: on(fromClient, mqtt.CONNECT),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		p := &m.Packet.Connect
		if p.Flags&0xC0 == 0 {
			return
		}
		r.Exercised()
		switch {
		case p.UserNameFlag() && !p.HasUserName:
			r.At(len(m.Bytes)).Violation(m, "the connect flags 0x%02x announce a user name and the packet has none", p.Flags)
		case p.PasswordFlag() && !p.HasPassword:
			r.At(len(m.Bytes)).Violation(m, "the connect flags 0x%02x announce a password and the packet has none", p.Flags)
		}
	},
}

var credentialLength31 = &Rule{
	Rule: rules.Rule{
		ID:        "m31-credential-length",
		Clauses:   rules.Clauses{V31: {"§3.1"}},
		Role:      rules.Client,
		Severity:  rules.Info,
		Needs:     rules.Packet,
		Title:     "3.1 recommends at most 12 characters for user name and password",
		Exercised: "The client sends CONNECT with a user name or a password.",
		Why:       "Old brokers may cut or refuse longer ones.",
		Fix:       "Nothing, as long as the broker in use takes them.",
	},
	On: on(fromClient, mqtt.CONNECT),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		p := &m.Packet.Connect
		if !p.HasUserName && !p.HasPassword {
			return
		}
		r.Exercised()
		if n, k := utf8.RuneCount(p.UserName), utf8.RuneCount(p.Password); n > 12 || k > 12 {
			r.Violation(m, "the user name has %d characters and the password %d; MQTT 3.1 recommends 12 at most", n, k)
		}
	},
}

var passwordNeedsUserName = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-password-needs-username",
		Clauses:   rules.Clauses{V31: {"§3.1"}, V311: {"MQTT-3.1.2-22"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "A password comes only with a user name",
		Exercised: "The client sends CONNECT.",
		Why:       "The broker closes the connection. It happens when the user name parameter is left empty.",
		Fix:       "Clear bit 6 of the connect flags whenever bit 7 is clear.",
	},
	On:          on(fromClient, mqtt.CONNECT),
	OnMalformed: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if !flagsRead(m) {
			return
		}
		r.Exercised()
		if p := &m.Packet.Connect; p.PasswordFlag() && !p.UserNameFlag() {
			r.At(flagsAt(m.Packet)).Violation(m, "the connect flags 0x%02x announce a password without a user name", p.Flags)
		}
	},
}

var clientIDPresent = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-clientid-present",
		Clauses:   rules.Clauses{V31: {"§3.1"}, V311: {"MQTT-3.1.3-3"}, V5: {"MQTT-3.1.3-3"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "The payload of CONNECT begins with the client identifier",
		Exercised: "The client sends CONNECT.",
		Why:       "The broker closes without an answer when the packet ends before it.",
		Fix:       "Always write the two bytes of its length, 0 for an empty one, and count them in the Remaining Length.",
	},
	On:          on(fromClient, mqtt.CONNECT),
	OnMalformed: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if !flagsRead(m) {
			return
		}
		bad := malformed(m)
		if m.Packet.Connect.ClientID != nil {
			r.Exercised()
		} else if bad != nil && (bad.Field == "mqtt.clientid_len" || bad.Field == "mqtt.clientid") {
			r.Exercised()
			r.At(bad.Offset).Violation(m, "no client identifier can be read at byte %d of the CONNECT: %s", bad.Offset, ends(bad))
		}
	},
}

var clientIDUTF8 = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-clientid-utf8",
		Clauses:   rules.Clauses{V311: {"MQTT-3.1.3-4"}, V5: {"MQTT-3.1.3-4"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "The client identifier is valid UTF-8",
		Exercised: "The client sends CONNECT with a client identifier that is not empty.",
		Why:       "The broker closes the connection. CHAR of a PLC is an 8-bit code page; umlauts and ° are no UTF-8, and unfilled characters of a STRING are zero.",
		Fix:       "Use plain letters and digits, and the actual length of the STRING.",
	},
	On: on(fromClient, mqtt.CONNECT),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		p := &m.Packet.Connect
		if len(p.ClientID) == 0 {
			return
		}
		r.Exercised()
		if at, problem := mqtt.CheckString(p.ClientID); problem >= mqtt.StringNull {
			r.At(clientIDAt(m.Packet)+2+at).Violation(m, "the client identifier %q %s: byte 0x%02x at its position %d", p.ClientID, problem, p.ClientID[at], at)
		}
	},
}

var clientIDPortable = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-clientid-portable",
		Clauses:   rules.Clauses{V311: {"§3.1.3.1"}, V5: {"§3.1.3.1"}},
		Role:      rules.Client,
		Severity:  rules.Info,
		Needs:     rules.Packet,
		Title:     "The client identifier is one that every server must take",
		Exercised: "The client sends CONNECT.",
		Why:       "Lawful, but a server may refuse identifiers of more than 23 bytes or with other characters than 0-9, a-z and A-Z.",
		Fix:       "Keep it in mind when the broker is changed.",
	},
	On: on(fromClient, mqtt.CONNECT),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		id := m.Packet.Connect.ClientID
		r.Exercised()
		odd := bytes.IndexFunc(id, func(x rune) bool {
			return !(x >= '0' && x <= '9' || x >= 'a' && x <= 'z' || x >= 'A' && x <= 'Z')
		})
		switch {
		case len(id) > 23:
			r.Violation(m, "the client identifier %q has %d bytes; servers need not take more than 23", id, len(id))
		case odd >= 0:
			r.Violation(m, "the client identifier %q has other characters than letters and digits; servers need not take them", id)
		}
	},
}

var emptyClientIDClean = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-empty-clientid-clean",
		Clauses:   rules.Clauses{V311: {"MQTT-3.1.3-7"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "An empty client identifier comes only with clean session 1",
		Exercised: "The client sends CONNECT with an empty client identifier.",
		Why:       "The broker refuses with code 2: it cannot keep a session for nobody. The identifier is often empty because its STRING is filled after CONNECT was built.",
		Fix:       "Set the client identifier, or clean session.",
	},
	On: on(fromClient, mqtt.CONNECT),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		p := &m.Packet.Connect
		if len(p.ClientID) > 0 {
			return
		}
		r.Exercised()
		if !p.CleanSession() {
			r.At(clientIDAt(m.Packet)).Violation(m, "the client identifier is empty and the connect flags 0x%02x ask for a lasting session", p.Flags)
		}
	},
}

var willTopicUTF8 = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-will-topic-utf8",
		Clauses:   rules.Clauses{V311: {"MQTT-3.1.3-10"}, V5: {"MQTT-3.1.3-11"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "The will topic is valid UTF-8",
		Exercised: "The client sends CONNECT with a will.",
		Why:       "The broker closes the connection at CONNECT. A zero behind the text means that the length belongs to another string.",
		Fix:       "Use the actual length of the STRING and plain letters.",
	},
	On: on(fromClient, mqtt.CONNECT),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		p := &m.Packet.Connect
		if !p.HasWill {
			return
		}
		r.Exercised()
		if at, problem := mqtt.CheckString(p.WillTopic); problem >= mqtt.StringNull {
			r.At(willTopicAt(m.Packet)+2+at).Violation(m, "the will topic %q %s: byte 0x%02x at its position %d of %d", p.WillTopic, problem, p.WillTopic[at], at, len(p.WillTopic))
		}
	},
}

var willTopicNoWildcard = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-will-topic-no-wildcard",
		Clauses:   rules.Clauses{V31: {"§3.1"}, V311: {"MQTT-4.7.1-1"}, V5: {"MQTT-4.7.0-1"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "The will topic is a topic name, not a filter",
		Exercised: "The client sends CONNECT with a will.",
		Why:       "The broker refuses the connection, or never publishes the will.",
		Fix:       "Name one topic, without + and #.",
	},
	On: on(fromClient, mqtt.CONNECT),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		p := &m.Packet.Connect
		if !p.HasWill {
			return
		}
		r.Exercised()
		if len(p.WillTopic) == 0 {
			r.At(willTopicAt(m.Packet)).Violation(m, "the will topic is empty")
		} else if at := bytes.IndexAny(p.WillTopic, "+#"); at >= 0 {
			r.At(willTopicAt(m.Packet)+2+at).Violation(m, "the will topic %q contains the wildcard %q", p.WillTopic, p.WillTopic[at:at+1])
		}
	},
}

var willMessageASCII31 = &Rule{
	Rule: rules.Rule{
		ID:        "m31-will-message-ascii",
		Clauses:   rules.Clauses{V31: {"§3.1"}},
		Role:      rules.Client,
		Severity:  rules.Warning,
		Needs:     rules.Packet,
		Title:     "A 3.1 will message is 7-bit ASCII",
		Exercised: "The client sends CONNECT with a will.",
		Why:       "3.1 brokers treat the will message as text and may change or refuse other bytes.",
		Fix:       "Keep to ASCII in the will message, or go to MQTT 3.1.1.",
	},
	On: on(fromClient, mqtt.CONNECT),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		p := &m.Packet.Connect
		if !p.HasWill {
			return
		}
		r.Exercised()
		for i, b := range p.WillMessage {
			if b > 0x7f {
				r.At(willTopicAt(m.Packet)+4+len(p.WillTopic)+i).Violation(m, "the will message of %d bytes has 0x%02x at position %d; MQTT 3.1 wants ASCII", len(p.WillMessage), b, i)
				return
			}
		}
	},
}

var userNameUTF8 = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-username-utf8",
		Clauses:   rules.Clauses{V311: {"MQTT-3.1.3-11"}, V5: {"MQTT-3.1.3-12"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "The user name is valid UTF-8",
		Exercised: "The client sends CONNECT with a user name.",
		Why:       "The broker closes the connection. Umlauts of a PLC's code page are no UTF-8.",
		Fix:       "Use plain letters and digits, and the actual length of the STRING.",
	},
	On: on(fromClient, mqtt.CONNECT),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		p := &m.Packet.Connect
		if !p.HasUserName {
			return
		}
		r.Exercised()
		if at, problem := mqtt.CheckString(p.UserName); problem >= mqtt.StringNull {
			r.At(userNameAt(m.Packet)+2+at).Violation(m, "the user name of %d bytes %s at its position %d", len(p.UserName), problem, at)
		}
	},
}

var packetsBeforeConnack = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-packets-before-connack",
		Clauses:   rules.Clauses{V31: {"§3.1"}, V311: {"§3.1.4"}, V5: {"§3.1.4"}},
		Role:      rules.Client,
		Severity:  rules.Info,
		Needs:     rules.Connection,
		Title:     "The client waits for CONNACK before it sends more",
		Exercised: "The capture holds a CONNECT and what follows it up to the CONNACK.",
		Why:       "Lawful, but what was sent is lost without a trace when the broker refuses. A block that kept its logged-in flag over a restart does this unknowingly.",
		Fix:       "Wait for CONNACK with code 0 before the first PUBLISH or SUBSCRIBE.",
	},
	On:   on(fromClient),
	Odd:  oddPhase,
	Idle: everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if c.Sides[client].Packets != 1 || c.Connects != 1 || m.Packet.Type == mqtt.CONNECT || m.Packet.Type == mqtt.AUTH {
			return
		}
		r.Exercised()
		if c.Connacks == 0 {
			r.Related(c.Connect).Violation(m, "%s follows the CONNECT of frame %d after %s, before any CONNACK", m.Packet.Type, c.Connect.Frame, rules.Seconds(m.Time-c.Connect.Time))
		}
	},
}
