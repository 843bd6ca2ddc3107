package s7comm

// maxShown is how many bytes of a value a summary shows.
const maxShown = 16

// AppendSummary adds the message in one line, such as
//
//	CR PG rack 0 slot 0 -> PG rack 0 slot 2, TPDU size 1024
//	Job Read Var P#DB1.DBX0.0 BYTE 4
//	Ack_Data Read Var P#DB1.DBX0.0 BYTE 4 = 01 02 03 04 (success)
//	Userdata Request CPU functions Read SZL 0x0011 module identification
//
// req is the request that p answers, as Transactions returned it, or nil. Text from the
// wire is escaped and passwords are left out.
func (p *PDU) AppendSummary(b []byte, req *Request) []byte {
	if p.raw == nil && p.COTP.Type == 0 {
		return append(b, "no TPKT"...)
	}
	if p.COTP.Type != DT {
		return p.COTP.appendSummary(b)
	}
	switch p.Kind {
	case KindS7:
		return p.appendS7(b, req)
	case KindS7Plus:
		return p.Plus.appendSummary(b)
	case KindEmpty:
		return append(b, "DT empty"...)
	case KindNone:
		b = append(b, "DT fragment of "...)
		b = appendUint(b, uint64(len(p.COTP.UserData)))
		return append(b, " bytes"...)
	}
	b = append(b, "DT "...)
	b = append(b, p.Kind.String()...)
	b = append(b, ", "...)
	b = appendUint(b, uint64(len(p.TSDU)))
	return append(b, " bytes"...)
}

// Summary is AppendSummary as a string.
func (p *PDU) Summary(req *Request) string { return string(p.AppendSummary(nil, req)) }

func (c *COTP) appendSummary(b []byte) []byte {
	b = append(b, c.Type.String()...)
	switch c.Type {
	case CR, CC:
		if c.CallingTSAP != nil || c.CalledTSAP != nil {
			b = append(b, ' ')
			b = c.CallingTSAP.Append(b)
			b = append(b, " -> "...)
			b = c.CalledTSAP.Append(b)
		}
		if c.TPDUSize > 0 {
			b = append(b, ", TPDU size "...)
			b = appendUint(b, uint64(c.TPDUSize))
		}
	case DR:
		b = append(b, ' ')
		b = append(b, c.Reason.String()...)
	case ER:
		b = append(b, ' ')
		b = append(b, c.Cause.String()...)
	}
	return b
}

func (m *Plus) appendSummary(b []byte) []byte {
	b = append(b, "S7comm-plus v"...)
	b = appendUint(b, uint64(m.Version))
	switch {
	case m.Continuation:
		b = append(b, " continuation"...)
	case m.Version == plusSystemEvent:
		b = append(b, " system event"...)
	case m.HasHeader:
		b = append(b, ' ')
		b = append(b, m.Opcode.String()...)
		if m.Opcode != PlusNotification {
			b = append(b, ' ')
			b = append(b, m.Function.String()...)
		}
		if identity, ok := m.Identity(); ok {
			b = appendText(append(b, ' '), identity)
		}
	}
	b = append(b, ", "...)
	b = appendUint(b, uint64(m.Length))
	return append(b, " bytes"...)
}

func (p *PDU) appendS7(b []byte, req *Request) []byte {
	b = append(b, p.S7.ROSCTR.String()...)
	switch p.S7.ROSCTR {
	case ROSCTRUserdata:
		return p.Userdata.appendSummary(b)
	case ROSCTRAck:
		if req != nil {
			b = append(b, ' ')
			b = append(b, req.Function.String()...)
		}
	case ROSCTRJob, ROSCTRAckData:
		if len(p.Param) > 0 || p.Function != 0 {
			b = append(b, ' ')
			b = append(b, p.Function.String()...)
		}
		b = p.appendFunction(b, req)
	}
	if p.S7.Error != 0 {
		b = append(b, ": "...)
		b = append(b, p.S7.Error.String()...)
	}
	return b
}

