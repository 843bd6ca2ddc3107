package gen

import (
	"bufio"
	"container/heap"
	"encoding/binary"
	"io"
	"math/rand/v2"
)

// Times, in nanoseconds. Connections begin one after the other before the first
// of them says more.
const (
	start    = 1_750_000_000_000_000_000
	apart    = 20_000        // between two frames
	period   = 1_000_000_000 // from message to message of a connection
	pingTime = 60 * period   // from ping to ping; the keep-alive is 90 s
)

// Write writes the capture that p describes to w, as pcap with nanoseconds.
func Write(w io.Writer, p Plan) (Truth, error) {
	g := &generator{
		plan: p, out: bufio.NewWriterSize(w, 1<<20), now: start,
		rand: rand.New(rand.NewPCG(uint64(p.Seed), 0x706c6373636f7065)),
	}
	g.truth.MQTT = map[string]uint64{}
	if g.plan.Payload == 0 {
		g.plan.Payload = 24
	}
	if len(p.Levels) == 0 {
		g.plan.Levels = []byte{4}
	}
	var header [24]byte
	binary.LittleEndian.PutUint32(header[:], 0xa1b23c4d)
	binary.LittleEndian.PutUint16(header[4:], 2)
	binary.LittleEndian.PutUint16(header[6:], 4)
	binary.LittleEndian.PutUint32(header[16:], 262144)
	binary.LittleEndian.PutUint32(header[20:], 1) // Ethernet
	g.out.Write(header[:])
	g.truth.Bytes = int64(len(header))

	g.begin()
	for len(g.due) > 0 {
		c := g.due[0]
		g.now = max(g.now, c.due)
		if g.step(c); c.left < 0 {
			heap.Pop(&g.due)
		} else {
			heap.Fix(&g.due, 0)
		}
	}
	for _, c := range g.subscribers {
		g.disconnect(c)
	}
	return g.truth, g.out.Flush()
}

// generator is one capture being made.
type generator struct {
	plan  Plan
	out   *bufio.Writer
	rand  *rand.Rand
	truth Truth
	now   int64 // time of the latest frame

	due         schedule
	subscribers []*conn
	frame, body []byte // storage of what is built last
}

// kind is what a connection does.
type kind uint8

const (
	publisher kind = iota
	subscriber
	poller
	idler
)

// conn is one connection: the client is side 0, the server side 1.
type conn struct {
	end   [2]endpoint
	due   int64 // when it does something next
	left  int   // what it has yet to do; negative when it is over
	kind  kind
	level byte
	id    int
	seq   [2]uint32
	ipid  [2]uint16
	ref   uint16 // packet identifier or PDU reference
}

type endpoint struct {
	addr [4]byte
	port uint16
}

// begin opens all connections: who listens first.
func (g *generator) begin() {
	n := 0
	open := func(count, todo int, k kind, interval int64) {
		for i := range count {
			c := &conn{kind: k, id: i, left: todo, level: g.plan.Levels[n%len(g.plan.Levels)]}
			c.end[0] = endpoint{[4]byte{10, byte(1 + n>>16), byte(n >> 8), byte(n)}, uint16(49152 + n%16000)}
			c.end[1] = endpoint{[4]byte{10, 0, 0, 1}, 1883}
			if k == poller {
				c.end[1] = endpoint{[4]byte{10, 200, byte(i >> 8), byte(i)}, 102}
			}
			n++
			g.connect(c)
			if k == subscriber {
				g.subscribers = append(g.subscribers, c)
				continue
			}
			c.due = g.now + interval/2 + g.rand.Int64N(interval)
			g.due = append(g.due, c)
		}
	}
	open(g.plan.Subscribers, 0, subscriber, 0)
	open(g.plan.Publishers, g.plan.Messages, publisher, period)
	open(g.plan.Pollers, g.plan.Polls, poller, period)
	open(g.plan.Idle, g.plan.Pings, idler, pingTime)
	heap.Init(&g.due)
}

// step lets a connection do what it does next, or end.
func (g *generator) step(c *conn) {
	interval := int64(period)
	switch {
	case c.left == 0 && c.kind != idler: // who is idle stays
		g.disconnect(c)
	case c.left == 0:
	case c.kind == publisher:
		g.publish(c)
	case c.kind == poller:
		g.poll(c)
	default:
		interval = pingTime
		g.ping(c)
	}
	c.left--
	c.due += interval
}

// schedule orders connections by when they do something next.
type schedule []*conn

func (s schedule) Len() int { return len(s) }
func (s schedule) Less(i, j int) bool {
	if s[i].due != s[j].due {
		return s[i].due < s[j].due
	}
	return s[i].end[0].addr != s[j].end[0].addr && string(s[i].end[0].addr[:]) < string(s[j].end[0].addr[:])
}
func (s schedule) Swap(i, j int) { s[i], s[j] = s[j], s[i] }
func (s *schedule) Push(x any)   { *s = append(*s, x.(*conn)) }
func (s *schedule) Pop() any {
	last := len(*s) - 1
	c := (*s)[last]
	*s = (*s)[:last]
	return c
}
