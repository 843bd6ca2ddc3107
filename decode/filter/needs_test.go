package filter

import (
	"strings"
	"testing"

	"plcscope/internal/wire"
)

func ofMQTT(f *wire.Field) bool { return strings.HasPrefix(f.Name, "mqtt") }

func TestNeeds(t *testing.T) {
	for _, tt := range []struct {
		text string
		want bool
	}{
		{"", false},
		{"mqtt", true},
		{"mqtt.msgtype == 3", true},
		{"mqtt.msgtype != 3", true},
		{"not mqtt.msgtype == 3", false},
		{"ip.ttl == 64", false},
		{"mqtt and ip.ttl == 64", true},
		{"ip.ttl == 64 or mqtt", false},
		{"mqtt.msgtype == 3 or mqtt.topic contains \"x\"", true},
		{"mqtt xor mqtt.topic", true},
		{"mqtt xor ip", false},
		{"mqtt.topic matches \"x\"", true},
		{"mqtt[0] == 30", true},
		{"count(mqtt.topic) == 0", true}, // a function of nothing is nothing
		{"max(mqtt.msgtype, ip.ttl) > 3", false},
		{"mqtt.msgtype + ip.ttl > 3", true},
		{"ip.ttl == mqtt.msgtype", true},
		{"mqtt.msgtype in {1, 3}", true},
	} {
		t.Run(tt.text, func(t *testing.T) {
			f, err := Compile(tt.text, known)
			if err != nil {
				t.Fatal(err)
			}
			if got := f.Needs(ofMQTT); got != tt.want {
				t.Errorf("needs MQTT: %t, want %t", got, tt.want)
			}
			if tt.want && f.Matcher().Match(frame()[:1]) {
				t.Error("it holds of a frame without MQTT")
			}
		})
	}
}
