package mqtt

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"plcscope/internal/wire"
)

// The judge is tshark: every field of every packet must print what it prints.

// differing are the fields that differ on purpose, and when.
var differing = map[string]struct {
	why  string
	when func(p *Packet, t *wire.Tree) bool
}{
	"mqtt.property_len": {
		"tshark 4.0 takes the bytes of the variable length integer as a plain number",
		func(_ *Packet, t *wire.Tree) bool {
			for _, n := range t.Nodes {
				if n.Field == fPropertyLen && n.Len > 1 {
					return true
				}
			}
			return false
		},
	},
}

// tsharkRow is one frame as tshark sees it.
type tsharkRow struct {
	frame, stream, srcPort, dstPort, seq int
	payload                              []byte
	fields                               map[string]string // values joined by aggregator
}

const aggregator = "\x1e"

// tshark reads a capture.
func tshark(t testing.TB, file string) []tsharkRow {
	t.Helper()
	program, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed: not compared")
	}
	args := []string{"-n", "-r", file, "-d", "tcp.port==1883,mqtt", "-d", "tcp.port==18841,mqtt", "-T", "fields", "-E", "occurrence=a", "-E", "aggregator=" + aggregator}
	columns := []string{"frame.number", "tcp.stream", "tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.payload"}
	var names []string
	for _, f := range Fields.All() {
		if strings.Contains(f.Name, ".") {
			names = append(names, f.Name)
		}
	}
	for _, c := range append(columns, names...) {
		args = append(args, "-e", c)
	}
	var stderr bytes.Buffer
	cmd := exec.Command(program, args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("tshark: %v\n%s", err, stderr.Bytes())
	}
	var rows []tsharkRow
	for _, line := range strings.Split(strings.TrimSuffix(string(out), "\n"), "\n") {
		cells := strings.Split(line, "\t")
		if len(cells) != len(columns)+len(names) {
			t.Fatalf("tshark printed %d columns: %q", len(cells), line)
		}
		r := tsharkRow{fields: map[string]string{}}
		for i, p := range []*int{&r.frame, &r.stream, &r.srcPort, &r.dstPort, &r.seq} {
			*p, _ = strconv.Atoi(cells[i])
		}
		r.payload, _ = hex.DecodeString(cells[5])
		for i, n := range names {
			if v := cells[len(columns)+i]; v != "" {
				r.fields[n] = v
			}
		}
		rows = append(rows, r)
	}
	return rows
}

