package siterules

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"plcscope/flows"
	"plcscope/internal/talk"
	"plcscope/mqtt"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
	"plcscope/rules"
	"plcscope/s7comm"
)

// conversation is a test of one rule: what the site lays down, what is said, and what
// the rule makes of it.
type conversation struct {
	rule   string
	name   string
	policy Policy
	want   rules.Verdict
	also   []string // other rules that it breaks
	detail string   // of the first finding of the rule, when given
	say    func(t *line)
}

// line is a connection of a capture, on which a client and a server speak.
type line struct {
	capture *craft.Capture
	conn    *craft.Conn
	ports   int
	v       mqtt.Version
}

const (
	plcAddr    = "10.0.0.5"
	brokerAddr = "10.0.0.1:1883"
	hmiAddr    = "10.0.0.9"
	cpuAddr    = "10.0.0.7:102"
)

func newLine() *line { return &line{capture: craft.New(), v: mqtt.V311} }

// mqtt and s7 open a connection; the talk goes on there.
func (t *line) mqtt(opts ...craft.Option) *line { return t.dial(plcAddr, brokerAddr, opts) }
func (t *line) s7(opts ...craft.Option) *line   { return t.dial(hmiAddr, cpuAddr, opts) }

func (t *line) dial(client, server string, opts []craft.Option) *line {
	t.ports++
	t.conn = t.capture.Connect(craft.Host(fmt.Sprintf("%s:%d", client, 2000+t.ports)), craft.Host(server), opts...)
	return t
}

// c and s let the client and the server send messages, each in a segment of its own.
func (t *line) c(messages ...[]byte) *line {
	for _, m := range messages {
		t.conn.Client(m)
	}
	return t
}

func (t *line) s(messages ...[]byte) *line {
	for _, m := range messages {
		t.conn.Server(m)
	}
	return t
}

func (t *line) after(d time.Duration) *line { t.conn.After(d); return t }

// packet encodes an MQTT packet of the talk's version.
func (t *line) packet(kind mqtt.PacketType, change ...func(*mqtt.Packet)) []byte {
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

// login is a CONNECT as "plc7" with a Keep Alive of 60 s, and its CONNACK.
func (t *line) login(change ...func(*mqtt.Packet)) *line {
	return t.c(t.packet(mqtt.CONNECT, append([]func(*mqtt.Packet){func(p *mqtt.Packet) {
		p.Connect.KeepAlive = 60
		p.Connect.ClientID = []byte("plc7")
		p.Connect.SetCleanSession(true)
	}}, change...)...)).s(t.packet(mqtt.CONNACK))
}

func (t *line) publish(topic, payload string, q mqtt.QoS, id uint16, change ...func(*mqtt.Packet)) []byte {
	return t.packet(mqtt.PUBLISH, append([]func(*mqtt.Packet){func(p *mqtt.Packet) {
		p.Topic, p.Payload, p.QoS = []byte(topic), []byte(payload), q
		if q > 0 {
			p.ID, p.HasID = id, true
		}
	}}, change...)...)
}

func retain(p *mqtt.Packet) { p.Retain = true }
func again(p *mqtt.Packet)  { p.Dup = true }

func alias(n uint32) func(*mqtt.Packet) {
	return func(p *mqtt.Packet) {
		p.Props.Raw = append(p.Props.Raw, byte(mqtt.TopicAlias), byte(n>>8), byte(n))
	}
}

func (t *line) ack(kind mqtt.PacketType, id uint16) []byte {
	return t.packet(kind, func(p *mqtt.Packet) { p.ID, p.HasID = id, true })
}

func (t *line) subscribe(filters ...string) []byte {
	return t.packet(mqtt.SUBSCRIBE, func(p *mqtt.Packet) {
		p.ID, p.HasID = 9, true
		for _, f := range filters {
			p.Filters = append(p.Filters, mqtt.Filter{Filter: []byte(f)})
		}
	})
}

func (t *line) ping() *line {
	return t.c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP))
}

func (t *line) bye() *line {
	t.c(t.packet(mqtt.DISCONNECT)).conn.FIN(true)
	return t
}

// setup opens the connection to the controller as far as S7 goes.
func (t *line) setup() *line {
	s := s7comm.Setup{AMQCalling: 4, AMQCalled: 4, PDULength: 480}
	return t.c(s7comm.AppendCR(nil, 1, s7comm.TSAP{1, 0}, s7comm.TSAP{1, 2}, 1024)).
		s(s7comm.AppendCC(nil, 1, 7, s7comm.TSAP{1, 0}, s7comm.TSAP{1, 2}, 1024)).
		c(s7comm.AppendSetup(nil, s7comm.ROSCTRJob, 0xFFFF, s)).
		s(s7comm.AppendSetup(nil, s7comm.ROSCTRAckData, 0xFFFF, s))
}

