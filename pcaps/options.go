package pcaps

import (
	"encoding/binary"
	"net/netip"
	"strings"
)

const optComment = 1

// options walks the options of a pcapng block: code, length, value padded to four
// bytes. What does not fit ends the walk; options are never worth a file.
type options struct {
	b     []byte
	order binary.ByteOrder
}

// next reports whether another option lies complete in the block.
func (o *options) next() bool {
	if len(o.b) < 4 || o.order.Uint16(o.b) == 0 {
		return false
	}
	return 4+int(o.order.Uint16(o.b[2:])) <= len(o.b)
}

// get returns the option that next has found and goes on behind it.
func (o *options) get() (code uint16, value []byte) {
	code = o.order.Uint16(o.b)
	n := int(o.order.Uint16(o.b[2:]))
	value = o.b[4 : 4+n]
	o.b = o.b[min((4+n+3)&^3, len(o.b)):]
	return code, value
}

// text copies a bounded text out of the buffer.
func text(v []byte) string {
	v = v[:min(len(v), maxText)]
	return strings.TrimRight(strings.ToValidUTF8(string(v), "\uFFFD"), "\x00")
}

func setText(s *string, v []byte) {
	if *s == "" {
		*s = text(v)
	}
}

// names keeps the records of a name resolution block.
func (d *ngDecoder) names(body []byte, f *File) {
	for len(body) >= 4 {
		kind := d.order.Uint16(body)
		n := int(d.order.Uint16(body[2:]))
		if kind == 0 || 4+n > len(body) {
			return
		}
		v := body[4 : 4+n]
		body = body[min((4+n+3)&^3, len(body)):]
		size := 0
		switch kind {
		case 1:
			size = 4
		case 2:
			size = 16
		}
		if size == 0 || len(v) < size {
			continue
		}
		addr, _ := netip.AddrFromSlice(v[:size])
		name, _, _ := strings.Cut(text(v[size:]), "\x00") // aliases follow the first
		f.Names = keep(f, f.Names, Name{addr, name})
	}
}
