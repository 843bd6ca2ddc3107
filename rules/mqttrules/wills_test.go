package mqttrules

import (
	"time"

	"plcscope/mqtt"
	"plcscope/rules"
)

const state = "plc7/state"

// mortal gives a CONNECT a will of QoS 1 that names the client.
func mortal(retained bool, x ...mqtt.Property) func(*mqtt.Packet) {
	return func(p *mqtt.Packet) {
		p.Connect.SetWill([]byte(state), []byte("plc7 lost"), 1, retained)
		p.Connect.WillProps = mqtt.NewProperties(x...)
	}
}

// born is a client with a will that says hello under its topic, and loses its
// connection later.
func born(t *talk, change ...func(*mqtt.Packet)) (scada *talk) {
	scada = t.scada()
	t.login(change...).publishes(scada, state, "plc7 here").after(10 * time.Second)
	return scada
}

// lost gets the will.
func (t *talk) lost(change ...func(*mqtt.Packet)) *talk {
	return t.gets(state, "plc7 lost", 1, change...)
}

// over lets time pass and ends the connection.
func (t *talk) over() { t.after(30 * time.Second).ping().bye() }

var willConversations = []conversation{
	{rule: "mqtt-will-published", name: "does not come", want: rules.Fail, say: func(t *talk) {
		scada := born(t, mortal(false))
		t.conn.RST(true)
		scada.over()
	}},
	{rule: "mqtt-will-published", name: "comes", want: rules.Pass, say: func(t *talk) {
		scada := born(t, mortal(false))
		t.conn.RST(true)
		scada.lost().over()
	}},
	{rule: "mqtt-will-published", name: "nobody knows whether it may", want: rules.NotExercised, say: func(t *talk) {
		scada := t.scada()
		t.login(mortal(false)).after(10 * time.Second)
		t.conn.RST(true)
		scada.over()
	}},
	{rule: "mqtt-will-published", name: "the session has gone on elsewhere", want: rules.NotExercised, say: func(t *talk) {
		scada := born(t, mortal(false))
		old := t.conn
		t.dial()
		t.login(mortal(false))
		takeover(t, old)
		t.idle(20).bye()
		scada.over()
	}},
	{rule: "mqtt-will-published", name: "back before it was due", in: []mqtt.Version{mqtt.V5}, want: rules.NotExercised, say: func(t *talk) {
		scada := born(t, lasting, mortal(false, number(mqtt.WillDelayInterval, 20)))
		t.conn.RST(true)
		t.after(5 * time.Second).dial()
		t.resumed().idle(30).bye()
		scada.over()
	}},
	{rule: "mqtt-will-published", name: "not due yet", in: []mqtt.Version{mqtt.V5}, want: rules.NotExercised, say: func(t *talk) {
		scada := born(t, lasting, mortal(false, number(mqtt.WillDelayInterval, 3000)))
		t.conn.RST(true)
		scada.over()
	}},
	{rule: "mqtt-will-published", name: "hole", want: rules.Inconclusive, say: func(t *talk) {
		scada := born(t, mortal(false))
		t.conn.RST(true)
		scada.conn.ServerUnseen(scada.publish(state, "plc7 lost", 1, 77))
		scada.over()
	}},

	{rule: "mqtt-will-published-once", name: "twice", want: rules.Fail, say: func(t *talk) {
		scada := born(t, mortal(false))
		t.conn.RST(true)
		scada.lost().after(3 * time.Second).lost().over()
	}},
	{rule: "mqtt-will-published-once", name: "once", want: rules.Pass, say: func(t *talk) {
		scada := born(t, mortal(false))
		t.conn.RST(true)
		scada.lost().over()
	}},
	{rule: "mqtt-will-published-once", name: "once for each end", want: rules.Pass, say: func(t *talk) {
		scada := born(t, mortal(false))
		t.conn.RST(true)
		scada.lost().after(10 * time.Second)
		t.dial()
		t.login(mortal(false)).after(10 * time.Second)
		t.conn.RST(true)
		scada.lost().over()
	}},
	{rule: "mqtt-will-published-once", name: "hole", want: rules.Inconclusive, say: func(t *talk) {
		scada := born(t, mortal(false))
		scada.conn.ClientUnseen(scada.subscribe(99, 1, state))
		t.conn.RST(true)
		scada.lost().after(3 * time.Second).lost().over()
	}},

	{rule: "mqtt-will-not-after-disconnect", name: "comes", want: rules.Fail, say: func(t *talk) {
		scada := born(t, mortal(false))
		t.bye()
		scada.lost().over()
	}},
	{rule: "mqtt-will-not-after-disconnect", name: "does not", want: rules.Pass, say: func(t *talk) {
		scada := born(t, mortal(false))
		t.bye()
		scada.over()
	}},
	{rule: "mqtt-will-not-after-disconnect", name: "the client says so itself", want: rules.Pass, say: func(t *talk) {
		scada := born(t, mortal(false))
		t.publishes(scada, state, "plc7 lost").bye()
		scada.over()
	}},
	{rule: "mqtt-will-not-after-disconnect", name: "asked for", in: []mqtt.Version{mqtt.V5}, want: rules.NotExercised, say: func(t *talk) {
		scada := born(t, mortal(false))
		t.c(t.packet(mqtt.DISCONNECT, reason(4))).conn.FIN(true)
		scada.lost().over()
	}},
	{rule: "mqtt-will-not-after-disconnect", name: "hole", want: rules.Inconclusive, say: func(t *talk) {
		scada := born(t, mortal(false))
		t.bye()
		scada.conn.ClientUnseen(scada.packet(mqtt.PINGREQ))
		scada.lost().over()
	}},

	{rule: "mqtt-no-will-no-will-message", name: "that of before", want: rules.Fail, say: func(t *talk) {
		scada := born(t, mortal(false))
		t.bye()
		t.after(10 * time.Second).dial()
		t.login().after(10 * time.Second)
		t.conn.RST(true)
		scada.lost().over()
	}},
	{rule: "mqtt-no-will-no-will-message", name: "none", want: rules.Pass, say: func(t *talk) {
		scada := born(t)
		t.conn.RST(true)
		scada.over()
	}},
	{rule: "mqtt-no-will-no-will-message", name: "hole", want: rules.Inconclusive, say: func(t *talk) {
		scada := born(t, mortal(false))
		t.bye()
		t.after(10 * time.Second).dial()
		t.login().after(10 * time.Second)
		t.conn.RST(true)
		scada.conn.ClientUnseen(scada.packet(mqtt.PINGREQ))
		scada.lost().over()
	}},

	{rule: "mqtt-will-nonretained", name: "comes as retained", want: rules.Fail, say: func(t *talk) {
		scada := t.scada()
		t.login(mortal(false)).publishes(scada, state, "plc7 here", retained).after(10 * time.Second)
		t.conn.RST(true)
		scada.lost().after(10 * time.Second)
		t.peer("panel").asks(1, state).gets(state, "plc7 lost", 1, retained).over()
	}},
	{rule: "mqtt-will-nonretained", name: "does not", want: rules.Pass, say: func(t *talk) {
		scada := t.scada()
		t.login(mortal(false)).publishes(scada, state, "plc7 here", retained).after(10 * time.Second)
		t.conn.RST(true)
		scada.lost().after(10 * time.Second)
		t.peer("panel").asks(1, state).gets(state, "plc7 here", 1, retained).over()
	}},
	{rule: "mqtt-will-nonretained", name: "hole", want: rules.Inconclusive, say: func(t *talk) {
		scada := t.scada()
		t.login(mortal(false)).publishes(scada, state, "plc7 here", retained).after(10 * time.Second)
		t.conn.RST(true)
		scada.lost().after(10 * time.Second)
		panel := t.peer("panel")
		panel.conn.ClientUnseen(panel.packet(mqtt.PINGREQ))
		panel.asks(1, state).gets(state, "plc7 lost", 1, retained).over()
	}},
	{rule: "mqtt-will-retained", name: "gone", want: rules.Fail, say: func(t *talk) {
		scada := born(t, mortal(true))
		t.conn.RST(true)
		scada.lost().after(10 * time.Second)
		panel := t.peer("panel").asks(1, state).after(20 * time.Second)
		t.dial()
		t.login().publishes(scada, state, "plc7 here")
		panel.gets(state, "plc7 here", 1).over()
	}},
	{rule: "mqtt-will-retained", name: "comes", want: rules.Pass, say: func(t *talk) {
		scada := born(t, mortal(true))
		t.conn.RST(true)
		scada.lost().after(10 * time.Second)
		t.peer("panel").asks(1, state).gets(state, "plc7 lost", 1, retained).over()
	}},
	{rule: "mqtt-will-retained", name: "hole", want: rules.Inconclusive, say: func(t *talk) {
		scada := born(t, mortal(true))
		t.conn.RST(true)
		scada.lost().after(10 * time.Second)
		panel := t.peer("panel").asks(1, state)
		panel.conn.ServerUnseen(panel.publish(state, "plc7 lost", 1, 77, retained))
		panel.after(20 * time.Second)
		t.dial()
		t.login().publishes(scada, state, "plc7 here")
		panel.gets(state, "plc7 here", 1).over()
	}},

	{rule: "m5-will-delay-cancelled", name: "comes", want: rules.Fail, say: func(t *talk) {
		scada := born(t, lasting, mortal(false, number(mqtt.WillDelayInterval, 20)))
		t.conn.RST(true)
		t.after(5 * time.Second).dial()
		t.resumed().after(15 * time.Second)
		scada.lost().over()
	}},
	{rule: "m5-will-delay-cancelled", name: "does not", want: rules.Pass, say: func(t *talk) {
		scada := born(t, lasting, mortal(false, number(mqtt.WillDelayInterval, 20)))
		t.conn.RST(true)
		t.after(5 * time.Second).dial()
		t.resumed().idle(30).bye()
		scada.over()
	}},
	{rule: "m5-will-delay-cancelled", name: "back too late", want: rules.NotExercised, say: func(t *talk) {
		scada := born(t, lasting, mortal(false, number(mqtt.WillDelayInterval, 20)))
		t.conn.RST(true)
		t.after(20 * time.Second)
		scada.lost()
		t.dial()
		t.resumed().idle(30).bye()
		scada.over()
	}},
	{rule: "m5-will-delay-cancelled", name: "hole", want: rules.Inconclusive, say: func(t *talk) {
		scada := born(t, lasting, mortal(false, number(mqtt.WillDelayInterval, 20)))
		t.conn.RST(true)
		t.after(5 * time.Second).dial()
		t.resumed().after(15 * time.Second)
		scada.conn.ClientUnseen(scada.packet(mqtt.PINGREQ))
		scada.lost().over()
	}},
	{rule: "m5-will-user-prop-order", name: "turned round", want: rules.Fail, also: []string{"m5-user-prop-order"}, say: func(t *talk) {
		scada := born(t, mortal(false, userProperty("a", "1"), userProperty("b", "2")))
		t.conn.RST(true)
		scada.lost(with(userProperty("b", "2"), userProperty("a", "1"))).over()
	}},
	{rule: "m5-will-user-prop-order", name: "kept", want: rules.Pass, say: func(t *talk) {
		scada := born(t, mortal(false, userProperty("a", "1"), userProperty("b", "2")))
		t.conn.RST(true)
		scada.lost(with(userProperty("a", "1"), userProperty("b", "2"))).over()
	}},
}
