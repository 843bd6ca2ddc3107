package s7comm

import "plcscope/internal/wire"

// Syntax is the form of an address specification, the third byte of an item.
type Syntax uint8

const (
	SyntaxS7Any      Syntax = 0x10
	SyntaxShort      Syntax = 0x11 // userdata parameter head
	SyntaxExtended   Syntax = 0x12 // userdata parameter head
	SyntaxPBC        Syntax = 0x13 // R_ID of BSEND and the like
	SyntaxNCK        Syntax = 0x82 // SINUMERIK, current unit
	SyntaxNCKMetric  Syntax = 0x83
	SyntaxNCKInch    Syntax = 0x84
	SyntaxDriveES    Syntax = 0xA2 // SINAMICS parameter
	SyntaxDBRead     Syntax = 0xB0 // several areas of data blocks
	SyntaxSymbolic   Syntax = 0xB2 // S7-1200 symbol
	SyntaxAlarmLock  Syntax = 0x15
	SyntaxAlarmInd   Syntax = 0x16
	SyntaxAlarmAck   Syntax = 0x19
	SyntaxAlarmQuery Syntax = 0x1A
	SyntaxNotifyInd  Syntax = 0x1C
)

var syntaxNames = map[Syntax]string{
	0x10: "S7ANY", 0x11: "short parameter", 0x12: "extended parameter", 0x13: "PBC-R_ID", 0x15: "ALARM_LOCKFREESET",
	0x16: "ALARM_INDSET", 0x19: "ALARM_ACKSET", 0x1A: "ALARM_QUERYREQSET", 0x1C: "NOTIFY_INDSET", 0x82: "NCK",
	0x83: "NCK_METRIC", 0x84: "NCK_INCH", 0xA2: "DRIVEESANY", 0xB0: "DBREAD", 0xB2: "1200SYM",
}

func (s Syntax) String() string {
	if n, ok := syntaxNames[s]; ok {
		return n
	}
	return unknown("syntax", uint64(s))
}

// Area is the memory area of an S7ANY address.
type Area uint8

const (
	AreaRecord      Area = 0x01 // data record of a module
	AreaSystemInfo  Area = 0x03 // S7-200
	AreaSystemFlags Area = 0x05 // S7-200
	AreaAnalogIn    Area = 0x06 // S7-200
	AreaAnalogOut   Area = 0x07 // S7-200
	AreaCounter     Area = 0x1C
	AreaTimer       Area = 0x1D
	AreaIECCounter  Area = 0x1E // S7-200
	AreaIECTimer    Area = 0x1F // S7-200
	AreaPeripheral  Area = 0x80
	AreaInput       Area = 0x81
	AreaOutput      Area = 0x82
	AreaFlag        Area = 0x83
	AreaDB          Area = 0x84
	AreaDI          Area = 0x85 // instance data block
	AreaLocal       Area = 0x86
	AreaV           Area = 0x87 // previous local data; S7-200 and LOGO: V memory
)

var areaNames = map[Area]string{
	0x01: "data record", 0x03: "system info", 0x05: "system flags", 0x06: "analog inputs", 0x07: "analog outputs",
	0x1C: "counters (C)", 0x1D: "timers (T)", 0x1E: "IEC counters", 0x1F: "IEC timers", 0x80: "peripheral (P)",
	0x81: "inputs (I)", 0x82: "outputs (Q)", 0x83: "flags (M)", 0x84: "data block (DB)", 0x85: "instance data block (DI)",
	0x86: "local data (L)", 0x87: "previous local data (V)",
}

func (a Area) String() string {
	if n, ok := areaNames[a]; ok {
		return n
	}
	return unknown("area", uint64(a))
}

// Item is one address in a request. Offset and Raw are valid for every syntax. The
// fields of an S7ANY address are valid when Known and Syntax is SyntaxS7Any; the
// methods NCK, DriveES, DBReads and Symbol read the other syntaxes.
type Item struct {
	Syntax        Syntax
	TransportSize TransportSize // type of one element
	Area          Area
	Known         bool   // the syntax is one of those above and the length fits it
	Count         uint16 // elements, not bytes
	DB            uint16 // data block number; 0 outside DB and DI; record index in AreaRecord
	Address       uint32 // 24 bits: byte*8+bit; the plain number of timers and counters
	Offset        int32  // of the item's first byte, see Malformed.Offset
	Raw           []byte // the whole item from 0x12 on, borrowed
}

// Byte and Bit split the address of a memory area.
func (i *Item) Byte() uint32 { return i.Address >> 3 }

// Bit is 0 to 7.
func (i *Item) Bit() uint8 { return uint8(i.Address & 7) }

// Numbered reports whether Address is the number of a timer or counter.
func (i *Item) Numbered() bool {
	return i.Area == AreaTimer || i.Area == AreaCounter
}

// Bytes is how many bytes the item addresses, 0 when that cannot be told.
func (i *Item) Bytes() int {
	if !i.Known || i.Syntax != SyntaxS7Any {
		return 0
	}
	return int(i.Count) * i.TransportSize.Size()
}

const (
	varSpec      = 0x12
	s7anyLength  = 10
	s7anyItemLen = 12
)

