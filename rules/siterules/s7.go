package siterules

import (
	"plcscope/flows"
	"plcscope/s7comm"
)

// pdu judges a message of ISO-on-TCP.
func (e *Engine) pdu(c *Conn, m *flows.Message) {
	if m.PDU == nil || m.Err != nil || m.Skipped > 0 || m.AfterError {
		return
	}
	e.choose(c)
	if len(c.s7) == 0 {
		return
	}
	if m.FromClient && !c.greets {
		c.greets = true
		e.greet(c, m)
	}
	p := m.PDU
	if p.Kind != s7comm.KindS7 {
		return
	}
	r := &e.reporter
	switch {
	case m.FromClient && (p.S7.ROSCTR == s7comm.ROSCTRJob || p.S7.ROSCTR == s7comm.ROSCTRUserdata && p.Userdata.Type == s7comm.UserdataRequest):
		for _, x := range c.s7 {
			for _, b := range e.hooked.request {
				r.bind(c, b)
				b.Request(x, m, r)
			}
		}
	case !m.FromClient && m.Request != nil && m.Request.FromClient && m.Request.Time > c.blind && m.Time >= m.Request.Time:
		for _, x := range c.s7 {
			for _, b := range e.hooked.answer {
				r.bind(c, b)
				b.Answer(x.S7, m, r)
			}
		}
	}
}

func (e *Engine) greet(c *Conn, m *flows.Message) {
	r := &e.reporter
	for _, x := range c.s7 {
		for _, b := range e.hooked.greet {
			r.bind(c, b)
			b.Greet(x.S7, m, r)
		}
	}
}

// pduName is what reports call a message.
func pduName(p *s7comm.PDU) string {
	switch {
	case p.Kind != s7comm.KindS7:
		return p.COTP.Type.String()
	case p.S7.ROSCTR == s7comm.ROSCTRUserdata:
		return "Userdata " + p.Userdata.Type.String()
	case p.S7.ROSCTR == s7comm.ROSCTRAck:
		return "Ack"
	}
	return p.S7.ROSCTR.String() + " " + p.Function.String()
}
