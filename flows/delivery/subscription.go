package delivery

import (
	"bytes"

	"plcscope/mqtt"
	"plcscope/mqtt/session"
)

// subscription is one topic filter of a client.
type subscription struct {
	filter  []byte
	id      uint16 // of the SUBSCRIBE that is not answered yet, else 0
	place   int    // of the filter in that SUBSCRIBE
	qos     mqtt.QoS
	noLocal bool
	granted bool
}

// subscription takes in SUBSCRIBE, SUBACK and UNSUBSCRIBE.
func (a *Audit) subscription(c *conn, p *mqtt.Packet, from session.Side) {
	o := c.owner
	if o.current != c {
		return
	}
	switch {
	case from == client && p.Type == mqtt.SUBSCRIBE:
		for i := range p.Filters {
			a.subscribe(o, p, i)
		}
	case from == server && p.Type == mqtt.SUBACK:
		a.granted(o, p)
	case from == client && p.Type == mqtt.UNSUBSCRIBE:
		for _, f := range p.Filters {
			if s := o.filter(f.Filter); s != nil {
				o.unsubscribe(s)
			}
		}
	}
}

func (o *owner) filter(f []byte) *subscription {
	for i := range o.filters {
		if bytes.Equal(o.filters[i].filter, f) {
			return &o.filters[i]
		}
	}
	return nil
}

func (a *Audit) subscribe(o *owner, p *mqtt.Packet, place int) {
	f := &p.Filters[place]
	if _, problem := mqtt.CheckFilter(f.Filter); problem != mqtt.FilterOK && problem != mqtt.FilterShare {
		return
	}
	if bytes.HasPrefix(f.Filter, []byte("$share/")) {
		o.obscure() // one of the group gets a message, and nobody knows which
		return
	}
	b := a.brokerOf(o)
	s := o.filter(f.Filter)
	if s == nil {
		if b == nil || b.filters >= maxFilters || len(f.Filter) > maxFilter {
			a.bounds.Subscriptions++
			o.obscure()
			return
		}
		if len(o.filters) == 0 {
			b.subscribers = append(b.subscribers, o)
		}
		b.filters++
		o.filters = append(o.filters, subscription{filter: bytes.Clone(f.Filter)})
		s = &o.filters[len(o.filters)-1]
	}
	s.id, s.place, s.noLocal = p.ID, place, p.Version == mqtt.V5 && f.NoLocal()
}

func (a *Audit) granted(o *owner, p *mqtt.Packet) {
	for i := len(o.filters) - 1; i >= 0; i-- {
		s := &o.filters[i]
		if s.id != p.ID || s.id == 0 || s.place >= len(p.Codes) {
			continue
		}
		s.id = 0
		if code := p.Codes[s.place]; code > 2 {
			o.unsubscribe(s)
		} else {
			s.qos, s.granted = mqtt.QoS(code), true
			o.broker.changed()
		}
	}
}

// obscure takes note that the client may get messages that no known subscription
// explains.
func (o *owner) obscure() {
	if o.broker != nil {
		o.broker.obscure = true
	}
}

// unsubscribe drops one subscription.
func (o *owner) unsubscribe(s *subscription) {
	last := len(o.filters) - 1
	*s = o.filters[last]
	o.filters[last] = subscription{}
	o.filters = o.filters[:last]
	o.broker.filters--
	o.broker.changed()
	if last == 0 {
		o.broker.leave(o)
	}
}

// unsubscribeAll drops all of them, with the session.
func (a *Audit) unsubscribeAll(o *owner) {
	if len(o.filters) == 0 {
		return
	}
	o.broker.filters -= len(o.filters)
	clear(o.filters)
	o.filters = o.filters[:0]
	o.broker.changed()
	o.broker.leave(o)
	o.expected.drop()
}
