package index

import (
	"plcscope/mqtt"
	"plcscope/s7comm"
)

// maxBetween is how many messages of the connection may lie between a request and its
// answer.
const maxBetween = 4096

// Answers returns the number of the message that message n answers: of an MQTT
// acknowledgement the packet before it in the exchange, of an S7 answer its request. It
// looks at rows only.
func (ix *Index) Answers(n uint32) (uint32, bool) {
	if n == 0 || n > ix.messages.len() {
		return 0, false
	}
	m := ix.messages.at(n - 1)
	if m.has(flagISO) {
		return ix.requestOf(m)
	}
	want := before(mqtt.PacketType(m.first >> 4))
	if want == 0 {
		return 0, false
	}
	return ix.back(m, func(r *messageRow) bool {
		return r.flags&flagDir != m.flags&flagDir && mqtt.PacketType(r.first>>4) == want && r.has(flagID) == m.has(flagID) && r.id == m.id
	})
}

// before is the type of packet that one of type t answers, 0 for none.
func before(t mqtt.PacketType) mqtt.PacketType {
	switch t {
	case mqtt.CONNACK:
		return mqtt.CONNECT
	case mqtt.PUBACK, mqtt.PUBREC:
		return mqtt.PUBLISH
	case mqtt.PUBREL:
		return mqtt.PUBREC
	case mqtt.PUBCOMP:
		return mqtt.PUBREL
	case mqtt.SUBACK:
		return mqtt.SUBSCRIBE
	case mqtt.UNSUBACK:
		return mqtt.UNSUBSCRIBE
	case mqtt.PINGRESP:
		return mqtt.PINGREQ
	}
	return 0
}

func (ix *Index) requestOf(m *messageRow) (uint32, bool) {
	if s7comm.TPDUType(m.first) == s7comm.CC {
		return ix.back(m, func(r *messageRow) bool {
			return r.flags&flagDir != m.flags&flagDir && s7comm.TPDUType(r.first) == s7comm.CR
		})
	}
	rosctr := s7comm.ROSCTR(m.what >> 16)
	want := s7comm.ROSCTRJob
	switch rosctr {
	case s7comm.ROSCTRAck, s7comm.ROSCTRAckData:
	case s7comm.ROSCTRUserdata:
		if m.how&howResponse == 0 { // a request, or what nobody has asked for
			return 0, false
		}
		want = s7comm.ROSCTRUserdata
	default:
		return 0, false
	}
	return ix.back(m, func(r *messageRow) bool {
		return r.flags&flagDir != m.flags&flagDir && r.has(flagID) && r.id == m.id && s7comm.ROSCTR(r.what>>16) == want
	})
}

// back returns the latest message before m on its connection for which is holds.
func (ix *Index) back(m *messageRow, is func(*messageRow) bool) (uint32, bool) {
	for k, left := m.prev, maxBetween; k != 0 && left > 0; left-- {
		r := ix.messages.at(k - 1)
		if is(r) {
			return k, true
		}
		k = r.prev
	}
	return 0, false
}
