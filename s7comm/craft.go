package s7comm

// These build whole TPKTs of the common messages, for tests and crafted captures.

// AppendCR adds a connection request.
func AppendCR(b []byte, srcRef uint16, calling, called TSAP, tpduSize int) []byte {
	p := PDU{COTP: COTP{Type: CR, SrcRef: srcRef, CallingTSAP: calling, CalledTSAP: called, TPDUSize: tpduSize}}
	return p.Append(b)
}

// AppendCC adds a connection confirm; dstRef is the reference of the request.
func AppendCC(b []byte, dstRef, srcRef uint16, calling, called TSAP, tpduSize int) []byte {
	p := PDU{COTP: COTP{Type: CC, DstRef: dstRef, SrcRef: srcRef, CallingTSAP: calling, CalledTSAP: called, TPDUSize: tpduSize}}
	return p.Append(b)
}

// AppendDR adds the refusal of a connection request.
func AppendDR(b []byte, dstRef, srcRef uint16, reason DisconnectReason) []byte {
	p := PDU{COTP: COTP{Type: DR, DstRef: dstRef, SrcRef: srcRef, Reason: reason}}
	return p.Append(b)
}

// AppendDT adds one DT with a piece of a TSDU; eot marks the last piece. Without data
// and eot it is the acknowledgement that Siemens stacks send.
func AppendDT(b, data []byte, eot bool) []byte {
	p := PDU{COTP: COTP{Type: DT, EOT: eot, UserData: data}}
	return p.Append(b)
}

func s7(r ROSCTR, ref uint16, e ErrorCode, f Function) PDU {
	return PDU{COTP: COTP{Type: DT, EOT: true}, Kind: KindS7, S7: Header{ROSCTR: r, PDURef: ref, Error: e}, Function: f}
}

// AppendSetup adds the job or, with ROSCTRAckData, the answer that agrees on s.
func AppendSetup(b []byte, r ROSCTR, ref uint16, s Setup) []byte {
	p := s7(r, ref, 0, FunctionSetup)
	p.Setup = s
	return p.Append(b)
}

// AppendReadJob adds a job that reads items.
func AppendReadJob(b []byte, ref uint16, items ...Item) []byte {
	p := s7(ROSCTRJob, ref, 0, FunctionRead)
	p.Items = items
	return p.Append(b)
}

// AppendReadAnswer adds the answer to a read.
func AppendReadAnswer(b []byte, ref uint16, values ...Value) []byte {
	p := s7(ROSCTRAckData, ref, 0, FunctionRead)
	p.Values = values
	return p.Append(b)
}

// AppendWriteJob adds a job that writes values[i] to items[i].
func AppendWriteJob(b []byte, ref uint16, items []Item, values []Value) []byte {
	p := s7(ROSCTRJob, ref, 0, FunctionWrite)
	p.Items, p.Values = items, values
	return p.Append(b)
}

// AppendWriteAnswer adds the answer to a write.
func AppendWriteAnswer(b []byte, ref uint16, codes ...ReturnCode) []byte {
	p := s7(ROSCTRAckData, ref, 0, FunctionWrite)
	for _, c := range codes {
		p.Values = append(p.Values, Value{ReturnCode: c})
	}
	return p.Append(b)
}

// AppendAck adds the refusal of a job.
func AppendAck(b []byte, ref uint16, e ErrorCode) []byte {
	p := s7(ROSCTRAck, ref, e, 0)
	return p.Append(b)
}

// AppendUserdata adds a userdata message.
func AppendUserdata(b []byte, ref uint16, u Userdata) []byte {
	p := s7(ROSCTRUserdata, ref, 0, u.Function)
	p.Userdata = u
	return p.Append(b)
}

// AnyItem is an S7ANY address: count elements of the size from byte and bit on; in the
// areas of timers and counters byte is their number.
func AnyItem(area Area, db uint16, size TransportSize, offset uint32, bit uint8, count uint16) Item {
	i := Item{Syntax: SyntaxS7Any, Known: true, Area: area, DB: db, TransportSize: size, Count: count, Address: offset<<3 | uint32(bit&7)}
	if i.Numbered() {
		i.Address = offset
	}
	return i
}
