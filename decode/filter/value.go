package filter

import (
	"bytes"
	"math/bits"
	"strings"
	"unicode/utf8"

	"plcscope/internal/wire"
)

// value is one value of a field: a number, or bytes (borrowed).
type value struct {
	num  number
	data []byte
	size int // bytes of a number on the wire
}

// is reports whether the operand means field f.
func (o *operand) is(f *wire.Field) bool {
	if o.fields[0] == f {
		return true
	}
	for _, x := range o.fields[1:] {
		if x == f {
			return true
		}
	}
	return false
}

// values appends the values of o to l.
func (m *Matcher) values(o *operand, l []value) []value {
	switch o.form {
	case formField:
		for i := range m.parts {
			p := &m.parts[i]
			for j := range p.Tree.Nodes {
				if n := &p.Tree.Nodes[j]; o.is(n.Field) && (o.layers == nil || m.inLayer(o, i, j)) {
					l = append(l, m.valueOf(n, p.Bytes))
				}
			}
		}
	case formConstant:
		l = append(l, o.value)
	case formSlice:
		l = m.sliced(o, l)
	case formCall:
		l = m.called(o, l)
	case formArithmetic:
		l = m.computed(o, l)
	}
	return l
}

// valueOf is what n is worth; in counts its offsets.
func (m *Matcher) valueOf(n *wire.Node, in []byte) value {
	switch f := n.Field; f.Type {
	case wire.Uint:
		return value{num: number{mag: n.Num}, size: int(n.Len)}
	case wire.Bool:
		return value{num: number{mag: min(n.Num, 1)}, size: int(n.Len)}
	case wire.Time, wire.Epoch:
		t := int64(n.Num)
		if t < 0 {
			return value{num: number{mag: -n.Num, neg: true}}
		}
		return value{num: number{mag: n.Num}}
	case wire.String:
		if f.Text != nil {
			at := len(m.text)
			m.text = append(m.text, f.Text(n.Data)...)
			return value{data: m.text[at:len(m.text):len(m.text)]}
		}
		if i := bytes.IndexByte(n.Data, 0); i >= 0 { // tshark's text ends there
			return m.valid(n.Data[:i])
		}
		return m.valid(n.Data)
	case wire.None:
		if n.Data != nil { // it reaches beyond its heading
			return value{data: n.Data}
		}
		from, to := int(n.Off), int(n.Off)+int(n.Len)
		if from < 0 || from > len(in) {
			return value{}
		}
		return value{data: in[from:max(from, min(to, len(in)))]}
	}
	return value{data: n.Data}
}

// valid is text as it is shown: what is no UTF-8 becomes U+FFFD, which is also how tshark
// compares it.
func (m *Matcher) valid(b []byte) value {
	if utf8.Valid(b) {
		return value{data: b}
	}
	at := len(m.text)
	n := wire.Node{Field: &plainText, Data: b}
	m.text = n.Append(m.text)
	return value{data: m.text[at:len(m.text):len(m.text)]}
}

var plainText = wire.Field{Name: ".", Type: wire.String}

// inLayer reports whether node j of part i stands in one of the layers of its protocol
// that o asks for.
func (m *Matcher) inLayer(o *operand, i, j int) bool {
	protocol, _, _ := strings.Cut(o.fields[0].Name, ".")
	at, all := 0, 0
	for k := range m.parts {
		for n := range m.parts[k].Tree.Nodes {
			if f := m.parts[k].Tree.Nodes[n].Field; f.Type == wire.None && f.Name == protocol {
				if all == 1 && (protocol == "mqtt" || protocol == "tpkt") {
					at = 1 // all messages of a segment are one layer to Wireshark
					continue
				}
				all++
				if k < i || k == i && n <= j {
					at++
				}
			}
		}
	}
	for _, r := range o.layers {
		from, to := r.from, r.to
		if from < 0 {
			from += all + 1
		}
		if to < 0 {
			to += all + 1
		}
		if at >= from && at <= to {
			return true
		}
	}
	return false
}

