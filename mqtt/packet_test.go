package mqtt

import (
	"testing"
)

func TestSmoke(t *testing.T) {
	var p Packet
	b := []byte("\x32\x06\x00\x01a\x00\x01x")
	if err := p.Decode(b, V311); err != nil || string(p.Topic) != "a" || p.ID != 1 || string(p.Payload) != "x" {
		t.Fatalf("%+v %v", p, err)
	}
	if got, err := p.Append(nil); err != nil || string(got) != string(b) {
		t.Fatalf("% x %v", got, err)
	}
}
