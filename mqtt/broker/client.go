package broker

import (
	"bytes"
	"slices"

	"plcscope/mqtt"
)

// State is what the capture says about a subscription.
type State uint8

const (
	Asked   State = iota // SUBSCRIBE was sent and not answered
	Active               // granted
	Leaving              // UNSUBSCRIBE was sent and not answered
	Gone                 // UNSUBACK was sent
	Former               // its session has ended
	Refused              // SUBACK refused it
)

// Subscription is one topic filter of a client. Those that are over are kept as
// long as there is room, to tell what may still be on its way.
type Subscription struct {
	Filter []byte // as the client has written it
	Match  []byte // what topics are matched with: without $share and group
	Group  []byte // of a shared subscription, else nil
	State  State
	QoS    mqtt.QoS // granted
	Was    mqtt.QoS // granted before the client subscribed to the same filter again

	Options byte   // of the SUBSCRIBE that was answered last; in 3.1 and 3.1.1 the QoS
	ID      uint32 // Subscription Identifier, 0: none
	Asked   Ref    // the latest SUBSCRIBE
	Since   Ref    // the latest SUBACK
	First   Ref    // the SUBACK that made the subscription
	Left    Ref    // UNSUBSCRIBE, then UNSUBACK, then what ended the session
	Again   uint16 // how often it was subscribed to again

	asked   byte // options of the SUBSCRIBE that is not answered
	askedID uint32
	packet  uint16 // identifier of the SUBSCRIBE or UNSUBSCRIBE that is not answered
	place   uint16 // of the filter in it
	waiting bool
}

// Settled reports whether the subscription was granted before time t and nobody
// has asked for a change of it since.
func (s *Subscription) Settled(t int64) bool {
	return s.State == Active && !s.waiting && s.Since.Time < t
}

// Live reports whether the broker may still act by the subscription.
func (s *Subscription) Live() bool { return s.State <= Leaving }

// Shared reports whether it is a shared subscription.
func (s *Subscription) Shared() bool { return s.Group != nil }

// NoLocal and RetainAsPublished are the options of 5.0 that were granted last.
func (s *Subscription) NoLocal() bool           { return s.Options&4 != 0 }
func (s *Subscription) RetainAsPublished() bool { return s.Options&8 != 0 }

// RetainHandling is the option of 5.0, 0 in other versions.
func (s *Subscription) RetainHandling() uint8 { return s.Options >> 4 & 3 }

// Client is a session at the broker, over its connections.
type Client struct {
	Broker *Broker
	Holder any // whose it is, for whoever calls

	Version mqtt.Version // of the latest connection
	Bridge  bool         // the latest connection is that of another broker
	Online  bool         // it was accepted and is not over
	Serial  uint32       // counts its connections, from 1
	Begun   Ref          // CONNECT of the latest
	Session Ref          // CONNECT that made the session, as far as is known
	// Overflown is set when the client has more subscriptions than are
	// remembered.
	Overflown bool
	// Displaced is set when a subscription of the client that was over has made
	// room for another, so that nobody knows of it any more.
	Displaced bool
	// Will is the will of the client, or of its latest connection; see Will.
	Will Will
	// LastWill is the will of the connection before.
	LastWill Will

	// Busy is how many messages of QoS 1 and 2 the client has not acknowledged;
	// whoever calls keeps it.
	Busy int
	// MaxPacket is the Maximum Packet Size in bytes that the client takes; 0 is no
	// limit.
	MaxPacket int
	// Withdrawn is set when the client has ever unsubscribed from something.
	Withdrawn bool

	pending int    // publications that it has to get and has not got, about
	newest  uint64 // number of the latest of them
	flood   int    // matching publications since it went away
	subs    []Subscription
	slot    int8   // among the subscribers, -1: none
	since   uint64 // publications up to this number came before it was there
}

// NewClient makes a client without subscriptions.
func (b *Broker) NewClient(holder any) *Client {
	return &Client{Broker: b, Holder: holder, slot: -1}
}

// Connect begins a connection of the client. With fresh, its session begins too.
func (c *Client) Connect(v mqtt.Version, fresh bool, at Ref) {
	c.Version, c.Begun, c.Online, c.Bridge = v, at, false, false
	c.Busy, c.pending, c.flood = 0, 0, 0
	c.Serial++
	if fresh {
		c.Renew(at)
	}
}

// Renew takes in that the broker has begun a session with the present
// connection: subscriptions from before it are over.
func (c *Client) Renew(at Ref) {
	c.Session = c.Begun
	c.end(at, c.Begun.Frame)
}

// End takes in that the session has ended with its connection.
func (c *Client) End(at Ref) { c.end(at, at.Frame) }

// end ends the subscriptions that were asked for up to a frame.
func (c *Client) end(at Ref, until uint64) {
	for i := range c.subs {
		if s := &c.subs[i]; s.State != Former && s.Asked.Frame <= until {
			s.State, s.Left, s.waiting = Former, at, false
		}
	}
	c.Overflown = c.Overflown && until < at.Frame // it may be about what is asked since
	c.touched()
}

// Forget takes the client out of the broker.
func (c *Client) Forget() {
	if c.slot < 0 {
		return
	}
	b := c.Broker
	b.filters -= len(c.subs)
	b.subscribers[c.slot] = nil
	b.change(c.slot)
	b.admitted--
	c.subs, c.slot = nil, -1
}

