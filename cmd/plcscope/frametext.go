package main

import (
	"strconv"
	"unicode/utf8"

	"plcscope/flows"
	"plcscope/flows/frames"
	"plcscope/internal/wire"
)

// frameText prints one line a frame, with the columns that tshark has by default:
// number, time, source, destination, protocol, length, what it says.
type frameText struct {
	*textPrinter
	protocol  []byte // of the messages since the last line
	info      []byte
	described description
}

func newFrameText(w *output, o *readOptions) *frameText {
	return &frameText{textPrinter: newTextPrinter(w, o)}
}

func (t *frameText) fields() []*wire.Field { return describedBy }

func (t *frameText) message(m *flows.Message, s *readState, _ *frames.View) {
	t.protocol = append(t.protocol[:0], protocolOf(m)...)
	if len(t.info) > 0 {
		t.info = append(t.info, ", "...)
	}
	t.info = appendSummary(t.info, m, s.vars, t.o.secrets)
}

func (t *frameText) undo() { t.protocol, t.info = t.protocol[:0], t.info[:0] }

func (t *frameText) show(v *frames.View) {
	d := &t.described
	info := d.info(v)
	b := pad(strconv.AppendUint(t.line[:0], v.Frame.Number, 10), 0, 6, true)
	b = append(b, ' ')
	n := len(b)
	b = t.time(b, v.Frame.Time)
	b = append(pad(b, n, 12, true), "  "...)
	b = column1(append(b, d.source...), len(b), 15)
	b = append(b, " → "...)
	b = column1(append(b, d.target...), len(b), 15)
	b = append(b, ' ')
	protocol := d.name
	if len(t.protocol) > 0 {
		protocol, info = t.protocol, t.info
	}
	b = column1(append(b, protocol...), len(b), 6)
	b = append(b, ' ')
	n = len(b)
	b = pad(strconv.AppendUint(b, uint64(v.Frame.Length), 10), n, 5, true)
	b = append(append(b, ' '), info...)
	t.put(b)
	t.undo()
}

// column1 fills the text behind from up to a width in characters.
func column1(b []byte, from, width int) []byte {
	for n := utf8.RuneCount(b[from:]); n < width; n++ {
		b = append(b, ' ')
	}
	return b
}
