package mqttrules

import (
	"time"

	"plcscope/mqtt"
	"plcscope/pcaps/craft"
	"plcscope/rules"
)

// ping is a PINGREQ and its answer.
func (t *talk) ping() *talk { return t.c(t.packet(mqtt.PINGREQ)).s(t.packet(mqtt.PINGRESP)) }

func keepAlive(seconds uint16) func(*mqtt.Packet) {
	return func(p *mqtt.Packet) { p.Connect.KeepAlive = seconds }
}

func serverKeepAlive(seconds uint32) func(*mqtt.Packet) {
	return property(mqtt.Property{ID: mqtt.ServerKeepAlive, Num: seconds})
}

var keepAliveConversations = []conversation{
	{rule: "mqtt-keepalive-client", name: "pings too late", want: rules.Fail, say: func(t *talk) {
		t.login()
		for range 4 {
			t.after(80 * time.Second).ping()
		}
		t.bye()
	}},
	{rule: "mqtt-keepalive-client", name: "server closes, client still alive", want: rules.Fail, say: func(t *talk) {
		t.login().ping().ping().after(92 * time.Second).conn.FIN(false)
	}},
	{rule: "mqtt-keepalive-client", name: "server closes, client without power", want: rules.NotExercised, say: func(t *talk) {
		t.login().after(92 * time.Second).conn.HalfClose(false)
	}},
	{rule: "mqtt-keepalive-client", name: "a little late", want: rules.Pass, say: func(t *talk) {
		t.login().after(64 * time.Second).ping().after(64 * time.Second).ping().bye()
	}},
	{rule: "mqtt-keepalive-client", name: "in time", want: rules.Pass, say: func(t *talk) {
		t.login().after(40 * time.Second).ping().after(40 * time.Second).c(t.publish("plc7/t", "1", 0, 0)).bye()
	}},
	{rule: "mqtt-keepalive-client", name: "off", want: rules.NotExercised, say: func(t *talk) {
		t.login(keepAlive(0)).after(300 * time.Second).ping().bye()
	}},
	{rule: "mqtt-keepalive-client", name: "short", want: rules.NotExercised, say: func(t *talk) { t.login().ping().bye() }},
	{rule: "mqtt-keepalive-client", name: "hole", want: rules.Inconclusive, say: func(t *talk) {
		t.login().after(40 * time.Second)
		t.conn.ClientUnseen(t.packet(mqtt.PINGREQ))
		t.conn.ServerUnseen(t.packet(mqtt.PINGRESP))
		t.after(40 * time.Second).ping().bye()
	}},
	{rule: "mqtt-keepalive-client", name: "long message under way", want: rules.Pass, say: func(t *talk) {
		t.login().after(30 * time.Second)
		b := t.publish("plc7/t", string(make([]byte, 100)), 0, 0)
		t.conn.Client(b[:40])
		t.after(50 * time.Second).conn.Client(b[40:])
		t.ping().bye()
	}},
	{rule: "m5-server-keepalive-used", name: "keeps its own", want: rules.Fail, say: func(t *talk) {
		t.c(t.connect(keepAlive(120))).s(t.connack(0, serverKeepAlive(60)))
		for range 4 {
			t.after(80 * time.Second).ping()
		}
		t.bye()
	}},
	{rule: "m5-server-keepalive-used", name: "had none", want: rules.Fail, also: []string{"mqtt-keepalive-server-close"}, say: func(t *talk) {
		t.c(t.connect(keepAlive(0))).s(t.connack(0, serverKeepAlive(60)))
		for range 4 {
			t.after(180 * time.Second).ping()
		}
		t.bye()
	}},
	{rule: "m5-server-keepalive-used", name: "adopts it", want: rules.Pass, say: func(t *talk) {
		t.c(t.connect(keepAlive(120))).s(t.connack(0, serverKeepAlive(60))).after(50 * time.Second).ping().after(50 * time.Second).ping().bye()
	}},
	{rule: "m5-server-keepalive-used", name: "not given", want: rules.NotExercised, say: func(t *talk) {
		t.login().after(50 * time.Second).ping().bye()
	}},
	{rule: "m5-server-keepalive-used", name: "hole", want: rules.Inconclusive, say: func(t *talk) {
		t.c(t.connect(keepAlive(120))).s(t.connack(0, serverKeepAlive(60)))
		t.after(50 * time.Second).conn.ClientUnseen(t.publish("plc7/t", "1", 0, 0))
		t.after(40 * time.Second).ping().bye()
	}},
	{rule: "mqtt-keepalive-server-close", name: "bears it", want: rules.Fail, also: []string{"mqtt-keepalive-client"}, say: func(t *talk) {
		t.login()
		for range 4 {
			t.after(150 * time.Second).ping()
		}
		t.bye()
	}},
	{rule: "mqtt-keepalive-server-close", name: "delivers to the dead", want: rules.Fail, say: func(t *talk) {
		t.login()
		for range 8 {
			t.after(40 * time.Second).s(t.publish("cmd", "1", 0, 0))
		}
		t.conn.RST(false)
	}},
	{rule: "mqtt-keepalive-server-close", name: "closes", want: rules.Pass, say: func(t *talk) {
		t.login().after(92 * time.Second).conn.HalfClose(false)
	}},
	{rule: "mqtt-keepalive-server-close", name: "never put to the test", want: rules.NotExercised, say: func(t *talk) {
		t.login().after(50 * time.Second).ping().bye()
	}},
	{rule: "mqtt-keepalive-server-close", name: "hole", want: rules.Inconclusive, also: []string{}, say: func(t *talk) {
		t.login().after(80 * time.Second)
		t.conn.ClientUnseen(t.packet(mqtt.PINGREQ))
		t.conn.ServerUnseen(t.packet(mqtt.PINGRESP))
		t.after(80 * time.Second).ping().bye()
	}},
}

