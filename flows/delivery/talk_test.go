package delivery

import (
	"fmt"
	"strings"
	"time"

	"plcscope/decode"
	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
)

const brokerAddr = "10.0.0.1:1883"

// talk builds a capture of clients and a broker in one MQTT version.
type talk struct {
	v       mqtt.Version
	capture *craft.Capture
	conn    *craft.Conn
	ports   int
	woven   bool // packets of several connections take turns
}

func newTalk(v mqtt.Version) *talk { return &talk{v: v, capture: craft.New()} }

// dial opens a connection from the PLC; the talk goes on there.
func (t *talk) dial(opts ...craft.Option) *craft.Conn { return t.dialFrom("10.0.0.5", opts...) }

func (t *talk) dialFrom(host string, opts ...craft.Option) *craft.Conn {
	t.ports++
	t.conn = t.capture.Connect(craft.Host(fmt.Sprintf("%s:%d", host, 2000+t.ports)), craft.Host(brokerAddr), opts...)
	return t.conn
}

// on goes on with a connection made before.
func (t *talk) on(c *craft.Conn) *talk {
	t.conn, t.woven = c, true
	return t
}

func (t *talk) c(packets ...[]byte) *talk { t.conn.Client(packets...); return t }
func (t *talk) s(packets ...[]byte) *talk { t.conn.Server(packets...); return t }

func (t *talk) after(d time.Duration) *talk { t.capture.After(d); return t }

func (t *talk) packet(kind mqtt.PacketType, change ...func(*mqtt.Packet)) []byte {
	p := &mqtt.Packet{Type: kind, Version: t.v}
	p.SetFlags(kind.FixedFlags())
	for _, f := range change {
		f(p)
	}
	b, err := p.Append(nil)
	if err != nil {
		panic(err)
	}
	return b
}

type change = func(*mqtt.Packet)

func resume(p *mqtt.Packet) {
	p.Connect.SetCleanSession(false)
	if p.Version == mqtt.V5 {
		p.Props = mqtt.NewProperties(mqtt.Property{ID: mqtt.SessionExpiryInterval, Num: 3600})
	}
}

func present(p *mqtt.Packet) {
	if p.Version != mqtt.V31 {
		p.AckFlags, p.SessionPresent = 1, true
	}
}

func dup(p *mqtt.Packet)      { p.Dup = true }
func retained(p *mqtt.Packet) { p.Retain = true }

func called(id string) change { return func(p *mqtt.Packet) { p.Connect.ClientID = []byte(id) } }

func props(l ...mqtt.Property) change {
	return func(p *mqtt.Packet) { p.Props = mqtt.NewProperties(l...) }
}

func reason(c mqtt.ReasonCode) change {
	return func(p *mqtt.Packet) { p.Reason, p.HasReason = c, true }
}

// login is a CONNECT as "plc7" with a clean session unless changed, and its
// CONNACK.
func (t *talk) login(l ...change) *talk { return t.connect(l...).s(t.packet(mqtt.CONNACK)) }

// relogin is a CONNECT that resumes a session which the broker has.
func (t *talk) relogin(l ...change) *talk {
	return t.connect(append(l, resume)...).s(t.packet(mqtt.CONNACK, present))
}

func (t *talk) connect(l ...change) *talk {
	return t.c(t.packet(mqtt.CONNECT, append([]change{func(p *mqtt.Packet) {
		p.Connect.KeepAlive, p.Connect.ClientID = 60, []byte("plc7")
		p.Connect.SetCleanSession(true)
	}}, l...)...))
}

func (t *talk) pub(q mqtt.QoS, id uint16, topic, payload string, l ...change) []byte {
	return t.packet(mqtt.PUBLISH, append([]change{func(p *mqtt.Packet) {
		p.Topic, p.Payload, p.QoS, p.ID, p.HasID = []byte(topic), []byte(payload), q, id, q > 0
	}}, l...)...)
}

func (t *talk) ack(kind mqtt.PacketType, id uint16, l ...change) []byte {
	return t.packet(kind, append([]change{func(p *mqtt.Packet) { p.ID, p.HasID = id, true }}, l...)...)
}

func (t *talk) subscribe(id uint16, q mqtt.QoS, filter string) *talk {
	t.c(t.ack(mqtt.SUBSCRIBE, id, func(p *mqtt.Packet) {
		p.Filters = []mqtt.Filter{{Filter: []byte(filter), Options: byte(q)}}
	}))
	return t.s(t.ack(mqtt.SUBACK, id, func(p *mqtt.Packet) { p.Codes = []byte{byte(q)} }))
}

func (t *talk) bye() *talk {
	t.c(t.packet(mqtt.DISCONNECT)).conn.FIN(craft.ByClient)
	return t
}

