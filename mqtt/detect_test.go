package mqtt

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestLooksLikeConnect(t *testing.T) {
	for _, tt := range []struct {
		name, wire string
		want       Match
	}{
		{"nothing yet", "", Maybe},
		{"3.1", "10 0f 0006 'MQIsdp' 03", Yes},
		{"3.1.1", "10 0c 0004 'MQTT'", Yes},
		{"unheard-of level", "10 0c 0004 'MQTT' 09", Yes},
		{"wrong flags", "1f 0c 0004 'MQTT' 04", Yes},
		{"two bytes of length", "10 81 01 0004 'MQTT' 04", Yes},
		{"padded length", "10 8c 00 0004 'MQTT' 04", Yes},
		{"type only", "10", Maybe},
		{"half a length", "10 80", Maybe},
		{"half a name of 3.1", "10 0f 0006 'MQ'", Maybe},
		{"half a name", "10 0f 0004 'MQTTT'", Yes},
		{"no room for the fixed fields", "10 09 0004 'MQTT'", No},
		{"no room for the fixed fields of 3.1", "10 0a 0006 'MQIsdp'", No},
		{"other name", "10 0c 0004 'HTTP'", No},
		{"length of five bytes", "10 80808080 01", No},
		{"other type", "20 02 0000", No},
		{"TLS", "16 03 01 0200 01", No},
		{"HTTP", "'GET / HTTP/1.1'", No},
		{"TPKT", "03 00 00 16 11 e0", No},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := LooksLikeConnect(bin(tt.wire)); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

func TestPlausible(t *testing.T) {
	for _, tt := range []struct {
		name, wire string
		want       Match
	}{
		{"nothing yet", "", Maybe},
		{"pingreq", "c0 00", Yes},
		{"pingreq with a byte", "c0 01 00", No},
		{"two packets", "40 02 0001 d0 00", Yes},
		{"a packet and rubbish", "40 02 0001 d0 01", No},
		{"a packet and the beginning of one", "40 02 0001 30", Yes},
		{"puback of identifier 0", "40 02 0000", No},
		{"puback 5", "40 03 0001 10", Yes},
		{"puback 5 of no such reason", "40 03 0001 11", No},
		{"puback with flags", "42 02 0001", No},
		{"pubrel", "62 02 0001", Yes},
		{"pubrel sent again in 3.1", "6a 02 0001", Yes},
		{"puback with DUP", "48 02 0001", No},
		{"publish", "30 08 0003 'a/b' 'xyz'", Yes},
		{"publish whose payload is to come", "30 88 20 0003 'a/b'", Maybe},
		{"publish with a thousand bytes in view", "30 88 20 0003 'a/b'" + strings.Repeat("00", 1020), Yes},
		{"publish whose topic is to come", "30 88 20 0003 'a/'", Maybe},
		{"publish whose topic begins with a control character", "30 88 20 0013 01 'bcdefgh'", No},
		{"publish with a control character and a zero to come", "30 30 0020 0f '000'", No},
		{"publish with a control character and a zero", "30 30 0020 0f '000' 00", No},
		{"publish whose topic is cut within a character", "30 30 0020 'a' e2 82", Maybe},
		{"publish with a wildcard", "30 08 0003 'a/#' 'xyz'", No},
		{"publish without topic, as 5 with an alias", "30 06 0000 03 23 0001", Yes},
		{"publish without topic", "30 04 0000 05 23", No},
		{"publish qos 3", "36 08 0003 'a/b' 0001 'x'", No},
		{"publish qos 0 dup", "38 08 0003 'a/b' 'xyz'", No},
		{"publish topic past end", "30 04 0003 'a/'", No},
		{"subscribe 3", "82 06 0001 0001 'a' 01", Yes},
		{"subscribe 5", "82 07 0001 00 0001 'a' 2d", Yes},
		{"subscribe without filter", "82 02 0001", No},
		{"subscribe qos 3", "82 06 0001 0001 'a' 03", No},
		{"suback", "90 03 0001 80", Yes},
		{"suback of no such code", "90 03 0001 05", No},
		{"unsuback", "b0 02 0001", Yes},
		{"connack", "20 02 01 00", Yes},
		{"connack of no such code", "20 02 00 06", No},
		{"connack 5", "20 06 00 00 03 21 0014", Yes},
		{"disconnect 5", "e0 01 04", Yes},
		{"disconnect of no such reason", "e0 01 05", No},
		{"auth without anything", "f0 00", No},
		{"auth", "f0 06 18 04 15 0001 'x'", Yes},
		{"padded length", "c0 80 00", No},
		{"connect", "10 0d 0004 'MQTT' 04 02 003c 0001 'a'", Yes},
		{"connect of another protocol", "10 0d 0004 'MQTX' 04 02 003c 0001 'a'", No},
		{"type 0", "00 00", No},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Plausible(bin(tt.wire)); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

// Every captured packet is plausible, at its start; hardly anything else is.
func TestPlausibleOnCaptures(t *testing.T) {
	for _, name := range []string{"mqtt31.pcap", "mqtt311.pcap", "mqtt5.pcap"} {
		inside, accepted := 0, 0
		for _, b := range capturedPackets(t, name) {
			if Plausible(b) != Yes {
				t.Errorf("%s: % x", name, b[:min(len(b), 60)])
			}
			for i := 1; i+8 < len(b); i++ {
				inside++
				if Plausible(b[i:]) == Yes {
					accepted++
				}
			}
		}
		if accepted > 0 {
			t.Errorf("%s: %d of %d positions within packets were accepted", name, accepted, inside)
		}
	}
}

func TestPlausibleRejectsNoise(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	rnd := rand.New(rand.NewPCG(3, 4))
	text := bytes.Repeat([]byte(`{"id":1234,"t":21.5,"unit":"degC","ts":"2024-05-01T10:00:00Z","flags":[0,1,0,0]} `), 50)
	for _, tt := range []struct {
		name string
		fill func(b []byte)
		most int // accepted of 100 000
	}{
		{"random", func(b []byte) {
			for i := range b {
				b[i] = byte(rnd.Uint32())
			}
		}, 20},
		{"json", func(b []byte) { copy(b, text[rnd.IntN(len(text)-len(b)):]) }, 0},
		{"digits", func(b []byte) {
			for i := range b {
				b[i] = '0' + byte(rnd.IntN(10))
			}
		}, 0},
		{"small numbers", func(b []byte) { // process values, mostly zero bytes
			for i := range b {
				b[i] = byte(rnd.IntN(4)) * byte(rnd.IntN(2)) * 16
			}
		}, 20},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, accepted := make([]byte, 64), 0
			for range 100_000 {
				tt.fill(b)
				if Plausible(b) == Yes {
					accepted++
				}
			}
			if accepted > tt.most {
				t.Errorf("%d of 100000 accepted", accepted)
			}
		})
	}
}

func TestGuessVersion(t *testing.T) {
	for _, tt := range []struct {
		name, wire string
		fromServer bool
		want       Version
	}{
		{"connect", "10 0d 0004 'MQTT' 05 02 0000 00 0000", false, V5},
		{"connack", "20 02 00 00", true, V311},
		{"connack 5", "20 03 00 00 00", true, V5},
		{"connack from a client", "20 03 00 00 00", false, 0},
		{"puback", "40 02 0001", true, 0},
		{"puback with reason", "40 03 0001 10", true, V5},
		{"puback with a reason that only servers give", "40 03 0001 10", false, 0},
		{"publish of text", "30 09 0003 'a/b' '21.5'", false, V311},
		{"publish of JSON", "30 0e 0003 'a/b' '{\"t\":21.5}'", false, V311},
		{"publish of nothing", "30 05 0003 'a/b'", false, V311},
		{"publish with a zero behind the topic", "30 07 0003 'a/b' 00 'x'", false, 0},
		{"publish 5 by alias", "30 06 0000 03 23 0001", false, V5},
		{"subscribe", "82 06 0001 0001 'a' 01", false, V311},
		{"subscribe 5", "82 07 0001 00 0001 'a' 2d", false, V5},
		{"subscribe again in 3.1", "8a 06 0001 0001 'a' 01", false, V31},
		{"suback", "90 03 0001 00", true, V311},
		{"suback of either", "90 04 0001 00 01", true, 0},
		{"suback 5", "90 04 0001 00 87", true, V5},
		{"unsuback", "b0 02 0001", true, V311},
		{"unsuback 5", "b0 04 0001 00 11", true, V5},
		{"disconnect", "e0 00", false, 0},
		{"disconnect from a server", "e0 00", true, V5},
		{"disconnect with reason", "e0 01 04", false, V5},
		{"auth", "f0 06 18 04 15 0001 'x'", true, V5},
		{"pingreq", "c0 00", false, 0},
		{"cut", "82 07 0001 00 0001 'a'", false, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v, sure := GuessVersion(bin(tt.wire), tt.fromServer)
			if v != tt.want || sure != (v != 0) {
				t.Errorf("%s (sure %t), want %s", v, sure, tt.want)
			}
		})
	}
}

// No captured packet speaks for a version that its connection does not have.
func TestGuessVersionOnCaptures(t *testing.T) {
	for name, want := range map[string]Version{"mqtt31.pcap": V31, "mqtt311.pcap": V311, "mqtt5.pcap": V5} {
		guessed := 0
		for _, b := range capturedPackets(t, name) {
			for _, fromServer := range []bool{false, true} {
				v, sure := GuessVersion(b, fromServer)
				if v == V311 && want == V31 {
					v = V31 // told apart by few packets only
				}
				if sure {
					guessed++
				}
				if sure && v != want && (PacketType(b[0]>>4) != DISCONNECT) {
					t.Errorf("%s: %s by % x", name, v, b)
				}
			}
		}
		if guessed == 0 {
			t.Errorf("%s: no packet tells the version", name)
		}
	}
}
