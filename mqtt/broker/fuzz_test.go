package broker

import (
	"testing"

	"plcscope/mqtt"
)

// FuzzBroker lets clients do anything in any order; what the model says must stay
// consistent.
func FuzzBroker(f *testing.F) {
	f.Add([]byte("\x00\x01\x02\x03\x10\x11\x12\x20\x21\x22"))
	f.Add([]byte("\x01\x11\x41\x51\x02\x12\x42\x52\x71\x61\x81\x91"))
	f.Fuzz(func(t *testing.T, script []byte) {
		w := newWorld(Limits{Publications: 8, Topics: 4, Filters: 12})
		names := []string{"a", "a/b", "$a/b", "\ufeffa", "A//b/", "c"}
		filters := []string{"#", "a/+", "$share/g/a/b", "+/b", "\ufeffa", "", "c"}
		clients := []*Client{w.client(), w.client(), w.client()}
		for i := 0; i+1 < len(script) && i < 4000; i += 2 {
			op, x := script[i]>>4, script[i+1]
			c := clients[int(script[i]&15)%len(clients)]
			id := uint16(x&3) + 1
			switch op {
			case 0:
				c.Connect(mqtt.Version(3+x%3), x&8 != 0, w.at())
				c.Online = x&4 != 0
			case 1:
				c.Subscribe(&mqtt.Packet{ID: id, Filters: []mqtt.Filter{{Filter: []byte(filters[int(x)%len(filters)]), Options: x >> 3}, {Filter: []byte("c")}}}, w.at())
			case 2:
				c.Granted(&mqtt.Packet{ID: id, Codes: script[i+1 : min(len(script), i+3)]}, w.at())
			case 3:
				c.Unsubscribe(&mqtt.Packet{ID: id, Filters: []mqtt.Filter{{Filter: []byte(filters[int(x)%len(filters)])}}}, w.at())
			case 4:
				c.Unsubscribed(&mqtt.Packet{ID: id}, w.at())
			case 5, 6, 7:
				m := message5(names[int(x)%len(names)], string(script[i+1:min(len(script), i+2)]), mqtt.QoS(x>>3)%3)
				m.Retain = x&0x80 != 0
				if p := c.Publish(m, w.at(), true); p != nil && (p.Number != w.last || p.From != c || w.Publication(p.Number) != p || w.Recall(uint32(p.Number)) != p) {
					t.Fatalf("publication %+v", p)
				}
			case 8, 9, 10:
				m := message5(names[int(x)%len(names)], string(script[i+1:min(len(script), i+2)]), mqtt.QoS(x>>3)%3)
				m.Retain = x&0x80 != 0
				d := c.Deliver(m, w.at())
				if d.Live&d.Shared != d.Shared || d.Pub != nil && !d.Pub.Got(c) || d.Pub != nil && d.Replay || d.First && d.Pub.GotAgain(c) {
					t.Fatalf("delivery %+v", d)
				}
			case 11:
				c.End(w.at())
			case 12:
				c.Forget()
			case 13:
				k := &mqtt.Connect{}
				k.SetWill([]byte(names[int(x)%len(names)]), []byte{x}, 1, x&1 != 0)
				c.Declare(k, mqtt.V5, w.at())
			case 14:
				c.WillDue(w.at(), true)
			case 15:
				w.now -= 2 * second // ports are mirrored one after the other
			}
			check(t, w)
		}
	})
}

// check holds the tables of the model against each other.
func check(t *testing.T, w *world) {
	filters, admitted, retained := 0, 0, 0
	for slot, c := range w.subscribers {
		if c == nil {
			continue
		}
		admitted++
		filters += len(c.subs)
		if int(c.slot) != slot {
			t.Fatalf("slot %d holds the client of slot %d", slot, c.slot)
		}
	}
	for hash, x := range w.topics {
		if x.hash != hash || x.Name == nil {
			t.Fatalf("topic %q under the wrong hash", x.Name)
		}
		if x.Retained.Present {
			retained++
		}
		for _, r := range w.Receivers(x) {
			if r.Client.slot < 0 || w.subscribers[r.Client.slot] != r.Client || r.Subs == 0 || r.Subs>>len(r.Client.subs) != 0 {
				t.Fatalf("receiver %+v of %q", r, x.Name)
			}
		}
	}
	if filters != w.filters || admitted != w.admitted || retained != w.retained || len(w.topics) != len(w.places) || len(w.places) > w.limits.Topics || w.filters > w.limits.Filters {
		t.Fatalf("filters %d %d, subscribers %d %d, retained %d %d, topics %d %d", filters, w.filters, admitted, w.admitted, retained, w.retained, len(w.topics), len(w.places))
	}
}
