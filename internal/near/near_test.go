package near

import (
	"slices"
	"testing"
)

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"abc", "", 3}, {"", "abc", 3}, {"mqtt.topics", "mqtt.topic", 1}, {"kitten", "sitting", 3}} {
		if got := distance(tt.a, tt.b); got != tt.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestNames(t *testing.T) {
	names := []string{"mqtt.topic", "mqtt.topic_len", "tpkt.length", "mqtt.msgid"}
	for _, tt := range []struct {
		typed string
		want  []string
	}{
		{"mqtt.topics", []string{"mqtt.topic", "mqtt.topic_len"}},
		{"MQTT.TOPICS", []string{"mqtt.topic", "mqtt.topic_len"}},
		{"msgid", []string{"mqtt.msgid", "mqtt.topic"}},
	} {
		if got := Names(tt.typed, names, 2); !slices.Equal(got, tt.want) {
			t.Errorf("Names(%q) = %q, want %q", tt.typed, got, tt.want)
		}
	}
}
