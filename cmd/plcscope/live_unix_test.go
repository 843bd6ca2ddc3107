//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"plcscope/pcaps/samples"
)

const faulty, healthy = "mqtt31-plc-faulty.pcap", "mqtt31-plc-healthy.pcap"

// program is this test as the program itself; TestMain runs the command of that name.
func program(t testing.TB) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "plcscope")
	if err := os.Symlink(self, link); err != nil {
		t.Fatal(err)
	}
	return link
}

// watching is a plcscope live that runs.
type watching struct {
	t      testing.TB
	cmd    *exec.Cmd
	in     io.WriteCloser // the capture, when it reads one from there
	out    bytes.Buffer
	mu     sync.Mutex
	err    bytes.Buffer
	schema *jsonschema.Schema
}

func (w *watching) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err.Write(b)
}

func (w *watching) stderr() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err.String()
}

// startLive starts plcscope live in a folder; a capture can be written to its input when the
// arguments say so.
func startLive(t testing.TB, dir string, command []string, args ...string) *watching {
	t.Helper()
	w := newLiveCommand(t, dir, command, args...)
	w.begin()
	return w
}

// newLiveCommand is a plcscope live that is still to begin.
func newLiveCommand(t testing.TB, dir string, command []string, args ...string) *watching {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join("..", "..", "docs", "schema", "events.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	w := &watching{t: t, schema: schema}
	command = append(append(command, program(t), "live", "--events", "events.jsonl"), args...)
	w.cmd = exec.Command(command[0], command[1:]...)
	w.cmd.Dir = dir
	w.cmd.Stdout, w.cmd.Stderr = &w.out, w
	if w.in, err = w.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *watching) begin() {
	w.t.Helper()
	if err := w.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = w.cmd.Process.Kill() })
}

// events are those told so far, each held against the schema.
func (w *watching) events() (list []map[string]any) {
	w.t.Helper()
	b, err := os.ReadFile(filepath.Join(w.cmd.Dir, "events.jsonl"))
	if err != nil {
		return nil
	}
	s := bufio.NewScanner(bytes.NewReader(b))
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		var e map[string]any
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(s.Bytes()))
		if err != nil {
			continue // it is being written
		}
		if err := w.schema.Validate(v); err != nil {
			w.t.Errorf("%v\n%s", err, s.Text())
		}
		_ = json.Unmarshal(s.Bytes(), &e) // it has just been read
		list = append(list, e)
	}
	return list
}

// await waits for an event that has all the texts in it.
func (w *watching) await(event string, texts ...string) map[string]any {
	w.t.Helper()
	for range 1000 {
	next:
		for _, e := range w.events() {
			b, _ := json.Marshal(e)
			if e["event"] != event {
				continue
			}
			for _, x := range texts {
				if !bytes.Contains(b, []byte(x)) {
					continue next
				}
			}
			return e
		}
		time.Sleep(20 * time.Millisecond)
	}
	w.t.Fatalf("no event %s with %q\n%v\n%s", event, texts, w.events(), w.stderr())
	return nil
}

