package s7comm

// TPKT is the four-byte header that RFC 1006 puts before every TPDU.
type TPKT struct {
	Version  uint8  // 3
	Reserved uint8  // 0; receivers ignore it
	Length   uint16 // of the whole TPKT including this header, 7 to 65535
}

const (
	tpktHeader = 4
	minTPKT    = tpktHeader + 3 // the smallest TPDU has three bytes
	maxTPKT    = 65535
)

// These two are shared by all callers of Next and never written to.
var (
	errVersion = &Malformed{Offset: 0, Field: "tpkt.version", Reason: "is not 3", Clause: clauseTPKT}
	errLength  = &Malformed{Offset: 2, Field: "tpkt.length", Reason: "is less than 7", Clause: clauseTPKT}
)

// Next measures the TPKT at the start of b. total is its whole length. ErrShort means
// that b ends before the TPKT does; total is then the whole length, or 0 while the
// header itself is incomplete. A *Malformed means that no TPKT begins here.
func Next(b []byte) (total int, err error) {
	if len(b) < tpktHeader {
		if len(b) > 0 && b[0] != 3 {
			return 0, errVersion
		}
		return 0, ErrShort
	}
	if b[0] != 3 {
		return 0, errVersion
	}
	total = int(b[2])<<8 | int(b[3])
	if total < minTPKT {
		return 0, errLength
	}
	if len(b) < total {
		return total, ErrShort
	}
	return total, nil
}

// Match is the answer to "does a TPKT begin here?".
type Match uint8

const (
	No    Match = iota
	Maybe       // nothing contradicts, but too few bytes are there to decide
	Yes
)

func (m Match) String() string {
	switch m {
	case No:
		return "no"
	case Maybe:
		return "maybe"
	}
	return "yes"
}

// LooksLikeTPKT tells whether b begins with a TPKT that holds a TPDU of class 0. It is
// meant for ports other than 102 and for finding the framing again behind a gap, and
// so demands more than Next: the reserved byte must be 0 and the length, the TPDU type
// and the length indicator must agree.
func LooksLikeTPKT(b []byte) Match {
	if len(b) > 0 && b[0] != 3 || len(b) > 1 && b[1] != 0 {
		return No
	}
	if len(b) < 4 {
		return Maybe
	}
	length := int(b[2])<<8 | int(b[3])
	if length < minTPKT {
		return No
	}
	if len(b) < 6 {
		if len(b) == 5 && (b[4] < 2 || b[4] == 255 || int(b[4])+5 > length) {
			return No
		}
		return Maybe
	}
	li := int(b[4])
	if li == 255 || li+5 > length {
		return No
	}
	switch TPDUType(b[5]) { // credit, the low nibble, is 0 in class 0
	case DT:
		return matchIf(li == 2)
	case CR, CC: // no user data in class 0
		if li < 6 || li+5 != length {
			return No
		}
		if len(b) < 11 {
			return Maybe
		}
		if TPDUType(b[5]) == CR && (b[6] != 0 || b[7] != 0) {
			return No
		}
		return matchIf(b[10]>>4 <= 4)
	case DR:
		return matchIf(li >= 6 && li+5 == length)
	case ER:
		return matchIf(li >= 4 && li+5 == length)
	}
	return No
}

func matchIf(ok bool) Match {
	if ok {
		return Yes
	}
	return No
}
