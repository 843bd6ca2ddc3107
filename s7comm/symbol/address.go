package symbol

import (
	"fmt"
	"strconv"
	"strings"

	"plcscope/s7comm"
	"plcscope/s7comm/datatype"
)

// Address is an address in STEP 7 notation.
type Address struct {
	Area s7comm.Area
	DB   uint16
	// Bit is counted from byte 0 of the area or block; of timers and counters it is
	// their number.
	Bit  uint64
	Bits uint64 // as the address says: 1, 8, 16, 32 or 64; of a whole block 0
}

// PeripheralOutput is the area of peripheral outputs in a Table. On the wire inputs and
// outputs have one area, AreaPeripheral: what is read are the inputs, what is written the
// outputs.
const PeripheralOutput s7comm.Area = 0xC0

// letters are the areas in English and German mnemonics.
var letters = map[string]s7comm.Area{
	"I": s7comm.AreaInput, "E": s7comm.AreaInput, "Q": s7comm.AreaOutput, "A": s7comm.AreaOutput, "M": s7comm.AreaFlag,
	"T": s7comm.AreaTimer, "C": s7comm.AreaCounter, "Z": s7comm.AreaCounter, "L": s7comm.AreaLocal,
	"PI": s7comm.AreaPeripheral, "PE": s7comm.AreaPeripheral, "PQ": PeripheralOutput, "PA": PeripheralOutput,
	"V": s7comm.AreaV,
}

// sizes are the letters of what an address covers.
var sizes = map[byte]uint64{'X': 1, 'B': 8, 'W': 16, 'D': 32, 'L': 64}

// ParseAddress reads M 10.3, MW100, %ID4, T5, DB12, DB12.DBX2.3, DB12.DBD22, and the
// same with the German letters E, A and Z.
func ParseAddress(s string) (Address, error) {
	full := s
	bad := func() (Address, error) {
		return Address{}, fmt.Errorf("%q is no address such as M10.3, MW100, T5 or DB12.DBD22", full)
	}
	s = strings.ToUpper(strings.Join(strings.Fields(strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(s), "%"), ":P")), ""))
	a := Address{}
	if strings.HasPrefix(s, "DB") && len(s) > 2 && s[2] >= '0' && s[2] <= '9' {
		number, rest, dotted := strings.Cut(s[2:], ".")
		db, err := strconv.ParseUint(number, 10, 16)
		if err != nil {
			return bad()
		}
		a.Area, a.DB = s7comm.AreaDB, uint16(db)
		if !dotted {
			return a, nil
		}
		rest = strings.TrimPrefix(rest, "DB")
		if rest == "" || sizes[rest[0]] == 0 {
			return bad()
		}
		a.Bits = sizes[rest[0]]
		return a.at(rest[1:], bad)
	}
	n := 0
	for n < len(s) && (s[n] < '0' || s[n] > '9') {
		n++
	}
	name, rest := s[:n], s[n:]
	if area, ok := letters[name]; ok {
		a.Area, a.Bits = area, 1
		if area == s7comm.AreaTimer || area == s7comm.AreaCounter {
			number, err := strconv.ParseUint(rest, 10, 16)
			if err != nil {
				return bad()
			}
			a.Bit = number
			return a, nil
		}
		if !strings.Contains(rest, ".") {
			return bad()
		}
		return a.at(rest, bad)
	}
	if n >= 2 {
		if area, ok := letters[name[:n-1]]; ok && sizes[name[n-1]] != 0 && area != s7comm.AreaTimer && area != s7comm.AreaCounter {
			a.Area, a.Bits = area, sizes[name[n-1]]
			return a.at(rest, bad)
		}
	}
	return bad()
}

// at reads 22 or 2.3.
func (a Address) at(s string, bad func() (Address, error)) (Address, error) {
	whole, bit, dotted := strings.Cut(s, ".")
	n, err := strconv.ParseUint(whole, 10, 21)
	if err != nil || dotted != (a.Bits == 1) {
		return bad()
	}
	a.Bit = n * 8
	if dotted {
		if len(bit) != 1 || bit[0] > '7' || bit[0] < '0' {
			return bad()
		}
		a.Bit += uint64(bit[0] - '0')
	}
	return a, nil
}

// add takes in a row of a symbol table. Rows that name programs, data types and
// hardware are no addresses of data.
func (t *Table) add(name, address, typ, comment string) {
	name, address, typ = strings.TrimSpace(name), strings.TrimSpace(address), strings.TrimSpace(typ)
	t.rows.given++
	if name == "" || address == "" {
		return
	}
	compact := strings.ToUpper(strings.Join(strings.Fields(address), ""))
	for _, p := range []string{"UDT", "FB", "SFB", "FC", "SFC", "OB", "VAT", "SDB"} {
		if _, ok := numbered(compact, p); ok {
			if p == "UDT" || p == "FB" || p == "SFB" { // a source may call it by either name
				t.aliases[fold(name)], t.aliases[fold(compact)] = fold(compact), fold(name)
			}
			t.rows.read++
			return
		}
	}
	a, err := ParseAddress(address)
	if err != nil {
		t.warn("symbol %s: %v", name, err)
		return
	}
	t.rows.read++
	if a.Area == s7comm.AreaDB && a.Bits == 0 {
		t.numbers[fold(name)] = int(a.DB)
		t.names[int(a.DB)] = name
		t.instances[int(a.DB)] = fold(strings.Join(strings.Fields(typ), ""))
		return
	}
	s := Symbol{Name: name, Area: a.Area, DB: a.DB, Bit: a.Bit, Bits: a.Bits, Comment: strings.TrimSpace(comment)}
	s.Type = declared(typ)
	if s.Type == nil {
		s.Type = &Type{Name: typ}
	}
	t.symbols = append(t.symbols, s)
}

// resolve lays out the type of the symbol, which may be declared in another file. Of one
// that is unknown, the address says enough.
func (s *Symbol) resolve(lookup func(string) *Type) {
	a, typ := Address{s.Area, s.DB, s.Bit, s.Bits}, s.Type
	numbered := a.Area == s7comm.AreaTimer || a.Area == s7comm.AreaCounter
	if typ.layout(lookup, 0) != nil || typ.unknown != "" || typ.Bits == 0 || numbered {
		base := plain(a)
		s.Type = &Type{Name: typ.Name, Base: base, Bits: uint32(a.Bits), done: true}
		if typ.Name == "" {
			s.Type.Name = base.String()
		}
		return
	}
	s.Bits = max(s.Bits, uint64(typ.Bits)) // a STRING stands at the address of its first byte
}

// declared is the type that a table names, or nil when it is none.
func declared(text string) *Type {
	s := &source{lex: lexer{text: text, line: 1}}
	if s.advance() != nil {
		return nil
	}
	d, err := s.typ()
	if err != nil || s.tok.kind != tokEnd {
		return nil
	}
	return d
}

// plain is the type of an address of which nothing else is known.
func plain(a Address) datatype.Type {
	switch {
	case a.Area == s7comm.AreaTimer:
		return datatype.S5Time
	case a.Area == s7comm.AreaCounter:
		return datatype.Count
	}
	return map[uint64]datatype.Type{1: datatype.Bool, 8: datatype.Byte, 16: datatype.Word, 32: datatype.DWord, 64: datatype.LWord}[a.Bits]
}
