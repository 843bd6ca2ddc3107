package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"plcscope/pcaps"
	"plcscope/pcaps/craft"
	"plcscope/pcaps/samples"
)

// expression is a line of testdata/filters.txt.
type expression struct {
	mark byte
	text string
	why  string
}

func expressions(t *testing.T) (l []expression) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "filters.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		text, why, _ := strings.Cut(line[2:], "\t")
		l = append(l, expression{line[0], text, why})
	}
	return l
}

// refused is what both print for a filter that is not understood.
const refused = "refused"

// tsharkSelects asks tshark, in one run, which frames of a capture each filter selects.
func tsharkSelects(t *testing.T, file string, gaps bool, filters []expression) []string {
	t.Helper()
	script, err := filepath.Abs(filepath.Join("testdata", "filters.lua"))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	for _, f := range filters {
		b.WriteString(f.text + "\n")
	}
	list := filepath.Join(t.TempDir(), "filters")
	if err := os.WriteFile(list, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	args := []string{"-n", "-q", "-X", "lua_script:" + script, "-d", "tcp.port==1883,mqtt", "-d", "tcp.port==102,tpkt", "-r", file}
	if !gaps { // with it, tshark waits for ever for what is lost
		args = append(args, "-o", "tcp.reassemble_out_of_order:TRUE")
	}
	out := tsharkWith(t, []string{"FILTERS=" + list}, args...)
	selected := make([]string, len(filters))
	found := 0
	for line := range strings.Lines(string(out)) {
		number, frames, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if n, err := strconv.Atoi(number); ok && err == nil && n >= 1 && n <= len(filters) {
			selected[n-1] = frames
			found++
		}
	}
	if found != len(filters) {
		t.Fatalf("tshark answers %d of %d filters:\n%.500s", found, len(filters), out)
	}
	return selected
}

// weSelect says the same of plcscope.
func weSelect(t *testing.T, file, filter string) string {
	t.Helper()
	var out bytes.Buffer
	root := newRoot()
	root.SetArgs([]string{"read", "--frames", "--show-secrets", "-T", "fields", "-e", "frame.number", "-Y", filter, "-r", file})
	root.SetOut(&out)
	if root.ExecuteContext(t.Context()) != nil {
		return refused
	}
	return strings.Join(strings.Fields(out.String()), " ")
}

// changed writes a copy of a sample as it would have been captured under a hazard.
func changed(t *testing.T, name string, change craft.Change) string {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, samples.Bytes(name), 0o666); err != nil {
		t.Fatal(err)
	}
	c, err := pcaps.Open([]string{file}, pcaps.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var frames []pcaps.Frame
	for {
		var b pcaps.Batch
		if err := c.Next(&b); err != nil {
			break
		}
		frames = append(frames, b.Frames...)
	}
	file = filepath.Join(dir, "changed.pcap")
	if err := craft.WriteFile(file, change(frames)); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestFiltersEqualTshark holds every expression against tshark on every capture: the
// frames selected are the same, unless the table says why not, and then somewhere they
// are not.
func TestFiltersEqualTshark(t *testing.T) {
	filters := expressions(t)
	if len(filters) < 150 {
		t.Fatalf("only %d expressions", len(filters))
	}
	type capture struct {
		file string
		gaps bool
	}
	var captures []capture
	for _, name := range []string{"mqtt31-plc-faulty.pcap", "s7-poll.pcapng"} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, samples.Bytes(name), 0o666); err != nil {
			t.Fatal(err)
		}
		captures = append(captures, capture{file, false})
	}
	captures = append(captures, capture{changed(t, "mqtt31-plc-healthy.pcap", craft.Then(craft.Retransmit(0.3, 1), craft.Tag(7))), false})
	for _, c := range []capture{
		{"mqtt/mqtt5-pub-qos2.pcap", false}, {"mqtt/mqtt31-sub-userpass.pcap", false},
		{"s7/s7comm_varservice_libnodavedemo.pcap", false}, {"s7/plc4x_manual.pcapng", true},
	} {
		c.file = filepath.Join("..", "..", "..", "shared", "pcaps", c.file)
		if _, err := os.Stat(c.file); err != nil {
			t.Logf("%s is absent: not compared", c.file)
			continue
		}
		captures = append(captures, c)
	}
	seen := make([]bool, len(filters)) // differs somewhere
	for _, c := range captures {
		name := filepath.Base(c.file)
		theirs := tsharkSelects(t, c.file, c.gaps, filters)
		for i, f := range filters {
			ours := weSelect(t, c.file, f.text)
			switch {
			case f.mark == '=' && (ours != theirs[i] || ours == refused):
				t.Errorf("%s: %s\n  we select     %.200s\n  tshark selects %.200s", name, f.text, ours, theirs[i])
			case f.mark == '+' && (theirs[i] != refused || ours == refused), f.mark == '-' && (theirs[i] != refused || ours != refused):
				t.Errorf("%s: %s is marked %c\n  we     %.200s\n  tshark %.200s", name, f.text, f.mark, ours, theirs[i])
			case f.mark == '~':
				seen[i] = seen[i] || ours != theirs[i]
			}
		}
	}
	for i, f := range filters {
		if f.mark == '~' && (!seen[i] || f.why == "") {
			t.Errorf("%s no longer differs, or nobody says why", f.text)
		}
	}
	t.Logf("%d expressions on %d captures", len(filters), len(captures))
}

// Under every hazard, --frames shows each frame once and in order, also those whose
// messages come late.
func TestFramesInOrder(t *testing.T) {
	for _, h := range craft.Hazards() {
		t.Run(h.Name, func(t *testing.T) {
			t.Parallel()
			out := weSelect(t, changed(t, "mqtt31-plc-healthy.pcap", h.Apply), "frame")
			for i, n := range strings.Fields(out) {
				if n != strconv.Itoa(i+1) {
					t.Fatalf("row %d is of frame %s", i+1, n)
				}
			}
		})
	}
}
