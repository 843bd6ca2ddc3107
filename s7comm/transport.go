package s7comm

// TransportSize is the type of one element of an S7ANY address.
type TransportSize uint8

const (
	SizeBit         TransportSize = 0x01
	SizeByte        TransportSize = 0x02
	SizeChar        TransportSize = 0x03
	SizeWord        TransportSize = 0x04
	SizeInt         TransportSize = 0x05
	SizeDWord       TransportSize = 0x06
	SizeDInt        TransportSize = 0x07
	SizeReal        TransportSize = 0x08
	SizeDate        TransportSize = 0x09
	SizeTOD         TransportSize = 0x0A
	SizeTime        TransportSize = 0x0B
	SizeS5Time      TransportSize = 0x0C
	SizeDateAndTime TransportSize = 0x0F
	SizeWChar       TransportSize = 0x13
	SizeCounter     TransportSize = 0x1C
	SizeTimer       TransportSize = 0x1D
	SizeIECTimer    TransportSize = 0x1E
	SizeIECCounter  TransportSize = 0x1F
	SizeHSCounter   TransportSize = 0x20
)

var transportNames = [0x21]string{
	1: "BIT", 2: "BYTE", 3: "CHAR", 4: "WORD", 5: "INT", 6: "DWORD", 7: "DINT", 8: "REAL", 9: "DATE", 10: "TOD",
	11: "TIME", 12: "S5TIME", 15: "DATE_AND_TIME", 0x13: "WCHAR", 0x1C: "COUNTER", 0x1D: "TIMER", 0x1E: "IEC TIMER",
	0x1F: "IEC COUNTER", 0x20: "HS COUNTER",
}

func (s TransportSize) String() string {
	if int(s) < len(transportNames) && transportNames[s] != "" {
		return transportNames[s]
	}
	return unknown("transport size", uint64(s))
}

// Size is the length of one element in bytes; a BIT takes one; 0 when unknown.
func (s TransportSize) Size() int {
	switch s {
	case SizeBit, SizeByte, SizeChar:
		return 1
	case SizeWord, SizeInt, SizeDate, SizeS5Time, SizeWChar, SizeCounter, SizeTimer:
		return 2
	case SizeDWord, SizeDInt, SizeReal, SizeTOD, SizeTime, SizeHSCounter:
		return 4
	case SizeDateAndTime:
		return 8
	}
	return 0
}

// DataSize is the transport size of a data item; it also gives the unit of its length.
type DataSize uint8

const (
	DataNull    DataSize = 0x00
	DataBit     DataSize = 0x03 // length in bits
	DataByte    DataSize = 0x04 // bytes, words and double words; length in bits
	DataInteger DataSize = 0x05 // length in bits
	DataDInt    DataSize = 0x06 // length in bytes
	DataReal    DataSize = 0x07 // length in bytes
	DataOctets  DataSize = 0x09 // length in bytes
	DataNCK1    DataSize = 0x11
	DataNCK2    DataSize = 0x12
)

func (s DataSize) String() string {
	switch s {
	case DataNull:
		return "NULL"
	case DataBit:
		return "BIT"
	case DataByte:
		return "BYTE/WORD/DWORD"
	case DataInteger:
		return "INTEGER"
	case DataDInt:
		return "DINTEGER"
	case DataReal:
		return "REAL"
	case DataOctets:
		return "OCTET STRING"
	case DataNCK1:
		return "NCK address 1"
	case DataNCK2:
		return "NCK address 2"
	}
	return unknown("transport size", uint64(s))
}

// InBits reports whether the length of a data item counts bits.
func (s DataSize) InBits() bool { return s >= DataBit && s <= DataInteger }
