package packets

import (
	"fmt"
	"strings"

	"plcscope/flows"
	"plcscope/flows/index"
	"plcscope/mqtt"
	"plcscope/s7comm"
	"plcscope/s7comm/variable"
	"plcscope/tui/pane"
)

// summary says in one line what a message is; in privacy mode without its contents.
func summary(v *index.View, req *s7comm.Request, secrets, private bool) string {
	switch {
	case v.Packet != nil && private:
		return privatePacket(*v.Packet)
	case v.Packet != nil:
		return string(v.Packet.AppendSummary(nil, secrets))
	case v.PDU == nil:
		return "not a message"
	}
	if l := variables(v, req, private); len(l) > 0 {
		return access(v.PDU, l)
	}
	if private {
		return privatePDU(*v.PDU, req)
	}
	return v.PDU.Summary(req)
}

// access is a PDU that reads or writes variables, or answers that.
func access(p *s7comm.PDU, variables []string) string {
	s := p.S7.ROSCTR.String() + " " + p.Function.String() + " " + strings.Join(variables, ", ")
	if p.S7.Error != 0 {
		s += ": " + p.S7.Error.String()
	}
	return s
}

// variables are those that a PDU reads or writes, with types and values.
func variables(v *index.View, req *s7comm.Request, private bool) (l []string) {
	p := v.PDU
	if p == nil || p.Kind != s7comm.KindS7 || v.Err != nil || p.Function != s7comm.FunctionRead && p.Function != s7comm.FunctionWrite {
		return nil
	}
	if p.S7.ROSCTR != s7comm.ROSCTRJob && (p.S7.ROSCTR != s7comm.ROSCTRAckData || req == nil) {
		return nil
	}
	var j variable.Joiner
	list := j.Variables(variable.Message{FromClient: v.FromClient, Frame: v.Frame, PDU: p, Request: req})
	for i := range list {
		x := &list[i]
		if private {
			x.Raw = nil
		}
		l = append(l, x.String())
	}
	return l
}

// privatePacket is a packet without its payload and the user's name.
func privatePacket(p mqtt.Packet) string {
	payload := p.Payload
	p.Payload = nil
	p.Connect.HasUserName, p.Connect.HasPassword = false, false
	if p.Type != mqtt.PUBLISH {
		p.HasProps = false // a reason in the words of somebody
	}
	s := string(p.AppendSummary(nil, false))
	if p.Type != mqtt.PUBLISH {
		return s
	}
	w := pane.Words{Private: true}
	return strings.TrimSuffix(s, "0 bytes") + w.Payload(payload)
}

// privatePDU is a PDU without values and texts.
func privatePDU(p s7comm.PDU, req *s7comm.Request) string {
	if p.COTP.Type != s7comm.DT || p.Kind != s7comm.KindS7 {
		return p.Summary(req)
	}
	if p.S7.ROSCTR == s7comm.ROSCTRUserdata {
		u := &p.Userdata
		return strings.Join([]string{p.S7.ROSCTR.String(), u.Type.String(), u.Group.String(), s7comm.SubfunctionName(u.Group, u.Subfunction)}, " ")
	}
	p.PI.Arguments = nil
	values := make([]s7comm.Value, len(p.Values))
	for i := range values {
		values[i] = s7comm.Value{ReturnCode: p.Values[i].ReturnCode, TransportSize: s7comm.DataNull}
	}
	p.Values = values
	return p.Summary(req)
}

// rowSummary is what the index alone knows of a message, for one that is too long to be
// read while the user waits.
func rowSummary(ix *index.Index, m *index.Message) string {
	var l []string
	switch {
	case m.Proto != flows.MQTT && m.Kind == s7comm.KindS7:
		l = append(l, m.ROSCTR.String())
		if m.ROSCTR != s7comm.ROSCTRUserdata {
			l = append(l, m.Function.String())
		} else {
			l = append(l, m.Group.String(), s7comm.SubfunctionName(m.Group, m.Subfunction))
		}
	case m.Proto != flows.MQTT:
		l = append(l, m.COTP.String())
	default:
		l = append(l, m.Type.String())
		if m.Type == mqtt.PUBLISH {
			l = append(l, fmt.Sprintf("q%d", m.QoS))
		}
		if m.HasID {
			l = append(l, fmt.Sprintf("id %d", m.ID))
		}
		if t, ok := ix.Topic(m.Topic); ok && m.Type == mqtt.PUBLISH && m.Topic != index.NoTopic {
			l = append(l, fmt.Sprintf("%q", t.Name))
		}
	}
	return strings.Join(l, " ") + ", " + stretch(m.Length) + " in all"
}

// protocolOf names what a message is, as tshark's protocol column does.
func protocolOf(m *index.Message) string {
	if m.Proto == flows.MQTT {
		return "MQTT"
	}
	return m.Kind.Protocol()
}
