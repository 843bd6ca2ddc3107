// Package fingerprint condenses bytes, so that whoever compares messages need not keep
// them.
package fingerprint

import (
	"encoding/binary"
	"math/bits"
)

// Of condenses b into 64 bits, on from h. It tells messages of one capture apart; it is
// not secure against one who forges, and its values are no part of any output.
func Of(h uint64, b []byte) uint64 {
	const k0, k1 = 0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93
	h ^= uint64(len(b)+1) * k0
	if len(b) >= 64 { // four lanes, so that multiplications do not wait for each other
		var l [4]uint64
		for ; len(b) >= 32; b = b[32:] {
			for i := range l {
				l[i] = bits.RotateLeft64((l[i]^binary.LittleEndian.Uint64(b[8*i:]))*k1, 31)
			}
		}
		for _, x := range l {
			h = bits.RotateLeft64((h^x)*k1, 29)
		}
	}
	all := b
	for ; len(b) >= 8; b = b[8:] {
		h = bits.RotateLeft64((h^binary.LittleEndian.Uint64(b))*k1, 31)
	}
	var tail uint64 // the bytes that are left
	if len(b) < len(all) {
		tail = binary.LittleEndian.Uint64(all[len(all)-8:]) >> 1 >> (63 - 8*len(b))
	} else {
		for i, c := range b {
			tail |= uint64(c) << (8 * i)
		}
	}
	h = (h ^ tail) * k1
	return h ^ h>>32
}
