package mqttrules

import (
	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

// auth is how far the enhanced authentication of 5.0 has come on a connection.
type auth struct {
	known  bool      // the CONNECT was read
	asked  bool      // it names a method
	method string    // that method
	turns  int       // AUTH packets so far
	server rules.Ref // the server's AUTH that the client has to answer
	again  rules.Ref // the client's AUTH by which it has begun anew, until the server is content
}

// began takes in a CONNECT.
func (a *auth) began(p *mqtt.Packet) {
	x, ok := p.Props.Find(mqtt.AuthenticationMethod)
	*a = auth{known: true, asked: ok, method: string(x.Data)}
}

// note takes in an AUTH, once the rules have seen it.
func (a *auth) note(m *flows.Message, from session.Side) {
	a.turns++
	switch {
	case from == client:
		a.server = rules.Ref{}
		if m.Packet.Reason == 0x19 {
			a.again = ref(m)
		}
	case m.Packet.Reason == 0x18:
		a.server = ref(m)
	case m.Packet.Reason == 0:
		a.again, a.server = rules.Ref{}, rules.Ref{}
	}
}

const (
	whyAuth = "The login fails, or goes on with an authentication that nobody has checked."
	fixAuth = "Compare the steps with section 4.12 of MQTT 5.0; a PLC mostly does best with user name and password over TLS."
)

var authDataNeedsMethod5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-auth-data-needs-method",
		Clauses:   rules.Clauses{V5: {"§3.1.2.11.10", "§3.2.2.3.18"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "Authentication Data comes with an Authentication Method",
		Exercised: "A packet with Authentication Data is sent.",
		Why:       "The receiver cannot tell what the data are for and closes the connection.",
		Fix:       "Send the Authentication Method in every packet that has Authentication Data.",
	},
	On:  on(fromBoth, mqtt.CONNECT, mqtt.CONNACK, mqtt.AUTH),
	Odd: oddProperties,
	// Packets without properties have no data.
	Idle: everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		x, ok := m.Packet.Props.Find(mqtt.AuthenticationData)
		if !ok {
			return
		}
		r.Exercised()
		if _, ok := m.Packet.Props.Find(mqtt.AuthenticationMethod); !ok {
			r.At(x.Offset).Violation(m, "%s has %d bytes of Authentication Data and no Authentication Method", m.Packet.Type, len(x.Data))
		}
	},
}

var authWaitConnack5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-auth-wait-connack",
		Clauses:   rules.Clauses{V5: {"MQTT-3.1.2-30"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A client that has named an Authentication Method sends only AUTH and DISCONNECT before CONNACK",
		Exercised: "The client names an Authentication Method in CONNECT and sends more before CONNACK, or gets it.",
		Why:       "The server closes the connection.",
		Fix:       "Lock all send jobs until CONNACK has come.",
	},
	On:   on(fromClient),
	Odd:  oddPhase,
	Idle: everything,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		t := m.Packet.Type
		if !c.auth.asked || c.Connects != 1 || c.Connacks > 0 || t == mqtt.CONNECT || t == mqtt.AUTH || t == mqtt.DISCONNECT || c.unseen(server) {
			return
		}
		r.Exercised()
		r.Related(c.Connect).Violation(m, "%s follows the CONNECT in frame %d, which names the Authentication Method %s, before CONNACK", t, c.Connect.Frame, rules.Excerpt([]byte(c.auth.method)))
	},
	Ended: func(c *Conn, e *flows.End, r *Reporter) {
		if c.auth.asked && c.Connects == 1 && c.Connacks > 0 {
			r.Exercised()
		}
	},
}

var authFlags5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-auth-flags",
		Clauses:   rules.Clauses{V5: {"MQTT-3.15.1-1"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "The flags of AUTH are 0",
		Exercised: "AUTH is sent.",
		Why:       "The receiver must close the connection.",
		Fix:       "Send 0xF0 as the first byte of AUTH.",
	},
	On:          on(fromBoth, mqtt.AUTH),
	OnMalformed: true,
	Check:       judgeFlags,
}

