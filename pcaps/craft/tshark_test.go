package craft

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"plcscope/pcaps"
)

// tshark runs tshark once on the frames of many cases, each an interface of its
// own in one file, and returns its lines.
func tshark(t *testing.T, cases [][]pcaps.Frame, args ...string) []string {
	t.Helper()
	path, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed")
	}
	var file bytes.Buffer
	w := pcaps.NewNGWriter(&file)
	for i, frames := range cases {
		for _, f := range frames {
			f.Iface = uint32(i)
			if err := w.WriteFrame(&f); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.Flush()
	name := filepath.Join(t.TempDir(), "crafted.pcapng")
	if err := os.WriteFile(name, file.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	// The ports belong to dissectors that have no part in this.
	args = append([]string{"-n", "-r", name, "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE",
		"--disable-protocol", "mqtt", "--disable-protocol", "skinny"}, args...)
	out, err := exec.Command(path, args...).Output()
	if err != nil {
		t.Fatalf("tshark %q: %v", args, err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}

// hostsOf are endpoints that no other case has, so that tshark does not take its
// connections for others.
func hostsOf(i int, v6 bool) [3]string {
	net := fmt.Sprintf("10.0.%d.", i)
	if v6 {
		net = fmt.Sprintf("fd00:%d::", i)
		return [3]string{"[" + net + "5]:2000", "[" + net + "6]:2000", "[" + net + "1]:1883"}
	}
	return [3]string{net + "5:2000", net + "6:2000", net + "1:1883"}
}

func TestCraftedFramesAreSoundToTshark(t *testing.T) {
	list := []struct {
		name   string
		link   pcaps.LinkType
		v6     bool
		opts   []Option
		header string // protocols that tshark sees
	}{
		{"Ethernet, IPv4", pcaps.LinkEthernet, false, nil, "eth:ethertype:ip:tcp"},
		{"Ethernet, IPv6", pcaps.LinkEthernet, true, nil, "eth:ethertype:ipv6:tcp"},
		{"VLAN", pcaps.LinkEthernet, false, []Option{VLAN(7)}, "eth:ethertype:vlan:ethertype:ip:tcp"},
		{"QinQ", pcaps.LinkEthernet, true, []Option{VLAN(7, 8)}, "eth:ethertype:ieee8021ad:ethertype:vlan:ethertype:ipv6:tcp"},
		{"raw, IPv4", pcaps.LinkRaw, false, nil, "raw:ip:tcp"},
		{"raw, IPv6", pcaps.LinkRaw, true, nil, "raw:ipv6:tcp"},
		{"raw IPv4", pcaps.LinkIPv4, false, nil, "ip:tcp"},
		{"raw IPv6", pcaps.LinkIPv6, true, nil, "ipv6:tcp"},
		{"BSD loopback", pcaps.LinkNull, false, nil, "null:ip:tcp"},
		{"OpenBSD loopback", pcaps.LinkLoop, true, nil, "null:ipv6:tcp"},
		{"PPP", pcaps.LinkPPP, false, nil, "ppp:ip:tcp"},
		{"PPPoE", pcaps.LinkPPPoE, true, nil, "pppoes:ppp:ipv6:tcp"},
		{"Linux cooked", pcaps.LinkLinuxSLL, false, nil, "sll:ethertype:ip:tcp"},
		{"Linux cooked v2", pcaps.LinkLinuxSLL2, true, nil, "sll:ethertype:ipv6:tcp"},
		{"small segments", pcaps.LinkEthernet, false, []Option{MSS(60)}, "eth:ethertype:ip:tcp"},
		{"sequence wrap", pcaps.LinkEthernet, false, []Option{ISN(1<<32-400, 1<<32-9)}, "eth:ethertype:ip:tcp"},
		{"mid-stream", pcaps.LinkEthernet, false, []Option{MidStream()}, "eth:ethertype:ip:tcp"},
	}
	var cases [][]pcaps.Frame
	frames := 0
	for i, c := range list {
		cases = append(cases, conversation(c.link, hostsOf(i, c.v6), c.opts...))
		frames += len(cases[i])
	}
	lines := tshark(t, cases, "-T", "fields", "-e", "frame.interface_id", "-e", "frame.protocols", "-e", "ip.checksum.status", "-e", "tcp.checksum.status",
		"-e", "tcp.analysis.flags", "-e", "tcp.analysis.keep_alive", "-e", "tcp.analysis.keep_alive_ack")
	if len(lines) != frames {
		t.Fatalf("tshark sees %d frames of %d", len(lines), frames)
	}
	for i, line := range lines {
		f := strings.Split(line, "\t")
		n, _ := strconv.Atoi(f[0])
		c := list[n]
		if header := strings.TrimSuffix(f[1], ":data"); header != c.header {
			t.Errorf("%s: frame %d: protocols %s, want %s", c.name, i+1, header, c.header)
		}
		if f[2] != "1" && f[2] != "" || f[3] != "1" {
			t.Errorf("%s: frame %d: checksum of IP %q, of TCP %q, want good", c.name, i+1, f[2], f[3])
		}
		if f[4] != "" && f[5] == "" && f[6] == "" {
			t.Errorf("%s: frame %d: tshark finds something odd in the connection: %s", c.name, i+1, line)
		}
	}
}

// TestHazardsAreWhatTsharkCallsThem asks what tshark's analysis says of a capture
// under each hazard.
func TestHazardsAreWhatTsharkCallsThem(t *testing.T) {
	list := []struct {
		name   string
		change Change
		filter string // display filter that must match
		not    string // and one that must not
	}{
		{"retransmit", Retransmit(0.3, 1), "tcp.analysis.retransmission", "tcp.checksum.status==0 || ip.checksum.status==0"},
		{"reorder", Then(ResegmentEvery(7), Reorder(0.3, 1)), "tcp.analysis.out_of_order || tcp.analysis.retransmission", "tcp.checksum.status==0"},
		{"lose", Lose(0.2, 1), "tcp.analysis.lost_segment || tcp.analysis.ack_lost_segment", "tcp.analysis.retransmission && tcp.len>1"},
		{"overlap", Overlap(2), "tcp.segment.overlap || tcp.analysis.retransmission || tcp.analysis.out_of_order", "tcp.checksum.status==0"},
		{"fragments", Then(Fragment(40), ReverseFragments()), "ip.fragments", "ip.checksum.status==0 || tcp.checksum.status==0"},
		{"checksum offload", ChecksumOffload(), "tcp.checksum.status==0", "ip.checksum.status==0"},
		{"corrupt", Corrupt(3), "tcp.checksum.status==0", "ip.checksum.status==0"},
		{"keep-alive", KeepAlives(2), "tcp.analysis.keep_alive", "tcp.checksum.status==0 || ip.checksum.status==0"},
		{"acks first", AcksBeforeData(), "tcp.analysis.ack_lost_segment", "tcp.checksum.status==0"},
		{"snap length", SnapLen(60), "frame.cap_len==60 && frame.len>60", "frame.cap_len>60"},
		{"coalesce", CoalesceSegments(1460), "tcp.len>20", "tcp.analysis.retransmission || tcp.analysis.lost_segment || tcp.checksum.status==0"},
		{"resegment", ResegmentEvery(7), "tcp.len==7", "tcp.len>7 || tcp.checksum.status==0 || ip.checksum.status==0 || tcp.analysis.retransmission"},
		{"wrap", SequenceWrap(9), "tcp.seq_raw>4294967285", "tcp.checksum.status==0 || tcp.analysis.retransmission || tcp.analysis.lost_segment"},
		{"tags", Tag(7, 100), "vlan.id==100 && ieee8021ad.id==7", "!vlan"},
		{"second mirror", DuplicateFrames(Mirror{VLAN: 20}), "vlan.id==20", "tcp.checksum.status==0"},
		{"routed mirror", DuplicateFrames(Mirror{Routed: true}), "ip.ttl==63 || ip.ttl==127", "ip.checksum.status==0 || tcp.checksum.status==0"},
		{"noise", Noise(2, 1), "arp || udp || pn_rt", "udp.checksum.status==0 || ip.checksum.status==0"},
		{"client only", OneDirection(ByClient), "tcp.dstport==1883", "tcp.srcport==1883"},
	}
	var cases [][]pcaps.Frame
	stat := "io,stat,0"
	for i, c := range list {
		cases = append(cases, c.change(conversation(pcaps.LinkEthernet, hostsOf(i, false))))
		stat += fmt.Sprintf(",frame.interface_id==%d && (%s),frame.interface_id==%d && (%s)", i, c.filter, i, c.not)
	}
	counts := counted(t, tshark(t, cases, "-q", "-z", stat), 2*len(list))
	for i, c := range list {
		if counts[2*i] == 0 {
			t.Errorf("%s: no frame matches %q", c.name, c.filter)
		}
		if n := counts[2*i+1]; n != 0 {
			t.Errorf("%s: %d frames match %q", c.name, n, c.not)
		}
	}
}

// counted reads how many frames matched each of the filters of an io,stat report.
func counted(t *testing.T, lines []string, filters int) (counts []int) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(line, "<>") || !strings.HasPrefix(line, "|") {
			continue
		}
		columns := strings.Split(line, "|")
		for i := 2; i+1 < len(columns); i += 2 {
			n, err := strconv.Atoi(strings.TrimSpace(columns[i]))
			if err != nil {
				t.Fatalf("tshark counts %q", columns[i])
			}
			counts = append(counts, n)
		}
	}
	if len(counts) != filters {
		t.Fatalf("tshark counts for %d filters of %d:\n%s", len(counts), filters, strings.Join(lines, "\n"))
	}
	return counts
}
