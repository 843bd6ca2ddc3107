package filter

import (
	"fmt"
	"strconv"

	"golang.org/x/net/bpf"

	"plcscope/pcaps"
)

// maxNesting and maxTokens bound a filter.
const (
	maxNesting = 64
	maxTokens  = 2000
)

type parser struct {
	text   string
	tokens []token
	pos    int
	depth  int
	link   pcaps.LinkType
	tags   uint32    // VLAN tags passed
	last   qualifier // of the primitive before, for one that has none
}

func parse(text string, link pcaps.LinkType) (t test, err error) {
	tokens, err := lex(text)
	if err != nil {
		return nil, err
	}
	if len(tokens) > maxTokens {
		return nil, &Error{text, tokens[maxTokens].at, fmt.Sprintf("the filter has more than %d words", maxTokens)}
	}
	if len(tokens) == 1 {
		return always(true), nil
	}
	switch link {
	case pcaps.LinkEthernet, pcaps.LinkRaw, pcaps.LinkLinuxSLL:
	default:
		return nil, &Error{text, 0, fmt.Sprintf("no filter can be had for %v", link)}
	}
	p := &parser{text: text, tokens: tokens, link: link}
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(*Error)
			if !ok {
				panic(r)
			}
			t, err = nil, e
		}
	}()
	t = p.expression()
	if p.peek() != "" {
		p.fail("%q does not follow here; and, or?", p.peek())
	}
	return t, nil
}

func (p *parser) peek() string { return p.tokens[p.pos].text }

func (p *parser) next() string {
	s := p.peek()
	if p.pos < len(p.tokens)-1 {
		p.pos++
	}
	return s
}

func (p *parser) accept(words ...string) bool {
	for _, w := range words {
		if p.peek() == w {
			p.next()
			return true
		}
	}
	return false
}

func (p *parser) expect(s string) {
	if !p.accept(s) {
		p.fail("%q is missing", s)
	}
}

// fail ends the parsing with an error at the present token; parse catches it.
func (p *parser) fail(format string, args ...any) { p.failAt(p.pos, format, args...) }

func (p *parser) failAt(pos int, format string, args ...any) {
	panic(&Error{p.text, p.tokens[pos].at, fmt.Sprintf(format, args...)})
}

func (p *parser) deeper() func() {
	if p.depth++; p.depth > maxNesting {
		p.fail("more than %d levels of nesting", maxNesting)
	}
	return func() { p.depth-- }
}

// expression reads terms with and, or between them, which bind alike and to the left.
func (p *parser) expression() test {
	defer p.deeper()()
	t := p.term()
	for {
		switch {
		case p.accept("and", "&&"):
			t = both{t, p.term()}
		case p.accept("or", "||"):
			t = either{t, p.term()}
		default:
			return t
		}
	}
}

func (p *parser) term() test {
	defer p.deeper()()
	if p.accept("not", "!") {
		return not{p.term()}
	}
	start := p.pos
	if t := p.relation(); t != nil {
		return t
	}
	p.pos = start
	if p.accept("(") {
		t := p.expression()
		p.expect(")")
		return t
	}
	return p.primitive()
}

var comparisons = map[string]struct {
	cond bpf.JumpTest
}{
	"=": {bpf.JumpEqual}, "==": {bpf.JumpEqual}, "!=": {bpf.JumpNotEqual},
	">": {bpf.JumpGreaterThan}, ">=": {bpf.JumpGreaterOrEqual},
	"<": {bpf.JumpLessThan}, "<=": {bpf.JumpLessOrEqual},
}

// relation reads a comparison, or returns nil when there is none here.
func (p *parser) relation() test {
	if !p.startsValue() {
		return nil
	}
	var guards []test
	depth := p.depth
	left := p.tryValue(&guards)
	p.depth = depth
	op, ok := comparisons[p.peek()]
	if left == nil || !ok {
		return nil
	}
	p.next()
	right := p.value(&guards, 0)
	if depthOf(left)+1 > maxDepth || depthOf(right) > maxDepth {
		p.fail("the arithmetic is nested too deeply")
	}
	var guard test
	if len(guards) > 0 {
		guard = all(guards...)
	}
	return relation{guard, op.cond, left, right}
}

