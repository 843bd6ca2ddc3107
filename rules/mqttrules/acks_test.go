package mqttrules

import (
	"fmt"
	"strings"
	"time"

	"plcscope/mqtt"
	"plcscope/pcaps/craft"
	"plcscope/rules"
)

var (
	before5 = []mqtt.Version{mqtt.V31, mqtt.V311}
	since4  = []mqtt.Version{mqtt.V311, mqtt.V5}
	only311 = []mqtt.Version{mqtt.V311}
	only5   = []mqtt.Version{mqtt.V5}
)

// pubs, acks: the packets of exchanges, short.
func (t *talk) pub(q mqtt.QoS, id uint16, change ...func(*mqtt.Packet)) []byte {
	return t.publish("plant/line/1", "42.0", q, id, change...)
}

// other is another message than pub.
func (t *talk) other(q mqtt.QoS, id uint16, change ...func(*mqtt.Packet)) []byte {
	return t.publish("plant/line/2", "17.5 bar", q, id, change...)
}

func (t *talk) puback(id uint16) []byte  { return t.ack(mqtt.PUBACK, id) }
func (t *talk) pubrec(id uint16) []byte  { return t.ack(mqtt.PUBREC, id) }
func (t *talk) pubrel(id uint16) []byte  { return t.ack(mqtt.PUBREL, id) }
func (t *talk) pubcomp(id uint16) []byte { return t.ack(mqtt.PUBCOMP, id) }

// subscribed is a login and a subscription to everything, with identifier 65000.
func (t *talk) subscribed() *talk {
	return t.login().c(t.subscribe(65000, 2, "#")).s(t.suback(65000, 2))
}

// idle lets time pass in which the client pings.
func (t *talk) idle(seconds int) *talk {
	for range seconds / 20 {
		t.after(20 * time.Second).c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP))
	}
	return t
}

func coded(code mqtt.ReasonCode) func(*mqtt.Packet) {
	return func(p *mqtt.Packet) { p.Reason, p.HasReason = code, true }
}

// again opens the next connection of the same session.
func (t *talk) again(change ...func(*mqtt.Packet)) *talk {
	t.dial()
	ack := []func(*mqtt.Packet){sessionPresent}
	if t.v == mqtt.V31 {
		ack = nil
	}
	return t.c(t.connect(append([]func(*mqtt.Packet){keep}, change...)...)).s(t.connack(0, ack...))
}

// keep asks for a session that outlives the connection.
func keep(p *mqtt.Packet) {
	resume(p)
	p.Props = mqtt.NewProperties(number(mqtt.SessionExpiryInterval, 3600))
}

