package s7rules

import (
	"plcscope/flows"
	"plcscope/rules"
	"plcscope/s7comm"
)

var passwordVisible = &Rule{
	Rule: rules.Rule{
		ID:        "s7-password-visible",
		Clauses:   rules.Clauses{rules.Field: {"step7_s300_AuthPassword.pcapng"}},
		Role:      rules.Client,
		Severity:  rules.Info,
		Needs:     rules.Packet,
		Title:     "No password crosses the line in the clear",
		Exercised: "The client sends a userdata request, or a job that neither reads nor writes variables nor loads blocks.",
		Why:       "S7 communication protects a password so little that whoever can capture it can use it.",
		Fix:       "Let such connections pass only through trusted networks or a VPN; use controllers and firmware with TLS.",
	},
	On:  on(fromClient, jobOther, request),
	Odd: oddSecret,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		what := "the password of the CPU"
		if r.shape == jobOther {
			what = "a password of the numerical control"
		}
		r.Violation(m, "%s carries %s, readable for everybody on the way", messageName(m, r.shape), what)
	},
}

var control = &Rule{
	Rule: rules.Rule{
		ID:        "s7-control",
		Clauses:   rules.Clauses{rules.Field: {"security-relevant services"}},
		Role:      rules.Client,
		Severity:  rules.Info,
		Needs:     rules.Packet,
		Title:     "A client does not stop, start, load or force the controller",
		Exercised: "The client sends a userdata request, or a job that neither reads nor writes variables.",
		Why:       "From a programming device that is daily work; from anything else it is an attack or a mistake.",
		Fix:       "Check that the client is a programming device and that somebody was working with it at that time.",
	},
	On: on(fromClient, jobBlock, jobOther, request),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		if what := controls(m.PDU); what != "" {
			r.Violation(m, "the client asks the controller to %s", what)
		}
	},
}

// controls says what a message does to the controller, "" for what only looks.
func controls(p *s7comm.PDU) string {
	if p.S7.ROSCTR == s7comm.ROSCTRUserdata {
		switch u := &p.Userdata; {
		case u.Group == s7comm.GroupProgrammer && u.Subfunction == 0x08:
			return "modify variables"
		case u.Group == s7comm.GroupProgrammer && u.Subfunction == 0x09:
			return "force variables"
		case u.Group == s7comm.GroupProgrammer && u.Subfunction == 0x0C:
			return "reset its memory"
		case u.Group == s7comm.GroupTime && u.Subfunction == setClock:
			return "set its clock"
		}
		return ""
	}
	switch p.Function {
	case s7comm.FunctionStop:
		return "stop"
	case s7comm.FunctionRequestDownload:
		return "load block " + p.Block.Name.String()
	case s7comm.FunctionPI:
		switch string(p.PI.Service) {
		case "P_PROGRAM":
			return "start its program"
		case "_DELE":
			return "delete blocks"
		case "_INSE", "_INS2":
			return "activate blocks"
		case "_MODU":
			return "copy its memory to the card"
		case "_GARB":
			return "compress its memory"
		}
	}
	return ""
}
