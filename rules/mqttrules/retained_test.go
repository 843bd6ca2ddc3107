package mqttrules

import (
	"time"

	"plcscope/mqtt"
	"plcscope/pcaps/craft"
	"plcscope/rules"
)

// peer is another client of the same broker and its own connection, logged in.
func (t *talk) peer(id string, change ...func(*mqtt.Packet)) *talk {
	t.ports++
	p := &talk{v: t.v, capture: t.capture, ports: 100 * t.ports}
	p.conn = t.capture.Connect(craft.Host("10.0.0.20:"+itoa(3000+t.ports)), craft.Host(brokerAddr))
	return p.login(append([]func(*mqtt.Packet){clientID(id)}, change...)...)
}

// scada is a peer that hears of everything under plc7/, at QoS 1.
func (t *talk) scada() *talk {
	p := t.peer("scada")
	return p.c(p.subscribe(1, 1, "plc7/+")).s(p.suback(1, 1)).after(time.Second)
}

// publishes lets the talk's client publish a message of QoS 1, which to gets.
func (t *talk) publishes(to *talk, topic, payload string, change ...func(*mqtt.Packet)) *talk {
	return t.publishesAt(1, to, topic, payload, change...)
}

func (t *talk) publishesAt(q mqtt.QoS, to *talk, topic, payload string, change ...func(*mqtt.Packet)) *talk {
	t.ids++
	t.c(t.publish(topic, payload, q, t.ids, change...))
	if q > 0 {
		t.s(t.puback(t.ids))
	}
	to.gets(topic, payload, q)
	return t
}

// gets lets the broker deliver a message.
func (t *talk) gets(topic, payload string, q mqtt.QoS, change ...func(*mqtt.Packet)) *talk {
	t.ids++
	t.s(t.publish(topic, payload, q, t.ids, change...))
	if q > 0 {
		t.c(t.puback(t.ids))
	}
	return t
}

// asks is a SUBSCRIBE to the topic of the retained messages, with options.
func (t *talk) asks(options byte, filters ...string) *talk {
	t.ids++
	return t.c(t.subscribe(t.ids, options, filters...)).s(t.suback(t.ids, options&3))
}

const mode = "plc7/mode"

// kept is a conversation in which plc7 has published two retained messages long ago,
// before an operator panel subscribes.
func kept(t *talk, q mqtt.QoS, first, second string) (scada, panel *talk) {
	scada = t.scada()
	t.login().publishesAt(1, scada, mode, first, retained).after(time.Second)
	if second != first {
		t.publishesAt(q, scada, mode, second, retained)
	}
	t.after(10 * time.Second)
	return scada, t.peer("panel")
}

