package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// plant is a network of three hosts in namespaces of their own: one of clients, one of a
// broker, and a tap, at a switch that shows every frame to every port.
type plant struct {
	t     testing.TB
	names [4]string
}

const (
	clients = iota
	servers
	tapped
	between
)

// needRoot skips a test that needs root, and programs that are not there, except in CI.
func needRoot(t testing.TB, programs ...string) {
	t.Helper()
	missing := t.Skip
	if os.Getenv("CI") == "true" {
		missing = t.Fatal
	}
	if os.Geteuid() != 0 {
		missing("needs root, to make network namespaces")
	}
	for _, x := range programs {
		if _, err := exec.LookPath(x); err != nil {
			missing("needs ", x)
		}
	}
}

func newPlant(t testing.TB) *plant {
	t.Helper()
	needRoot(t, "ip", "mosquitto", "mosquitto_pub", "mosquitto_sub")
	p := &plant{t: t}
	for i := range p.names {
		p.names[i] = fmt.Sprintf("plcscope-%d-%d", os.Getpid(), i)
		if out, err := exec.Command("ip", "netns", "add", p.names[i]).CombinedOutput(); err != nil {
			t.Skipf("no network namespaces here: %s", out)
		}
		t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", p.names[i]).Run() })
		p.run(i, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1") // its chatter is no traffic of the plant
	}
	p.ip(between, "link", "add", "sw", "type", "bridge", "ageing_time", "0", "stp_state", "0") // which knows no address
	p.ip(between, "link", "set", "sw", "up")
	for i := range between {
		port := fmt.Sprintf("p%d", i)
		p.ip(i, "link", "add", "eth0", "type", "veth", "peer", "name", port, "netns", p.names[between])
		p.ip(between, "link", "set", port, "master", "sw", "up")
		if i != tapped {
			p.ip(i, "addr", "add", fmt.Sprintf("10.9.0.%d/24", i+1), "dev", "eth0")
		}
		p.ip(i, "link", "set", "eth0", "up")
		p.ip(i, "link", "set", "lo", "up")
	}
	return p
}

func (p *plant) ip(host int, args ...string) {
	p.t.Helper()
	p.run(host, append([]string{"ip"}, args...)...)
}

// on is a command on a host.
func (p *plant) on(host int, args ...string) []string {
	return append([]string{"ip", "netns", "exec", p.names[host]}, args...)
}

func (p *plant) run(host int, args ...string) string {
	p.t.Helper()
	c := p.on(host, args...)
	out, err := exec.Command(c[0], c[1:]...).CombinedOutput()
	if err != nil {
		p.t.Fatalf("%q: %v\n%s", args, err, out)
	}
	return string(out)
}

// start begins a program that is ended with the test.
func (p *plant) start(host int, args ...string) *exec.Cmd {
	p.t.Helper()
	c := p.on(host, args...)
	cmd := exec.Command(c[0], c[1:]...)
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd
}

// broker starts mosquitto and waits until it answers.
func (p *plant) broker(dir string) {
	p.t.Helper()
	conf := filepath.Join(dir, "mosquitto.conf")
	if err := os.WriteFile(conf, []byte("listener 1883 10.9.0.2\nallow_anonymous true\n"), 0o644); err != nil {
		p.t.Fatal(err)
	}
	p.start(servers, "mosquitto", "-c", conf)
	for range 100 {
		c := p.on(servers, "mosquitto_pub", "-h", "10.9.0.2", "-t", "ready", "-n", "-i", "ready")
		if exec.Command(c[0], c[1:]...).Run() == nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	p.t.Fatal("mosquitto does not answer")
}

// TestLiveEqualsOffline lets clients talk to mosquitto over a switch, watches a third port
// and compares what was judged live with what is judged of the same frames in a file.
func TestLiveEqualsOffline(t *testing.T) {
	p := newPlant(t)
	dir := t.TempDir()
	p.broker(dir)
	w := startLive(t, dir, p.on(tapped), "-i", "eth0", "--profile", "none", "-w", "kept.pcapng", "--output", "json=live.json",
		"--publish", "mqtt://127.0.0.1:9/nobody/is/there", "--stats-every", "1s")
	w.await("statistics", `"name":"eth0"`)
	p.start(clients, "mosquitto_sub", "-h", "10.9.0.2", "-t", "plc/#", "-q", "2", "-i", "panel", "-c", "-k", "5")
	w.await("session", `"accepted"`, `"panel"`)
	for i := range 5 {
		p.run(clients, "mosquitto_pub", "-h", "10.9.0.2", "-t", fmt.Sprintf("plc/%d", i), "-m", "20.5", "-q", fmt.Sprint(i%3), "-i", fmt.Sprintf("plc-%d", i))
	}
	// One that breaks rules: it sends its CONNECT twice.
	hello := `\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04evil`
	p.run(clients, "bash", "-c", `exec 3<>/dev/tcp/10.9.0.2/1883; printf '`+hello+`' >&3; head -c4 <&3 >/dev/null; printf '`+hello+`' >&3; cat <&3 >/dev/null; true`)
	w.await("finding", `"mqtt-connect-once"`, `"client_id":"evil"`, `"verdict":"fail"`)
	w.await("session", `"gone"`, `"plc-4"`, `"goodbye"`)
	w.await("connection", `"closed"`)
	if code := w.end(syscall.SIGTERM); code != exitFindings {
		t.Errorf("it ends with %d\n%s", code, w.stderr())
	}
	end := w.await("end", `"reason":"interrupted"`)
	total := end["total"].(map[string]any)
	received := total["interfaces"].([]any)[0].(map[string]any)
	if received["dropped"] != 0.0 || received["received"].(float64) < total["frames"].(float64) || total["kept"].(map[string]any)["frames"] != total["frames"] {
		t.Errorf("the counts do not agree: %v", total)
	}

	offline := exec.Command(program(t), "check", "--profile", "none", "--output", "json=offline.json", "kept.pcapng")
	offline.Dir = dir
	if _, err := offline.Output(); offline.ProcessState.ExitCode() != exitFindings {
		t.Fatalf("check ends with %v", err)
	}
	if a, b := judged(t, filepath.Join(dir, "live.json")), judged(t, filepath.Join(dir, "offline.json")); a != b {
		t.Errorf("live:\n%s\noffline:\n%s", a, b)
	} else if strings.Count(a, "fail") == 0 || strings.Count(a, "subject") < 8 {
		t.Errorf("too little was judged:\n%s", a)
	}
}

// judged is what a JSON report says, without what can only be said of a file.
func judged(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var r map[string]any
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, s := range r["subjects"].([]any) {
		s := s.(map[string]any)
		fmt.Fprintf(&out, "subject %v %v %v %v\n", s["protocol"], s["role"], s["address"], s["client_id"])
		for _, x := range s["results"].([]any) {
			x := x.(map[string]any)
			fmt.Fprintf(&out, "  %v %v %v\n", x["rule"], x["verdict"], x["exercised"])
			findings, _ := x["findings"].([]any)
			for _, f := range findings {
				f := f.(map[string]any)
				fmt.Fprintf(&out, "    frame %v at %v: %v\n", f["frame"], f["time"], f["detail"])
			}
		}
	}
	return out.String()
}

// TestLivePublish takes findings from a broker.
func TestLivePublish(t *testing.T) {
	p := newPlant(t)
	dir := t.TempDir()
	p.broker(dir)
	got, err := os.Create(filepath.Join(dir, "got"))
	if err != nil {
		t.Fatal(err)
	}
	defer got.Close()
	c := p.on(servers, "mosquitto_sub", "-h", "10.9.0.2", "-t", "ops/#", "-q", "1", "-i", "ops", "-v")
	sub := exec.Command(c[0], c[1:]...)
	sub.Stdout = got
	if err := sub.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = sub.Process.Kill()
		_ = sub.Wait()
	}()
	capture, err := filepath.Abs(filepath.Join("..", "..", "pcaps", "samples", "mqtt31-plc-faulty.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	w := startLive(t, dir, p.on(servers), "-r", "-", "--profile", "none", "--publish", "mqtt://10.9.0.2/ops/plcscope/")
	b, err := os.ReadFile(capture)
	if err != nil {
		t.Fatal(err)
	}
	seen := func(text string) {
		t.Helper()
		for range 500 {
			if b, _ := os.ReadFile(got.Name()); bytes.Contains(b, []byte(text)) {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
		b, _ := os.ReadFile(got.Name())
		t.Fatalf("no %q\n%s\n%s", text, b, w.stderr())
	}
	seen("ops/plcscope/status online")
	w.feed(b)
	w.in.Close()
	if code := w.end(nil); code != exitFindings {
		t.Errorf("it ends with %d\n%s", code, w.stderr())
	}
	seen(`ops/plcscope/mqtt-connect-once {"schema":"plcscope-events/1","event":"finding"`)
	seen("ops/plcscope/status offline")
	if b, _ := os.ReadFile(got.Name()); bytes.Contains(b, []byte(`"event":"connection"`)) {
		t.Error("more than findings was published")
	}
}

// TestLiveDrops stops the program while frames come, until the kernel has to drop some:
// they are counted as the kernel does, told, and make verdicts inconclusive.
func TestLiveDrops(t *testing.T) {
	p := newPlant(t)
	dir := t.TempDir()
	w := startLive(t, dir, p.on(tapped), "-i", "eth0", "-B", "1", "--profile", "none", "-f", "", "--output", "json=live.json", "--stats-every", "1s")
	w.await("statistics", `"name":"eth0"`)
	sample, err := filepath.Abs(filepath.Join("..", "..", "pcaps", "samples", "mqtt31-plc-healthy.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	replay := func() { p.run(clients, program(t), "replay", "-r", sample, "-i", "eth0", "--speed", "max") }
	replay()
	w.await("session", `"accepted"`)
	self := w.cmd.Process.Pid // ip has become the program that it was to run
	signal := func(s syscall.Signal) {
		t.Helper()
		if err := syscall.Kill(self, s); err != nil {
			t.Fatal(err)
		}
	}
	signal(syscall.SIGSTOP)
	for range 60 {
		replay()
	}
	signal(syscall.SIGCONT)
	w.await("loss", `"interface":"eth0"`)
	replay()
	if code := w.end(syscall.SIGTERM); code != exitClean {
		t.Errorf("it ends with %d: what the kernel has dropped is nobody's fault\n%s", code, w.stderr())
	}
	total := w.await("end")["total"].(map[string]any)
	i := total["interfaces"].([]any)[0].(map[string]any)
	received, dropped, analysed := i["received"].(float64), i["dropped"].(float64), total["frames"].(float64)
	if dropped == 0 || received-dropped < analysed || received-dropped > analysed+50 { // a few may come while it ends
		t.Errorf("%v received, %v dropped, %v analysed", received, dropped, analysed)
	}
	var told float64
	for _, e := range w.events() {
		if e["event"] == "loss" {
			told += e["dropped"].(float64)
		}
	}
	if told != dropped {
		t.Errorf("%v drops were told, %v were counted", told, dropped)
	}
	b, err := os.ReadFile(filepath.Join(dir, "live.json"))
	if err != nil {
		t.Fatal(err)
	}
	if note := fmt.Sprintf("the capturing interface dropped %.0f packets", dropped); !bytes.Contains(b, []byte(note)) {
		t.Errorf("the report does not say: %s", note)
	}
	for _, e := range w.events() {
		// The replays themselves are a storm of connections.
		if e["event"] == "finding" && e["verdict"] == "fail" && e["severity"] != "info" && e["rule"] != "plc-reconnect-storm" {
			t.Errorf("somebody is accused: %v", e)
		}
	}
}
