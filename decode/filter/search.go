package filter

import (
	"bytes"
	"regexp"
	"strings"

	"plcscope/internal/wire"
)

// contains reads the right side of `contains`: text or bytes to be searched for.
func contains(q quantifier, a, b *operand) (test, *Error) {
	if a.form == formLiteral {
		return nil, failf(a.off, a.end, "contains wants a field before it, not %q", a.tok.text)
	}
	if a.class() == number_ {
		return nil, failf(a.off, a.end, "contains wants text, bytes or a protocol; this is %s", a.describe())
	}
	if b.form == formLiteral {
		typ := wire.Bytes
		if a.class() == text_ {
			typ = wire.String
		}
		if err := b.settle(typ, nil); err != nil {
			return nil, err
		}
	}
	if b.class() == number_ {
		return nil, failf(b.off, b.end, "contains searches for text or bytes; this is %s", b.describe())
	}
	return &search{of: a, what: b, all: q == allPairs}, nil
}

// matches reads the right side of `matches`: a regular expression in quotation marks,
// in which case does not matter unless it says (?-i).
func (p *parser) matches(q quantifier, a *operand) (test, *Error) {
	t := p.tok
	if t.kind != tokString && t.kind != tokRaw {
		return nil, failf(t.off, t.end, "matches wants a regular expression in quotation marks")
	}
	if a.form == formLiteral {
		return nil, p.unknownField(a)
	}
	if a.class() == number_ {
		return nil, failf(a.off, a.end, "matches wants text, bytes or a protocol; this is %s", a.describe())
	}
	re, err := regexp.Compile("(?i)" + t.text)
	if err != nil {
		why := strings.TrimPrefix(err.Error(), "error parsing regexp: ")
		return nil, failf(t.off, t.end, "this is no regular expression of RE2: %s", why)
	}
	return &search{of: a, re: re, all: q == allPairs}, p.advance()
}

func (t *search) holds(m *Matcher) bool {
	l := m.values(t.of, m.list())
	found := false
	if t.re != nil {
		found = t.all && len(l) > 0
		for i := range l {
			if t.re.Match(l[i].data) != t.all {
				found = !t.all
				break
			}
		}
	} else {
		q := anyPair
		if t.all {
			q = allPairs
		}
		what := m.values(t.what, m.list())
		found = m.pairs(q, l, what, func(x, y *value) bool { return bytes.Contains(x.data, y.data) })
		m.giveBack(what)
	}
	m.giveBack(l)
	return found
}