// items reads n address specifications from the parameter part, which begins at offset
// base of the TSDU.
func (p *PDU) items(n, base int, t *wire.Tree) {
	b := p.Param
	off := 2
	wanted := t.WantsAny(itemFields)
	for i := range n {
		rest := b[off:]
		if len(rest) >= s7anyItemLen && rest[0] == varSpec && rest[1] == s7anyLength && rest[2] == byte(SyntaxS7Any) {
			it := p.nextItem()
			it.any(rest[:s7anyItemLen:s7anyItemLen])
			it.Offset = int32(p.origin + base + off)
			if wanted {
				it.fields(t, base+off)
			}
			off += s7anyItemLen
			continue
		}
		size := p.oddItem(rest, base+off, t)
		if size == 0 {
			return
		}
		off += size
		if size&1 == 1 && i < n-1 && off < len(b) && b[off] == 0 { // all but the last are padded to even length
			off++
		}
	}
	if off < len(b) {
		t.Data(fSurplus, base+off, b[off:])
	}
}

// nextItem makes room for one more item and returns it; its old contents are there.
func (p *PDU) nextItem() *Item {
	n := len(p.Items)
	if n == cap(p.Items) {
		p.Items = append(p.Items, Item{})
	} else {
		p.Items = p.Items[:n+1]
	}
	return &p.Items[n]
}

// any reads an S7ANY address of full length.
func (i *Item) any(b []byte) {
	i.Syntax = SyntaxS7Any
	i.Known = true
	i.TransportSize = TransportSize(b[3])
	i.Count = be16(b[4:])
	i.DB = be16(b[6:])
	i.Area = Area(b[8])
	i.Address = uint32(b[9])<<16 | uint32(b[10])<<8 | uint32(b[11])
	i.Raw = b
}

// oddItem reads an item that is no complete S7ANY address, at offset off of the TSDU.
// It returns the item's length, 0 when no further item can be found.
func (p *PDU) oddItem(b []byte, off int, t *wire.Tree) int {
	reason, f := "", fVarSpecLength
	switch {
	case len(b) < 3:
		reason, f = "exceeds the items that are there", fItemCount
	case b[0] != varSpec:
		reason, f = "is not 0x12", fVarSpec
	case 2+int(b[1]) > len(b):
		reason = "passes the end of the parameter part"
	case b[1] == 0:
		reason = "is 0"
	}
	if reason != "" {
		if len(b) > 0 {
			t.Data(fSurplus, off, b)
		}
		p.fail(p.origin+off, f, reason, "")
		return 0
	}
	size := 2 + int(b[1])
	it := p.nextItem()
	*it = Item{Syntax: Syntax(b[2]), Offset: int32(p.origin + off), Raw: b[:size:size]}
	it.Known = it.fits()
	if it.Syntax == SyntaxS7Any {
		p.fail(p.origin+off+1, fVarSpecLength, "does not fit the syntax", "")
	}
	if t != nil {
		it.fields(t, off)
	}
	return size
}

// fits reports whether the length suits the syntax.
func (i *Item) fits() bool {
	n := len(i.Raw) - 2
	switch i.Syntax {
	case SyntaxS7Any:
		return n == s7anyLength
	case SyntaxNCK, SyntaxNCKMetric, SyntaxNCKInch:
		return n == 8
	case SyntaxDriveES:
		return n == 10
	case SyntaxDBRead:
		return n >= 7 && (n-2)%5 == 0 && (n-2)/5 == int(i.Raw[3])
	case SyntaxSymbolic:
		return n >= 14 && (n-10)%4 == 0
	}
	return false
}

// fields adds the item, which begins at offset off of the TSDU.
func (i *Item) fields(t *wire.Tree, off int) {
	h := t.Open(fItem, off)
	r := i.Raw
	t.Uint(fVarSpec, off, 1, uint64(r[0]))
	t.Uint(fVarSpecLength, off+1, 1, uint64(r[1]))
	t.Uint(fSyntax, off+2, 1, uint64(r[2]))
	switch {
	case !i.Known:
		if len(r) > 3 {
			t.Data(fSurplus, off+3, r[3:])
		}
	case i.Syntax == SyntaxS7Any && i.Area == AreaRecord:
		t.Uint(fItemTransport, off+3, 1, uint64(i.TransportSize))
		t.Uint(fRecordLength, off+4, 2, uint64(i.Count))
		t.Uint(fRecordIndex, off+6, 2, uint64(i.DB))
		t.Uint(fItemArea, off+8, 1, uint64(i.Area))
		t.Uint(fRecordID, off+9, 3, uint64(i.Address))
	case i.Syntax == SyntaxS7Any:
		t.Uint(fItemTransport, off+3, 1, uint64(i.TransportSize))
		t.Uint(fItemLength, off+4, 2, uint64(i.Count))
		t.Uint(fItemDB, off+6, 2, uint64(i.DB))
		t.Uint(fItemArea, off+8, 1, uint64(i.Area))
		t.Uint(fItemAddress, off+9, 3, uint64(i.Address))
		if i.Numbered() {
			t.Uint(fItemNumber, off+9, 3, uint64(i.Address))
		} else {
			t.Uint(fItemByte, off+9, 3, uint64(i.Address>>3&0xffff))
			t.Uint(fItemBit, off+9, 3, uint64(i.Bit()))
		}
	case i.Syntax == SyntaxDriveES:
		i.driveFields(t, off)
	case i.Syntax == SyntaxDBRead:
		i.dbReadFields(t, off)
	case i.Syntax == SyntaxSymbolic:
		i.symbolFields(t, off)
	default:
		i.nckFields(t, off)
	}
	t.Close(h, off+len(r))
}