var ackConversations = []conversation{
	// Identifiers.
	{rule: "mqtt-packet-id-unused-client", name: "constant identifier", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.pub(1, 1), t.other(1, 1)).s(t.puback(1), t.puback(1)).idle(20).bye()
	}},
	{rule: "mqtt-packet-id-unused-client", name: "QoS 2, constant identifier", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.pub(2, 1), t.other(2, 1)).s(t.pubrec(1), t.pubrec(1)).c(t.pubrel(1), t.pubrel(1)).s(t.pubcomp(1), t.pubcomp(1)).idle(20).bye()
	}},
	{rule: "mqtt-packet-id-unused-client", name: "SUBSCRIBE with the identifier of a PUBLISH", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.pub(1, 1), t.subscribe(1, 0, "a/b")).s(t.puback(1), t.suback(1, 0)).idle(20).bye()
	}},
	{rule: "mqtt-packet-id-unused-client", name: "the same text anew before PUBCOMP", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.pub(2, 1)).s(t.pubrec(1)).c(t.pubrel(1), t.pub(2, 1)).s(t.pubcomp(1)).bye()
	}},
	{rule: "mqtt-packet-id-unused-client", name: "free again", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.pub(1, 1)).s(t.puback(1)).c(t.other(1, 1)).s(t.puback(1)).c(t.other(2, 1)).s(t.pubrec(1)).c(t.pubrel(1)).s(t.pubcomp(1)).c(t.pub(2, 1)).bye()
	}},
	{rule: "mqtt-packet-id-unused-client", name: "free after a failing PUBREC", in: only5, want: rules.Pass, say: func(t *talk) {
		t.login().c(t.pub(2, 1)).s(t.ack(mqtt.PUBREC, 1, coded(0x97))).c(t.other(2, 1)).s(t.pubrec(1)).c(t.pubrel(1)).s(t.pubcomp(1)).bye()
	}},
	{rule: "mqtt-packet-id-unused-client", name: "each side numbers for itself", want: rules.Pass, say: func(t *talk) {
		t.subscribed().c(t.pub(1, 1)).s(t.other(1, 1)).c(t.puback(1)).s(t.puback(1)).bye()
	}},
	{rule: "mqtt-packet-id-unused-client", name: "free after a clean session", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.pub(1, 1)).conn.RST(true)
		t.dial()
		t.login().c(t.other(1, 1)).s(t.puback(1)).c(t.pub(1, 2)).s(t.puback(2)).bye()
	}},
	{rule: "mqtt-packet-id-unused-client", name: "a re-send that names the topic again", in: only5, want: rules.Pass, say: func(t *talk) {
		t.c(t.connect(keep)).s(t.connack(0, with(number(mqtt.TopicAliasMaximum, 9))))
		t.c(t.publish("a/b", "1", 1, 1, with(number(mqtt.TopicAlias, 1)))).s(t.puback(1))
		t.c(t.publish("", "2", 1, 2, with(number(mqtt.TopicAlias, 1)))).conn.FIN(false)
		t.again().c(t.publish("a/b", "2", 1, 2, dup)).s(t.puback(2)).c(t.pub(1, 3)).s(t.puback(3)).bye()
	}},
	{rule: "mqtt-packet-id-unused-client", name: "the acknowledgement is not in the capture", want: rules.Inconclusive, say: func(t *talk) {
		t.login().c(t.pub(1, 1)).conn.ServerUnseen(t.puback(1))
		t.c(t.other(1, 1)).s(t.puback(1)).bye()
	}},
	{rule: "mqtt-packet-id-unused-client", name: "one identifier only", want: rules.NotExercised, say: func(t *talk) {
		t.login().c(t.pub(1, 1)).s(t.puback(1)).bye()
	}},
	{rule: "mqtt-packet-id-unused-server", name: "constant identifier", want: rules.Fail, say: func(t *talk) {
		t.subscribed().s(t.pub(1, 1), t.other(1, 1)).c(t.puback(1), t.puback(1)).idle(20).bye()
	}},
	{rule: "mqtt-packet-id-unused-server", name: "free again", want: rules.Pass, say: func(t *talk) {
		t.subscribed().s(t.pub(1, 1)).c(t.puback(1)).s(t.other(1, 1)).c(t.puback(1)).bye()
	}},
	{rule: "mqtt-packet-id-unused-server", name: "the acknowledgement is not in the capture", want: rules.Inconclusive, say: func(t *talk) {
		t.subscribed().s(t.pub(1, 1)).conn.ClientUnseen(t.puback(1))
		t.s(t.other(1, 1)).c(t.puback(1)).bye()
	}},

	// Acknowledgements that fit nothing.
	{rule: "mqtt-ack-id-matches-publish", name: "PUBACK with another identifier", want: rules.Fail, say: func(t *talk) {
		t.subscribed().s(t.publish("a/b", long, 1, 7)).c(t.puback(0x7000), t.puback(7)).bye()
	}},
	{rule: "mqtt-ack-id-matches-publish", name: "PUBACK twice", want: rules.Fail, say: func(t *talk) {
		t.subscribed().s(t.pub(1, 7)).c(t.puback(7), t.puback(7)).bye()
	}},
	{rule: "mqtt-ack-id-matches-publish", name: "PUBREL that was never published, and the PUBCOMP to it", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.pub(1, 1)).s(t.puback(1)).c(t.pubrel(9)).s(t.pubcomp(9)).bye()
	}},
	{rule: "mqtt-ack-id-matches-publish", name: "PUBCOMP before PUBREL", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.pub(2, 1)).s(t.pubrec(1), t.pubcomp(1)).c(t.pubrel(1)).s(t.pubcomp(1)).bye()
	}},
	{rule: "mqtt-ack-id-matches-publish", name: "PUBREL before PUBREC", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.pub(2, 1), t.pubrel(1)).s(t.pubrec(1), t.pubcomp(1)).bye()
	}},
	{rule: "mqtt-ack-id-matches-publish", name: "PUBACK for a SUBSCRIBE", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.pub(1, 1), t.subscribe(2, 0, "a/b")).s(t.puback(1), t.puback(2), t.suback(2, 0)).bye()
	}},
	{rule: "mqtt-ack-id-matches-publish", name: "each its own", want: rules.Pass, say: func(t *talk) {
		t.subscribed().s(t.pub(1, 7), t.pub(2, 8)).c(t.puback(7), t.pubrec(8)).s(t.pubrel(8)).c(t.pubcomp(8)).bye()
	}},
	{rule: "mqtt-ack-id-matches-publish", name: "not found, and said so", in: only5, want: rules.Pass, also: []string{"mqtt-session-state-kept"}, say: func(t *talk) {
		t.login().c(t.pub(2, 1)).s(t.pubrec(1)).c(t.pubrel(1)).s(t.ack(mqtt.PUBCOMP, 1, coded(0x92))).bye()
	}},
	{rule: "mqtt-ack-id-matches-publish", name: "a re-sent PUBLISH is answered twice", in: before5, want: rules.Pass, say: func(t *talk) {
		t.login().c(t.pub(1, 1), t.pub(1, 1, dup)).s(t.puback(1), t.puback(1)).bye()
	}},
	{rule: "mqtt-ack-id-matches-publish", name: "thirty re-sent ones are answered twice", in: before5, want: rules.Pass, say: func(t *talk) {
		t.login()
		for _, change := range [][]func(*mqtt.Packet){nil, {dup}} {
			for id := range uint16(30) {
				t.c(t.publish("a/b", fmt.Sprint("value ", id), 1, 1+id, change...))
			}
		}
		for range 2 {
			for id := range uint16(30) {
				t.s(t.puback(1 + id))
			}
		}
		t.bye()
	}},
	{rule: "mqtt-ack-id-matches-publish", name: "a re-sent PUBREL is answered twice, the identifier used meanwhile", in: before5, want: rules.Pass, also: []string{"m31-dup-on-control-resend"}, say: func(t *talk) {
		t.login().c(t.pub(2, 1)).s(t.pubrec(1)).c(t.pubrel(1), t.pubrel(1)).s(t.pubcomp(1)).c(t.other(2, 1)).s(t.pubcomp(1), t.pubrec(1)).c(t.pubrel(1)).s(t.pubcomp(1)).bye()
	}},
	{rule: "mqtt-ack-id-matches-publish", name: "sent again while its PUBACK was under way", in: before5, want: rules.Pass, say: func(t *talk) {
		t.login().c(t.pub(1, 1)).s(t.puback(1)).c(t.pub(1, 1, dup)).s(t.puback(1)).bye()
	}},
	{rule: "mqtt-ack-id-matches-publish", name: "PUBREC repeated, each answered by PUBREL", in: before5, want: rules.Pass, say: func(t *talk) {
		t.login().c(t.pub(2, 1)).s(t.pubrec(1), t.pubrec(1)).c(t.pubrel(1), t.pubrel(1)).s(t.pubcomp(1), t.pubcomp(1)).bye()
	}},
	{rule: "mqtt-ack-id-matches-publish", name: "QoS 2 finished after a reconnect", want: rules.Pass, say: func(t *talk) {
		t.c(t.connect(keep)).s(t.connack(0)).c(t.pub(2, 1)).s(t.pubrec(1)).c(t.pubrel(1)).conn.RST(false)
		t.again().c(t.pubrel(1)).s(t.pubcomp(1)).bye()
	}},
	{rule: "mqtt-ack-id-matches-publish", name: "PUBREC repeated when the session is resumed, and owed for the PUBLISH sent again", want: rules.Pass, say: func(t *talk) {
		t.known().c(t.pub(2, 1)).s(t.pubrec(1)).broken()
		t.resumed().c(t.pub(2, 1, dup)).s(t.pubrec(1)).c(t.pubrel(1)).s(t.pubcomp(1), t.pubrec(1)).c(t.pubrel(1)).s(t.pubcomp(1)).bye()
	}},
	{rule: "mqtt-ack-id-matches-publish", name: "a QoS 3 PUBLISH acknowledged", want: rules.NotExercised, also: []string{"mqtt-publish-qos-not-3", "mqtt-publish-qos3-close"}, say: func(t *talk) {
		t.login().c(t.publish("a", "x", 3, 4)).s(t.puback(4)).bye()
	}},
	{rule: "mqtt-ack-id-matches-publish", name: "a session from before the capture", want: rules.Inconclusive, say: func(t *talk) {
		t.again().c(t.pubrel(31)).s(t.pubcomp(31)).bye()
	}},
	{rule: "mqtt-ack-id-matches-publish", name: "the PUBLISH is not in the capture", want: rules.Inconclusive, say: func(t *talk) {
		t.subscribed().conn.ServerUnseen(t.pub(1, 7))
		t.c(t.puback(7)).bye()
	}},

	{rule: "mqtt-qos0-no-ack", name: "PUBACK", want: rules.Fail, say: func(t *talk) {
		t.subscribed().s(t.pub(0, 0)).c(t.puback(0x3432)).bye()
	}},
	{rule: "mqtt-qos0-no-ack", name: "silence", want: rules.Pass, say: func(t *talk) {
		t.subscribed().s(t.pub(0, 0)).bye()
	}},
	{rule: "mqtt-qos0-no-ack", name: "a QoS 1 PUBLISH may be behind the hole", want: rules.Inconclusive, say: func(t *talk) {
		t.subscribed().s(t.pub(0, 0)).conn.ServerUnseen(t.pub(1, 5))
		t.c(t.puback(5)).bye()
	}},

	// Answers that are owed.
	{rule: "mqtt-qos1-puback", name: "never", want: rules.Fail, say: func(t *talk) {
		t.subscribed().s(t.pub(1, 7)).idle(40).bye()
	}},
	{rule: "mqtt-qos1-puback", name: "the broker never", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.pub(1, 7)).idle(40).bye()
	}},
	{rule: "mqtt-qos1-puback", name: "PUBREC instead", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.pub(1, 7)).s(t.pubrec(7)).idle(40).bye()
	}},
	{rule: "mqtt-qos1-puback", name: "in time", want: rules.Pass, say: func(t *talk) {
		t.subscribed().s(t.pub(1, 7)).c(t.puback(7)).idle(40).bye()
	}},
	{rule: "mqtt-qos1-puback", name: "the connection ends first", want: rules.NotExercised, say: func(t *talk) {
		t.subscribed().s(t.pub(1, 7)).after(time.Second).bye()
	}},
	{rule: "mqtt-qos1-puback", name: "lost in the capture", want: rules.Inconclusive, say: func(t *talk) {
		t.subscribed().s(t.pub(1, 7)).conn.ClientUnseen(t.puback(7))
		t.idle(40).bye()
	}},
	{rule: "mqtt-qos1-puback", name: "the client is gone", want: rules.NotExercised, say: func(t *talk) {
		t.subscribed().s(t.pub(1, 7))
		t.capture.After(time.Hour)
		t.capture.Connect(craft.Host("10.0.0.9:2000"), craft.Host(brokerAddr)).Client(t.connect(func(p *mqtt.Packet) { p.Connect.ClientID = []byte("hmi") }))
	}},
	{rule: "mqtt-qos2-pubrec", name: "never", want: rules.Fail, say: func(t *talk) {
		t.subscribed().s(t.pub(2, 7)).idle(40).bye()
	}},
	{rule: "mqtt-qos2-pubrec", name: "PUBACK instead", want: rules.Fail, say: func(t *talk) {
		t.subscribed().s(t.pub(2, 7)).c(t.puback(7)).idle(40).bye()
	}},
	{rule: "mqtt-qos2-pubrec", name: "in time", want: rules.Pass, say: func(t *talk) {
		t.subscribed().s(t.pub(2, 7)).c(t.pubrec(7)).s(t.pubrel(7)).c(t.pubcomp(7)).bye()
	}},
	{rule: "mqtt-qos2-pubrec", name: "lost in the capture", want: rules.Inconclusive, say: func(t *talk) {
		t.subscribed().s(t.pub(2, 7)).conn.ClientUnseen(t.pubrec(7))
		t.idle(40).bye()
	}},
	{rule: "mqtt-qos2-pubrel", name: "never", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.pub(2, 7)).s(t.pubrec(7)).idle(40).bye()
	}},
	{rule: "mqtt-qos2-pubrel", name: "after a refusal", in: only5, want: rules.Fail, say: func(t *talk) {
		t.login().c(t.pub(2, 7)).s(t.ack(mqtt.PUBREC, 7, coded(0x87))).c(t.pubrel(7)).s(t.pubcomp(7)).bye()
	}},
	{rule: "mqtt-qos2-pubrel", name: "in time", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.pub(2, 7)).s(t.pubrec(7)).c(t.pubrel(7)).s(t.pubcomp(7)).idle(40).bye()
	}},
	{rule: "mqtt-qos2-pubrel", name: "a refusal wants none", in: only5, want: rules.NotExercised, say: func(t *talk) {
		t.login().c(t.pub(2, 7)).s(t.ack(mqtt.PUBREC, 7, coded(0x87))).idle(40).bye()
	}},
	{rule: "mqtt-qos2-pubrel", name: "lost in the capture", want: rules.Inconclusive, say: func(t *talk) {
		t.login().c(t.pub(2, 7)).s(t.pubrec(7)).conn.ClientUnseen(t.pubrel(7))
		t.idle(40).bye()
	}},
	{rule: "mqtt-qos2-pubcomp", name: "never", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.pub(2, 7)).s(t.pubrec(7)).c(t.pubrel(7)).idle(40).bye()
	}},
	{rule: "mqtt-qos2-pubcomp", name: "in time", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.pub(2, 7)).s(t.pubrec(7)).c(t.pubrel(7)).s(t.pubcomp(7)).idle(40).bye()
	}},
	{rule: "mqtt-qos2-pubcomp", name: "lost in the capture", want: rules.Inconclusive, say: func(t *talk) {
		t.login().c(t.pub(2, 7)).s(t.pubrec(7)).c(t.pubrel(7)).conn.ServerUnseen(t.pubcomp(7))
		t.idle(40).bye()
	}},

	// Sent again.
	{rule: "mqtt-qos2-no-publish-after-pubrel", name: "PUBLISH again", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.pub(2, 7)).s(t.pubrec(7)).c(t.pubrel(7)).c(t.pub(2, 7, dup)).s(t.pubcomp(7), t.pubrec(7)).c(t.pubrel(7)).s(t.pubcomp(7)).bye()
	}},
	{rule: "mqtt-qos2-no-publish-after-pubrel", name: "PUBLISH again after a reconnect", want: rules.Fail, in: since4, say: func(t *talk) {
		t.c(t.connect(keep)).s(t.connack(0)).c(t.pub(2, 7)).s(t.pubrec(7)).c(t.pubrel(7)).conn.RST(false)
		t.again().c(t.pub(2, 7, dup)).s(t.pubrec(7)).c(t.pubrel(7)).s(t.pubcomp(7)).bye()
	}},
	{rule: "mqtt-qos2-no-publish-after-pubrel", name: "PUBREL again after a reconnect", want: rules.Pass, say: func(t *talk) {
		t.c(t.connect(keep)).s(t.connack(0)).c(t.pub(2, 7)).s(t.pubrec(7)).c(t.pubrel(7)).conn.RST(false)
		t.again().c(t.pubrel(7)).s(t.pubcomp(7)).bye()
	}},
	{rule: "mqtt-qos2-no-publish-after-pubrel", name: "PUBREC never reached the sender", want: rules.Pass, say: func(t *talk) {
		t.c(t.connect(keep)).s(t.connack(0)).c(t.pub(2, 7)).s(t.pubrec(7)).conn.RST(true)
		t.again().c(t.pub(2, 7, dup)).s(t.pubrec(7)).c(t.pubrel(7)).s(t.pubcomp(7)).idle(20).bye()
	}},
	{rule: "mqtt-qos2-no-publish-after-pubrel", name: "the capture has a hole", want: rules.Inconclusive, say: func(t *talk) {
		t.login().c(t.pub(2, 7)).s(t.pubrec(7)).c(t.pubrel(7)).conn.ServerUnseen(t.pubcomp(7))
		t.c(t.pub(2, 7, dup)).s(t.pubrec(7)).bye()
	}},
	{rule: "mqtt-resend-in-connection", name: "impatient", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.pub(1, 7)).after(2*time.Second).c(t.pub(1, 7, dup)).s(t.puback(7), t.puback(7)).bye()
	}},
	{rule: "mqtt-resend-in-connection", name: "patient", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.pub(1, 7)).after(2 * time.Second).s(t.puback(7)).bye()
	}},
	{rule: "mqtt-resend-in-connection", name: "after a reconnect", want: rules.NotExercised, say: func(t *talk) {
		t.c(t.connect(keep)).s(t.connack(0)).c(t.pub(1, 7)).conn.RST(false)
		t.again().c(t.pub(1, 7, dup)).s(t.puback(7)).bye()
	}},
	{rule: "m5-no-resend-in-connection", name: "PUBREC came again before it could be sent again", want: rules.NotExercised, say: func(t *talk) {
		t.known().c(t.publish("plc7/t", "1", 2, 5)).s(t.ack(mqtt.PUBREC, 5)).broken()
		t.resumed().s(t.ack(mqtt.PUBREC, 5)).c(t.publish("plc7/t", "1", 2, 5, dup), t.ack(mqtt.PUBREL, 5)).s(t.ack(mqtt.PUBREC, 5), t.ack(mqtt.PUBCOMP, 5)).bye()
	}},
	{rule: "m5-no-resend-in-connection", name: "impatient", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.pub(1, 7)).after(2*time.Second).c(t.pub(1, 7, dup)).s(t.puback(7), t.puback(7)).bye()
	}},
	{rule: "m5-no-resend-in-connection", name: "without DUP", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.pub(1, 7), t.pub(1, 7)).s(t.puback(7)).bye()
	}},
	{rule: "m5-no-resend-in-connection", name: "PUBREL", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.pub(2, 7)).s(t.pubrec(7)).c(t.pubrel(7)).after(2*time.Second).c(t.pubrel(7)).s(t.pubcomp(7), t.pubcomp(7)).bye()
	}},
	{rule: "m5-no-resend-in-connection", name: "its PUBACK was under way", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.pub(1, 7)).s(t.puback(7)).c(t.pub(1, 7, dup)).s(t.puback(7)).bye()
	}},
	{rule: "m5-no-resend-in-connection", name: "after a reconnect, its PUBACK was lost", want: rules.NotExercised, say: func(t *talk) {
		t.c(t.connect(keep)).s(t.connack(0)).c(t.pub(1, 7)).s(t.puback(7)).conn.RST(true)
		t.again().c(t.pub(1, 7, dup)).s(t.puback(7)).bye()
	}},
	{rule: "m5-no-resend-in-connection", name: "patient", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.pub(1, 7)).after(2 * time.Second).s(t.puback(7)).bye()
	}},
	{rule: "m5-no-resend-in-connection", name: "the capture has a hole", want: rules.Inconclusive, say: func(t *talk) {
		t.login().c(t.pub(1, 7)).conn.ServerUnseen(t.puback(7))
		t.c(t.pub(1, 7, dup)).s(t.puback(7)).bye()
	}},

	// Single packets.
	{rule: "mqtt-pubrel-flags", name: "0", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.pub(2, 7)).s(t.pubrec(7)).c(nibble(t.pubrel(7), 0)).s(t.pubcomp(7)).bye()
	}},
	{rule: "mqtt-pubrel-flags", name: "2", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.pub(2, 7)).s(t.pubrec(7)).c(t.pubrel(7)).s(t.pubcomp(7)).bye()
	}},
	{rule: "m31-pubrel-qos1", name: "QoS 0", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.pub(2, 7)).s(t.pubrec(7)).c(nibble(t.pubrel(7), 0)).s(t.pubcomp(7)).bye()
	}},
	{rule: "m31-pubrel-qos1", name: "QoS 1 and DUP", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.pub(2, 7)).s(t.pubrec(7)).c(nibble(t.pubrel(7), 10)).s(t.pubcomp(7)).bye()
	}},
	{rule: "m5-puback-code", name: "a code of PUBREL", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.pub(1, 7)).s(t.ack(mqtt.PUBACK, 7, coded(0x92))).bye()
	}},
	{rule: "m5-puback-code", name: "a client knows of no subscribers", want: rules.Fail, say: func(t *talk) {
		t.subscribed().s(t.pub(1, 7)).c(t.ack(mqtt.PUBACK, 7, coded(0x10))).bye()
	}},
	{rule: "m5-puback-code", name: "no matching subscribers", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.pub(1, 7)).s(t.ack(mqtt.PUBACK, 7, coded(0x10))).bye()
	}},
	{rule: "m5-pubrec-code", name: "undefined", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.pub(2, 7)).s(t.ack(mqtt.PUBREC, 7, coded(0x81))).bye()
	}},
	{rule: "m5-pubrec-code", name: "quota exceeded", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.pub(2, 7)).s(t.ack(mqtt.PUBREC, 7, coded(0x97))).bye()
	}},
	{rule: "m5-pubrel-code", name: "unspecified error", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.pub(2, 7)).s(t.pubrec(7)).c(t.ack(mqtt.PUBREL, 7, coded(0x80))).s(t.pubcomp(7)).bye()
	}},
	{rule: "m5-pubrel-code", name: "success", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.pub(2, 7)).s(t.pubrec(7)).c(t.ack(mqtt.PUBREL, 7, coded(0))).s(t.pubcomp(7)).bye()
	}},
	{rule: "m5-pubcomp-code", name: "unspecified error", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.pub(2, 7)).s(t.pubrec(7)).c(t.pubrel(7)).s(t.ack(mqtt.PUBCOMP, 7, coded(0x80))).bye()
	}},
	{rule: "m5-pubcomp-code", name: "not found", want: rules.Pass, also: []string{"mqtt-session-state-kept"}, say: func(t *talk) {
		t.login().c(t.pub(2, 7)).s(t.pubrec(7)).c(t.pubrel(7)).s(t.ack(mqtt.PUBCOMP, 7, coded(0x92))).bye()
	}},

	// Order.
	{rule: "mqtt-order-puback", name: "the second first", want: rules.Fail, say: func(t *talk) {
		t.subscribed().s(t.pub(1, 7), t.other(1, 8)).c(t.puback(8), t.puback(7)).bye()
	}},
	{rule: "mqtt-order-puback", name: "in order", want: rules.Pass, say: func(t *talk) {
		t.subscribed().s(t.pub(1, 8), t.other(1, 7)).c(t.puback(8), t.puback(7)).bye()
	}},
	{rule: "mqtt-order-puback", name: "one at a time", want: rules.NotExercised, say: func(t *talk) {
		t.subscribed().s(t.pub(1, 8)).c(t.puback(8)).s(t.other(1, 7)).c(t.puback(7)).bye()
	}},
	{rule: "mqtt-order-puback", name: "the capture has a hole", want: rules.Inconclusive, say: func(t *talk) {
		t.subscribed().s(t.pub(1, 7), t.other(1, 8)).conn.ClientUnseen(t.puback(7))
		t.c(t.puback(8)).s(t.pub(1, 9)).c(t.puback(7), t.puback(9)).bye()
	}},
	{rule: "mqtt-order-pubrec", name: "the second first", want: rules.Fail, say: func(t *talk) {
		t.subscribed().s(t.pub(2, 7), t.other(2, 8)).c(t.pubrec(8), t.pubrec(7)).s(t.pubrel(8), t.pubrel(7)).c(t.pubcomp(8), t.pubcomp(7)).bye()
	}},
	{rule: "mqtt-order-pubrec", name: "in order, QoS 1 between", want: rules.Pass, say: func(t *talk) {
		t.subscribed().s(t.pub(2, 7), t.other(1, 9), t.other(2, 8)).c(t.puback(9), t.pubrec(7), t.pubrec(8)).s(t.pubrel(7), t.pubrel(8)).c(t.pubcomp(7), t.pubcomp(8)).bye()
	}},
	{rule: "mqtt-order-pubrec", name: "the capture has a hole", want: rules.Inconclusive, say: func(t *talk) {
		t.subscribed().conn.ServerUnseen(t.pub(1, 3))
		t.c(t.puback(3)).s(t.pub(2, 7), t.other(2, 8)).c(t.pubrec(8), t.pubrec(7)).s(t.pubrel(8), t.pubrel(7)).c(t.pubcomp(8), t.pubcomp(7)).bye()
	}},
	{rule: "mqtt-order-pubrel", name: "the second first", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.pub(2, 7), t.other(2, 8)).s(t.pubrec(7), t.pubrec(8)).c(t.pubrel(8), t.pubrel(7)).s(t.pubcomp(8), t.pubcomp(7)).bye()
	}},
	{rule: "mqtt-order-pubrel", name: "in the order of PUBREC", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.pub(2, 7), t.other(2, 8)).s(t.pubrec(8), t.pubrec(7)).c(t.pubrel(8), t.pubrel(7)).s(t.pubcomp(8), t.pubcomp(7)).bye()
	}},
	{rule: "mqtt-order-pubrel", name: "the capture has a hole", want: rules.Inconclusive, say: func(t *talk) {
		t.login().c(t.pub(1, 3)).conn.ServerUnseen(t.puback(3))
		t.c(t.pub(2, 7), t.other(2, 8)).s(t.pubrec(7), t.pubrec(8)).c(t.pubrel(8), t.pubrel(7)).s(t.pubcomp(8), t.pubcomp(7)).bye()
	}},

	// Flow control.
	{rule: "m5-receive-maximum-client", name: "one too many", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect()).s(t.connack(0, with(number(mqtt.ReceiveMaximum, 2)))).after(time.Second)
		t.c(t.pub(1, 1), t.pub(2, 2), t.pub(1, 3)).s(t.puback(1), t.pubrec(2), t.puback(3)).c(t.pubrel(2)).s(t.pubcomp(2)).bye()
	}},
	{rule: "m5-receive-maximum-client", name: "room again", want: rules.Pass, say: func(t *talk) {
		t.c(t.connect()).s(t.connack(0, with(number(mqtt.ReceiveMaximum, 2)))).after(time.Second)
		t.c(t.pub(1, 1), t.pub(2, 2)).s(t.ack(mqtt.PUBREC, 2, coded(0x97))).c(t.pub(1, 3)).s(t.puback(1)).c(t.pub(1, 4)).s(t.puback(3), t.puback(4)).bye()
	}},
	{rule: "m5-receive-maximum-client", name: "sent before CONNACK came", want: rules.NotExercised, say: func(t *talk) {
		t.c(t.connect(), t.pub(1, 1), t.pub(1, 2)).s(t.connack(0, with(number(mqtt.ReceiveMaximum, 1))), t.puback(1), t.puback(2)).bye()
	}},
	{rule: "m5-receive-maximum-client", name: "an acknowledgement is not in the capture", want: rules.Inconclusive, say: func(t *talk) {
		t.c(t.connect()).s(t.connack(0, with(number(mqtt.ReceiveMaximum, 1)))).after(time.Second)
		t.c(t.pub(1, 1)).conn.ServerUnseen(t.puback(1))
		t.c(t.pub(1, 2)).s(t.puback(2)).bye()
	}},
	{rule: "m5-receive-maximum-server", name: "one too many", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(with(number(mqtt.ReceiveMaximum, 1)))).s(t.connack(0)).c(t.subscribe(1, 1, "#")).s(t.suback(1, 1))
		t.s(t.pub(1, 1), t.pub(1, 2)).c(t.puback(1), t.puback(2)).bye()
	}},
	{rule: "m5-receive-maximum-server", name: "one at a time", want: rules.Pass, say: func(t *talk) {
		t.c(t.connect(with(number(mqtt.ReceiveMaximum, 1)))).s(t.connack(0)).c(t.subscribe(1, 1, "#")).s(t.suback(1, 1))
		t.s(t.pub(1, 1)).c(t.puback(1)).s(t.pub(1, 2)).c(t.puback(2)).bye()
	}},
}

