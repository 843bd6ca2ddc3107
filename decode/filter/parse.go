package filter

import (
	"slices"
	"strings"

	"plcscope/internal/near"
	"plcscope/internal/wire"
)

// maxDepth bounds how deeply parentheses may be nested.
const maxDepth = 200

// parser reads tests, from the weakest binding (or) to the strongest (a comparison).
type parser struct {
	lex    lexer
	fields *Fields
	used   map[*wire.Field]bool
	tok    token
	depth  int

	contents bool // see Filter.Contents
}

func (p *parser) advance() *Error {
	t, err := p.lex.next()
	p.tok = t
	return err
}

// is reports whether the next token is one of the given symbols or words.
func (p *parser) is(texts ...string) bool {
	return (p.tok.kind == tokSymbol || p.tok.kind == tokWord) && slices.Contains(texts, p.tok.text)
}

func (p *parser) expect(symbol, why string) *Error {
	if p.tok.kind != tokSymbol || p.tok.text != symbol {
		return failf(p.tok.off, p.tok.end, "%s is missing here%s", symbol, why)
	}
	return p.advance()
}

func (p *parser) filter() (test, *Error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	if p.tok.kind == tokEnd {
		return nil, nil
	}
	t, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.tok.kind != tokEnd {
		if p.tok.kind == tokWord {
			if words := near.Names(p.tok.text, operatorWords, 1); len(words) > 0 {
				return nil, &Error{Offset: p.tok.off, Length: p.tok.end - p.tok.off, Reason: "an operator such as and, or, == is missing before " + p.tok.text, Near: words}
			}
		}
		return nil, failf(p.tok.off, p.tok.end, "the filter should end here, or go on with and, or, or an operator")
	}
	return t, nil
}

var operatorWords = []string{"and", "or", "not", "xor", "eq", "ne", "gt", "lt", "ge", "le", "contains", "matches", "in"}

func (p *parser) or() (test, *Error) {
	return p.chain(p.xor, func(a, b test) test { return either{a, b} }, "or", "||")
}
func (p *parser) xor() (test, *Error) {
	return p.chain(p.and, func(a, b test) test { return onlyOne{a, b} }, "xor", "^^")
}
func (p *parser) and() (test, *Error) {
	return p.chain(p.not, func(a, b test) test { return both{a, b} }, "and", "&&")
}

func (p *parser) chain(operand func() (test, *Error), join func(a, b test) test, words ...string) (test, *Error) {
	a, err := operand()
	for err == nil && p.is(words...) {
		if err = p.advance(); err != nil {
			break
		}
		var b test
		if b, err = operand(); err == nil {
			a = join(a, b)
		}
	}
	return a, err
}

func (p *parser) not() (test, *Error) {
	if !p.is("not", "!") {
		return p.primary()
	}
	if p.depth++; p.depth > maxDepth {
		return nil, failf(p.tok.off, p.tok.end, "the filter is nested too deeply")
	}
	defer func() { p.depth-- }()
	if err := p.advance(); err != nil {
		return nil, err
	}
	t, err := p.not()
	return negation{t}, err
}

// primary reads a comparison, a test for existence, or a filter in parentheses. What
// begins with a parenthesis may also be a computation: (tcp.len + 1) > 2.
func (p *parser) primary() (test, *Error) {
	if !p.is("(") {
		return p.relation()
	}
	if p.depth++; p.depth > maxDepth {
		return nil, failf(p.tok.off, p.tok.end, "the filter is nested too deeply")
	}
	defer func() { p.depth-- }()
	lex, tok := p.lex, p.tok
	if err := p.advance(); err != nil {
		return nil, err
	}
	t, err := p.or()
	if err == nil {
		if err = p.expect(")", " to close the one at column "+column(p.lex.text, tok.off)); err == nil && !p.atOperator() {
			return t, nil
		}
	}
	end := p.tok
	p.lex, p.tok = lex, tok
	if t, err := p.relation(); err == nil {
		return t, nil
	}
	if err == nil {
		err = failf(end.off, end.end, "what stands in the parentheses is a test and cannot be compared")
	}
	return nil, err
}

