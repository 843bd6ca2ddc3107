package filter

import (
	"strconv"

	"plcscope/internal/wire"
)

// cut is a range of bytes: from inclusive, end exclusive. A negative from counts
// from the end of the value.
type cut struct {
	from, end int
	open      bool // up to the end of the value
}

// slice reads [from:length], [from-to], [from], [from:], [:length], and lists of them.
func (p *parser) slice(of *operand) (*operand, *Error) {
	open := p.tok
	if of.form == formLiteral || of.form == formConstant || of.class() == number_ {
		return nil, failf(open.off, open.end, "only text, bytes, addresses and protocols can be cut; this is %s", of.describe())
	}
	cuts, err := p.cuts()
	if err != nil {
		return nil, err
	}
	p.contents = true
	return &operand{form: formSlice, off: of.off, end: p.tok.off, typ: wire.Bytes, cuts: cuts, args: []*operand{of}, bits: -1}, nil
}

// cuts reads what stands between brackets, and the brackets.
func (p *parser) cuts() ([]cut, *Error) {
	p.lex.slice = true
	defer func() { p.lex.slice = false }()
	var l []cut
	for {
		if err := p.advance(); err != nil { // past [ or ,
			return nil, err
		}
		c, err := p.cut()
		if err != nil {
			return nil, err
		}
		l = append(l, c)
		if p.is(",") {
			continue
		}
		if !p.is("]") {
			return nil, failf(p.tok.off, p.tok.end, "a range of bytes is written [from:length], [from-to] or [from]")
		}
		p.lex.slice = false
		return l, p.advance()
	}
}

func (p *parser) cut() (c cut, err *Error) {
	if p.is(":") { // [:length]
		if err = p.advance(); err != nil {
			return c, err
		}
		c.end, err = p.count()
		return c, err
	}
	start := p.tok
	if c.from, err = p.integer(); err != nil {
		return c, err
	}
	switch {
	case p.is(":"):
		if err = p.advance(); err != nil {
			return c, err
		}
		if p.is("]", ",") {
			c.open = true
			return c, nil
		}
		var n int
		n, err = p.count()
		c.end = c.from + n
		c.open = c.from < 0 && c.end == 0
	case p.is("-"):
		if err = p.advance(); err != nil {
			return c, err
		}
		to := p.tok
		if c.end, err = p.integer(); err != nil {
			return c, err
		}
		if c.end < c.from && c.end >= 0 == (c.from >= 0) {
			return c, failf(start.off, to.end, "the range ends before it begins")
		}
		c.open = c.end == -1
		c.end++
	default:
		c.end = c.from + 1
		c.open = c.from == -1
	}
	return c, err
}

// count reads a number of bytes.
func (p *parser) count() (int, *Error) {
	t := p.tok
	n, err := p.integer()
	if err == nil && n <= 0 {
		err = failf(t.off, t.end, "a range of bytes is at least one byte long")
	}
	return n, err
}

// integer reads a number between brackets; it may have a minus.
func (p *parser) integer() (int, *Error) {
	minus := p.is("-")
	if minus {
		if err := p.advance(); err != nil {
			return 0, err
		}
	}
	n, err := strconv.ParseInt(p.tok.text, 0, 32)
	if err != nil || p.tok.kind != tokWord {
		return 0, failf(p.tok.off, p.tok.end, "a number of bytes should stand here")
	}
	if minus {
		n = -n
	}
	return int(n), p.advance()
}

// of returns the bytes of b that c names; ok is false when b does not have them all.
func (c cut) of(b []byte) (part []byte, ok bool) {
	from, end := c.from, c.end
	if from < 0 {
		from += len(b)
	}
	if end < 0 || c.from < 0 && end <= 0 {
		end += len(b)
	}
	if c.open {
		end = len(b)
	}
	if from < 0 || from >= len(b) || end > len(b) || end <= from {
		return nil, false
	}
	return b[from:end], true
}
