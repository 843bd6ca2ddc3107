package mqtt

import "plcscope/internal/wire"

// DecodePart reads what there is of a packet whose end is missing: b holds its
// beginning. Fields that are not all there are left out, and so is a payload
// that does not begin in b; t, if not nil, gets the fields as Dissect adds them.
// It reports false when b does not even hold the fixed header.
func (p *Packet) DecodePart(b []byte, v Version, t *wire.Tree) bool {
	total, header, err := Next(b)
	if err != nil && err != ErrShort || header == 0 {
		p.unframed(b, ErrShort, v)
		return false
	}
	p.reset(b[0], v, header, total-header)
	p.decode(b[:min(len(b), total)], t) // fails where b ends
	return true
}
