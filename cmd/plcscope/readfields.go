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
	"plcscope/internal/near"
	"plcscope/internal/wire"
	"plcscope/mqtt"
	"plcscope/mqtt/websocket"
	"plcscope/pcaps"
	"plcscope/s7comm"
	"plcscope/s7comm/variable"
)

// ownFields are the fields that no decoder knows: they come from the capture as
// a whole.
var ownFields wire.Table

var (
	fTimeRelative = ownFields.Add(wire.Field{Name: "frame.time_relative", Title: "Time since reference or first frame", Type: wire.Epoch})
	fStream       = ownFields.Uint("tcp.stream", "Stream index", 4, wire.Dec, nil)
	fColProtocol  = ownFields.String("_ws.col.Protocol", "Protocol")
	fColInfo      = ownFields.String("_ws.col.Info", "Info")
	fAddress      = ownFields.String("plcscope.s7.address", "Address of S7 data")
	fValue        = ownFields.String("plcscope.s7.value", "Value of S7 data")
	fSymbol       = ownFields.String("plcscope.symbol", "Symbol")
)

// allFields are the fields of all protocols, from the frame upwards.
func allFields() []*wire.Field {
	return slices.Concat(ownFields.All(), decode.Fields.All(), mqtt.Fields.All(), websocket.Fields.All(), s7comm.Fields.All())
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

	want   []*wire.Field // the field of each column
	frames bool          // some column is a field of the frame
	quick  bool          // what a Segment knows is enough for those columns,
	plain  bool          // if the frame is plain
	info   bool          // some column is a summary
	data   bool          // some column tells of S7 data
	told   bool          // of which the message has values
	named  bool          // or symbols

	separator, aggregator, quote byte
	occurrence                   byte // 'a', 'f' or 'l'

	row   uint64 // number of the frame whose row is being filled, 0 for none
	line  []byte
	text  []byte
	shown []byte
	tree  wire.Tree // of the frame
}

// column collects the values of one field in one row.
type column struct {
	name  string
	value []byte
	n     int // values so far
}

