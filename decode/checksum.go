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
	if len(b) < 8 {
		var w [8]byte
		copy(w[:], b)
		acc, c = bits.Add64(acc, binary.LittleEndian.Uint64(w[:]), 0)
		return acc + c
	}
	// The last zero to seven bytes, as the low bytes of a word.
	rest := binary.LittleEndian.Uint64(b[len(b)-8:]) >> (64 - 8*(len(b)&7))
	for len(b) >= 32 {
		acc, c = bits.Add64(acc, binary.LittleEndian.Uint64(b), 0)
		acc, c = bits.Add64(acc, binary.LittleEndian.Uint64(b[8:]), c)
		acc, c = bits.Add64(acc, binary.LittleEndian.Uint64(b[16:]), c)
		acc, c = bits.Add64(acc, binary.LittleEndian.Uint64(b[24:]), c)
		acc += c // does not overflow: a sum that carried is not all ones
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
	}
	acc, c = bits.Add64(acc, rest, 0)
	return acc + c
}

// zero reports whether a sum is zero in ones' complement, as that of bytes with a right
// checksum in them is: a multiple of 0xffff, which takes one multiplication to find out
// and no folding. 2^64, where sums carry, is one more than such a multiple.
func zero(acc uint64) bool { return acc%0xffff == 0 }

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

// checkIPv4 counts a wrong header checksum; zero is one that the network card is
// yet to compute. The header in b is whole.
func (d *Decoder) checkIPv4(b []byte) {
	h := (*[ipv4Header]byte)(b)
	acc, c := bits.Add64(binary.LittleEndian.Uint64(h[0:]), binary.LittleEndian.Uint64(h[8:]), 0)
	acc, c = bits.Add64(acc, uint64(binary.LittleEndian.Uint32(h[16:])), c)
	acc += c
	if n := int(h[0]&15) * 4; n > ipv4Header {
		acc = sum(b[ipv4Header:n], acc)
	}
	if !zero(acc) && binary.BigEndian.Uint16(h[10:]) != 0 {
		d.stats.BadIPv4Checksums++
	}
}

// checkTCP judges the checksum of the whole segment b.
func checkTCP(s *Segment, b []byte) Checksum {
	p := pseudo(s, len(b)) + 0x0600 // the protocol number, as a swapped word
	if p < 0x0600 {
		p++
	}
	if zero(sum(b, p)) {
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
