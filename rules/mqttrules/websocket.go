package mqttrules

import (
	"fmt"
	"strings"

	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

// web is what a connection over WebSocket has shown, by the side that sent it.
type web struct {
	text [2]textSent
	cut  [2]cutPacket
}

// textSent is the first packet of a side that came in a text frame.
type textSent struct {
	rules.Ref
	of   mqtt.PacketType
	told bool // that its receiver went on
}

// cutPacket is a packet that did not come as one frame of its own, and was not
// answered yet.
type cutPacket struct {
	rules.Ref
	of      mqtt.PacketType
	id      uint16
	carrier flows.Carrier
}

func (p *cutPacket) String() string {
	how := fmt.Sprintf("came in %d WebSocket frames", p.carrier.Frames)
	switch {
	case p.carrier.Frames == 1:
		how = "shared its WebSocket frame with another packet"
	case p.carrier.Shared:
		how += ", shared with another packet,"
	}
	return fmt.Sprintf("%s in frame %d %s", p.of, p.Frame, how)
}

var wsBinaryFrames = &Rule{
	Rule: rules.Rule{
		ID:        "ws-binary-frames",
		Clauses:   rules.Clauses{V311: {"MQTT-6.0.0-1"}, V5: {"MQTT-6.0.0-1"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "MQTT over WebSocket uses binary frames",
		Exercised: "An MQTT packet came over an unencrypted WebSocket.",
		Why:       "Text must be UTF-8, which payloads and lengths are not: the first odd byte makes the other side close. Some libraries send text whenever they are handed a string.",
		Fix:       "Tell the WebSocket library to send binary data; a receiver of text has to close the connection.",
	},
	On:         on(fromBoth),
	Odd:        oddCarrier,
	Idle:       everything,
	OnUnframed: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if m.Carrier.Frames == 0 {
			return
		}
		from := side(m)
		if o := &c.web.text[from.Peer()]; o.Frame != 0 && !o.told && wentOn(c, m, o, r.engine.grace(c)) {
			o.told = true
			r.Exercised()
			r.Related(o.Ref).Violation(m, "%s after the %s of the %s in frame %d came in a text frame, for which the connection has to be closed",
				mqtt.PacketType(m.Bytes[0]>>4), o.of, from.Peer(), o.Frame)
			return
		}
		r.Exercised()
		if !m.Carrier.Text {
			return
		}
		if o := &c.web.text[from]; o.Frame == 0 {
			*o = textSent{Ref: ref(m), of: mqtt.PacketType(m.Bytes[0] >> 4)}
		}
		r.Violation(m, "the packet came in a text frame of WebSocket, not in a binary one")
	},
}

// wentOn reports whether m shows that its sender has taken in what came in a text
// frame, or has had the time to close.
func wentOn(c *Conn, m *flows.Message, o *textSent, grace int64) bool {
	p := m.Packet
	if p == nil || p.Type == mqtt.DISCONNECT {
		return false
	}
	if o.of == mqtt.CONNECT && p.Type == mqtt.CONNACK && p.Code == 0 && c.Connects == 1 {
		return true
	}
	return m.Time-o.Time > grace && c.received(side(m).Peer(), o.Time)
}

var wsNoFrameAlignment = &Rule{
	Rule: rules.Rule{
		ID:        "ws-no-frame-alignment",
		Clauses:   rules.Clauses{V311: {"MQTT-6.0.0-2"}, V5: {"MQTT-6.0.0-2"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "The receiver copes with packets split over WebSocket frames or sharing one",
		Exercised: "A packet that came in several WebSocket frames, or shared one with another packet, was answered or should have been.",
		Why:       "Clients write a packet field by field or several at once; a receiver that takes each frame for a packet loses them or drops the connection.",
		Fix:       "Treat what the frames hold as one stream of bytes; until that is mended, let the sender put each packet into one frame.",
	},
	On:   on(fromBoth),
	Odd:  oddCarrier,
	Idle: everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		from := side(m)
		if m.Carrier.Frames == 0 || m.AfterError {
			return
		}
		if w := &c.web.cut[from.Peer()]; w.Frame != 0 {
			judgeCut(c, m, r, w)
		}
		p := m.Packet
		if w := &c.web.cut[from]; w.Frame == 0 && (m.Carrier.Frames > 1 || m.Carrier.Shared) && wantsAnswer(p) {
			*w = cutPacket{ref(m), p.Type, p.ID, m.Carrier}
		}
	},
	Ended: func(c *Conn, e *flows.End, r *Reporter) {
		if !e.WebSocket {
			return
		}
		by := r.side
		w := &c.web.cut[by.Peer()]
		code := c.Flow.WebSocket.Sent[e.Dir].CloseCode
		if w.Frame == 0 || !blamed(c, w, by) || code != closeProtocol && code != closeData {
			return
		}
		r.Exercised()
		r.Related(w.Ref).Late(rules.Ref{Frame: e.Frame, Time: e.Time}, "close frame with status %d, and %s", code, w)
		w.Ref = rules.Ref{}
	},
}

// Status codes of a close frame (RFC 6455 7.4.1).
const (
	closeProtocol = 1002
	closeData     = 1007
)

// judgeCut judges by m how its sender takes the peer's packet w.
func judgeCut(c *Conn, m *flows.Message, r *Reporter, w *cutPacket) {
	by := side(m)
	p := m.Packet
	switch {
	case answers(w, p):
		r.Exercised()
	case p.Type == mqtt.DISCONNECT:
		if p.Reason != malformedPacket || !blamed(c, w, by) {
			break
		}
		r.Exercised()
		r.Related(w.Ref).Violation(m, "DISCONNECT with reason 0x81 (malformed packet), and %s", w)
	case c.Sides[client].Disconnect.Frame|c.Sides[server].Disconnect.Frame != 0:
	case m.Time-w.Time <= r.engine.grace(c) || !c.received(by.Peer(), w.Time) || c.unseen(by):
		return // there is still time
	default:
		r.Exercised()
		r.Related(w.Ref).Violation(m, "%s and was not answered within %s, while the connection goes on", w, rules.Seconds(m.Time-w.Time))
	}
	w.Ref = rules.Ref{}
}

const malformedPacket mqtt.ReasonCode = 0x81

// blamed reports whether nothing but its frames can be wrong with the peer's
// packet w: it is the last that came, and neither it nor another gave offence.
func blamed(c *Conn, w *cutPacket, by session.Side) bool {
	return c.Sides[by.Peer()].Last.Frame == w.Frame && c.offences[by].state == noOffence && c.web.text[by.Peer()].Frame == 0 && c.received(by.Peer(), w.Time)
}

// wantsAnswer reports whether the receiver of p has to answer it.
func wantsAnswer(p *mqtt.Packet) bool {
	switch p.Type {
	case mqtt.CONNECT, mqtt.SUBSCRIBE, mqtt.UNSUBSCRIBE, mqtt.PINGREQ, mqtt.PUBREL:
		return true
	}
	return p.Type == mqtt.PUBLISH && p.QoS > 0
}

// answers reports whether p answers w.
func answers(w *cutPacket, p *mqtt.Packet) bool {
	switch w.of {
	case mqtt.CONNECT:
		return p.Type == mqtt.CONNACK || p.Type == mqtt.AUTH
	case mqtt.PINGREQ:
		return p.Type == mqtt.PINGRESP
	}
	return answerOf(w.of, p.Type) && p.ID == w.id
}

// subprotocol is the only name that the standard knows. mqttv3.1 came into use
// with MQTT 3.1, which says nothing of WebSocket, and is still offered.
const (
	subprotocol   = "mqtt"
	subprotocol31 = "mqttv3.1"
)

var wsSubprotocolOffered = &Rule{
	Rule: rules.Rule{
		ID:        "ws-subprotocol-offered",
		Clauses:   rules.Clauses{V311: {"MQTT-6.0.0-3"}, V5: {"MQTT-6.0.0-3"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "The client offers the subprotocol mqtt",
		Exercised: "The HTTP request by which an unencrypted WebSocket with MQTT begins was captured.",
		Why:       "Brokers and proxies refuse the upgrade, or take the connection for another protocol.",
		Fix:       "Let the request carry Sec-WebSocket-Protocol: mqtt.",
	},
	On:         on(fromClient),
	Odd:        oddCarrier,
	Idle:       everything,
	OnUnframed: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		w := c.Flow.WebSocket
		if w == nil || m.Serial != 1 || w.Request.Frame == 0 || w.Request.More {
			return
		}
		r.Exercised()
		at := rules.Ref{Frame: w.Request.Frame, Time: w.Request.Time}
		switch {
		case w.Request.Names(subprotocol):
		case w.Request.Names(subprotocol31):
			r.As(rules.Info).Late(at, "the upgrade request offers the subprotocol mqttv3.1, as was usual for MQTT 3.1, and not mqtt")
		default:
			r.Late(at, "the upgrade request offers %s, and not the subprotocol mqtt", protocols(w.Request.Protocols))
		}
	},
}

var wsSubprotocolSelected = &Rule{
	Rule: rules.Rule{
		ID:        "ws-subprotocol-selected",
		Clauses:   rules.Clauses{V311: {"MQTT-6.0.0-4"}, V5: {"MQTT-6.0.0-4"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "The server selects the subprotocol mqtt",
		Exercised: "The HTTP response by which an unencrypted WebSocket with MQTT begins was captured.",
		Why:       "Browsers close a connection whose subprotocol is not the one that they asked for.",
		Fix:       "Let the response carry Sec-WebSocket-Protocol: mqtt; where a proxy answers, let it pass the line on.",
	},
	On:         on(fromServer),
	Odd:        oddCarrier,
	Idle:       everything,
	OnUnframed: true,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		w := c.Flow.WebSocket
		if w == nil || m.Serial != 1 || w.Response.Frame == 0 {
			return
		}
		offered, selected := &w.Request, &w.Response
		at := rules.Ref{Frame: selected.Frame, Time: selected.Time}
		asked := rules.Ref{Frame: offered.Frame, Time: offered.Time}
		switch {
		case selected.Names(subprotocol) && len(selected.Protocols) == 1:
			r.Exercised()
		case len(selected.Protocols) > 0:
			r.Exercised()
			if selected.Names(subprotocol31) && !offered.Names(subprotocol) {
				r.As(rules.Info)
			}
			r.Related(asked).Late(at, "the upgrade response selects %s, and not the subprotocol mqtt", protocols(selected.Protocols))
		case offered.Names(subprotocol): // else there was nothing to select
			r.Exercised()
			r.Related(asked).Late(at, "the upgrade response selects no subprotocol, though the request offers mqtt")
		}
	},
}

func protocols(l []string) string {
	if len(l) == 0 {
		return "none"
	}
	return fmt.Sprintf("%q", strings.Join(l, ", "))
}
