package mqttrules

import (
	"testing"
	"time"

	"plcscope/decode"
	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/pcaps/craft"
	"plcscope/rules"
)

// seen is what the engine knew of a session when a PINGREQ was sent.
type seen struct {
	Connections uint32
	Before      Fate
	Known       bool
	Resumed     bool
	Carried     [2]int
	Cleared     int
	Taint       rules.Reason
	Open        int // connections listed
}

// observe runs a talk and returns what was known at each PINGREQ, and the engine.
func observe(v mqtt.Version, opt Options, say func(t *talk)) ([]seen, *Engine) {
	var l []seen
	opt.Catalogue = []*Rule{{
		Rule: rules.Rule{ID: "watch", Clauses: rules.Clauses{V31: {"-"}, V311: {"-"}, V5: {"-"}}},
		On:   on(fromClient, mqtt.PINGREQ),
		Check: func(c *Conn, m *flows.Message, r *Reporter) {
			s := c.Session
			l = append(l, seen{s.Connections, s.Before, s.Known, s.Resumed, s.Carried, len(s.Cleared[0]) + len(s.Cleared[1]), s.taint, len(s.live)})
		},
	}}
	t := &talk{v: v, capture: craft.New()}
	t.dial()
	say(t)
	e := New(opt)
	tracker, dec := flows.New(flows.Options{}, e), decode.New(decode.Options{})
	var s decode.Segment
	frames := t.capture.Frames()
	for i := range frames {
		if dec.Decode(&frames[i], &s) {
			tracker.Add(&s)
		}
	}
	tracker.Flush()
	return l, e
}

func TestSessionBookkeeping(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   []mqtt.Version
		say  func(t *talk)
		want seen // at the last PINGREQ
	}{
		{"clean", nil, func(t *talk) { t.login().ping() },
			seen{Connections: 1, Known: true, Open: 1}},
		{"lasting, unknown before", []mqtt.Version{mqtt.V31}, func(t *talk) { t.login(lasting).ping() },
			seen{Connections: 1, Taint: rules.OtherSession, Open: 1}},
		{"lasting, broker has none", v311AndV5, func(t *talk) { t.login(lasting).ping() },
			seen{Connections: 1, Known: true, Open: 1}},
		{"lasting, broker has one", v311AndV5, func(t *talk) { t.resumed().ping() },
			seen{Connections: 1, Resumed: true, Taint: rules.OtherSession, Open: 1}},
		{"resumed with both sides' messages", nil, func(t *talk) {
			t.known().c(t.publish("a", "1", 1, 1), t.publish("a", "2", 2, 2), t.publish("a", "3", 1, 3)).s(t.ack(mqtt.PUBACK, 3), t.publish("b", "1", 1, 1)).broken()
			t.resumed().ping()
		}, seen{Before: FateStored, Known: true, Resumed: true, Carried: [2]int{2, 1}, Open: 1}},
		{"subscriptions under way are not carried", nil, func(t *talk) {
			t.known().c(t.subscribe(7, 1, "a")).broken()
			t.resumed().ping()
		}, seen{Before: FateStored, Known: true, Resumed: true, Open: 1}},
		{"cleared", nil, func(t *talk) {
			t.known().c(t.publish("a", "1", 1, 1)).s(t.publish("b", "1", 1, 1)).broken()
			t.login().ping()
		}, seen{Before: FateStored, Known: true, Cleared: 2, Open: 1}},
		{"over with its connection", nil, func(t *talk) {
			t.login().broken()
			t.login(lasting).ping()
		}, seen{Connections: 2, Before: FateOver, Known: true, Open: 1}},
		{"expired", []mqtt.Version{mqtt.V5}, func(t *talk) {
			t.login(expiry(60)).bye()
			t.after(10 * time.Minute).dial()
			t.login(lasting).ping()
		}, seen{Connections: 2, Before: FateOver, Known: true, Open: 1}},
		{"about to expire", []mqtt.Version{mqtt.V5}, func(t *talk) {
			t.login(expiry(60)).bye()
			t.after(time.Minute).dial()
			t.c(t.connect(lasting)).s(t.connack(0, sessionPresent)).ping()
		}, seen{Connections: 2, Resumed: true, Taint: rules.OtherSession, Open: 1}},
		{"server shortens the expiry", []mqtt.Version{mqtt.V5}, func(t *talk) {
			t.c(t.connect(expiry(3600))).s(t.connack(0, expiry(0))).bye()
			t.after(10 * time.Second).dial()
			t.login(lasting).ping()
		}, seen{Connections: 2, Before: FateOver, Known: true, Open: 1}},
		{"DISCONNECT shortens the expiry", []mqtt.Version{mqtt.V5}, func(t *talk) {
			t.login(expiry(3600)).c(t.packet(mqtt.DISCONNECT, expiry(0))).conn.FIN(true)
			t.after(10 * time.Second).dial()
			t.login(lasting).ping()
		}, seen{Connections: 2, Before: FateOver, Known: true, Open: 1}},
		{"hole in the connection before", []mqtt.Version{mqtt.V5}, func(t *talk) {
			t.known().c(t.publish("a", "1", 1, 1))
			t.conn.ServerUnseen(t.ack(mqtt.PUBACK, 1))
			t.ping().bye()
			t.after(10 * time.Second).dial()
			t.resumed().ping()
		}, seen{Connections: 2, Resumed: true, Taint: rules.LostPackets, Open: 1}},
		{"end of the connection before not captured", v311AndV5, func(t *talk) {
			t.known()
			t.after(10 * time.Second).dial()
			t.resumed().ping()
		}, seen{Connections: 2, Resumed: true, Taint: rules.SharedSession, Open: 2}},
		{"taken over", v311AndV5, func(t *talk) {
			t.known()
			old := t.conn
			t.after(10 * time.Second).dial()
			t.resumed()
			old.FIN(false)
			t.ping()
		}, seen{Connections: 2, Resumed: true, Taint: rules.SharedSession, Open: 1}},
		{"the connection that was taken over", v311AndV5, func(t *talk) {
			t.known()
			old := t.conn
			t.after(10 * time.Second).dial()
			t.resumed()
			old.Client(t.packet(mqtt.PINGREQ))
		}, seen{Connections: 1, Taint: rules.SharedSession}},
		{"CONNECT without an answer between", v311AndV5, func(t *talk) {
			t.known().broken()
			t.c(t.connect()).broken()
			t.resumed().ping()
		}, seen{Connections: 3, Resumed: true, Taint: rules.OtherSession, Open: 1}},
		{"at another address of the broker between", v311AndV5, func(t *talk) {
			t.known().c(t.publish("a", "1", 1, 1)).broken()
			t.conn = t.capture.Connect(craft.Host(plcAddr+":3000"), craft.Host("10.0.0.2:1883"))
			t.resumed().bye()
			t.after(10 * time.Second).dial()
			t.resumed().ping()
		}, seen{Connections: 2, Before: FateStored, Resumed: true, Taint: rules.OtherSession, Open: 1}},
		{"a stranger between", v311AndV5, func(t *talk) {
			t.known().c(t.publish("a", "1", 1, 1)).broken()
			t.conn.ClientUnseen(t.connect(lasting))
			t.s(t.connack(0, sessionPresent)).broken()
			t.resumed().ping()
		}, seen{Connections: 2, Before: FateStored, Resumed: true, Taint: rules.OtherSession, Open: 1}},
		{"without an identifier", v311AndV5, func(t *talk) { t.login(identified("")).ping() },
			seen{Connections: 1, Known: true}},
	} {
		versions := tt.in
		if versions == nil {
			versions = []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5}
		}
		for _, v := range versions {
			t.Run(tt.name+"/"+v.String(), func(t *testing.T) {
				l, e := observe(v, Options{}, tt.say)
				if len(l) == 0 {
					t.Fatal("no PINGREQ was seen")
				}
				got := l[len(l)-1]
				if tt.want.Connections == 0 { // as many as it takes to know the session
					got.Connections = 0
				}
				if got != tt.want {
					t.Errorf("got  %+v\nwant %+v", got, tt.want)
				}
				for _, s := range e.sessions.byKey {
					if len(s.live) != 0 || !s.listed {
						t.Errorf("session %q has %d connections after the end of the capture", s.ClientID, len(s.live))
					}
				}
			})
		}
	}
}

