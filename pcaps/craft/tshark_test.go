package craft

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"plcscope/pcaps"
)

// tshark runs tshark on frames and returns its lines.
func tshark(t *testing.T, frames []pcaps.Frame, args ...string) []string {
	t.Helper()
	path, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed")
	}
	if testing.Short() {
		t.Skip("tshark takes its time")
	}
	file := filepath.Join(t.TempDir(), "crafted.pcap")
	if err := WriteFile(file, frames); err != nil {
		t.Fatal(err)
	}
	// Ports 1883 and 2000 belong to dissectors that have no part in this.
	args = append([]string{"-n", "-r", file, "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE",
		"--disable-protocol", "mqtt", "--disable-protocol", "skinny"}, args...)
	out, err := exec.Command(path, args...).Output()
	if err != nil {
		t.Fatalf("tshark %q: %v", args, err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}

func TestCraftedFramesAreSoundToTshark(t *testing.T) {
	for _, c := range []struct {
		name   string
		link   pcaps.LinkType
		hosts  [3]string
		opts   []Option
		header string // protocols that tshark sees
	}{
		{"Ethernet, IPv4", pcaps.LinkEthernet, hosts4, nil, "eth:ethertype:ip:tcp"},
		{"Ethernet, IPv6", pcaps.LinkEthernet, hosts6, nil, "eth:ethertype:ipv6:tcp"},
		{"VLAN", pcaps.LinkEthernet, hosts4, []Option{VLAN(7)}, "eth:ethertype:vlan:ethertype:ip:tcp"},
		{"QinQ", pcaps.LinkEthernet, hosts6, []Option{VLAN(7, 8)}, "eth:ethertype:ieee8021ad:ethertype:vlan:ethertype:ipv6:tcp"},
		{"raw", pcaps.LinkRaw, hosts6, nil, "raw:ipv6:tcp"},
		{"raw IPv4", pcaps.LinkIPv4, hosts4, nil, "ip:tcp"},
		{"raw IPv6", pcaps.LinkIPv6, hosts6, nil, "ipv6:tcp"},
		{"null", pcaps.LinkNull, hosts4, nil, "null:ip:tcp"},
		{"loop", pcaps.LinkLoop, hosts6, nil, "null:ipv6:tcp"},
		{"PPP", pcaps.LinkPPP, hosts4, nil, "ppp:ip:tcp"},
		{"Linux cooked", pcaps.LinkLinuxSLL, hosts4, nil, "sll:ethertype:ip:tcp"},
		{"Linux cooked v2", pcaps.LinkLinuxSLL2, hosts6, nil, "sll:ethertype:ipv6:tcp"},
		{"small segments", pcaps.LinkEthernet, hosts4, []Option{MSS(60)}, "eth:ethertype:ip:tcp"},
		{"sequence wrap", pcaps.LinkEthernet, hosts4, []Option{ISN(1<<32-400, 1<<32-9)}, "eth:ethertype:ip:tcp"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			frames := conversation(c.link, c.hosts, c.opts...)
			lines := tshark(t, frames, "-T", "fields", "-e", "frame.protocols", "-e", "ip.checksum.status", "-e", "tcp.checksum.status",
				"-e", "tcp.analysis.flags", "-e", "tcp.analysis.keep_alive", "-e", "tcp.analysis.keep_alive_ack")
			if len(lines) != len(frames) {
				t.Fatalf("tshark sees %d frames of %d", len(lines), len(frames))
			}
			for i, line := range lines {
				f := strings.Split(line, "\t")
				if header := strings.TrimSuffix(strings.TrimSuffix(f[0], ":data"), ":_ws.short"); header != c.header {
					t.Errorf("frame %d: protocols %s", i+1, f[0])
				}
				if f[1] != "1" && f[1] != "" || f[2] != "1" {
					t.Errorf("frame %d: checksum of IP %q, of TCP %q, want good", i+1, f[1], f[2])
				}
				if f[3] != "" && f[4] == "" && f[5] == "" {
					t.Errorf("frame %d: tshark finds something odd in the connection: %s", i+1, line)
				}
			}
		})
	}
}

// TestHazardsAreWhatTsharkCallsThem counts what tshark's analysis says of a
// capture under one hazard.
func TestHazardsAreWhatTsharkCallsThem(t *testing.T) {
	plain := conversation(pcaps.LinkEthernet, hosts4)
	for _, c := range []struct {
		name   string
		change Change
		filter string // display filter that must match
		also   string // and one that must not
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
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			frames := c.change(plain)
			if lines := tshark(t, frames, "-Y", c.filter); lines[0] == "" {
				t.Errorf("no frame matches %q", c.filter)
			}
			if lines := tshark(t, frames, "-Y", c.also); lines[0] != "" {
				t.Errorf("%d frames match %q, the first:\n%s", len(lines), c.also, lines[0])
			}
		})
	}
}
