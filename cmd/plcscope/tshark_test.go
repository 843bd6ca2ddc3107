package main

import (
	"bufio"
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"plcscope/decode"
	"plcscope/flows/frames"
)

// The judge is tshark: read -T fields must print what it prints, frame by frame.

// tsharkRows are the rows that tshark prints when it is asked to look where we
// look: at segments that were captured out of order, too. With that option it
// waits for ever for a segment that the capture lacks; if gaps are expected, what
// it prints without the option stands for the frames behind.
func tsharkRows(t *testing.T, file string, names []string, gaps bool) map[int]row {
	args := []string{"-n", "-r", file, "-Y", "mqtt or tpkt or cotp", "-d", "tcp.port==1883,mqtt", "-d", "tcp.port==102,tpkt", "-T", "fields", "-e", "frame.number"}
	for _, n := range names {
		args = append(args, "-e", n)
	}
	all := rows(t, tshark(t, append(args, "-o", "tcp.reassemble_out_of_order:TRUE")...), names)
	if !gaps {
		return all
	}
	for n, r := range rows(t, tshark(t, args...), names) {
		if all[n] == nil {
			all[n] = r
		}
	}
	return all
}

// tshark runs it; without one the test is skipped, in CI it fails.
func tshark(t *testing.T, args ...string) []byte {
	t.Helper()
	return tsharkWith(t, nil, args...)
}

// tsharkWith runs it with more variables in its environment.
func tsharkWith(t *testing.T, env []string, args ...string) []byte {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: not compared with tshark")
	}
	program, err := exec.LookPath("tshark")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("tshark is not installed, and CI must compare with it")
		}
		t.Skip("tshark is not installed: not compared")
	}
	cmd := exec.Command(program, args...)
	cmd.Env = append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil && !strings.Contains(stderr.String(), "cut short") {
		t.Fatalf("tshark: %v\n%s", err, stderr.Bytes())
	}
	return out
}

// tsharkKnows are the names of all fields of tshark.
func tsharkKnows(t *testing.T) map[string]bool {
	known := map[string]bool{}
	s := bufio.NewScanner(bytes.NewReader(tshark(t, "-G", "fields")))
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		if c := strings.Split(s.Text(), "\t"); len(c) > 3 && c[0] == "F" {
			known[c[2]] = true
		}
	}
	return known
}

// compared are the names of the fields that both know.
func compared(t *testing.T) []string {
	known := tsharkKnows(t)
	var names []string
	for _, f := range allFields() {
		if known[f.Name] && f.Name != "frame.number" && f != frames.TimeDisplayed { // which depends on what else is shown
			names = append(names, f.Name)
		}
	}
	return names
}

// ofFrame are the names of the fields of a frame.
var ofFrame = func() map[string]bool {
	m := map[string]bool{}
	for _, f := range decode.Fields.All() {
		m[f.Name] = true
	}
	return m
}()

// row is what is printed for a frame: values by name, without the empty ones.
type row map[string]string

func rows(t *testing.T, out []byte, names []string) map[int]row {
	t.Helper()
	all := map[int]row{}
	for line := range strings.Lines(string(out)) {
		cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(cells) != len(names)+1 {
			t.Fatalf("%d columns, not %d: %q", len(cells), len(names)+1, line)
		}
		n, err := strconv.Atoi(cells[0])
		if err != nil {
			t.Fatal(err)
		}
		if all[n] == nil {
			all[n] = row{}
		}
		for i, name := range names {
			if v := cells[i+1]; v != "" {
				if old, ok := all[n][name]; ok {
					v = old + "," + v
				}
				all[n][name] = v
			}
		}
	}
	return all
}

// difference counts the frames of a file in which a field differs.
type difference struct {
	frames  int
	example string
}

// differ compares what both print for a capture.
func differ(t *testing.T, file string, names []string, gaps bool) (map[string]difference, int) {
	t.Helper()
	args := []string{"-e", "frame.number"}
	for _, n := range names {
		args = append(args, "-e", n)
	}
	theirs := tsharkRows(t, file, names, gaps)
	ours := rows(t, output1(t, slices.Concat([]string{"read", "--show-secrets", "-T", "fields", "-r", file}, args)...), names)
	found := map[string]difference{}
	add := func(name, example string) {
		d := found[name]
		if d.frames++; d.frames == 1 {
			d.example = example
		}
		found[name] = d
	}
	frames := map[int]bool{}
	for n := range theirs {
		frames[n] = true
	}
	for n := range ours {
		frames[n] = true
	}
	for _, n := range slices.Sorted(maps.Keys(frames)) {
		we, they := ours[n], theirs[n]
		switch {
		case we == nil:
			add("(no row of ours)", "frame "+strconv.Itoa(n))
		case they == nil:
			add("(no row of theirs)", "frame "+strconv.Itoa(n))
		default:
			for _, name := range names {
				if _, whole := we["frame.len"]; !whole && ofFrame[name] {
					continue // the segment had to wait, and its frame is gone
				}
				if we[name] != they[name] {
					add(name, "frame "+strconv.Itoa(n)+": we print "+strconv.Quote(we[name])+", tshark "+strconv.Quote(they[name]))
				}
			}
		}
	}
	return found, len(frames)
}