var retainedConversations = []conversation{
	{rule: "mqtt-retain-stored", name: "the older one", want: rules.Fail, say: func(t *talk) {
		_, panel := kept(t, 1, "manual", "auto")
		panel.asks(1, mode).gets(mode, "manual", 1, retained).after(5 * time.Second).ping().bye()
	}},
	{rule: "mqtt-retain-stored", name: "the latest", want: rules.Pass, say: func(t *talk) {
		_, panel := kept(t, 1, "manual", "auto")
		panel.asks(1, mode).gets(mode, "auto", 1, retained).after(5 * time.Second).ping().bye()
	}},
	{rule: "mqtt-retain-stored", name: "nobody was there to see who publishes", want: rules.NotExercised, say: func(t *talk) {
		t.login()
		for _, payload := range []string{"manual", "auto"} {
			t.ids++
			t.c(t.publish(mode, payload, 1, t.ids, retained)).s(t.puback(t.ids))
		}
		panel := t.after(10 * time.Second).peer("panel")
		panel.asks(1, mode).gets(mode, "manual", 1, retained).after(5 * time.Second).ping().bye()
	}},
	{rule: "mqtt-retain-stored", name: "others publish too", want: rules.NotExercised, say: func(t *talk) {
		scada, panel := kept(t, 1, "manual", "auto")
		scada.gets(mode, "manual", 1)
		panel.asks(1, mode).gets(mode, "manual", 1, retained).after(5 * time.Second).ping().bye()
	}},
	{rule: "mqtt-retain-stored", name: "another published at that moment", want: rules.NotExercised, say: func(t *talk) {
		scada, panel := kept(t, 1, "manual", "auto")
		panel.asks(1, mode).gets(mode, "manual", 1, retained)
		scada.gets(mode, "manual", 1)
		panel.after(5 * time.Second).ping().bye()
	}},
	{rule: "mqtt-retain-stored", name: "hole", want: rules.Inconclusive, say: func(t *talk) {
		_, panel := kept(t, 1, "manual", "auto")
		panel.conn.ClientUnseen(panel.packet(mqtt.PINGREQ))
		panel.asks(1, mode).gets(mode, "manual", 1, retained).after(5 * time.Second).ping().bye()
	}},

	{rule: "mqtt-retained-on-subscribe", name: "none", want: rules.Fail, say: func(t *talk) {
		scada, panel := kept(t, 1, "auto", "auto")
		panel.asks(1, mode).after(20 * time.Second)
		t.publishes(scada, mode, "manual")
		panel.gets(mode, "manual", 1).bye()
	}},
	{rule: "mqtt-retained-on-subscribe", name: "it comes", want: rules.Pass, say: func(t *talk) {
		scada, panel := kept(t, 1, "auto", "auto")
		panel.asks(1, mode).gets(mode, "auto", 1, retained).after(20 * time.Second)
		t.publishes(scada, mode, "manual")
		panel.gets(mode, "manual", 1).bye()
	}},
	{rule: "mqtt-retained-on-subscribe", name: "none, and it may be forbidden to read", want: rules.NotExercised, say: func(t *talk) {
		_, panel := kept(t, 1, "auto", "auto")
		panel.asks(1, mode).after(20 * time.Second).ping().bye()
	}},
	{rule: "mqtt-retained-on-subscribe", name: "none, and QoS 0 may get lost", want: rules.NotExercised, say: func(t *talk) {
		scada, panel := kept(t, 1, "auto", "auto")
		panel.asks(0, mode).after(20 * time.Second)
		t.publishes(scada, mode, "manual")
		panel.gets(mode, "manual", 0).bye()
	}},
	{rule: "mqtt-retained-on-subscribe", name: "hole", want: rules.Inconclusive, say: func(t *talk) {
		scada, panel := kept(t, 1, "auto", "auto")
		panel.asks(1, mode)
		panel.conn.ServerUnseen(panel.publish(mode, "auto", 1, 9, retained))
		panel.after(20 * time.Second)
		t.publishes(scada, mode, "manual").publishes(scada, mode, "off")
		panel.gets(mode, "manual", 1).gets(mode, "off", 1).after(5 * time.Second).ping().bye()
		scada.over()
	}},

	{rule: "m311-retain-qos0-replaces", name: "the older one", want: rules.Fail, say: func(t *talk) {
		_, panel := kept(t, 0, "manual", "auto")
		panel.asks(1, mode).gets(mode, "manual", 1, retained).after(5 * time.Second).ping().bye()
	}},
	{rule: "m311-retain-qos0-replaces", name: "the latest", want: rules.Pass, say: func(t *talk) {
		_, panel := kept(t, 0, "manual", "auto")
		panel.asks(1, mode).gets(mode, "auto", 0, retained).after(5 * time.Second).ping().bye()
	}},
	{rule: "m311-retain-qos0-replaces", name: "none", want: rules.NotExercised, say: func(t *talk) {
		scada, panel := kept(t, 0, "manual", "auto")
		panel.asks(1, mode).after(20 * time.Second)
		t.publishes(scada, mode, "manual")
		panel.gets(mode, "manual", 1).bye()
	}},
	{rule: "m311-retain-qos0-replaces", name: "hole", want: rules.Inconclusive, say: func(t *talk) {
		_, panel := kept(t, 0, "manual", "auto")
		panel.conn.ClientUnseen(panel.packet(mqtt.PINGREQ))
		panel.asks(1, mode).gets(mode, "manual", 1, retained).after(5 * time.Second).ping().bye()
	}},

	{rule: "mqtt-retain-flag-new-subscription", name: "RETAIN 0", want: rules.Fail, say: func(t *talk) {
		_, panel := kept(t, 1, "manual", "auto")
		panel.asks(1, mode).gets(mode, "auto", 1).after(5 * time.Second).ping().bye()
	}},
	{rule: "mqtt-retain-flag-new-subscription", name: "RETAIN 1", want: rules.Pass, say: func(t *talk) {
		_, panel := kept(t, 1, "manual", "auto")
		panel.asks(1, mode).gets(mode, "auto", 1, retained).after(5 * time.Second).ping().bye()
	}},
	{rule: "mqtt-retain-flag-new-subscription", name: "published again at that moment", want: rules.NotExercised, say: func(t *talk) {
		scada, panel := kept(t, 1, "manual", "auto")
		panel.asks(0, mode)
		t.publishes(scada, mode, "auto", retained)
		panel.gets(mode, "auto", 0).after(5 * time.Second).ping().bye()
	}},
	{rule: "mqtt-retain-flag-new-subscription", name: "hole", want: rules.Inconclusive, say: func(t *talk) {
		_, panel := kept(t, 1, "manual", "auto")
		panel.conn.ClientUnseen(panel.packet(mqtt.PINGREQ))
		panel.asks(1, mode).gets(mode, "auto", 1).after(5 * time.Second).ping().bye()
	}},

	{rule: "mqtt-retain-empty-clears", name: "comes all the same", want: rules.Fail, say: func(t *talk) {
		_, panel := kept(t, 1, "start", "")
		panel.asks(1, mode).gets(mode, "start", 1, retained).after(5 * time.Second).ping().bye()
	}},
	{rule: "mqtt-retain-empty-clears", name: "nothing comes", want: rules.Pass, say: func(t *talk) {
		_, panel := kept(t, 1, "start", "")
		panel.asks(1, mode).after(5 * time.Second).ping().bye()
	}},
	{rule: "mqtt-retain-empty-clears", name: "hole", want: rules.Inconclusive, say: func(t *talk) {
		_, panel := kept(t, 1, "start", "")
		panel.conn.ClientUnseen(panel.packet(mqtt.PINGREQ))
		panel.asks(1, mode).gets(mode, "start", 1, retained).after(5 * time.Second).ping().bye()
	}},
	{rule: "mqtt-retain-empty-not-stored", name: "comes", want: rules.Fail, say: func(t *talk) {
		_, panel := kept(t, 1, "start", "")
		panel.asks(1, mode).gets(mode, "", 1, retained).after(5 * time.Second).ping().bye()
	}},
	{rule: "mqtt-retain-empty-not-stored", name: "nothing comes", want: rules.Pass, say: func(t *talk) {
		_, panel := kept(t, 1, "start", "")
		panel.asks(1, mode).after(5 * time.Second).ping().bye()
	}},
	{rule: "mqtt-retain-empty-not-stored", name: "hole", want: rules.Inconclusive, say: func(t *talk) {
		_, panel := kept(t, 1, "start", "")
		panel.conn.ClientUnseen(panel.packet(mqtt.PINGREQ))
		panel.asks(1, mode).gets(mode, "", 1, retained).after(5 * time.Second).ping().bye()
	}},
	{rule: "mqtt-nonretained-not-stored", name: "comes", want: rules.Fail, say: func(t *talk) {
		scada, _ := kept(t, 1, "manual", "auto")
		t.publishes(scada, mode, "pulse").after(10 * time.Second)
		t.peer("hmi").asks(1, mode).gets(mode, "pulse", 1, retained).after(5 * time.Second).ping().bye()
	}},
	{rule: "mqtt-nonretained-not-stored", name: "the retained one comes", want: rules.Pass, say: func(t *talk) {
		scada, _ := kept(t, 1, "manual", "auto")
		t.publishes(scada, mode, "pulse").after(10 * time.Second)
		t.peer("hmi").asks(1, mode).gets(mode, "auto", 1, retained).after(5 * time.Second).ping().bye()
	}},
	{rule: "mqtt-nonretained-not-stored", name: "hole", want: rules.Inconclusive, say: func(t *talk) {
		scada, _ := kept(t, 1, "manual", "auto")
		t.publishes(scada, mode, "pulse").after(10 * time.Second)
		hmi := t.peer("hmi")
		hmi.conn.ClientUnseen(hmi.packet(mqtt.PINGREQ))
		hmi.asks(1, mode).gets(mode, "pulse", 1, retained).after(5 * time.Second).ping().bye()
	}},
	{rule: "mqtt-retained-outlive-session", name: "gone with it", want: rules.Fail, also: []string{"mqtt-retained-on-subscribe"}, say: func(t *talk) {
		scada, panel := kept(t, 1, "manual", "auto")
		t.bye()
		t.dial()
		panel.asks(1, mode).after(20 * time.Second)
		t.login(clientID("other")).publishes(scada, mode, "manual")
		panel.gets(mode, "manual", 1).bye()
	}},
	{rule: "mqtt-retained-outlive-session", name: "stays", want: rules.Pass, say: func(t *talk) {
		_, panel := kept(t, 1, "manual", "auto")
		t.bye()
		panel.asks(1, mode).gets(mode, "auto", 1, retained).after(20 * time.Second).ping().bye()
	}},
	{rule: "mqtt-retained-outlive-session", name: "hole", want: rules.Inconclusive, say: func(t *talk) {
		scada, panel := kept(t, 1, "manual", "auto")
		t.bye()
		t.dial()
		panel.asks(1, mode)
		panel.conn.ServerUnseen(panel.publish(mode, "auto", 1, 9, retained))
		panel.after(20 * time.Second)
		t.login(clientID("other")).publishes(scada, mode, "manual").publishes(scada, mode, "off")
		panel.gets(mode, "manual", 1).gets(mode, "off", 1).after(5 * time.Second).ping().bye()
		scada.over()
	}},
	{rule: "m5-retain-handling-0", name: "withheld from a new one", want: rules.Fail, say: func(t *talk) {
		scada, panel := kept(t, 1, "auto", "auto")
		panel.asks(1, mode).after(20 * time.Second)
		t.publishes(scada, mode, "manual")
		panel.gets(mode, "manual", 1).bye()
	}},
	{rule: "m5-retain-handling-0", name: "withheld from an existing one", want: rules.Fail, say: func(t *talk) {
		scada, panel := kept(t, 1, "manual", "auto")
		panel.asks(1, mode).gets(mode, "auto", 1, retained).after(20*time.Second).asks(1, mode).after(20 * time.Second)
		t.publishes(scada, mode, "manual")
		panel.gets(mode, "manual", 1).bye()
	}},
	{rule: "m5-retain-handling-0", name: "sent to both", want: rules.Pass, say: func(t *talk) {
		scada, panel := kept(t, 1, "manual", "auto")
		panel.asks(1, mode).gets(mode, "auto", 1, retained).after(20*time.Second).asks(1, mode).gets(mode, "auto", 1, retained).after(20 * time.Second)
		t.publishes(scada, mode, "manual")
		panel.gets(mode, "manual", 1).bye()
	}},
	{rule: "m5-retain-handling-0", name: "none, and it may be forbidden to read", want: rules.NotExercised, say: func(t *talk) {
		_, panel := kept(t, 1, "auto", "auto")
		panel.asks(1, mode).after(20 * time.Second).ping().bye()
	}},
	{rule: "m5-retain-handling-0", name: "none was asked for", want: rules.NotExercised, say: func(t *talk) {
		scada, panel := kept(t, 1, "auto", "auto")
		panel.asks(0x21, mode).after(20 * time.Second)
		t.publishes(scada, mode, "manual")
		panel.gets(mode, "manual", 1).bye()
	}},
	{rule: "m5-retain-handling-0", name: "cleared by somebody else", want: rules.NotExercised, say: func(t *talk) {
		scada, panel := kept(t, 1, "auto", "auto")
		scada.gets(mode, "", 1)
		panel.asks(1, mode).after(20 * time.Second)
		t.publishes(scada, mode, "manual")
		panel.gets(mode, "manual", 1).bye()
	}},
	{rule: "m5-retain-handling-0", name: "hole", want: rules.Inconclusive, say: func(t *talk) {
		scada, panel := kept(t, 1, "auto", "auto")
		panel.asks(1, mode)
		panel.conn.ServerUnseen(panel.publish(mode, "auto", 1, 9, retained))
		panel.after(20 * time.Second)
		t.publishes(scada, mode, "manual").publishes(scada, mode, "off")
		panel.gets(mode, "manual", 1).gets(mode, "off", 1).after(5 * time.Second).ping().bye()
		scada.over()
	}},
	{rule: "m5-retain-handling-1", name: "sent for an existing one", want: rules.Fail, say: func(t *talk) {
		_, panel := kept(t, 1, "manual", "auto")
		panel.asks(0x11, mode).gets(mode, "auto", 1, retained).after(20*time.Second).asks(0x11, mode).gets(mode, "auto", 1, retained).bye()
	}},
	{rule: "m5-retain-handling-1", name: "withheld from a new one", want: rules.Fail, say: func(t *talk) {
		scada, panel := kept(t, 1, "manual", "auto")
		panel.asks(0x11, mode).after(20 * time.Second)
		t.publishes(scada, mode, "manual")
		panel.gets(mode, "manual", 1).bye()
	}},
	{rule: "m5-retain-handling-1", name: "for the new one only", want: rules.Pass, say: func(t *talk) {
		_, panel := kept(t, 1, "manual", "auto")
		panel.asks(0x11, mode).gets(mode, "auto", 1, retained).after(20*time.Second).asks(0x11, mode).after(5 * time.Second).ping().bye()
	}},
	{rule: "m5-retain-handling-1", name: "hole", want: rules.Inconclusive, say: func(t *talk) {
		_, panel := kept(t, 1, "manual", "auto")
		panel.asks(0x11, mode).gets(mode, "auto", 1, retained)
		panel.conn.ClientUnseen(panel.unsubscribe(99, mode))
		panel.after(20*time.Second).asks(0x11, mode).gets(mode, "auto", 1, retained).bye()
	}},
	{rule: "m5-retain-handling-2", name: "sent", want: rules.Fail, say: func(t *talk) {
		_, panel := kept(t, 1, "manual", "auto")
		panel.asks(0x21, mode).gets(mode, "auto", 1, retained).bye()
	}},
	{rule: "m5-retain-handling-2", name: "not sent", want: rules.Pass, say: func(t *talk) {
		_, panel := kept(t, 1, "manual", "auto")
		panel.asks(0x21, mode).after(5 * time.Second).ping().bye()
	}},
	{rule: "m5-retain-handling-2", name: "another filter brings it", want: rules.Pass, say: func(t *talk) {
		_, panel := kept(t, 1, "manual", "auto")
		panel.asks(0x21, mode).asks(1, "plc7/#").gets(mode, "auto", 1, retained).bye()
	}},
	{rule: "m5-retain-handling-2", name: "retain as published", want: rules.Pass, say: func(t *talk) {
		_, panel := kept(t, 1, "manual", "auto")
		panel.asks(0x29, mode).gets(mode, "auto", 1, retained).bye()
	}},
	{rule: "m5-retain-handling-2", name: "hole", want: rules.Inconclusive, say: func(t *talk) {
		_, panel := kept(t, 1, "manual", "auto")
		panel.conn.ClientUnseen(panel.subscribe(98, 1, "plc7/#"))
		panel.asks(0x21, mode).gets(mode, "auto", 1, retained).bye()
	}},
}
