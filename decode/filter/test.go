package filter

import (
	"regexp"

	"plcscope/internal/wire"
)

// test is a node of a compiled filter.
type test interface {
	holds(m *Matcher) bool
	needs(kind func(*wire.Field) bool) bool // see Filter.Needs
}

type (
	both     struct{ a, b test }
	either   struct{ a, b test }
	onlyOne  struct{ a, b test }
	negation struct{ of test }
)

func (t both) holds(m *Matcher) bool     { return t.a.holds(m) && t.b.holds(m) }
func (t either) holds(m *Matcher) bool   { return t.a.holds(m) || t.b.holds(m) }
func (t onlyOne) holds(m *Matcher) bool  { return t.a.holds(m) != t.b.holds(m) }
func (t negation) holds(m *Matcher) bool { return !t.of.holds(m) }

// exists holds when there is a value; of a computation, when one is not 0.
type exists struct {
	of      *operand
	nonzero bool
}

func (p *parser) existence(o *operand) (test, *Error) {
	switch o.form {
	case formLiteral:
		return nil, p.unknownField(o)
	case formConstant:
		return nil, failf(o.off, o.end, "a value alone is no test")
	case formCall:
		return nil, failf(o.off, o.end, "the result of %s must be compared with something", o.call.name)
	}
	return exists{o, o.form == formArithmetic}, nil
}

func (t exists) holds(m *Matcher) bool {
	if t.of.form == formField && t.of.layers == nil {
		for i := range m.parts {
			nodes := m.parts[i].Tree.Nodes
			for j := range nodes {
				if t.of.is(nodes[j].Field) {
					return true
				}
			}
		}
		return false
	}
	l := m.values(t.of, m.list())
	found := len(l) > 0 && !t.nonzero
	for i := range l {
		found = found || t.nonzero && (l[i].num.mag != 0 || !allZero(l[i].data))
	}
	m.giveBack(l)
	return found
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// comparison is an operator: which orders it accepts, and of how many pairs.
type comparison struct {
	less, equal, greater bool
	pairs                quantifier
}

var comparisons = map[string]comparison{
	"==": {equal: true, pairs: anyPair}, "eq": {equal: true, pairs: anyPair}, "any_eq": {equal: true, pairs: anyPair},
	"!=": {less: true, greater: true, pairs: allPairs}, "ne": {less: true, greater: true, pairs: allPairs}, "all_ne": {less: true, greater: true, pairs: allPairs},
	"===": {equal: true, pairs: allPairs}, "all_eq": {equal: true, pairs: allPairs},
	"!==": {less: true, greater: true, pairs: anyPair}, "~=": {less: true, greater: true, pairs: anyPair}, "any_ne": {less: true, greater: true, pairs: anyPair},
	"<": {less: true, pairs: anyPair}, "lt": {less: true, pairs: anyPair},
	">": {greater: true, pairs: anyPair}, "gt": {greater: true, pairs: anyPair},
	"<=": {less: true, equal: true, pairs: anyPair}, "le": {less: true, equal: true, pairs: anyPair},
	">=": {equal: true, greater: true, pairs: anyPair}, "ge": {equal: true, greater: true, pairs: anyPair},
}

func (c comparison) accepts(order int) bool {
	switch {
	case order < 0:
		return c.less
	case order > 0:
		return c.greater
	}
	return c.equal
}

// relation holds when any pair, or every pair, of values is in an accepted order.
type relation struct {
	a, b *operand
	comparison
	bits int // of addresses, how many count; -1: all
}

func (p *parser) compare(q quantifier, c comparison, a, b *operand) (test, *Error) {
	if a.form == formLiteral && b.form == formLiteral {
		if a.likeField() {
			return nil, p.unknownField(a)
		}
		return nil, failf(a.off, b.end, "neither %q nor %q is a field", a.tok.text, b.tok.text)
	}
	if err := unify(a, b); err != nil {
		return nil, err
	}
	if c.less == c.greater { // not one of order, which needs no such text
		if err := p.possible(a, b); err != nil {
			return nil, err
		}
	}
	if q != byOperator {
		c.pairs = q
	}
	bits := a.bits
	if bits < 0 {
		bits = b.bits
	}
	return &relation{a, b, c, bits}, nil
}

func (t *relation) holds(m *Matcher) bool {
	if t.b.form == formConstant && t.a.form == formField && t.a.layers == nil {
		return t.plain(m)
	}
	a := m.values(t.a, m.list())
	b := m.values(t.b, m.list())
	ok := m.pairs(t.pairs, a, b, func(x, y *value) bool { return t.accepts(order(t.a, x, y, t.bits)) })
	m.giveBack(b)
	m.giveBack(a)
	return ok
}

// plain compares a field with a constant, without lists.
func (t *relation) plain(m *Matcher) bool {
	found := false
	for i := range m.parts {
		p := &m.parts[i]
		for j := range p.Tree.Nodes {
			n := &p.Tree.Nodes[j]
			if !t.a.is(n.Field) {
				continue
			}
			v := m.valueOf(n, p.Bytes)
			if t.accepts(order(t.a, &v, &t.b.value, t.bits)) {
				if t.comparison.pairs == anyPair {
					return true
				}
				found = true
			} else if t.comparison.pairs == allPairs {
				return false
			}
		}
	}
	return found
}

// pairs applies f to any or all pairs of values. Nothing holds of a field that is
// not there.
func (m *Matcher) pairs(q quantifier, a, b []value, f func(x, y *value) bool) bool {
	for i := range a {
		for j := range b {
			if f(&a[i], &b[j]) == (q == anyPair) {
				return q == anyPair
			}
		}
	}
	return q == allPairs && len(a) > 0 && len(b) > 0
}

// span is a range in a set; low and high are the same for one value.
type span struct{ low, high *operand }

// membership holds when any value, or every value, lies in the set.
type membership struct {
	of     *operand
	ranges []span
	all    bool
}

func (t *membership) holds(m *Matcher) bool {
	l := m.values(t.of, m.list())
	ok := t.all && len(l) > 0
	for i := range l {
		if t.has(m, &l[i]) != t.all {
			ok = !t.all
			break
		}
	}
	m.giveBack(l)
	return ok
}

func (t *membership) has(m *Matcher, v *value) bool {
	for _, r := range t.ranges {
		if r.low.form == formConstant && r.high.form == formConstant {
			if order(t.of, v, &r.low.value, r.low.bits) >= 0 && order(t.of, v, &r.high.value, r.high.bits) <= 0 {
				return true
			}
			continue
		}
		low, high := m.values(r.low, m.list()), m.values(r.high, m.list())
		in := false
		for i := range low {
			for j := range high {
				in = in || order(t.of, v, &low[i], -1) >= 0 && order(t.of, v, &high[j], -1) <= 0
			}
		}
		m.giveBack(high)
		m.giveBack(low)
		if in {
			return true
		}
	}
	return false
}

// search holds when values contain a text or some bytes, or match an expression.
type search struct {
	of   *operand
	what *operand // or, when nil,
	re   *regexp.Regexp
	all  bool
}
