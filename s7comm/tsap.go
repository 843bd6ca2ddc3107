package s7comm

import "strconv"

// TSAP is a transport service access point: the selector that the client names in CR
// to choose the communication partner within a station. Borrowed.
type TSAP []byte

// Connection resource classes, the first byte of a two-byte S7 TSAP.
const (
	ResourcePG    = 0x01 // programming device
	ResourceOP    = 0x02 // operator panel
	ResourceOther = 0x03 // S7 basic communication
)

// S7 splits a two-byte TSAP into the connection resource (01 PG, 02 OP, 03 other,
// from 0x10 configured connections) and the rack (0-7) and slot (0-31) of the module.
// ok is false for other lengths and for resource 0.
func (t TSAP) S7() (resource, rack, slot uint8, ok bool) {
	if len(t) != 2 || t[0] == 0 {
		return 0, 0, 0, false
	}
	return t[0], t[1] >> 5, t[1] & 0x1f, true
}

// Text reports whether the TSAP is printable ASCII, as SIMATIC-ROOT-ES is.
func (t TSAP) Text() bool {
	for _, c := range t {
		if c < 0x20 || c > 0x7e {
			return false
		}
	}
	return len(t) > 0
}

// Append adds the TSAP in words: "PG rack 0 slot 2", its text, or hexadecimal digits.
func (t TSAP) Append(b []byte) []byte {
	if len(t) > 2 && t.Text() {
		return append(b, t...)
	}
	resource, rack, slot, ok := t.S7()
	switch {
	case !ok:
		b = append(b, "0x"...)
		return appendHexDigits(b, t)
	case t.Text(): // two printable bytes: the small controllers' "MW"
		return append(b, t...)
	case resource == ResourcePG:
		b = append(b, "PG"...)
	case resource == ResourceOP:
		b = append(b, "OP"...)
	case resource == ResourceOther:
		b = append(b, "other"...)
	default:
		b = append(b, "resource 0x"...)
		b = appendHexDigits(b, t[:1])
	}
	b = append(b, " rack "...)
	b = strconv.AppendUint(b, uint64(rack), 10)
	b = append(b, " slot "...)
	return strconv.AppendUint(b, uint64(slot), 10)
}

func (t TSAP) String() string { return string(t.Append(nil)) }
