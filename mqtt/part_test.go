package mqtt

import (
	"testing"

	"plcscope/internal/wire"
)

func TestDecodePart(t *testing.T) {
	whole := must((&Packet{Type: PUBLISH, Version: V311, Flags: 2, ID: 7, HasID: true, Topic: []byte("plant"), Payload: []byte("0123456789")}).Append(nil))
	for _, tt := range []struct {
		name    string
		n       int
		ok      bool
		topic   string
		id      uint16
		payload string
	}{
		{"nothing", 0, false, "", 0, ""},
		{"no length", 1, false, "", 0, ""},
		{"fixed header", 2, true, "", 0, ""},
		{"half of the topic", 6, true, "", 0, ""},
		{"topic", 9, true, "plant", 0, ""},
		{"half of the identifier", 10, true, "plant", 0, ""},
		{"identifier", 11, true, "plant", 7, ""},
		{"half of the payload", 16, true, "plant", 7, "01234"},
		{"all", len(whole), true, "plant", 7, "0123456789"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var p Packet
			var tree wire.Tree
			ok := p.DecodePart(whole[:tt.n], V311, &tree)
			if ok != tt.ok || string(p.Topic) != tt.topic || p.ID != tt.id || string(p.Payload) != tt.payload {
				t.Errorf("%v, topic %q, identifier %d, payload %q", ok, p.Topic, p.ID, p.Payload)
			}
			if ok && (p.Type != PUBLISH || p.Remaining != len(whole)-2) {
				t.Errorf("type %s, remaining %d", p.Type, p.Remaining)
			}
			for _, n := range tree.Nodes {
				if int(n.Off)+int(n.Len) > tt.n {
					t.Errorf("%s ends at %d", n.Field.Name, n.Off+n.Len)
				}
			}
		})
	}
}

// Any beginning of any packet decodes without a panic, and what it shows is what
// the whole shows.
func TestDecodePartOfVectors(t *testing.T) {
	for _, tt := range good {
		b := bin(tt.wire)
		var whole, p Packet
		whole.Decode(b, tt.p.Version)
		for n := range len(b) + 1 {
			p.DecodePart(b[:n], tt.p.Version, nil)
			if p.Topic != nil && string(p.Topic) != string(whole.Topic) || p.HasID && p.ID != whole.ID || len(p.Filters) > len(whole.Filters) {
				t.Errorf("%d bytes of % x: %+v", n, b, p)
			}
		}
	}
}
