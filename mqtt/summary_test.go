package mqtt

import (
	"bytes"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestSummary(t *testing.T) {
	will := Connect{Flags: 2, KeepAlive: 60, ClientID: []byte("plc-7")}
	will.SetWill([]byte("plant/7/status"), []byte("offline"), 1, true)
	will.SetUserName([]byte("plc"))
	will.SetPassword([]byte("geheim"))
	for _, tt := range []struct {
		name    string
		p       Packet
		secrets bool
		want    string
	}{
		{"connect", Packet{Type: CONNECT, Version: V31, Connect: will}, false,
			`CONNECT 3.1 "plc-7" clean keepalive 60 will "plant/7/status" q1 retain 7 bytes user "plc" password ***`},
		{"connect, secrets shown", Packet{Type: CONNECT, Version: V31, Connect: will}, true,
			`CONNECT 3.1 "plc-7" clean keepalive 60 will "plant/7/status" q1 retain 7 bytes user "plc" password "geheim"`},
		{"connect 5.0 without an identifier", Packet{Type: CONNECT, Version: V5}, false, `CONNECT 5.0 "" keepalive 0`},
		{"bridge", Packet{Type: CONNECT, Connect: Connect{ProtocolName: []byte("MQTT"), Level: 0x84, Flags: 2}}, false, `CONNECT 3.1.1 bridge "" clean keepalive 0`},
		{"level of no version", Packet{Type: CONNECT, Connect: Connect{ProtocolName: []byte("MQTT"), Level: 9}}, false, `CONNECT level 9 "" keepalive 0`},
		{"accepted", Packet{Type: CONNACK, Version: V311, SessionPresent: true}, false, `CONNACK accepted, session present`},
		{"refused", Packet{Type: CONNACK, Version: V31, Code: 5}, false, `CONNACK refused: Not authorized`},
		{"refused with a reason", Packet{Type: CONNACK, Version: V5, Code: 0x87, Props: NewProperties(Property{ID: ReasonString, Data: []byte("no\x1b[2J")})}, false,
			`CONNACK refused: Not authorized "no\x1b[2J"`},
		{"publish", Packet{Type: PUBLISH, Version: V31, Flags: 2, ID: 7, HasID: true, Topic: []byte("plant/3"), Payload: []byte(`{"t":21.5}`)}, false,
			`PUBLISH q1 id 7 "plant/3" 10 bytes {"t":21.5}`},
		{"publish again", Packet{Type: PUBLISH, Version: V311, Flags: 0xd, ID: 7, HasID: true, Topic: []byte("a"), Payload: []byte("x")}, false,
			`PUBLISH q2 id 7 dup retain "a" 1 byte x`},
		{"empty payload", Packet{Type: PUBLISH, Version: V311, Flags: 1, Topic: []byte("a")}, false, `PUBLISH q0 retain "a" 0 bytes`},
		{"binary payload", Packet{Type: PUBLISH, Version: V311, Topic: []byte("a"), Payload: []byte{0xfe, 3, 'a', 'b', 'c'}}, false, `PUBLISH q0 "a" 5 bytes 0xfe03616263`},
		{"long payload is cut between characters", Packet{Type: PUBLISH, Version: V311, Topic: []byte("a"), Payload: []byte(strings.Repeat("a", 47) + "äöü")}, false,
			`PUBLISH q0 "a" 53 bytes ` + strings.Repeat("a", 47) + "…"},
		{"hostile topic", Packet{Type: PUBLISH, Version: V311, Topic: []byte("a\x00\x1b]0;x\a\u202e\"\\ä\xff")}, false, `PUBLISH q0 "a\x00\x1b]0;x\a\u202e\"\\ä\xff" 0 bytes`},
		{"line ends in a text payload", Packet{Type: PUBLISH, Version: V311, Topic: []byte("a"), Payload: []byte("a\tb\r\n\"")}, false, `PUBLISH q0 "a" 6 bytes a\tb\r\n"`},
		{"long topic", Packet{Type: PUBLISH, Version: V311, Topic: bytes.Repeat([]byte("x"), 300)}, false,
			`PUBLISH q0 "` + strings.Repeat("x", 200) + `"… (300 bytes) 0 bytes`},
		{"alias", Packet{Type: PUBLISH, Version: V5, Topic: []byte{}, Props: NewProperties(Property{ID: TopicAlias, Num: 3})}, false, `PUBLISH q0 "" alias 3 0 bytes`},
		{"ack", Packet{Type: PUBACK, Version: V311, ID: 7, HasID: true}, false, `PUBACK id 7`},
		{"ack with a reason", Packet{Type: PUBREC, Version: V5, ID: 7, HasID: true, Reason: 0x10, HasReason: true}, false, `PUBREC id 7 No matching subscribers`},
		{"pubrel again", Packet{Type: PUBREL, Version: V31, Flags: 0xa, ID: 7, HasID: true}, false, `PUBREL dup id 7`},
		{"subscribe", Packet{Type: SUBSCRIBE, Version: V311, Flags: 2, ID: 1, HasID: true, Filters: []Filter{{Filter: []byte("a/#"), Options: 1}, {Filter: []byte("b")}}}, false,
			`SUBSCRIBE id 1 "a/#" q1, "b" q0`},
		{"unsubscribe of many", Packet{Type: UNSUBSCRIBE, Version: V311, Flags: 2, ID: 1, HasID: true, Filters: make([]Filter, 9)}, false,
			`UNSUBSCRIBE id 1 "", "", "", "", and 5 more`},
		{"suback", Packet{Type: SUBACK, Version: V311, ID: 1, HasID: true, Codes: []byte{1, 0x80, 7}}, false, `SUBACK id 1 q1, failure, reason 0x07`},
		{"unsuback", Packet{Type: UNSUBACK, Version: V5, ID: 1, HasID: true, Codes: []byte{0x11}}, false, `UNSUBACK id 1 No subscription existed`},
		{"ping", Packet{Type: PINGREQ, Version: V311}, false, `PINGREQ`},
		{"disconnect", Packet{Type: DISCONNECT, Version: V5, Reason: 4, HasReason: true}, false, `DISCONNECT Disconnect with Will Message`},
		{"auth", Packet{Type: AUTH, Version: V5, Reason: 0x18, HasReason: true}, false, `AUTH Continue authentication`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.p.SetFlags(tt.p.Flags)
			b, err := tt.p.Append(nil)
			if err != nil {
				t.Fatal(err)
			}
			var p Packet
			p.Decode(b, tt.p.Version)
			if got := string(p.AppendSummary(nil, tt.secrets)); got != tt.want {
				t.Errorf("summary is\n%s, want\n%s", got, tt.want)
			}
		})
	}
}

