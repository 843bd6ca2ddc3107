package s7comm

// ErrorCode is the 16-bit error of a header (error class and code read as one number),
// of userdata parameters and of block transfers. 0 is no error.
type ErrorCode uint16

func (e ErrorCode) String() string {
	if s, ok := errorNames[e]; ok {
		return s
	}
	if s := classNames[uint8(e>>8)]; s != "" {
		return s + ", code 0x" + string(appendHexDigits(nil, []byte{byte(e)}))
	}
	return "error 0x" + string(appendHexDigits(nil, []byte{byte(e >> 8), byte(e)}))
}

// Class is the error class, the header's eleventh byte.
func (e ErrorCode) Class() uint8 { return uint8(e >> 8) }

var classNames = map[uint8]string{
	0x00: "no error", 0x81: "application relationship", 0x82: "object definition", 0x83: "no resources available",
	0x84: "service processing", 0x85: "supplies", 0x87: "access",
}

// ReturnCode is the result of one item.
type ReturnCode uint8

const (
	ReturnReserved    ReturnCode = 0x00 // filler in write requests
	ReturnHardware    ReturnCode = 0x01
	ReturnNotAllowed  ReturnCode = 0x03
	ReturnOutOfRange  ReturnCode = 0x05
	ReturnUnsupported ReturnCode = 0x06
	ReturnMismatch    ReturnCode = 0x07
	ReturnNoObject    ReturnCode = 0x0A
	ReturnSuccess     ReturnCode = 0xFF
)

func (r ReturnCode) String() string {
	switch r {
	case ReturnReserved:
		return "reserved"
	case ReturnHardware:
		return "hardware error"
	case ReturnNotAllowed:
		return "access not allowed"
	case ReturnOutOfRange:
		return "address out of range"
	case ReturnUnsupported:
		return "data type not supported"
	case ReturnMismatch:
		return "data type inconsistent"
	case 0x09:
		return "object busy"
	case ReturnNoObject:
		return "object does not exist"
	case ReturnSuccess:
		return "success"
	}
	return unknown("return code", uint64(r))
}
