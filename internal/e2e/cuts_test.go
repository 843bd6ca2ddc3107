package e2e

import (
	"strconv"
	"time"
)

// settles waits for what is still under way, and forgets what is not: after a
// broken connection, some libraries do not tell the program what came of its
// messages.
func (s *station) settles() *station {
	time.Sleep(time.Second)
	_, s.posted, _ = s.events().counts()
	return s
}

// willSent has clients whose connections break, so that their wills are sent.
func willSent(s *stage) {
	watch := s.station("watch").connects(with{}).subscribes(s.topic("#"), 2)
	for qos := range byte(3) {
		will := message{topic: s.topic("status" + strconv.Itoa(int(qos))), qos: qos, payload: "offline", retain: qos == 1}
		s.station("plc" + strconv.Itoa(int(qos))).connects(with{will: &will}).line.cut()
	}
	watch.receives(3).disconnects()
	// The retained one is there for whoever comes later.
	s.station("late").connects(with{}).subscribes(s.topic("#"), 1).receives(1).disconnects()
}

// brokenUpwards breaks a client's connection while its messages are in flight: at
// times before they reached the broker, at times before the answers came back.
func brokenUpwards(s *stage) {
	sub := s.station("sub").connects(with{}).subscribes(s.topic("#"), 2)
	pub := s.station("plc").connects(with{resume: true})
	n := 0
	for round, direction := range []int{up, down, up, down} {
		pub.line.holdBack(direction)
		for qos := range byte(3) {
			pub.posts(s.message("level", qos, "round"+strconv.Itoa(round)))
		}
		time.Sleep(300 * time.Millisecond)
		pub.line.cut()
		pub.isClosed()
		pub.connects(with{resume: true, present: true})
		n += 2 // QoS 0 may be lost
		sub.receives(n)
		pub.settles()
	}
	pub.publishes(s.message("level", 2, "end"))
	sub.await("last message", func() bool {
		l := sub.took()
		return len(l) > 0 && l[len(l)-1].payload == "end"
	})
	pub.disconnects()
	pub.connects(with{}).disconnects()
	sub.disconnects()
}

// brokenDownwards breaks a subscriber's connection while the broker's messages are
// in flight.
func brokenDownwards(s *stage) {
	pub := s.station("pub").connects(with{})
	sub := s.station("hmi").connects(with{resume: true}).subscribes(s.topic("#"), 2)
	n := 0
	for round, direction := range []int{down, up, down, up} {
		sub.line.holdBack(direction)
		for qos := range byte(3) {
			pub.publishes(s.message("command", qos, "round"+strconv.Itoa(round)))
		}
		time.Sleep(300 * time.Millisecond)
		sub.line.cut()
		sub.isClosed()
		pub.publishes(s.message("command", 1, "while-away"))
		sub.connects(with{resume: true, present: true})
		n += 3 // QoS 0 may be lost
		sub.receives(n)
		sub.settles()
	}
	sub.disconnects()
	sub.connects(with{}).disconnects()
	pub.disconnects()
}

// killed ends the process of a client that is in the middle of its work, as kill -9
// does; the kernel closes its connections. Another takes up its session.
func killed(s *stage) {
	if s.peer.program == nil {
		return
	}
	watch := s.station("watch").connects(with{}).subscribes(s.topic("#"), 1)
	cmd, err := s.peer.program(s.t)
	if err != nil {
		panic(failure{err.Error()})
	}
	p := startProgram(s.t, cmd)
	victim := s.peer
	victim.open = p.open
	will := s.message("status", 1, "killed")
	plc := s.stationOf(victim, "plc").connects(with{resume: true, will: &will}).subscribes(s.topic("command"), 2)
	plc.publishes(s.message("level", 2, "1"), s.message("command", 2, "to-myself")).receives(1)
	p.kill()
	watch.receives(3)
	watch.publishes(s.message("command", 1, "while-dead"))
	heir := s.station("plc").connects(with{resume: true, present: true}).receives(1)
	heir.disconnects()
	heir.connects(with{}).disconnects()
	watch.receives(4).disconnects()
}
