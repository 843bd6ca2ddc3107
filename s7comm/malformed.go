package s7comm

import (
	"errors"
	"strconv"
)

// ErrShort says that the input ends before the TPKT does.
var ErrShort = errors.New("s7comm: incomplete TPKT")

// Malformed is a violation of the framing or of a message's own lengths. The pointer
// that Decode returns belongs to the PDU and is valid until its next Decode: keep a
// copy of the value, not the pointer.
type Malformed struct {
	Offset int    // from the first byte of the TPKT, or of the TSDU where PDU.Reassembled
	Field  string // name of the field that could not be read or is wrong: "s7comm.header.parlg"
	Reason string // what is wrong with it: "longer than the TSDU"
	Clause string // where it is specified: "RFC 1006 6"; empty where Siemens publishes nothing
}

func (m *Malformed) Error() string {
	s := m.Field + " at byte " + strconv.Itoa(m.Offset) + ": " + m.Reason
	if m.Clause != "" {
		s += " (" + m.Clause + ")"
	}
	return s
}

// Clauses that several checks cite.
const (
	clauseTPKT = "RFC 1006 6"
	clauseLI   = "ISO 8073 13.2.1"
	clauseVar  = "ISO 8073 13.2.3"
)
