package packets

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"plcscope/decode/filter"
	"plcscope/flows"
	"plcscope/flows/frames"
	"plcscope/flows/index"
	"plcscope/internal/wire"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
	"plcscope/pcaps/samples"
	"plcscope/rules"
	"plcscope/tui/pane"
)

// indexed reads captures: samples, and those that are shared beside the project.
func indexed(t *testing.T) map[string]*index.Index {
	t.Helper()
	all := map[string]*index.Index{}
	for _, name := range samples.Names() {
		c, err := samples.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = build(t, c)
	}
	files, _ := filepath.Glob("../../../shared/pcaps/*/*.pcap*")
	for _, name := range files {
		if strings.HasSuffix(name, "_bench.pcap") {
			continue
		}
		c, err := pcaps.Open([]string{name}, pcaps.Options{})
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(name)] = build(t, c)
	}
	return all
}

func build(t testing.TB, c *pcaps.Capture) *index.Index {
	t.Helper()
	ix, b := index.New(c, index.Options{})
	if _, err := b.Build(context.Background(), flows.Config{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ix.Close(); c.Close() })
	return ix
}

func none(uint32) []*rules.Finding { return nil }

func details(ix *index.Index, private bool, f func(*gathered, *detail)) {
	r := ix.NewReader()
	defer r.Close()
	words := &pane.Words{Private: private, Zone: time.UTC}
	for n := uint32(1); n <= ix.Frames(); n++ {
		g := gather(ix, r, n, false, private)
		c := composer{ix: ix, words: words, findings: none}
		f(g, c.compose(g))
	}
}

// TestFieldsAsFilters makes a filter of every field of every frame, which the frame must
// pass.
func TestFieldsAsFilters(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	known := filter.NewFields(frames.All())
	for name, ix := range indexed(t) {
		t.Run(name, func(t *testing.T) {
			seen := map[string]bool{}
			details(ix, false, func(g *gathered, d *detail) {
				for i := range d.nodes {
					n := &d.nodes[i]
					if n.field == nil || n.field.Mask || frames.Fields.Lookup(n.field.Name) == n.field {
						continue
					}
					e := expression(n.wire())
					if seen[e] {
						continue
					}
					seen[e] = true
					f, err := filter.Compile(e, known)
					if err != nil {
						t.Errorf("frame %d, %s: %v", d.frame, n.text, err)
						continue
					}
					if !f.Matcher().Match(partsOf(g)) {
						t.Errorf("frame %d does not pass %s", d.frame, e)
					}
				}
			})
		})
	}
}

func partsOf(g *gathered) []filter.Part {
	l := []filter.Part{{Tree: &wire.Tree{Nodes: g.heads}, Bytes: g.bytes}}
	for i := range g.messages {
		l = append(l, filter.Part{Tree: &wire.Tree{Nodes: g.messages[i].nodes}, Bytes: g.messages[i].bytes})
	}
	return l
}

// TestTree checks what every tree must be: nodes inside each other, bytes that are there,
// and a byte that is looked for found in the tree.
func TestTree(t *testing.T) {
	for name, ix := range indexed(t) {
		t.Run(name, func(t *testing.T) {
			details(ix, false, func(g *gathered, d *detail) { checkTree(t, d) })
		})
	}
}

// TestDamagedFrames changes bytes at random.
func TestDamagedFrames(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	for _, name := range samples.Names() {
		c, err := samples.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		var frames []pcaps.Frame
		var b pcaps.Batch
		for c.Next(&b) == nil {
			for _, f := range b.Frames {
				f.Data = slices.Clone(f.Data)
				frames = append(frames, f)
			}
		}
		c.Close()
		for seed := range uint64(4) {
			rnd := rand.New(rand.NewPCG(seed, 1))
			damaged := slices.Clone(frames)
			for i := range damaged {
				damaged[i].Data = slices.Clone(damaged[i].Data)
				for range rnd.IntN(4) {
					damaged[i].Data[rnd.IntN(len(damaged[i].Data))] = byte(rnd.Uint32())
				}
			}
			ix := build(t, craft.Open(damaged))
			for _, private := range []bool{false, true} {
				details(ix, private, func(_ *gathered, d *detail) { checkTree(t, d) })
			}
			r := ix.NewReader()
			x := describer{ix: ix, reader: r, words: &pane.Words{}, more: columns(strings.Fields(presets["tcp"])).fields(), rules: func(uint32) [][2]string { return nil }}
			for n := range ix.Frames() {
				x.describe(n + 1)
			}
			r.Close()
		}
	}
}

func checkTree(t *testing.T, d *detail) {
	t.Helper()
	for i := range d.nodes {
		n := &d.nodes[i]
		if n.end <= i || n.end > len(d.nodes) {
			t.Fatalf("frame %d, %q: ends at %d", d.frame, n.text, n.end)
		}
		if n.n > 0 && (n.off < 0 || n.off+n.n > len(d.tabs[n.tab].bytes)) {
			t.Errorf("frame %d, %q: bytes %d+%d of %d", d.frame, n.text, n.off, n.n, len(d.tabs[n.tab].bytes))
		}
		if n.field != nil && n.n > 0 && d.leaf(i) && n.field.Type != wire.Bool {
			k := d.deepest(n.tab, n.off)
			if x := &d.nodes[k]; n.off < x.off || n.off >= x.off+x.n || x.rank() < n.rank() && x.message == n.message {
				t.Fatalf("frame %d, byte %d is found in %q rather than %q", d.frame, n.off, x.text, n.text)
			}
		}
	}
}

