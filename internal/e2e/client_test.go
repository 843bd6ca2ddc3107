package e2e

import (
	"fmt"
	"os/exec"
	"sync"
	"testing"
	"time"
)

// A version is MQTT's protocol level: 3 for 3.1, 4 for 3.1.1, 5 for 5.0.
type version byte

func (v version) String() string {
	return map[version]string{3: "3.1", 4: "3.1.1", 5: "5.0"}[v]
}

// A message is one that a client publishes or receives. Payloads have no blanks.
type message struct {
	topic, payload string
	qos            byte
	retain         bool
	expiry         int // 5.0: seconds, 0 for ever
}

// A subscription is what a client asks for; all but the quality of service in 5.0 only.
type subscription struct {
	qos         byte
	noLocal     bool
	asPublished bool // retain is delivered as it was published
	handling    byte // which retained messages are sent: 0 all, 1 if it is new, 2 none
	id          int  // 0 for none
}

// options of a connection.
type options struct {
	port      int
	id        string
	version   version
	clean     bool
	keepAlive time.Duration // whole seconds
	will      *message
	delay     int  // 5.0: of the will, seconds
	web       bool // over WebSocket
}

// A client is a program's or a library's idea of an MQTT client. Connecting again
// without clean goes on with the session, in-flight messages included. Each call
// waits for its answer, except post.
type client interface {
	connect(o options) (present bool, err error)
	subscribe(filter string, o subscription) (granted byte, err error)
	unsubscribe(filter string) error
	// post hands a message over for sending; events counts those that are through.
	post(m message) error
	disconnect() error
	events() *events
}

// events are what happened to a client that it did not wait for.
type events struct {
	mu        sync.Mutex
	received  []message
	published int
	closed    int // connections that ended, by whomever
}

func (e *events) message(m message) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.received = append(e.received, m)
}

func (e *events) sent() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.published++
}

func (e *events) ended() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed++
}

func (e *events) counts() (received, published, closed int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.received), e.published, e.closed
}

// A peer is a kind of client.
type peer struct {
	name     string // short: MQTT 3.1 allows identifiers of 23 characters
	software string
	versions []version
	web      bool // it can go over WebSocket
	open     func(handle string) client
	// program makes another process of the same kind, to be killed; nil where there is none.
	program func(t *testing.T) (*exec.Cmd, error)
}

// A count is how many packets clients say that they exchanged, by what they did.
type count struct {
	connects, subscribes, unsubscribes, disconnects int
	published, received                             [3]int // by QoS
}

func (c *count) add(d count) {
	c.connects += d.connects
	c.subscribes += d.subscribes
	c.unsubscribes += d.unsubscribes
	c.disconnects += d.disconnects
	for q := range c.published {
		c.published[q] += d.published[q]
		c.received[q] += d.received[q]
	}
}

// A station is one client of a scenario, with a count of what it did. Its methods
// end the scenario by a panic with a failure: what is demanded of it did not happen.
type station struct {
	client
	id     string
	stage  *stage
	line   *line // the link's, where the stage has one
	counts count
	posted int
	ends   int // connections that ended before the current one
}

type failure struct{ text string }

func (s *station) fail(format string, args ...any) {
	panic(failure{s.id + ": " + fmt.Sprintf(format, args...)})
}

func (s *station) must(what string, err error) {
	if err != nil {
		s.fail("%s: %v", what, err)
	}
}

func (s *station) await(what string, done func() bool) {
	if !within(patience, done) {
		r, p, c := s.events().counts()
		s.fail("no %s (received %d, published %d of %d, closed %d)", what, r, p, s.posted, c)
	}
}

// with is how a station connects; a zero keep-alive means 60 s.
type with struct {
	resume    bool
	present   bool // the broker is expected to have the session
	keepAlive time.Duration
	will      *message
	delay     int // of the will, seconds
}

func (s *station) connects(w with) *station {
	if w.keepAlive == 0 {
		w.keepAlive = time.Minute
	}
	_, _, s.ends = s.events().counts()
	o := options{port: s.stage.clientPort(), id: s.id, version: s.stage.version, clean: !w.resume, keepAlive: w.keepAlive, will: w.will, delay: w.delay, web: s.stage.web}
	present, err := s.connect(o)
	s.must("connect", err)
	if s.stage.link != nil {
		s.line = s.stage.link.of(s.id)
	}
	s.counts.connects++
	if present != w.present && s.stage.version != 3 {
		s.fail("session present is %t, want %t", present, w.present)
	}
	return s
}

func (s *station) subscribes(filter string, qos byte) *station {
	return s.subscribesWith(filter, subscription{qos: qos})
}

func (s *station) subscribesWith(filter string, o subscription) *station {
	granted, err := s.subscribe(filter, o)
	s.must("subscribe", err)
	if granted != o.qos {
		s.fail("granted QoS %d, want %d", granted, o.qos)
	}
	s.counts.subscribes++
	return s
}

func (s *station) unsubscribes(filter string) *station {
	s.must("unsubscribe", s.unsubscribe(filter))
	s.counts.unsubscribes++
	return s
}

// posts hands messages over.
func (s *station) posts(l ...message) *station {
	for _, m := range l {
		s.must("publish", s.post(m))
		s.counts.published[m.qos]++
		s.posted++
	}
	return s
}

// publishes waits until all that was handed over is through.
func (s *station) publishes(l ...message) *station {
	s.posts(l...)
	s.await("end of publishing", func() bool { _, n, _ := s.events().counts(); return n >= s.posted })
	return s
}

// receives waits for the nth message since the station was opened.
func (s *station) receives(n int) *station {
	s.await(fmt.Sprintf("message %d", n), func() bool { r, _, _ := s.events().counts(); return r >= n })
	return s
}

// disconnects takes leave in order. Libraries hand messages over while the
// handshake of QoS 2 goes on, and some drop it when told to disconnect.
func (s *station) disconnects() *station {
	time.Sleep(300 * time.Millisecond)
	s.must("disconnect", s.disconnect())
	s.counts.disconnects++
	s.isClosed()
	return s
}

// isClosed waits for the end of the current connection.
func (s *station) isClosed() *station {
	s.await("end of the connection", func() bool { _, _, c := s.events().counts(); return c > s.ends })
	return s
}

// took counts what was received. MQTT delivers no more than is granted, so what
// arrived tells the quality of service of the packet.
func (s *station) took() []message {
	e := s.events()
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]message(nil), e.received...)
}