var subscribeConversations = []conversation{
	{rule: "mqtt-subscribe-flags", name: "0", want: rules.Fail, say: func(t *talk) {
		t.login().c(nibble(t.subscribe(1, 0, "a/b"), 0)).s(t.suback(1, 0)).bye()
	}},
	{rule: "mqtt-subscribe-flags", name: "2", want: rules.Pass, say: func(t *talk) { t.subscribed().bye() }},
	{rule: "m31-subscribe-qos1", name: "QoS 0", want: rules.Fail, say: func(t *talk) {
		t.login().c(nibble(t.subscribe(1, 0, "a/b"), 0)).s(t.suback(1, 0)).bye()
	}},
	{rule: "m31-subscribe-qos1", name: "QoS 1", want: rules.Pass, say: func(t *talk) { t.subscribed().bye() }},
	{rule: "mqtt-subscribe-nonempty", name: "no filter", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.subscribe(1, 0)).conn.FIN(false)
	}},
	{rule: "mqtt-subscribe-nonempty", name: "one filter", want: rules.Pass, say: func(t *talk) { t.subscribed().bye() }},
	{rule: "mqtt-subscribe-options-valid", name: "QoS 3", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.subscribe(1, 3, "a/b")).conn.FIN(false)
	}},
	{rule: "mqtt-subscribe-options-valid", name: "reserved bits", in: since4, want: rules.Fail, say: func(t *talk) {
		t.login().c(t.subscribe(1, 0x81, "a/b")).s(t.suback(1, 1)).bye()
	}},
	{rule: "mqtt-subscribe-options-valid", name: "Retain Handling 3", in: only5, want: rules.Fail, say: func(t *talk) {
		t.login().c(t.subscribe(1, 0x31, "a/b")).s(t.suback(1, 1)).bye()
	}},
	{rule: "mqtt-subscribe-options-valid", name: "No Local", in: only5, want: rules.Pass, say: func(t *talk) {
		t.login().c(t.subscribe(1, 0x2d, "a/b")).s(t.suback(1, 1)).bye()
	}},
	{rule: "mqtt-subscribe-options-valid", name: "QoS 2", want: rules.Pass, say: func(t *talk) { t.subscribed().bye() }},
	{rule: "mqtt-subscribe-filter-utf8", name: "a code page", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.subscribe(1, 0, "temp/\xb0C")).conn.FIN(false)
	}},
	{rule: "mqtt-subscribe-filter-utf8", name: "UTF-8", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.subscribe(1, 0, "temp/°C")).s(t.suback(1, 0)).bye()
	}},
	{rule: "mqtt-suback-sent", name: "never", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.subscribe(1, 0, "a/b")).idle(40).bye()
	}},
	{rule: "mqtt-suback-sent", name: "in time", want: rules.Pass, say: func(t *talk) { t.subscribed().bye() }},
	{rule: "mqtt-suback-sent", name: "the client leaves first", want: rules.NotExercised, say: func(t *talk) {
		t.login().c(t.subscribe(1, 0, "a/b")).bye()
	}},
	{rule: "mqtt-suback-sent", name: "lost in the capture", want: rules.Inconclusive, say: func(t *talk) {
		t.login().c(t.subscribe(1, 0, "a/b")).conn.ServerUnseen(t.suback(1, 0))
		t.idle(40).bye()
	}},
	{rule: "mqtt-suback-id-matches", name: "another", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.subscribe(1, 0, "a/b")).s(t.suback(2, 0), t.suback(1, 0)).bye()
	}},
	{rule: "mqtt-suback-id-matches", name: "that of a PUBLISH", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.pub(1, 2), t.subscribe(1, 0, "a/b")).s(t.suback(2, 0), t.puback(2), t.suback(1, 0)).bye()
	}},
	{rule: "mqtt-suback-id-matches", name: "its own", want: rules.Pass, say: func(t *talk) { t.subscribed().bye() }},
	{rule: "mqtt-suback-id-matches", name: "SUBSCRIBE is not in the capture", want: rules.Inconclusive, say: func(t *talk) {
		t.login().conn.ClientUnseen(t.subscribe(1, 0, "a/b"))
		t.s(t.suback(1, 0)).bye()
	}},
	{rule: "mqtt-suback-count", name: "one for two", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.subscribe(1, 0, "a/b", "a/c")).s(t.suback(1, 0)).bye()
	}},
	{rule: "mqtt-suback-count", name: "two for two", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.subscribe(1, 0, "a/b", "a/c")).s(t.suback(1, 0, 0)).bye()
	}},
	{rule: "mqtt-suback-count", name: "the capture has a hole", want: rules.Inconclusive, say: func(t *talk) {
		t.login().c(t.pub(1, 9)).conn.ServerUnseen(t.puback(9))
		t.c(t.subscribe(1, 0, "a/b", "a/c")).s(t.suback(1, 0)).bye()
	}},
	{rule: "mqtt-suback-code-valid", name: "3", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.subscribe(1, 0, "a/b")).s(t.suback(1, 3)).bye()
	}},
	{rule: "mqtt-suback-code-valid", name: "refused", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.subscribe(1, 0, "a/b")).s(t.suback(1, 0x80)).bye()
	}},
	{rule: "mqtt-suback-code-valid", name: "a code of 5", in: only311, want: rules.Fail, say: func(t *talk) {
		t.login().c(t.subscribe(1, 0, "a/b")).s(t.suback(1, 0x87)).bye()
	}},
	{rule: "m31-suback-code-valid", name: "refused", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.subscribe(1, 0, "a/b")).s(t.suback(1, 0x80)).bye()
	}},
	{rule: "m31-suback-code-valid", name: "granted", want: rules.Pass, say: func(t *talk) { t.subscribed().bye() }},
	{rule: "mqtt-suback-grant-plausible", name: "more than asked", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.subscribe(1, 0, "a/b")).s(t.suback(1, 1)).bye()
	}},
	{rule: "mqtt-suback-grant-plausible", name: "less than asked", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.subscribe(1, 2, "a/b")).s(t.suback(1, 1)).bye()
	}},
	{rule: "mqtt-suback-grant-plausible", name: "the capture has a hole", want: rules.Inconclusive, say: func(t *talk) {
		t.login().c(t.pub(1, 9)).conn.ServerUnseen(t.puback(9))
		t.c(t.subscribe(1, 0, "a/b")).s(t.suback(1, 1)).bye()
	}},
	{rule: "mqtt-filter-hash", name: "not last", want: rules.Fail, say: sayFilter("a/#/c")},
	{rule: "mqtt-filter-hash", name: "not alone", want: rules.Fail, say: sayFilter("a/b#")},
	{rule: "mqtt-filter-hash", name: "last and alone", want: rules.Pass, say: sayFilter("a/+/#")},
	{rule: "mqtt-filter-plus", name: "not alone", want: rules.Fail, say: sayFilter("a/b+/c")},
	{rule: "mqtt-filter-plus", name: "a level", want: rules.Pass, say: sayFilter("+/b/+")},
	{rule: "mqtt-filter-plus", name: "none", want: rules.NotExercised, say: sayFilter("a/#")},
	{rule: "m5-share-filter-form", name: "no group", want: rules.Fail, say: sayFilter("$share//a")},
	{rule: "m5-share-filter-form", name: "nothing", want: rules.Fail, say: sayFilter("$share")},
	{rule: "m5-share-filter-form", name: "right", want: rules.Pass, say: sayFilter("$share/g/a/+")},
	{rule: "m5-share-filter-form", name: "another topic", want: rules.NotExercised, say: sayFilter("$shared/g")},
	{rule: "m5-share-name-chars", name: "wildcard", want: rules.Fail, say: sayFilter("$share/g+/a")},
	{rule: "m5-share-name-chars", name: "no filter", want: rules.Fail, say: sayFilter("$share/g")},
	{rule: "m5-share-name-chars", name: "right", want: rules.Pass, say: sayFilter("$share/g/#")},

	{rule: "mqtt-unsubscribe-flags", name: "0", want: rules.Fail, say: func(t *talk) {
		t.login().c(nibble(t.unsubscribe(1, "a/b"), 0)).s(t.unsuback(1)).bye()
	}},
	{rule: "mqtt-unsubscribe-flags", name: "2", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.unsubscribe(1, "a/b")).s(t.unsuback(1)).bye()
	}},
	{rule: "m31-unsubscribe-qos1", name: "QoS 2", want: rules.Fail, say: func(t *talk) {
		t.login().c(nibble(t.unsubscribe(1, "a/b"), 4)).s(t.unsuback(1)).bye()
	}},
	{rule: "m31-unsubscribe-qos1", name: "QoS 1", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.unsubscribe(1, "a/b")).s(t.unsuback(1)).bye()
	}},
	{rule: "mqtt-unsubscribe-nonempty", name: "no filter", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.unsubscribe(1)).conn.FIN(false)
	}},
	{rule: "mqtt-unsubscribe-nonempty", name: "one filter", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.unsubscribe(1, "a/b")).s(t.unsuback(1)).bye()
	}},
	{rule: "mqtt-unsubscribe-filter-utf8", name: "a code page", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.unsubscribe(1, "temp/\xb0C")).conn.FIN(false)
	}},
	{rule: "mqtt-unsubscribe-filter-utf8", name: "a QoS byte as in SUBSCRIBE", want: rules.Fail, say: func(t *talk) {
		b := t.subscribe(1, 0, "a/b")
		b[0] = 0xA2
		t.login().c(b).conn.FIN(false)
	}},
	{rule: "mqtt-unsubscribe-filter-utf8", name: "UTF-8", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.unsubscribe(1, "temp/°C")).s(t.unsuback(1)).bye()
	}},
	{rule: "mqtt-unsuback-sent", name: "never", want: rules.Fail, say: func(t *talk) {
		t.subscribed().c(t.unsubscribe(1, "a/b")).idle(40).bye()
	}},
	{rule: "mqtt-unsuback-sent", name: "in time", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.unsubscribe(1, "a/b")).s(t.unsuback(1)).bye()
	}},
	{rule: "mqtt-unsuback-sent", name: "lost in the capture", want: rules.Inconclusive, say: func(t *talk) {
		t.subscribed().c(t.unsubscribe(1, "a/b")).conn.ServerUnseen(t.unsuback(1))
		t.idle(40).bye()
	}},
	{rule: "mqtt-unsuback-id-matches", name: "another", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.unsubscribe(1, "a/b")).s(t.unsuback(2), t.unsuback(1)).bye()
	}},
	{rule: "mqtt-unsuback-id-matches", name: "its own", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.unsubscribe(1, "a/b")).s(t.unsuback(1)).bye()
	}},
	{rule: "mqtt-unsuback-id-matches", name: "UNSUBSCRIBE is not in the capture", want: rules.Inconclusive, say: func(t *talk) {
		t.login().conn.ClientUnseen(t.unsubscribe(1, "a/b"))
		t.s(t.unsuback(1)).bye()
	}},
}

