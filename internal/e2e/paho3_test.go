package e2e

import (
	"fmt"
	"time"

	mqtt3 "github.com/eclipse/paho.mqtt.golang"
)

// pahoGo3 is Eclipse Paho for Go in MQTT 3.1 and 3.1.1.
type pahoGo3 struct {
	c    mqtt3.Client
	last options
	ev   events
}

func (p *pahoGo3) events() *events { return &p.ev }

// wait turns a token into an error.
func wait(t mqtt3.Token) error {
	if !t.WaitTimeout(patience) {
		return fmt.Errorf("no answer within %s", patience)
	}
	return t.Error()
}

func (p *pahoGo3) connect(o options) (bool, error) {
	if p.c == nil || o.clean || p.last.clean || p.last.id != o.id {
		c := mqtt3.NewClientOptions().
			AddBroker(fmt.Sprintf("%s://127.0.0.1:%d", map[bool]string{false: "tcp", true: "ws"}[o.web], o.port)).
			SetClientID(o.id).
			SetProtocolVersion(uint(o.version)).
			SetCleanSession(o.clean).
			SetKeepAlive(o.keepAlive).
			SetPingTimeout(patience).
			SetAutoReconnect(false).
			SetOrderMatters(true).
			SetDefaultPublishHandler(func(_ mqtt3.Client, m mqtt3.Message) {
				p.ev.message(message{topic: m.Topic(), payload: string(m.Payload()), qos: m.Qos(), retain: m.Retained()})
			}).
			SetConnectionLostHandler(func(mqtt3.Client, error) { p.ev.ended() })
		if w := o.will; w != nil {
			c.SetWill(w.topic, w.payload, w.qos, w.retain)
		}
		p.c = mqtt3.NewClient(c)
	}
	p.last = o
	t := p.c.Connect().(*mqtt3.ConnectToken)
	if err := wait(t); err != nil {
		return false, err
	}
	return t.SessionPresent(), nil
}

func (p *pahoGo3) subscribe(filter string, o subscription) (byte, error) {
	t := p.c.Subscribe(filter, o.qos, nil).(*mqtt3.SubscribeToken)
	if err := wait(t); err != nil {
		return 0, err
	}
	for _, granted := range t.Result() { // not by filter: it comes without $share
		return granted, nil
	}
	return 0, fmt.Errorf("no answer for %s", filter)
}

func (p *pahoGo3) unsubscribe(filter string) error { return wait(p.c.Unsubscribe(filter)) }

func (p *pahoGo3) post(m message) error {
	if m.payload == "-" {
		m.payload = ""
	}
	t := p.c.Publish(m.topic, m.qos, m.retain, m.payload)
	go func() {
		if <-t.Done(); t.Error() == nil {
			p.ev.sent()
		}
	}()
	return nil
}

func (p *pahoGo3) disconnect() error {
	p.c.Disconnect(uint((250 * time.Millisecond).Milliseconds()))
	p.ev.ended()
	return nil
}