func (m *Matcher) sliced(o *operand, l []value) []value {
	of := m.values(o.args[0], m.list())
values:
	for i := range of {
		if len(o.cuts) == 1 {
			if b, ok := o.cuts[0].of(of[i].data); ok {
				l = append(l, value{data: b})
			}
			continue
		}
		at := len(m.text)
		for _, c := range o.cuts {
			b, ok := c.of(of[i].data)
			if !ok {
				m.text = m.text[:at]
				continue values
			}
			m.text = append(m.text, b...)
		}
		l = append(l, value{data: m.text[at:len(m.text):len(m.text)]})
	}
	m.giveBack(of)
	return l
}

func (m *Matcher) called(o *operand, l []value) []value {
	of := m.list()
	for _, a := range o.args {
		of = m.values(a, of)
	}
	switch {
	case len(of) == 0: // a function of nothing is nothing
	case o.call.all != nil:
		of = o.call.all(of)
		l = append(l, of...)
	default:
		for _, v := range of {
			l = append(l, o.call.each(m, o.args[0], v))
		}
	}
	m.giveBack(of)
	return l
}

// mapped is v with the letters from first to last moved.
func (m *Matcher) mapped(v value, first, last byte, by int) value {
	at := len(m.text)
	for _, c := range v.data {
		if c >= first && c <= last {
			c = byte(int(c) + by)
		}
		m.text = append(m.text, c)
	}
	return value{data: m.text[at:len(m.text):len(m.text)]}
}

// printed is v as text, the way in which its field is printed.
func (m *Matcher) printed(o *operand, v value) value {
	n := wire.Node{Field: &wire.Field{Type: o.typ, Name: "."}, Num: v.num.mag, Data: v.data}
	if o.form == formField {
		n.Field = o.fields[0]
	}
	if o.class() == number_ && v.num.neg {
		n.Num = -v.num.mag
	}
	at := len(m.text)
	m.text = n.Append(m.text)
	return value{data: m.text[at:len(m.text):len(m.text)]}
}

// masked is a under the mask b, as far as both reach.
func (m *Matcher) masked(a, b []byte) value {
	at := len(m.text)
	for i := range min(len(a), len(b)) {
		m.text = append(m.text, a[i]&b[i])
	}
	return value{data: m.text[at:len(m.text):len(m.text)]}
}

func (m *Matcher) computed(o *operand, l []value) []value {
	a, b := m.values(o.args[0], m.list()), m.values(o.args[1], m.list())
	for i := range a {
		for j := range b {
			x, y, ok := a[i].num, b[j].num, true
			switch o.op {
			case '+':
				x = x.add(y)
			case '-':
				x = x.add(y.negated())
			case '*':
				x = x.times(y)
			case '/':
				x, ok = x.over(y)
			case '%':
				x, ok = x.modulo(y)
			case '&':
				if o.class() == raw {
					l = append(l, m.masked(a[i].data, b[j].data))
					continue
				}
				x = number{mag: x.mag & y.mag}
			}
			if ok {
				l = append(l, value{num: x})
			}
		}
	}
	m.giveBack(b)
	m.giveBack(a)
	return l
}

// order compares two values of o's class; of addresses only the first n bits, if n is
// not negative.
func order(o *operand, a, b *value, n int) int {
	if o.class() == number_ {
		return a.num.compare(b.num)
	}
	if n < 0 {
		return bytes.Compare(a.data, b.data)
	}
	whole := n / 8
	if len(a.data) < (n+7)/8 || len(b.data) < (n+7)/8 {
		return bytes.Compare(a.data, b.data)
	}
	if c := bytes.Compare(a.data[:whole], b.data[:whole]); c != 0 || n%8 == 0 {
		return c
	}
	mask := byte(bits.Reverse8(1<<(n%8) - 1))
	return int(a.data[whole]&mask) - int(b.data[whole]&mask)
}
