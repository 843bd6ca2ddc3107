package mqtt

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"plcscope/internal/wire"
	"plcscope/internal/wire/wiretest"
)

// capturedPackets are the control packets of testdata/NAME. These captures were
// made on the loopback interface, without options in the IP header, and hold no
// packet that is cut across segments.
func capturedPackets(t testing.TB, name string) (packets [][]byte) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	for b = b[24:]; len(b) >= 16; {
		n := binary.LittleEndian.Uint32(b[8:])
		frame := b[16 : 16+n]
		b = b[16+n:]
		tcp := frame[14+20:]
		data := tcp[tcp[12]>>4*4:]
		for {
			total, _, err := Next(data)
			if err != nil {
				break
			}
			packets = append(packets, data[:total:total])
			data = data[total:]
		}
	}
	if len(packets) < 20 {
		t.Fatalf("%s holds %d packets", name, len(packets))
	}
	return packets
}

func seeds(f *testing.F, add func(b []byte, v Version)) {
	for _, tt := range good {
		add(bin(tt.wire), tt.p.Version)
	}
	for _, tt := range bad {
		add(bin(tt.wire), tt.v)
	}
	for name, v := range map[string]Version{"mqtt31.pcap": V31, "mqtt311.pcap": V311, "mqtt5.pcap": V5} {
		for _, b := range capturedPackets(f, name) {
			add(b, v)
		}
	}
}

var wholePacket = cmp.AllowUnexported(Packet{})

func FuzzDecode(f *testing.F) {
	seeds(f, func(b []byte, v Version) { f.Add(b, uint8(v)) })
	var dirty Packet // keeps what earlier inputs left
	f.Fuzz(func(t *testing.T, b []byte, v uint8) {
		var p Packet
		err := p.Decode(b, Version(v))
		again := dirty.Decode(b, Version(v))
		if (err == nil) != (again == nil) {
			t.Fatalf("fresh: %v, reused: %v", err, again)
		}
		if p.Type != CONNECT {
			dirty.Connect = Connect{}
		}
		if !p.broken {
			dirty.bad = Malformed{}
		}
		if d := cmp.Diff(p, dirty, wholePacket, cmpopts.EquateEmpty()); d != "" {
			t.Fatalf("fresh and reused differ:\n%s", d)
		}
		if err == ErrShort {
			return
		}
		if m, ok := err.(*Malformed); ok {
			if m.Offset < 0 || m.Offset > len(b) || m.Field == "" || m.Reason == "" || m.Clause == "" || m.Error() == "" {
				t.Fatalf("malformed: %+v", m)
			}
			return
		}

		total := p.HeaderLen + p.Remaining
		if len(p.Surplus) > 0 && p.SurplusOffset+len(p.Surplus) != total {
			t.Errorf("surplus of %d at %d in a packet of %d", len(p.Surplus), p.SurplusOffset, total)
		}
		for _, ps := range []Properties{p.Props, p.Connect.WillProps} {
			sum := 0
			for q := range ps.All() {
				if q.Offset != ps.Offset+sum || PropertyID(b[q.Offset]) != q.ID {
					t.Errorf("property at %d, want %d", q.Offset, ps.Offset+sum)
				}
				sum += q.Size
			}
			if sum != len(ps.Raw) {
				t.Errorf("properties take %d of %d bytes", sum, len(ps.Raw))
			}
		}
		for _, x := range p.Filters {
			if int(binary.BigEndian.Uint16(b[x.Offset:])) != len(x.Filter) {
				t.Errorf("filter %q is not at %d", x.Filter, x.Offset)
			}
		}
		out, err := p.Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(out, b[:total]) {
			t.Fatalf("encoded anew:\n% x, was\n% x", out, b[:total])
		}
		if p.Decode(b[:total-1], Version(v)) != ErrShort {
			t.Error("not short without its last byte")
		}
	})
}

func FuzzFastEqualsTree(f *testing.F) {
	seeds(f, func(b []byte, v Version) { f.Add(b, uint8(v)) })
	f.Fuzz(func(t *testing.T, b []byte, v uint8) {
		var fast, slow Packet
		var tree wire.Tree
		errFast := fast.Decode(b, Version(v))
		errSlow := slow.Dissect(b, Version(v), &tree)
		if (errFast == nil) != (errSlow == nil) || (errFast == ErrShort) != (errSlow == ErrShort) {
			t.Fatalf("decode: %v, dissect: %v", errFast, errSlow)
		}
		if d := cmp.Diff(fast, slow, wholePacket); d != "" {
			t.Fatalf("decode and dissect differ:\n%s", d)
		}
		checkTree(t, &tree, b)
		if errSlow == ErrShort {
			return
		}
		wiretest.Limited(t, fSubNoLocal, func(tree *wire.Tree) {
			slow.Dissect(b, Version(v), tree)
			if alias, ok := slow.Props.Find(TopicAlias); ok && alias.Num > 0 && len(slow.Topic) == 0 {
				slow.ResolveTopic(tree, []byte("plant/line4"))
			}
		})
	})
}

