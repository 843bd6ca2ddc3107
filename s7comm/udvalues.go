package s7comm

import "plcscope/internal/wire"

// itemPadding says which data items of odd length a zero byte follows.
type itemPadding uint8

const (
	padBetween itemPadding = iota // all but the last
	padAlways                     // test functions: the last, too, and lengths count bytes
)

// readValues reads up to n data items inside a payload, shows them and adds them to
// list unless that is nil.
func readValues(c *wire.Cursor, n int, pad itemPadding, list *[]Value) {
	t := c.Tree()
	for i := 0; i < n && c.OK() && c.Len() > 0; i++ {
		off := c.Off()
		h := t.Open(fDataItem, off)
		v := readValue(c, pad)
		if c.OK() && len(v.Data)&1 == 1 && c.Len() > 0 && (pad == padAlways || i < n-1) {
			c.U8(fFillByte)
		}
		t.Close(h, c.Off())
		if c.OK() && list != nil {
			v.Offset = int32(off)
			*list = append(*list, v)
		}
	}
}

// readValue reads one data item.
func readValue(c *wire.Cursor, pad itemPadding) (v Value) {
	v.ReturnCode = ReturnCode(c.U8(fReturnCode))
	v.TransportSize = DataSize(c.U8(fDataTransport))
	off, b := c.Off(), c.Rest()
	c.Skip(fDataLength, 2)
	if !c.OK() {
		return v
	}
	v.RawLength = be16(b)
	v.Length = v.RawLength
	if v.TransportSize.InBits() && !(pad == padAlways && v.TransportSize == DataBit) {
		v.Length = uint16((int(v.RawLength) + 7) >> 3)
	}
	if t := c.Tree(); t != nil {
		t.Uint(fDataLength, off, 2, uint64(v.Length))
	}
	if v.Length > 0 && (v.ReturnCode == ReturnSuccess || v.ReturnCode == ReturnReserved) {
		v.Data = c.Bytes(fRespData, int(v.Length))
	}
	return v
}

// readItems reads up to n addresses inside a payload and shows them; all but the last
// are padded to even length. They are added to list unless that is nil.
func readItems(c *wire.Cursor, n int, list *[]Item) {
	for i := 0; i < n && c.Len() > 0; i++ {
		it, ok := readItem(c)
		if !ok {
			return
		}
		if list != nil {
			*list = append(*list, it)
		}
		if rest := c.Rest(); len(it.Raw)&1 == 1 && i < n-1 && len(rest) > 0 && rest[0] == 0 {
			c.Skip(fItem, 1)
		}
	}
}

func readItem(c *wire.Cursor) (it Item, ok bool) {
	off, b := c.Off(), c.Rest()
	if len(b) < 3 || b[0] != varSpec || b[1] == 0 || 2+int(b[1]) > len(b) {
		c.Skip(fItem, len(b)+1)
		return Item{}, false
	}
	size := 2 + int(b[1])
	if size == s7anyItemLen && b[2] == byte(SyntaxS7Any) {
		it.any(b[:size:size])
	} else {
		it = Item{Syntax: Syntax(b[2]), Raw: b[:size:size]}
		it.Known = it.fits()
	}
	it.Offset = int32(off)
	if t := c.Tree(); t != nil {
		it.fields(t, off)
	}
	c.Skip(fItem, size)
	return it, true
}