// escape is what tshark's -T fields does to a value on its way out.
var escape = strings.NewReplacer("\b", `\b`, "\f", `\f`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace

// printed are the values of a tree by field name.
func printed(trees ...*wire.Tree) map[string]string {
	fields := map[string]string{}
	for _, t := range trees {
		for i := range t.Nodes {
			n := &t.Nodes[i]
			if !strings.Contains(n.Field.Name, ".") {
				continue
			}
			v := escape(n.String())
			if old, ok := fields[n.Field.Name]; ok {
				v = old + aggregator + v
			}
			fields[n.Field.Name] = v
		}
	}
	for name, v := range fields {
		if v == "" {
			delete(fields, name)
		}
	}
	return fields
}

// connection replays a stream as far as the comparison needs it: bytes in order,
// the version of the CONNECT, topic aliases.
type connection struct {
	version Version
	level   byte // of the CONNECT, 0 before it
	half    map[int]*half
}

type half struct {
	next    int
	started bool
	lost    bool
	buf     []byte
	alias   map[uint32][]byte
}

// compare runs the rows of a capture through Dissect and returns how many
// packets were compared.
func compare(t *testing.T, rows []tsharkRow) (packets int) {
	t.Helper()
	connections := map[int]*connection{}
	differences := 0
	for _, r := range rows {
		if len(r.payload) == 0 || !mqttPort[r.srcPort] && !mqttPort[r.dstPort] {
			continue
		}
		c := connections[r.stream]
		if c == nil {
			c = &connection{half: map[int]*half{}}
			connections[r.stream] = c
		}
		h := c.half[r.srcPort]
		if h == nil {
			h = &half{alias: map[uint32][]byte{}}
			c.half[r.srcPort] = h
		}
		if h.started && r.seq != h.next {
			if r.seq+len(r.payload) <= h.next {
				continue // sent again
			}
			h.buf = nil // tshark begins anew at a segment behind a gap
		}
		h.started, h.next = true, r.seq+len(r.payload)
		if h.lost {
			continue
		}
		h.buf = append(h.buf, r.payload...)

		var trees []*wire.Tree
		except := map[string]bool{}
		overlong := false // tshark reads variable length integers of five bytes and more
		for {
			total, _, err := Next(h.buf)
			if err != nil {
				h.lost = err != ErrShort
				break
			}
			b := h.buf[:total:total]
			h.buf = h.buf[total:]
			p, tree := new(Packet), new(wire.Tree)
			p.Dissect(b, c.version, tree)
			if p.Type == CONNECT && p.Connect.Level != 0 {
				c.version, c.level = p.Version, p.Connect.Level
			}
			resolve(p, tree, h.alias)
			overlong = overlong || p.broken && p.bad.Reason == varintLong
			trees = append(trees, tree)
			for name, d := range differing {
				except[name] = except[name] || d.when(p, tree)
			}
			packets++
		}
		if c.level&bridgeBit != 0 || c.level != 0 && c.version == 0 || h.lost || overlong {
			continue // tshark knows no bridges and treats the levels 6 and up as neither
		}
		got := printed(trees...)
		for _, f := range Fields.All() {
			if g, w := got[f.Name], r.fields[f.Name]; g != w && !except[f.Name] && strings.Contains(f.Name, ".") {
				if differences++; differences <= 20 {
					t.Errorf("frame %d, stream %d, version %s: %s is %q, tshark prints %q\n% x", r.frame, r.stream, c.version, f.Name, g, w, r.payload)
				}
			}
		}
	}
	if differences > 20 {
		t.Errorf("%d differences in all", differences)
	}
	return packets
}

// resolve does what the session does for topic aliases.
func resolve(p *Packet, t *wire.Tree, aliases map[uint32][]byte) {
	if p.Type != PUBLISH || p.broken {
		return
	}
	a, ok := p.Props.Find(TopicAlias)
	if !ok || a.Num == 0 {
		return
	}
	if len(p.Topic) > 0 {
		aliases[a.Num] = bytes.Clone(p.Topic)
	} else if topic := aliases[a.Num]; topic != nil {
		p.ResolveTopic(t, topic)
	}
}

func TestFieldsEqualTsharkOnCaptures(t *testing.T) {
	own, _ := filepath.Glob(filepath.Join("testdata", "*.pcap"))
	shared, _ := filepath.Glob(filepath.Join("..", "..", "shared", "pcaps", "mqtt", "*.pcap*"))
	if len(shared) == 0 {
		t.Log("no captures in ../shared/pcaps/mqtt: not compared")
	}
	for _, file := range append(own, shared...) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			if n := compare(t, tshark(t, file)); n == 0 {
				t.Error("no packet in it")
			}
		})
	}
}

// Crafted packets: all vectors, and thousands of vectors with a few bytes
// changed, by every version.
func TestFieldsEqualTsharkOnCraftedPackets(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	var cs conversations
	for _, tt := range good {
		cs.add(tt.p.Version, bin(tt.wire))
	}
	for _, tt := range bad {
		if tt.field != "mqtt.len" {
			cs.add(tt.v, bin(tt.wire))
		}
	}
	cs.add(V5, bin("30 0a 0003 'a/b' 03 23 0001 'x'"), bin("30 07 0000 03 23 0001 'y'"), bin("30 07 0000 03 23 0002 'z'"))
	cs.add(V311, bin("30 0c 0007 09 08 0b 0c 0d 0a 5c 'xyz'"), bin("30 09 0006 ff c3 f09080 80 7f"))
	long := bytes.Repeat([]byte("0123456789abcdef"), 2000)
	cs.add(V311, must((&Packet{Type: PUBLISH, Version: V311, Topic: str("long"), Payload: long}).Append(nil)))
	cs.add(V5, must((&Packet{Type: PUBLISH, Version: V5, Topic: str("long"),
		Props: NewProperties(Property{ID: CorrelationData, Data: long[:1000]})}).Append(nil)))

	rnd := rand.New(rand.NewPCG(1, 2))
	for range 6000 {
		i := rnd.IntN(len(good) + len(bad))
		var b []byte
		v := []Version{0, V31, V311, V5, V5}[rnd.IntN(5)]
		if i < len(good) {
			b = bin(good[i].wire)
		} else {
			b = bin(bad[i-len(good)].wire)
		}
		if b = mutate(rnd, b); b != nil {
			cs.add(v, b)
		}
	}
	n := compare(t, tshark(t, cs.write(t)))
	t.Logf("%d packets compared", n)
}

