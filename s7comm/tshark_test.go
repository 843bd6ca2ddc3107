package s7comm

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"plcscope/internal/wire"
)

// captures returns the S7 captures, or skips the test.
func captures(t testing.TB) []string {
	files, _ := filepath.Glob(filepath.Join("..", "..", "shared", "pcaps", "s7", "*.pcap*"))
	if len(files) == 0 {
		t.Skip("no captures in ../shared/pcaps/s7")
	}
	return files
}

// segment is one TCP segment that carries data.
type segment struct {
	frame   uint64
	stream  string // connection and direction
	seq     int    // relative
	payload []byte
	fields  []string // the wanted ones, several values joined by joint
}

const joint = "|"

// segments has tshark list the TCP segments of a capture with the fields wanted. The one
// capture of more than 700 frames repeats a read and a write over and over.
func segments(t testing.TB, file string, want []*wire.Field) []segment {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed: nothing to compare with")
	}
	args := []string{"-r", file, "-n", "-c", "700", "-Y", "tcp.len>0", "-T", "fields", "-E", "occurrence=a", "-E", "aggregator=" + joint,
		"-e", "frame.number", "-e", "tcp.stream", "-e", "tcp.srcport", "-e", "tcp.seq", "-e", "tcp.payload"}
	for _, f := range want {
		args = append(args, "-e", f.Name)
	}
	cmd := exec.Command(tshark, args...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("tshark: %v", err)
	}
	var list []segment
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<22)
	for lines.Scan() {
		cols := strings.Split(lines.Text(), "\t")
		frame, _ := strconv.ParseUint(cols[0], 10, 64)
		seq, _ := strconv.Atoi(cols[3])
		payload, err := hex.DecodeString(cols[4])
		if err != nil {
			t.Fatalf("frame %d: payload %q", frame, cols[4])
		}
		list = append(list, segment{frame, cols[1] + "/" + cols[2], seq, payload, cols[5:]})
	}
	return list
}

// half is one direction of a connection as the test reads it: in sequence, without
// retransmissions, starting afresh behind a gap.
type half struct {
	next int
	buf  []byte
	asm  Assembler
}

// pdus calls f for each TPKT that ends in segment s.
func (h *half) pdus(s segment, f func(tpkt []byte, asm *Assembler)) {
	switch skip := h.next - s.seq; {
	case h.next == 0:
	case skip >= len(s.payload):
		return // retransmission
	case skip > 0:
		s.payload = s.payload[skip:]
		s.seq = h.next
	case skip < 0:
		h.buf = h.buf[:0]
		h.asm.Reset()
	}
	h.next = s.seq + len(s.payload)
	h.buf = append(h.buf, s.payload...)
	for len(h.buf) > 0 {
		n, err := Next(h.buf)
		if err == ErrShort {
			return
		}
		if err != nil {
			h.buf = h.buf[:0]
			return
		}
		h.asm.Frame = s.frame
		f(h.buf[:n], &h.asm)
		h.buf = h.buf[n:]
	}
}

// knownToTshark keeps the fields that tshark has, headings of protocols left out.
func knownToTshark(t testing.TB) []*wire.Field {
	out, err := exec.Command("tshark", "-G", "fields").Output()
	if err != nil {
		t.Skip("tshark is not installed: nothing to compare with")
	}
	names := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		if cols := strings.Split(line, "\t"); len(cols) > 2 && cols[0] == "F" {
			names[cols[2]] = true
		}
	}
	var list []*wire.Field
	for _, f := range Fields.All() {
		if names[f.Name] {
			list = append(list, f)
		}
	}
	return list
}

