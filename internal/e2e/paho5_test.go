package e2e

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"

	"github.com/eclipse/paho.golang/packets"
	mqtt5 "github.com/eclipse/paho.golang/paho"
	"github.com/eclipse/paho.golang/paho/session"
	"github.com/eclipse/paho.golang/paho/session/state"
)

// sessionExpiry is after how many seconds a broker may drop a session that is not
// clean.
const sessionExpiry = 300

// pahoGo5 is Eclipse Paho for Go in MQTT 5.
type pahoGo5 struct {
	c    *mqtt5.Client
	kept session.SessionManager // what goes on over connections
	ev   events
}

func (p *pahoGo5) events() *events { return &p.ev }

func (p *pahoGo5) connect(o options) (bool, error) {
	conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(o.port)))
	if err != nil {
		return false, err
	}
	if p.kept == nil || o.clean {
		p.kept = counted{state.NewInMemory(), &p.ev}
	}
	p.c = mqtt5.NewClient(mqtt5.ClientConfig{
		ClientID: o.id, Conn: conn, Session: p.kept, PacketTimeout: patience,
		OnPublishReceived: []func(mqtt5.PublishReceived) (bool, error){func(r mqtt5.PublishReceived) (bool, error) {
			m := r.Packet
			p.ev.message(message{topic: m.Topic, payload: string(m.Payload), qos: m.QoS, retain: m.Retain})
			return true, nil
		}},
	})
	cp := &mqtt5.Connect{ClientID: o.id, CleanStart: o.clean, KeepAlive: uint16(o.keepAlive.Seconds())}
	if !o.clean {
		expiry := uint32(sessionExpiry)
		cp.Properties = &mqtt5.ConnectProperties{SessionExpiryInterval: &expiry}
	}
	if w := o.will; w != nil {
		if o.delay > 0 {
			delay := uint32(o.delay)
			cp.WillProperties = &mqtt5.WillProperties{WillDelayInterval: &delay}
		}
		cp.WillMessage = &mqtt5.WillMessage{Topic: w.topic, Payload: []byte(w.payload), QoS: w.qos, Retain: w.retain}
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ack, err := p.c.Connect(ctx, cp)
	if err != nil {
		return false, err
	}
	done := p.c.Done()
	go func() {
		<-done
		p.ev.ended()
	}()
	return ack.SessionPresent, nil
}

func (p *pahoGo5) subscribe(filter string, o subscription) (byte, error) {
	request := &mqtt5.Subscribe{Subscriptions: []mqtt5.SubscribeOptions{{
		Topic: filter, QoS: o.qos, NoLocal: o.noLocal, RetainAsPublished: o.asPublished, RetainHandling: o.handling,
	}}}
	if o.id != 0 {
		request.Properties = &mqtt5.SubscribeProperties{SubscriptionIdentifier: &o.id}
	}
	ack, err := p.c.Subscribe(context.Background(), request)
	if err != nil {
		return 0, err
	}
	if len(ack.Reasons) != 1 {
		return 0, fmt.Errorf("%d reason codes for one filter", len(ack.Reasons))
	}
	return ack.Reasons[0], nil
}

func (p *pahoGo5) unsubscribe(filter string) error {
	_, err := p.c.Unsubscribe(context.Background(), &mqtt5.Unsubscribe{Topics: []string{filter}})
	return err
}

// post leaves what the network loses to the session.
func (p *pahoGo5) post(m message) error {
	if m.payload == "-" {
		m.payload = ""
	}
	packet := &mqtt5.Publish{Topic: m.topic, QoS: m.qos, Retain: m.retain, Payload: []byte(m.payload)}
	if m.expiry > 0 {
		expiry := uint32(m.expiry)
		packet.Properties = &mqtt5.PublishProperties{MessageExpiry: &expiry}
	}
	_, err := p.c.PublishWithOptions(context.Background(), packet,
		mqtt5.PublishOptions{Method: mqtt5.PublishMethod_AsyncSend})
	if m.qos == 0 && err == nil {
		p.ev.sent()
	}
	if errors.Is(err, mqtt5.ErrNetworkErrorAfterStored) {
		return nil
	}
	return err
}

// counted is a session that tells when a message is through, on whichever
// connection.
type counted struct {
	session.SessionManager
	ev *events
}

func (c counted) PacketReceived(p *packets.ControlPacket, publish chan<- *packets.Publish) error {
	switch ack := p.Content.(type) {
	case *packets.Puback, *packets.Pubcomp:
		c.ev.sent()
	case *packets.Pubrec:
		if ack.ReasonCode >= 0x80 {
			c.ev.sent()
		}
	}
	return c.SessionManager.PacketReceived(p, publish)
}

func (p *pahoGo5) disconnect() error { return p.c.Disconnect(&mqtt5.Disconnect{}) }
