package watch

import (
	"sync/atomic"

	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/s7comm"
)

// Counts are messages by what they are. They may be read while they are counted.
type Counts struct {
	mqtt [2][mqttKinds]atomic.Uint64
	iso  [2][isoKinds]atomic.Uint64
}

// Kinds of MQTT messages, as indexes: the packet types, 0 included, and what cannot be
// decoded.
const (
	mqttBroken = 16
	mqttKinds  = 17
)

// Kinds of ISO-on-TCP messages, as indexes.
const (
	isoBroken = iota
	isoConnectRequest
	isoConnectConfirm
	isoDisconnect
	isoTransport // what is of the transport's own otherwise, parts of messages among it
	isoPlus
	isoTLS
	isoOther
	isoAck
	isoJob      // and the functions behind it
	isoAckData  = isoJob + functions
	isoUserdata = isoAckData + functions // and the groups behind it
	isoKinds    = isoUserdata + groups
)

// functionList and groupList are those counted apart; others share the first place.
var (
	functionList = [...]s7comm.Function{
		s7comm.FunctionRead, s7comm.FunctionWrite, s7comm.FunctionSetup,
		s7comm.FunctionRequestDownload, s7comm.FunctionDownloadBlock, s7comm.FunctionDownloadEnded,
		s7comm.FunctionStartUpload, s7comm.FunctionUpload, s7comm.FunctionEndUpload,
		s7comm.FunctionPI, s7comm.FunctionStop,
	}
	groupList = [...]s7comm.Group{
		s7comm.GroupMode, s7comm.GroupProgrammer, s7comm.GroupCyclic, s7comm.GroupBlock, s7comm.GroupCPU,
		s7comm.GroupSecurity, s7comm.GroupPBC, s7comm.GroupTime, s7comm.GroupRouting, s7comm.GroupNC,
	}
	functionAt, groupAt [256]uint8
)

const (
	functions = len(functionList) + 1
	groups    = len(groupList) + 1
)

func init() {
	for i, f := range functionList {
		functionAt[f] = uint8(i + 1)
	}
	for i, g := range groupList {
		groupAt[g] = uint8(i + 1)
	}
}

func (c *Counts) add(m *flows.Message) {
	s := side(m.FromClient)
	switch {
	case m.Packet != nil && m.Err == nil:
		c.mqtt[s][m.Packet.Type&15].Add(1)
	case m.PDU != nil && m.Err == nil:
		c.iso[s][isoKind(m.PDU)].Add(1)
	case m.Conn.Proto == flows.MQTT:
		c.mqtt[s][mqttBroken].Add(1)
	default:
		c.iso[s][isoBroken].Add(1)
	}
}

func isoKind(p *s7comm.PDU) int {
	switch p.COTP.Type {
	case s7comm.CR:
		return isoConnectRequest
	case s7comm.CC:
		return isoConnectConfirm
	case s7comm.DR:
		return isoDisconnect
	}
	switch p.Kind {
	case s7comm.KindNone, s7comm.KindEmpty:
		return isoTransport
	case s7comm.KindS7Plus:
		return isoPlus
	case s7comm.KindTLS:
		return isoTLS
	case s7comm.KindS7:
	default:
		return isoOther
	}
	switch p.S7.ROSCTR {
	case s7comm.ROSCTRJob:
		return isoJob + int(functionAt[p.Function])
	case s7comm.ROSCTRAckData:
		return isoAckData + int(functionAt[p.Function])
	case s7comm.ROSCTRAck:
		return isoAck
	case s7comm.ROSCTRUserdata:
		return isoUserdata + int(groupAt[p.Userdata.Group])
	}
	return isoOther
}

// Each calls f for each kind of message that has come: its protocol ("mqtt", "iso"),
// what it is ("PUBLISH", "Job Read Var"), whether the client has sent it, and how many.
func (c *Counts) Each(f func(protocol, kind string, fromClient bool, n uint64)) {
	for s := range 2 {
		for k := range c.mqtt[s] {
			if n := c.mqtt[s][k].Load(); n > 0 {
				f("mqtt", mqttName(k), s == 0, n)
			}
		}
		for k := range c.iso[s] {
			if n := c.iso[s][k].Load(); n > 0 {
				f("iso", isoName(k), s == 0, n)
			}
		}
	}
}

func mqttName(k int) string {
	if k == mqttBroken {
		return "malformed"
	}
	return mqtt.PacketType(k).String()
}

func isoName(k int) string {
	switch {
	case k >= isoUserdata:
		return numbered("Userdata", k-isoUserdata, func(i int) string { return groupList[i].String() })
	case k >= isoAckData:
		return numbered("Ack_Data", k-isoAckData, func(i int) string { return functionList[i].String() })
	case k >= isoJob:
		return numbered("Job", k-isoJob, func(i int) string { return functionList[i].String() })
	}
	return [...]string{"malformed", "CR", "CC", "DR", "transport", "S7comm-plus", "TLS", "other", "Ack"}[k]
}

func numbered(what string, i int, name func(i int) string) string {
	if i == 0 {
		return what + " other"
	}
	return what + " " + name(i-1)
}
