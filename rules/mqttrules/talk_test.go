package mqttrules

import (
	"context"
	"slices"
	"testing"
	"time"

	"plcscope/decode"
	"plcscope/flows"
	stage "plcscope/internal/talk"
	"plcscope/mqtt"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
	"plcscope/rules"
)

// conversation is a test of one rule: what is said, and what the rule makes of
// it. It is run in every version that the rule has a clause for, unless it names
// versions itself.
type conversation struct {
	rule string
	name string
	in   []mqtt.Version
	want rules.Verdict
	// also names the other rules that this conversation breaks. Any rule that
	// is broken and neither meant nor named here fails the test; remarks (info)
	// need not be named, nor who bears with what is told. Some are broken only where a hazard hides what the
	// rule that is meant rests on.
	also []string
	say  func(t *talk)
}

// talk builds a capture of a client and a broker in one MQTT version.
type talk struct {
	v       mqtt.Version
	capture *craft.Capture
	conn    *craft.Conn
	ports   int
	ids     uint16 // the latest identifier that was given away
	framed  bool   // packets go in frames of WebSocket; see upgrade
}

const (
	plcAddr    = "10.0.0.5"
	brokerAddr = "10.0.0.1:1883"
)

// dial opens a TCP connection from the PLC to the broker; the talk goes on there.
func (t *talk) dial(opts ...craft.Option) *craft.Conn {
	t.ports++
	t.conn = t.capture.Connect(craft.Host(plcAddr+":"+itoa(2000+t.ports)), craft.Host(brokerAddr), opts...)
	return t.conn
}

func itoa(n int) string {
	var b []byte
	for ; n > 0; n /= 10 {
		b = append([]byte{byte('0' + n%10)}, b...)
	}
	return string(b)
}

// c and s let the client and the broker send packets, each in a segment of its own.
func (t *talk) c(packets ...[]byte) *talk {
	for _, p := range packets {
		t.conn.Client(t.frame(true, p))
	}
	return t
}

func (t *talk) s(packets ...[]byte) *talk {
	for _, p := range packets {
		t.conn.Server(t.frame(false, p))
	}
	return t
}

func (t *talk) after(d time.Duration) *talk { t.conn.After(d); return t }

// login is a CONNECT that is accepted.
func (t *talk) login(change ...func(*mqtt.Packet)) *talk {
	return t.c(t.connect(change...)).s(t.connack(0))
}

// bye is a DISCONNECT and the close of the connection.
func (t *talk) bye() *talk {
	t.c(t.packet(mqtt.DISCONNECT)).conn.FIN(true)
	return t
}

// packet encodes a packet of the talk's version, changed as wished. Fields are
// written as they are, so that anything wrong can be said.
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

// connect is a CONNECT as a well-behaved PLC sends it: clean session, keep alive
// 60 s, client identifier "plc7".
func (t *talk) connect(change ...func(*mqtt.Packet)) []byte {
	return t.packet(mqtt.CONNECT, append([]func(*mqtt.Packet){func(p *mqtt.Packet) {
		p.Connect.KeepAlive = 60
		p.Connect.ClientID = []byte("plc7")
		p.Connect.SetCleanSession(true)
	}}, change...)...)
}

func resume(p *mqtt.Packet) { p.Connect.SetCleanSession(false) }

func (t *talk) connack(code mqtt.ReasonCode, change ...func(*mqtt.Packet)) []byte {
	return t.packet(mqtt.CONNACK, append([]func(*mqtt.Packet){func(p *mqtt.Packet) { p.Code = code }}, change...)...)
}

func sessionPresent(p *mqtt.Packet) { p.AckFlags, p.SessionPresent = 1, true }

