package filter

import (
	"slices"

	"plcscope/internal/near"
	"plcscope/internal/wire"
)

// function is a function of the language. Most make one value of each value.
type function struct {
	name  string
	takes string // what it wants, for messages
	class func(class) bool
	typ   wire.Type // of the result; None: as the argument
	many  bool      // more than one argument
	each  func(m *Matcher, o *operand, v value) value
	all   func(l []value) []value // instead of each: of all values together
}

func anything(class) bool  { return true }
func numeric(c class) bool { return c == number_ }
func text(c class) bool    { return c == text_ }

var functions = map[string]*function{}

func init() {
	for _, f := range []*function{
		{name: "len", takes: "a field", class: anything, typ: wire.Uint, each: func(_ *Matcher, o *operand, v value) value {
			n := len(v.data)
			if o.class() == number_ {
				n = v.size
			}
			return value{num: number{mag: uint64(n)}}
		}},
		{name: "count", takes: "a field", class: anything, typ: wire.Uint, all: func(l []value) []value {
			n := len(l)
			return append(l[:0], value{num: number{mag: uint64(n)}})
		}},
		{name: "upper", takes: "text", class: text, each: func(m *Matcher, _ *operand, v value) value { return m.mapped(v, 'a', 'z', -0x20) }},
		{name: "lower", takes: "text", class: text, each: func(m *Matcher, _ *operand, v value) value { return m.mapped(v, 'A', 'Z', +0x20) }},
		{name: "string", takes: "a field", class: anything, typ: wire.String, each: (*Matcher).printed},
		{name: "abs", takes: "numbers", class: numeric, each: func(_ *Matcher, _ *operand, v value) value {
			v.num.neg = false
			return v
		}},
		{name: "max", takes: "numbers", class: numeric, many: true, all: func(l []value) []value {
			return append(l[:0], slices.MaxFunc(l, byNumber))
		}},
		{name: "min", takes: "numbers", class: numeric, many: true, all: func(l []value) []value {
			return append(l[:0], slices.MinFunc(l, byNumber))
		}},
	} {
		functions[f.name] = f
	}
}

func byNumber(a, b value) int { return a.num.compare(b.num) }

func nearFunctions(name string) []string {
	var l []string
	for n := range functions {
		l = append(l, n)
	}
	slices.Sort(l)
	return near.Names(name, l, 2)
}

// callOf reads the arguments of f, which was named by t.
func (p *parser) callOf(f *function, t token) (*operand, *Error) {
	if p.depth++; p.depth > maxDepth {
		return nil, failf(t.off, t.end, "the filter is nested too deeply")
	}
	defer func() { p.depth-- }()
	p.contents = true
	o := &operand{form: formCall, off: t.off, call: f, typ: f.typ, bits: -1}
	for {
		if err := p.advance(); err != nil { // past ( or ,
			return nil, err
		}
		x, err := p.sum()
		if err != nil {
			return nil, err
		}
		if x.form == formLiteral && len(o.args) == 0 {
			if p.tok.kind != tokSymbol {
				return nil, p.unknownField(x)
			}
			return nil, p.unknownFieldOr(x, f.name+" wants a field")
		}
		if x.form == formLiteral {
			if err := unify(o.args[0], x); err != nil {
				return nil, err
			}
		}
		if !f.class(x.class()) {
			return nil, failf(x.off, x.end, "%s wants %s; this is %s", f.name, f.takes, x.describe())
		}
		if f.name == "count" && x.form != formField {
			return nil, failf(x.off, x.end, "count wants a field")
		}
		o.args = append(o.args, x)
		if p.is(",") {
			if !f.many {
				return nil, failf(p.tok.off, p.tok.end, "%s takes one argument", f.name)
			}
			continue
		}
		if o.typ == wire.None {
			o.typ, o.float = o.args[0].typ, o.args[0].float
		}
		o.end = p.tok.end
		return o, p.expect(")", " to end the arguments of "+f.name)
	}
}
