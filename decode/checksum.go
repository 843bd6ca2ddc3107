package decode

import (
	"encoding/binary"
	"math/bits"
)

// sum adds b to acc as the Internet checksum does (RFC 1071), but in words of
// eight bytes of either byte order and without folding: ones' complement
// addition does not care how wide the words are, and swapping the bytes of every
// word swaps those of the sum.
func sum(b []byte, acc uint64) uint64 {
	var c uint64
	for len(b) >= 32 {
		acc, c = bits.Add64(acc, binary.LittleEndian.Uint64(b), 0)
		acc, c = bits.Add64(acc, binary.LittleEndian.Uint64(b[8:]), c)
		acc, c = bits.Add64(acc, binary.LittleEndian.Uint64(b[16:]), c)
		acc, c = bits.Add64(acc, binary.LittleEndian.Uint64(b[24:]), c)
		acc += c // cannot overflow: acc is all ones only when nothing was carried
		b = b[32:]
	}
	if len(b) >= 16 {
		acc, c = bits.Add64(acc, binary.LittleEndian.Uint64(b), 0)
		acc, c = bits.Add64(acc, binary.LittleEndian.Uint64(b[8:]), c)
		acc += c
		b = b[16:]
	}
	if len(b) >= 8 {
		acc, c = bits.Add64(acc, binary.LittleEndian.Uint64(b), 0)
		acc += c
		b = b[8:]
	}
	// The rest, as the low bytes of one more word.
	var w uint64
	if len(b) >= 4 {
		w = uint64(binary.LittleEndian.Uint32(b))
		b = b[4:]
		switch len(b) {
		case 1:
			w |= uint64(b[0]) << 32
		case 2:
			w |= uint64(binary.LittleEndian.Uint16(b)) << 32
		case 3:
			w |= uint64(binary.LittleEndian.Uint16(b))<<32 | uint64(b[2])<<48
		}
	} else {
		switch len(b) {
		case 1:
			w = uint64(b[0])
		case 2:
			w = uint64(binary.LittleEndian.Uint16(b))
		case 3:
			w = uint64(binary.LittleEndian.Uint16(b)) | uint64(b[2])<<16
		}
	}
	acc, c = bits.Add64(acc, w, 0)
	return acc + c
}

// fold makes the sixteen bits of the checksum of a sum, in network byte order.
func fold(acc uint64) uint16 {
	acc = acc>>32 + acc&0xffffffff
	acc = acc>>16 + acc&0xffff
	acc = acc>>16 + acc&0xffff
	acc = acc>>16 + acc&0xffff
	return bits.ReverseBytes16(uint16(acc))
}

// pseudo sums the pseudo-header of a TCP segment of n bytes. One way serves both
// versions of IP: the ::ffff:0:0/96 in front of a mapped IPv4 address adds
// 0xffff, which is zero in ones' complement.
func pseudo(s *Segment, n int) uint64 {
	a, c := bits.Add64(binary.LittleEndian.Uint64(s.Src[:]), binary.LittleEndian.Uint64(s.Src[8:]), 0)
	a, c = bits.Add64(a, binary.LittleEndian.Uint64(s.Dst[:]), c)
	a, c = bits.Add64(a, binary.LittleEndian.Uint64(s.Dst[8:]), c)
	a, c = bits.Add64(a, uint64(bits.ReverseBytes32(uint32(n)))<<16, c)
	return a + c
}

// checkTCP judges the checksum of the whole segment b.
func checkTCP(s *Segment, b []byte) Checksum {
	p := pseudo(s, len(b)) + 0x0600 // the protocol number, as a swapped word
	if p < 0x0600 {
		p++
	}
	if fold(sum(b, p)) == 0xffff {
		return ChecksumGood
	}
	return offloaded(s, b, p)
}

// offloaded tells a checksum that a network card is yet to compute from one that
// is wrong. The sending host leaves zero or the sum of the pseudo-header, plain
// or complemented, some with the length left out because the card will cut the
// segment into smaller ones.
func offloaded(s *Segment, b []byte, p uint64) Checksum {
	field := binary.BigEndian.Uint16(b[16:])
	whole := fold(p)
	bare := fold(pseudo(s, 0) + 0x0600)
	switch field {
	case 0, whole, ^whole, bare, ^bare:
		return ChecksumOffloaded
	}
	return ChecksumBad
}
