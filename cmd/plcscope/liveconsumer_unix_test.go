//go:build unix

package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"plcscope/pcaps/samples"
)

// TestLiveHangingConsumers lets a broker take a connection and never answer, and clients ask
// for metrics and never read them: nothing waits for them, what they did not get is counted,
// and the report is written.
func TestLiveHangingConsumers(t *testing.T) {
	dir := t.TempDir()
	broker, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close() // it never accepts: the system does
	w := startLive(t, dir, nil, "-r", "-", "--profile", "none", "--output", "json=report.json", "--metrics", ":0", "--stats-every", "1s",
		"--publish", fmt.Sprintf("mqtt://%s/findings", broker.Addr()))
	capture := samples.Bytes(faulty)
	w.feed(capture[:len(capture)/2])
	w.await("finding")
	_, addr, _ := strings.Cut(w.stderr(), "metrics at http://")
	addr, _, _ = strings.Cut(addr, "/metrics")
	for i := range 20 {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		request := "GET /metrics HTTP/1.1\r\nHost: a\r\n"
		if i%2 == 0 { // the others never end theirs
			request = strings.Repeat(request+"\r\n", 100)
		}
		if _, err := c.Write([]byte(request)); err != nil {
			t.Fatal(err)
		}
	}
	w.feed(capture[len(capture)/2:])
	w.await("statistics", `"frames":383`)
	w.in.Close()
	if code := w.end(nil); code != exitFindings {
		t.Errorf("it ends with %d\n%s", code, w.stderr())
	}
	findings := 0
	for _, e := range w.events() {
		if e["event"] == "finding" {
			findings++
		}
	}
	total := w.await("end")["total"].(map[string]any)
	for _, c := range total["consumers"].([]any) {
		if c := c.(map[string]any); strings.HasPrefix(c["name"].(string), "mqtt://") && (c["sent"] != 0.0 || c["dropped"] != float64(findings)) {
			t.Errorf("%d findings, the broker that does not answer: %v", findings, c)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "report.json")); err != nil {
		t.Error(err)
	}
	if !strings.Contains(w.stderr(), fmt.Sprintf("did not take %d events", findings)) {
		t.Errorf("what was dropped is not said\n%s", w.stderr())
	}
}