func (p *parser) startsValue() bool {
	s := p.peek()
	if s == "(" || s == "len" {
		return true
	}
	if _, err := strconv.ParseUint(s, 0, 32); err == nil {
		return true
	}
	_, constant := constants[s]
	return constant || p.pos+1 < len(p.tokens) && p.tokens[p.pos+1].text == "["
}

// tryValue reads arithmetic, or returns nil when what stands here is none. An error
// inside of brackets is one in any case.
func (p *parser) tryValue(guards *[]test) (v value) {
	start := p.pos
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		e, ok := r.(*Error)
		if !ok {
			panic(r)
		}
		open := 0
		for _, t := range p.tokens[start:p.pos] {
			switch t.text {
			case "[":
				open++
			case "]":
				open--
			}
		}
		if open > 0 || e.Reason == zeroDivision {
			panic(e)
		}
		v = nil
	}()
	return p.value(guards, 0)
}

const zeroDivision = "division by zero"

var levels = []map[string]bpf.ALUOp{
	{"|": bpf.ALUOpOr, "^": bpf.ALUOpXor},
	{"&": bpf.ALUOpAnd},
	{"<<": bpf.ALUOpShiftLeft, ">>": bpf.ALUOpShiftRight},
	{"+": bpf.ALUOpAdd, "-": bpf.ALUOpSub},
	{"*": bpf.ALUOpMul, "/": bpf.ALUOpDiv, "%": bpf.ALUOpMod},
}

func (p *parser) value(guards *[]test, level int) value {
	if level == len(levels) {
		return p.operand(guards)
	}
	v := p.value(guards, level+1)
	for {
		op, ok := levels[level][p.peek()]
		if !ok {
			return v
		}
		p.next()
		at := p.pos
		w := p.value(guards, level+1)
		if n, ok := w.(number); ok && n == 0 && (op == bpf.ALUOpDiv || op == bpf.ALUOpMod) {
			p.failAt(at, zeroDivision)
		}
		v = calculation{op, v, w}
	}
}

var constants = map[string]uint32{
	"tcpflags": 13, "tcp-fin": 1, "tcp-syn": 2, "tcp-rst": 4, "tcp-push": 8, "tcp-ack": 16, "tcp-urg": 32,
	"icmptype": 0, "icmpcode": 1,
}

func (p *parser) operand(guards *[]test) value {
	defer p.deeper()()
	at := p.pos
	s := p.next()
	if n, err := strconv.ParseUint(s, 0, 32); err == nil {
		return number(n)
	}
	if n, ok := constants[s]; ok {
		return number(n)
	}
	switch s {
	case "len":
		return length{}
	case "(":
		v := p.value(guards, 0)
		p.expect(")")
		return v
	}
	if p.peek() != "[" {
		p.failAt(at, "%q is no number", s)
	}
	return p.accessor(at, s, guards)
}

// accessor reads bytes of a header: tcp[13], ip[6:2].
func (p *parser) accessor(at int, name string, guards *[]test) value {
	b := bytesAt{base: p.network(), size: 1}
	switch name {
	case "ether", "link":
		if p.link != pcaps.LinkEthernet {
			p.failAt(at, "%v has no Ethernet header", p.link)
		}
		b.base = 0
	case "ip", "ip6", "arp":
		*guards = append(*guards, p.network3(name))
	case "tcp", "udp", "icmp":
		*guards = append(*guards, p.network3("ip"), p.transport4(protocols[name]), p.unfragmented())
		b.transport = true
	default:
		p.failAt(at, "the bytes of %q cannot be had; those of ether, ip, ip6, arp, tcp, udp and icmp can", name)
	}
	p.expect("[")
	index := p.pos
	b.index = p.value(guards, 0)
	n, constant := b.index.(number)
	if name == "ether" && !constant || n > 0xffff {
		p.failAt(index, "the place in the header must be a number below 65536")
	}
	if p.accept(":") {
		switch p.next() {
		case "1":
		case "2":
			b.size = 2
		case "4":
			b.size = 4
		default:
			p.failAt(p.pos-1, "1, 2 or 4 bytes can be had")
		}
	}
	p.expect("]")
	return b
}