// deliberate lists where this package differs from tshark 4.0, and why.
var deliberate = []struct {
	reason  string
	fields  []string // empty: any
	when    func(p *PDU, got, tshark string) bool
	crafted bool // seen in crafted messages only
}{
	{
		reason: "a password has a field of its own that is masked; Wireshark shows it as payload",
		fields: []string{"s7comm.data.userdata"},
		when: func(p *PDU, got, tshark string) bool {
			return p.Secret && got == "" && tshark == hex.EncodeToString(p.Userdata.Payload)
		},
	},
	{
		reason: "a byte that a TCP keep-alive probe repeats is no part of the stream",
		fields: []string{"data.data", "data.len"},
		when:   func(p *PDU, got, tshark string) bool { return p.raw == nil && (tshark == "00" || tshark == "1") },
	},
	{
		reason: "a data item that failed is shown with the size and length that it states; Wireshark shows 0 for them in variable tables",
		fields: []string{"s7comm.data.transportsize", "s7comm.data.length"},
		when: func(p *PDU, got, tshark string) bool {
			return p.Userdata.Group == GroupProgrammer && len(got) == len(tshark)
		},
		crafted: true,
	},
	{
		reason:  "the subfunction of PBC is a number like those of other groups; Wireshark prints this one in hexadecimal",
		fields:  []string{"s7comm.param.userdata.subfunc"},
		when:    func(p *PDU, got, tshark string) bool { return p.Userdata.Group == GroupPBC },
		crafted: true,
	},
	{
		reason:  "options of other classes than 0 that are no plain number are shown as bytes",
		fields:  []string{"cotp.parameter_value"},
		when:    func(p *PDU, got, tshark string) bool { return p.COTP.Type == CR && strings.HasSuffix(got, tshark) },
		crafted: true,
	},
	{
		reason:  "an answer without data part has no heading for it",
		fields:  []string{"s7comm.data"},
		when:    func(p *PDU, got, tshark string) bool { return len(p.Data) == 0 && got == "" && tshark == "1" },
		crafted: true,
	},
}

func isDeliberate(f *wire.Field, p *PDU, got, tshark string) (reason string) {
	for _, d := range deliberate {
		if slices.Contains(d.fields, f.Name) && d.when(p, got, tshark) {
			return d.reason
		}
	}
	return ""
}

// comparison counts what was compared with tshark.
type comparison struct {
	values  int
	carried map[string]bool // fields that had a value
	reasons map[string]int  // deliberate differences
}

// compare dissects a capture and compares each frame with tshark.
func (c *comparison) compare(t *testing.T, file string, want []*wire.Field, malformed bool) {
	t.Helper()
	halves := map[string]*half{}
	column := map[*wire.Field]int{}
	for k, f := range want {
		column[f] = k
	}
	var p PDU
	for _, s := range segments(t, file, want) {
		h := halves[s.stream]
		if h == nil {
			h = new(half)
			halves[s.stream] = h
		}
		got := make([][]string, len(want))
		p.raw = nil
		h.pdus(s, func(tpkt []byte, asm *Assembler) {
			var tree wire.Tree
			if err := p.Dissect(tpkt, asm, &tree); err != nil && !malformed {
				t.Errorf("%s frame %d: %v", filepath.Base(file), s.frame, err)
			}
			for i := range tree.Nodes {
				if k, ok := column[tree.Nodes[i].Field]; ok {
					got[k] = append(got[k], asTshark(&tree.Nodes[i]))
				}
			}
		})
		for k, f := range want {
			g, w := strings.Join(got[k], joint), s.fields[k]
			if w != "" {
				c.values++
				c.carried[f.Name] = true
			}
			if g == w {
				continue
			}
			if why := isDeliberate(f, &p, g, w); why != "" {
				c.reasons[why]++
				continue
			}
			t.Errorf("%s frame %d %s: %s %q, tshark %q", filepath.Base(file), s.frame, p.Summary(nil), f.Name, g, w)
		}
	}
}

// asTshark is the value of a node as tshark prints it: headings as 1, those of
// protocols as their name.
func asTshark(n *wire.Node) string {
	switch {
	case n.Field.Type != wire.None:
		return strings.ReplaceAll(n.String(), "\n", `\n`)
	case strings.Contains(n.Field.Name, "."):
		return "1"
	}
	return n.Field.Name
}

// TestFieldsEqualTshark compares every field that both know, in every frame of the
// captures.
func TestFieldsEqualTshark(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	files := captures(t)
	want := knownToTshark(t)
	c := comparison{carried: map[string]bool{}, reasons: map[string]int{}}
	for _, file := range files {
		c.compare(t, file, want, false)
	}
	t.Logf("%d captures: %d values of %d fields compared (of %d that both know)", len(files), c.values, len(c.carried), len(want))
	for _, d := range deliberate {
		t.Logf("differs %d times: %s", c.reasons[d.reason], d.reason)
		if c.reasons[d.reason] == 0 && !d.crafted {
			t.Errorf("no longer differs: %s", d.reason)
		}
	}
}
