package delivery_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"plcscope/flows"
	"plcscope/flows/delivery"
	"plcscope/mqtt/session"
	"plcscope/pcaps"
)

// mosquitto runs a broker on the loopback interface with a tcpdump beside it,
// and returns how to run its clients and how to end the capture and audit it.
func mosquitto(t *testing.T) (run func(tool string, args ...string) *exec.Cmd, audit func() delivery.Result) {
	t.Helper()
	for _, tool := range []string{"mosquitto", "mosquitto_pub", "mosquitto_sub", "tcpdump"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is not installed", tool)
			}
			t.Skipf("%s is not installed", tool)
		}
	}
	dir := t.TempDir()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	config, capture := filepath.Join(dir, "mosquitto.conf"), filepath.Join(dir, "capture.pcap")
	if err := os.WriteFile(config, fmt.Appendf(nil, "listener %d 127.0.0.1\nallow_anonymous true\n", port), 0o644); err != nil {
		t.Fatal(err)
	}
	said, err := os.Create(filepath.Join(dir, "tcpdump.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	dump := exec.Command("tcpdump", "-i", "lo", "--immediate-mode", "-B", "65536", "-U", "-s", "0", "-w", capture, "tcp port "+strconv.Itoa(port))
	dump.Stderr = said
	daemon := exec.Command("mosquitto", "-c", config)
	for _, c := range []*exec.Cmd{dump, daemon} {
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		log, _ := os.ReadFile(said.Name())
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			c.Close()
		}
		if err == nil && bytes.Contains(log, []byte("listening on")) {
			break
		}
		if time.Now().After(deadline) {
			if os.Getenv("CI") != "true" {
				t.Skipf("no live capture here: %s", log)
			}
			t.Fatalf("broker or capture did not start: %v %s", err, log)
		}
	}
	run = func(tool string, args ...string) *exec.Cmd {
		return exec.Command(tool, append([]string{"-h", "127.0.0.1", "-p", strconv.Itoa(port)}, args...)...)
	}
	audit = func() delivery.Result {
		time.Sleep(500 * time.Millisecond) // let the last segments reach tcpdump
		dump.Process.Signal(os.Interrupt)
		dump.Wait()
		c, err := pcaps.Open([]string{capture}, pcaps.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		a := delivery.New(delivery.Options{})
		if _, err := flows.Analyse(context.Background(), c, flows.Config{Tracker: flows.Options{DecodeAs: flows.DecodeAs{uint16(port): flows.MQTT}}}, a); err != nil {
			t.Fatal(err)
		}
		return a.Result()
	}
	return run, audit
}

// TestMosquitto audits real clients at a real broker: a subscriber whose session
// is kept is stopped, gets messages that it does not read, is killed and comes
// back. What it prints is what it got.
func TestMosquitto(t *testing.T) {
	run, audit := mosquitto(t)
	must := func(c *exec.Cmd) string {
		t.Helper()
		var out bytes.Buffer
		c.Stdout, c.Stderr = &out, &out
		if err := c.Run(); err != nil {
			t.Errorf("%v: %v\n%s", c.Args, err, &out)
		}
		return out.String()
	}
	versions := []string{"mqttv31", "mqttv311", "mqttv5"}
	const unread, away, live = 3, 4, 5 // messages of each of QoS 1 and 2
	for _, v := range versions {
		args := []string{"-V", v, "-i", "hmi-" + v, "-q", "2", "-c", "-t", v + "/#", "-W", "20"}
		if v == "mqttv5" {
			args = append(args, "-x", "300")
		}
		publish := func(topic string, n int) {
			for q := 1; q <= 2; q++ {
				for i := range n {
					must(run("mosquitto_pub", "-V", v, "-i", "plc-"+v, "-q", strconv.Itoa(q), "-t", v+"/"+topic, "-m", fmt.Sprintf("%s %d %d", topic, q, i)))
				}
			}
		}
		first := run("mosquitto_sub", args...)
		if err := first.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(400 * time.Millisecond)
		first.Process.Signal(syscall.SIGSTOP)
		publish("unread", unread)
		time.Sleep(200 * time.Millisecond)
		first.Process.Kill()
		first.Wait()
		time.Sleep(200 * time.Millisecond)
		publish("away", away)
		second := run("mosquitto_sub", append(args, "-C", strconv.Itoa(2*(unread+away+live)))...)
		var got bytes.Buffer
		second.Stdout = &got
		if err := second.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(400 * time.Millisecond)
		publish("live", live)
		second.Wait()
		if n := strings.Count(got.String(), "\n"); n != 2*(unread+away+live) {
			t.Errorf("%s: the subscriber printed %d messages:\n%s", v, n, &got)
		}
	}
	r := audit()
	each := uint64(2 * (unread + away + live))
	for side := range r.Total {
		l := &r.Total[side]
		if l.Sent != 3*each || l.Completed != l.Sent || l.Acknowledged != l.Sent || l.Twice != 0 || l.Strays != 0 || l.Joined != 0 {
			t.Errorf("%v: %+v", session.Side(side), l)
		}
	}
	if l := r.Total[session.Server]; l.Recovered != 3*2*unread || l.RepeatedDup != 3*2*unread || l.RepeatedPlain != 0 {
		t.Errorf("sent again by the broker: %+v", l)
	}
	if len(r.Outages) != 3 {
		t.Errorf("outages: %+v", r.Outages)
	}
	for i := range r.Outages {
		o := &r.Outages[i]
		if !strings.HasPrefix(o.Client, "hmi-") || o.How != delivery.Resumed || o.InFlight != [2]uint64{0, 2 * unread} || o.Recovered != o.InFlight || o.Down() <= 0 {
			t.Errorf("outage: %+v", o)
		}
	}
	if len(r.Pairs) != 3 {
		t.Errorf("pairs: %+v", r.Pairs)
	}
	for i := range r.Pairs {
		p := &r.Pairs[i]
		if p.Expected != each || p.Delivered != [3]uint64{0, each / 2, each / 2} || p.Missing+p.Unknown+p.Open+p.Again != 0 {
			t.Errorf("pair: %+v", p)
		}
	}
	if len(r.Incidents) != 0 || r.Bounds != (delivery.Bounds{}) {
		t.Errorf("%+v %+v", r.Incidents, r.Bounds)
	}
}
