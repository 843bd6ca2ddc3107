package main

import (
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"plcscope/flows"
	"plcscope/flows/frames"
	"plcscope/flows/tcp"
	"plcscope/internal/wire"
	"plcscope/mqtt"
	"plcscope/report"
	"plcscope/s7comm"
	"plcscope/s7comm/variable"
)

// stamp is how a line tells its time, after tshark's -t.
type stamp uint8

const (
	sinceStart stamp = iota
	sinceLast
	sinceEpoch
	local
	localDate
	utc
	utcDate
)

func parseStamp(s string) (stamp, error) {
	names := [...]string{"r", "d", "e", "a", "ad", "u", "ud"}
	for i, n := range names {
		if s == n {
			return stamp(i), nil
		}
	}
	return 0, fmt.Errorf("time %q is not known; r, d, e, a, ad, u and ud are", s)
}

// textPrinter prints one line a message.
type textPrinter struct {
	w    *output
	o    *readOptions
	line []byte
	last int64 // time of the line before, for sinceLast
	any  bool

	before struct { // the same when the frame began, for undo
		last int64
		any  bool
		told []*readState // connections whose guessed version was told since
	}
}

func newTextPrinter(w *output, o *readOptions) *textPrinter { return &textPrinter{w: w, o: o} }

func (t *textPrinter) fields() []*wire.Field  { return nil }
func (t *textPrinter) end()                   {}
func (t *textPrinter) trees() *wire.Selection { return nil }

// frameDone makes the lines since the last call final.
func (t *textPrinter) frameDone() {
	t.before.last, t.before.any, t.before.told = t.last, t.any, t.before.told[:0]
}

// undo forgets the lines since the last call of frameDone.
func (t *textPrinter) undo() {
	t.last, t.any = t.before.last, t.before.any
	for _, s := range t.before.told {
		s.guess = 0
	}
	t.before.told = t.before.told[:0]
}

func (t *textPrinter) message(m *flows.Message, s *readState, _ *frames.View) {
	b := t.head(m.Frame, m.Time, m.Conn, m.FromClient, s, protocolOf(m))
	b = appendSummary(b, m, s.vars, t.o.secrets)
	b = t.notes(b, m, s)
	t.put(b)
}

func (t *textPrinter) put(b []byte) {
	t.line = append(b, '\n')
	t.w.Write(t.line)
}

// head begins a line: frame, time, ends and protocol.
func (t *textPrinter) head(frame uint64, ns int64, c *flows.Connection, fromClient bool, s *readState, protocol string) []byte {
	b := t.line[:0]
	if frame == 0 {
		b = pad(append(b, '-'), 0, 6, true)
	} else {
		b = pad(strconv.AppendUint(b, frame, 10), 0, 6, true)
	}
	b = append(b, ' ')
	n := len(b)
	b = t.time(b, ns)
	b = pad(b, n, 12, true)
	b = append(b, "  "...)
	n = len(b)
	b = append(b, s.endpoints(c)...)
	if !fromClient {
		b[n+s.arrow()] = '<'
	}
	b = pad(b, n, 43, false)
	b = append(b, "  "...)
	n = len(b)
	if t.o.style {
		b = append(b, t.o.style.Cyan(protocol)...)
		for i := len(protocol); i < 6; i++ {
			b = append(b, ' ')
		}
	} else {
		b = pad(append(b, protocol...), n, 6, false)
	}
	return append(b, ' ', ' ')
}

// pad fills b[from:] up to width, in front or behind.
func pad(b []byte, from, width int, front bool) []byte {
	n := len(b) - from
	if n >= width {
		return b
	}
	for range width - n {
		b = append(b, ' ')
	}
	if front {
		copy(b[from+width-n:], b[from:from+n])
		for i := range width - n {
			b[from+i] = ' '
		}
	}
	return b
}

// endpoints is "client > server", made once for each connection unless it turns
// out that the other side is the client.
func (s *readState) endpoints(c *flows.Connection) string {
	if s.ends == "" || s.client != uint8(c.ClientDir()) {
		s.ends = c.Client().String() + " > " + c.Server().String()
		s.client = uint8(c.ClientDir())
	}
	return s.ends
}

// arrow is the place of the ">" in endpoints.
func (s *readState) arrow() int {
	for i := range s.ends {
		if s.ends[i] == '>' {
			return i
		}
	}
	return 0
}

func (t *textPrinter) time(b []byte, ns int64) []byte {
	switch t.o.stamp {
	case sinceStart:
		return appendSeconds(b, ns-t.o.start.ns.Load())
	case sinceLast:
		d := ns - t.last
		if !t.any {
			d = 0
		}
		t.last, t.any = ns, true
		return appendSeconds(b, d)
	case sinceEpoch:
		return appendSeconds(b, ns)
	}
	at := time.Unix(0, ns)
	if t.o.stamp >= utc {
		at = at.UTC()
	}
	layout := "15:04:05.000000"
	if t.o.stamp == localDate || t.o.stamp == utcDate {
		layout = "2006-01-02 15:04:05.000000"
	}
	return at.AppendFormat(b, layout)
}

// appendSeconds adds nanoseconds as seconds with six decimals.
func appendSeconds(b []byte, ns int64) []byte {
	if ns < 0 {
		b = append(b, '-')
		ns = -ns
	}
	us := uint64(ns) / 1000
	b = strconv.AppendUint(b, us/1e6, 10)
	b = append(b, '.')
	for d := uint64(1e5); d > 0; d /= 10 {
		b = append(b, '0'+byte(us/d%10))
	}
	return b
}

