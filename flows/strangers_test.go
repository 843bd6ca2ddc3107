package flows_test

import (
	"testing"

	"plcscope/decode"
	"plcscope/flows"
	"plcscope/flows/tcp"
)

// Those that are forgotten, because there are too many, may have been anybody's.
func TestStrangersAreBounded(t *testing.T) {
	const many = 5000
	var s flows.Strangers
	broker := func(i int) tcp.Endpoint { return tcp.Endpoint{Port: uint16(i)} }
	var client decode.Addr
	if s.Since(broker(0), client, 0) {
		t.Error("a stranger before any came")
	}
	for i := range many {
		s.Add(broker(i), client, int64(i+1))
	}
	for _, tt := range []struct {
		name string
		i    int
		t    int64
		want bool
	}{
		{"forgotten, so perhaps", 5, 5, true},
		{"none of those forgotten was that late", 5, many, false},
		{"remembered", many - 1, many, true},
		{"remembered, and too early", many - 1, many + 1, false},
	} {
		if got := s.Since(broker(tt.i), client, tt.t); got != tt.want {
			t.Errorf("%s: stranger %d since %d: %v", tt.name, tt.i, tt.t, got)
		}
	}
	s.Missed(many + 1)
	if !s.Since(broker(many-1), client, many+1) || s.Since(broker(many-1), client, many+2) {
		t.Error("what the capture has lost may have held a connection, until then")
	}
}
