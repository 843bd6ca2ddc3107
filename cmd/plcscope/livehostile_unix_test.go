//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"plcscope/pcaps"
	"plcscope/pcaps/craft"
	"plcscope/pcaps/samples"
	"plcscope/pcaps/write"
)

// TestLiveClockSetBack sets the clock back in the middle of healthy traffic: nobody is
// accused, no time that something took is below zero, and what is kept is all there.
func TestLiveClockSetBack(t *testing.T) {
	for _, sample := range []string{"mqtt31-plc-healthy.pcap", "mixed-plant.pcapng.zst"} {
		for _, back := range []time.Duration{2 * time.Second, time.Hour} {
			t.Run(fmt.Sprintf("%s %s", sample, back), func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				frames := setBack(t, sample, filepath.Join(dir, "stepped.pcapng"), back)
				cmd := exec.Command(program(t), "live", "-r", "stepped.pcapng", "--profile", "none", "--audit", "--events", "events.jsonl",
					"-w", "ring.pcapng", "-b", "duration:5", "--output", "json=report.json")
				cmd.Dir = dir
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("%v\n%s", err, out)
				}
				for _, name := range []string{"events.jsonl", "report.json"} {
					b, err := os.ReadFile(filepath.Join(dir, name))
					if err != nil {
						t.Fatal(err)
					}
					for d := json.NewDecoder(bytes.NewReader(b)); ; {
						var v any
						if err := d.Decode(&v); err == io.EOF {
							break
						} else if err != nil {
							t.Fatal(err)
						}
						sound(t, name, v)
					}
				}
				files, _ := filepath.Glob(filepath.Join(dir, "ring_*"))
				if n := framesKept(t, files); n != frames {
					t.Errorf("%d of %d frames are in %d files", n, frames, len(files))
				}
			})
		}
	}
}

// sound looks for times below zero in what was written.
func sound(t *testing.T, at string, v any) {
	t.Helper()
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			sound(t, at+"."+k, x)
		}
	case []any:
		for _, x := range v {
			sound(t, at+"[]", x)
		}
	case float64:
		if v < 0 {
			t.Errorf("%s is %v", at, v)
		}
	}
}

// setBack writes a sample whose second half comes from a clock that was set back, and returns
// how many frames it has.
func setBack(t *testing.T, sample, to string, back time.Duration) (n int) {
	t.Helper()
	from := filepath.Join(t.TempDir(), sample)
	if err := os.WriteFile(from, samples.Bytes(sample), 0o666); err != nil {
		t.Fatal(err)
	}
	half := framesKept(t, []string{from}) / 2
	c, err := pcaps.Open([]string{from}, pcaps.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	w, err := write.New(write.Options{Name: to, Describe: describer(c)})
	if err != nil {
		t.Fatal(err)
	}
	var b pcaps.Batch
	for c.Next(&b) == nil {
		for _, f := range b.Frames {
			if n++; n > half {
				f.Time -= int64(back)
			}
			w.WriteFrame(&f)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return n
}

// framesKept is how many frames are in capture files.
func framesKept(t *testing.T, files []string) (n int) {
	t.Helper()
	for _, name := range files {
		c, err := pcaps.Open([]string{name}, pcaps.Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var b pcaps.Batch
		for c.Next(&b) == nil {
			n += len(b.Frames)
		}
		c.Close()
	}
	return n
}

// TestLiveMalformedFlood sends noise to brokers and controllers, over many connections:
// memory stays within bounds.
func TestLiveMalformedFlood(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	noise := func() []byte {
		b := make([]byte, 1+rnd.IntN(3000))
		for i := range b {
			b[i] = byte(rnd.Uint32())
		}
		return b
	}
	begins := [][]byte{
		nil, {0x10}, {0x10, 0xff, 0xff, 0xff, 0x7f}, {0x30, 0xff, 0xff, 0x7f}, // MQTT of any length
		{0x03, 0x00, 0xff, 0xff}, {0x03, 0x00, 0x00, 0x16, 0x11, 0xe0}, {0x03, 0x00, 0x00, 0x00}, // TPKT
	}
	n := 6_000
	if testing.Short() { // the race detector takes long
		n = 1_000
	}
	src := &churn{t: t, count: n, every: time.Millisecond, say: func(i int) *craft.Conn {
		client := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, byte(i >> 14), byte(i >> 6)}), uint16(2000+i%64))
		server := craft.Host("10.0.0.1:1883")
		if i%2 == 0 {
			server = craft.Host("10.0.0.1:102")
		}
		begin := begins[rnd.IntN(len(begins))]
		return craft.New().Connect(client, server).Client(append(begin[:len(begin):len(begin)], noise()...)).Server(noise()).Client(noise())
	}}
	const room = 500
	sizes, m, last := soaked(t, src, room)
	early, late := sizes[len(sizes)/2], sizes[len(sizes)-1]
	c := m.counts(&last)
	t.Logf("heap %.1f MB in the middle, %.1f MB at the end; %d malformed, %d findings", mb(early), mb(late), c.Messages.Malformed, c.Findings.Fail+c.Findings.Inconclusive)
	if late > early+early/4+4<<20 || late > 256<<20 {
		t.Errorf("the heap grows: %d", sizes)
	}
	if c.Messages.Malformed < uint64(n) || last.Flows.TCP.Peak > room {
		t.Errorf("%d malformed messages, %d connections at one time", c.Messages.Malformed, last.Flows.TCP.Peak)
	}
}
