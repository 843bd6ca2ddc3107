package s7comm

import "plcscope/internal/wire"

// Symbol is the address of an item of SyntaxSymbolic: a variable of an S7-1200 named by
// the path through its structure.
type Symbol struct {
	Reserved uint8
	Root     uint16 // 0x8A0E data block, 0 other areas
	DB       uint16 // number of the data block, Root 0x8A0E
	Area     uint16 // 0x50 inputs, 0x51 outputs, 0x52 flags, 0x53 counters, 0x54 timers; Root 0
	CRC      uint32 // of the symbol
	Path     []byte // four bytes a step: the high nibble of the first tells its kind, the rest is its value
}

const symbolDB = 0x8A0E

// Symbol reads an item of SyntaxSymbolic; ok is false for other items.
func (i *Item) Symbol() (s Symbol, ok bool) {
	if !i.Known || i.Syntax != SyntaxSymbolic {
		return Symbol{}, false
	}
	r := i.Raw
	s = Symbol{Reserved: r[3], Root: be16(r[4:]), CRC: be32(r[8:]), Path: r[12:]}
	if s.Root == symbolDB {
		s.DB = be16(r[6:])
	} else {
		s.Area = be16(r[6:])
	}
	return s, true
}

// Steps is the number of steps of the path.
func (s *Symbol) Steps() int { return len(s.Path) / 4 }

// Step returns step n: kind is 2 encapsulated LID, 3 encapsulated index, 4 obtain by
// LID, 5 obtain by index, 6 part start, 7 part length.
func (s *Symbol) Step(n int) (kind uint8, value uint32) {
	v := be32(s.Path[4*n:])
	return uint8(v >> 28), v & 0x0fffffff
}

func (i *Item) symbolFields(t *wire.Tree, off int) {
	s, _ := i.Symbol()
	t.Uint(fSymbolReserved, off+3, 1, uint64(s.Reserved))
	t.Uint(fSymbolRoot, off+4, 2, uint64(s.Root))
	if s.Root == symbolDB {
		t.Uint(fSymbolDB, off+6, 2, uint64(s.DB))
	} else if s.Root == 0 {
		t.Uint(fSymbolArea, off+6, 2, uint64(s.Area))
	} else {
		t.Uint(fSymbolAreaOdd, off+6, 2, uint64(s.Area))
	}
	t.Uint(fSymbolCRC, off+8, 4, uint64(s.CRC))
	for n := range s.Steps() {
		kind, value := s.Step(n)
		at := off + 12 + 4*n
		h := t.Open(fSymbolStep, at)
		t.Uint(fSymbolKind, at, 1, uint64(kind))
		t.Uint(fSymbolValue, at, 4, uint64(value))
		t.Close(h, at+4)
	}
}

func be32(b []byte) uint32 {
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}
