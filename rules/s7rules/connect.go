package s7rules

import (
	"fmt"

	"plcscope/flows"
	"plcscope/rules"
	"plcscope/s7comm"
)

// tsaps are the service access points of the CR, in words.
func tsaps(c *Conn) string {
	h := &c.Request
	return fmt.Sprintf("from TSAP %s to %s", tsapText(h.Calling()), tsapText(h.Called()))
}

func tsapText(t s7comm.TSAP) string {
	if len(t) == 0 {
		return "(none)"
	}
	if len(t) == 2 {
		return fmt.Sprintf("%02X.%02X (%s)", t[0], t[1], t)
	}
	return fmt.Sprintf("%q", []byte(t))
}

// advice says what controllers expect of the called TSAP.
func advice(t s7comm.TSAP) string {
	const usual = "S7-300 CPUs sit in slot 2, S7-400 in slots 2 to 4, S7-1200 and S7-1500 in slot 0 or 1; LOGO! and S7-200 want TSAPs of their own (02.00, 10.00 or as configured)"
	resource, _, slot, ok := t.S7()
	switch {
	case t.Text() && len(t) > 2:
		return "this is a TSAP of S7-1200 and S7-1500 with current firmware"
	case !ok:
		return "a TSAP of S7 has two bytes; " + usual
	case slot > 4 && resource < 0x10:
		return fmt.Sprintf("slot %d may be that of a communications processor: address the slot of the CPU; %s", slot, usual)
	}
	return usual
}

var connectionRefused = &Rule{
	Rule: rules.Rule{
		ID:        "iso-connection-refused",
		Clauses:   rules.Clauses{rules.ISO8073: {"6.6"}, rules.Field: {"plcpeople/nodeS7#2", "S7NetPlus/s7netplus#67", "st-one-io/node-red-contrib-s7#25", "python-snap7#60"}},
		Role:      rules.Client,
		Severity:  rules.Warning,
		Needs:     rules.Connection,
		Title:     "The controller accepts the connection request",
		Exercised: "The client sends CR and is answered, or the server closes the connection.",
		Why:       "TCP connects and ISO does not: the address of the rack and slot in the called TSAP is wrong, or the controller has no connection left.",
		Fix:       "Set rack and slot of the CPU in the driver; close connections that are not used; on S7-1200 and S7-1500 permit PUT/GET and load the hardware configuration.",
	},
	On: on(fromServer, refusal, connectConfirm),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if c.Request.Frame == 0 || c.Confirm.Frame != 0 || c.Refusal.Frame != 0 {
			return
		}
		r.Exercised()
		t := &m.PDU.COTP
		switch t.Type {
		case s7comm.DR:
			refuse(r, m, rules.Ref{}, "with DR, "+t.Reason.String())
		case s7comm.ER:
			refuse(r, m, rules.Ref{}, "with ER, "+t.Cause.String())
		}
	},
	Ended: func(c *Conn, e *flows.End, r *Reporter) {
		if e.FromClient || c.Request.Frame == 0 || c.Confirm.Frame != 0 || c.Refusal.Frame != 0 || c.Sides[server].First.Frame != 0 || c.unseen(server) {
			return
		}
		r.Exercised()
		how := "by closing TCP"
		if e.Reset {
			how = "by a reset of TCP"
		}
		refuse(r, nil, at(e), fmt.Sprintf("%s %s after it came", how, rules.Seconds(e.Time-c.Request.Time)))
	},
}

func refuse(r *Reporter, m *flows.Message, at rules.Ref, how string) {
	c := r.conn
	text := fmt.Sprintf("the controller refuses the connection request %s %s: %s", tsaps(c), how, advice(c.Request.Called()))
	if n := r.engine.hosts.held(c); n > 0 {
		text += fmt.Sprintf("; this client holds %d other connections to it: its connection resources may be used up", n)
	}
	r.Related(c.Request.Ref)
	if m != nil {
		r.Violation(m, "%s", text)
	} else {
		r.Late(at, "%s", text)
	}
}

var connectAnswered = &Rule{
	Rule: rules.Rule{
		ID:        "iso-connect-answered",
		Clauses:   rules.Clauses{rules.ISO8073: {"6.5"}},
		Role:      rules.Server,
		Severity:  rules.Error,
		Needs:     rules.Timing,
		Title:     "A connection request is answered",
		Exercised: "The client sends CR, and the connection lasts long enough for the answer.",
		Why:       "The client sits in \"connecting\" until a timer of its own ends it.",
		Fix:       "Look at the load of the controller's communication; something else than a controller may have accepted the TCP connection (firewall, port forwarding).",
	},
	On:   on(fromServer, connectConfirm, refusal),
	Owes: owesConfirm,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if c.owes {
			r.Exercised()
		}
	},
}

