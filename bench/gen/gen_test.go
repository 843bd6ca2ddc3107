package gen

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/flows"
	"plcscope/pcaps"
	"plcscope/rules"
	"plcscope/rules/mqttrules"
	"plcscope/rules/s7rules"
	"plcscope/s7comm"
)

// plans are captures of all kinds.
var plans = map[string]Plan{
	"nothing":      {},
	"plant":        {Publishers: 12, Subscribers: 3, Messages: 20, Pollers: 8, Polls: 20, Idle: 5, Pings: 2, Levels: []byte{3, 4, 5}},
	"long":         {Publishers: 2, Subscribers: 1, Messages: 70_000, Payload: 1},
	"tagged":       {Publishers: 3, Subscribers: 1, Messages: 20, Pollers: 3, Polls: 20, VLAN: 7, Payload: 400},
	"sent again":   {Publishers: 5, Subscribers: 1, Messages: 50, Pollers: 5, Polls: 50, Levels: []byte{5}, Retransmitted: 0.1, Reordered: 0.1},
	"packets lost": {Publishers: 5, Subscribers: 1, Messages: 50, Pollers: 5, Polls: 50, Levels: []byte{3, 4}, Lost: 0.05, Reordered: 0.05},
	"many":         {Idle: 3000, Pings: 1},
}

// counter counts what the tracker finds, in the words of Truth.
type counter struct {
	flows.Ignore
	found Truth
}

func (c *counter) Opened(*flows.Connection) { c.found.Connections++ }

func (c *counter) Message(m *flows.Message) {
	if m.Packet != nil {
		c.found.MQTT[m.Packet.Type.String()]++
		return
	}
	c.found.ISO++
	if m.PDU.Kind == s7comm.KindS7 {
		switch m.PDU.S7.ROSCTR {
		case s7comm.ROSCTRJob:
			c.found.Jobs++
		case s7comm.ROSCTRAckData:
			c.found.Answers++
		}
	}
}

// TestWhatIsFoundIsTheTruth: the tracker finds what was made, no more and no less, and
// nobody is accused.
func TestWhatIsFoundIsTheTruth(t *testing.T) {
	for name, plan := range plans {
		t.Run(name, func(t *testing.T) {
			var file bytes.Buffer
			truth, err := Write(&file, plan)
			if err != nil {
				t.Fatal(err)
			}
			if int64(file.Len()) != truth.Bytes {
				t.Errorf("%d bytes were written, the truth says %d", file.Len(), truth.Bytes)
			}
			c, err := pcaps.NewReader(&file, name, pcaps.Options{})
			if err != nil {
				t.Fatal(err)
			}
			count := &counter{found: Truth{MQTT: map[string]uint64{}}}
			mqtt, s7 := mqttrules.New(mqttrules.Options{}), s7rules.New(s7rules.Options{})
			totals, err := flows.Analyse(context.Background(), c, flows.Config{}, count, mqtt, s7)
			if err != nil {
				t.Fatal(err)
			}
			got := count.found
			got.Frames, got.Bytes = totals.Frames, truth.Bytes
			got.Retransmitted, got.Reordered, got.Lost = totals.Flows.Retransmitted, totals.Flows.OutOfOrder, truth.Lost
			if d := cmp.Diff(truth, got); d != "" {
				t.Errorf("the truth and what was found:\n%s", d)
			}
			if n := totals.Decode.Checksums; n[1] != totals.Decode.Segments {
				t.Errorf("checksums: %d of %d segments are good", n[1], totals.Decode.Segments)
			}
			for _, f := range append(mqtt.Book().Findings(), s7.Book().Findings()...) {
				if f.Verdict == rules.Fail {
					t.Errorf("frame %d, %s: %s", f.Frame, f.Rule.ID, f.Detail)
				}
			}
		})
	}
}

func TestSameBytes(t *testing.T) {
	var a, b, other bytes.Buffer
	plan := plans["sent again"]
	for _, w := range []*bytes.Buffer{&a, &b} {
		if _, err := Write(w, plan); err != nil {
			t.Fatal(err)
		}
	}
	plan.Seed++
	if _, err := Write(&other, plan); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the same plan makes different captures")
	}
	if bytes.Equal(a.Bytes(), other.Bytes()) {
		t.Error("another seed makes the same capture")
	}
}

// TestTsharkCountsTheSame asks a judge from outside.
func TestTsharkCountsTheSame(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed")
	}
	name := filepath.Join(t.TempDir(), "plant.pcap")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	truth, err := Write(file, plans["plant"])
	if err != nil {
		t.Fatal(err)
	}
	for filter, want := range map[string]uint64{
		"mqtt": truth.Packets(), "tpkt": truth.ISO, "s7comm.header.rosctr == 1": truth.Jobs, "s7comm.header.rosctr == 3": truth.Answers,
		"tcp": truth.Frames, "_ws.malformed or tcp.analysis.flags or tcp.checksum.status == 0 or ip.checksum.status == 0": 0,
	} {
		out, err := exec.Command(tshark, "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-r", name, "-Y", filter, "-T", "fields", "-e", "frame.number").Output()
		if err != nil {
			t.Fatal(err)
		}
		if got := uint64(strings.Count(string(out), "\n")); got != want {
			t.Errorf("%s: tshark counts %d, the truth is %d: frames %s", filter, got, want, strconv.Quote(string(out[:min(len(out), 80)])))
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	var frames uint64
	for b.Loop() {
		truth, err := Write(io.Discard, plans["plant"])
		if err != nil {
			b.Fatal(err)
		}
		frames += truth.Frames
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(frames), "ns/frame")
}
