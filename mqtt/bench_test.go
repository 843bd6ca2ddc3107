package mqtt

import (
	"testing"

	"plcscope/internal/wire"
)

func BenchmarkDecode(b *testing.B) {
	for _, bb := range []struct {
		name, wire string
		v          Version
	}{
		{"publish-3", "32 21 000f 'plant/l1/s7/db5' 0001 '{\"value\":21.5}'", V311},
		{"publish-5", "32 22 000f 'plant/l1/s7/db5' 0001 00 '{\"value\":21.5}'", V5},
		{"publish-5-properties", "30 27 0001 'a' 22 01 01 02 0000ffff 03 0001 't' 08 0001 'r' 09 0002 00ff 26 0001 'k' 0003 'val' 0b ff ff ff 7f 'p'", V5},
		{"puback-3", "40 02 0001", V311},
		{"pingreq", "c0 00", V311},
		{"connect-3", "10 25 0006 'MQIsdp' 03 f6 ffff 0002 'id' 0002 'wt' 0003 'wm1' 0004 'user' 0004 'pass'", 0},
		{"subscribe-3", "82 0a 0001 0001 'a' 00 0001 'b' 02", V311},
		{"malformed", "32 04 0001 'a' 00", V311},
	} {
		data := bin(bb.wire)
		b.Run(bb.name, func(b *testing.B) {
			var p Packet
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				p.Decode(data, bb.v)
			}
		})
	}
}

func BenchmarkDissect(b *testing.B) {
	data := bin("32 21 000f 'plant/l1/s7/db5' 0001 '{\"value\":21.5}'")
	var p Packet
	var t wire.Tree
	b.ReportAllocs()
	for b.Loop() {
		t.Reset()
		p.Dissect(data, V311, &t)
	}
}

var sink int

func BenchmarkNext(b *testing.B) {
	data := bin("32 21 000f 'plant/l1/s7/db5' 0001 '{\"value\":21.5}'")
	b.ReportAllocs()
	for b.Loop() {
		n, _, _ := Next(data)
		sink += n
	}
}

func BenchmarkAppend(b *testing.B) {
	p := Packet{Type: PUBLISH, Version: V311, QoS: 1, ID: 1, Topic: str("plant/l1/s7/db5"), Payload: str(`{"value":21.5}`)}
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf, _ = p.Append(buf[:0])
	}
}

func BenchmarkPlausible(b *testing.B) {
	data := bin("32 21 000f 'plant/l1/s7/db5' 0001 '{\"value\":21.5}'")
	b.ReportAllocs()
	for b.Loop() {
		sink += int(Plausible(data))
	}
}

func BenchmarkMatchTopic(b *testing.B) {
	filter, name := str("plant/+/s7/#"), str("plant/l1/s7/db5/value")
	b.ReportAllocs()
	for b.Loop() {
		if MatchTopic(filter, name) {
			sink++
		}
	}
}

// Nothing allocates once a Packet has grown, for good input and bad.
func TestAllocations(t *testing.T) {
	type input struct {
		b []byte
		v Version
	}
	var inputs []input
	for _, tt := range good {
		inputs = append(inputs, input{bin(tt.wire), tt.p.Version})
	}
	for _, tt := range bad {
		inputs = append(inputs, input{bin(tt.wire), tt.v})
	}
	var p Packet
	var tree wire.Tree
	var out []byte
	for name, run := range map[string]func(input){
		"Decode":  func(in input) { p.Decode(in.b, in.v) },
		"Dissect": func(in input) { tree.Reset(); p.Dissect(in.b, in.v, &tree) },
		"Append":  func(in input) { p.Decode(in.b, in.v); out, _ = p.Append(out[:0]) },
		"properties": func(in input) {
			p.Decode(in.b, in.v)
			for q := range p.Props.All() {
				sink += int(q.Num)
			}
			p.Props.Find(UserProperty)
		},
		"detect": func(in input) {
			LooksLikeConnect(in.b)
			Plausible(in.b)
			GuessVersion(in.b, true)
		},
	} {
		all := func() {
			for _, in := range inputs {
				run(in)
			}
		}
		all()
		if n := testing.AllocsPerRun(10, all); n != 0 {
			t.Errorf("%s allocates %.0f times in %d packets", name, n, len(inputs))
		}
	}
}
