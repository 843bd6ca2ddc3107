package e2e

import (
	"strconv"
	"strings"
	"time"
)

// A scenario is something that clients and brokers do in plants.
type scenario struct {
	name string
	cuts bool // connections break: clients connect through a link
	// torn is set where brokers end connections while clients use them: what went
	// over those the clients do not know.
	torn bool
	// tools is set where mosquitto's command line clients play, and no others.
	tools bool
	web   bool // over WebSocket
	only5 bool // it is about what only 5.0 has
	// lapses is set where messages may expire that are under way: what became of
	// those nobody knows.
	lapses bool
	play   func(s *stage)
}

var scenarios = []scenario{
	{name: "publish and subscribe", play: publishAndSubscribe},
	{name: "retained messages", play: retainedMessages},
	{name: "will not sent", play: willNotSent},
	{name: "session resumed", play: sessionResumed},
	{name: "overlapping subscriptions", play: overlapping},
	{name: "shared subscription", play: shared},
	{name: "keep-alive", play: keepAlive},
	{name: "takeover", play: takeover, torn: true},
	{name: "will sent", cuts: true, play: willSent},
	{name: "broken while the client sends", cuts: true, play: brokenUpwards},
	{name: "broken while the broker sends", cuts: true, play: brokenDownwards},
	{name: "process killed", cuts: true, play: killed},
	{name: "mosquitto's tools", torn: true, tools: true, play: tools},
	{name: "over WebSocket", web: true, play: publishAndSubscribe},
	{name: "unsubscribe while messages come", torn: true, play: comeAndGo},
	{name: "a member leaves the group", play: memberLeaves},
	{name: "retained messages by option", only5: true, play: retainedByOption},
	{name: "subscription identifiers", only5: true, play: identified},
	{name: "no local", only5: true, play: noLocal},
	{name: "messages expire", only5: true, lapses: true, play: expiring},
	{name: "will delayed", only5: true, cuts: true, play: willDelayed},
}

// publishAndSubscribe sends short, long and empty messages in every combination of
// qualities of service, and unsubscribes.
func publishAndSubscribe(s *stage) {
	sub := s.station("sub").connects(with{})
	pub := s.station("pub").connects(with{})
	n := 0
	for granted := range byte(3) {
		below := "line" + strconv.Itoa(int(granted))
		sub.subscribes(s.topic(below+"/#"), granted)
		for qos := range byte(3) {
			for i, payload := range []string{`{"level":12.5}`, "-", strings.Repeat("0123456789abcdef", 20000/16)} {
				pub.posts(s.message(below+"/"+strconv.Itoa(i), qos, payload))
				n++
			}
		}
		pub.publishes()
		sub.receives(n)
		sub.unsubscribes(s.topic(below + "/#"))
		pub.publishes(s.message(below+"/unheard", 1, "x"))
	}
	// A burst with many messages in flight at once.
	sub.subscribes(s.topic("burst"), 2)
	for i := range 60 {
		pub.posts(s.message("burst", byte(i%3), "message"+strconv.Itoa(i)))
		n++
	}
	pub.publishes()
	sub.receives(n)
	pub.disconnects()
	sub.disconnects()
}

// retainedMessages sets, replaces and clears messages that the broker keeps.
func retainedMessages(s *stage) {
	live := s.station("live").connects(with{}).subscribes(s.topic("+"), 1)
	pub := s.station("pub").connects(with{})
	for qos := range byte(3) {
		topic := "mode" + strconv.Itoa(int(qos))
		pub.publishes(s.retained(topic, qos, "manual"), s.retained(topic, qos, "automatic"))
	}
	live.receives(6)
	late := s.station("late").connects(with{}).subscribes(s.topic("+"), 2).receives(3)
	for qos := range byte(3) {
		pub.publishes(s.retained("mode"+strconv.Itoa(int(qos)), qos, "-"))
	}
	live.receives(9)
	late.receives(6)
	never := s.station("never").connects(with{}).subscribes(s.topic("+"), 1)
	pub.publishes(s.message("mode0", 1, "passing"))
	for _, x := range []*station{live.receives(10), late.receives(7), never.receives(1), pub} {
		x.disconnects()
	}
}

