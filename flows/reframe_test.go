package flows_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
)

// TestWebSocketHole loses a segment: inside a frame the next one is known, across
// frames it is found again where a segment holds nothing else.
func TestWebSocketHole(t *testing.T) {
	c, _ := mqttTalk(mqtt.V311)
	long := packet(mqtt.V311, mqtt.PUBLISH, func(p *mqtt.Packet) { p.Topic, p.Payload = []byte("a"), make([]byte, 600) })
	say := func(cut int) []pcaps.Frame {
		n := craft.New().Connect(craft.Host("10.0.0.5:2000"), craft.Host("10.0.0.1:9001"))
		n.Client(get("mqtt")).Server(switching("mqtt")).Client(binary(true, c[0]))
		n.ClientSegments([]int{100, cut}, craft.Coalesce(binary(true, long), binary(true, c[7]))) // frames 10, 11, 13
		n.Client(binary(true, c[7]))
		return n.FIN(true).Frames()
	}
	kinds := func(l []string) (out []string) {
		for _, s := range l {
			kind, _, _ := strings.Cut(s, " ")
			if strings.HasSuffix(s, "found") {
				kind += " found"
			}
			out = append(out, kind)
		}
		return out
	}
	for _, tt := range []struct {
		name string
		cut  int
		want []string
	}{
		{"in a frame", 300, []string{"CONNECT", "PUBLISH", "gap", "PINGREQ", "PINGREQ"}},
		{"over the border of a frame", len(long) + 10, []string{"CONNECT", "gap", "PINGREQ found"}},
	} {
		frames := say(tt.cut)
		lost := append(append([]pcaps.Frame(nil), frames[:10]...), frames[11:]...)
		k := carriedIn(t, lost)
		if d := cmp.Diff(tt.want, kinds(k.lines)); d != "" {
			t.Errorf("%s: (-want +got)\n%s\n%q", tt.name, d, k.lines)
		}
	}
}

// TestWebSocketLostHead loses the request: what the frames hold tells whether they
// are ours.
func TestWebSocketLostHead(t *testing.T) {
	c, s := mqttTalk(mqtt.V311)
	for _, tt := range []struct {
		name     string
		selected string
		payload  []byte
		proto    flows.Protocol
		messages int
	}{
		{"MQTT", "", c[0], flows.MQTT, 7},
		{"named, one byte a frame", "mqtt", []byte("?"), flows.MQTT, 0},
		{"something else", "", []byte("{}"), flows.Other, 0},
	} {
		n := craft.New().Connect(craft.Host("10.0.0.5:2000"), craft.Host("10.0.0.1:9001"))
		n.Client(get("mqtt")).Server(switching(tt.selected)) // the request is frame 4
		for range 7 {
			n.Client(binary(true, tt.payload)).Server(binary(false, s[7]))
		}
		frames := n.FIN(true).Frames()
		k := carriedIn(t, append(append([]pcaps.Frame(nil), frames[:3]...), frames[4:]...))
		messages := 0
		for _, l := range k.lines {
			if strings.HasPrefix(l, "CONNECT") {
				messages++
			}
		}
		if k.proto != tt.proto || messages != tt.messages {
			t.Errorf("%s: %s, %q", tt.name, k.proto, k.lines)
		}
	}
}

// TestWebSocketHoleInSmallFrames loses a segment of a client that writes every
// field of a packet into a frame of its own: no frame is a packet, but a row of
// segments that are frames is no chance.
func TestWebSocketHoleInSmallFrames(t *testing.T) {
	c, _ := mqttTalk(mqtt.V311)
	n := craft.New().Connect(craft.Host("10.0.0.5:2000"), craft.Host("10.0.0.1:9001"))
	n.Client(get("mqtt")).Server(switching("mqtt")).Client(binary(true, c[0]))
	n.Client([]byte("\x00\x01?")) // continues nothing
	for range 3 {
		p := c[2]
		n.Client(binary(true, p[:1]), binary(true, p[1:2]), binary(true, p[2:4]), binary(true, p[4:17]), binary(true, p[17:]))
	}
	k := carriedIn(t, n.Frames())
	want := []string{"CONNECT in 1", "gap unreadable", "PUBLISH in 5 found", "PUBLISH in 5 found"}
	for i, l := range k.lines {
		f := strings.Fields(l)
		k.lines[i] = f[0] + " " + strings.Join(f[2:], " ")
		if f[0] == "gap" {
			k.lines[i] = "gap " + f[1]
		}
	}
	if d := cmp.Diff(want, k.lines); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}
