package ladder

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"plcscope/flows"
	"plcscope/flows/index"
	"plcscope/internal/wire"
	"plcscope/mqtt"
	"plcscope/tui/pane"
)

// property is a field of a message as people read it.
type property struct {
	depth  int
	name   string // Wireshark's
	title  string
	value  string
	valued bool // it is no heading
}

// maxProperties bounds how many fields are shown, and maxValue how many bytes of one.
const (
	maxProperties = 5000
	maxValue      = 400
)

// told are fields whose text may be shown in privacy mode: names of topics and clients.
var told = map[string]bool{"mqtt.topic": true, "mqtt.clientid": true, "mqtt.willtopic": true, "mqtt.protoname": true}

// properties are the fields of a message.
func properties(w *pane.Words, msg *index.View) []property {
	var l []property
	for i := range msg.Tree.Nodes {
		n := &msg.Tree.Nodes[i]
		if n.Hidden || len(l) == maxProperties {
			continue
		}
		p := property{depth: int(n.Depth), name: n.Field.Name, title: n.Field.Title, valued: n.Field.Type != wire.None}
		if p.valued {
			p.value = value(w, msg, n)
		}
		l = append(l, p)
	}
	return l
}

func value(w *pane.Words, msg *index.View, n *wire.Node) string {
	raw := n.Field.Type >= wire.String && n.Field.Type <= wire.Ether
	secret := n.Field.Mask || n.Field.Type == wire.Bytes && msg.PDU != nil && msg.PDU.Secret
	switch {
	case secret && !w.Secrets:
		return "***"
	case raw && w.Private && !told[n.Field.Name]:
		return w.Payload(n.Data)
	case n.Field.Type == wire.Bytes && len(n.Data) > maxValue:
		return fmt.Sprintf("%x… (%d bytes)", n.Data[:maxValue], len(n.Data))
	case raw && len(n.Data) > maxValue && n.Field.Type == wire.String:
		return fmt.Sprintf("%s… (%d bytes)", n.Data[:maxValue], len(n.Data))
	}
	s := n.String()
	if m := n.Meaning(); m != "" {
		s = m + " (" + s + ")"
	}
	return s
}

// content is what a message carries: the payload of a PUBLISH, or else the data of an S7
// message; nil when it carries none.
func content(msg *index.View) []byte {
	switch {
	case msg.Proto == flows.MQTT && msg.Packet != nil && msg.Packet.Type == mqtt.PUBLISH:
		return msg.Packet.Payload
	case msg.PDU != nil && !msg.PDU.Secret:
		return msg.PDU.Data
	}
	return nil
}

// maxContent is how many bytes of a payload are shown.
const maxContent = 64 << 10

// readable returns the lines of a payload that is text, JSON with a line for each value,
// and false when it is no text.
func readable(b []byte) ([]string, bool) {
	if len(b) == 0 || !text(b) {
		return nil, false
	}
	var out bytes.Buffer
	if (b[0] == '{' || b[0] == '[') && json.Indent(&out, b, "", "  ") == nil {
		b = out.Bytes()
	}
	return strings.Split(strings.TrimSuffix(string(b), "\n"), "\n"), true
}

// dump writes bytes as hexadecimal digits and characters, width of them a line.
func dump(b []byte, width int) []string {
	var l []string
	for at := 0; at < len(b); at += width {
		part := b[at:min(at+width, len(b))]
		l = append(l, fmt.Sprintf("%04x  %-*s %s", at, 3*width, fmt.Sprintf("% x", part), characters(part)))
	}
	return l
}

func characters(b []byte) string {
	c := make([]byte, len(b))
	for i, x := range b {
		if c[i] = '.'; x >= ' ' && x < 0x7f {
			c[i] = x
		}
	}
	return string(c)
}
