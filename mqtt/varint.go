package mqtt

// varint reads a Variable Byte Integer: seven bits a byte, the least
// significant first, at most four bytes. size is the bytes that it takes, which
// may be more than its value needs; 0 when b ends first, -1 when the fourth byte
// still announces another.
func varint(b []byte) (v uint32, size int) {
	for i, c := range b {
		if i == 4 {
			break
		}
		v |= uint32(c&0x7f) << (7 * i)
		if c < 0x80 {
			return v, i + 1
		}
	}
	if len(b) < 4 {
		return 0, 0
	}
	return 0, -1
}

// varintSize is the number of bytes that v needs.
func varintSize(v uint32) int {
	switch {
	case v < 1<<7:
		return 1
	case v < 1<<14:
		return 2
	case v < 1<<21:
		return 3
	}
	return 4
}

// appendVarint writes v in size bytes, or in as many as it needs if that is
// more; padding is what a careless encoder does and rules look for.
func appendVarint(b []byte, v uint32, size int) []byte {
	size = min(max(size, varintSize(v)), 4)
	for ; size > 1; size-- {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v&0x7f))
}
