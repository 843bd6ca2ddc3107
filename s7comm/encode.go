package s7comm

import "encoding/binary"

// Append adds p as one TPKT to b: the TPDU that COTP describes and, in a DT of KindS7,
// the message of S7, Function and the struct of that function. Lengths are computed;
// ParamLen, DataLen and HeaderLen need not be set. What Decode read without a violation
// comes out as it went in, but for reserved bytes that are kept nowhere.
//
// In a DT of another Kind the user data is TSDU, or COTP.UserData where TSDU is nil.
func (p *PDU) Append(b []byte) []byte {
	start := len(b)
	b = append(b, 3, p.TPKT.Reserved, 0, 0)
	b = p.COTP.append(b)
	switch {
	case p.COTP.Type != DT:
		b = append(b, p.COTP.UserData...)
	case p.Kind == KindS7:
		b = p.appendMessage(b)
	case p.TSDU != nil:
		b = append(b, p.TSDU...)
	default:
		b = append(b, p.COTP.UserData...)
	}
	binary.BigEndian.PutUint16(b[start+2:], uint16(len(b)-start))
	return b
}

// append adds the header of the TPDU, without its user data.
func (c *COTP) append(b []byte) []byte {
	start := len(b)
	b = append(b, 0, byte(c.Type)|c.Credit)
	switch c.Type {
	case DT:
		eot := c.Number
		if c.EOT {
			eot |= 0x80
		}
		b = append(b, eot)
	case CR, CC:
		b = binary.BigEndian.AppendUint16(b, c.DstRef)
		b = binary.BigEndian.AppendUint16(b, c.SrcRef)
		b = append(b, c.Class<<4|c.Options)
	case DR:
		b = binary.BigEndian.AppendUint16(b, c.DstRef)
		b = binary.BigEndian.AppendUint16(b, c.SrcRef)
		b = append(b, byte(c.Reason))
	case ER:
		b = binary.BigEndian.AppendUint16(b, c.DstRef)
		b = append(b, byte(c.Cause))
	}
	b = c.appendOptions(b)
	b = append(b, c.Unparsed...)
	b[start] = byte(len(b) - start - 1)
	return b
}

// appendOptions adds Params or, where there are none, the TPDU size and the TSAPs.
func (c *COTP) appendOptions(b []byte) []byte {
	if len(c.Params) > 0 {
		for i := range c.Params {
			b = appendOption(b, c.Params[i].Code, c.Params[i].Value)
		}
		return b
	}
	if c.TPDUSize > 0 {
		exponent := byte(0)
		for 1<<exponent < c.TPDUSize {
			exponent++
		}
		b = append(b, byte(OptionTPDUSize), 1, exponent)
	}
	if c.CallingTSAP != nil {
		b = appendOption(b, OptionCallingTSAP, c.CallingTSAP)
	}
	if c.CalledTSAP != nil {
		b = appendOption(b, OptionCalledTSAP, c.CalledTSAP)
	}
	return b
}

func appendOption(b []byte, code OptionCode, value []byte) []byte {
	b = append(b, byte(code), byte(len(value)))
	return append(b, value...)
}

// appendMessage adds the S7 message.
func (p *PDU) appendMessage(b []byte) []byte {
	h := &p.S7
	start := len(b)
	b = append(b, protocolS7, byte(h.ROSCTR))
	b = binary.BigEndian.AppendUint16(b, h.RedID)
	b = binary.BigEndian.AppendUint16(b, h.PDURef)
	b = append(b, 0, 0, 0, 0)
	if h.ROSCTR == ROSCTRAck || h.ROSCTR == ROSCTRAckData {
		b = binary.BigEndian.AppendUint16(b, uint16(h.Error))
	}
	param := len(b)
	b = p.appendParam(b)
	data := len(b)
	b = p.appendDataPart(b)
	binary.BigEndian.PutUint16(b[start+6:], uint16(data-param))
	binary.BigEndian.PutUint16(b[start+8:], uint16(len(b)-data))
	return append(b, p.Surplus...)
}

func (p *PDU) appendParam(b []byte) []byte {
	job := p.S7.ROSCTR == ROSCTRJob
	switch p.S7.ROSCTR {
	case ROSCTRUserdata:
		return p.Userdata.appendHead(b)
	case ROSCTRJob, ROSCTRAckData:
	default:
		return append(b, p.Param...)
	}
	switch p.Function {
	case FunctionRead, FunctionWrite:
		count := len(p.Values)
		if job {
			count = len(p.Items)
		}
		b = append(b, byte(p.Function), byte(count))
		if !job {
			return b
		}
		for i := range p.Items {
			from := len(b)
			b = p.Items[i].append(b)
			if (len(b)-from)&1 == 1 && i < len(p.Items)-1 {
				b = append(b, 0)
			}
		}
		return b
	case FunctionSetup:
		return p.Setup.append(append(b, byte(p.Function)))
	case FunctionRequestDownload, FunctionDownloadBlock, FunctionDownloadEnded,
		FunctionStartUpload, FunctionUpload, FunctionEndUpload:
		b = append(b, byte(p.Function))
		if job {
			return p.Block.appendJob(b, p.Function)
		}
		return p.Block.appendAnswer(b, p.Function)
	case FunctionPI, FunctionStop:
		b = append(b, byte(p.Function))
		if job {
			return p.PI.appendJob(b, p.Function)
		}
		if p.PI.HasStatus {
			b = append(b, p.PI.Status)
		}
		return b
	}
	return append(b, p.Param...)
}

