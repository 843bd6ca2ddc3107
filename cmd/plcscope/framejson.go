package main

import (
	"bytes"
	"slices"
	"strconv"
	"time"

	"plcscope/decode"
	"plcscope/flows"
	"plcscope/flows/frames"
	"plcscope/internal/wire"
)

// frameJSON prints an object for each frame: its headers, and in "messages" the objects
// of the messages that it completes.
type frameJSON struct {
	*jsonPrinter
	messages  []byte
	line      []byte
	protocol  []byte // of the last of the messages
	info      []byte // what they say
	described description
}

func newFrameJSON(j *jsonPrinter) *frameJSON { return &frameJSON{jsonPrinter: j} }

// fields are all that there are of frames.
func (j *frameJSON) fields() []*wire.Field {
	return slices.DeleteFunc(slices.Concat(decode.Fields.All(), frames.Fields.All()), func(f *wire.Field) bool { return f == frames.TimeDisplayed })
}

func (j *frameJSON) message(m *flows.Message, s *readState, _ *frames.View) {
	if len(j.messages) > 0 {
		j.messages = append(j.messages, ',')
		j.info = append(j.info, ", "...)
	}
	j.protocol = append(j.protocol[:0], protocolOf(m)...)
	j.info = appendSummary(j.info, m, s.vars, j.o.secrets)
	j.messages = append(j.messages, bytes.TrimPrefix(j.jsonPrinter.object(m, s), []byte(",\n"))...)
}

func (j *frameJSON) undo() { j.messages, j.info = j.messages[:0], j.info[:0] }

func (j *frameJSON) show(v *frames.View) {
	d := &j.described
	info, protocol := d.info(v), d.name
	if len(j.messages) > 0 {
		info, protocol = j.info, j.protocol
	}
	head := v.Head()
	if !j.o.secrets {
		head.Nodes = slices.DeleteFunc(head.Nodes, func(n wire.Node) bool { return n.Field.Name == "tcp.payload" })
	}
	b := j.line[:0]
	if j.array {
		b = append(b, ",\n"...)
	}
	b = append(b, `{"kind":"frame","frame":`...)
	b = strconv.AppendUint(b, v.Frame.Number, 10)
	b = append(b, `,"time":"`...)
	b = time.Unix(0, v.Frame.Time).UTC().AppendFormat(b, time.RFC3339Nano)
	b = append(b, `","length":`...)
	b = strconv.AppendUint(b, uint64(v.Frame.Length), 10)
	if v.Conn != nil {
		b = append(b, `,"stream":`...)
		b = strconv.AppendUint(b, v.Conn.TCP.Stream, 10)
	}
	b = append(b, `,"source":`...)
	b = appendJSONString(b, d.source)
	b = append(b, `,"destination":`...)
	b = appendJSONString(b, d.target)
	b = append(b, `,"protocol":`...)
	b = appendJSONString(b, protocol)
	b = append(b, `,"summary":`...)
	b = appendJSONString(b, info)
	b = append(b, `,"fields":{`...)
	b = j.members(b, head)
	if n := len(b); b[n-1] != '{' && len(v.Notes().Nodes) > 0 {
		b = append(b, ',')
	}
	b = j.members(b, v.Notes())
	b = append(b, '}')
	if len(j.messages) > 0 {
		b = append(append(append(b, `,"messages":[`...), j.messages...), ']')
	}
	b = append(b, '}')
	if !j.array {
		b = append(b, '\n')
	}
	j.line = b
	j.w.Write(b)
	j.undo()
}
