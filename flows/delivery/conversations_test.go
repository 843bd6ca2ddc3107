package delivery

import (
	"slices"
	"strings"
	"testing"
	"time"

	"plcscope/mqtt"
	"plcscope/pcaps/craft"
)

// conversation is a talk and what the audit makes of it.
type conversation struct {
	name    string
	in      []mqtt.Version // nil means all
	client  string         // what is not zero in the ledger of what clients sent
	server  string
	outages []string
	pairs   []string
	replies []string
	// incidents are those of both legs and of replies: kind, session, topic, subscriber.
	incidents []string
	patterns  []string
	say       func(t *talk)
}

var all = []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5}

// told are the versions in which the broker tells whether it has a session.
var told = []mqtt.Version{mqtt.V311, mqtt.V5}

var conversations = []conversation{
	{
		name:   "acknowledged",
		client: "sent 2 acked 2 completed 2",
		server: "sent 2 acked 2 completed 2",
		say: func(t *talk) {
			t.dial()
			t.login()
			t.c(t.pub(1, 1, "a", "1")).s(t.ack(mqtt.PUBACK, 1))
			t.c(t.pub(2, 2, "a", "2")).s(t.ack(mqtt.PUBREC, 2)).c(t.ack(mqtt.PUBREL, 2)).s(t.ack(mqtt.PUBCOMP, 2))
			t.s(t.pub(1, 1, "b", "1")).c(t.ack(mqtt.PUBACK, 1))
			t.s(t.pub(2, 2, "b", "2")).c(t.ack(mqtt.PUBREC, 2)).s(t.ack(mqtt.PUBREL, 2)).c(t.ack(mqtt.PUBCOMP, 2))
			t.c(t.pub(0, 0, "a", "not counted"))
			t.bye()
		},
	},
	{
		name:   "the capture ends before the acknowledgement",
		client: "sent 2 acked 1 open 2",
		say: func(t *talk) {
			t.dial()
			t.login()
			t.c(t.pub(1, 1, "a", "1")).c(t.pub(2, 2, "a", "2")).s(t.ack(mqtt.PUBREC, 2))
		},
	},
	{
		name:    "lost: back with a clean session and not sent again",
		client:  "sent 2 acked 1 completed 1 lost 1",
		outages: []string{"plc7, closed by the client without DISCONNECT, clean session, client in flight 1, client lost 1"},
		say: func(t *talk) {
			t.dial()
			t.login()
			t.c(t.pub(1, 1, "a", "1")).cut()
			t.after(5 * time.Second).dial()
			t.login().c(t.pub(1, 1, "a", "new")).s(t.ack(mqtt.PUBACK, 1)).after(time.Minute).c(t.packet(mqtt.PINGREQ)).bye()
		},
	},
	{
		name:    "sent again as a new message after a clean CONNECT",
		client:  "sent 2 acked 1 completed 1 replaced 1",
		outages: []string{"plc7, closed by the client without DISCONNECT, clean session, client in flight 1, client replaced 1"},
		say: func(t *talk) {
			t.dial()
			t.login()
			t.c(t.pub(1, 7, "a", "1")).cut()
			t.after(5 * time.Second).dial()
			t.login().c(t.pub(1, 1, "a", "1")).s(t.ack(mqtt.PUBACK, 1)).bye()
		},
	},
	{
		name:    "sent again with DUP after a clean CONNECT",
		client:  "sent 1 acked 1 dup 1 recovered 1 completed 1",
		outages: []string{"plc7, closed by the client without DISCONNECT, clean session, client in flight 1, client recovered 1"},
		say: func(t *talk) {
			t.dial()
			t.login()
			t.c(t.pub(1, 7, "a", "1")).cut()
			t.after(5 * time.Second).dial()
			t.login().c(t.pub(1, 7, "a", "1", dup)).s(t.ack(mqtt.PUBACK, 7)).bye()
		},
	},
	{
		name:    "back with a clean session, and the capture ends too early to tell",
		client:  "sent 1 open 1",
		outages: []string{"plc7, closed by the client without DISCONNECT, clean session, client in flight 1, client open 1"},
		say: func(t *talk) {
			t.dial()
			t.login()
			t.c(t.pub(1, 7, "a", "1")).cut()
			t.after(5 * time.Second).dial()
			t.login().after(time.Second).c(t.packet(mqtt.PINGREQ))
		},
	},
	{
		name:    "resumed and sent again",
		client:  "sent 2 acked 2 dup 1 recovered 2 completed 2",
		server:  "sent 1 acked 1 dup 1 recovered 1 completed 1",
		outages: []string{"plc7, reset by the client without DISCONNECT, session resumed, client in flight 2, client recovered 2, server in flight 1, server recovered 1"},
		say: func(t *talk) {
			t.dial()
			t.relogin()
			t.c(t.pub(1, 1, "a", "1")).c(t.pub(2, 2, "a", "2")).s(t.ack(mqtt.PUBREC, 2)).s(t.pub(1, 1, "b", "1"))
			t.conn.RST(craft.ByClient)
			t.after(5 * time.Second).dial()
			t.relogin().c(t.pub(1, 1, "a", "1", dup)).c(t.ack(mqtt.PUBREL, 2)).s(t.ack(mqtt.PUBACK, 1)).s(t.ack(mqtt.PUBCOMP, 2))
			t.s(t.pub(1, 1, "b", "1", dup)).c(t.ack(mqtt.PUBACK, 1)).bye()
		},
	},
	{
		name:    "resumed without DUP",
		client:  "sent 1 acked 1 plain 1 recovered 1 completed 1",
		outages: []string{"plc7, closed by the client without DISCONNECT, session resumed, client in flight 1, client recovered 1"},
		say: func(t *talk) {
			t.dial()
			t.relogin()
			t.c(t.pub(1, 1, "a", "1")).cut()
			t.after(5 * time.Second).dial()
			t.relogin().c(t.pub(1, 1, "a", "1")).s(t.ack(mqtt.PUBACK, 1)).bye()
		},
	},
	{
		name:    "resumed and not sent again for a minute",
		client:  "sent 1 lost 1",
		outages: []string{"plc7, closed by the client without DISCONNECT, session resumed, client in flight 1, client lost 1"},
		say: func(t *talk) {
			t.dial()
			t.relogin()
			t.c(t.pub(1, 1, "a", "1")).cut()
			t.after(5 * time.Second).dial()
			t.relogin().after(time.Minute).c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP))
		},
	},
	{
		name:    "resumed and not sent again so far",
		client:  "sent 1 open 1",
		outages: []string{"plc7, closed by the client without DISCONNECT, session resumed, client in flight 1, client open 1"},
		say: func(t *talk) {
			t.dial()
			t.relogin()
			t.c(t.pub(1, 1, "a", "1")).cut()
			t.after(5 * time.Second).dial()
			t.relogin().after(time.Second).c(t.packet(mqtt.PINGREQ))
		},
	},
	{
		name:    "resumed, and a new message takes the identifier",
		client:  "sent 2 acked 1 completed 1 lost 1",
		outages: []string{"plc7, closed by the client without DISCONNECT, session resumed, client in flight 1, client lost 1"},
		say: func(t *talk) {
			t.dial()
			t.relogin()
			t.c(t.pub(1, 1, "a", "1")).cut()
			t.after(5 * time.Second).dial()
			t.relogin().c(t.pub(1, 1, "a", "2")).s(t.ack(mqtt.PUBACK, 1)).bye()
		},
	},
	{
		name:    "the server has forgotten the session: its message is lost, the client's comes again",
		in:      told,
		client:  "sent 1 acked 1 dup 1 recovered 1 completed 1",
		server:  "sent 1 lost 1",
		outages: []string{"plc7, closed by the client without DISCONNECT, session forgotten by the server, client in flight 1, client recovered 1, server in flight 1, server lost 1"},
		say: func(t *talk) {
			t.dial()
			t.relogin()
			t.c(t.pub(1, 1, "a", "1")).s(t.pub(1, 1, "b", "1")).cut()
			t.after(5 * time.Second).dial()
			t.connect(resume).s(t.packet(mqtt.CONNACK)).c(t.pub(1, 1, "a", "1", dup)).s(t.ack(mqtt.PUBACK, 1)).bye()
		},
	},
	{
		name:    "a handshake of QoS 2 that is not finished",
		client:  "sent 1 acked 1 abandoned 1",
		outages: []string{"plc7, closed by the client without DISCONNECT, clean session, client in flight 1, client abandoned 1"},
		say: func(t *talk) {
			t.dial()
			t.login()
			t.c(t.pub(2, 1, "a", "1")).s(t.ack(mqtt.PUBREC, 1)).cut()
			t.after(5 * time.Second).dial()
			t.login().bye()
		},
	},
	{
		name:    "taken over: the old connection is closed by the server later",
		client:  "sent 1 lost 1",
		server:  "sent 1 lost 1",
		outages: []string{"plc7, not closed before the client came back, clean session, client in flight 1, client lost 1, server in flight 1, server lost 1"},
		say: func(t *talk) {
			old := t.dial()
			t.login()
			t.c(t.pub(1, 1, "a", "1")).s(t.pub(1, 1, "b", "1")).after(20 * time.Second)
			t.dial()
			t.connect()
			old.RST(craft.ByServer)
			t.s(t.packet(mqtt.CONNACK)).after(time.Minute).c(t.packet(mqtt.PINGREQ)).bye()
		},
	},
	{
		name:    "taken over, and the end of the old connection is not in the capture",
		client:  "sent 1 unknown 1 (the end of the connection is not in the capture)",
		outages: []string{"plc7, not closed before the client came back, clean session, client in flight 1, client unknown 1"},
		say: func(t *talk) {
			t.dial()
			t.login()
			t.c(t.pub(1, 1, "a", "1")).after(20 * time.Second)
			t.dial()
			t.login().after(time.Minute).c(t.packet(mqtt.PINGREQ)).bye()
		},
	},
	{
		name:    "two devices with one identifier",
		client:  "sent 1 unknown 1 (two connections used the session at once)",
		outages: []string{"plc7, not closed before the client came back, clean session, client in flight 1, client unknown 1"},
		say: func(t *talk) {
			old := t.dial()
			t.login()
			t.c(t.pub(1, 1, "a", "1"))
			second := t.dialFrom("10.0.0.6")
			t.login()
			t.on(old).c(t.pub(1, 2, "a", "2")).s(t.ack(mqtt.PUBACK, 2)).s(t.ack(mqtt.PUBACK, 1)).cut()
			t.on(second).after(time.Minute).c(t.packet(mqtt.PINGREQ)).bye()
		},
	},
	{
		name:   "the identifier is taken again on the same connection",
		client: "sent 2 acked 1 completed 1 unknown 1 (the identifier was taken again while it was open)",
		say: func(t *talk) {
			t.dial()
			t.login()
			t.c(t.pub(1, 1, "a", "1")).c(t.pub(1, 1, "a", "2")).s(t.ack(mqtt.PUBACK, 1)).bye()
		},
	},
	{
		name:   "repeated on one connection and acknowledged twice",
		client: "sent 1 acked 1 dup 1 twice 1 completed 1",
		say: func(t *talk) {
			t.dial()
			t.login()
			t.c(t.pub(1, 1, "a", "1")).c(t.pub(1, 1, "a", "1", dup)).s(t.ack(mqtt.PUBACK, 1)).s(t.ack(mqtt.PUBACK, 1)).bye()
		},
	},
	{
		name:   "sent again after its acknowledgement, which crossed it",
		client: "sent 1 acked 1 dup 1 twice 1 completed 1",
		say: func(t *talk) {
			t.dial()
			t.login()
			t.c(t.pub(1, 1, "a", "1")).s(t.ack(mqtt.PUBACK, 1)).c(t.pub(1, 1, "a", "1", dup)).s(t.ack(mqtt.PUBACK, 1)).bye()
		},
	},
	{
		name:   "an acknowledgement for nothing",
		client: "strays 1",
		say: func(t *talk) {
			t.dial()
			t.login().s(t.ack(mqtt.PUBACK, 9)).bye()
		},
	},
	{
		name:   "first seen with DUP",
		client: "sent 1 joined 1 acked 1 completed 1",
		say: func(t *talk) {
			t.dial()
			t.relogin().c(t.pub(1, 1, "a", "1", dup)).s(t.ack(mqtt.PUBACK, 1)).bye()
		},
	},
	{
		name:   "refused, and for nobody",
		in:     []mqtt.Version{mqtt.V5},
		client: "sent 3 acked 3 nobody 1 completed 1 refused 2",
		say: func(t *talk) {
			t.dial()
			t.login()
			t.c(t.pub(1, 1, "a", "1")).s(t.ack(mqtt.PUBACK, 1, reason(0x87)))
			t.c(t.pub(2, 2, "a", "2")).s(t.ack(mqtt.PUBREC, 2, reason(0x97)))
			t.c(t.pub(1, 3, "a", "3")).s(t.ack(mqtt.PUBACK, 3, reason(0x10)))
			t.bye()
		},
	},
	{
		name:    "a message that may have expired is not lost for certain",
		in:      []mqtt.Version{mqtt.V5},
		server:  "sent 1 unknown 1 (the message may have expired)",
		outages: []string{"plc7, closed by the server, clean session, server in flight 1, server unknown 1"},
		say: func(t *talk) {
			t.dial()
			t.login()
			t.s(t.pub(1, 1, "b", "1", props(mqtt.Property{ID: mqtt.MessageExpiryInterval, Num: 10})))
			t.conn.FIN(craft.ByServer)
			t.after(5 * time.Second).dial()
			t.login().bye()
		},
	},
	{
		name:   "the session may have gone on in a connection without CONNECT",
		client: "sent 1 unknown 1 (the session may have gone on unseen)",
		outages: []string{
			"plc7, closed by the client without DISCONNECT, clean session, client in flight 1, client unknown 1",
			"10.0.0.5:2002, closed by the client without DISCONNECT, not back",
		},
		say: func(t *talk) {
			t.dial()
			t.login()
			t.c(t.pub(1, 1, "a", "1")).cut()
			t.after(5 * time.Second).dial(craft.MidStream())
			t.c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)).cut()
			t.after(5 * time.Second).dial()
			t.login().bye()
		},
	},
	{
		name:    "the acknowledgement is missing in the capture",
		client:  "sent 1 unknown 1 (the capture misses packets)",
		outages: []string{"plc7, closed by the client without DISCONNECT, clean session, client in flight 1, client unknown 1"},
		say: func(t *talk) {
			t.dial()
			t.login()
			t.c(t.pub(1, 1, "a", "1"))
			t.conn.ServerUnseen(t.ack(mqtt.PUBACK, 1))
			t.cut()
			t.after(5 * time.Second).dial()
			t.login().after(time.Minute).c(t.packet(mqtt.PINGREQ)).bye()
		},
	},
	{
		name:   "joined midway: what is not acknowledged is unknown",
		client: "sent 2 acked 1 completed 1 unknown 1 (the capture begins inside the connection)",
		outages: []string{
			"10.0.0.5:2001, closed by the client without DISCONNECT, not back, client in flight 1, client unknown 1",
		},
		say: func(t *talk) {
			t.dial(craft.MidStream())
			t.c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP))
			t.c(t.pub(1, 1, "a", "1")).s(t.ack(mqtt.PUBACK, 1)).c(t.pub(1, 2, "a", "2")).cut()
		},
	},
	{
		name:    "not back: still open",
		client:  "sent 1 open 1",
		outages: []string{"plc7, reset by the server, not back, client in flight 1, client open 1"},
		say: func(t *talk) {
			t.dial()
			t.login()
			t.c(t.pub(1, 1, "a", "1")).conn.RST(craft.ByServer)
		},
	},
	{
		name:    "back only at the second try, which is accepted",
		client:  "sent 1 acked 1 dup 1 recovered 1 completed 1",
		outages: []string{"plc7, closed by the client without DISCONNECT, session resumed, client in flight 1, client recovered 1"},
		say: func(t *talk) {
			t.dial()
			t.relogin()
			t.c(t.pub(1, 1, "a", "1")).cut()
			t.after(5 * time.Second).dial()
			t.connect().s(t.packet(mqtt.CONNACK, func(p *mqtt.Packet) { p.Code = 3 })).conn.FIN(craft.ByServer)
			t.after(5 * time.Second).dial()
			t.relogin().c(t.pub(1, 1, "a", "1", dup)).s(t.ack(mqtt.PUBACK, 1)).bye()
		},
	},
	{
		name:   "a client that does not wait for CONNACK",
		client: "sent 1 acked 1 completed 1",
		say: func(t *talk) {
			t.dial()
			t.connect().c(t.pub(1, 1, "a", "1")).s(t.packet(mqtt.CONNACK)).s(t.ack(mqtt.PUBACK, 1)).bye()
		},
	},
}