func (p *PDU) appendDataPart(b []byte) []byte {
	job := p.S7.ROSCTR == ROSCTRJob
	switch {
	case p.S7.ROSCTR == ROSCTRUserdata:
		return p.Userdata.appendData(b)
	case p.S7.ROSCTR != ROSCTRJob && p.S7.ROSCTR != ROSCTRAckData:
	case p.Function == FunctionRead && job:
		return b
	case p.Function == FunctionWrite && !job:
		for i := range p.Values {
			b = append(b, byte(p.Values[i].ReturnCode))
		}
		return b
	case p.Function == FunctionRead || p.Function == FunctionWrite:
		for i := range p.Values {
			from := len(b)
			b = p.Values[i].append(b)
			if (len(b)-from)&1 == 1 && i < len(p.Values)-1 {
				b = append(b, 0)
			}
		}
		return b
	case p.carriesBlock() && p.Block.Payload != nil:
		b = binary.BigEndian.AppendUint16(b, uint16(len(p.Block.Payload)))
		b = append(b, 0x00, 0xFB)
		return append(b, p.Block.Payload...)
	}
	return append(b, p.Data...)
}

func (s *Setup) append(b []byte) []byte {
	b = append(b, s.Reserved)
	b = binary.BigEndian.AppendUint16(b, s.AMQCalling)
	b = binary.BigEndian.AppendUint16(b, s.AMQCalled)
	return binary.BigEndian.AppendUint16(b, s.PDULength)
}

// append adds Raw or, where it is nil, the S7ANY address that the fields give.
func (i *Item) append(b []byte) []byte {
	if i.Raw != nil {
		return append(b, i.Raw...)
	}
	b = append(b, varSpec, s7anyLength, byte(SyntaxS7Any), byte(i.TransportSize))
	b = binary.BigEndian.AppendUint16(b, i.Count)
	b = binary.BigEndian.AppendUint16(b, i.DB)
	return append(b, byte(i.Area), byte(i.Address>>16), byte(i.Address>>8), byte(i.Address))
}

// append adds the data item; RawLength is computed from Data when it is 0.
func (v *Value) append(b []byte) []byte {
	size := v.RawLength
	if size == 0 {
		size = uint16(len(v.Data))
		switch {
		case v.TransportSize == DataBit && size == 1: // one bit
		case v.TransportSize.InBits():
			size *= 8
		}
	}
	b = append(b, byte(v.ReturnCode), byte(v.TransportSize))
	b = binary.BigEndian.AppendUint16(b, size)
	return append(b, v.Data...)
}

// bytesOr returns v, or n zero bytes where v is nil.
func bytesOr(v []byte, n int) []byte {
	var zero [8]byte
	if v != nil {
		return v
	}
	return zero[:n:n]
}

func (k *Block) appendJob(b []byte, f Function) []byte {
	b = append(b, k.Status)
	if f == FunctionDownloadEnded || f == FunctionEndUpload {
		b = binary.BigEndian.AppendUint16(b, uint16(k.Error))
	} else {
		b = append(b, bytesOr(k.Unknown, 2)...)
	}
	b = binary.BigEndian.AppendUint32(b, k.UploadID)
	if k.Name != nil {
		b = append(b, byte(len(k.Name)))
		b = append(b, k.Name...)
	}
	if k.Lengths != nil {
		b = append(b, byte(len(k.Lengths)))
		b = append(b, k.Lengths...)
	}
	return b
}

func (k *Block) appendAnswer(b []byte, f Function) []byte {
	if !k.HasStatus {
		return b
	}
	b = append(b, k.Status)
	if f != FunctionStartUpload || k.Unknown == nil {
		return b
	}
	b = append(b, k.Unknown...)
	b = binary.BigEndian.AppendUint32(b, k.UploadID)
	if k.LengthStr != nil {
		b = append(b, byte(len(k.LengthStr)))
		b = append(b, k.LengthStr...)
	}
	return b
}

func (s *PI) appendJob(b []byte, f Function) []byte {
	if f == FunctionStop {
		b = append(b, bytesOr(s.Unknown, 5)...)
	} else {
		if s.Unknown != nil {
			b = append(b, s.Unknown...)
		} else {
			b = append(b, 0, 0, 0, 0, 0, 0, 0xFD)
		}
		b = binary.BigEndian.AppendUint16(b, uint16(len(s.Parameters)))
		b = append(b, s.Parameters...)
	}
	b = append(b, byte(len(s.Service)))
	return append(b, s.Service...)
}

func (u *Userdata) appendHead(b []byte) []byte {
	if u.Function == FunctionModeTransition && u.Syntax == 0 {
		return append(b, byte(u.Function), 0, 0x10, 0x10, 0, byte(u.Type)<<6|byte(u.Group), u.Subfunction, u.Sequence)
	}
	length, syntax := byte(4), SyntaxShort
	if u.Extended {
		length, syntax = 8, SyntaxExtended
	}
	if u.Syntax != 0 {
		syntax = u.Syntax
	}
	b = append(b, byte(u.Function), 1, varSpec, length, byte(syntax), byte(u.Type)<<6|byte(u.Group), u.Subfunction, u.Sequence)
	if u.Extended {
		b = append(b, u.DataUnitRef, u.LastUnit)
		b = binary.BigEndian.AppendUint16(b, uint16(u.Error))
	}
	return b
}

func (u *Userdata) appendData(b []byte) []byte {
	if !u.HasData {
		return b
	}
	b = append(b, byte(u.ReturnCode), byte(u.TransportSize))
	b = binary.BigEndian.AppendUint16(b, uint16(len(u.Payload)))
	return append(b, u.Payload...)
}
