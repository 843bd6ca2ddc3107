package symbol

import (
	"fmt"
	"strconv"
	"strings"

	"plcscope/s7comm/datatype"
)

// source reads the declarations in a source of blocks: DATA_BLOCK, TYPE and
// FUNCTION_BLOCK. Everything else, programs above all, is passed over.
type source struct {
	lex   lexer
	tok   token
	table *Table
	depth int
}

func (t *Table) addSource(text string) error {
	s := &source{lex: lexer{text: text, line: 1}, table: t}
	if err := s.advance(); err != nil {
		return err
	}
	for s.tok.kind != tokEnd {
		var err error
		switch {
		case s.is("TYPE"):
			err = s.typeDecl()
		case s.is("DATA_BLOCK"):
			err = s.dataBlock()
		case s.is("FUNCTION_BLOCK"):
			err = s.functionBlock()
		default:
			s.pass()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// pass goes on by one token in what is not read: programs, which may hold anything. A
// line that makes no sense is left out.
func (s *source) pass() {
	for s.advance() != nil {
		before := s.lex.pos
		s.lex.skipLine()
		if s.lex.pos == before {
			s.lex.pos = min(before+1, len(s.lex.text))
		}
	}
}

func (s *source) advance() error {
	t, err := s.lex.next()
	s.tok = t
	return err
}

func (s *source) is(words ...string) bool {
	if s.tok.kind != tokName && s.tok.kind != tokSymbol {
		return false
	}
	for _, w := range words {
		if strings.EqualFold(s.tok.text, w) {
			return true
		}
	}
	return false
}

func (s *source) fail(want string) error {
	if s.tok.kind == tokEnd {
		return fmt.Errorf("line %d: the source ends where %s should stand", s.tok.line, want)
	}
	return fmt.Errorf("line %d: %s should stand here, not %q", s.tok.line, want, s.tok.text)
}

func (s *source) expect(symbol string) error {
	if !s.is(symbol) {
		return s.fail(symbol)
	}
	return s.advance()
}

// blockName reads what follows DATA_BLOCK, TYPE or FUNCTION_BLOCK: "a name", a_name, or
// DB 12, DB12, UDT 5.
func (s *source) blockName(prefix string) (name string, number int, err error) {
	number = -1
	if s.tok.kind != tokName && s.tok.kind != tokQuoted {
		return "", 0, s.fail("the name of the block")
	}
	name = s.tok.text
	quoted := s.tok.kind == tokQuoted
	if err = s.advance(); err != nil || quoted {
		return name, number, err
	}
	if strings.EqualFold(name, prefix) && s.tok.kind == tokNumber {
		number, err = strconv.Atoi(s.tok.text)
		if err != nil {
			return name, -1, s.fail("a number of a block")
		}
		return prefix + strconv.Itoa(number), number, s.advance()
	}
	if n, ok := numbered(name, prefix); ok {
		return prefix + strconv.Itoa(n), n, nil
	}
	return name, number, nil
}

// numbered reads DB12 as 12.
func numbered(name, prefix string) (int, bool) {
	if len(name) <= len(prefix) || !strings.EqualFold(name[:len(prefix)], prefix) {
		return 0, false
	}
	n, err := strconv.ParseUint(name[len(prefix):], 10, 16)
	return int(n), err == nil
}

// header passes over the properties between the name of a block and what it declares.
func (s *source) header() error {
	for {
		switch {
		case s.is("TITLE", "VERSION", "AUTHOR", "FAMILY", "NAME"):
			s.lex.skipLine()
		case s.is("RETAIN", "NON_RETAIN", "UNLINKED", "READ_ONLY", "KNOW_HOW_PROTECT", "STANDARD", "CODE_VERSION1", "INTERNAL"):
		default:
			return nil
		}
		if err := s.advance(); err != nil {
			return err
		}
	}
}

// skipTo goes behind the word that ends the block.
func (s *source) skipTo(end string) error {
	for s.tok.kind != tokEnd && !s.is(end) {
		s.pass()
	}
	if s.tok.kind == tokEnd {
		return s.fail(end)
	}
	return s.advance()
}

func (s *source) typeDecl() error {
	if err := s.advance(); err != nil {
		return err
	}
	name, _, err := s.blockName("UDT")
	if err != nil {
		return err
	}
	if s.is(":") { // SCL
		if err := s.advance(); err != nil {
			return err
		}
	}
	if err := s.header(); err != nil {
		return err
	}
	t, err := s.typ()
	if err != nil {
		return err
	}
	s.table.declare(name, t)
	return s.skipTo("END_TYPE")
}

func (s *source) dataBlock() error {
	s.lex.optimised = false
	if err := s.advance(); err != nil {
		return err
	}
	name, number, err := s.blockName("DB")
	if err != nil {
		return err
	}
	if err := s.header(); err != nil {
		return err
	}
	b := &Block{Name: name, Number: number}
	switch {
	case s.is("STRUCT"):
		b.Type, err = s.typ()
	case s.is("VAR"):
		b.Type, err = s.sections()
	case s.is("BEGIN"):
		return s.fail("a declaration")
	default:
		b.Type, err = s.typ() // a type or the function block that the block is an instance of
	}
	if err != nil {
		return err
	}
	b.Optimised = s.lex.optimised
	if err := s.table.addBlock(b); err != nil {
		return err
	}
	return s.skipTo("END_DATA_BLOCK")
}

func (s *source) functionBlock() error {
	if err := s.advance(); err != nil {
		return err
	}
	name, _, err := s.blockName("FB")
	if err != nil {
		return err
	}
	if err := s.header(); err != nil {
		return err
	}
	t, err := s.sections()
	if err != nil {
		return err
	}
	s.table.declare(name, t)
	return s.skipTo("END_FUNCTION_BLOCK")
}

// sections reads VAR_INPUT, VAR_OUTPUT, VAR_IN_OUT and VAR, which lie one behind the
// other in an instance, each from an even byte on. Temporary variables and constants
// have no place there.
func (s *source) sections() (*Type, error) {
	all := &Type{Name: "STRUCT"}
	for {
		keep, pointers := true, false
		switch {
		case s.is("VAR_INPUT", "VAR_OUTPUT", "VAR"):
		case s.is("VAR_IN_OUT"):
			pointers = true
		case s.is("VAR_TEMP", "CONST"):
			keep = false
		default:
			return all, nil
		}
		end := "END_VAR"
		if s.is("CONST") {
			end = "END_CONST"
		}
		if err := s.advance(); err != nil {
			return nil, err
		}
		if s.is("CONSTANT") {
			keep = false
		}
		if !keep {
			if err := s.skipTo(end); err != nil {
				return nil, err
			}
			continue
		}
		for s.is("RETAIN", "NON_RETAIN", "DB_SPECIFIC", "PUBLIC") {
			if err := s.advance(); err != nil {
				return nil, err
			}
		}
		list, err := s.members(end)
		if err != nil {
			return nil, err
		}
		for i := range list {
			if pointers && byReference(list[i].Type.Base) {
				list[i].Type = &Type{Name: "POINTER", Base: datatype.Pointer}
			}
		}
		if len(list) > 0 && len(all.Members) > 0 {
			// A part without length brings the next one to an even byte.
			all.Members = append(all.Members, Member{Type: &Type{Name: "STRUCT"}})
		}
		all.Members = append(all.Members, list...)
	}
}

// byReference reports whether a parameter VAR_IN_OUT of the type is a pointer in the
// instance: all that is no elementary type.
func byReference(t datatype.Type) bool {
	switch t {
	case datatype.None, datatype.String, datatype.WString, datatype.DateAndTime, datatype.DTL:
		return true
	}
	return false
}

// members reads declarations up to end, which it passes.
func (s *source) members(end string) ([]Member, error) {
	var l []Member
	for !s.is(end) {
		var names []string
		for {
			if s.tok.kind != tokName && s.tok.kind != tokQuoted {
				return nil, s.fail("the name of a variable or " + end)
			}
			names = append(names, s.tok.text)
			if err := s.advance(); err != nil {
				return nil, err
			}
			if !s.is(",") {
				break
			}
			if err := s.advance(); err != nil {
				return nil, err
			}
		}
		view := s.is("AT") // another look at a variable, without a place of its own
		if view {
			if err := s.advance(); err != nil {
				return nil, err
			}
			if err := s.advance(); err != nil {
				return nil, err
			}
		}
		if err := s.expect(":"); err != nil {
			return nil, err
		}
		t, err := s.typ()
		if err != nil {
			return nil, err
		}
		comment, err := s.initial()
		if err != nil {
			return nil, err
		}
		for _, n := range names {
			if !view {
				l = append(l, Member{Name: n, Type: t, Comment: comment})
			}
		}
		if len(l) > 1<<16 {
			return nil, fmt.Errorf("line %d: more than 65536 variables in one structure", s.tok.line)
		}
	}
	return l, s.advance()
}

// initial passes over a value and the semicolon behind it, and returns the comment that
// follows on the same line. Of the last variable the semicolon may be missing.
func (s *source) initial() (comment string, err error) {
	for !s.is(";") {
		if s.is("END_STRUCT", "END_VAR") {
			return "", nil
		}
		if s.tok.kind == tokEnd {
			return "", s.fail(";")
		}
		if err := s.advance(); err != nil {
			return "", err
		}
	}
	line := s.tok.line
	s.lex.remarkLine = 0
	if err := s.advance(); err != nil {
		return "", err
	}
	if s.lex.remarkLine == line {
		return s.lex.remark, nil
	}
	return "", nil
}

// typ reads a type.
func (s *source) typ() (*Type, error) {
	if s.depth++; s.depth > maxNest {
		return nil, fmt.Errorf("line %d: structures are nested too deeply", s.tok.line)
	}
	defer func() { s.depth-- }()
	word := s.tok
	if word.kind != tokName && word.kind != tokQuoted {
		return nil, s.fail("a type")
	}
	if err := s.advance(); err != nil {
		return nil, err
	}
	if word.kind == tokQuoted {
		return &Type{Name: word.text, of: fold(word.text)}, nil
	}
	switch upper := strings.ToUpper(word.text); upper {
	case "STRUCT":
		l, err := s.members("END_STRUCT")
		return &Type{Name: "STRUCT", Members: l}, err
	case "ARRAY":
		return s.array()
	case "STRING", "WSTRING":
		return s.text(upper)
	case "BLOCK_DB", "BLOCK_FB", "BLOCK_FC", "BLOCK_SDB", "TIMER", "COUNTER", "DB_ANY", // numbers of blocks, timers, counters
		"HW_ANY", "HW_DEVICE", "HW_DPMASTER", "HW_DPSLAVE", "HW_IO", "HW_IOSYSTEM", "HW_SUBMODULE", "HW_INTERFACE", "HW_HSC", "HW_PWM",
		"CONN_ANY", "CONN_OUC", "CONN_PRG", "CONN_R_ID", "PORT", "RTM", "PIP":
		if upper == "CONN_R_ID" {
			return &Type{Name: upper, Base: datatype.DWord}, nil
		}
		return &Type{Name: upper, Base: datatype.Word}, nil
	case "UDT", "FB", "SFB":
		if s.tok.kind != tokNumber {
			return nil, s.fail("a number")
		}
		name := upper + s.tok.text
		return &Type{Name: name, of: fold(name)}, s.advance()
	default:
		if b, ok := datatype.Parse(upper); ok {
			return &Type{Name: upper, Base: b}, nil
		}
	}
	return &Type{Name: word.text, of: fold(word.text)}, nil
}

func (s *source) array() (*Type, error) {
	if err := s.expect("["); err != nil {
		return nil, err
	}
	t := &Type{}
	var name strings.Builder
	for {
		if bound, err := s.constant("]"); bound != "" || err != nil {
			return s.unbounded(bound, err)
		}
		low, err := s.bound()
		if err != nil {
			return nil, err
		}
		if err := s.expect(".."); err != nil {
			return nil, err
		}
		if bound, err := s.constant("]"); bound != "" || err != nil {
			return s.unbounded(bound, err)
		}
		high, err := s.bound()
		if err != nil {
			return nil, err
		}
		if len(t.Dims) == 6 {
			return nil, fmt.Errorf("line %d: an array has at most six dimensions", s.tok.line)
		}
		t.Dims = append(t.Dims, Range{low, high})
		fmt.Fprintf(&name, ",%d..%d", low, high)
		if s.is(",") {
			if err := s.advance(); err != nil {
				return nil, err
			}
			continue
		}
		break
	}
	if err := s.expect("]"); err != nil {
		return nil, err
	}
	if err := s.expect("OF"); err != nil {
		return nil, err
	}
	var err error
	if t.Elem, err = s.typ(); err != nil {
		return nil, err
	}
	t.Name = "ARRAY[" + name.String()[1:] + "] OF " + t.Elem.Name
	return t, nil
}

// constant passes to behind end when a constant stands where a number should, and
// returns its name: its value is not in the source.
func (s *source) constant(end string) (name string, err error) {
	if s.tok.kind != tokName && s.tok.kind != tokQuoted && !s.is("*", "#") {
		return "", nil
	}
	name = s.tok.text
	for !s.is(end) {
		if s.tok.kind == tokEnd || s.is(";") {
			return name, s.fail(end)
		}
		if err := s.advance(); err != nil {
			return name, err
		}
	}
	return name, s.advance()
}

// unbounded reads the rest of an array with as many elements as a constant says.
func (s *source) unbounded(name string, err error) (*Type, error) {
	if err == nil {
		err = s.expect("OF")
	}
	if err != nil {
		return nil, err
	}
	e, err := s.typ()
	if err != nil {
		return nil, err
	}
	return &Type{Name: "ARRAY OF " + e.Name, unknown: "ARRAY up to the constant " + name}, nil
}

// bound reads an end of a dimension, which may have a sign.
func (s *source) bound() (int, error) {
	minus := s.is("-")
	if minus || s.is("+") {
		if err := s.advance(); err != nil {
			return 0, err
		}
	}
	n, err := strconv.ParseInt(s.tok.text, 10, 32)
	if s.tok.kind != tokNumber || err != nil {
		return 0, s.fail("a number")
	}
	if minus {
		n = -n
	}
	return int(n), s.advance()
}

// text reads the length of a string, which is 254 when it is not told.
func (s *source) text(name string) (*Type, error) {
	t := &Type{Name: name, Base: datatype.String, Length: 254}
	if name == "WSTRING" {
		t.Base = datatype.WString
	}
	if !s.is("[") {
		return t, nil
	}
	if err := s.advance(); err != nil {
		return nil, err
	}
	if length, err := s.constant("]"); length != "" || err != nil {
		return &Type{Name: name, unknown: name + " of the constant " + length}, err
	}
	n, err := strconv.Atoi(s.tok.text)
	if s.tok.kind != tokNumber || err != nil || n > 16382 || n > 254 && t.Base == datatype.String {
		return nil, s.fail("the length of a string")
	}
	t.Length, t.Name = n, name+"["+s.tok.text+"]"
	if err := s.advance(); err != nil {
		return nil, err
	}
	return t, s.expect("]")
}
