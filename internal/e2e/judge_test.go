package e2e

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"plcscope/mqtt"
)

// plcscope is the program under test, built by TestMain unless it is given.
var plcscope string

func TestMain(m *testing.M) {
	flag.StringVar(&plcscope, "plcscope", "", "the `program` to test, in place of one built from here")
	flag.Parse()
	os.Exit(func() int {
		if plcscope != "" {
			return m.Run()
		}
		dir, err := os.MkdirTemp("", "plcscope-e2e")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		plcscope = filepath.Join(dir, "plcscope")
		build := exec.Command("go", "build", "-C", filepath.Join("..", ".."), "-o", plcscope, "./cmd/plcscope")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

// A verdict is the part of plcscope's JSON report that the tests look at.
type verdict struct {
	Capture struct {
		Frames      int `json:"frames"`
		Connections int `json:"tcp_connections"`
		MQTT        int `json:"mqtt_packets"`
		Malformed   int `json:"malformed"`
	} `json:"capture"`
	Coverage struct {
		Fail         int `json:"fail"`
		Inconclusive int `json:"inconclusive"`
		Pass         int `json:"pass"`
	} `json:"coverage"`
	Subjects []subject `json:"subjects"`
	Delivery struct {
		Total [2]ledger `json:"total"` // sent by clients, by brokers
	} `json:"delivery"`
}

type subject struct {
	Role    string   `json:"role"`
	Address string   `json:"address"`
	Client  string   `json:"client_id"`
	Results []result `json:"results"`
}

type result struct {
	Rule         string              `json:"rule"`
	Severity     string              `json:"severity"`
	Verdict      string              `json:"verdict"`
	Exercised    int                 `json:"exercised"`
	Failed       int                 `json:"failed"`
	Inconclusive int                 `json:"inconclusive"`
	Reason       string              `json:"reason"`
	Clauses      map[string][]string `json:"clauses"`
	Findings     []finding           `json:"findings"`
}

type finding struct {
	Verdict  string `json:"verdict"`
	Severity string `json:"severity"`
	Frame    int    `json:"frame"`
	Client   string `json:"client"`
	Clause   string `json:"clause"`
	Detail   string `json:"detail"`
}

type ledger struct {
	Sent      int `json:"sent"`
	Completed int `json:"completed"`
	Lost      int `json:"lost"`
	Unknown   int `json:"unknown"`
}

func (s subject) String() string {
	if s.Client == "" {
		return s.Role + " " + s.Address
	}
	return s.Role + " " + s.Client
}

// judge lets plcscope check a capture.
func judge(t *testing.T, file string, port int, web bool) *verdict {
	t.Helper()
	out, err := exec.Command(plcscope, append([]string{"check", "--format", "json", "--audit", file}, decodeAs(port, web)...)...).Output()
	var exit *exec.ExitError
	if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1) {
		t.Fatalf("plcscope check: %v", err)
	}
	v := new(verdict)
	if err := json.Unmarshal(out, v); err != nil {
		t.Fatal(err)
	}
	return v
}

// decodeAs says what the port carries. WebSocket plcscope knows by its handshake.
func decodeAs(port int, web bool) []string {
	if web {
		return nil
	}
	return []string{"-d", fmt.Sprintf("tcp.port==%d,mqtt", port)}
}

// findings are those of a verdict and at least one of the severities.
func (v *verdict) findings(what string, severities ...string) (subjects []subject, l []finding, rules []string) {
	for _, s := range v.Subjects {
		for _, r := range s.Results {
			for _, f := range r.Findings {
				if f.Verdict == what && slices.Contains(severities, f.Severity) {
					subjects, l, rules = append(subjects, s), append(l, f), append(rules, r.Rule)
				}
			}
		}
	}
	return subjects, l, rules
}

// exercised are the rules that the capture puts to the test.
func (v *verdict) exercised() map[string]bool {
	m := map[string]bool{}
	for _, s := range v.Subjects {
		for _, r := range s.Results {
			if r.Exercised > 0 {
				m[r.Rule] = true
			}
		}
	}
	return m
}

// A packetKind is what a tally counts apart.
type packetKind struct {
	up   bool // from the client
	kind mqtt.PacketType
	qos  byte // of PUBLISH
	dup  bool
}

// tally counts the packets of a capture as a tool with tshark's manners shows them.
// It goes by the first byte of each, the header flags: in MQTT 3.1 other packets
// than PUBLISH have a quality of service, too.
func tally(t *testing.T, port int, tool string, args ...string) map[packetKind]int {
	t.Helper()
	out, err := exec.Command(tool, append(args, "-T", "fields", "-e", "tcp.dstport", "-e", "mqtt.hdrflags")...).Output()
	if err != nil {
		t.Fatalf("%s: %v", tool, err)
	}
	n := map[packetKind]int{}
	for line := range strings.Lines(string(out)) {
		to, headers, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if headers == "" {
			continue
		}
		for header := range strings.SplitSeq(headers, ",") {
			h, err := strconv.ParseUint(header, 0, 8)
			if err != nil {
				t.Fatalf("%s: %q", tool, line)
			}
			x := packetKind{up: to == strconv.Itoa(port), kind: mqtt.PacketType(h >> 4)}
			if x.kind == mqtt.PUBLISH {
				x.qos, x.dup = byte(h)>>1&3, h&8 != 0
			}
			n[x]++
		}
	}
	return n
}

// agree demands that plcscope and tshark see the same packets, and returns them. tshark
// 4.0 shows no MQTT over WebSocket; what the clients say has to do there.
func agree(t *testing.T, file string, port int, web bool) map[packetKind]int {
	t.Helper()
	ours := tally(t, port, plcscope, append([]string{"read", file}, decodeAs(port, web)...)...)
	if web {
		return ours
	}
	theirs := tally(t, port, "tshark", append([]string{"-r", file}, decodeAs(port, web)...)...)
	if !maps.Equal(ours, theirs) {
		say := t.Logf // tshark misses packets where segments came in another order; clients count, too
		for kind, n := range theirs {
			if n > ours[kind] {
				say = t.Errorf
			}
		}
		say("%s: plcscope read counts\n%v\ntshark counts\n%v", filepath.Base(file), ours, theirs)
	}
	return ours
}

// meets compares what was captured with what the clients say that they did.
func (c *count) meets(t *testing.T, n map[packetKind]int) {
	t.Helper()
	check := func(what string, up bool, kind mqtt.PacketType, want int) {
		t.Helper()
		if got := n[packetKind{up: up, kind: kind}]; got != want {
			t.Errorf("%d packets %s captured, %d %s", got, kind, want, what)
		}
	}
	// Before 5.0 a client may repeat PUBLISH and PUBREL, and is answered each time.
	repeated := func(kind mqtt.PacketType, qos byte, two int) int {
		more := n[packetKind{up: true, kind: mqtt.PUBLISH, qos: qos, dup: true}]
		if kind == mqtt.PUBREL || kind == mqtt.PUBCOMP {
			more += max(0, n[packetKind{up: true, kind: mqtt.PUBREL}]-two)
		}
		return more
	}
	acks := func(up bool, one, two int) {
		t.Helper()
		for _, x := range []struct {
			up   bool
			kind mqtt.PacketType
			owed int
			qos  byte
		}{{up, mqtt.PUBACK, one, 1}, {up, mqtt.PUBREC, two, 2}, {!up, mqtt.PUBREL, two, 2}, {up, mqtt.PUBCOMP, two, 2}} {
			more := 0
			if !up {
				more = repeated(x.kind, x.qos, two)
			}
			if got := n[packetKind{up: x.up, kind: x.kind}]; got < x.owed || got > x.owed+more {
				t.Errorf("%d packets %s captured, %d owed and %d messages repeated", got, x.kind, x.owed, more)
			}
		}
	}
	check("calls", true, mqtt.CONNECT, c.connects)
	check("calls", false, mqtt.CONNACK, c.connects)
	check("calls", true, mqtt.SUBSCRIBE, c.subscribes)
	check("calls", false, mqtt.SUBACK, c.subscribes)
	check("calls", true, mqtt.UNSUBSCRIBE, c.unsubscribes)
	check("calls", false, mqtt.UNSUBACK, c.unsubscribes)
	check("calls", true, mqtt.DISCONNECT, c.disconnects)
	acks(false, c.published[1], c.published[2])
	acks(true, c.received[1], c.received[2])
	for q := range byte(3) {
		publish := packetKind{kind: mqtt.PUBLISH, qos: q}
		again := publish
		again.dup = true // no connection breaks here: only a broker that sets DUP as it should not
		if n[publish]+n[again] != c.received[q] {
			t.Errorf("%d messages with QoS %d to clients captured, clients received %d", n[publish]+n[again], q, c.received[q])
		}
		publish.up = true
		if n[publish] != c.published[q] {
			t.Errorf("%d messages with QoS %d by clients captured, clients sent %d", n[publish], q, c.published[q])
		}
	}
}