// unsuback answers an UNSUBSCRIBE with one filter.
func (t *talk) unsuback(id uint16) []byte {
	return t.ack(mqtt.UNSUBACK, id, func(p *mqtt.Packet) {
		if t.v == mqtt.V5 {
			p.Codes = []byte{0}
		}
	})
}

func sayFilter(filter string) func(t *talk) {
	return func(t *talk) { t.login().c(t.subscribe(1, 0, filter)).s(t.suback(1, 0)).bye() }
}

// sayPayloads publishes payloads to one topic.
func sayPayloads(q mqtt.QoS, payloads ...string) func(t *talk) {
	return func(t *talk) {
		t.login()
		for i, p := range payloads {
			t.c(t.publish("plant/line/1", p, q, uint16(i+1)))
			if q > 0 {
				t.s(t.puback(uint16(i + 1)))
			}
		}
		t.bye()
	}
}

// numbered returns n payloads made from their number.
func numbered(n int, payload func(i int) string) (l []string) {
	for i := range n {
		l = append(l, payload(i))
	}
	return l
}

var payloadConversations = []conversation{
	{rule: "plc-qos0-identifier", name: "counting up", want: rules.Fail, say: sayPayloads(0, numbered(5, func(i int) string {
		return "\x00" + string(rune(i+1)) + fmt.Sprintf(`{"t":%d}`, 20+i)
	})...)},
	{rule: "plc-qos0-identifier", name: "constant", want: rules.Fail, say: sayPayloads(0, numbered(8, func(i int) string {
		return "\x00\x00" + fmt.Sprintf(`{"t":%d}`, 20+i)
	})...)},
	{rule: "plc-qos0-identifier", name: "JSON", want: rules.Pass, say: sayPayloads(0, numbered(9, func(i int) string {
		return fmt.Sprintf(`{"t":%d}`, 20+i)
	})...)},
	{rule: "plc-qos0-identifier", name: "a length in front", want: rules.Pass, say: sayPayloads(0, numbered(9, func(i int) string {
		return "\x00\x0a" + fmt.Sprintf(`{"tt":%d}`, 100+i)
	})...)},
	{rule: "plc-qos0-identifier", name: "a binary header that changes", want: rules.Pass, say: sayPayloads(0, numbered(9, func(i int) string {
		return "\x01" + string(rune(3+i*7%50)) + "text of it"
	})...)},
	{rule: "plc-qos0-identifier", name: "at QoS 1", want: rules.NotExercised, say: sayPayloads(1, numbered(5, func(i int) string {
		return "\x00" + string(rune(i+1)) + `{"t":1}`
	})...)},
	{rule: "plc-string-header", name: "STRING[254]", want: rules.Fail, say: sayPayloads(0, numbered(4, func(i int) string {
		return "\xfe\x05" + fmt.Sprintf("%d.0 C", 1+i)
	})...)},
	{rule: "plc-string-header", name: "STRING[20] with its unused rest", want: rules.Fail, say: sayPayloads(0, numbered(4, func(i int) string {
		return "\x14\x04" + fmt.Sprintf("%d bar", 1+i)[:4] + strings.Repeat("\x00", 16)
	})...)},
	{rule: "plc-string-header", name: "topic", want: rules.Fail, also: []string{"mqtt-publish-topic-utf8"}, say: sayTopic("\xfe\x0cplant/line/1")},
	{rule: "plc-string-header", name: "text", want: rules.Pass, say: sayPayloads(0, numbered(5, func(i int) string {
		return fmt.Sprintf("zG%d", i)
	})...)},
	{rule: "plc-string-header", name: "type, length, value", want: rules.Pass, say: sayPayloads(0, numbered(5, func(i int) string {
		return "\x10\x04" + fmt.Sprintf("%04d", i)
	})...)},
	{rule: "plc-payload-length", name: "cut", want: rules.Fail, say: sayPayloads(0, numbered(5, func(i int) string {
		return fmt.Sprintf(`{"temperature":%d,"unit":"degree"}`, 10+i)[:28]
	})...)},
	{rule: "plc-payload-length", name: "the rest of an older text", want: rules.Fail, say: sayPayloads(0, numbered(5, func(i int) string {
		return fmt.Sprintf(`{"temperature":%d}e":"x`, 10+i)
	})...)},
	{rule: "plc-payload-length", name: "the same cut text", want: rules.Pass, say: sayPayloads(0, numbered(8, func(i int) string {
		return `{"temperature":20,"uni`
	})...)},
	{rule: "plc-payload-length", name: "whole", want: rules.Pass, say: sayPayloads(0, numbered(5, func(i int) string {
		return fmt.Sprintf(`{"temperature":%d}`, 10+i)
	})...)},
	{rule: "plc-payload-length", name: "no JSON", want: rules.Pass, say: sayPayloads(0, numbered(8, func(i int) string {
		return fmt.Sprintf(`{%d} temperature`, 10+i)
	})...)},
	{rule: "plc-payload-length", name: "text", want: rules.NotExercised, say: sayPayloads(0, numbered(8, func(i int) string {
		return fmt.Sprintf(`temperature %d`, 10+i)
	})...)},
}