func newFieldsPrinter(names, settings []string, w *output, o *readOptions) (*fieldsPrinter, error) {
	p := &fieldsPrinter{w: w, o: o, separator: '\t', aggregator: ',', occurrence: 'a', quick: true}
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
		if slices.Contains(decode.Fields.All(), f) {
			p.frames = true
			always, plain := quickField(f)
			p.quick = p.quick && (always || plain)
			p.plain = p.plain || !always
		}
		p.info = p.info || f == fColInfo
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

// trees reports whether some column is a field of a message, and of which
// protocol if all of them are of one.
func (p *fieldsPrinter) trees() (any bool, only flows.Protocol) {
	m, i := false, false
	for _, f := range p.want {
		m = m || slices.Contains(mqtt.Fields.All(), f) || slices.Contains(websocket.Fields.All(), f)
		i = i || slices.Contains(s7comm.Fields.All(), f)
	}
	switch {
	case m && !i:
		only = flows.MQTT
	case i && !m:
		only = flows.ISO
	}
	return m || i, only
}

func (p *fieldsPrinter) message(m *flows.Message, s *readState) {
	if m.Frame != p.row {
		p.flush()
		p.begin(m)
	}
	if m.Tree != nil {
		p.take(m.Tree)
	}
	if p.data {
		p.variables(s.vars)
	}
	secret := p.frames && !p.o.secrets && holdsSecret(m)
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

// begin starts the row of the frame that has completed m.
func (p *fieldsPrinter) begin(m *flows.Message) {
	p.row = m.Frame
	if p.frames {
		p.tree.Reset()
		if p.quick && (!p.plain || plain(p.o.frame, m)) {
			p.fromSegment(m)
		} else {
			p.dissect(m)
			p.take(&p.tree)
		}
	}
	for i, f := range p.want {
		switch f {
		case fStream:
			p.cols[i].value = strconv.AppendUint(p.cols[i].value, m.Conn.TCP.Stream, 10)
			p.cols[i].n++
		case fTimeRelative:
			n := wire.Node{Field: f, Num: uint64(m.Time - p.o.start.ns.Load())}
			p.cols[i].value = n.Append(p.cols[i].value)
			p.cols[i].n++
		}
	}
}

// dissect decodes the frame once more, header by header, if it is still there.
func (p *fieldsPrinter) dissect(m *flows.Message) {
	if f := p.o.frame; f != nil && f.Number == m.Frame {
		decode.Dissect(f, &p.tree)
		return
	}
	addSegment(&p.tree, m)
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

// quickField reports whether a Segment gives all values of a field, whatever the
// frame is made of, or else when the frame is plain.
func quickField(f *wire.Field) (always, ifPlain bool) {
	switch f {
	case segNumber, segTime, segSrcPort, segDstPort, segLen, segSeq, segAck, segWindow:
		return true, true
	case segSrc, segDst, segSrc6, segDst6:
		return false, true
	}
	return false, false
}

// plain reports whether f completed m and is Ethernet, IP and TCP, with no tunnel
// that would show further addresses.
func plain(f *pcaps.Frame, m *flows.Message) bool {
	if f == nil || f.Number != m.Frame || f.Link != pcaps.LinkEthernet {
		return false
	}
	const ipv4, ipv6, vlan, tcp = 0x0800, 0x86dd, 0x8100, 6
	b := f.Data
	for tags := 0; len(b) >= 14+20; tags++ {
		switch typ := int(b[12])<<8 | int(b[13]); {
		case typ == vlan && tags == 0:
			b = b[4:]
			continue
		case typ == ipv4:
			return b[14+9] == tcp
		case typ == ipv6:
			return b[14+6] == tcp
		}
		return false
	}
	return false
}

// fromSegment fills the columns of quick fields.
func (p *fieldsPrinter) fromSegment(m *flows.Message) {
	s := m.Segment
	for i, f := range p.want {
		n := wire.Node{Field: f}
		switch f {
		case segNumber:
			n.Num = m.Frame
		case segTime:
			n.Num = uint64(m.Time)
		case segSrcPort:
			n.Num = uint64(m.Conn.TCP.End[m.Dir].Port)
		case segDstPort:
			n.Num = uint64(m.Conn.TCP.End[m.Dir.Peer()].Port)
		case segLen, segSeq, segAck, segWindow, segSrc, segDst, segSrc6, segDst6:
			if s == nil || !known(f, s, &n) {
				continue
			}
		default:
			continue
		}
		p.value(&p.cols[i], &n)
	}
}

// known sets n to what s says of f, if it does.
func known(f *wire.Field, s *decode.Segment, n *wire.Node) bool {
	switch f {
	case segLen:
		n.Num = uint64(len(s.Payload)) + uint64(s.Missing)
	case segSeq:
		n.Num = uint64(s.Seq)
	case segAck:
		n.Num = uint64(s.Ack)
	case segWindow:
		n.Num = uint64(s.Window)
	case segSrc:
		n.Data = s.Src[12:]
		return s.Version == 4
	case segDst:
		n.Data = s.Dst[12:]
		return s.Version == 4
	case segSrc6:
		n.Data = s.Src[:]
		return s.Version == 6
	case segDst6:
		n.Data = s.Dst[:]
		return s.Version == 6
	}
	return true
}

// Fields of the frame that a Segment still knows when the frame itself is gone.
var (
	segFrame     = decode.Fields.Lookup("frame")
	segNumber    = decode.Fields.Lookup("frame.number")
	segTime      = decode.Fields.Lookup("frame.time_epoch")
	segVLAN      = decode.Fields.Lookup("vlan.id")
	segIPID      = decode.Fields.Lookup("ip.id")
	segTTL       = decode.Fields.Lookup("ip.ttl")
	segIPVersion = decode.Fields.Lookup("ip.version")
	segSrc       = decode.Fields.Lookup("ip.src")
	segDst       = decode.Fields.Lookup("ip.dst")
	segAddr      = decode.Fields.Lookup("ip.addr")
	segHops      = decode.Fields.Lookup("ipv6.hlim")
	segSrc6      = decode.Fields.Lookup("ipv6.src")
	segDst6      = decode.Fields.Lookup("ipv6.dst")
	segAddr6     = decode.Fields.Lookup("ipv6.addr")
	segTCP       = decode.Fields.Lookup("tcp")
	segSrcPort   = decode.Fields.Lookup("tcp.srcport")
	segDstPort   = decode.Fields.Lookup("tcp.dstport")
	segPort      = decode.Fields.Lookup("tcp.port")
	segLen       = decode.Fields.Lookup("tcp.len")
	segSeq       = decode.Fields.Lookup("tcp.seq_raw")
	segAck       = decode.Fields.Lookup("tcp.ack_raw")
	segWindow    = decode.Fields.Lookup("tcp.window_size_value")
	segUrgent    = decode.Fields.Lookup("tcp.urgent_pointer")
	segPayload   = decode.Fields.Lookup("tcp.payload")
)

// addSegment adds what is known of the segment that completed m; of one that
// the capture lacks, the ends of the connection.
func addSegment(t *wire.Tree, m *flows.Message) {
	t.Data(segFrame, 0, nil)
	t.Uint(segTime, 0, 0, uint64(m.Time))
	t.Uint(segNumber, 0, 0, m.Frame)
	s := m.Segment
	src, dst := m.Conn.TCP.End[m.Dir], m.Conn.TCP.End[m.Dir.Peer()]
	a, b := src.Addr.Netip(), dst.Addr.Netip()
	if s != nil && s.VLAN != 0 {
		t.Uint(segVLAN, 0, 0, uint64(s.VLAN))
	}
	if a.Is4() {
		t.Uint(segIPVersion, 0, 0, 4)
		if s != nil {
			t.Uint(segIPID, 0, 0, uint64(s.IPID))
			t.Uint(segTTL, 0, 0, uint64(s.TTL))
		}
		from, to := src.Addr[12:], dst.Addr[12:]
		t.Data(segSrc, 0, from)
		t.Data(segAddr, 0, from)
		t.Data(segDst, 0, to)
		t.Data(segAddr, 0, to)
	} else if a.Is6() && b.Is6() {
		if s != nil {
			t.Uint(segHops, 0, 0, uint64(s.TTL))
		}
		t.Data(segSrc6, 0, src.Addr[:])
		t.Data(segAddr6, 0, src.Addr[:])
		t.Data(segDst6, 0, dst.Addr[:])
		t.Data(segAddr6, 0, dst.Addr[:])
	}
	t.Data(segTCP, 0, nil)
	t.Uint(segSrcPort, 0, 0, uint64(src.Port))
	t.Uint(segPort, 0, 0, uint64(src.Port))
	t.Uint(segDstPort, 0, 0, uint64(dst.Port))
	t.Uint(segPort, 0, 0, uint64(dst.Port))
	if s == nil {
		return
	}
	t.Uint(segLen, 0, 0, uint64(len(s.Payload))+uint64(s.Missing))
	t.Uint(segSeq, 0, 0, uint64(s.Seq))
	t.Uint(segAck, 0, 0, uint64(s.Ack))
	t.Uint(segWindow, 0, 0, uint64(s.Window))
	t.Uint(segUrgent, 0, 0, uint64(s.Urgent))
	t.Data(segPayload, 0, s.Payload)
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