// checkTree holds a tree to its shape: nodes inside the message and not before
// the heading above them, and strings and bytes where the node says.
func checkTree(t *testing.T, tree *wire.Tree, b []byte) {
	t.Helper()
	var above []wire.Node
	for i, n := range tree.Nodes {
		if n.Off < 0 || n.Len < 0 || int(n.Off+n.Len) > len(b) {
			t.Fatalf("node %d %s is at %d+%d of %d", i, n.Field.Name, n.Off, n.Len, len(b))
		}
		if int(n.Depth) > len(above) || n.Depth > 0 && n.Off < above[n.Depth-1].Off {
			t.Fatalf("node %d %s has depth %d below %d", i, n.Field.Name, n.Depth, len(above))
		}
		if n.Data != nil && !bytes.Equal(n.Data, b[n.Off:n.Off+n.Len]) {
			t.Fatalf("node %d %s is %q, at its place stands %q", i, n.Field.Name, n.Data, b[n.Off:n.Off+n.Len])
		}
		above = append(above[:n.Depth], n)
		if n.String() == "" && n.Field.Type != wire.String {
			t.Fatalf("node %d %s prints nothing", i, n.Field.Name)
		}
		n.Meaning()
	}
}

func FuzzNext(f *testing.F) {
	seeds(f, func(b []byte, _ Version) { f.Add(b) })
	f.Add([]byte{0x30, 0xff, 0xff, 0xff, 0x7f})
	f.Add([]byte{0x30, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		total, header, err := Next(b)
		switch {
		case err == nil:
			if header < 2 || header > 5 || total < header || total > len(b) {
				t.Fatalf("total %d, header %d of %d", total, header, len(b))
			}
			for i := range total {
				short, h, err := Next(b[:i])
				if err != ErrShort || i >= header && (short != total || h != header) || i < header && (short != 0 || h != 0) {
					t.Fatalf("cut at %d of %d: %d, %d, %v", i, total, short, h, err)
				}
			}
		case err == ErrShort:
			if total != 0 && total <= len(b) || (total == 0) != (header == 0) {
				t.Fatalf("short with total %d, header %d of %d", total, header, len(b))
			}
		default:
			if total != 0 || len(b) < 5 {
				t.Fatalf("%v of %d bytes", err, len(b))
			}
		}
	})
}

func FuzzDetect(f *testing.F) {
	seeds(f, func(b []byte, _ Version) { f.Add(b) })
	f.Fuzz(func(t *testing.T, b []byte) {
		whole, connect := Plausible(b), LooksLikeConnect(b)
		for i := range b {
			if Plausible(b[:i]) == No && whole != No {
				t.Fatalf("implausible at %d bytes and %s at %d", i, whole, len(b))
			}
			if m := LooksLikeConnect(b[:i]); m != Maybe && m != connect {
				t.Fatalf("connect: %s at %d bytes and %s at %d", m, i, connect, len(b))
			}
		}
		for _, fromServer := range []bool{false, true} {
			v, sure := GuessVersion(b, fromServer)
			if (v != 0) != sure {
				t.Fatalf("version %s, sure %t", v, sure)
			}
			var p Packet
			if sure && p.Decode(b, v) != nil && p.Type != CONNECT {
				t.Fatalf("guessed %s, but: %v", v, &p.bad)
			}
		}
	})
}

func FuzzTopics(f *testing.F) {
	for _, tt := range matches {
		f.Add([]byte(tt.filter), []byte(tt.name))
	}
	f.Fuzz(func(t *testing.T, filter, name []byte) {
		at, problem := CheckFilter(filter)
		if at < 0 || at > len(filter) {
			t.Fatalf("problem at %d of %d", at, len(filter))
		}
		if problem != FilterOK || !ValidTopicName(name) {
			MatchTopic(filter, name)
			return
		}
		if got, want := MatchTopic(filter, name), matchLevels(filter, name); got != want {
			t.Fatalf("%q on %q: %t, want %t", filter, name, got, want)
		}
		CheckString(name)
	})
}

// matchLevels is MatchTopic as the standard tells it, level by level.
func matchLevels(filter, name []byte) bool {
	f, n := bytes.Split(filter, []byte("/")), bytes.Split(name, []byte("/"))
	if name[0] == '$' && (filter[0] == '+' || filter[0] == '#') {
		return false
	}
	for i, level := range f {
		switch {
		case string(level) == "#":
			return true
		case i >= len(n):
			return false
		case string(level) != "+" && !bytes.Equal(level, n[i]):
			return false
		}
	}
	return len(f) == len(n)
}