// awaitN waits until an event has come n times.
func (w *watching) awaitN(event string, n int) {
	w.t.Helper()
	for range 1000 {
		seen := 0
		for _, e := range w.events() {
			if e["event"] == event {
				seen++
			}
		}
		if seen >= n {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	w.t.Fatalf("no %d events %s\n%v\n%s", n, event, w.events(), w.stderr())
}

// end sends a signal, if there is one, and returns the exit code.
func (w *watching) end(s os.Signal) int {
	w.t.Helper()
	if s != nil {
		if err := w.cmd.Process.Signal(s); err != nil {
			w.t.Fatal(err)
		}
	}
	late := time.AfterFunc(30*time.Second, func() { _ = w.cmd.Process.Kill() })
	defer late.Stop()
	_ = w.cmd.Wait() // the code says it
	return w.cmd.ProcessState.ExitCode()
}

func (w *watching) signal(s os.Signal) {
	w.t.Helper()
	if err := w.cmd.Process.Signal(s); err != nil {
		w.t.Fatal(err)
	}
}

// feed writes to the program's input, which goes on to be open.
func (w *watching) feed(b []byte) {
	w.t.Helper()
	if _, err := w.in.Write(b); err != nil {
		w.t.Fatal(err)
	}
}

// profileIn writes plant.yaml, which says nothing yet, and returns what writes it anew.
func profileIn(t *testing.T, dir string) (write func(text string)) {
	write = func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "plant.yaml"), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("version: 1\n")
	return write
}

// TestLiveSignals feeds a capture through a pipe and sends it signals meanwhile: a report
// on SIGUSR1, another profile on SIGHUP, a clean end on SIGTERM.
func TestLiveSignals(t *testing.T) {
	dir := t.TempDir()
	write := profileIn(t, dir)
	w := startLive(t, dir, nil, "-r", "-", "--profile", "plant.yaml", "--output", "json=report.json", "--metrics", ":0", "--stats-every", "1s")
	capture := samples.Bytes("mqtt31-plc-faulty.pcap")
	w.feed(capture[:len(capture)/2])
	w.await("finding")

	w.signal(syscall.SIGUSR1)
	w.await("report", "report.json")
	first, err := os.ReadFile(filepath.Join(dir, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(first, []byte(`"verdict": "fail"`)) {
		t.Error("the first report finds nothing")
	}

	_, addr, ok := strings.Cut(w.stderr(), "metrics at ")
	if !ok {
		t.Fatalf("it does not say where its metrics are\n%s", w.stderr())
	}
	addr, _, _ = strings.Cut(addr, "\n")
	r, err := http.Get(addr)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r.Body)
	r.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`plcscope_messages_total{protocol="mqtt",sender="client",type="CONNECT"}`, "plcscope_findings_total{", `plcscope_frames_total `,
		`plcscope_events_sent_total{consumer="events.jsonl"}`,
	} {
		if !bytes.Contains(b, []byte(want)) {
			t.Errorf("no %s in the metrics", want)
		}
	}

	write("version: 1\nno such thing: 3\n")
	w.signal(syscall.SIGHUP)
	w.await("notice", "the profile stays as it was", "plant.yaml")
	write("version: 1\nseverity:\n  mqtt-connect-once: off\n")
	if err := os.Rename(filepath.Join(dir, "events.jsonl"), filepath.Join(dir, "events.1")); err != nil {
		t.Fatal(err)
	}
	w.signal(syscall.SIGHUP)
	w.await("notice", "the profile was read anew")
	w.await("statistics")
	w.feed(capture[len(capture)/2:])
	w.in.Close()
	if code := w.end(nil); code != exitFindings {
		t.Errorf("it ends with %d\n%s", code, w.stderr())
	}
	w.await("end", `"failed":true`, `"reason":"end of capture"`)
	second, err := os.ReadFile(filepath.Join(dir, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(first, second) {
		t.Error("the last report is the first")
	}
	if !bytes.Contains(second, []byte(`"switched_off"`)) || !bytes.Contains(second, []byte("mqtt-connect-once")) {
		t.Error("the last report does not know the new profile")
	}
}

// TestLiveConsumerGone closes the reader of its standard output: it goes on, counts what
// it could not tell, and its report is written all the same.
func TestLiveConsumerGone(t *testing.T) {
	dir := t.TempDir()
	r, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program(t), "live", "-r", "-", "--profile", "none", "--events", "-", "--events", "events.jsonl", "--output", "json=report.json")
	cmd.Dir, cmd.Stdout = dir, out
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out.Close()
	capture := samples.Bytes("mqtt31-plc-faulty.pcap")
	if _, err := in.Write(capture[:1000]); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read(make([]byte, 1)); err != nil { // it has begun
		t.Fatal(err)
	}
	r.Close()
	if _, err := in.Write(capture[1000:]); err != nil {
		t.Fatal(err)
	}
	in.Close()
	_ = cmd.Wait() // the code says it
	if code := cmd.ProcessState.ExitCode(); code != exitFindings {
		t.Errorf("it ends with %d\n%s", code, stderr.String())
	}
	if b, err := os.ReadFile(filepath.Join(dir, "report.json")); err != nil || !bytes.Contains(b, []byte(`"verdict": "fail"`)) {
		t.Errorf("no report: %v", err)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "events.jsonl")); err != nil || !bytes.Contains(b, []byte(`"event":"end"`)) || !bytes.Contains(b, []byte("events to - are dropped")) {
		t.Errorf("the other consumer was not told: %v\n%s", err, b)
	}
	if !strings.Contains(stderr.String(), "- did not take ") {
		t.Errorf("what was dropped is not said:\n%s", stderr.String())
	}
}
