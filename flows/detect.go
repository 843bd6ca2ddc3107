package flows

import (
	"plcscope/decode"
	"plcscope/flows/tcp"
	"plcscope/mqtt"
	"plcscope/s7comm"
)

// maxProbe bounds the bytes that are collected to recognise a protocol.
const maxProbe = 64

// decideByPort settles the protocol of a new connection by ruling or by port,
// and who its server is.
func (t *Tracker) decideByPort(c *Connection) {
	c.client = 0
	for d, e := range c.TCP.End {
		p, ruled := t.opt.DecodeAs[e.Port]
		switch {
		case ruled:
			c.Proto, c.Evidence = p, ByUser
		case e.Port == PortMQTT:
			c.Proto = MQTT
		case e.Port == PortISO:
			c.Proto = ISO
		case e.Port == PortMQTTTLS:
			c.Proto = TLS
		default:
			continue
		}
		if !c.clientCertain {
			c.client = tcp.Dir(d).Peer()
		}
		if ruled {
			return
		}
	}
}

// reconsider looks at the first bytes of a connection that was classed by its
// port alone: TLS and WebSocket are spoken on port 1883 too. A port that the user
// has ruled to carry MQTT may carry it by WebSocket. It reports whether what the
// connection carries is open again.
func (t *Tracker) reconsider(c *Connection, d tcp.Dir, b []byte) (open bool) {
	switch {
	case c.halves[d].partial != nil || c.halves[d].searching:
	case c.Proto == MQTT && c.halves[d.Peer()].serial == 0 && looksLikeUpgrade(b) != mqtt.No:
		c.Proto = Undecided
		return true
	case c.Evidence != ByPort:
	case looksLikeTLS(b):
		c.Proto, c.Evidence = TLS, ByContent
	case c.Proto == MQTT && looksLikeHTTP(b):
		c.Proto, c.Evidence = Other, ByContent
	case c.Proto == MQTT && s7comm.LooksLikeTPKT(b) == s7comm.Yes:
		c.Proto, c.Evidence = ISO, ByContent
	case c.Proto == ISO && mqtt.LooksLikeConnect(b) == mqtt.Yes:
		c.Proto, c.Evidence = MQTT, ByContent
	}
	return false
}

// decideByContent collects the first bytes of a connection on an unusual port
// until they show what it carries.
func (t *Tracker) decideByContent(c *Connection, d tcp.Dir, b []byte, s *decode.Segment) {
	h := &c.halves[d]
	probe := b
	if h.partial != nil {
		probe = append(h.partial.buf[:len(h.partial.buf):len(h.partial.buf)], b...)
	}
	found, more := recognise(probe)
	if t.decideUpgrade(c, d, b, probe, s) {
		return
	}
	if more && len(probe) < maxProbe {
		if h.partial == nil {
			h.partial = t.newPartial(h.pos, s)
		}
		h.partial.add(b, s)
		h.pos += uint64(len(b))
		return
	}
	c.Proto, c.Evidence = found, ByContent
	if p := h.partial; p != nil {
		// What was collected is the start of the first message: too short to
		// recognise it, therefore shorter than the message.
		need, bad := next(found, p.buf)
		if p.need = need; bad != nil || need > 0 && need <= len(p.buf) {
			c.Proto = Other
		}
	}
	if c.Proto != MQTT && c.Proto != ISO {
		for i := range c.halves {
			if p := c.halves[i].partial; p != nil {
				c.halves[i].partial = nil
				t.freePartial(p)
			}
		}
		return
	}
	if found == MQTT {
		t.clientIs(c, d) // only a client begins with what is recognised as MQTT
	}
	h.searching = false
	t.feed(c, d, b, s)
}

// recognise tells what begins at b; more is set when further bytes could decide.
func recognise(b []byte) (p Protocol, more bool) {
	m, i := mqtt.LooksLikeConnect(b), s7comm.LooksLikeTPKT(b)
	switch {
	case m == mqtt.Yes:
		return MQTT, false
	case i == s7comm.Yes:
		return ISO, false
	case looksLikeTLS(b):
		return TLS, false
	}
	return Other, m == mqtt.Maybe || i == s7comm.Maybe || looksLikeUpgrade(b) == mqtt.Maybe
}

// looksLikeTLS recognises a TLS record with a handshake message (RFC 8446 5.1).
func looksLikeTLS(b []byte) bool {
	return len(b) >= 6 && b[0] == 22 && b[1] == 3 && b[2] <= 4 && (b[5] == 1 || b[5] == 2)
}

func looksLikeHTTP(b []byte) bool {
	return len(b) >= 5 && (string(b[:5]) == "GET /" || string(b[:5]) == "HTTP/")
}