// willNotSent has clients that take leave in order: their wills are cancelled.
func willNotSent(s *stage) {
	watch := s.station("watch").connects(with{}).subscribes(s.topic("#"), 2)
	for qos := range byte(3) {
		will := s.retained("status"+strconv.Itoa(int(qos)), qos, "offline")
		s.station("plc" + strconv.Itoa(int(qos))).connects(with{will: &will}).disconnects()
	}
	other := s.station("plc").connects(with{})
	watch.receives(other.publishes(s.message("end", 1, "x")).posted)
	other.disconnects()
	watch.disconnects()
}

// sessionResumed has a subscriber that goes away in order and comes back to what
// was sent meanwhile, and at last ends its session.
func sessionResumed(s *stage) {
	pub := s.station("pub").connects(with{})
	kept := s.station("kept").connects(with{resume: true})
	n := 0
	for q := range byte(3) {
		kept.subscribes(s.topic("q"+strconv.Itoa(int(q))), q)
	}
	for range 3 {
		kept.disconnects()
		for q := range byte(3) {
			// QoS 0 may be kept or not; what is through here is not QoS 0.
			pub.publishes(s.message("q1", max(q, 1), "while-away"), s.message("q2", max(q, 1), "while-away"))
			n += 2
		}
		kept.connects(with{resume: true, present: true}).receives(n)
		pub.publishes(s.message("q2", 2, "while-here"))
		n++
		kept.receives(n)
	}
	kept.disconnects()
	kept.connects(with{}).disconnects()
	pub.disconnects()
}

// overlapping has several filters that match one message. A broker may send it
// once or once for each.
func overlapping(s *stage) {
	sub := s.station("sub").connects(with{})
	sub.subscribes(s.topic("#"), 0).subscribes(s.topic("+/level"), 1).subscribes(s.topic("tank/level"), 2)
	pub := s.station("pub").connects(with{})
	for qos := range byte(3) {
		pub.publishes(s.message("tank/level", qos, "12.5"), s.message("tank/state", qos, "ok"))
	}
	sub.receives(6)
	// Subscribing again replaces the subscription.
	sub.subscribes(s.topic("+/level"), 0).unsubscribes(s.topic("#"))
	pub.publishes(s.message("pump/level", 2, "1"))
	time.Sleep(500 * time.Millisecond) // whatever is owed once more
	pub.disconnects()
	sub.disconnects()
}

// shared distributes messages over the members of a group.
func shared(s *stage) {
	filter := "$share/workers/" + s.topic("job")
	a := s.station("a").connects(with{}).subscribes(filter, 1)
	b := s.station("b").connects(with{}).subscribes(filter, 2)
	all := s.station("all").connects(with{}).subscribes(s.topic("job"), 2)
	pub := s.station("pub").connects(with{})
	for i := range 12 {
		pub.publishes(s.message("job", byte(i%3), strconv.Itoa(i)))
	}
	all.receives(12)
	a.await("12 messages at both members", func() bool {
		n, _, _ := a.events().counts()
		m, _, _ := b.events().counts()
		return n+m >= 12
	})
	for _, x := range []*station{pub, a, b, all} {
		x.disconnects()
	}
}

// keepAlive stays idle for several times the keep-alive time, both as one who says
// nothing and as one who only receives.
func keepAlive(s *stage) {
	idle := s.station("idle").connects(with{keepAlive: 4 * time.Second})
	hears := s.station("hears").connects(with{keepAlive: 4 * time.Second}).subscribes(s.topic("#"), 0)
	says := s.station("says").connects(with{keepAlive: 4 * time.Second})
	for range 24 {
		says.publishes(s.message("tick", 0, "x"))
		time.Sleep(500 * time.Millisecond)
	}
	hears.receives(24)
	for _, x := range []*station{idle, hears, says} {
		x.disconnects()
	}
}

// takeover has a second client with the identifier of one that is connected.
func takeover(s *stage) {
	for _, resume := range []bool{false, true} {
		role := "twin" + strconv.FormatBool(resume)
		first := s.station(role).connects(with{resume: resume}).subscribes(s.topic("x"), 1)
		second := s.station(role).connects(with{resume: resume, present: resume})
		first.isClosed()
		if !resume {
			second.subscribes(s.topic("x"), 1)
		}
		second.publishes(s.message("x", 1, "to-myself")).receives(1).disconnects()
		if resume {
			second.connects(with{}).disconnects() // end the session
		}
	}
}
