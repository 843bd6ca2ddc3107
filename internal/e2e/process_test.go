package e2e

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// A program is a running peer that speaks for many clients. It is told, one command
// a line, each beginning with the handle of a client,
//
//	H connect PORT ID VERSION CLEAN KEEPALIVE WILLTOPIC WILLQOS WILLRETAIN WILLPAYLOAD WILLDELAY WEB
//	H subscribe FILTER QOS NOLOCAL ASPUBLISHED HANDLING IDENTIFIER
//	H unsubscribe FILTER
//	H publish TOPIC QOS RETAIN PAYLOAD EXPIRY
//	H disconnect
//
// and says what happens:
//
//	H connected PRESENT CODE
//	H subscribed GRANTED
//	H unsubscribed
//	H published
//	H message TOPIC QOS RETAIN PAYLOAD
//	H closed
//	H error TEXT
//
// after a first line "version TEXT". An empty payload and an absent will are "-".
type program struct {
	cmd     *exec.Cmd
	stdin   io.WriteCloser
	version string

	telling sync.Mutex

	mu      sync.Mutex
	clients map[string]*remote
}

// A remote is one client of a program.
type remote struct {
	p       *program
	handle  string
	answers chan []string
	ev      events
}

func startProgram(t *testing.T, cmd *exec.Cmd) *program {
	t.Helper()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	said := new(syncBuffer)
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &program{cmd: cmd, stdin: in, clients: map[string]*remote{}}
	t.Cleanup(func() {
		p.kill()
		if s := said.String(); s != "" {
			t.Logf("%s says: %s", cmd.Args[0], s)
		}
	})
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 4<<20)
	if !lines.Scan() {
		t.Fatalf("%v says nothing: %s", cmd.Args, said)
	}
	p.version, _ = strings.CutPrefix(lines.Text(), "version ")
	go func() {
		for lines.Scan() {
			p.hear(strings.Fields(lines.Text()))
		}
	}()
	return p
}

// kill ends the program as the kernel ends one that ran out of memory.
func (p *program) kill() {
	p.cmd.Process.Kill()
	p.cmd.Wait()
}

func (p *program) hear(words []string) {
	if len(words) < 2 {
		return
	}
	p.mu.Lock()
	c := p.clients[words[0]]
	p.mu.Unlock()
	if c == nil {
		return
	}
	switch what := words[1:]; what[0] {
	case "message":
		q, _ := strconv.Atoi(what[2])
		c.ev.message(message{topic: what[1], qos: byte(q), retain: what[3] == "1", payload: what[4]})
	case "published":
		c.ev.sent()
	case "closed":
		c.ev.ended()
	default:
		c.answers <- what
	}
}

func (p *program) open(handle string) client {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := &remote{p: p, handle: handle, answers: make(chan []string, 100)}
	p.clients[handle] = c
	return c
}

func (c *remote) events() *events { return &c.ev }

// tell sends a command and, unless answer is empty, waits for it.
func (c *remote) tell(answer, format string, args ...any) ([]string, error) {
	for len(c.answers) > 0 {
		<-c.answers // an error that belongs to a connection that was cut
	}
	c.p.telling.Lock() // not mu: a program that waits to be heard does not listen
	_, err := fmt.Fprintf(c.p.stdin, c.handle+" "+format+"\n", args...)
	c.p.telling.Unlock()
	if err != nil || answer == "" {
		return nil, err
	}
	var got []string
	if !within(patience, func() bool {
		select {
		case got = <-c.answers:
			return true
		default:
			return false
		}
	}) {
		return nil, errors.New("no answer")
	}
	if got[0] != answer {
		return nil, fmt.Errorf("%q, want %s", got, answer)
	}
	return got[1:], nil
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (c *remote) connect(o options) (bool, error) {
	will := message{topic: "-", payload: "-"}
	if o.will != nil {
		will = *o.will
	}
	got, err := c.tell("connected", "connect %d %s %d %d %d %s %d %d %s %d %d", o.port, o.id, o.version, bit(o.clean),
		int(o.keepAlive.Seconds()), will.topic, will.qos, bit(will.retain), will.payload, o.delay, bit(o.web))
	if err != nil {
		return false, err
	}
	if got[1] != "0" {
		return false, fmt.Errorf("refused with %s", got[1])
	}
	return got[0] == "1", nil
}

func (c *remote) subscribe(filter string, o subscription) (byte, error) {
	got, err := c.tell("subscribed", "subscribe %s %d %d %d %d %d", filter, o.qos, bit(o.noLocal), bit(o.asPublished), o.handling, o.id)
	if err != nil {
		return 0, err
	}
	granted, err := strconv.ParseUint(got[0], 10, 8)
	return byte(granted), err
}

func (c *remote) unsubscribe(filter string) error {
	_, err := c.tell("unsubscribed", "unsubscribe %s", filter)
	return err
}

func (c *remote) post(m message) error {
	_, err := c.tell("", "publish %s %d %d %s %d", m.topic, m.qos, bit(m.retain), m.payload, m.expiry)
	return err
}

func (c *remote) disconnect() error {
	_, err := c.tell("", "disconnect")
	return err
}
