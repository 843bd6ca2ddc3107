package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// truth is what the generator says of its capture.
type truth struct {
	TCPFlows     int            `json:"tcp_flows"`
	MQTT         map[string]int `json:"mqtt_packets_by_type"`
	PublishQoS   [3]int         `json:"publish_by_qos"`
	PublishBytes int            `json:"publish_payload_bytes"`
	S7           map[string]int `json:"s7_pdus_by_kind"`
}

// generate writes a capture of generated traffic and returns what is true of it.
func generate(t *testing.T, args ...string) (file string, want truth) {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "bench", "trafficgen")
	if _, err := os.Stat(filepath.Join(dir, "main.go")); err != nil {
		t.Skip("../shared/bench/trafficgen is absent: not compared")
	}
	file = filepath.Join(t.TempDir(), "plant.pcap")
	report := file + ".json"
	cmd := exec.Command("go", append([]string{"run", ".", "-o", file, "-truth", report}, args...)...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("trafficgen: %v\n%s", err, out)
	}
	b, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	return file, want
}

// hard makes TCP as hard as the generator can.
var hard = []string{"-plcs", "5", "-messages", "300", "-polls", "300", "-retransmit", "0.02", "-reorder", "0.2", "-split", "0.2"}

var generated = []struct {
	name string
	args []string
}{
	{"3.1.1", nil},
	{"vlan", []string{"-vlan"}},
	{"3.1", []string{"-level", "3.1"}},
}

func TestCountsEqualTheTruth(t *testing.T) {
	for _, tt := range generated {
		t.Run(tt.name, func(t *testing.T) {
			file, want := generate(t, append(hard, tt.args...)...)
			if diff := cmp.Diff(want, counted(t, file)); diff != "" {
				t.Errorf("counts differ (-truth +ours):\n%s", diff)
			}
			judgeTraffic(t, file)
		})
	}
}

// judgeTraffic demands that check finds no violation in traffic without a fault:
// remarks on what is lawful but not portable are none.
func judgeTraffic(t *testing.T, file string) {
	t.Helper()
	var report struct {
		Failed   bool
		Subjects []struct {
			Address string
			Results []struct{ Rule, Severity, Verdict string }
		}
	}
	out := output1(t, "check", "--format", "json", "--fail-on", "warning", file)
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatal(err)
	}
	held := 0
	for _, s := range report.Subjects {
		for _, r := range s.Results {
			switch {
			case r.Verdict == "pass":
				held++
			case r.Verdict == "fail" && r.Severity != "info", r.Verdict == "inconclusive":
				t.Errorf("%s of %s: %s", r.Rule, s.Address, r.Verdict)
			}
		}
	}
	if report.Failed || held == 0 {
		t.Errorf("failed: %v, with %d rules that held", report.Failed, held)
	}
}

// counted is what our own output says of a capture.
func counted(t *testing.T, file string) truth {
	got := truth{MQTT: map[string]int{}, S7: map[string]int{}}
	functions := map[string]string{"0x04": "read var", "0x05": "write var", "0xf0": "setup communication"}
	for line := range strings.Lines(string(output1(t, "read", "-T", "jsonl", file))) {
		var m struct {
			Protocol, Type string
			Fields         struct {
				QoS      int    `json:"mqtt.qos"`
				Payload  string `json:"mqtt.msg"`
				Function string `json:"s7comm.param.func"`
			}
		}
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatal(err)
		}
		switch m.Protocol {
		case "MQTT":
			got.MQTT[m.Type]++
			if m.Type == "PUBLISH" {
				got.PublishQoS[m.Fields.QoS]++
				got.PublishBytes += len(m.Fields.Payload) / 2
			}
		case "S7COMM":
			got.S7[strings.ToLower(m.Type)+" "+functions[m.Fields.Function]]++
		}
	}
	var list struct {
		Connections []struct{} `json:"connections"`
	}
	if err := json.Unmarshal(output1(t, "flows", "--all", "-T", "json", file), &list); err != nil {
		t.Fatal(err)
	}
	got.TCPFlows = len(list.Connections)
	return got
}

func TestReadEqualsTsharkOnGeneratedTraffic(t *testing.T) {
	names := compared(t)
	for _, tt := range generated {
		t.Run(tt.name, func(t *testing.T) {
			file, _ := generate(t, append(hard, tt.args...)...)
			t.Parallel()
			judge(t, "generated", file, names, false)
		})
	}
}