// atOperator reports whether a computation or a comparison goes on.
func (p *parser) atOperator() bool {
	_, compares := comparisons[p.tok.text]
	return p.tok.kind == tokSymbol && (compares || strings.Contains("+-*/%&[#", p.tok.text)) || p.tok.kind == tokWord && (compares || p.is("contains", "matches", "in"))
}

// quantifier says how many pairs of values must fulfil a comparison.
type quantifier uint8

const (
	byOperator quantifier = iota
	anyPair
	allPairs
)

// relation reads `a`, `a == b`, `a < b < c`, `a in {…}`.
func (p *parser) relation() (test, *Error) {
	q := byOperator
	if p.is("any", "all") {
		if q = anyPair; p.tok.text == "all" {
			q = allPairs
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
	}
	start := p.tok
	a, err := p.sum()
	if err != nil {
		return nil, err
	}
	if !p.atRelation() {
		if q != byOperator {
			return nil, failf(start.off, p.tok.off, "any and all stand before a comparison")
		}
		return p.existence(a)
	}
	p.contents = p.contents || a.typ == wire.None
	var t test
	for p.atRelation() {
		next, b, err := p.comparison(q, a)
		if err != nil {
			return nil, err
		}
		if t == nil {
			t = next
		} else {
			t = both{t, next}
		}
		if b == nil {
			break
		}
		a = b
	}
	return t, nil
}

// atRelation reports whether a comparison follows.
func (p *parser) atRelation() bool {
	if p.is("not") { // a not in {…}
		l := p.lex
		t, err := l.next()
		return err == nil && t.kind == tokWord && t.text == "in"
	}
	if p.is("contains", "matches", "~", "in") {
		return true
	}
	_, ok := comparisons[p.tok.text]
	return ok && (p.tok.kind == tokSymbol || p.tok.kind == tokWord)
}

// comparison reads an operator and its right side. b is the right side where a chain
// may go on from it.
func (p *parser) comparison(q quantifier, a *operand) (t test, b *operand, err *Error) {
	op := p.tok
	if err := p.advance(); err != nil {
		return nil, nil, err
	}
	switch op.text {
	case "not":
		if err := p.advance(); err != nil {
			return nil, nil, err
		}
		t, err := p.set(q, a)
		return negation{t}, nil, err
	case "in":
		t, err := p.set(q, a)
		return t, nil, err
	case "matches", "~":
		t, err := p.matches(q, a)
		return t, nil, err
	}
	if b, err = p.sum(); err != nil {
		return nil, nil, err
	}
	if op.text == "contains" {
		t, err = contains(q, a, b)
		return t, nil, err
	}
	c := comparisons[op.text]
	t, err = p.compare(q, c, a, b)
	return t, b, err
}

// set reads {1, 2..5, "x"}.
func (p *parser) set(q quantifier, a *operand) (test, *Error) {
	if err := p.expect("{", ": a set stands in braces, {1, 2..5}"); err != nil {
		return nil, err
	}
	m := &membership{of: a, all: q == allPairs}
	for {
		if p.is("}") && len(m.ranges) == 0 {
			return nil, failf(p.tok.off, p.tok.end, "the set is empty")
		}
		low, err := p.sum()
		if err != nil {
			return nil, err
		}
		high := low
		if p.is("..") {
			if err := p.advance(); err != nil {
				return nil, err
			}
			if high, err = p.sum(); err != nil {
				return nil, err
			}
		}
		for _, x := range []*operand{low, high} {
			if err := unify(a, x); err != nil {
				return nil, err
			}
		}
		if low == high {
			if err := p.possible(a, low); err != nil {
				return nil, err
			}
		}
		m.ranges = append(m.ranges, span{low, high})
		if p.is(",") {
			if err := p.advance(); err != nil {
				return nil, err
			}
			continue
		}
		if p.is("}") {
			return m, p.advance()
		}
		return nil, failf(p.tok.off, p.tok.end, "a comma or } is missing here in the set")
	}
}
