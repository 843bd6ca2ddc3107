package export

import (
	"plcscope/flows"
	"plcscope/s7comm"
)

// S7 is a PDU of ISO-on-TCP: S7comm, or the COTP that carries it.
type S7 struct {
	At
	Link
	Shape
	Protocol     string   `parquet:"protocol,dict" json:"protocol" doc:"S7COMM, S7COMM-PLUS, TLS, ISO or, where there is nothing in it, COTP"`
	Type         string   `parquet:"type,dict" json:"type" doc:"Job, Ack_Data, Userdata and so on; of COTP alone CR, CC, DT"`
	Function     string   `parquet:"function,optional,dict" json:"function,omitzero" doc:"of a job and its answer: Read Var, Write Var, PLC Stop"`
	FunctionCode *int64   `parquet:"function_code,optional" json:"function_code,omitzero" doc:"the same as on the wire"`
	Group        string   `parquet:"group,optional,dict" json:"group,omitzero" doc:"function group of Userdata"`
	Subfunction  string   `parquet:"subfunction,optional,dict" json:"subfunction,omitzero" doc:"of Userdata"`
	PDURef       *int64   `parquet:"pdu_ref,optional" json:"pdu_ref,omitzero" doc:"PDU reference, which the answer repeats"`
	RequestFrame *int64   `parquet:"request_frame,optional" json:"request_frame,omitzero" doc:"of an answer: the frame of the request"`
	ResponseNs   *int64   `parquet:"response_ns,optional" json:"response_ns,omitzero" doc:"of an answer: nanoseconds since the request"`
	ErrorCode    *int64   `parquet:"error_code,optional" json:"error_code,omitzero" doc:"error class and code of an answer, 0 for none"`
	Error        string   `parquet:"error,optional,dict" json:"error,omitzero" doc:"the same in words, where it is not 0"`
	Items        *int64   `parquet:"items,optional" json:"items,omitzero" doc:"addresses or values in it"`
	Blocks       []string `parquet:"blocks,list,optional" json:"blocks,omitzero" doc:"blocks that it names: DB 5, OB 1"`
	Service      string   `parquet:"service,optional,dict" json:"service,omitzero" doc:"program invocation service: P_PROGRAM, _INSE"`
	TPDUs        int64    `parquet:"tpdus" json:"tpdus" doc:"DTs that it came in; 0 of COTP alone"`
	Summary      string   `parquet:"summary,optional" json:"summary,omitzero" doc:"the line that read prints"`
}

func (r *S7) size() int {
	n := 200 + len(r.Summary) + len(r.Malformed)
	for _, b := range r.Blocks {
		n += 16 + len(b)
	}
	return n
}

// s7 fills in a row, and one for each value.
func (e *Exporter) s7(m *flows.Message, c *connection) {
	p := m.PDU
	r := &e.rowS7
	*r = S7{At: e.at(m), Link: c.link(m), Shape: shape(m), Protocol: p.Kind.Protocol(), Type: p.COTP.Type.String(), TPDUs: int64(p.Fragments)}
	if m.Request != nil {
		r.RequestFrame, r.ResponseNs = number(m.Request.Frame), number(m.Time-m.Request.Time)
	}
	if p.S7.HeaderLen > 0 {
		r.Type = p.S7.ROSCTR.String()
		r.PDURef = number(p.S7.PDURef)
		e.job(r, m)
	}
	if e.opt.Summary != nil {
		r.Summary = text(e.opt.Summary(m))
	}
	e.tables.s7.put(r)
	e.values(m, c)
}

// job fills in what S7comm says.
func (e *Exporter) job(r *S7, m *flows.Message) {
	p := m.PDU
	code := p.S7.Error
	switch f := p.Function; {
	case p.S7.ROSCTR == s7comm.ROSCTRUserdata:
		u := &p.Userdata
		r.Group, r.Subfunction = u.Group.String(), s7comm.SubfunctionName(u.Group, u.Subfunction)
		code = u.Error
	case f == 0 && m.Request != nil:
		r.Function, r.FunctionCode = m.Request.Function.String(), number(m.Request.Function)
	case f != 0 || p.S7.ParamLen > 0:
		r.Function, r.FunctionCode = f.String(), number(f)
	}
	if m.Request != nil || p.S7.HeaderLen == 12 {
		r.ErrorCode = number(code)
	}
	if code != 0 {
		r.Error = code.String()
	}
	if n := max(len(p.Items), len(p.Values)); n > 0 {
		r.Items = number(n)
	}
	switch p.Function {
	case s7comm.FunctionRequestDownload, s7comm.FunctionStartUpload:
		if len(p.Block.Name) > 0 {
			r.Blocks = append(r.Blocks, text(p.Block.Name.Append(nil)))
		}
	case s7comm.FunctionPI, s7comm.FunctionStop:
		r.Service = text(p.PI.Service)
		for _, b := range p.PI.Blocks {
			r.Blocks = append(r.Blocks, text(b.Append(nil)))
		}
	}
}
