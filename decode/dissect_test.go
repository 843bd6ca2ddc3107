package decode

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/gopacket/layers"

	"plcscope/internal/wire"
	"plcscope/pcaps"
)

// tsharkVersion is the version whose field names and values are followed.
const tsharkVersion = "4.0."

// compared are the fields that are held against tshark: all that have a value.
func compared() []string {
	var names []string
	for _, f := range Fields.All() {
		if f.Type != wire.None {
			names = append(names, f.Name)
		}
	}
	return names
}

// tshark prints the fields of every frame of a capture file, several values of
// one field joined by a comma.
func tshark(t *testing.T, file string, fields []string, more ...string) [][]string {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: not compared with tshark")
	}
	path, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, "-v").Output()
	if err != nil || !bytes.Contains(bytes.SplitN(out, []byte("\n"), 2)[0], []byte(" "+tsharkVersion)) {
		t.Skipf("tshark is not version %s", tsharkVersion)
	}
	args := []string{"-n", "-r", file, "-T", "fields", "-E", "occurrence=a", "-E", "aggregator=,",
		"-d", "udp.port==8472,vxlan", "-o", "tcp.desegment_tcp_streams:FALSE"}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	args = append(args, more...)
	cmd := exec.CommandContext(ctx, path, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if out, err = cmd.Output(); err != nil {
		t.Fatalf("tshark: %v\n%s", err, &stderr)
	}
	var rows [][]string
	for line := range strings.Lines(string(out)) {
		rows = append(rows, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
	}
	return rows
}

// values is what Dissect says of one frame, in tshark's form.
func values(f *pcaps.Frame, fields []string) []string {
	var tree wire.Tree
	Dissect(f, &tree)
	index := map[string]int{}
	for i, name := range fields {
		index[name] = i
	}
	row := make([]string, len(fields))
	for i := range tree.Nodes {
		n := &tree.Nodes[i]
		col, ok := index[n.Field.Name]
		if !ok {
			continue
		}
		if row[col] != "" {
			row[col] += ","
		}
		row[col] += n.String()
	}
	return row
}

// readAll reads the frames of a capture file.
func readAll(t testing.TB, file string) []pcaps.Frame {
	t.Helper()
	c, err := pcaps.Open([]string{file}, pcaps.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var fs []pcaps.Frame
	for {
		var b pcaps.Batch
		err := c.Next(&b)
		fs = append(fs, b.Frames...)
		if errors.Is(err, io.EOF) {
			return fs
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// labelled is a frame and what it is called in the messages of a test.
type labelled struct {
	name  string
	frame pcaps.Frame
}

// compare holds Dissect against tshark for all frames, which go into one capture
// file for one run of tshark. Differences in the frames that meant names are on
// purpose, and must be there.
//
// A header that the snap length cut is shown by both as far as it seems fit, so
// that there the one may say less than the other, but nothing else.
func compare(t *testing.T, frames []labelled) {
	t.Helper()
	fields := compared()
	file := filepath.Join(t.TempDir(), "frames.pcapng")
	write(t, file, frames)
	rows := tshark(t, file, fields)
	fs := readAll(t, file)
	if len(rows) != len(frames) || len(fs) != len(frames) {
		t.Fatalf("%d frames were written, %d are read, tshark has %d", len(frames), len(fs), len(rows))
	}
	wrong := map[string]int{}
	for i := range fs {
		name := frames[i].name
		ours := values(&fs[i], fields)
		differs := false
		d := New(Options{})
		var seg Segment
		cut := !d.Decode(&fs[i], &seg) && len(fs[i].Data) < int(fs[i].Length)
		for k, field := range fields {
			theirs := ""
			if k < len(rows[i]) {
				theirs = rows[i][k]
			}
			if ours[k] == theirs || cut && (beginsWith(ours[k], theirs) || beginsWith(theirs, ours[k])) {
				continue
			}
			differs = true
			if meant[name] != "" {
				continue
			}
			if wrong[field]++; wrong[field] <= 5 {
				t.Errorf("%s (frame %d): %s is %.200q, tshark says %.200q", name, i+1, field, ours[k], theirs)
			}
		}
		if meant[name] != "" && !differs {
			t.Errorf("%s: tshark says the same: not a difference any more", name)
		}
	}
}

// write makes a pcapng file, in which every link type has its interface.
func write(t *testing.T, file string, frames []labelled) {
	t.Helper()
	var buf bytes.Buffer
	w := pcaps.NewNGWriter(&buf)
	for i := range frames {
		f := frames[i].frame
		f.File, f.Iface = 0, uint32(f.Link)
		if err := w.WriteFrame(&f); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, buf.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// beginsWith reports whether list is a list of values that begins with first.
func beginsWith(list, first string) bool {
	return first == "" || strings.HasPrefix(list, first+",")
}

// captured are the frames of all captures that are at hand.
func captured(t *testing.T) []labelled {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join("..", "..", "shared", "pcaps", "*", "*.pcap*"))
	if len(files) == 0 {
		t.Skip("no captures in ../shared/pcaps")
	}
	var frames []labelled
	for _, file := range files {
		for _, f := range readAll(t, file) {
			frames = append(frames, labelled{fmt.Sprintf("%s frame %d", filepath.Base(file), f.Number), f})
		}
	}
	return frames
}

func TestDissectLikeTshark(t *testing.T) {
	t.Parallel()
	compare(t, captured(t))
}

// TestChecksumsLikeTshark: what tshark finds right is right, and what it finds
// wrong is wrong or off-loaded, which it does not tell apart. Two frames have
// a checksum broken.
func TestChecksumsLikeTshark(t *testing.T) {
	t.Parallel()
	all := captured(t)
	for _, n := range frames(t) {
		if meant[n.name] == "" {
			all = append(all, labelled{n.name, *frameOf(n.link, n.data)})
		}
	}
	v4 := tcp4(t, publish)
	for name, b := range map[string][]byte{"bad TCP checksum": patch(v4, 48, 'x'), "bad IPv4 checksum": patch(v4, 8, 1)} {
		all = append(all, labelled{name, *frameOf(pcaps.LinkRaw, b)})
	}
	file := filepath.Join(t.TempDir(), "frames.pcapng")
	write(t, file, all)
	rows := tshark(t, file, []string{"tcp.checksum.status", "ip.checksum.status"}, "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE")
	for i := range all {
		d := New(Options{})
		var s Segment
		want, got := "", ""
		if d.Decode(&all[i].frame, &s) {
			got = map[Checksum]string{ChecksumGood: "1", ChecksumBad: "0", ChecksumOffloaded: "0", ChecksumUnknown: "2"}[s.Checksum]
		}
		if len(rows[i]) > 0 {
			want = rows[i][0]
		}
		if got != want {
			t.Errorf("%s: TCP checksum is %q, tshark says %q", all[i].name, got, want)
		}
		bad := len(rows[i]) > 1 && strings.Contains(rows[i][1], "0") &&
			values(&all[i].frame, []string{"ip.checksum"})[0] != "0x0000" // off-loaded
		if bad != (d.Stats().BadIPv4Checksums > 0) {
			t.Errorf("%s: %d bad IPv4 checksums, tshark says %q", all[i].name, d.Stats().BadIPv4Checksums, rows[i][1])
		}
	}
}

// meant lists the frames of the tables of which Dissect says on purpose
// something else than tshark, and why.
var meant = map[string]string{
	"erspan III of IP":         "tshark shows the packet behind a header with frame type IP as data",
	"null ipv6 Linux":          "tshark does not know Linux's AF_INET6",
	"null ipv6 Windows":        "tshark does not know Windows' AF_INET6",
	"ipv6 payload length zero": "tshark takes off-loaded segments only under IPv4, where the length is zero too",
}

// TestDissectLinksLikeTshark compares every frame of the tables, whole and then
// cut by a snap length at every byte.
func TestDissectLinksLikeTshark(t *testing.T) {
	t.Parallel()
	var fs []labelled
	for _, n := range append(frames(t), odd(t)...) {
		f := frameOf(n.link, n.data)
		fs = append(fs, labelled{n.name, *f})
		if meant[n.name] != "" {
			continue
		}
		for k := range n.data {
			f.Data = n.data[:k]
			fs = append(fs, labelled{fmt.Sprintf("%s, the first %d of %d bytes", n.name, k, len(n.data)), *f})
		}
	}
	compare(t, fs)
}

// odd lists frames that are no plain TCP segments or are wrong somewhere.
func odd(t *testing.T) []named {
	set := func(b []byte, at int, v ...byte) []byte {
		b = join(b)
		copy(b[at:], v)
		return b
	}
	v4, v6 := tcp4(t, publish), tcp6(t, publish)
	syn := func() []byte {
		ip := ip4(6)
		seg := tcp(ip)
		seg.SYN, seg.ACK, seg.PSH, seg.Urgent = true, false, false, 0
		seg.Options = []layers.TCPOption{
			{OptionType: 2, OptionData: []byte{5, 0xb4}}, {OptionType: 4}, {OptionType: 8, OptionData: []byte{0, 0, 0, 9, 0, 0, 0, 8}},
			{OptionType: 1}, {OptionType: 3, OptionData: []byte{7}},
		}
		return build(t, ip, seg)
	}()
	icmp := func() []byte {
		ip := ip4(1)
		return build(t, ip, &layers.ICMPv4{TypeCode: layers.CreateICMPv4TypeCode(8, 0)}, payload("ping"))
	}()
	plainUDP := func() []byte {
		ip := ip4(17)
		return build(t, ip, udp(9999, ip), payload("data"))
	}()
	raw := func(name string, b []byte) named { return named{name: name, link: pcaps.LinkRaw, data: b} }
	return []named{
		{name: "arp", link: 1, data: build(t, eth(layers.EthernetTypeARP), &layers.ARP{
			AddrType: 1, Protocol: 0x0800, HwAddressSize: 6, ProtAddressSize: 4, Operation: 1,
			SourceHwAddress: plcMAC, SourceProtAddress: []byte{10, 0, 0, 1}, DstHwAddress: brokerMAC, DstProtAddress: []byte{10, 0, 0, 2}})},
		{name: "802.1ad twice", link: 1, data: build(t, eth(0x88a8), tag(100, 0x88a8), tag(42, 0x0800), payload(string(v4)))},
		{name: "unknown ethertype", link: 1, data: build(t, eth(0x88b5), payload("data of nobody's protocol"))},
		raw("options", syn),
		raw("options, unknown kind", set(syn, 40, 0x77, 4)),
		raw("options, length zero", set(syn, 40, 2, 0)),
		raw("options, length past the end", set(syn, 40, 2, 60)),
		raw("options end early", set(syn, 40, 0)),
		raw("all flags", set(v4, 32, 0x5f, 0xff)),
		raw("total length zero", set(v4, 2, 0, 0)),
		raw("total length of the header", set(v4, 2, 0, 20)),
		raw("total length below the header", set(v4, 2, 0, 19)),
		raw("total length cuts the TCP header", set(v4, 2, 0, 39)),
		raw("total length cuts the payload", set(v4, 2, 0, 45)),
		raw("total length past the frame", set(v4, 2, 0, 60)),
		raw("header length too small", set(v4, 0, 0x44)),
		raw("header length past the packet", set(v4, 0, 0x4f)),
		raw("version 5", set(v4, 0, 0x55)),
		raw("data offset too small", set(v4, 32, 0x40)),
		raw("data offset past the segment", set(v4, 32, 0xf0)),
		raw("data offset of the segment", set(v4, 32, 0x70)),
		raw("first fragment", set(v4, 6, 0x20, 0)),
		raw("middle fragment", set(v4, 6, 0x20, 1)),
		raw("last fragment", set(v4, 6, 0x00, 9)),
		raw("ping", icmp),
		raw("udp", plainUDP),
		raw("udp of length zero", set(plainUDP, 24, 0, 0)),
		raw("udp of length three", set(plainUDP, 24, 0, 3)),
		raw("ipv6 payload length zero", set(v6, 4, 0, 0)),
		raw("ipv6 payload length past the frame", set(v6, 4, 0, 90)),
		raw("ipv6 payload length cuts the payload", set(v6, 4, 0, 25)),
		raw("ipv6 no next header", set(v6, 6, 59)),
		raw("ipv6 first fragment", withExtensions(v6, 44, []byte{6, 0, 0, 1, 1, 2, 3, 4})),
		raw("ipv6 last fragment", withExtensions(v6, 44, []byte{6, 0, 0, 8, 1, 2, 3, 5})),
		raw("ipv6 extension past the packet", withExtensions(v6, 60, []byte{6, 9, 1, 4, 0, 0, 0, 0})),
	}
}