// cut ends the connection by FIN of the client without DISCONNECT.
func (t *talk) cut() *talk { t.conn.FIN(craft.ByClient); return t }

// audit runs frames through an audit.
func audit(frames []pcaps.Frame, opt Options) Result {
	a := New(opt)
	tracker, dec := flows.New(flows.Options{}, a), decode.New(decode.Options{})
	var s decode.Segment
	for i := range frames {
		if dec.Decode(&frames[i], &s) {
			tracker.Add(&s)
		}
	}
	tracker.Flush()
	return a.Result()
}

// text prints what is not zero of a ledger.
func (l *Ledger) text() string {
	var b strings.Builder
	for _, x := range []struct {
		name string
		n    uint64
	}{
		{"sent", l.Sent}, {"joined", l.Joined}, {"acked", l.Acknowledged}, {"nobody", l.NoSubscribers},
		{"dup", l.RepeatedDup}, {"plain", l.RepeatedPlain}, {"recovered", l.Recovered},
		{"twice", l.Twice}, {"strays", l.Strays}, {"completed", l.Completed}, {"refused", l.Refused}, {"lost", l.Lost},
		{"abandoned", l.Abandoned}, {"replaced", l.Replaced}, {"unknown", l.Unknown}, {"open", l.Open},
	} {
		if x.n > 0 {
			fmt.Fprintf(&b, "%s %d ", x.name, x.n)
		}
	}
	for i, n := range l.Doubts {
		if n > 0 {
			fmt.Fprintf(&b, "(%s) ", Doubt(i))
		}
	}
	return strings.TrimSpace(b.String())
}

// text prints an outage for comparison.
func (o *Outage) text() string {
	s := fmt.Sprintf("%s, %s, %s", o.String(), o.Cause, o.How)
	for side := range o.InFlight {
		for _, x := range []struct {
			name string
			n    uint64
		}{
			{"in flight", o.InFlight[side]}, {"recovered", o.Recovered[side]}, {"replaced", o.Replaced[side]}, {"lost", o.Lost[side]},
			{"abandoned", o.Abandoned[side]}, {"unknown", o.Unknown[side]}, {"open", o.Open[side]},
		} {
			if x.n > 0 {
				s += fmt.Sprintf(", %s %s %d", session.Side(side), x.name, x.n)
			}
		}
	}
	return s
}

func (p *Pair) text() string {
	return fmt.Sprintf("%s>%s expected %d delivered %v missing %d unknown %d open %d again %d", p.From.String(), p.To.String(), p.Expected, p.Delivered, p.Missing, p.Unknown, p.Open, p.Again)
}

func (r *Replies) text() string {
	return fmt.Sprintf("%s %s %q requests %d answered %d late %d unanswered %d unknown %d open %d", r.String(), r.Role, r.Pattern, r.Requests, r.Answered, r.Late, r.Unanswered, r.Unknown, r.Open)
}

// balanced returns what does not add up in a result.
func balanced(r *Result) (l []string) {
	check := func(who string, x *Ledger) {
		if sum := x.Completed + x.Refused + x.Lost + x.Abandoned + x.Replaced + x.Unknown + x.Open; sum != x.Sent {
			l = append(l, fmt.Sprintf("%s: %d sent, fates of %d: %s", who, x.Sent, sum, x.text()))
		}
		var doubts uint64
		for _, n := range x.Doubts {
			doubts += n
		}
		if doubts != x.Unknown || x.Doubts[Certain] != 0 {
			l = append(l, fmt.Sprintf("%s: %d unknown, reasons for %d", who, x.Unknown, doubts))
		}
		if x.Latency.Count > x.Acknowledged || x.QoS1+x.QoS2 != x.Sent {
			l = append(l, fmt.Sprintf("%s: %+v", who, x))
		}
		var bars uint64
		for _, b := range x.Latency.Bars {
			bars += b.Count
		}
		if bars != x.Latency.Count && !x.Latency.Partial {
			l = append(l, fmt.Sprintf("%s: %d latencies, %d in bars", who, x.Latency.Count, bars))
		}
	}
	for side := range r.Total {
		check("total", &r.Total[side])
	}
	for i := range r.Sessions {
		for side := range r.Sessions[i].Sides {
			check(r.Sessions[i].String(), &r.Sessions[i].Sides[side])
		}
	}
	for i := range r.Outages {
		o := &r.Outages[i]
		for s := range o.InFlight {
			if o.InFlight[s] != o.Recovered[s]+o.Replaced[s]+o.Lost[s]+o.Abandoned[s]+o.Unknown[s]+o.Open[s] {
				l = append(l, "outage: "+o.text())
			}
		}
	}
	return l
}
