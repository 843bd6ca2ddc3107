package symbol

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"plcscope/s7comm"
)

// Table is what is known by name of one controller. Add what there is, then Resolve,
// then look up; a resolved table does not change and may be shared.
type Table struct {
	types   map[string]*Type // by name in lower case
	blocks  []*Block
	numbers map[string]int // data block numbers that symbol tables give to names
	byDB    map[uint16]*Block
	symbols []Symbol
	names   map[int]string // and the names as they were written
	// aliases are the two names that a symbol table gives to a type or function block,
	// each by the other; instances what it says that data blocks are made by.
	aliases   map[string]string
	instances map[int]string
	areas     map[place]*directory

	rows struct{ given, read int } // of symbol tables, so far

	// Warnings tell what could not be used, in words. They are complete after
	// Resolve.
	Warnings []string
}

// Block is a data block.
type Block struct {
	Name      string
	Number    int // -1 while it is not known
	Type      *Type
	Optimised bool // addresses do not apply
	Source    string
}

// Symbol is a name for an address that no declaration of a data block tells.
type Symbol struct {
	Name      string
	Area      s7comm.Area
	DB        uint16
	Bit, Bits uint64 // of timers and counters the number, and 1
	Type      *Type
	Comment   string
}

// place is an area, or one data block.
type place struct {
	area s7comm.Area
	db   uint16
}

// directory are the symbols of one place.
type directory struct {
	list    []Symbol // ascending
	longest uint64   // bits of the longest
}

// NewTable makes an empty table.
func NewTable() *Table {
	return &Table{types: map[string]*Type{}, numbers: map[string]int{}, names: map[int]string{}, aliases: map[string]string{}, instances: map[int]string{}}
}

// fold is a name as it is looked up: STEP 7 does not distinguish upper and lower case.
func fold(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

func (t *Table) declare(name string, typ *Type) {
	if typ.Name == "STRUCT" {
		typ.Name = name
	}
	t.types[fold(name)] = typ
}

const maxBlocks = 65_536

func (t *Table) addBlock(b *Block) error {
	if len(t.blocks) == maxBlocks {
		return fmt.Errorf("more than %d data blocks", maxBlocks)
	}
	t.blocks = append(t.blocks, b)
	return nil
}

func (t *Table) warn(format string, args ...any) {
	const most = 100
	switch {
	case len(t.Warnings) < most:
		t.Warnings = append(t.Warnings, fmt.Sprintf(format, args...))
	case len(t.Warnings) == most:
		t.Warnings = append(t.Warnings, "there are more warnings")
	}
}

// Resolve lays out all types and numbers the blocks. Call it once, when everything was
// added.
func (t *Table) Resolve() error {
	lookup := func(name string) *Type {
		if d := t.types[name]; d != nil {
			return d
		}
		return t.types[t.aliases[name]]
	}
	for i := range t.symbols {
		t.symbols[i].resolve(lookup)
	}
	names := make([]string, 0, len(t.types))
	for n := range t.types {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		if err := t.types[n].layout(lookup, 0); err != nil {
			return err
		}
	}
	t.byDB = map[uint16]*Block{}
	for _, b := range t.blocks {
		if b.Number < 0 {
			if n, ok := t.numbers[fold(b.Name)]; ok {
				b.Number = n
			}
		} else if name := t.names[b.Number]; name != "" {
			b.Name = name
		}
		if err := b.Type.layout(lookup, 0); err != nil {
			return fmt.Errorf("data block %s: %w", b.Name, err)
		}
		if other := t.byDB[uint16(max(b.Number, 0))]; b.Number >= 0 && other != nil {
			t.warn("data block %s (DB%d) is declared twice, in %s and in %s; the latter counts", b.title(), b.Number, other.Source, b.Source)
		}
		switch {
		case b.Number < 0:
			t.warn("data block %s has no number: add a symbol table that names it, or a line %s,DB12", b.Name, b.Name)
		case b.Optimised:
			t.warn("data block %s (DB%d) has optimised access: offsets do not apply to it", b.Name, b.Number)
			t.byDB[uint16(b.Number)] = b
		default:
			t.byDB[uint16(b.Number)] = b
			if b.Type.unknown != "" {
				t.warn("data block %s (DB%d): type %s is not declared; what lies from there on has no names", b.Name, b.Number, b.Type.unknown)
			}
		}
	}
	for n, name := range t.names { // blocks that have a name and nothing else
		if t.byDB[uint16(n)] == nil {
			b := &Block{Name: name, Number: n, Type: &Type{Name: "STRUCT", done: true}}
			if d := lookup(t.instances[n]); d != nil {
				b.Type = d
			}
			t.byDB[uint16(n)] = b
		}
	}
	t.sortSymbols()
	return nil
}

func (t *Table) sortSymbols() {
	t.areas = map[place]*directory{}
	for _, s := range t.symbols {
		p := place{s.Area, s.DB}
		d := t.areas[p]
		if d == nil {
			d = &directory{}
			t.areas[p] = d
		}
		d.list = append(d.list, s)
		d.longest = max(d.longest, s.Bits)
	}
	for _, d := range t.areas {
		slices.SortStableFunc(d.list, func(a, b Symbol) int {
			return cmp.Or(cmp.Compare(a.Bit, b.Bit), cmp.Compare(b.Bits, a.Bits))
		})
	}
}

// Block returns what is known of a data block, or nil.
func (t *Table) Block(number uint16) *Block { return t.byDB[number] }

// Len is the number of names: of blocks and of addresses outside them.
func (t *Table) Len() int { return len(t.byDB) + len(t.symbols) }

// title is the name of a data block in paths: its symbol, or DB12.
func (b *Block) title() string {
	if b.Name == "" {
		return "DB" + strconv.Itoa(b.Number)
	}
	return b.Name
}