// One client identifier, more connections than anybody needs: no list grows.
func TestConnectionsOfASessionAreBounded(t *testing.T) {
	l, _ := observe(mqtt.V311, Options{}, func(t *talk) {
		for range 3 * maxLive {
			t.login().ping()
			t.after(time.Second).dial()
		}
	})
	if got := l[len(l)-1].Open; got != maxLive {
		t.Errorf("%d connections are listed, want %d", got, maxLive)
	}
}

func TestSessionsAreBounded(t *testing.T) {
	_, e := observe(mqtt.V311, Options{Sessions: 3}, func(t *talk) {
		for i := range 10 {
			t.login(identified("plc" + itoa(i+1))).bye()
			t.after(time.Second).dial()
		}
	})
	if s := e.sessions; len(s.byKey) != 3 || len(s.latest) != 3 || s.count != 3 || s.Forgotten != 7 {
		t.Errorf("%d sessions, %d by identifier, %d idle, %d forgotten", len(s.byKey), len(s.latest), s.count, s.Forgotten)
	}
	for _, id := range []string{"plc8", "plc9", "plc10"} {
		if e.sessions.latest[id] == nil {
			t.Errorf("%s was forgotten before older ones", id)
		}
	}
}

// A debt counts only once its cause has reached the debtor.
func TestUnacknowledgedRequestObligesNobody(t *testing.T) {
	c := craft.New()
	conn := c.Connect(craft.Host(plcAddr+":2001"), craft.Host(brokerAddr))
	said := &talk{v: mqtt.V311, capture: c, conn: conn}
	said.login().c(said.packet(mqtt.PINGREQ))
	frames := c.Frames()
	// The line is cut behind the capture point: nothing comes back, and the
	// client's stack sends PINGREQ again and again.
	last := frames[len(frames)-2]
	frames = frames[:len(frames)-1]
	for i := range 6 {
		again := last
		again.Time += int64(time.Second) << i
		frames = append(frames, again)
	}
	b := verdicts(t, frames)
	if v := verdictOn(b, "mqtt-pingresp-sent"); v != rules.NotExercised {
		t.Errorf("verdict %v\n%q", v, findings(b))
	}
}