// Subscriptions are those of the client, over ones included; borrowed.
func (c *Client) Subscriptions() []Subscription { return c.subs }

// Sub returns the subscription to a filter, or nil.
func (c *Client) Sub(filter []byte) *Subscription {
	for i := range c.subs {
		if bytes.Equal(c.subs[i].Filter, filter) {
			return &c.subs[i]
		}
	}
	return nil
}

func (c *Client) touched() {
	if c.slot >= 0 {
		c.Broker.change(c.slot)
	}
}

// Subscribe takes in a SUBSCRIBE.
func (c *Client) Subscribe(p *mqtt.Packet, at Ref) {
	id := uint32(0)
	if x, ok := p.Props.Find(mqtt.SubscriptionIdentifier); ok {
		id = x.Num
	}
	for i := range p.Filters {
		f := &p.Filters[i]
		s := c.place(f.Filter)
		if s == nil {
			continue
		}
		s.asked, s.askedID, s.Asked = f.Options, id, at
		s.packet, s.place, s.waiting = p.ID, uint16(min(i, 65535)), true
		if s.State >= Leaving {
			fresh := Subscription{Filter: s.Filter, Match: s.Match, Group: s.Group, Asked: at, asked: s.asked, askedID: id, packet: s.packet, place: s.place, waiting: true}
			if s.State == Leaving { // the UNSUBSCRIBE may come late
				fresh.Left = s.Left
			}
			*s = fresh
		}
		if s.State == Asked { // what it may be granted
			s.Options, s.QoS, s.ID = f.Options, mqtt.QoS(f.Options&3), id
		}
	}
	c.touched()
}

// place finds or makes the place of a filter.
func (c *Client) place(filter []byte) *Subscription {
	if s := c.Sub(filter); s != nil {
		return s
	}
	b := c.Broker
	if len(filter) == 0 || len(filter) > maxName {
		b.Forgotten.Filters++
		c.Overflown = true
		return nil
	}
	if c.slot < 0 && !b.admit(c) {
		c.Overflown = true
		return nil
	}
	if len(c.subs) < maxSubs && b.filters < b.limits.Filters {
		b.filters++
		c.subs = append(c.subs, Subscription{})
		return c.subs[len(c.subs)-1].set(filter)
	}
	for i := range c.subs {
		if s := &c.subs[i]; !s.Live() { // the one that was over first
			*s = Subscription{}
			c.Displaced = true
			return s.set(filter)
		}
	}
	b.Forgotten.Filters++
	c.Overflown = true
	return nil
}

// admit gives c a slot, that of a client whose session is over if need be.
func (b *Broker) admit(c *Client) bool {
	slot := slices.Index(b.subscribers[:], nil)
	if slot < 0 {
		slot = slices.IndexFunc(b.subscribers[:], (*Client).over)
		if slot < 0 {
			b.Forgotten.Subscribers++
			return false
		}
		b.subscribers[slot].Forget()
	}
	b.subscribers[slot], c.slot, c.since = c, int8(slot), b.last
	b.admitted++
	return true
}

// over reports whether the client has no connection and no subscription.
func (c *Client) over() bool {
	return !c.Online && !slices.ContainsFunc(c.subs, func(s Subscription) bool { return s.Live() })
}

func (s *Subscription) set(filter []byte) *Subscription {
	s.Filter = bytes.Clone(filter)
	s.Match = s.Filter
	if group, inner, ok := mqtt.SplitShare(s.Filter); ok {
		s.Group, s.Match = group, inner
	}
	return s
}

// Granted takes in a SUBACK.
func (c *Client) Granted(p *mqtt.Packet, at Ref) {
	for i := range c.subs {
		s := &c.subs[i]
		if !s.waiting || s.packet != p.ID || s.State == Leaving || int(s.place) >= len(p.Codes) {
			continue
		}
		s.waiting = false
		code := p.Codes[s.place]
		switch {
		case code > 2 && s.State == Asked:
			s.State = Refused
		case code > 2: // nobody knows whether the old one stays
			s.waiting = true
		default:
			if s.State == Active {
				s.Was, s.Again = s.QoS, min(s.Again, 65534)+1
			} else {
				s.First, s.Was = at, mqtt.QoS(code)
			}
			s.State, s.QoS, s.Options, s.ID, s.Since = Active, mqtt.QoS(code), s.asked, s.askedID, at
		}
	}
	c.touched()
}

// Unsubscribe takes in an UNSUBSCRIBE.
func (c *Client) Unsubscribe(p *mqtt.Packet, at Ref) {
	for i := range p.Filters {
		if s := c.Sub(p.Filters[i].Filter); s != nil && s.Live() {
			s.State, s.Left, s.packet, s.waiting = Leaving, at, p.ID, true
		}
	}
	c.touched()
}

// Unsubscribed takes in an UNSUBACK.
func (c *Client) Unsubscribed(p *mqtt.Packet, at Ref) {
	for i := range c.subs {
		if s := &c.subs[i]; s.State == Leaving && s.packet == p.ID {
			s.State, s.Left, s.waiting = Gone, at, false
			c.Withdrawn = true
		}
	}
	c.touched()
}