var authCode5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-auth-code",
		Clauses:   rules.Clauses{V5: {"MQTT-3.15.2-1"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "The reason code of AUTH is one that its sender may use",
		Exercised: "AUTH is sent.",
		Why:       "The receiver closes the connection with a protocol error.",
		Fix:       "Use 0x18 to continue and 0x19 to authenticate anew; 0x00 is for the server.",
	},
	On: on(fromBoth, mqtt.AUTH),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		if code := m.Packet.Reason; !mqtt.ValidReason(mqtt.AUTH, !m.FromClient, code) {
			r.At(m.Packet.HeaderLen).Violation(m, "AUTH of the %s has reason code 0x%02x (%s), which it may not use there", side(m), uint8(code), code.Name(mqtt.AUTH))
		}
	},
}

// authDuty is the rule that a close follows.
func authDuty(id, clause string, role rules.Role, d Duty, title, exercised string) *Rule {
	return &Rule{
		Rule: rules.Rule{
			ID:        id,
			Clauses:   rules.Clauses{V5: {clause}},
			Role:      role,
			Severity:  rules.Error,
			Needs:     rules.Connection,
			Title:     title,
			Exercised: exercised,
			Why:       "A connection stays open whose other end nobody has recognised.",
			Fix:       "Report it to the maker of the side that does not close.",
		},
		Owes: d,
	}
}

var (
	authMethodUnsupported5 = authDuty("m5-auth-method-unsupported", "MQTT-4.12.0-1", rules.Server, owesCloseAfterMethod,
		"A server that does not support the Authentication Method closes the connection",
		"The server refuses a CONNECT that names an Authentication Method, because of the method.")
	authRefusedClose5 = authDuty("m5-auth-refused-close", "MQTT-4.12.0-4", rules.Server, owesCloseAfterAuth,
		"A server that refuses a client in the course of its authentication closes the connection",
		"The server refuses a client in the course of its authentication.")
	reauthFailClose5 = authDuty("m5-reauth-fail-close", "MQTT-4.12.1-2", rules.Both, owesCloseAfterReauth,
		"An authentication anew that fails ends the connection",
		"One side ends the connection in the course of an authentication anew.")
)

var authServerContinue5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-auth-server-continue",
		Clauses:   rules.Clauses{V5: {"MQTT-4.12.0-2"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "AUTH of the server before CONNACK has reason code 0x18",
		Exercised: "The server sends AUTH before CONNACK.",
		Why:       "The client takes itself for accepted, or gives up.",
		Fix:       "Report it to the broker's maker.",
	},
	On: on(fromServer, mqtt.AUTH),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		code := m.Packet.Reason
		if c.Connects != 1 || c.Connacks > 0 || !c.auth.asked || !mqtt.ValidReason(mqtt.AUTH, true, code) {
			return
		}
		r.Exercised()
		if code != 0x18 {
			r.Related(c.Connect).At(m.Packet.HeaderLen).Violation(m, "AUTH of the server has reason code 0x%02x (%s) and CONNACK has not come yet", uint8(code), code.Name(mqtt.AUTH))
		}
	},
}

var authClientContinue5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-auth-client-continue",
		Clauses:   rules.Clauses{V5: {"MQTT-4.12.0-3"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A client answers AUTH by AUTH with reason code 0x18",
		Exercised: "The client answers an AUTH of the server that asks it to go on.",
		Why:       whyAuth,
		Fix:       fixAuth,
	},
	On: on(fromClient, mqtt.AUTH),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		code, asked := m.Packet.Reason, c.auth.server
		if asked.Frame == 0 || !mqtt.ValidReason(mqtt.AUTH, false, code) || !c.received(server, asked.Time) {
			return
		}
		r.Exercised()
		if code != 0x18 {
			r.Related(asked).At(m.Packet.HeaderLen).Violation(m, "AUTH with reason code 0x%02x (%s) answers the AUTH in frame %d", uint8(code), code.Name(mqtt.AUTH), asked.Frame)
		}
	},
}

