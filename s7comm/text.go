package s7comm

// appendText adds s, which came from the wire, with what is not printable ASCII as \xNN.
func appendText(b, s []byte) []byte {
	for _, c := range s {
		if c < 0x20 || c > 0x7e {
			b = append(b, '\\', 'x')
			b = appendHexDigits(b, []byte{c})
			continue
		}
		b = append(b, c)
	}
	return b
}

// appendData adds up to limit bytes in hexadecimal, "01 02 03", and how many there are
// when that was not all.
func appendData(b, s []byte, limit int) []byte {
	for i, c := range s[:min(len(s), limit)] {
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(b, hexDigits[c>>4], hexDigits[c&15])
	}
	if len(s) > limit {
		b = append(b, " ... ("...)
		b = appendUint(b, uint64(len(s)))
		b = append(b, " bytes)"...)
	}
	return b
}

const hexDigits = "0123456789abcdef"

func appendHexDigits(b, s []byte) []byte {
	for _, c := range s {
		b = append(b, hexDigits[c>>4], hexDigits[c&15])
	}
	return b
}
