package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/pcaps"
	"plcscope/rules"
	"plcscope/rules/mqttrules"
)

// need skips a test that lacks a tool, visibly; in CI it fails instead.
func need(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is not installed", tool)
			}
			t.Skipf("%s is not installed", tool)
		}
	}
}

// broker is a mosquitto on the loopback interface with a tcpdump beside it.
type broker struct {
	port    int
	capture string
	dump    *exec.Cmd
	daemon  *exec.Cmd
}

func startBroker(t *testing.T) *broker {
	t.Helper()
	return startBrokerWith(t, "listener %d 127.0.0.1\nallow_anonymous true\n")
}

// startBrokerWith starts it with a configuration, in which %d stands for the port.
func startBrokerWith(t *testing.T, configuration string) *broker {
	t.Helper()
	need(t, "mosquitto", "mosquitto_pub", "mosquitto_sub", "tcpdump")
	dir := t.TempDir()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &broker{port: l.Addr().(*net.TCPAddr).Port, capture: filepath.Join(dir, "broker.pcap")}
	l.Close()
	config := filepath.Join(dir, "mosquitto.conf")
	text := fmt.Sprintf(configuration, b.port)
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	b.dump = exec.Command("tcpdump", "-i", "lo", "--immediate-mode", "-B", "65536", "-U", "-s", "0", "-w", b.capture, "tcp port "+strconv.Itoa(b.port))
	said, err := os.Create(filepath.Join(dir, "tcpdump.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	b.dump.Stderr = said
	if err := b.dump.Start(); err != nil {
		t.Fatal(err)
	}
	b.daemon = exec.Command("mosquitto", "-c", config)
	if err := b.daemon.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		b.dump.Process.Kill()
		b.daemon.Process.Kill()
		b.daemon.Wait()
	})
	deadline := time.Now().Add(10 * time.Second)
	for {
		log, _ := os.ReadFile(said.Name())
		listening := bytes.Contains(log, []byte("listening on"))
		c, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(b.port)))
		if err == nil {
			c.Close()
		}
		if err == nil && listening {
			return b
		}
		if time.Now().After(deadline) {
			if os.Getenv("CI") != "true" {
				t.Skipf("no live capture here: %s", log)
			}
			t.Fatalf("broker or capture did not start: %v %s", err, log)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// client runs mosquitto_pub or mosquitto_sub against the broker.
func (b *broker) client(tool string, args ...string) *exec.Cmd {
	return exec.Command(tool, append([]string{"-h", "127.0.0.1", "-p", strconv.Itoa(b.port)}, args...)...)
}

// stop ends the capture and judges it.
func (b *broker) stop(t *testing.T) (*rules.Book, flows.Totals) {
	t.Helper()
	time.Sleep(500 * time.Millisecond) // let the last segments reach tcpdump
	b.dump.Process.Signal(os.Interrupt)
	b.dump.Wait()
	c, err := pcaps.Open([]string{b.capture}, pcaps.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	e := mqttrules.New(mqttrules.Options{})
	cfg := flows.Config{Tracker: flows.Options{DecodeAs: flows.DecodeAs{uint16(b.port): flows.MQTT}}}
	totals, err := flows.Analyse(context.Background(), c, cfg, e)
	if err != nil {
		t.Fatal(err)
	}
	return e.Book(), totals
}

// TestRealBroker lets well-behaved clients talk to a real broker in every
// version: nothing may be held against them.
func TestRealBroker(t *testing.T) {
	b := startBroker(t)
	run := func(c *exec.Cmd) {
		t.Helper()
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%v: %v\n%s", c.Args, err, out)
		}
	}
	for _, v := range []string{"mqttv31", "mqttv311", "mqttv5"} {
		id := "plc-" + v
		var subscribers []*exec.Cmd
		for q := range 3 {
			s := b.client("mosquitto_sub", "-V", v, "-i", fmt.Sprintf("%s-hmi%d", id, q), "-q", strconv.Itoa(q),
				"-t", id+"/#", "-C", "7", "-W", "10", "-k", "5")
			if err := s.Start(); err != nil {
				t.Fatal(err)
			}
			subscribers = append(subscribers, s)
		}
		time.Sleep(300 * time.Millisecond)
		for q := range 3 {
			run(b.client("mosquitto_pub", "-V", v, "-i", id, "-q", strconv.Itoa(q), "-t", id+"/level", "-m", `{"v":12.5}`))
			run(b.client("mosquitto_pub", "-V", v, "-i", id, "-q", strconv.Itoa(q), "-r", "-t", id+"/mode", "-m", "auto",
				"--will-topic", id+"/status", "--will-payload", "offline", "--will-qos", strconv.Itoa(q)))
		}
		big := filepath.Join(t.TempDir(), "big")
		if err := os.WriteFile(big, bytes.Repeat([]byte("0123456789abcdef"), 20_000), 0o644); err != nil {
			t.Fatal(err)
		}
		run(b.client("mosquitto_pub", "-V", v, "-i", id, "-q", "1", "-t", id+"/recipe", "-f", big))
		for _, s := range subscribers {
			s.Wait()
		}
		// A session that is kept while its client is away, cut in the middle.
		persistent := []string{"-V", v, "-i", id + "-kept", "-q", "2", "-t", id + "/kept", "-c", "-W", "10"}
		if v == "mqttv5" {
			persistent = append(persistent, "-x", "300")
		}
		cut := b.client("mosquitto_sub", persistent...)
		if err := cut.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(300 * time.Millisecond)
		cut.Process.Kill()
		cut.Wait()
		for q := range 3 {
			run(b.client("mosquitto_pub", "-V", v, "-i", id, "-q", strconv.Itoa(q), "-t", id+"/kept", "-m", "while away"))
		}
		run(b.client("mosquitto_sub", append(persistent, "-C", "2")...))
		// Credentials, and refusals of what the broker does not like.
		run(b.client("mosquitto_pub", "-V", v, "-i", id, "-u", "plc", "-P", "secret", "-t", id+"/x", "-m", "y"))
	}
	book, totals := b.stop(t)
	if totals.Flows.MQTT < 150 {
		t.Errorf("only %d MQTT packets captured", totals.Flows.MQTT)
	}
	if totals.Flows.Malformed > 0 || totals.Flows.Gaps > 0 {
		t.Errorf("%d malformed packets, %d gaps", totals.Flows.Malformed, totals.Flows.Gaps)
	}
	exercised := 0
	for _, s := range book.Subjects() {
		for _, x := range book.Results(s) {
			if x.Verdict == rules.Fail && x.Severity == rules.Error {
				t.Errorf("%s is held to break %s: %+v", s, x.Rule.ID, x.Findings)
			}
			if x.Exercised > 0 {
				exercised++
			}
		}
	}
	if exercised == 0 {
		t.Error("no rule was exercised")
	}
}

// TestRealBrokerPunishesFaults checks a crafted client against what a real broker
// makes of it: what the broker closes for is what plcscope holds against the
// client.
func TestRealBrokerPunishesFaults(t *testing.T) {
	b := startBroker(t)
	faults := []struct {
		name  string
		rule  string
		bytes []byte
	}{
		{"will QoS 3", "mqtt-will-qos-not-3", connect311(func(p *mqtt.Packet) {
			p.Connect.SetWill([]byte("s"), []byte("off"), 3, false)
		})},
		{"ping before connect", "mqtt-connect-first", []byte{0xC0, 0x00}},
		{"two CONNECT", "mqtt-connect-once", append(connect311(nil), connect311(nil)...)},
	}
	for _, f := range faults {
		c, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(b.port)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Write(f.bytes); err != nil {
			t.Fatal(err)
		}
		c.SetReadDeadline(time.Now().Add(3 * time.Second))
		buf := make([]byte, 64)
		closed := false
		for !closed {
			if _, err := c.Read(buf); err != nil {
				closed = true
				if e, ok := err.(net.Error); ok && e.Timeout() {
					t.Errorf("%s: the broker did not close", f.name)
				}
			}
		}
		c.Close()
	}
	book, _ := b.stop(t)
	broken := map[string]bool{}
	for _, f := range book.Findings() {
		if f.Verdict == rules.Fail && f.Severity == rules.Error {
			broken[f.Rule.ID] = true
		}
	}
	for _, f := range faults {
		if !broken[f.rule] {
			t.Errorf("%s: %s is not held broken", f.name, f.rule)
		}
	}
}

func connect311(change func(p *mqtt.Packet)) []byte {
	p := &mqtt.Packet{Type: mqtt.CONNECT, Version: mqtt.V311}
	p.Connect.ClientID, p.Connect.KeepAlive = []byte("plc7"), 60
	p.Connect.SetCleanSession(true)
	if change != nil {
		change(p)
	}
	b, err := p.Append(nil)
	if err != nil {
		panic(err)
	}
	return b
}
