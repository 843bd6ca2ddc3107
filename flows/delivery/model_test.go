package delivery

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"plcscope/mqtt"
	"plcscope/mqtt/session"
)

// message is a message as the model knows it: what really happened to it.
type message struct {
	side     session.Side
	id       uint16
	qos      mqtt.QoS
	payload  string
	phase    int // 0 sent, 1 PUBREC, 2 PUBREL, 3 done
	conn     int // on which it last moved
	idle     int // earlier connections on which nothing of its side was left open, since then
	over     bool
	finished bool
}

// model plays a client and a broker that lose their connection again and again.
type model struct {
	*talk
	r        *rand.Rand
	messages []*message
	conn     int
	next     [2]uint16
}

func (m *model) say(side session.Side, b []byte) {
	if side == client {
		m.c(b)
	} else {
		m.s(b)
	}
}

func (m *model) open() (l []*message) {
	for _, x := range m.messages {
		if !x.finished && !x.over {
			l = append(l, x)
		}
	}
	return l
}

func (m *model) publish() {
	side := session.Side(m.r.IntN(2))
	m.next[side]++
	x := &message{side: side, id: m.next[side], qos: mqtt.QoS(1 + m.r.IntN(2)), payload: fmt.Sprint(len(m.messages)), conn: m.conn}
	m.messages = append(m.messages, x)
	m.say(side, m.pub(x.qos, x.id, "t", x.payload))
}

// step lets the handshake of a message go on, which must be in motion on the
// present connection.
func (m *model) step(x *message) {
	if x.conn != m.conn {
		return
	}
	peer := x.side.Peer()
	switch {
	case x.qos == 1:
		m.say(peer, m.ack(mqtt.PUBACK, x.id))
		x.finished = true
	case x.phase == 0:
		m.say(peer, m.ack(mqtt.PUBREC, x.id))
		x.phase = 1
	case x.phase == 1:
		m.say(x.side, m.ack(mqtt.PUBREL, x.id))
		x.phase = 2
	default:
		m.say(peer, m.ack(mqtt.PUBCOMP, x.id))
		x.finished = true
	}
}

// again sends a message again on a new connection.
func (m *model) again(x *message) {
	if x.phase == 0 {
		m.say(x.side, m.pub(x.qos, x.id, "t", x.payload, dup))
	} else {
		m.say(x.side, m.ack(mqtt.PUBREL, x.id))
		x.phase = 2
	}
	x.conn, x.idle = m.conn, 0
}

// reconnect cuts the connection and makes another.
func (m *model) reconnect() {
	var busy [2]bool
	for _, x := range m.open() {
		busy[x.side] = busy[x.side] || x.conn == m.conn
	}
	for _, x := range m.open() {
		if x.conn != m.conn && !busy[x.side] {
			x.idle++
		}
	}
	m.cut()
	m.after(5 * time.Second).dial()
	m.conn++
	if m.r.IntN(3) == 0 {
		for _, x := range m.open() {
			x.over = true
		}
		m.login(func(p *mqtt.Packet) { // clean, though the session may last
			resume(p)
			p.Connect.SetCleanSession(true)
		})
	} else {
		m.relogin()
		share := m.r.IntN(3)
		for _, x := range m.open() {
			if m.r.IntN(2) < share {
				m.again(x)
			}
		}
	}
	// Long enough to send again what is to be sent again.
	m.after(40 * time.Second).c(m.packet(mqtt.PINGREQ)).s(m.packet(mqtt.PINGRESP))
}

// TestModel compares the ledger with what really happened in random conversations.
func TestModel(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	for seed := range uint64(300) {
		m := &model{talk: newTalk(told[seed%2]), r: rand.New(rand.NewPCG(seed, 1))}
		m.dial()
		m.relogin()
		for range 60 {
			switch open := m.open(); {
			case m.r.IntN(12) == 0:
				m.reconnect()
			case len(open) == 0 || m.r.IntN(3) == 0:
				m.publish()
			default:
				m.step(open[m.r.IntN(len(open))])
			}
		}
		m.after(40 * time.Second).c(m.packet(mqtt.PINGREQ))
		// The capture ends here; so do the connections, for the model.
		var busy [2]bool
		for _, x := range m.open() {
			busy[x.side] = busy[x.side] || x.conn == m.conn
		}
		var want [2]Ledger
		for _, x := range m.messages {
			l := &want[x.side]
			l.Sent++
			if x.finished || x.phase > 0 {
				l.Acknowledged++
			}
			switch {
			case x.finished:
				l.Completed++
			case x.over && x.phase > 0:
				l.Abandoned++
			case x.over:
				l.Lost++
			case x.phase == 0 && x.conn != m.conn && (x.idle > 0 || !busy[x.side]):
				l.Lost++
			default:
				l.Open++
			}
		}
		r := audit(m.capture.Frames(), Options{})
		check(t, &r)
		for side := range want {
			g, w := r.Total[side], want[side]
			got := [...]uint64{g.Sent, g.Acknowledged, g.Completed, g.Lost, g.Abandoned, g.Open, g.Unknown, g.Twice, g.Strays}
			wanted := [...]uint64{w.Sent, w.Acknowledged, w.Completed, w.Lost, w.Abandoned, w.Open, 0, 0, 0}
			if got != wanted {
				t.Errorf("seed %d, %v: sent, acknowledged, completed, lost, abandoned, open, unknown, twice, strays %d, want %d", seed, session.Side(side), got, wanted)
			}
		}
		if t.Failed() {
			return
		}
	}
}
