package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"plcscope/decode"
	"plcscope/flows"
	"plcscope/flows/frames"
	"plcscope/internal/near"
	"plcscope/internal/wire"
	"plcscope/mqtt"
	"plcscope/s7comm/variable"
)

// columns are what tshark prints of a frame beside its fields.
var columns wire.Table

var (
	fColProtocol = columns.String("_ws.col.Protocol", "Protocol")
	fColInfo     = columns.String("_ws.col.Info", "Info")
)

// dataFields tell of the S7 data that a message is about.
var dataFields wire.Table

var (
	fAddress = dataFields.String("plcscope.s7.address", "Address of S7 data")
	fValue   = dataFields.String("plcscope.s7.value", "Value of S7 data")
	fSymbol  = dataFields.String("plcscope.symbol", "Symbol")
)

// allFields are the fields of all protocols, from the frame upwards.
func allFields() []*wire.Field {
	return slices.Concat(columns.All(), frames.All(), dataFields.All())
}

// lookupField finds a field by name; of an unknown one the error names the
// nearest.
func lookupField(name string) (*wire.Field, error) {
	all := allFields()
	for _, f := range all {
		if f.Name == name {
			return f, nil
		}
	}
	names := make([]string, len(all))
	for i, f := range all {
		names[i] = f.Name
	}
	return nil, fmt.Errorf("field %q is not known; near it: %s (all: plcscope read -G fields)", name, strings.Join(near.Names(name, names, 3), ", "))
}

// typeName is what tshark -G fields calls a field's type and base.
func typeName(f *wire.Field) (typ, base string) {
	switch f.Type {
	case wire.Uint:
		base = "BASE_DEC"
		if f.Base == wire.Hex {
			base = "BASE_HEX"
		}
		return "FT_UINT" + strconv.Itoa(int(f.Width)*8), base
	case wire.Bool:
		return "FT_BOOLEAN", "BASE_NONE"
	case wire.String:
		return "FT_STRING", "BASE_NONE"
	case wire.Bytes:
		return "FT_BYTES", "BASE_NONE"
	case wire.IPv4:
		return "FT_IPv4", "BASE_NONE"
	case wire.IPv6:
		return "FT_IPv6", "BASE_NONE"
	case wire.Ether:
		return "FT_ETHER", "BASE_NONE"
	case wire.Time, wire.Epoch:
		return "FT_ABSOLUTE_TIME", "BASE_NONE"
	}
	return "FT_NONE", "BASE_NONE"
}

// fieldsPrinter prints one row for each frame that completes a message: all
// values that its messages hold, in tshark's manner.
type fieldsPrinter struct {
	w    *output
	o    *readOptions
	cols []column

	want  []*wire.Field // the field of each column
	heads bool          // some column is a field of the frame
	info  bool          // some column is a summary
	extra bool          // or otherwise made from the message as a whole
	data  bool          // some column tells of S7 data
	told  bool          // of which the message has values
	named bool          // or symbols

	separator, aggregator, quote byte
	occurrence                   byte // 'a', 'f' or 'l'

	all   bool   // there is a row for every frame, begun by show
	row   uint64 // number of the frame whose row is being filled, 0 for none
	line  []byte
	text  []byte
	shown []byte

	described description
	spoke     bool // a message has come since the last row
}

// column collects the values of one field in one row.
type column struct {
	name  string
	value []byte
	n     int // values so far
}

func newFieldsPrinter(names, settings []string, w *output, o *readOptions) (*fieldsPrinter, error) {
	p := &fieldsPrinter{w: w, o: o, separator: '\t', aggregator: ',', occurrence: 'a'}
	if len(names) == 0 {
		return nil, fmt.Errorf("-T fields needs at least one -e FIELD")
	}
	header := false
	for _, s := range settings {
		if err := p.set(s, &header); err != nil {
			return nil, err
		}
	}
	for _, name := range names {
		f, err := lookupField(name)
		if err != nil {
			return nil, err
		}
		p.cols = append(p.cols, column{name: name})
		p.want = append(p.want, f)
		p.heads = p.heads || decode.Fields.Lookup(name) == f || frames.Fields.Lookup(name) == f
		p.info = p.info || f == fColInfo
		p.extra = p.extra || p.info || f == fColProtocol || f.Name == "tcp.payload"
		p.data = p.data || f == fAddress || f == fValue || f == fSymbol
	}
	if header {
		p.line = append(p.line[:0], strings.Join(names, string(p.separator))...)
		p.put()
	}
	return p, nil
}