func (t *talk) publish(topic, payload string, q mqtt.QoS, id uint16, change ...func(*mqtt.Packet)) []byte {
	return t.packet(mqtt.PUBLISH, append([]func(*mqtt.Packet){func(p *mqtt.Packet) {
		p.Topic, p.Payload, p.QoS = []byte(topic), []byte(payload), q
		if q > 0 {
			p.ID, p.HasID = id, true
		}
	}}, change...)...)
}

func dup(p *mqtt.Packet) { p.Dup = true }

// ack is a packet that carries just an identifier: PUBACK, PUBREC, PUBREL,
// PUBCOMP, UNSUBACK before 5.0.
func (t *talk) ack(kind mqtt.PacketType, id uint16, change ...func(*mqtt.Packet)) []byte {
	return t.packet(kind, append([]func(*mqtt.Packet){func(p *mqtt.Packet) { p.ID, p.HasID = id, true }}, change...)...)
}

func (t *talk) subscribe(id uint16, options byte, filters ...string) []byte {
	return t.ack(mqtt.SUBSCRIBE, id, func(p *mqtt.Packet) {
		for _, f := range filters {
			p.Filters = append(p.Filters, mqtt.Filter{Filter: []byte(f), Options: options})
		}
	})
}

func (t *talk) unsubscribe(id uint16, filters ...string) []byte {
	return t.ack(mqtt.UNSUBSCRIBE, id, func(p *mqtt.Packet) {
		for _, f := range filters {
			p.Filters = append(p.Filters, mqtt.Filter{Filter: []byte(f)})
		}
	})
}

func (t *talk) suback(id uint16, codes ...byte) []byte {
	return t.ack(mqtt.SUBACK, id, func(p *mqtt.Packet) { p.Codes = codes })
}

// verdicts runs frames through the whole way, from bytes to verdicts.
func verdicts(t testing.TB, frames []pcaps.Frame) *rules.Book {
	t.Helper()
	e := New(Options{})
	if _, err := flows.Analyse(context.Background(), craft.Open(frames), flows.Config{}, e); err != nil {
		t.Fatal(err)
	}
	return e.Book()
}

// judge is verdicts without the detour over a file, which thousands of damaged
// captures need not take.
func judge(frames []pcaps.Frame, catalogue []*Rule) *rules.Book {
	e := New(Options{Catalogue: catalogue})
	tracker, dec := flows.New(flows.Options{}, e), decode.New(decode.Options{})
	var s decode.Segment
	for i := range frames {
		if dec.Decode(&frames[i], &s) {
			tracker.Add(&s)
		}
	}
	tracker.Flush()
	return e.Book()
}

// broken lists the rules that a book holds broken, remarks left out.
func broken(b *rules.Book) []string {
	var l []string
	for _, s := range b.Subjects() {
		for _, x := range b.Results(s) {
			if x.Verdict == rules.Fail && x.Severity > rules.Info {
				l = append(l, x.Rule.ID)
			}
		}
	}
	slices.Sort(l)
	return slices.Compact(l)
}

// verdictOn is the highest verdict on a rule over all subjects.
func verdictOn(b *rules.Book, id string) rules.Verdict {
	v := rules.NotExercised
	for _, s := range b.Subjects() {
		for _, x := range b.Results(s) {
			if x.Rule.ID == id {
				v = max(v, x.Verdict)
			}
		}
	}
	return v
}

func findings(b *rules.Book) (l []string) {
	for _, f := range b.Findings() {
		l = append(l, f.Rule.ID+" "+f.Verdict.String()+" frame "+itoa(int(f.Frame))+": "+f.Detail)
	}
	return l
}

func TestMain(m *testing.M) { stage.Main(m) }

