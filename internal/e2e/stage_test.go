package e2e

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// A stage is where one kind of client in one version plays a scenario.
type stage struct {
	t       *testing.T
	peer    peer
	version version
	broker  string
	port    int   // the broker's
	link    *link // between clients and broker, where the scenario cuts connections
	web     bool  // over WebSocket

	stations []*station
}

// clientPort is where the clients connect.
func (s *stage) clientPort() int {
	if s.link != nil {
		return s.link.port
	}
	return s.port
}

func (s *stage) name() string { return fmt.Sprintf("%s-%d", s.peer.name, s.version) }

// topic puts a topic name or filter below what is this stage's own.
func (s *stage) topic(t string) string { return s.name() + "/" + t }

func (s *stage) message(topic string, qos byte, payload string) message {
	return message{topic: s.topic(topic), qos: qos, payload: payload}
}

func (s *stage) retained(topic string, qos byte, payload string) message {
	return message{topic: s.topic(topic), qos: qos, payload: payload, retain: true}
}

// station makes a client that plays a role. Its identifier is at most 23
// characters long, for MQTT 3.1.
func (s *stage) station(role string) *station { return s.stationOf(s.peer, role) }

// handles numbers the stations of all stages, for programs that speak for many.
var handles struct {
	sync.Mutex
	n int
}

func (s *stage) stationOf(p peer, role string) *station {
	handles.Lock()
	handles.n++
	handle := fmt.Sprintf("c%d", handles.n)
	handles.Unlock()
	x := &station{client: p.open(handle), id: s.name() + "-" + role, stage: s}
	if len(x.id) > 23 {
		x.fail("an identifier too long for MQTT 3.1")
	}
	s.stations = append(s.stations, x)
	return x
}

// counts is what the clients of the stage say that they did.
func (s *stage) counts() count {
	var c count
	for _, x := range s.stations {
		c.add(x.counts)
		for _, m := range x.took() {
			c.received[m.qos]++
		}
	}
	return c
}

// peers starts every kind of client that is installed here.
func peers(t *testing.T) []peer {
	t.Helper()
	l := []peer{
		{name: "pahogo", software: "Paho Go (paho.mqtt.golang) " + moduleVersion("github.com/eclipse/paho.mqtt.golang"), versions: []version{3, 4}, web: true, open: func(string) client { return new(pahoGo3) }},
		{name: "pahogo5", software: "Paho Go (paho.golang) " + moduleVersion("github.com/eclipse/paho.golang"), versions: []version{5}, open: func(string) client { return new(pahoGo5) }},
	}
	for _, x := range programs {
		cmd, err := x.command(t)
		if err != nil {
			missing(t, "%s: %v", x.software, err)
			continue
		}
		p := startProgram(t, cmd)
		l = append(l, peer{name: x.name, software: x.software + " " + p.version, versions: []version{3, 4, 5}, web: x.web, open: p.open, program: x.command})
	}
	return l
}

// programs are the peers that run as processes.
var programs = []struct {
	name, software string
	web            bool // Paho C 1.3.11 loses messages of several frames
	command        func(t *testing.T) (*exec.Cmd, error)
}{
	{"pahoc", "Paho C", false, pahoC},
	{"pahopy", "Paho Python", true, pahoPython},
	{"mqttjs", "MQTT.js", true, mqttJS},
}

func pahoC(t *testing.T) (*exec.Cmd, error) {
	bin := filepath.Join(t.TempDir(), "paho")
	out, err := exec.Command("gcc", "-O1", "-Wall", "-o", bin, "peers/pahoc.c", "-lpaho-mqtt3a", "-lpthread").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	return exec.Command(bin), nil
}

// pahoPython takes the first Python that has the library: the one of the
// distribution may not be the first in the path.
func pahoPython(*testing.T) (*exec.Cmd, error) {
	var err error
	for _, python := range []string{"python3", "/usr/bin/python3"} {
		if err = exec.Command(python, "-c", "import paho.mqtt.client").Run(); err == nil {
			return exec.Command(python, "peers/pahopython.py"), nil
		}
	}
	return nil, err
}

func mqttJS(*testing.T) (*exec.Cmd, error) {
	if err := exec.Command("node", "-e", "require.resolve('mqtt', {paths: ['peers/mqttjs']})").Run(); err != nil {
		return nil, fmt.Errorf("npm ci in peers/mqttjs first: %w", err)
	}
	return exec.Command("node", "peers/mqttjs/peer.mjs"), nil
}
