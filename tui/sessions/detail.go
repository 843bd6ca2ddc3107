package sessions

import (
	"fmt"

	"plcscope/flows"
	"plcscope/flows/index"
	"plcscope/rules"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
	"plcscope/tui/scope"
)

// maxTold is how many connections, and how many rules, the details list.
const maxTold = 20

// describe tells a session in full.
func (v *view) describe(x *index.Session) []paint.Line {
	ix, w := v.d.Scope().Index, v.d.Words()
	c, _ := ix.Conn(x.LastConn)
	kind := "S7 partner"
	if x.Proto == flows.MQTT {
		kind = "MQTT client"
	}
	l := []paint.Line{paint.In(paint.Heading, pane.Partner(x)).And(paint.Dim, "  "+kind)}
	say := func(name, format string, args ...any) {
		if s := fmt.Sprintf(format, args...); s != "" {
			l = append(l, paint.Inf(paint.Dim, "%-12s ", name).And(paint.Plain, s))
		}
	}
	say("client", "%s", w.Endpoint(x.Client))
	say("server", "%s", w.Endpoint(x.Server))
	say("version", "%s", version(&c))
	if x.Proto == flows.MQTT {
		say("session", "%s", manner(&c))
		say("keep alive", "%s", keepAlive(&c))
		if c.WebSocket != nil {
			say("carried by", "WebSocket")
		}
	} else {
		say("TSAP", "%s → %s", c.S7.CallingTSAP, c.S7.CalledTSAP)
		if c.S7.Setup {
			say("negotiated", "PDU of %d bytes, %s at one time", c.S7.PDULength, count(int(c.S7.AMQCalled), "job"))
		}
	}
	say("messages", "%s sent, %s received, %.3g a second", pane.Count(x.Sent[0]), pane.Count(x.Sent[1]), rate(x))
	say("seen", "%s to %s, %s", w.Time(x.FirstTime, 0), w.Time(x.LastTime, 0), pane.Span(x.LastTime-x.FirstTime))
	if c.RTT > 0 {
		say("round trip", "%s, of the handshake", pane.Span(c.RTT))
	}
	if how := pane.Ending(ix, &c); how != "" {
		say("last end", "%s", how)
	} else {
		say("now", "open")
	}
	for _, s := range v.verdicts.client(ix, x) {
		l = append(l, v.judged("Client", s)...)
	}
	if s := v.verdicts.server(x); s != nil {
		l = append(l, v.judged("Server", s)...)
	}
	l = append(l, v.subscriptions(x)...)
	return append(l, v.connections(x)...)
}

// judged lists the rules that somebody has broken, or may have.
func (v *view) judged(who string, s *scope.Subject) []paint.Line {
	l := []paint.Line{nil, append(paint.In(paint.Heading, who+" verdicts  "), pane.Verdicts(&s.Counts)...)}
	left := 0
	for i := range s.Results {
		r := &s.Results[i]
		if i >= maxTold {
			left++
			continue
		}
		n := r.Failed
		if r.Verdict == rules.Inconclusive {
			n = r.Inconclusive
		}
		sign := pane.Sign(r.Verdict, r.Severity, !r.Counts())
		l = append(l, paint.Line{sign}.And(paint.Plain, fmt.Sprintf(" %s", r.Rule.ID)).And(paint.Dim, fmt.Sprintf("  %s×", pane.Count(n))))
	}
	if left > 0 {
		l = append(l, paint.Inf(paint.Dim, "  and %d other rules", left))
	}
	return l
}

func (v *view) subscriptions(x *index.Session) []paint.Line {
	if len(x.Filters) == 0 {
		return nil
	}
	l := []paint.Line{nil, paint.In(paint.Heading, "Subscriptions")}
	for _, f := range x.Filters {
		l = append(l, paint.Text("  "+string(f)))
	}
	if x.More {
		l = append(l, paint.In(paint.Dim, "  and others"))
	}
	return l
}

// connections lists the latest ones.
func (v *view) connections(x *index.Session) []paint.Line {
	ix, w := v.d.Scope().Index, v.d.Words()
	l := []paint.Line{nil, paint.Inf(paint.Heading, "%s, the latest first", count(int(x.Conns), "connection"))}
	for n, left := x.LastConn, maxTold; n != index.NoConn; left-- {
		c, ok := ix.Conn(n)
		if !ok {
			break
		}
		if left == 0 {
			return append(l, paint.In(paint.Dim, "  … → in the list shows all"))
		}
		how := pane.Ending(ix, &c)
		if how == "" {
			how = "open"
		}
		_, role := pane.State(ix, &c)
		began := w.Time(c.FirstTime, 0)
		if !c.FromStart {
			began += " or before"
		}
		l = append(l, paint.Inf(paint.Plain, "  %s  stream %d, port %d, %s, %s messages", began, c.Stream, c.Client.Port,
			pane.Span(c.Duration()), pane.Count(c.Sent[0].Messages+c.Sent[1].Messages)),
			paint.In(role, "      "+how))
		n = c.Previous
	}
	return l
}