// mutate changes a packet and frames it anew with a correct Remaining Length. It
// returns nil for what has no frame.
func mutate(rnd *rand.Rand, b []byte) []byte {
	_, header, err := Next(b)
	if err != nil {
		return nil
	}
	first, body := b[0], bytes.Clone(b[header:])
	for range 1 + rnd.IntN(3) {
		switch rnd.IntN(5) {
		case 0:
			first ^= 1 << rnd.IntN(8)
		case 1:
			if len(body) > 0 {
				body = body[:rnd.IntN(len(body))]
			}
		case 2:
			at := rnd.IntN(len(body) + 1)
			body = append(body[:at:at], append([]byte{byte(rnd.IntN(256))}, body[at:]...)...)
		default:
			if len(body) > 0 {
				body[rnd.IntN(len(body))] = []byte{0, 1, 2, 0x0b, 0x26, 0x7f, 0xff, byte(rnd.IntN(256))}[rnd.IntN(8)]
			}
		}
	}
	out := append([]byte{first}, appendVarint(nil, uint32(len(body)), 0)...)
	return append(out, body...)
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

// conversations is a capture of connections whose every packet is one segment
// (or several, when it is too long for one).
type conversations struct {
	out    bytes.Buffer
	frames uint32
	n      int
}

// add makes a connection of version v (none announced for 0).
func (c *conversations) add(v Version, packets ...[]byte) {
	if c.n == 0 {
		c.out.Write([]byte{0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 101, 0, 0, 0})
	}
	c.n++
	if v != 0 {
		packets = append([][]byte{must((&Packet{Type: CONNECT, Version: v, Connect: Connect{Flags: 2, ClientID: str("c")}}).Append(nil))}, packets...)
	}
	seq := uint32(1)
	for _, b := range packets {
		for len(b) > 0 {
			n := min(len(b), 30000)
			c.segment(seq, b[:n])
			seq += uint32(n)
			b = b[n:]
		}
	}
}

func (c *conversations) segment(seq uint32, data []byte) {
	be := binary.BigEndian
	ip := make([]byte, 40, 40+len(data))
	ip[0], ip[8], ip[9] = 0x45, 64, 6
	be.PutUint16(ip[2:], uint16(40+len(data)))
	copy(ip[12:], []byte{10, byte(c.n >> 16), byte(c.n >> 8), byte(c.n), 10, 255, 0, 1})
	be.PutUint16(ip[20:], 40000)
	be.PutUint16(ip[22:], 1883)
	be.PutUint32(ip[24:], seq)
	ip[32], ip[33] = 0x50, 0x18
	be.PutUint16(ip[34:], 1000)
	ip = append(ip, data...)
	c.frames++
	le := binary.LittleEndian
	var h [16]byte
	le.PutUint32(h[0:], c.frames)
	le.PutUint32(h[8:], uint32(len(ip)))
	le.PutUint32(h[12:], uint32(len(ip)))
	c.out.Write(h[:])
	c.out.Write(ip)
}

func (c *conversations) write(t testing.TB) string {
	file := filepath.Join(t.TempDir(), "crafted.pcap")
	if err := os.WriteFile(file, c.out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

var mqttPort = map[int]bool{1883: true, 18841: true}