// TestPrivacyHidesBytes checks that no byte of an address or a payload is left open.
func TestPrivacyHidesBytes(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	for name, ix := range indexed(t) {
		t.Run(name, func(t *testing.T) {
			details(ix, true, func(g *gathered, d *detail) {
				for i := range d.nodes {
					n := &d.nodes[i]
					if n.field == nil || !personal(n.field) || n.field == payloadField {
						continue
					}
					_, cover := d.bytesOf(n)
					for k, c := range cover {
						if c == bare {
							t.Fatalf("frame %d, %s: byte %d is shown", d.frame, n.field.Name, k)
						}
					}
					if s := n.wire().String(); len(s) > 3 && strings.Contains(n.text, s) {
						t.Errorf("frame %d: %q tells %q", d.frame, n.text, s)
					}
				}
				for _, m := range g.messages {
					for i := range m.nodes {
						x := &m.nodes[i]
						if s := x.String(); x.Field.Name != "mqtt.username" && personal(x.Field) && x.Field.Type == wire.String && len(s) > 5 && strings.Contains(m.summary, s) {
							t.Errorf("frame %d: %q tells %s %q", d.frame, m.summary, x.Field.Name, s)
						}
					}
				}
			})
		})
	}
}

// login is a CONNECT with a password; flags says which fields it announces.
func login(flags byte, password string) []byte {
	body := []byte("\x00\x04MQTT\x04")
	body = append(body, flags, 0, 60)
	for _, s := range []string{"press7", "operator", password} {
		body = append(append(body, byte(len(s)>>8), byte(len(s))), s...)
	}
	return append([]byte{0x10, byte(len(body))}, body...)
}

// TestPasswordsAreCovered looks for a password in all that is shown of frames which carry
// it as a whole, in pieces, once more, or where no flag announces it.
func TestPasswordsAreCovered(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	const password = "Q7#vZ2mXk9!wB4tJ"
	talk := func(flags byte) []pcaps.Frame {
		return craft.Connection("10.0.0.5:2000", "10.0.0.1:1883").Client(login(flags, password)).
			Server([]byte{0x20, 2, 0, 0}).After(time.Second).Client([]byte{0xc0, 0}).Server([]byte{0xd0, 0}).Frames()
	}
	tests := []struct {
		name   string
		frames []pcaps.Frame
	}{
		{"plain", talk(0xc2)},
		{"not announced", talk(0x02)},
		{"user name alone announced", talk(0x82)},
		{"in pieces", craft.ResegmentEvery(7)(talk(0xc2))},
		{"once more", craft.Retransmit(1, 1)(talk(0xc2))},
		{"in pieces and once more", craft.Retransmit(1, 1)(craft.ResegmentEvery(11)(talk(0xc2)))},
		{"reordered", craft.Reorder(0.5, 3)(craft.ResegmentEvery(9)(talk(0xc2)))},
		{"overlapping", craft.Overlap(2)(craft.ResegmentEvery(9)(talk(0xc2)))},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ix := build(t, craft.Open(test.frames))
			found := false
			details(ix, false, func(g *gathered, d *detail) {
				for i := range d.tabs {
					x := &d.tabs[i]
					open := make([]byte, len(x.bytes))
					for k := range open {
						if x.cover[k] == bare {
							open[k] = x.bytes[k]
						} else {
							found = true
						}
					}
					for k := 0; k+4 <= len(password); k++ {
						if strings.Contains(string(open), password[k:k+4]) {
							t.Errorf("frame %d shows %q in %q", d.frame, password[k:k+4], x.name)
						}
					}
				}
				for i := range d.nodes {
					if strings.Contains(d.nodes[i].text, password) {
						t.Errorf("frame %d: %q", d.frame, d.nodes[i].text)
					}
				}
			})
			if !found {
				t.Error("nothing was covered")
			}
		})
	}
}

func TestColumns(t *testing.T) {
	now := columns{"no", "time", "info"}
	tests := []struct{ text, want, err string }{
		{"no info", "no info", ""},
		{"no,mqtt.topic,info", "no mqtt.topic info", ""},
		{"+mqtt.topic", "no time mqtt.topic info", ""},
		{"-time", "no info", ""},
		{"+mqtt.topic -no", "time mqtt.topic info", ""},
		{"s7", presets["s7"], ""},
		{"no no", "no", ""},
		{"-length", "", "there is no column"},
		{"no mqtt.topics", "", "neither a column"},
		{"", "", "needs a column"},
		{"+", "", "neither"},
		{strings.Join(completeColumns("tcp."), " "), "", "at most"},
	}
	for _, test := range tests {
		got, err := parseColumns(test.text, now)
		if test.err != "" {
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%q: error is %v", test.text, err)
			}
			continue
		}
		if s := strings.Join(got, " "); s != test.want || err != nil {
			t.Errorf("%q: %q, %v", test.text, s, err)
		}
	}
	for name, p := range presets {
		if _, err := parseColumns(p, nil); err != nil {
			t.Errorf("preset %s: %v", name, err)
		}
	}
	if l := completeColumns("no +mqtt.topi"); fmt.Sprint(l) != "[no +mqtt.topic_len no +mqtt.topic]" {
		t.Errorf("completed: %q", l)
	}
}
