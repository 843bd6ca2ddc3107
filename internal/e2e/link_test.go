package e2e

import (
	"bytes"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"
)

// A link is a relay between clients and a broker that can fail as networks do: hold
// back what is under way in one direction, and break with a reset at both ends.
// Frames are captured before and behind it; they tell different stories.
type link struct {
	port   int // where clients connect
	broker int
	listen net.Listener

	mu    sync.Mutex
	lines []*line
}

// A line is one relayed connection.
type line struct {
	mu          sync.Mutex
	change      *sync.Cond
	client, far *net.TCPConn
	first       []byte  // what the client said first: its CONNECT
	hold        [2]bool // by direction
	broken      bool
}

// Directions of a line.
const (
	up   = iota // client to broker
	down        // broker to client
)

func startLink(t *testing.T, broker int) *link {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	k := &link{port: l.Addr().(*net.TCPAddr).Port, broker: broker, listen: l}
	t.Cleanup(func() { l.Close() })
	go k.serve()
	return k
}

func (k *link) serve() {
	for {
		c, err := k.listen.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(k.broker)))
		if err != nil {
			c.Close()
			continue
		}
		x := &line{client: c.(*net.TCPConn), far: far.(*net.TCPConn)}
		x.change = sync.NewCond(&x.mu)
		k.mu.Lock()
		k.lines = append(k.lines, x)
		k.mu.Unlock()
		go x.relay(up, x.client, x.far)
		go x.relay(down, x.far, x.client)
	}
}

// relay copies one direction until its sender closes, and passes the close on.
func (x *line) relay(direction int, from, to *net.TCPConn) {
	b := make([]byte, 64<<10)
	for {
		n, err := from.Read(b)
		x.mu.Lock()
		for x.hold[direction] && !x.broken {
			x.change.Wait()
		}
		if direction == up && x.first == nil {
			x.first = append(x.first, b[:n]...)
		}
		broken := x.broken
		x.mu.Unlock()
		if broken {
			return
		}
		if n > 0 {
			if _, err := to.Write(b[:n]); err != nil {
				from.Close()
				return
			}
		}
		if err != nil {
			to.CloseWrite()
			return
		}
	}
}

// of is the newest line on which a client has sent its identifier.
func (k *link) of(id string) *line {
	k.mu.Lock()
	defer k.mu.Unlock()
	for i := len(k.lines) - 1; i >= 0; i-- {
		x := k.lines[i]
		x.mu.Lock()
		found := bytes.Contains(x.first, append([]byte{0, byte(len(id))}, id...))
		x.mu.Unlock()
		if found {
			return x
		}
	}
	return nil
}

// stall is after what time a line that holds back breaks of its own accord, before
// a client or a broker could be missed an answer that the line has.
const stall = 4 * time.Second

// holdBack stops one direction; what is sent meanwhile waits in the link, until the
// line is cut.
func (x *line) holdBack(direction int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.hold[direction] = true
	time.AfterFunc(stall, x.cut)
}

// cut resets both ends and forgets what is under way.
func (x *line) cut() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.broken = true
	x.change.Broadcast()
	for _, c := range []*net.TCPConn{x.client, x.far} {
		c.SetLinger(0) // a reset, no orderly close
		c.Close()
	}
}