// Connections of one client to one controller that are worth a word.
const manyConnections = 8

var connectionsHeld = &Rule{
	Rule: rules.Rule{
		ID:        "s7-connections-held",
		Clauses:   rules.Clauses{rules.Field: {"st-one-io/node-red-contrib-s7#102", "plcpeople/nodeS7#130"}},
		Role:      rules.Client,
		Severity:  rules.Warning,
		Needs:     rules.Packet,
		Title:     "A client does not gather connections to one controller",
		Exercised: "The server accepts an ISO connection.",
		Why:       "A controller has 8 to 32 connections for everybody. When they are used up, panels and even the programming device are refused.",
		Fix:       "Open one connection per controller and keep it; close it before the program is started or loaded anew. A crashed client leaves its connection behind until TCP keep-alive ends it.",
	},
	On: on(fromServer, connectConfirm),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		p := r.engine.hosts.pairs[hostKey{c.Flow.Server(), c.Flow.Client().Addr}]
		if c.at != nil || p == nil || p.open+1 < manyConnections || p.open+1 < 2*p.told {
			return
		}
		n := p.open + 1
		p.told = n
		closed := "none was closed"
		if d := p.opened + 1 - n; d > 0 {
			closed = fmt.Sprintf("%d others were closed", d)
		}
		r.Violation(m, "%s now holds %d connections to this controller, opened within %s; %s", c.Flow.Client().Addr, n, rules.Seconds(m.Time-p.since), closed)
	},
}

var serverClosed = &Rule{
	Rule: rules.Rule{
		ID:        "s7-server-closed",
		Clauses:   rules.Clauses{rules.Field: {"st-one-io/node-red-contrib-s7#133", "st-one-io/node-red-contrib-s7#143"}},
		Role:      rules.Client,
		Severity:  rules.Info,
		Needs:     rules.Connection,
		Title:     "The controller has no reason to close the connection",
		Exercised: "One side closes a connection that the controller has confirmed.",
		Why:       "A controller closes without a word when a message does not suit it, when it goes to STOP or is loaded, or when the client was silent for too long. The last message of the client is where to look first.",
		Fix:       "Look at findings on that message; then at the controller's diagnostic buffer of the same second.",
	},
	Ended: func(c *Conn, e *flows.End, r *Reporter) {
		if c.Confirm.Frame == 0 && c.Sides[client].Messages == 0 {
			return
		}
		r.Exercised()
		if e.FromClient {
			return
		}
		how := "closes"
		if e.Reset {
			how = "resets"
			if len(c.open[client]) > 0 {
				r.As(rules.Warning)
			}
		}
		last := &c.Sides[client]
		r.Related(last.Last).Late(at(e), "the controller %s the connection %s after the last message of the client, %s in frame %d; requests of the client that were open: %d", how, rules.Seconds(e.Time-last.Last.Time), last.name, last.Last.Frame, len(c.open[client]))
	},
}

// halfOpenRepeats is how often a segment is sent in vain before the peer is taken
// for gone.
const halfOpenRepeats = 3

var halfOpen = &Rule{
	Rule: rules.Rule{
		ID:        "s7-half-open",
		Clauses:   rules.Clauses{rules.Field: {"mathiask88/node-snap7#51", "python-snap7#247"}},
		Role:      rules.Both,
		Severity:  rules.Warning,
		Needs:     rules.Packet,
		Title:     "The other end of a connection is still there",
		Exercised: "A connection on which both sides have sent comes to its end.",
		Why:       "The program believes that it is connected and works with old values: TCP alone notices after minutes.",
		Fix:       "Give the client a timeout per job and let it reconnect; turn on TCP keep-alive. Look at cable, switch, power and routing of the side that is silent.",
	},
	Closed: func(c *Conn, r *Reporter) {
		for s := range c.open {
			from := side(s)
			l := c.open[s]
			if c.Sides[from.peer()].First.Frame == 0 { // perhaps it is just not captured
				continue
			}
			r.Of(from.peer()).Exercised()
			if len(l) == 0 {
				continue
			}
			q := &l[len(l)-1]
			repeats := c.repeated(from) - q.repeated
			if end := &c.Sides[from.peer()]; repeats < halfOpenRepeats || c.acked(from, q.end) || end.End.Frame != 0 {
				continue
			}
			d := c.Flow.DirOf(from == client)
			r.Related(c.Sides[from.peer()].Last).Late(q.Ref, "the %s is gone: TCP of the %s sends %s again %d times over %s, and nothing comes back, not even an acknowledgement; the last that came was in frame %d",
				from.peer(), from, q, repeats, rules.Seconds(c.Flow.TCP.Half[d].RetransmissionTime-q.Time), c.Sides[from.peer()].Last.Frame)
		}
	},
}
