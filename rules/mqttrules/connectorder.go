package mqttrules

import (
	"slices"
	"strings"
	"unicode/utf8"

	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/rules"
)

var connectPayloadOrder = &Rule{
	Rule: rules.Rule{
		ID:        "mqtt-connect-payload-order",
		Clauses:   rules.Clauses{V31: {"§3.1"}, V311: {"MQTT-3.1.3-1"}, V5: {"MQTT-3.1.3-1"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "The fields of a CONNECT are in their order: client identifier, will, user name, password",
		Exercised: "A client sends a CONNECT with a will, a user name or a password.",
		Why:       "The broker takes one field for the other and closes without a CONNACK, or refuses the login.",
		Fix:       "Append client identifier, in 5.0 will properties, will topic, will message, user name and password, in this order, whichever of them there are.",
	},
	On:          on(fromClient, mqtt.CONNECT),
	OnMalformed: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if !flagsRead(m) {
			return
		}
		p := &m.Packet.Connect
		if m.Err == nil {
			if p.HasWill || p.UserNameFlag() || p.PasswordFlag() {
				r.Exercised()
			}
			return
		}
		// Before 5.0 all fields are strings of one form, and any order can be
		// read; in 5.0 the will has properties in front, by which its place shows.
		if m.Packet.Version != mqtt.V5 || !p.WillFlag() || m.Packet.Props.LengthBytes == 0 {
			return
		}
		if order := otherFieldOrder(m); order != "" {
			r.Exercised()
			bad := malformed(m)
			r.At(bad.Offset).Violation(m, "the fields of the CONNECT cannot be read in their order (%s at byte %d %s); they can as %s", bad.Field, bad.Offset, bad.Reason, order)
		}
	},
}

// otherFieldOrder names an order in which the fields of a 5.0 CONNECT with a will can
// be read to its last byte, each as it should be, or returns nothing.
func otherFieldOrder(m *flows.Message) string {
	p := &m.Packet.Connect
	var credentials []field
	if p.UserNameFlag() {
		credentials = append(credentials, userNameField)
	}
	if p.PasswordFlag() {
		credentials = append(credentials, passwordField)
	}
	will := []field{willPropsField, willTopicField, willMessageField}
	id := []field{clientIDField}
	orders := [][]field{
		slices.Concat(id, []field{willTopicField, willPropsField, willMessageField}, credentials),
		slices.Concat(id, []field{willTopicField, willMessageField, willPropsField}, credentials),
		slices.Concat(will, id, credentials),
	}
	if len(credentials) > 0 {
		orders = append(orders, slices.Concat(id, credentials, will), slices.Concat(credentials, id, will))
	}
	head := m.Packet.Props.Offset + len(m.Packet.Props.Raw)
	for _, order := range orders {
		fields, ok := split(order, m.Bytes[head:])
		if ok && sensible(slices.Concat(append([][]byte{m.Bytes[:head]}, fields[:]...)...)) {
			return nameOrder(order)
		}
	}
	return ""
}

// field is a field of the payload of a CONNECT; they are numbered in their order.
type field uint8

const (
	clientIDField field = iota
	willPropsField
	willTopicField
	willMessageField
	userNameField
	passwordField
	connectFields
)

var fieldNames = [connectFields]string{"client identifier", "will properties", "will topic", "will message", "user name", "password"}

func nameOrder(order []field) string {
	names := make([]string, len(order))
	for i, f := range order {
		names[i] = fieldNames[f]
	}
	return strings.Join(names, ", ")
}

// split reads b as those fields, each with its length.
func split(order []field, b []byte) (fields [connectFields][]byte, ok bool) {
	for _, f := range order {
		n := 0
		switch {
		case f == willPropsField && len(b) > 0 && b[0] < 0x80: // longer blocks are not looked for
			n = 1 + int(b[0])
		case f != willPropsField && len(b) > 1:
			n = 2 + int(b[0])<<8 + int(b[1])
		}
		if n == 0 || n > len(b) {
			return fields, false
		}
		fields[f], b = b[:n], b[n:]
	}
	return fields, len(b) == 0
}

// sensible reports whether b is a CONNECT without a fault.
func sensible(b []byte) bool {
	var p mqtt.Packet
	if err := p.Decode(b, mqtt.V5); err != nil || len(p.Surplus) > 0 {
		return false
	}
	for x := range p.Connect.WillProps.All() {
		if !mqtt.PropertyAllowed(x.ID, mqtt.CONNECT, true) {
			return false
		}
	}
	c := &p.Connect
	for _, text := range [][]byte{c.ClientID, c.WillTopic, c.UserName} {
		if classOf(text)&(control|null) != 0 || !utf8.Valid(text) {
			return false
		}
	}
	return len(c.WillTopic) > 0 && classOf(c.WillTopic)&wildcard == 0
}