// set applies one -E option.
func (p *fieldsPrinter) set(setting string, header *bool) error {
	name, value, _ := strings.Cut(setting, "=")
	bad := func(want string) error {
		return fmt.Errorf("-E %s: want %s=%s", setting, name, want)
	}
	switch name {
	case "separator", "aggregator":
		c := byte(0)
		switch {
		case value == "/t":
			c = '\t'
		case value == "/s":
			c = ' '
		case len(value) == 1:
			c = value[0]
		default:
			return bad("/t, /s or one character")
		}
		if name == "separator" {
			p.separator = c
		} else {
			p.aggregator = c
		}
	case "occurrence":
		if value != "f" && value != "l" && value != "a" {
			return bad("f, l or a")
		}
		p.occurrence = value[0]
	case "quote":
		switch value {
		case "d":
			p.quote = '"'
		case "s":
			p.quote = '\''
		case "n":
			p.quote = 0
		default:
			return bad("d, s or n")
		}
	case "header":
		if value != "y" && value != "n" {
			return bad("y or n")
		}
		*header = value == "y"
	default:
		return fmt.Errorf("-E %s: separator, aggregator, occurrence, quote and header are known", setting)
	}
	return nil
}

// trees are those of the columns.
func (p *fieldsPrinter) trees() *wire.Selection { return wire.Select(p.want...) }

func (p *fieldsPrinter) message(m *flows.Message, s *readState, v *frames.View) {
	if !p.all && m.Frame != p.row {
		p.flush()
		p.begin(v)
	}
	p.spoke = true
	if m.Tree != nil {
		p.take(m.Tree)
	}
	if p.data {
		p.variables(s.vars)
	}
	if !p.extra {
		return
	}
	secret := p.heads && !p.o.secrets && holdsSecret(m)
	for i, f := range p.want {
		c := &p.cols[i]
		switch {
		case f == fColProtocol:
			c.value, c.n = append(c.value[:0], protocolOf(m)...), 1
		case f == fColInfo:
			if c.n > 0 {
				c.value = append(c.value, ", "...)
			}
			c.value, c.n = p.quoted(c.value, appendSummary(nil, m, s.vars, p.o.secrets)), 1
		case secret && f.Name == "tcp.payload":
			c.value, c.n = append(c.value[:0], mask...), 1
		}
	}
}

// variables adds the columns of S7 data: one value in each for every name that an address
// has, and for an address without a name. The symbol of that is empty; so is a value that
// is not told, unless none is: then the column is.
func (p *fieldsPrinter) variables(vars []variable.Variable) {
	p.told, p.named = false, false
	for i := range vars {
		p.told = p.told || vars[i].Raw != nil
		p.named = p.named || len(vars[i].Names) > 0
	}
	for i := range vars {
		v := &vars[i]
		for n := range v.Names {
			x := &v.Names[n]
			p.text = p.text[:0]
			if x.Told() {
				p.text = x.AppendValue(p.text)
			}
			p.datum(x.Place.Append(nil), p.text, x.Path)
		}
		if len(v.Names) == 0 {
			p.text = p.text[:0]
			if v.Raw != nil {
				p.text = v.AppendValue(p.text)
			}
			p.datum(v.AppendAddress(nil), p.text, "")
		}
	}
}

func (p *fieldsPrinter) datum(address, value []byte, symbol string) {
	for i, f := range p.want {
		text := value
		switch {
		case f == fAddress:
			text = address
		case f == fSymbol && p.named:
			text = []byte(symbol)
		case f == fValue && p.told:
		default:
			continue
		}
		if c := &p.cols[i]; p.next(c) {
			p.shown = appendVisible(p.shown[:0], text)
			c.value = p.quoted(c.value, p.shown)
		}
	}
}

// mask stands for a secret.
const mask = "***"

// holdsSecret reports whether the bytes of a message show a password.
func holdsSecret(m *flows.Message) bool {
	return m.Packet != nil && m.Packet.Type == mqtt.CONNECT && m.Packet.Connect.HasPassword || m.PDU != nil && m.PDU.Secret
}

// begin starts the row of the frame that v shows.
func (p *fieldsPrinter) begin(v *frames.View) {
	p.row = v.Frame.Number
	if p.heads {
		p.take(v.Head())
		p.take(v.Notes())
	}
}

// take adds the values of a tree to the columns.
func (p *fieldsPrinter) take(t *wire.Tree) {
	for i := range t.Nodes {
		n := &t.Nodes[i]
		for j, f := range p.want {
			if f == n.Field {
				p.value(&p.cols[j], n)
			}
		}
	}
}

