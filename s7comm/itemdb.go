package s7comm

import "plcscope/internal/wire"

// DBRead is one of the areas that an item of SyntaxDBRead reads. The answer has one
// data item for all of them: a return code and Length bytes each.
type DBRead struct {
	Length uint8 // bytes
	DB     uint16
	Start  uint16 // first byte
}

// DBReads is the number of areas of an item of SyntaxDBRead, 0 for other items.
func (i *Item) DBReads() int {
	if !i.Known || i.Syntax != SyntaxDBRead {
		return 0
	}
	return int(i.Raw[3])
}

// DBRead returns area n of an item of SyntaxDBRead, n from 0 to DBReads less one.
func (i *Item) DBRead(n int) DBRead {
	r := i.Raw[4+5*n:]
	return DBRead{Length: r[0], DB: be16(r[1:]), Start: be16(r[3:])}
}

func (i *Item) dbReadFields(t *wire.Tree, off int) {
	t.Uint(fDBReadAreas, off+3, 1, uint64(i.Raw[3]))
	for n := range i.DBReads() {
		a, at := i.DBRead(n), off+4+5*n
		h := t.Open(fSubitem, at)
		t.Uint(fDBReadLength, at, 1, uint64(a.Length))
		t.Uint(fDBReadDB, at+1, 2, uint64(a.DB))
		t.Uint(fDBReadStart, at+3, 2, uint64(a.Start))
		t.Close(h, at+5)
	}
}
