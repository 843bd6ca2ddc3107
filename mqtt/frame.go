package mqtt

// MaxRemaining is the largest Remaining Length that four bytes can express.
const MaxRemaining = 268_435_455

// lengthTooLong is what Next returns. It is shared and never written to.
var lengthTooLong = Malformed{Offset: 1, Field: "mqtt.len", Reason: varintLong, Clause: clauseVarint.v311}

// Next finds the end of the control packet that begins at b[0]: total is its
// length with the fixed header, header that of the fixed header (2 to 5).
//
// ErrShort means that b ends first; total and header are then known or both 0.
// A Remaining Length of more than four bytes is a *Malformed, after which no
// boundary can be known.
func Next(b []byte) (total, header int, err error) {
	if len(b) >= 2 && b[1] < 0x80 {
		total = int(b[1]) + 2
		if total > len(b) {
			return total, 2, ErrShort
		}
		return total, 2, nil
	}
	return nextLong(b)
}

// nextLong is Next for a Remaining Length of two bytes and more.
func nextLong(b []byte) (total, header int, err error) {
	if len(b) < 2 {
		return 0, 0, ErrShort
	}
	n, size := varint(b[1:])
	switch {
	case size > 0:
		header = 1 + size
		total = header + int(n)
		if total > len(b) {
			return total, header, ErrShort
		}
		return total, header, nil
	case size == 0:
		return 0, 0, ErrShort
	}
	return 0, 0, &lengthTooLong
}