// next prepares a column for one more value; false when it is not to be shown.
func (p *fieldsPrinter) next(c *column) bool {
	if c.n > 0 {
		switch p.occurrence {
		case 'f':
			return false
		case 'l':
			c.value = c.value[:0]
		default:
			c.value = append(c.value, p.aggregator)
		}
	}
	c.n++
	return true
}

func (p *fieldsPrinter) value(c *column, n *wire.Node) {
	if !p.next(c) {
		return
	}
	switch {
	case n.Field.Mask && !p.o.secrets:
		c.value = append(c.value, mask...)
	case n.Field.Type == wire.String && n.Field.Text == nil && p.quote == 0 && plain(n.Data):
		c.value = append(c.value, n.Data...)
	case n.Field.Type == wire.String:
		p.text = n.Append(p.text[:0])
		p.shown = appendVisible(p.shown[:0], p.text)
		c.value = p.quoted(c.value, p.shown)
	default:
		c.value = n.Append(c.value)
	}
}

// quoted adds text, the quotes in it doubled when values stand in quotes. tshark
// leaves them as they are, which no reader of CSV understands.
func (p *fieldsPrinter) quoted(b, text []byte) []byte {
	if p.quote == 0 {
		return append(b, text...)
	}
	for _, c := range text {
		if c == p.quote {
			b = append(b, c)
		}
		b = append(b, c)
	}
	return b
}

func (p *fieldsPrinter) frameDone() { p.flush() }
func (p *fieldsPrinter) end()       { p.flush() }

// fields are those of the columns, and what columns are made of for a frame without
// messages.
func (p *fieldsPrinter) fields() []*wire.Field {
	if p.all && (slices.Contains(p.want, fColProtocol) || p.info) {
		return slices.Concat(p.want, describedBy)
	}
	return p.want
}

// show prints the row of a frame with the messages that came since the last one.
func (p *fieldsPrinter) show(v *frames.View) {
	p.begin(v)
	partial := !p.o.secrets && !p.spoke && v.Conn != nil && (v.Conn.Proto == flows.MQTT || v.Conn.Proto == flows.ISO)
	p.spoke = false
	for i, f := range p.want {
		if c := &p.cols[i]; partial && c.n > 0 && f.Name == "tcp.payload" { // perhaps of a password
			c.value = append(c.value[:0], mask...)
		} else if c.n == 0 && (f == fColProtocol || f == fColInfo) {
			text := p.described.protocol(v)
			if f == fColInfo {
				text = p.described.info(v)
			}
			c.value, c.n = p.quoted(c.value, text), 1
		}
	}
	p.flush()
}

// undo forgets the row.
func (p *fieldsPrinter) undo() {
	p.row, p.spoke = 0, false
	for i := range p.cols {
		c := &p.cols[i]
		c.value, c.n = c.value[:0], 0
	}
}

// gap has no row: it belongs to no frame.
func (p *fieldsPrinter) gap(*flows.Gap, *readState) {}

// flush prints the row.
func (p *fieldsPrinter) flush() {
	if p.row == 0 {
		return
	}
	p.row = 0
	b := p.line[:0]
	for i := range p.cols {
		if i > 0 {
			b = append(b, p.separator)
		}
		c := &p.cols[i]
		if c.n == 0 {
			continue
		}
		if p.quote != 0 {
			b = append(b, p.quote)
		}
		b = append(b, c.value...)
		if p.quote != 0 {
			b = append(b, p.quote)
		}
		c.value, c.n = c.value[:0], 0
	}
	p.line = b
	p.put()
}

func (p *fieldsPrinter) put() {
	p.line = append(p.line, '\n')
	p.w.Write(p.line)
}

// plain reports whether a text is of printable ASCII alone and therefore shown as it is.
func plain(s []byte) bool {
	for _, c := range s {
		if c-0x20 >= 0x7f-0x20 {
			return false
		}
	}
	return true
}

// appendVisible adds s as tshark prints a string, and what tshark leaves raw but
// a terminal would act on as an escape: control characters and the marks that
// turn the direction of writing.
func appendVisible(b, s []byte) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c < 0x7f {
			b = append(b, c)
			i++
			continue
		}
		r, n := utf8.DecodeRune(s[i:])
		if r != utf8.RuneError && hidden(r) {
			q := strconv.AppendQuoteRune(b, r)
			b = append(b, q[len(b)+1:len(q)-1]...)
		} else {
			b = utf8.AppendRune(b, r)
		}
		i += n
	}
	return b
}

// hidden reports whether a terminal would act on r rather than show it.
func hidden(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r <= 0x9f, r == '\u2028', r == '\u2029', r == '\ufeff':
		return true
	}
	return unicode.Is(unicode.Bidi_Control, r)
}