var plcConversations = []conversation{
	{rule: "plc-reconnect-storm", name: "every five seconds", want: rules.Fail, say: func(t *talk) {
		for range 10 {
			t.login().c(t.publish("plc7/t", "1", 0, 0)).conn.FIN(false)
			t.after(5 * time.Second).dial()
		}
	}},
	{rule: "plc-reconnect-storm", name: "every minute", want: rules.Pass, say: func(t *talk) {
		for range 8 {
			t.login().bye()
			t.after(time.Minute).dial()
		}
	}},
	{rule: "plc-clientid-two-hosts", name: "in turn", want: rules.Fail, say: func(t *talk) {
		for i := range 6 {
			old := t.conn
			t.conn = t.capture.Connect(craft.Host("10.0.0."+itoa(5+i%2)+":"+itoa(3000+i)), craft.Host(brokerAddr))
			t.login()
			if i > 0 {
				takeover(t, old)
			}
			t.after(15 * time.Second)
		}
	}},
	{rule: "plc-clientid-two-hosts", name: "a device is replaced", want: rules.Pass, say: func(t *talk) {
		t.login()
		old := t.conn
		t.after(9 * time.Second)
		t.conn = t.capture.Connect(craft.Host("10.0.0.6:3000"), craft.Host(brokerAddr))
		t.login()
		takeover(t, old)
		t.bye()
	}},
	{rule: "plc-second-connection", name: "one for each job", want: rules.Fail, say: func(t *talk) {
		t.login()
		for range 3 {
			old := t.conn
			t.after(3 * time.Second).dial()
			t.login()
			takeover(t, old)
			old.HalfClose(true)
		}
		t.bye()
	}},
	{rule: "plc-second-connection", name: "still in use", want: rules.Fail, say: func(t *talk) {
		t.login()
		old := t.conn
		t.after(3 * time.Second).dial()
		t.login().after(time.Second)
		old.Client(t.publish("plc7/t", "1", 0, 0))
		takeover(t, old)
		t.bye()
	}},
	{rule: "plc-second-connection", name: "moves on", want: rules.Pass, say: func(t *talk) {
		t.login()
		old := t.conn
		t.after(3 * time.Second).dial()
		t.login()
		old.FIN(true)
		t.bye()
	}},
	{rule: "plc-second-connection", name: "after a loss of power", want: rules.Pass, say: func(t *talk) {
		t.login()
		old := t.conn
		t.after(20 * time.Second).dial()
		t.login()
		takeover(t, old)
		old.RST(true)
		t.bye()
	}},
	{rule: "plc-second-connection", name: "hole", want: rules.Inconclusive, say: func(t *talk) {
		t.login()
		old := t.conn
		t.conn.ClientUnseen(t.packet(mqtt.DISCONNECT))
		t.after(3 * time.Second).dial()
		t.login()
		takeover(t, old)
		old.HalfClose(true)
		t.bye()
	}},
	{rule: "plc-broker-closed", name: "after a packet", want: rules.Fail, say: func(t *talk) {
		t.login().c(t.publish("plc7/t", "1", 0, 0)).conn.FIN(false)
	}},
	{rule: "plc-broker-closed", name: "keep alive over", want: rules.Fail, say: func(t *talk) {
		t.login().after(92 * time.Second).conn.HalfClose(false)
	}},
	{rule: "plc-broker-closed", name: "after DISCONNECT", want: rules.Pass, say: func(t *talk) {
		t.login().c(t.packet(mqtt.DISCONNECT)).conn.FIN(false)
	}},
	{rule: "plc-ping-interval", name: "ten seconds of sixty", want: rules.Fail, say: func(t *talk) {
		t.login()
		for range 5 {
			t.after(10 * time.Second).ping()
		}
		t.bye()
	}},
	{rule: "plc-ping-interval", name: "forty of sixty", want: rules.Pass, say: func(t *talk) {
		t.login()
		for range 5 {
			t.after(40 * time.Second).ping()
		}
		t.bye()
	}},
	{rule: "plc-suback-failure-ignored", name: "goes on", in: v311AndV5, want: rules.Fail, say: func(t *talk) {
		t.login().c(t.subscribe(1, 1, "cmd")).s(t.suback(1, 0x80))
		for range 5 {
			t.after(20 * time.Second).c(t.publish("plc7/t", "1", 0, 0))
		}
		t.bye()
	}},
	{rule: "plc-suback-failure-ignored", name: "tries another filter", in: v311AndV5, want: rules.Pass, say: func(t *talk) {
		t.login().c(t.subscribe(1, 1, "cmd")).s(t.suback(1, 0x80)).after(2 * time.Second).c(t.subscribe(2, 1, "plc7/cmd")).s(t.suback(2, 1)).after(50 * time.Second)
		t.c(t.publish("plc7/t", "1", 0, 0)).bye()
	}},
	{rule: "plc-suback-failure-ignored", name: "granted", want: rules.NotExercised, say: func(t *talk) {
		t.login().c(t.subscribe(1, 1, "cmd")).s(t.suback(1, 1)).bye()
	}},
}

// takeover lets the broker end the older connection of a client.
func takeover(t *talk, old *craft.Conn) {
	if t.v == mqtt.V5 {
		old.Server(t.packet(mqtt.DISCONNECT, reason(0x8e)))
	}
	old.HalfClose(false)
}
