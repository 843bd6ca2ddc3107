package main

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"plcscope/flows"
	"plcscope/flows/frames"
	"plcscope/internal/wire"
)

// jsonPrinter prints an object for each message and each gap.
type jsonPrinter struct {
	w     *output
	o     *readOptions
	array bool // as the elements of one array
	line  []byte
	text  []byte

	// The occurrences of each field in the message as lists of node indices:
	// next[i] is the one behind node i, -1 for none; later[i] says that node i
	// is not the first. Headings are in no list.
	next  []int32
	later []bool
	last  map[*wire.Field]int32 // ends of the lists, for large messages
}

func newJSONPrinter(w *output, o *readOptions, array bool) *jsonPrinter {
	w.array = array
	return &jsonPrinter{w: w, o: o, array: array, last: map[*wire.Field]int32{}}
}

func (j *jsonPrinter) frameDone()             {}
func (j *jsonPrinter) undo()                  {}
func (j *jsonPrinter) fields() []*wire.Field  { return nil }
func (j *jsonPrinter) trees() *wire.Selection { return wire.Everything }

func (j *jsonPrinter) end() {
	if !j.array {
		return
	}
	if !j.w.begun {
		j.w.array = false
		j.w.Write([]byte("[]\n"))
		return
	}
	j.w.Write([]byte("\n]\n"))
}

// put prints an object.
func (j *jsonPrinter) put(b []byte) {
	if !j.array {
		j.line = append(b, '\n')
	} else {
		j.line = b
	}
	j.w.Write(j.line)
}

// begin starts an object with what messages and gaps have in common.
func (j *jsonPrinter) begin(kind string, frame uint64, ns int64, c *flows.Connection, s *readState, fromClient bool, protocol string) []byte {
	b := j.line[:0]
	if j.array {
		b = append(b, ",\n"...) // the first comma becomes a bracket
	}
	b = append(b, `{"kind":"`...)
	b = append(b, kind...)
	b = append(b, '"')
	if frame != 0 {
		b = append(b, `,"frame":`...)
		b = strconv.AppendUint(b, frame, 10)
	}
	b = append(b, `,"time":"`...)
	b = time.Unix(0, ns).UTC().AppendFormat(b, time.RFC3339Nano)
	b = append(b, `","stream":`...)
	b = strconv.AppendUint(b, c.TCP.Stream, 10)
	b = append(b, `,"client":"`...)
	client, server, _ := strings.Cut(s.endpoints(c), " > ")
	b = append(b, client...)
	b = append(b, `","server":"`...)
	b = append(b, server...)
	b = append(b, `","from":"`...)
	b = append(b, side(fromClient)...)
	b = append(b, `","protocol":"`...)
	b = append(b, protocol...)
	return append(b, '"')
}

func side(client bool) string {
	if client {
		return "client"
	}
	return "server"
}

func (j *jsonPrinter) message(m *flows.Message, s *readState, _ *frames.View) {
	j.put(j.object(m, s))
}

// object makes the object of a message.
func (j *jsonPrinter) object(m *flows.Message, s *readState) []byte {
	b := j.begin("message", m.Frame, m.Time, m.Conn, s, m.FromClient, protocolOf(m))
	if len(m.Frames) > 1 {
		b = append(b, `,"frames":[`...)
		for i, f := range m.Frames {
			if i > 0 {
				b = append(b, ',')
			}
			b = strconv.AppendUint(b, f, 10)
		}
		b = append(b, ']')
	}
	if m.Packet != nil {
		b = append(b, `,"version":"`...)
		b = append(b, m.Version.String()...)
		b = append(b, '"')
		if m.Conn.VersionGuessed {
			b = append(b, `,"version_guessed":true`...)
		}
	}
	b = append(b, `,"type":`...)
	b = appendJSONString(b, []byte(typeOf(m)))
	b = append(b, `,"summary":`...)
	j.text = appendSummary(j.text[:0], m, s.vars, j.o.secrets)
	b = appendJSONString(b, j.text)
	if m.Request != nil {
		b = append(b, `,"request_frame":`...)
		b = strconv.AppendUint(b, m.Request.Frame, 10)
	}
	if m.Framing == flows.Found {
		b = append(b, `,"framing":"found"`...)
	}
	if m.Skipped > 0 {
		b = append(b, `,"missing":`...)
		b = strconv.AppendInt(b, int64(m.Skipped), 10)
	}
	if m.Err != nil {
		f := faultOf(m.Err)
		b = append(b, `,"malformed":{"offset":`...)
		b = strconv.AppendInt(b, int64(f.offset), 10)
		b = append(b, `,"field":`...)
		b = appendJSONString(b, []byte(f.field))
		b = append(b, `,"reason":`...)
		b = appendJSONString(b, []byte(f.reason))
		if f.clause != "" {
			b = append(b, `,"clause":`...)
			b = appendJSONString(b, []byte(f.clause))
		}
		b = append(b, '}')
	}
	if len(s.vars) > 0 {
		b = appendJSONVariables(b, s.vars)
	}
	if m.Tree != nil {
		b = append(b, `,"fields":{`...)
		b = j.members(b, m.Tree)
		b = append(b, '}')
	}
	j.line = append(b, '}')
	return j.line
}

