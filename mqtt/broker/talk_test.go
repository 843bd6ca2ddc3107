package broker

import (
	"testing"

	"plcscope/mqtt"
)

const second = int64(1_000_000_000)

// world is a broker with a clock, for tests.
type world struct {
	*Broker
	frame uint64
	now   int64
}

func newWorld(l Limits) *world { return &world{Broker: New(l)} }

// at is the next packet, a second after the one before.
func (w *world) at() Ref {
	w.frame++
	w.now += second
	return Ref{Frame: w.frame, Time: w.now}
}

// client connects a client with a new session.
func (w *world) client() *Client {
	c := w.NewClient(nil)
	c.Connect(mqtt.V5, true, w.at())
	c.Online = true
	return c
}

func (w *world) subscribe(c *Client, options byte, filters ...string) {
	p := &mqtt.Packet{Type: mqtt.SUBSCRIBE, ID: 7}
	for _, f := range filters {
		p.Filters = append(p.Filters, mqtt.Filter{Filter: []byte(f), Options: options})
	}
	c.Subscribe(p, w.at())
	q := &mqtt.Packet{Type: mqtt.SUBACK, ID: 7}
	for range filters {
		q.Codes = append(q.Codes, options&3)
	}
	c.Granted(q, w.at())
}

func (w *world) unsubscribe(c *Client, filter string) {
	p := &mqtt.Packet{Type: mqtt.UNSUBSCRIBE, ID: 8, Filters: []mqtt.Filter{{Filter: []byte(filter)}}}
	c.Unsubscribe(p, w.at())
	c.Unsubscribed(&mqtt.Packet{Type: mqtt.UNSUBACK, ID: 8}, w.at())
}

func message5(topic, payload string, q mqtt.QoS) *mqtt.Packet {
	return &mqtt.Packet{Type: mqtt.PUBLISH, Version: mqtt.V5, Topic: []byte(topic), Payload: []byte(payload), QoS: q}
}

func (w *world) publish(c *Client, topic, payload string, q mqtt.QoS) *Publication {
	return c.Publish(message5(topic, payload, q), w.at(), true)
}

func (w *world) deliver(c *Client, topic, payload string, q mqtt.QoS) Delivery {
	return c.Deliver(message5(topic, payload, q), w.at())
}

func TestDelivery(t *testing.T) {
	for _, c := range []struct {
		name string
		say  func(w *world, plc, hmi *Client) Delivery
		want string
	}{
		{"what was published", func(w *world, plc, hmi *Client) Delivery {
			w.publish(plc, "a/b", "1", 1)
			return w.deliver(hmi, "a/b", "1", 1)
		}, "number 1 first unique live 1"},
		{"another payload", func(w *world, plc, hmi *Client) Delivery {
			w.publish(plc, "a/b", "1", 1)
			return w.deliver(hmi, "a/b", "2", 1)
		}, "nobody foreign live 1"},
		{"another topic", func(w *world, plc, hmi *Client) Delivery {
			w.publish(plc, "a/b", "1", 1)
			return w.deliver(hmi, "a/c", "1", 1)
		}, "nobody foreign live 1"},
		{"a second copy", func(w *world, plc, hmi *Client) Delivery {
			w.publish(plc, "a/b", "1", 1)
			w.deliver(hmi, "a/b", "1", 1)
			return w.deliver(hmi, "a/b", "1", 1)
		}, "number 1 unique live 1"},
		{"one of two equal ones", func(w *world, plc, hmi *Client) Delivery {
			w.publish(plc, "a/b", "1", 1)
			w.publish(plc, "a/b", "1", 1)
			return w.deliver(hmi, "a/b", "1", 1)
		}, "number 1 first live 1"},
		{"the later of two equal ones, long after the first was delivered", func(w *world, plc, hmi *Client) Delivery {
			w.publish(plc, "a/b", "1", 1)
			w.deliver(hmi, "a/b", "1", 1)
			w.now += 20 * second
			w.publish(plc, "a/b", "1", 1)
			return w.deliver(hmi, "a/b", "1", 1)
		}, "number 2 first unique live 1"},
		{"much later", func(w *world, plc, hmi *Client) Delivery {
			w.publish(plc, "a/b", "1", 1)
			w.now += 20 * second
			return w.deliver(hmi, "a/b", "1", 1)
		}, "number 1 first live 1"},
		{"stored for a new subscription", func(w *world, plc, hmi *Client) Delivery {
			p := message5("a/b", "1", 1)
			p.Retain = true
			plc.Publish(p, w.at(), true)
			w.subscribe(hmi, 1, "a/b")
			return hmi.Deliver(p, w.at())
		}, "nobody replay live 2"},
		{"two subscriptions, one of them shared", func(w *world, plc, hmi *Client) Delivery {
			w.subscribe(hmi, 1, "$share/g/a/#")
			w.publish(plc, "a/b", "1", 1)
			return w.deliver(hmi, "a/b", "1", 1)
		}, "number 1 first unique live 2 shared 1"},
		{"unsubscribed", func(w *world, plc, hmi *Client) Delivery {
			w.unsubscribe(hmi, "#")
			w.publish(plc, "a/b", "1", 1)
			return w.deliver(hmi, "a/b", "1", 1)
		}, "number 1 first unique live 0"},
		{"captured before its publication", func(w *world, plc, hmi *Client) Delivery {
			w.deliver(hmi, "a/b", "1", 1)
			w.now -= second - 1000
			w.publish(plc, "a/b", "1", 1)
			return w.deliver(hmi, "a/b", "1", 1)
		}, "number 1 unique live 1"},
		{"to a client without subscriptions in the capture", func(w *world, plc, hmi *Client) Delivery {
			w.publish(plc, "a/b", "1", 1)
			return w.deliver(w.client(), "a/b", "1", 1)
		}, "nobody live 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(Limits{})
			plc, hmi := w.client(), w.client()
			w.subscribe(hmi, 1, "#")
			w.now += 10 * second
			d := c.say(w, plc, hmi)
			if got := d.text(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
