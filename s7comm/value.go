package s7comm

import "plcscope/internal/wire"

// Value is one data item: a value that was read or is to be written, or, in the answer
// to a write, a bare return code (TransportSize and Data are then empty).
type Value struct {
	ReturnCode    ReturnCode
	TransportSize DataSize
	RawLength     uint16 // as on the wire, in bits or bytes
	Length        uint16 // in bytes: RawLength converted; no bytes follow when the return code is an error
	Offset        int32  // of the return code, see Malformed.Offset
	Data          []byte // borrowed
}

// values reads n data items from the data part; base is its offset in the TSDU.
func (p *PDU) values(n, base int, t *wire.Tree) {
	b := p.Data
	off := 0
	wanted := t.WantsAny(valueFields)
	for i := range n {
		rest := b[off:]
		if len(rest) < 4 {
			if len(rest) > 0 {
				t.Data(fSurplus, base+off, rest)
			}
			p.fail(p.origin+base+off, fItemCount, "exceeds the data items that are there", "")
			return
		}
		if len(p.Values) == cap(p.Values) {
			p.Values = append(p.Values, Value{})[:len(p.Values)]
		}
		p.Values = p.Values[:len(p.Values)+1]
		v := &p.Values[len(p.Values)-1]
		v.ReturnCode = ReturnCode(rest[0])
		v.TransportSize = DataSize(rest[1])
		v.RawLength = be16(rest[2:])
		v.Offset = int32(p.origin + base + off)
		size := int(v.RawLength)
		if v.TransportSize.InBits() {
			size = (size + 7) >> 3
		}
		v.Length = uint16(size)
		v.Data = nil
		if v.ReturnCode == ReturnSuccess || v.ReturnCode == ReturnReserved {
			if size > len(rest)-4 {
				v.Data = rest[4:len(rest):len(rest)]
				if wanted {
					v.fields(t, base+off)
				}
				p.fail(p.origin+base+off+2, fDataLength, "passes the end of the data part", "")
				return
			}
			v.Data = rest[4 : 4+size : 4+size]
		} else {
			size = 0
		}
		if wanted {
			v.fields(t, base+off)
		}
		off += 4 + size
		if size&1 == 1 && i < n-1 && off < len(b) {
			if wanted {
				t.Uint(fFillByte, base+off, 1, uint64(b[off]))
			}
			off++
		}
	}
	if off < len(b) {
		t.Data(fSurplus, base+off, b[off:])
	}
}

func (v *Value) fields(t *wire.Tree, off int) {
	h := t.Open(fDataItem, off)
	t.Uint(fReturnCode, off, 1, uint64(v.ReturnCode))
	t.Uint(fDataTransport, off+1, 1, uint64(v.TransportSize))
	t.Uint(fDataLength, off+2, 2, uint64(v.Length))
	if len(v.Data) > 0 {
		t.Data(fRespData, off+4, v.Data)
	}
	t.Close(h, off+4+len(v.Data))
}

// returnCodes reads the answer to a write: n bytes.
func (p *PDU) returnCodes(n, base int, t *wire.Tree) {
	b := p.Data
	for i := range min(n, len(b)) {
		p.Values = append(p.Values, Value{ReturnCode: ReturnCode(b[i]), Offset: int32(p.origin + base + i)})
		if t != nil {
			h := t.Open(fDataItem, base+i)
			t.Uint(fReturnCode, base+i, 1, uint64(b[i]))
			t.Close(h, base+i+1)
		}
	}
	if n > len(b) {
		p.fail(p.origin+base+len(b), fItemCount, "exceeds the return codes that are there", "")
	} else if n < len(b) {
		t.Data(fSurplus, base+n, b[n:])
	}
}
