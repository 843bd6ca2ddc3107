package s7comm

import (
	"encoding/binary"
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"plcscope/internal/wire"
)

// frames calls f for the captured frames of a pcap or pcapng file in the byte order of
// this machine, which is that of the captures; a reader for this test only.
func frames(t testing.TB, file string, f func(number uint64, data []byte)) {
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	le := binary.LittleEndian
	number := uint64(0)
	if le.Uint32(b) != 0x0a0d0d0a {
		for b = b[24:]; len(b) >= 16; {
			n := int(le.Uint32(b[8:]))
			number++
			f(number, b[16:16+n])
			b = b[16+n:]
		}
		return
	}
	for len(b) >= 12 {
		n := int(le.Uint32(b[4:]))
		if le.Uint32(b) == 6 { // enhanced packet
			number++
			f(number, b[28:28+le.Uint32(b[20:])])
		}
		b = b[n:]
	}
}

// tcp finds the TCP segment in an Ethernet or Linux cooked frame.
func tcp(number uint64, b []byte) (s segment, ok bool) {
	for _, ip := range []int{14, 16} {
		if len(b) < ip+40 || b[ip-2] != 8 || b[ip-1] != 0 || b[ip]>>4 != 4 || b[ip+9] != 6 {
			continue
		}
		total := int(be16(b[ip+2:]))
		h := b[ip+int(b[ip]&15)*4 : min(ip+total, len(b))]
		s.frame = number
		s.stream = string(b[ip+12:ip+20]) + string(h[:4])
		s.seq = int(be32(h[4:]))
		s.payload = h[int(h[12]>>4)*4:]
		return s, len(s.payload) > 0
	}
	return s, false
}

// everyTPKT calls f for each TPKT of all captures, in sequence of its direction.
func everyTPKT(t testing.TB, f func(tpkt []byte, asm *Assembler)) {
	for _, file := range captures(t) {
		fileTPKTs(t, file, func(_ string, tpkt []byte, asm *Assembler) { f(tpkt, asm) })
	}
}

func fileTPKTs(t testing.TB, file string, f func(stream string, tpkt []byte, asm *Assembler)) {
	halves := map[string]*half{}
	frames(t, file, func(number uint64, data []byte) {
		s, ok := tcp(number, data)
		if !ok {
			return
		}
		h := halves[s.stream]
		if h == nil {
			h = new(half)
			halves[s.stream] = h
		}
		h.pdus(s, func(tpkt []byte, asm *Assembler) { f(s.stream, tpkt, asm) })
	})
}

// What the captures hold is counted in a table beside them.
func TestCaptureCounts(t *testing.T) {
	f, err := os.Open(filepath.Join("..", "..", "shared", "reference", "s7-corpus.csv"))
	if err != nil {
		t.Skip("no table of the captures")
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	for _, row := range rows[1:] {
		file := filepath.Join("..", "..", "shared", "pcaps", "s7", row[0])
		if _, err := os.Stat(file); err != nil {
			continue
		}
		t.Run(row[0], func(t *testing.T) {
			var p PDU
			s7, plus, fragments := 0, 0, 0
			versions := map[uint8]int{}
			fileTPKTs(t, file, func(_ string, tpkt []byte, asm *Assembler) {
				if err := p.Decode(tpkt, asm); err != nil {
					t.Errorf("%v in %x", err, tpkt)
				}
				switch p.Kind {
				case KindS7:
					s7++
				case KindS7Plus:
					plus++
					m := &p.Plus
					versions[m.Version]++
					if !m.Continuation && (!m.HasHeader || m.Opcode != PlusNotification && strings.HasPrefix(m.Function.String(), "function")) ||
						m.Version == 3 && len(m.Digest) != 32 || len(p.Surplus) > 0 {
						t.Errorf("%s: %+v", p.Summary(nil), m)
					}
				}
				if p.COTP.Type == DT && !p.COTP.EOT {
					fragments++
				}
			})
			var list []string
			for _, v := range slices.Sorted(maps.Keys(versions)) {
				list = append(list, fmt.Sprintf("%02d=%d", v, versions[v]))
			}
			if got, want := strings.Join(list, " "), row[column["s7plus_versions"]]; got != want {
				t.Errorf("versions of S7comm-plus: %s, the table says %s", got, want)
			}
			for name, got := range map[string]int{"s7_pdus": s7, "s7plus_pdus": plus, "cotp_frag_frames": fragments} {
				if want, _ := strconv.Atoi(row[column[name]]); got != want {
					t.Errorf("%s: %d, the table says %d", name, got, want)
				}
			}
		})
	}
}

// Every message of the captures is encoded as it was captured, and its tree leaves no
// byte out.
func TestCapturesRoundTrip(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	n := 0
	var p PDU
	seen := map[string]bool{}
	everyTPKT(t, func(b []byte, asm *Assembler) {
		if seen[string(b)] {
			return
		}
		seen[string(b)] = true
		var tree wire.Tree
		if err := p.Dissect(b, nil, &tree); err != nil {
			t.Fatal(err)
		}
		n++
		if got := p.Append(nil); string(got) != string(b) {
			t.Errorf("%s encoded as\n%x, want\n%x", p.Summary(nil), got, b)
		}
		checkTree(t, &p, b)
	})
	t.Logf("%d different TPKTs", n)
}

// Answers find their requests, and as many values as there were items.
func TestCaptureTransactions(t *testing.T) {
	for _, file := range captures(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			connections := map[string]*Transactions{}
			var p PDU
			answers, paired, unlabelled := 0, 0, 0
			fileTPKTs(t, file, func(stream string, tpkt []byte, asm *Assembler) {
				p.Decode(tpkt, asm)
				if p.Kind != KindS7 {
					return
				}
				a, b, pa, pb := stream[:4], stream[4:8], stream[8:10], stream[10:]
				client := pb == "\x00\x66"
				key := a + pa + b + pb
				if !client {
					key = b + pb + a + pa
				}
				x := connections[key]
				if x == nil {
					x = new(Transactions)
					connections[key] = x
				}
				x.Sent(client, &p, asm.Frame, 0)
				req, ok := x.Answered(client, &p)
				if p.S7.ROSCTR == ROSCTRAck || p.S7.ROSCTR == ROSCTRAckData || p.S7.ROSCTR == ROSCTRUserdata && p.Userdata.Type == UserdataResponse {
					answers++
				}
				if !ok {
					return
				}
				paired++
				if p.S7.ROSCTR == ROSCTRAckData && (req.Function != p.Function || len(p.Values) > 0 && len(req.Items) != len(p.Values)) {
					unlabelled++
				}
			})
			t.Logf("%d answers, %d paired", answers, paired)
			if answers-paired > 1 || unlabelled > 0 {
				t.Errorf("%d of %d answers without request, %d do not fit theirs", answers-paired, answers, unlabelled)
			}
		})
	}
}