func TestConversations(t *testing.T) {
	for _, c := range allConversations() {
		for _, v := range c.versions() {
			t.Run(c.name+"/"+v.String(), func(t *testing.T) {
				talk := newTalk(v)
				c.say(talk)
				r := audit(talk.capture.Frames(), c.options(t))
				if got := r.Total[client].text(); got != c.client {
					t.Errorf("clients: %s\n   want: %s", got, c.client)
				}
				if got := r.Total[server].text(); got != c.server {
					t.Errorf("brokers: %s\n   want: %s", got, c.server)
				}
				var outages, pairs, replies, incidents []string
				for i := range r.Outages {
					outages = append(outages, r.Outages[i].text())
				}
				for i := range r.Pairs {
					pairs = append(pairs, r.Pairs[i].text())
				}
				for i := range r.Replies {
					replies = append(replies, r.Replies[i].text())
				}
				for i := range r.Incidents {
					if x := &r.Incidents[i]; x.Kind >= MissingMessage {
						incidents = append(incidents, strings.Join([]string{x.Kind.String(), x.String(), x.Topic, x.To}, " "))
					}
				}
				for _, l := range [][2][]string{{outages, c.outages}, {pairs, c.pairs}, {replies, c.replies}, {incidents, c.incidents}} {
					if !slices.Equal(l[0], l[1]) {
						t.Errorf("got:\n%s\nwant:\n%s", strings.Join(l[0], "\n"), strings.Join(l[1], "\n"))
					}
				}
				for _, x := range balanced(&r) {
					t.Error(x)
				}
			})
		}
	}
}