var authMethodSame5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-auth-method-same",
		Clauses:   rules.Clauses{V5: {"MQTT-4.12.0-5"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "AUTH and CONNACK repeat the Authentication Method of CONNECT",
		Exercised: "A CONNECT with an Authentication Method is followed by AUTH, or by a CONNACK that accepts.",
		Why:       whyAuth,
		Fix:       fixAuth,
	},
	On: on(fromBoth, mqtt.AUTH, mqtt.CONNACK),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		p := m.Packet
		if !c.auth.asked || c.Connects != 1 || p.Type == mqtt.CONNACK && p.Code != 0 || m.FromClient && p.Reason == 0x19 {
			return
		}
		judgeMethod(c, m, r)
	},
}

// judgeMethod compares the method that m names with that of CONNECT.
func judgeMethod(c *Conn, m *flows.Message, r *Reporter) {
	r.Exercised()
	x, ok := m.Packet.Props.Find(mqtt.AuthenticationMethod)
	switch {
	case !ok:
		r.Related(c.Connect).Violation(m, "%s names no Authentication Method; the CONNECT in frame %d named %s", m.Packet.Type, c.Connect.Frame, rules.Excerpt([]byte(c.auth.method)))
	case string(x.Data) != c.auth.method:
		r.Related(c.Connect).At(x.Offset).Violation(m, "%s names the Authentication Method %s; the CONNECT in frame %d named %s", m.Packet.Type, rules.Excerpt(x.Data), c.Connect.Frame, rules.Excerpt([]byte(c.auth.method)))
	}
}

var authServerNone5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-auth-server-none",
		Clauses:   rules.Clauses{V5: {"MQTT-4.12.0-6"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A server begins no enhanced authentication that the client has not asked for",
		Exercised: "The server answers a CONNECT without Authentication Method.",
		Why:       "The client does not know AUTH and waits for CONNACK.",
		Fix:       "Report it to the broker's maker.",
	},
	On: on(fromServer, mqtt.AUTH, mqtt.CONNACK),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if !c.auth.known || c.auth.asked || c.Connects != 1 {
			return
		}
		r.Exercised()
		x, named := m.Packet.Props.Find(mqtt.AuthenticationMethod)
		switch {
		case m.Packet.Type == mqtt.AUTH:
			r.Related(c.Connect).Violation(m, "the server sends AUTH; the CONNECT in frame %d named no Authentication Method", c.Connect.Frame)
		case named:
			r.Related(c.Connect).At(x.Offset).Violation(m, "CONNACK names the Authentication Method %s; the CONNECT in frame %d named none", rules.Excerpt(x.Data), c.Connect.Frame)
		}
	},
}

var authClientNone5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-auth-client-none",
		Clauses:   rules.Clauses{V5: {"MQTT-4.12.0-7"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A client sends no AUTH unless its CONNECT named an Authentication Method",
		Exercised: "The client sends AUTH, or more of another kind, after a CONNECT without Authentication Method.",
		Why:       "The server closes the connection with a protocol error.",
		Fix:       fixAuth,
	},
	On: on(fromClient, mqtt.AUTH),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if !c.auth.known || c.auth.asked || c.Connects != 1 {
			return
		}
		r.Exercised()
		r.Related(c.Connect).Violation(m, "the client sends AUTH; its CONNECT in frame %d named no Authentication Method", c.Connect.Frame)
	},
	Ended: func(c *Conn, e *flows.End, r *Reporter) {
		if c.auth.known && !c.auth.asked && c.Connects == 1 && c.Sides[client].Packets > 1 {
			r.Exercised()
		}
	},
}

var reauthMethodSame5 = &Rule{
	Rule: rules.Rule{
		ID:        "m5-reauth-method-same",
		Clauses:   rules.Clauses{V5: {"MQTT-4.12.1-1"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A client authenticates anew by the method of its CONNECT, and not before CONNACK",
		Exercised: "The client sends AUTH to authenticate anew.",
		Why:       whyAuth,
		Fix:       fixAuth,
	},
	On: on(fromClient, mqtt.AUTH),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if !c.auth.asked || c.Connects != 1 || m.Packet.Reason != 0x19 {
			return
		}
		if c.Connacks == 0 && !c.unseen(server) && c.auth.server.Frame == 0 { // else it answers an AUTH
			r.Exercised()
			r.Related(c.Connect).Violation(m, "AUTH with reason code 0x19 comes before the CONNACK for the CONNECT in frame %d", c.Connect.Frame)
			return
		}
		judgeMethod(c, m, r)
	},
}