func TestConversations(t *testing.T) {
	for _, c := range conversations() {
		r := ruleNamed(c.rule)
		if r == nil {
			t.Errorf("%s: no such rule", c.rule)
			continue
		}
		for _, v := range versionsOf(r, c) {
			t.Run(c.rule+"/"+c.name+"/"+v.String(), func(t *testing.T) {
				t.Parallel()
				talk := &talk{v: v, capture: craft.New()}
				talk.dial()
				c.say(talk)
				frames := talk.capture.Frames()
				b := verdicts(t, frames)
				if got := verdictOn(b, c.rule); got != c.want {
					t.Errorf("verdict %v, want %v\n%q", got, c.want, findings(b))
				}
				want := slices.Clone(c.also)
				if c.want == rules.Fail && r.Severity > rules.Info {
					want = append(want, c.rule)
				}
				slices.Sort(want)
				got := broken(b)
				for _, id := range got {
					tolerated := c.want == rules.Fail && ruleNamed(id).Offence != nil // the peer bears what is told
					if !slices.Contains(want, id) && !tolerated {
						t.Errorf("%s is broken too\n%q", id, findings(b))
					}
				}
				checkHazards(t, frames, got, c.also)
			})
		}
	}
}

// checkHazards damages a capture in every way that mirror ports, networks and
// probes know: no rule may be held broken that was not broken before, and where
// nothing is lost the same rules must be.
func checkHazards(t *testing.T, frames []pcaps.Frame, want, also []string) {
	t.Helper()
	size := 0
	for i := range frames {
		size += len(frames[i].Data)
	}
	if stage.Raced || size > 32<<10 { // one byte a segment, that is many frames that show nothing more
		return
	}
	for _, h := range craft.Hazards() {
		b := judge(h.Apply(frames), nil)
		got := broken(b)
		for _, id := range got {
			if !slices.Contains(want, id) && !slices.Contains(also, id) {
				t.Errorf("hazard %s: %s is held broken\n%q", h.Name, id, findings(b))
			}
		}
		if !h.Lossy && !slices.Equal(got, want) {
			t.Errorf("hazard %s: broken are %q, without it %q", h.Name, got, want)
		}
	}
}

// TestRulesAreTested holds every rule to its conversations: one that breaks it
// and one that keeps it.
func TestRulesAreTested(t *testing.T) {
	verdicts := map[string]map[rules.Verdict]bool{}
	for _, c := range conversations() {
		if verdicts[c.rule] == nil {
			verdicts[c.rule] = map[rules.Verdict]bool{}
		}
		verdicts[c.rule][c.want] = true
	}
	for _, r := range All {
		for _, v := range []rules.Verdict{rules.Fail, rules.Pass} {
			if !verdicts[r.ID][v] {
				t.Errorf("%s: no conversation with verdict %v", r.ID, v)
			}
		}
	}
}

func TestCatalogueIsComplete(t *testing.T) {
	if err := rules.Validate(Catalogue()); err != nil {
		t.Error(err)
	}
}

func ruleNamed(id string) *Rule {
	for _, r := range All {
		if r.ID == id {
			return r
		}
	}
	return nil
}

func versionsOf(r *Rule, c conversation) []mqtt.Version {
	if c.in != nil {
		return c.in
	}
	var l []mqtt.Version
	for _, s := range r.Clauses.Standards() {
		switch {
		case s >= V31 && s <= V5:
			l = append(l, mqtt.Version(s))
		case s == rules.Field:
			return []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5}
		}
	}
	return l
}

// conversations joins the tables of the chapters.
func conversations() []conversation {
	return slices.Concat(
		connectConversations,
		connackConversations,
		pingConversations,
		disconnectConversations,
		keepAliveConversations,
		sessionConversations,
		plcConversations,
		headerConversations,
		publishConversations,
		ackConversations,
		subscribeConversations,
		payloadConversations,
		closeConversations,
		authConversations,
		limitConversations,
		packet5Conversations,
		singleConversations,
		webSocketConversations,
		reuseConversations,
		expiryConversations,
		storedConversations,
		quotaConversations,
		connectOrderConversations,
		forwardConversations,
		effectConversations,
		topicConversations,
		subIDConversations,
		shareConversations,
		retainedConversations,
		willConversations,
	)
}
