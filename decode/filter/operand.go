package filter

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"plcscope/internal/wire"
)

// form says what an operand consists of.
type form uint8

const (
	formField    form = iota
	formLiteral       // not yet of a type: the other side of a comparison decides
	formConstant      // a literal of a known type
	formSlice
	formCall
	formArithmetic
)

// class is what a value can be compared with.
type class uint8

const (
	number_ class = iota // numbers, flags, times
	text_                // strings
	raw                  // bytes, addresses, protocols
)

// operand is one side of a comparison.
type operand struct {
	form     form
	off, end int // where it stands in the filter

	fields []*wire.Field // of formField, and of what a slice or a call is made of
	layers []layers      // of a field: which protocol layers, counted from 1
	typ    wire.Type     // of its values
	float  bool          // nanoseconds that are written as seconds

	tok   token // of formLiteral
	value value // of formConstant
	bits  int   // of an address with a prefix: how many bits count; -1: all
	cuts  []cut // of formSlice
	call  *function
	op    byte // of formArithmetic
	args  []*operand
}

// layers is a range of protocol layers.
type layers struct{ from, to int }

func (o *operand) class() class {
	switch o.typ {
	case wire.String:
		return text_
	case wire.Uint, wire.Bool, wire.Time, wire.Epoch:
		return number_
	}
	return raw
}

// sum reads additions and subtractions.
func (p *parser) sum() (*operand, *Error) {
	return p.arithmetic(p.product, "+", "-")
}

func (p *parser) product() (*operand, *Error) {
	return p.arithmetic(p.masked, "*", "/", "%")
}

func (p *parser) masked() (*operand, *Error) {
	return p.arithmetic(p.postfix, "&", "bitwise_and", "bitand")
}

func (p *parser) arithmetic(operands func() (*operand, *Error), ops ...string) (*operand, *Error) {
	a, err := operands()
	for err == nil && p.is(ops...) {
		op := p.tok
		if err = p.advance(); err != nil {
			break
		}
		var b *operand
		if b, err = operands(); err != nil {
			break
		}
		code := op.text[0]
		if code == 'b' {
			code = '&'
		}
		a, err = compute(code, op, a, b)
	}
	return a, err
}

// compute makes the operand of an arithmetic operation.
func compute(op byte, tok token, a, b *operand) (*operand, *Error) {
	if op == '&' && (a.isBytes() || b.isBytes()) {
		return maskBytes(tok, a, b)
	}
	if err := unify(a, b); err != nil {
		return nil, err
	}
	for _, x := range []*operand{a, b} {
		if x.form == formLiteral {
			if err := x.settle(wire.Uint, nil); err != nil {
				return nil, err
			}
		}
		if x.class() != number_ {
			return nil, failf(tok.off, tok.end, "%s wants numbers on both sides", tok.text)
		}
	}
	of := a
	if a.form == formConstant {
		of = b
	}
	return &operand{form: formArithmetic, off: a.off, end: b.end, typ: of.typ, float: of.float, op: op, args: []*operand{a, b}, bits: -1}, nil
}

func (o *operand) isBytes() bool { return o.form != formLiteral && o.class() == raw }

// maskBytes makes the operand of a mask over bytes: as many as both sides have.
func maskBytes(tok token, a, b *operand) (*operand, *Error) {
	of, with := a, b
	if of.form == formLiteral {
		of, with = b, a
	}
	typ := of.typ
	if typ == wire.None {
		typ = wire.Bytes
	}
	if with.form == formLiteral {
		if err := with.settle(typ, nil); err != nil {
			return nil, err
		}
	}
	if of.class() != raw || with.class() != raw {
		return nil, failf(tok.off, tok.end, "%s wants numbers, or bytes, on both sides", tok.text)
	}
	return &operand{form: formArithmetic, off: a.off, end: b.end, typ: typ, op: '&', args: []*operand{a, b}, bits: -1}, nil
}

// postfix reads a primary with slices behind it.
func (p *parser) postfix() (*operand, *Error) {
	o, err := p.atom()
	for err == nil && p.is("[") {
		o, err = p.slice(o)
	}
	return o, err
}

// atom reads a field, a literal, a call or a group.
func (p *parser) atom() (*operand, *Error) {
	t := p.tok
	switch {
	case t.kind == tokSymbol && (t.text == "(" || t.text == "{"):
		return p.group(t)
	case t.kind == tokSymbol && t.text == "-":
		if err := p.advance(); err != nil {
			return nil, err
		}
		x, err := p.postfix()
		if err != nil {
			return nil, err
		}
		zero := &operand{form: formConstant, typ: wire.Uint, bits: -1, off: t.off, end: t.end}
		return compute('-', t, zero, x)
	case t.kind == tokEnd:
		return nil, failf(t.off, t.end, "the filter ends where a field or a value should stand")
	case t.kind == tokSymbol:
		return nil, failf(t.off, t.end, "a field or a value should stand here, not %s", t.text)
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if t.kind == tokWord {
		if p.is("(") {
			if f := functions[t.text]; f != nil {
				return p.callOf(f, t)
			}
			return nil, &Error{Offset: t.off, Length: len(t.text), Reason: "there is no function " + t.text, Near: nearFunctions(t.text)}
		}
		if l := p.fields.byName[t.text]; l != nil {
			return p.field(t, l)
		}
	}
	return &operand{form: formLiteral, off: t.off, end: t.end, tok: t, bits: -1}, nil
}

func (p *parser) group(t token) (*operand, *Error) {
	if p.depth++; p.depth > maxDepth {
		return nil, failf(t.off, t.end, "the filter is nested too deeply")
	}
	defer func() { p.depth-- }()
	if err := p.advance(); err != nil {
		return nil, err
	}
	o, err := p.sum()
	if err != nil {
		return nil, err
	}
	closing := ")"
	if t.text == "{" {
		closing = "}"
	}
	return o, p.expect(closing, " to close the one at column "+column(p.lex.text, t.off))
}

func (p *parser) field(t token, l []*wire.Field) (*operand, *Error) {
	o := &operand{form: formField, off: t.off, end: t.end, fields: l, typ: l[0].Type, bits: -1}
	o.float = o.typ == wire.Epoch || o.typ == wire.Time
	for _, f := range l {
		p.used[f] = true
	}
	if !p.is("#") {
		return o, nil
	}
	protocol, _, _ := strings.Cut(t.text, ".") // whose layers are counted
	for _, f := range p.fields.byName[protocol] {
		p.used[f] = true
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if !p.is("[") {
		n, err := strconv.Atoi(p.tok.text)
		if err != nil || n == 0 || p.tok.kind != tokWord {
			return nil, failf(p.tok.off, p.tok.end, "the number of a layer should stand here, from 1 outside, or -1 for the innermost")
		}
		o.layers = []layers{{n, n}}
		return o, p.advance()
	}
	cuts, err := p.cuts()
	for _, c := range cuts {
		to := c.end - 1
		if c.open {
			to = -1
		}
		o.layers = append(o.layers, layers{max(c.from, 1), to})
	}
	return o, err
}

func column(text string, off int) string {
	return strconv.Itoa(utf8.RuneCountInString(text[:off]) + 1)
}