// appendSummary adds the message in one line of printable characters.
func appendSummary(b []byte, m *flows.Message, vars []variable.Variable, secrets bool) []byte {
	n := len(b)
	switch {
	case m.Packet != nil:
		return m.Packet.AppendSummary(b, secrets) // escapes by itself
	case len(vars) > 0:
		b = appendVariables(b, m, vars)
	case m.PDU != nil && (m.Err == nil || m.PDU.TPKT.Version != 0):
		b = m.PDU.AppendSummary(b, m.Request)
	default:
		b = append(b, "not a message"...)
	}
	return clean(b, n)
}

const maxSummary = 1000

// clean makes b[from:] harmless and bounded.
func clean(b []byte, from int) []byte {
	if len(b)-from > maxSummary {
		n := from + maxSummary
		for n > from && !utf8.RuneStart(b[n]) {
			n--
		}
		b = append(b[:n], "…"...)
	}
	for _, c := range b[from:] {
		if c < 0x20 || c > 0x7e {
			return append(b[:from], report.Clean(string(b[from:]))...)
		}
	}
	return b
}

// notes add to a line what is special about its message.
func (t *textPrinter) notes(b []byte, m *flows.Message, s *readState) []byte {
	if m.Packet != nil && m.Conn.VersionGuessed && s.guess != uint8(m.Version) {
		s.guess = uint8(m.Version)
		t.before.told = append(t.before.told, s)
		b = t.note(b, fmt.Sprintf("version %s is a guess: no CONNECT was seen", m.Version), false)
	}
	if m.Request != nil {
		b = append(b, " [to frame "...)
		b = strconv.AppendUint(b, m.Request.Frame, 10)
		b = append(b, ']')
	}
	if len(m.Frames) > 1 {
		b = appendFrames(append(b, " [frames "...), m.Frames)
		b = append(b, ']')
	}
	if m.Skipped > 0 {
		b = t.note(b, lastBytes(m.Skipped), false)
	}
	if m.Err != nil {
		f := faultOf(m.Err)
		text := "malformed at byte " + strconv.Itoa(f.offset) + ": " + f.field + " " + f.reason
		if f.clause != "" {
			text += "; " + f.clause
		}
		b = t.note(b, text, true)
	}
	return b
}

func (t *textPrinter) note(b []byte, text string, fault bool) []byte {
	text = "[" + report.Clean(text) + "]"
	if fault {
		text = t.o.style.Red(text)
	} else {
		text = t.o.style.Yellow(text)
	}
	return append(append(b, ' '), text...)
}

// appendFrames adds frame numbers, runs of them as "3-7".
func appendFrames(b []byte, frames []uint64) []byte {
	const most = 8 // runs that are spelled out
	runs := 0
	for i := 0; i < len(frames); runs++ {
		j := i + 1
		for j < len(frames) && frames[j] == frames[j-1]+1 {
			j++
		}
		if runs == most {
			b = append(b, " … "...)
			return strconv.AppendUint(b, frames[len(frames)-1], 10)
		}
		if i > 0 {
			b = append(b, ' ')
		}
		b = strconv.AppendUint(b, frames[i], 10)
		if j-i > 1 {
			b = append(b, '-')
			b = strconv.AppendUint(b, frames[j-1], 10)
		}
		i = j
	}
	return b
}

func (t *textPrinter) gap(g *flows.Gap, s *readState) {
	protocol := "MQTT"
	if g.Conn.Proto == flows.ISO {
		protocol = "ISO"
	}
	b := t.head(g.Frame, g.Time, g.Conn, g.FromClient, s, protocol)
	t.put(append(b, t.o.style.Yellow("-- "+gapText(g)+" --")...))
}

// gapText says what is missing and why.
func gapText(g *flows.Gap) string {
	if g.Why == tcp.MidStream {
		return "what this side sent before is not in the capture"
	}
	if g.Why == tcp.Unreadable {
		return "what follows cannot be read: WebSocket has compressed it, or this is no frame; the next message is searched for"
	}
	text := "an unknown number of bytes is missing"
	if g.Bytes == 1 {
		text = "1 byte is missing"
	} else if g.Bytes >= 0 {
		text = plural(g.Bytes, "byte") + " are missing"
	}
	switch g.Why {
	case tcp.Lost:
		text += ": not in the capture"
	case tcp.SnapLength:
		text += ": cut off by the snap length"
	case tcp.Overflow:
		text += ": too much came before them to wait any longer"
	case tcp.Unseen:
		text += ": the capture shows only the other direction"
	default:
		text += ": " + g.Why.String()
	}
	if !g.Framed {
		text += "; the next message is searched for"
	}
	return text
}

func lastBytes(n int) string {
	if n == 1 {
		return "its last byte is lost or too much to keep"
	}
	return fmt.Sprintf("its last %d bytes are lost or too many to keep", n)
}

func plural(n int64, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return strconv.FormatInt(n, 10) + " " + word + "s"
}

// fault is a malformation of either protocol.
type fault struct {
	offset                int
	field, reason, clause string
}

func faultOf(err error) fault {
	switch e := err.(type) {
	case *mqtt.Malformed:
		f := fault{e.Offset, e.Field, e.Reason, e.Clause}
		if e.Need > 0 {
			f.reason += fmt.Sprintf(": it needs %d, %d are left", e.Need, e.Have)
		}
		return f
	case *s7comm.Malformed:
		return fault{e.Offset, e.Field, e.Reason, e.Clause}
	}
	return fault{reason: err.Error()}
}

// protocolName names the innermost protocol of an ISO-on-TCP message.
func protocolName(m *flows.Message) string {
	if m.PDU != nil {
		return m.PDU.Kind.Protocol()
	}
	return "COTP"
}
