package s7comm

import "plcscope/internal/wire"

// TestVariable is an address in a variable table.
type TestVariable struct {
	Area   uint8 // 0 M, 1 I, 2 Q, 3 PI, 5 T, 6 C, 7 DB
	Width  uint8 // 0 bit, 1 byte, 2 word, 3 double word, 4 timer or counter
	Repeat uint8 // elements; 1 for a bit
	Bit    uint8 // of a bit, 0 to 7
	DB     uint16
	Byte   uint16 // first byte; the number of a timer or counter
}

const testVariableLength = 6

// readTestVariable reads an address of six bytes and shows it.
func readTestVariable(c *wire.Cursor) TestVariable {
	t := c.Tree()
	h := t.Open(fItem, c.Off())
	memory := c.U8(fTestMemory)
	v := TestVariable{Area: memory >> 4, Width: memory & 15}
	if v.Width == 0 {
		v.Bit, v.Repeat = c.U8(fTestBit), 1
	} else {
		v.Repeat = c.U8(fTestRepetition)
	}
	v.DB, v.Byte = c.U16(fTestDB), c.U16(fTestStart)
	t.Close(h, c.Off())
	return v
}

// testVariableFields shows the addresses of a variable table and the values to write.
func testVariableFields(c *wire.Cursor, values bool) {
	n := int(c.U16(fTestItemCount))
	i := 0
	for ; i < n && c.Len() >= testVariableLength; i++ {
		readTestVariable(c)
	}
	if values {
		readValues(c, i, padAlways, nil)
	}
}

// Item is the address as that of a read or write job; ok is false for areas that those
// do not know.
func (v TestVariable) Item() (i Item, ok bool) {
	areas := [...]Area{0: AreaFlag, 1: AreaInput, 2: AreaOutput, 3: AreaPeripheral, 5: AreaTimer, 6: AreaCounter, 7: AreaDB}
	if int(v.Area) >= len(areas) || areas[v.Area] == 0 {
		return Item{}, false
	}
	area := areas[v.Area]
	size := SizeByte
	switch {
	case area == AreaTimer:
		size = SizeTimer
	case area == AreaCounter:
		size = SizeCounter
	case v.Width == 0:
		size = SizeBit
	case v.Width == 2:
		size = SizeWord
	case v.Width == 3:
		size = SizeDWord
	}
	return AnyItem(area, v.DB, size, uint32(v.Byte), v.Bit, uint16(v.Repeat)), true
}

// Append adds the address in STEP 7 notation.
func (v TestVariable) Append(b []byte) []byte {
	if i, ok := v.Item(); ok {
		return i.Append(b)
	}
	b = append(b, "area 0x"...)
	b = appendHexDigits(b, []byte{v.Area<<4 | v.Width})
	b = append(b, " byte "...)
	return appendUint(b, uint64(v.Byte))
}

func (v TestVariable) String() string { return string(v.Append(nil)) }
