package e2e

import (
	"strconv"
	"time"
)

// still waits for whatever comes that should not.
func (s *station) still() *station {
	time.Sleep(500 * time.Millisecond)
	return s
}

// hears demands that the station has got no more than n messages.
func (s *station) hears(n int) *station {
	s.receives(n).still()
	if got := len(s.took()); got != n {
		s.fail("%d messages, want %d", got, n)
	}
	return s
}

func leave(l ...*station) {
	for _, x := range l {
		x.disconnects()
	}
}

// comeAndGo has a subscriber that unsubscribes and subscribes again while messages
// pour in: which of them it gets is chance.
func comeAndGo(s *stage) {
	sub := s.station("sub").connects(with{})
	pub := s.station("pub").connects(with{})
	for round := range 4 {
		sub.subscribes(s.topic("#"), byte(round%3))
		for i := range 15 {
			pub.posts(s.message("level", byte(i%3), strconv.Itoa(round*15+i)))
		}
		sub.unsubscribes(s.topic("#"))
		pub.publishes()
	}
	leave(pub, sub.still())
}

// memberLeaves has a group that shares messages, of which a member leaves and comes
// back while messages pour in.
func memberLeaves(s *stage) {
	filter := "$share/crew/" + s.topic("job")
	a := s.station("a").connects(with{}).subscribes(filter, 1)
	b := s.station("b").connects(with{}).subscribes(filter, 1)
	pub := s.station("pub").connects(with{})
	n := 0
	work := func() {
		for range 8 {
			pub.publishes(s.message("job", 1, strconv.Itoa(n)))
			n++
		}
	}
	work()
	a.await("messages at both members", func() bool { return len(a.took())+len(b.took()) >= n })
	b.unsubscribes(filter)
	work()
	b.subscribes(filter, 1)
	work()
	a.await("messages at both members", func() bool { return len(a.took())+len(b.took()) >= n })
	a.disconnects().still() // until the broker knows, too
	work()
	b.await("messages", func() bool { return len(a.took())+len(b.took()) >= n })
	leave(b, pub)
}

// retainedByOption asks for retained messages in the three ways of 5.0, and for the
// flag to be kept.
func retainedByOption(s *stage) {
	pub := s.station("pub").connects(with{}).publishes(s.retained("mode", 1, "manual"), s.retained("limit", 0, "95"))
	sub := s.station("sub").connects(with{})
	n := 0
	for _, x := range []struct {
		handling byte
		more     int
	}{{1, 2}, {1, 0}, {2, 0}, {0, 2}} { // 1: only if the subscription is new
		n += x.more
		sub.subscribesWith(s.topic("+"), subscription{qos: 1, handling: x.handling}).hears(n)
	}
	kept := s.station("kept").connects(with{}).subscribesWith(s.topic("+"), subscription{qos: 2, handling: 2, asPublished: true})
	pub.publishes(s.retained("mode", 2, "automatic"), s.message("mode", 1, "passing"), s.retained("limit", 1, "-"))
	sub.hears(n + 3)
	kept.hears(3)
	for _, m := range kept.took() {
		if m.retain != (m.payload != "passing") {
			kept.fail("message %s has retain %t", m.payload, m.retain)
		}
	}
	sub.unsubscribes(s.topic("+")).subscribesWith(s.topic("+"), subscription{qos: 0, handling: 1}).hears(n + 4)
	pub.publishes(s.retained("mode", 0, "-"))
	s.station("late").connects(with{}).subscribes(s.topic("+"), 1).hears(0).disconnects()
	leave(pub, sub, kept)
}

// identified has overlapping subscriptions with identifiers, one of which is replaced.
func identified(s *stage) {
	sub := s.station("sub").connects(with{})
	sub.subscribesWith(s.topic("#"), subscription{qos: 1, id: 1}).subscribesWith(s.topic("+/level"), subscription{qos: 2, id: 268435455})
	pub := s.station("pub").connects(with{})
	say := func() {
		for qos := range byte(3) {
			pub.publishes(s.message("tank/level", qos, "12.5"), s.message("tank/state", qos, "ok"))
		}
	}
	say()
	sub.receives(6).still()
	sub.subscribesWith(s.topic("#"), subscription{qos: 0, id: 3})
	say()
	sub.receives(12).still()
	sub.unsubscribes(s.topic("+/level"))
	say()
	sub.receives(18).still()
	leave(pub, sub)
}

// noLocal has clients that subscribe to what they publish themselves.
func noLocal(s *stage) {
	a := s.station("a").connects(with{}).subscribesWith(s.topic("x"), subscription{qos: 1, noLocal: true})
	b := s.station("b").connects(with{}).subscribesWith(s.topic("x"), subscription{qos: 1})
	for qos := range byte(3) {
		a.publishes(s.message("x", qos, "from-a"))
		b.publishes(s.message("x", qos, "from-b"))
	}
	b.hears(6)
	a.hears(3)
	leave(a, b)
}

// expiring sends messages with a time of their own to a client that is away, some of
// which are over when it comes back.
func expiring(s *stage) {
	kept := s.station("kept").connects(with{resume: true}).subscribes(s.topic("#"), 2)
	pub := s.station("pub").connects(with{})
	brief := func(topic string, qos byte, seconds int) message {
		m := s.message(topic, qos, "for-"+strconv.Itoa(seconds))
		m.expiry = seconds
		return m
	}
	pub.publishes(brief("here", 1, 1), brief("here", 2, 60))
	kept.receives(2).disconnects()
	pub.publishes(brief("q1", 1, 1), brief("q2", 2, 1), brief("q1", 1, 60), brief("q2", 2, 60), s.message("q1", 1, "for-ever"))
	hung := brief("sign", 1, 2)
	hung.retain = true
	pub.publishes(hung)
	time.Sleep(3500 * time.Millisecond)
	kept.connects(with{resume: true, present: true}).receives(5).still()
	s.station("late").connects(with{}).subscribes(s.topic("sign"), 1).still().disconnects()
	kept.disconnects()
	kept.connects(with{}).disconnects()
	pub.disconnects()
}

// willDelayed has a client that comes back before its will is due, and later does not.
func willDelayed(s *stage) {
	watch := s.station("watch").connects(with{}).subscribes(s.topic("#"), 2)
	will := s.message("status", 1, "offline")
	plc := s.station("plc").connects(with{resume: true, will: &will, delay: 3})
	plc.line.cut()
	plc.isClosed()
	plc.connects(with{resume: true, present: true, will: &will, delay: 3})
	time.Sleep(3500 * time.Millisecond)
	watch.hears(0)
	plc.line.cut()
	watch.hears(1)
	plc.connects(with{}).disconnects()
	watch.disconnects()
}