func (p *PDU) appendFunction(b []byte, req *Request) []byte {
	switch p.Function {
	case FunctionRead, FunctionWrite:
		return p.appendVariables(b, req)
	case FunctionSetup:
		s := &p.Setup
		b = append(b, " AMQ "...)
		b = appendUint(b, uint64(s.AMQCalling))
		b = append(b, '/')
		b = appendUint(b, uint64(s.AMQCalled))
		b = append(b, " PDU "...)
		return appendUint(b, uint64(s.PDULength))
	case FunctionRequestDownload, FunctionDownloadBlock, FunctionDownloadEnded,
		FunctionStartUpload, FunctionUpload, FunctionEndUpload:
		return p.Block.appendSummary(b)
	case FunctionPI, FunctionStop:
		return p.PI.appendSummary(b)
	}
	return b
}

// appendVariables adds what is addressed and, where the message has them, the values.
func (p *PDU) appendVariables(b []byte, req *Request) []byte {
	items := p.Items
	if p.S7.ROSCTR != ROSCTRJob {
		items = nil
		if req != nil {
			items = req.Items
		}
	}
	for i := range max(len(items), len(p.Values)) {
		if i > 0 {
			b = append(b, ", "...)
		} else {
			b = append(b, ' ')
		}
		if i < len(items) {
			b = items[i].Append(b)
		}
		if i < len(p.Values) {
			if i < len(items) {
				b = append(b, ' ')
			}
			b = p.Values[i].appendSummary(b, p.S7.ROSCTR == ROSCTRJob)
		}
	}
	return b
}

func (v *Value) appendSummary(b []byte, job bool) []byte {
	if len(v.Data) > 0 || v.TransportSize != DataNull && v.ReturnCode == ReturnSuccess {
		b = append(b, "= "...)
		b = appendData(b, v.Data, maxShown)
		if job {
			return b
		}
		b = append(b, ' ')
	}
	if job && v.ReturnCode == ReturnReserved {
		return b
	}
	b = append(b, '(')
	b = append(b, v.ReturnCode.String()...)
	return append(b, ')')
}

func (k *Block) appendSummary(b []byte) []byte {
	if len(k.Name) > 0 {
		b = append(b, ' ')
		b = k.Name.Append(b)
	}
	if k.UploadID != 0 {
		b = append(b, " id "...)
		b = appendUint(b, uint64(k.UploadID))
	}
	if n, ok := k.LoadMemory(); ok {
		b = append(b, ", load memory "...)
		b = appendUint(b, uint64(n))
		b = append(b, " bytes"...)
	}
	if n, ok := digits(k.LengthStr); ok {
		b = append(b, ", "...)
		b = appendUint(b, uint64(n))
		b = append(b, " bytes"...)
	}
	if k.Payload != nil {
		b = append(b, ", "...)
		b = appendUint(b, uint64(len(k.Payload)))
		b = append(b, " bytes"...)
	}
	if k.More() {
		b = append(b, ", more follows"...)
	}
	if k.Failed() {
		b = append(b, ", error"...)
	}
	if k.Error != 0 {
		b = append(b, ": "...)
		b = append(b, k.Error.String()...)
	}
	return b
}

func (s *PI) appendSummary(b []byte) []byte {
	if len(s.Service) > 0 {
		b = append(b, ' ')
		b = appendText(b, s.Service)
	}
	for _, n := range s.Blocks {
		b = append(b, ' ')
		b = n.Append(b)
	}
	for i, a := range s.Arguments {
		if len(a) == 0 {
			continue
		}
		b = append(b, " \""...)
		if s.Secret(i) {
			b = append(b, "***"...)
		} else {
			b = appendText(b, a)
		}
		b = append(b, '"')
	}
	return b
}

func (u *Userdata) appendSummary(b []byte) []byte {
	if u.Function == FunctionModeTransition || u.Group == GroupMode {
		b = append(b, " mode transition to "...)
		return append(b, Mode(u.Subfunction).String()...)
	}
	b = append(b, ' ')
	b = append(b, u.Type.String()...)
	b = append(b, ' ')
	b = append(b, u.Group.String()...)
	b = append(b, ' ')
	b = append(b, SubfunctionName(u.Group, u.Subfunction)...)
	b = u.appendContent(b)
	if u.More() {
		b = append(b, ", more follows"...)
	}
	if u.Error != 0 {
		b = append(b, ": "...)
		b = append(b, u.Error.String()...)
	}
	return b
}
