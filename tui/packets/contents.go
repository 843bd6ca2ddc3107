package packets

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"plcscope/flows"
	"plcscope/internal/wire"
	"plcscope/mqtt"
	"plcscope/tui/paint"
)

// maxLines bounds what is shown of the contents of a message in a conversation.
const maxLines = 200

// contents are the lines that tell what is in a message: of a PUBLISH its payload, of
// others the fields.
func (c *conversation) contents(n uint32) []paint.Line {
	words := c.v.d.Words()
	if m, ok := c.v.d.Scope().Index.Message(n); ok && m.Length > maxInRow {
		return []paint.Line{paint.Inf(paint.Dim, "%s are too many to be shown here; enter reads them", stretch(m.Length))}
	}
	v, err := c.v.d.Reader().Message(n)
	if err != nil {
		return []paint.Line{paint.In(paint.Bad, err.Error())}
	}
	if v.Proto == flows.MQTT && v.Packet != nil && v.Packet.Type == mqtt.PUBLISH && v.Err == nil {
		if words.Private {
			return []paint.Line{paint.In(paint.Dim, words.Payload(v.Packet.Payload))}
		}
		return payloadLines(v.Packet.Payload)
	}
	w := writer{words: words, secrets: words.Secrets}
	var l []paint.Line
	for i := range v.Tree.Nodes {
		x := &v.Tree.Nodes[i]
		switch {
		case x.Hidden || x.Field.Type == wire.None && x.Depth == 0:
			continue
		case len(l) == maxLines:
			return append(l, paint.In(paint.Dim, "… enter shows the rest"))
		}
		l = append(l, paint.In(paint.Dim, strings.Repeat("  ", max(int(x.Depth)-1, 0))).And(paint.Plain, w.line(x)))
	}
	if v.Err != nil {
		text, _ := faultText(v.Err)
		l = append(l, paint.In(paint.Bad, "[Malformed: "+text+"]"))
	}
	if len(l) == 0 {
		l = append(l, paint.In(paint.Dim, "nothing"))
	}
	return l
}

// payloadLines shows JSON with its structure, other text as it is, and bytes as such.
func payloadLines(b []byte) []paint.Line {
	if len(b) == 0 {
		return []paint.Line{paint.In(paint.Dim, "no payload")}
	}
	var pretty bytes.Buffer
	text := readable(b)
	if text && (b[0] == '{' || b[0] == '[') && json.Indent(&pretty, b, "", "  ") == nil {
		b = pretty.Bytes()
	}
	var l []paint.Line
	if text {
		for s := range strings.Lines(string(b)) {
			if len(l) == maxLines {
				break
			}
			l = append(l, paint.Text(strings.TrimRight(s, "\r\n")))
		}
	} else {
		for at := 0; at < len(b) && len(l) < maxLines; at += 16 {
			l = append(l, dumpLine(b, at))
		}
	}
	if len(l) == maxLines {
		l = append(l, paint.In(paint.Dim, "… enter shows the rest"))
	}
	return l
}

// dumpLine is sixteen bytes of b with their offset and as ASCII.
func dumpLine(b []byte, at int) paint.Line {
	row := b[at:min(at+16, len(b))]
	text := make([]byte, len(row))
	for i, c := range row {
		if text[i] = c; c < ' ' || c > '~' {
			text[i] = '.'
		}
	}
	return paint.Inf(paint.Dim, "%04x  ", at).And(paint.Plain, fmt.Sprintf("%-48s %s", fmt.Sprintf("% x", row), text))
}

// readable reports whether b is text for people; its end may be cut off.
func readable(b []byte) bool {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 && i > 0 && !utf8.FullRune(b[i:]) {
			return true
		}
		if r == utf8.RuneError && n == 1 || !unicode.IsPrint(r) && r != '\n' && r != '\r' && r != '\t' {
			return false
		}
		i += n
	}
	return true
}