// db is n bytes of DB1 from a byte on.
func db(from, n int) s7comm.Item {
	return s7comm.AnyItem(s7comm.AreaDB, 1, s7comm.SizeByte, uint32(from), 0, uint16(n))
}

func value(code s7comm.ReturnCode, n int) s7comm.Value {
	return s7comm.Value{ReturnCode: code, TransportSize: s7comm.DataByte, Data: make([]byte, n)}
}

func (t *line) read(ref uint16) *line { return t.c(s7comm.AppendReadJob(nil, ref, db(0, 4))) }

func (t *line) values(ref uint16) *line {
	return t.s(s7comm.AppendReadAnswer(nil, ref, value(s7comm.ReturnSuccess, 4)))
}

// write is a job of one item each, and its answer.
func (t *line) write(items ...s7comm.Item) *line {
	for i, it := range items {
		ref := uint16(i + 1)
		t.c(s7comm.AppendWriteJob(nil, ref, []s7comm.Item{it}, []s7comm.Value{value(s7comm.ReturnReserved, max(it.Bytes(), 1))}))
		t.s(s7comm.AppendWriteAnswer(nil, ref, s7comm.ReturnSuccess))
	}
	return t
}

// ask is a userdata request.
func ask(ref uint16, g s7comm.Group, sub uint8) []byte {
	return s7comm.AppendUserdata(nil, ref, s7comm.Userdata{Type: s7comm.UserdataRequest, Group: g, Subfunction: sub, HasData: true, ReturnCode: s7comm.ReturnNoObject})
}

func job(ref uint16, f s7comm.Function, change func(p *s7comm.PDU)) []byte {
	p := s7comm.PDU{COTP: s7comm.COTP{Type: s7comm.DT, EOT: true}, Kind: s7comm.KindS7, S7: s7comm.Header{ROSCTR: s7comm.ROSCTRJob, PDURef: ref}, Function: f}
	if change != nil {
		change(&p)
	}
	return p.Append(nil)
}

func prefixes(l ...string) (out []netip.Prefix) {
	for _, s := range l {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

// plc is a policy for all MQTT clients, cpu one for all controllers.
func plc(p MQTT) Policy { return Policy{MQTT: []MQTT{p}} }
func cpu(p S7) Policy   { return Policy{S7: []S7{p}} }

// on is a policy for one topic filter.
func on(x Publish) Policy {
	if x.Topic == "" {
		x.Topic = "plant/+/t"
	}
	return plc(MQTT{Publish: []Publish{x}})
}

func judge(p Policy) talk.Judge {
	return func(frames []pcaps.Frame) *rules.Book {
		e := New(p, Options{})
		talk.Run(frames, e)
		return e.Book()
	}
}

func TestConversations(t *testing.T) {
	for _, c := range conversations() {
		t.Run(c.rule+"/"+c.name, func(t *testing.T) {
			l := newLine()
			c.say(l)
			frames := l.capture.Frames()
			e := New(c.policy, Options{})
			if _, err := flows.Analyse(context.Background(), craft.Open(frames), flows.Config{}, e); err != nil {
				t.Fatal(err)
			}
			b := e.Book()
			if got := talk.Verdict(b, c.rule); got != c.want {
				t.Errorf("verdict %v, want %v\n%q", got, c.want, talk.Findings(b))
			}
			if x := talk.Only(b, c.rule); c.detail != "" && (len(x) == 0 || x[0].Detail != c.detail) {
				t.Errorf("findings are %q, want the first to say %q", talk.Findings(b), c.detail)
			}
			want := slices.Clone(c.also)
			if c.want == rules.Fail {
				want = append(want, c.rule)
			}
			slices.Sort(want)
			got := talk.Broken(b)
			if !slices.Equal(got, want) {
				t.Errorf("broken are %q, want %q\n%q", got, want, talk.Findings(b))
			}
			talk.Hazards(t, frames, judge(c.policy), got)
			talk.Losses(t, frames, judge(c.policy))
		})
	}
}

func TestRulesAreTested(t *testing.T) {
	verdicts := map[string][]rules.Verdict{}
	for _, c := range conversations() {
		verdicts[c.rule] = append(verdicts[c.rule], c.want)
	}
	talk.Tested(t, Catalogue(), verdicts)
}

func TestCatalogueIsComplete(t *testing.T) {
	if err := rules.Validate(Catalogue()); err != nil {
		t.Error(err)
	}
	for _, r := range Catalogue() {
		if r.Exercised == "" || r.Clauses.In(rules.Site) == "" {
			t.Errorf("%s says too little of itself", r.ID)
		}
	}
}

// conversations joins the tables of the chapters.
func conversations() []conversation {
	return slices.Concat(
		connectConversations,
		publishConversations,
		payloadConversations,
		intervalConversations,
		subscribeConversations,
		ackConversations,
		accessConversations,
		writeConversations,
	)
}