// Reasons for differences.
const (
	escaped  = "the block type that an answer repeats is the byte 01, which Wireshark prints as it is; we escape what a terminal could act on"
	password = "a password has a field of its own, s7comm.secret; Wireshark shows it as payload"
	guess    = "tshark decodes by no version what it has seen no CONNECT of; we guess 3.1.1, whose packets these are, and say so in mqtt.unknown_version"
	property = "the CONNACK has properties, so this is 5.0; tshark has seen no CONNECT and shows the properties as something else or not at all"
)

// deliberate are the differences that stay, with their reasons: in which field of
// which capture, and in how many frames.
var deliberate = []struct {
	file, field string
	frames      int
	why         string
}{
	{"mqtt-events-missing-connect.pcap", "mqtt.conack.val", 1, guess},
	{"mqtt-events-missing-connect.pcap", "mqtt.connack.reason_code", 1, guess},
	{"mqtt-events-missing-connect.pcap", "mqtt.suback.qos", 2, guess},
	{"mqtt-events-missing-connect.pcap", "mqtt.suback.reason_code", 2, guess},
	{"mqtt-midstream-split.pcap", "mqtt.msg", 1, property},
	{"mqtt-midstream-split.pcap", "mqtt.prop_number", 1, property},
	{"mqtt-midstream-split.pcap", "mqtt.prop_string", 1, property},
	{"mqtt-midstream-split.pcap", "mqtt.prop_string_len", 1, property},
	{"mqtt-midstream-split.pcap", "mqtt.properties", 2, property},
	{"mqtt-midstream-split.pcap", "mqtt.property_id", 1, property},
	{"mqtt-midstream-split.pcap", "mqtt.property_len", 2, property},
	{"s7comm_program_blocklist_onlineview.pcap", "s7comm.blockinfo.blocktype", 2, escaped},
	{"step7_s300_AuthPassword.pcapng", "s7comm.data.userdata", 1, password},
	{"step7_s300_download.pcapng", "s7comm.blockinfo.blocktype", 24, escaped},
	{"step7_s300_readDiagData.pcapng", "s7comm.blockinfo.blocktype", 2, escaped},
	{"tia_s300_downloadOb1.pcapng", "s7comm.blockinfo.blocktype", 15, escaped},
}

func TestReadEqualsTshark(t *testing.T) {
	names := compared(t)
	files, _ := filepath.Glob(filepath.Join("..", "..", "..", "shared", "pcaps", "*", "*.pcap*"))
	if len(files) == 0 {
		t.Log("no captures in ../shared/pcaps: not compared")
	}
	own, _ := filepath.Glob(filepath.Join("..", "..", "pcaps", "samples", "*.pcap*"))
	for _, file := range append(files, own...) {
		if strings.HasSuffix(file, ".notes") {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			judge(t, filepath.Base(file), file, names, bytes.Contains(output1(t, "read", "-T", "jsonl", file), []byte(`"reason":"lost"`)))
		})
	}
}

// judge fails for every difference in a capture that is not deliberate, and for
// every deliberate one that is gone.
func judge(t *testing.T, name, file string, names []string, gaps bool) {
	t.Helper()
	found, frames := differ(t, file, names, gaps)
	if frames == 0 {
		t.Fatal("nothing to compare")
	}
	for _, d := range deliberate {
		if d.file != name {
			continue
		}
		if found[d.field].frames != d.frames {
			t.Errorf("%s differs in %d frames, %d were expected because %s", d.field, found[d.field].frames, d.frames, d.why)
		}
		delete(found, d.field)
	}
	for _, field := range slices.Sorted(maps.Keys(found)) {
		t.Errorf("%s differs in %d of %d frames: %s", field, found[field].frames, frames, found[field].example)
	}
}

// output1 runs the program and returns what it prints.
func output1(t *testing.T, args ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(&out)
	if err := root.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestFieldsOfTsharkAreOurs asks tshark for every field that its S7 dissectors have and
// fails for each that it finds in a capture and that we do not know.
func TestFieldsOfTsharkAreOurs(t *testing.T) {
	var names []string
	for name := range tsharkKnows(t) {
		switch protocol, _, _ := strings.Cut(name, "."); protocol {
		case "s7comm", "cotp", "tpkt":
			names = append(names, name)
		}
	}
	slices.Sort(names)
	ours := map[string]bool{}
	for _, f := range allFields() {
		ours[f.Name] = true
	}
	files, _ := filepath.Glob(filepath.Join("..", "..", "..", "shared", "pcaps", "s7", "*.pcap*"))
	if len(files) == 0 {
		t.Skip("no captures in ../shared/pcaps")
	}
	occurs := map[string]bool{}
	for _, file := range files {
		for _, r := range tsharkRows(t, file, names, false) {
			for name := range r {
				occurs[name] = true
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(occurs)) {
		if !ours[name] {
			t.Errorf("tshark finds %s, which is no field of ours", name)
		}
	}
	t.Logf("tshark has %d fields, %d of them occur in %d captures", len(names), len(occurs), len(files))
}
