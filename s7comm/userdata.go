package s7comm

import "plcscope/internal/wire"

// UserdataKind is the direction of a userdata message.
type UserdataKind uint8

const (
	UserdataPush     UserdataKind = 0 // unsolicited, from the controller
	UserdataRequest  UserdataKind = 1
	UserdataResponse UserdataKind = 2
)

func (k UserdataKind) String() string {
	switch k {
	case UserdataPush:
		return "Push"
	case UserdataRequest:
		return "Request"
	case UserdataResponse:
		return "Response"
	}
	return unknown("type", uint64(k))
}

// Userdata is the head of a userdata message.
type Userdata struct {
	Type        UserdataKind
	Group       Group
	Subfunction uint8
	Sequence    uint8
	Extended    bool
	DataUnitRef uint8
	LastUnit    uint8
	Error       ErrorCode

	ReturnCode    ReturnCode
	TransportSize DataSize
	Length        uint16
	Payload       []byte
}

// Group is a function group of userdata.
type Group uint8

func (p *PDU) userdata(n int, t *wire.Tree) error { return p.tail(t, nil) }
