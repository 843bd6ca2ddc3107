package e2e

import (
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"
)

// need skips a test that lacks a tool, visibly; in CI it fails instead.
func need(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			lack(t, "%s is not installed", tool)
		}
	}
}

// lack ends a test for want of something, visibly.
func lack(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// missing notes that some software is not installed here; in CI the test fails.
func missing(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Errorf(format, args...)
		return
	}
	t.Logf("NOT TESTED: "+format, args...)
}

// moduleVersion is the version of a Go module that the tests are linked with.
func moduleVersion(path string) string {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Version}}", path).Output()
	if err != nil {
		return "?"
	}
	return strings.TrimSpace(string(out))
}

// freePort finds a TCP port that nobody listens at, below those that systems give to
// clients.
func freePort(t *testing.T) int {
	t.Helper()
	for range 1000 {
		port := 20000 + int(ports.Add(1))%10000
		if l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port)); err == nil {
			l.Close()
			return port
		}
	}
	t.Fatal("no free port")
	return 0
}

// ports counts up from a place that differs from run to run.
var ports atomic.Int64

func init() { ports.Store(int64(os.Getpid())) }

// A broker starts at a port of the loopback interface and serves until the test ends.
type broker struct {
	name string
	// start serves MQTT at one port, and at the other one over WebSocket unless that
	// is 0.
	start func(t *testing.T, port, web int)
}

var brokers = []broker{{"mosquitto", startMosquitto}, {"mochi", startMochi}}

func startMosquitto(t *testing.T, port, web int) {
	need(t, "mosquitto")
	config := filepath.Join(t.TempDir(), "mosquitto.conf")
	text := fmt.Sprintf("listener %d 127.0.0.1\nallow_anonymous true\n", port)
	if web != 0 {
		text += fmt.Sprintf("listener %d 127.0.0.1\nprotocol websockets\n", web)
	}
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	runMosquitto(t, port, config)
	if web != 0 {
		awaitListener(t, web)
	}
}

// runMosquitto starts a mosquitto that serves a port.
func runMosquitto(t *testing.T, port int, config string) {
	t.Helper()
	c := exec.Command("mosquitto", "-c", config)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
	})
	awaitListener(t, port)
}

func startMochi(t *testing.T, port, web int) {
	s := mochi.New(&mochi.Options{Logger: slog.New(slog.DiscardHandler)})
	if err := s.AddHook(new(auth.AllowHook), nil); err != nil {
		t.Fatal(err)
	}
	l := listeners.NewTCP(listeners.Config{ID: "tcp", Address: "127.0.0.1:" + strconv.Itoa(port)})
	if err := s.AddListener(l); err != nil {
		t.Fatal(err)
	}
	if web != 0 {
		l := listeners.NewWebsocket(listeners.Config{ID: "web", Address: "127.0.0.1:" + strconv.Itoa(web)})
		if err := s.AddListener(l); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Serve(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	awaitListener(t, port)
}

func awaitListener(t *testing.T, port int) {
	t.Helper()
	await(t, "a listener at port "+strconv.Itoa(port), func() bool {
		c, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

// patience is how long anything may take on a busy machine.
const patience = 15 * time.Second

// await waits until done is true.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	if !within(patience, done) {
		t.Fatalf("no %s within %s", what, patience)
	}
}

func within(d time.Duration, done func() bool) bool {
	for deadline := time.Now().Add(d); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}

// A capture is a running tcpdump on the loopback interface.
type capture struct {
	file string
	dump *exec.Cmd
	log  *syncBuffer
}

// syncBuffer is what a program says, readable while it runs.
type syncBuffer struct {
	sync.Mutex
	b bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.Lock()
	defer s.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.Lock()
	defer s.Unlock()
	return s.b.String()
}

// startCapture captures the TCP ports.
func startCapture(t *testing.T, ports ...int) *capture {
	t.Helper()
	need(t, "tcpdump")
	c := &capture{file: filepath.Join(t.TempDir(), "all.pcap"), log: new(syncBuffer)}
	c.dump = exec.Command("tcpdump", "-i", "lo", "-B", "65536", "-s", "0", "-w", c.file, portFilter(ports...))
	c.dump.Stderr = c.log
	if err := c.dump.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.dump.Process.Kill() })
	if !within(patience, func() bool { return strings.Contains(c.log.String(), "listening on") }) {
		lack(t, "no live capture here: %s", c.log)
	}
	return c
}

func portFilter(ports ...int) string {
	var l []string
	for _, p := range ports {
		l = append(l, "tcp port "+strconv.Itoa(p))
	}
	return strings.Join(l, " or ")
}

// stop ends the capture. Frames that the kernel dropped would void it.
func (c *capture) stop(t *testing.T) {
	t.Helper()
	time.Sleep(1500 * time.Millisecond) // the kernel hands frames over once a second
	c.dump.Process.Signal(os.Interrupt)
	c.dump.Wait()
	if !strings.Contains(c.log.String(), "0 packets dropped by kernel") {
		t.Fatalf("an incomplete capture: %s", c.log)
	}
}

// part is the capture of one port alone.
func (c *capture) part(t *testing.T, name string, port int) string {
	t.Helper()
	file := filepath.Join(filepath.Dir(c.file), name+".pcap")
	if out, err := exec.Command("tcpdump", "-r", c.file, "-w", file, portFilter(port)).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return file
}
