package s7comm

// AppendSummary adds the message in one line: "Job Read Var DB1.DBW4". req is the
// request that p answers, or nil.
func (p *PDU) AppendSummary(b []byte, req *Request) []byte {
	switch p.Kind {
	case KindNone:
		return append(b, p.COTP.Type.String()...)
	case KindS7:
		b = append(b, p.S7.ROSCTR.String()...)
		if p.S7.ROSCTR == ROSCTRJob || p.S7.ROSCTR == ROSCTRAckData {
			b = append(b, ' ')
			b = append(b, p.Function.String()...)
		}
		return b
	}
	b = append(b, p.COTP.Type.String()...)
	b = append(b, ' ')
	return append(b, p.Kind.String()...)
}

// Summary is AppendSummary as a string.
func (p *PDU) Summary(req *Request) string { return string(p.AppendSummary(nil, req)) }