// typeOf names the type of a message.
func typeOf(m *flows.Message) string {
	switch {
	case m.Packet != nil:
		return m.Packet.Type.String()
	case m.PDU == nil:
		return "unknown"
	case m.PDU.S7.HeaderLen > 0:
		return m.PDU.S7.ROSCTR.String()
	}
	return m.PDU.COTP.Type.String()
}

// members adds the nodes of t as members, in the order of their first occurrence.
// Headings are left out: their parts stand for them.
func (j *jsonPrinter) members(b []byte, t *wire.Tree) []byte {
	j.link(t)
	comma := false
	for i := range t.Nodes {
		if j.later[i] || heading(t, i) {
			continue
		}
		if comma {
			b = append(b, ',')
		}
		comma = true
		b = append(b, '"')
		b = append(b, t.Nodes[i].Field.Name...)
		b = append(b, '"', ':')
		if j.next[i] < 0 {
			b = j.value(b, &t.Nodes[i])
			continue
		}
		b = append(b, '[')
		for k := int32(i); k >= 0; k = j.next[k] {
			if k != int32(i) {
				b = append(b, ',')
			}
			b = j.value(b, &t.Nodes[k])
		}
		b = append(b, ']')
	}
	return b
}

// link fills next and later. Nearly all messages are small enough that looking
// through the nodes behind is faster than a map.
func (j *jsonPrinter) link(t *wire.Tree) {
	const small = 64
	n := len(t.Nodes)
	j.next, j.later = j.next[:0], j.later[:0]
	for range n {
		j.next = append(j.next, -1)
		j.later = append(j.later, false)
	}
	if n > small {
		clear(j.last)
	}
	for i := range n {
		if heading(t, i) {
			continue
		}
		f := t.Nodes[i].Field
		if n > small {
			if l, ok := j.last[f]; ok {
				j.next[l], j.later[i] = int32(i), true
			}
			j.last[f] = int32(i)
			continue
		}
		for k := i + 1; k < n; k++ {
			if t.Nodes[k].Field == f && !heading(t, k) {
				j.next[i], j.later[k] = int32(k), true
				break
			}
		}
	}
}

// heading reports whether node i only groups the nodes behind it.
func heading(t *wire.Tree, i int) bool {
	n := &t.Nodes[i]
	if n.Field.Type != wire.None {
		return false
	}
	return !strings.Contains(n.Field.Name, ".") || i+1 < len(t.Nodes) && t.Nodes[i+1].Depth > n.Depth
}

func (j *jsonPrinter) value(b []byte, n *wire.Node) []byte {
	f := n.Field
	switch {
	case f.Mask && !j.o.secrets:
		return append(b, `"`+mask+`"`...)
	case f.Type == wire.Bool:
		return strconv.AppendBool(b, n.Num != 0)
	case f.Type == wire.None:
		return append(b, "true"...)
	case f.Type == wire.Uint && f.Base == wire.Dec:
		return strconv.AppendUint(b, n.Num, 10)
	case f.Type == wire.Bytes && len(n.Data) == 0:
		return append(b, `""`...)
	}
	j.text = n.Append(j.text[:0])
	return appendJSONString(b, j.text)
}

func (j *jsonPrinter) gap(g *flows.Gap, s *readState) {
	protocol := "MQTT"
	if g.Conn.Proto == flows.ISO {
		protocol = "ISO"
	}
	b := j.begin("gap", g.Frame, g.Time, g.Conn, s, g.FromClient, protocol)
	b = append(b, `,"gap":{"bytes":`...)
	if g.Bytes < 0 {
		b = append(b, "null"...)
	} else {
		b = strconv.AppendInt(b, g.Bytes, 10)
	}
	b = append(b, `,"reason":"`...)
	b = append(b, g.Why.String()...)
	b = append(b, `","framed":`...)
	b = strconv.AppendBool(b, g.Framed)
	j.put(append(b, '}', '}'))
}

// appendJSONString adds s as a JSON string. Control characters and marks that
// turn the direction of writing are escaped, invalid UTF-8 becomes U+FFFD.
func appendJSONString(b, s []byte) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
			i++
			continue
		case c >= 0x20 && c < 0x7f:
			b = append(b, c)
			i++
			continue
		}
		r, n := utf8.DecodeRune(s[i:])
		i += n
		if !hidden(r) {
			b = utf8.AppendRune(b, r)
			continue
		}
		b = append(b, '\\', 'u')
		for shift := 12; shift >= 0; shift -= 4 {
			b = append(b, "0123456789abcdef"[r>>shift&15])
		}
	}
	return append(b, '"')
}