// Whatever the bytes are, the summary is one line of printable characters, of
// bounded length, and does not hold the password.
func FuzzSummary(f *testing.F) {
	for _, tt := range good {
		f.Add(bin(tt.wire), uint8(tt.p.Version))
	}
	for _, tt := range bad {
		f.Add(bin(tt.wire), uint8(tt.v))
	}
	f.Fuzz(func(t *testing.T, b []byte, v uint8) {
		var p Packet
		p.Decode(b, Version(v))
		s := p.AppendSummary([]byte("> "), false)
		if len(s) > 6000 || !utf8.Valid(s) {
			t.Fatalf("%d bytes, %q", len(s), s)
		}
		for _, r := range string(s) {
			if !unicode.IsPrint(r) {
				t.Fatalf("%q in %q", r, s)
			}
		}
		masked := string(s)
		p.Connect.Password = bytes.Repeat([]byte("#"), len(p.Connect.Password))
		if p.Type == CONNECT && string(p.AppendSummary([]byte("> "), false)) != masked {
			t.Fatal("the summary depends on the password")
		}
	})
}

func TestSummaryAllocatesNothing(t *testing.T) {
	p := Packet{Type: PUBLISH, Version: V311, QoS: 1, ID: 7, HasID: true, Topic: []byte("plant/3/ä"), Payload: []byte(`{"t":21.5}`)}
	b := make([]byte, 0, 1<<10)
	if n := testing.AllocsPerRun(100, func() { b = p.AppendSummary(b[:0], false) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
