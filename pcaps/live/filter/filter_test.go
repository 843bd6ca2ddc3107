package filter

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/net/bpf"

	"plcscope/pcaps"
)

// expressions are compiled by tcpdump, too, and must select the same frames.
var expressions = []string{
	"tcp", "udp", "icmp", "icmp6", "ip", "ip6", "arp", "rarp", "sctp", "igmp", "vlan", "vlan 5", "not tcp", "!tcp",
	"tcp port 1883", "port 102", "port 1883 or 102", "tcp src port 102", "dst port 1883", "src or dst port 102", "src and dst port 102",
	"tcp portrange 100-2000", "portrange 1883-1883", "udp portrange 1-102", "tcp and not port 102",
	"host 10.0.0.1", "src host 10.0.0.1", "ip host 10.0.0.2", "arp host 10.0.0.1", "dst 10.0.0.2", "host fe80::1", "src and dst host 10.0.0.1",
	"net 10.0.0.0/24", "net 10", "net 10.0", "src net 10.0.0.0 mask 255.255.255.0", "net fe80::/10", "ip6 host fe80::2", "net 0.0.0.0/0",
	"ether host 02:00:00:00:00:01", "ether src 02:00:00:00:00:01", "ether dst host 02:00:00:00:00:02", "ether proto 0x88cc", "ether proto 0x0800",
	"ip proto 6", "ip6 proto 44", "proto 17", "less 80", "greater 80", "len > 70", "len - 14 >= 60",
	"tcp[13] & 2 != 0", "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0", "ip[6:2] & 0x1fff != 0", "ip[0] & 0xf != 5", "ether[0] & 1 = 0", "udp[4:2] > 8",
	"tcp[((tcp[12] & 0xf0) >> 2):4] != 0", "ip[2:2] - ((ip[0] & 0xf) << 2) > 24", "icmp[icmptype] == 8", "(tcp[13] & 2) != 0", "(tcp[13] = 2 or ether[12] = 8) and (udp or ((ip[8] > 7)))", "ip6[6] == 44",
	"(tcp port 1883 or tcp port 8883) and host 10.0.0.1", "tcp port 1883 or (vlan and tcp port 102)", "vlan and vlan and ip",
	"vlan 5 and host 10.0.0.1 or tcp", "host 10.0.0.1 and (port 102 or 1883)", "not (vlan 5 and tcp)", "tcp or udp and port 102", "not tcp and not udp",
	Default(pcaps.LinkEthernet), Default(pcaps.LinkEthernet, 8883, 1884), "ip[8] * 2 / 3 + 1 > 7 and ip[9] ^ 3 | 1 != 5",
}

// frames are of all kinds that filters tell apart.
func frames() [][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(of ...uint16) uint16 { return of[r.IntN(len(of))] }
	be := binary.BigEndian
	var all [][]byte
	for range 4000 {
		b := []byte{2, 0, 0, 0, 0, byte(1 + r.IntN(3)), 2, 0, 0, 0, 0, byte(1 + r.IntN(3))}
		for range r.IntN(3) {
			b = be.AppendUint16(b, pick(0x8100, 0x8100, 0x88a8, 0x9100))
			b = be.AppendUint16(b, pick(5, 6, 0x6005, 0x1fff))
		}
		typ := pick(0x0800, 0x0800, 0x0800, 0x86dd, 0x86dd, 0x0806, 0x8035, 0x88cc, 40)
		b = be.AppendUint16(b, typ)
		proto := byte(pick(6, 6, 6, 17, 1, 58, 132, 2))
		switch typ {
		case 0x0800:
			words := 5 + r.IntN(2)*r.IntN(4)
			h := make([]byte, 4*words)
			h[0], h[8], h[9] = byte(0x40|words), byte(r.IntN(256)), proto
			be.PutUint16(h[2:], uint16(40+r.IntN(60)))
			be.PutUint16(h[6:], pick(0, 0, 0x4000, 0x2000, 0x2010, 0x00b9))
			copy(h[12:], []byte{10, 0, byte(r.IntN(2)), byte(1 + r.IntN(2)), 10, 0, byte(r.IntN(2)), byte(1 + r.IntN(2))})
			b = append(b, h...)
		case 0x86dd:
			h := make([]byte, 40)
			h[0], h[6] = 0x60, proto
			copy(h[8:], []byte{0xfe, 0x80})
			copy(h[24:], []byte{0xfe, byte(pick(0x80, 0xc0))})
			h[23], h[39] = byte(1+r.IntN(2)), byte(1+r.IntN(2))
			if r.IntN(4) == 0 {
				h[6] = 44
				h = append(h, proto, 0, 0, byte(r.IntN(2)), 0, 0, 0, 1)
			}
			b = append(b, h...)
		case 0x0806, 0x8035:
			b = append(b, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 0, 0, byte(1+r.IntN(2)), 0, 0, 0, 0, 0, 0, 10, 0, 0, byte(1+r.IntN(2)))
		}
		b = be.AppendUint16(b, pick(1883, 102, 8883, 80, 40000))
		b = be.AppendUint16(b, pick(1883, 102, 8883, 80, 40000))
		for range 60 + r.IntN(40) {
			b = append(b, byte(r.IntN(256)))
		}
		if r.IntN(20) == 0 {
			b = b[:14+r.IntN(len(b)-14)]
		}
		all = append(all, b)
	}
	return all
}

func TestSelectsWhatTcpdumpSelects(t *testing.T) {
	if _, err := exec.LookPath("tcpdump"); err != nil {
		t.Skip("needs tcpdump to compare with")
	}
	traffic := frames()
	for _, e := range expressions {
		t.Run(e, func(t *testing.T) {
			want := tcpdump(t, e)
			raw, err := Compile(e, pcaps.LinkEthernet, 262144)
			if err != nil {
				t.Fatal(err)
			}
			got := machine(t, raw)
			hits := 0
			for i, f := range traffic {
				w, g := run(t, want, f), run(t, got, f)
				if w > 0 {
					hits++
				}
				if w != g {
					t.Fatalf("frame %d is %v, with tcpdump %v: % x", i, g > 0, w > 0, f)
				}
			}
			t.Logf("%d of %d frames, %d instructions", hits, len(traffic), len(raw))
		})
	}
}

func machine(t *testing.T, raw []bpf.RawInstruction) *bpf.VM {
	t.Helper()
	program, _ := bpf.Disassemble(raw)
	vm, err := bpf.NewVM(program)
	if err != nil {
		t.Fatal(err)
	}
	return vm
}

func run(t *testing.T, vm *bpf.VM, frame []byte) int {
	t.Helper()
	n, err := vm.Run(frame)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func tcpdump(t *testing.T, e string) *bpf.VM {
	t.Helper()
	out, err := exec.Command("tcpdump", "-ddd", "-y", "EN10MB", e).Output()
	if err != nil {
		t.Fatalf("tcpdump: %v", err)
	}
	var raw []bpf.RawInstruction
	s := bufio.NewScanner(bytes.NewReader(out))
	for s.Scan() {
		var x bpf.RawInstruction
		if n, _ := fmt.Sscan(s.Text(), &x.Op, &x.Jt, &x.Jf, &x.K); n == 4 {
			raw = append(raw, x)
		}
	}
	return machine(t, raw)
}

func TestErrorsPointAtTheColumn(t *testing.T) {
	for text, want := range map[string]string{
		"tcp prot 102":           `capture filter, column 5: "prot" does not follow here; and, or?`,
		"host plc1":              `capture filter, column 6: "plc1" is no address`,
		"port 70000":             `capture filter, column 6: 70000 is more than 65535`,
		"tcp and (port 1":        `capture filter, column 16: ")" is missing`,
		"tcp and":                `capture filter, column 8: something to select is missing`,
		"net 10.0.0.1/8":         `capture filter, column 5: 10.0.0.1/8 has bits behind its mask`,
		"gateway 10.0.0.1":       `capture filter, column 1: "gateway" is not understood`,
		"tcp[0:3] = 1":           `capture filter, column 7: 1, 2 or 4 bytes can be had`,
		"ip[0] / 0 = 1":          `capture filter, column 9: division by zero`,
		"arp port 5":             `capture filter, column 1: arp has no ports`,
		"host 10.0.0.1 und port": `capture filter, column 15: "und" does not follow here; and, or?`,
		"tcp § udp":              `capture filter, column 5: "§" has no meaning here`,
		"ip6 host 10.0.0.1":      `capture filter, column 10: an address of IPv4 with ip6`,
	} {
		_, err := Compile(text, pcaps.LinkEthernet, 100)
		var e *Error
		if !errors.As(err, &e) || err.Error() != want {
			t.Errorf("%s:\n%v, want\n%s", text, err, want)
		} else if !strings.HasSuffix(e.Pointer(), strings.Repeat(" ", e.Column()-1)+"^") {
			t.Errorf("%s", e.Pointer())
		}
	}
}

func FuzzCompile(f *testing.F) {
	for _, e := range expressions {
		f.Add(e)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, link := range []pcaps.LinkType{pcaps.LinkEthernet, pcaps.LinkRaw, pcaps.LinkLinuxSLL} {
			raw, err := CompileLive(text, link, 100)
			if err != nil {
				var e *Error
				if !errors.As(err, &e) || e.Offset > len(text) {
					t.Fatalf("%#v", err)
				}
				continue
			}
			for i, x := range raw {
				jump := 0
				if x.Op&7 == 5 {
					jump = max(int(x.Jt), int(x.Jf))
					if x.Op == 5 {
						jump = int(x.K)
					}
				}
				if i+jump >= len(raw)-1 && x.Op&7 != 6 {
					t.Fatalf("%q: instruction %d leaves the program", text, i)
				}
			}
		}
		if raw, err := Compile(text, pcaps.LinkEthernet, 100); err == nil {
			program, _ := bpf.Disassemble(raw)
			if _, err := bpf.NewVM(program); err != nil && !strings.Contains(err.Error(), "divide by zero") {
				t.Fatalf("%q: %v", text, err)
			}
		}
	})
}
