package rules

import "testing"

func TestChapter(t *testing.T) {
	for _, tt := range []struct {
		rule Rule
		want string
	}{
		{Rule{ID: "mqtt-a", Clauses: Clauses{V311: {"MQTT-3.1.0-2"}}}, "connect"},
		{Rule{ID: "mqtt-a", Clauses: Clauses{V31: {"§3.10"}}}, "unsubscribe"},
		{Rule{ID: "mqtt-a", Clauses: Clauses{V5: {"§3.1", "MQTT-3.15.1-1"}}}, "authentication"},
		{Rule{ID: "mqtt-a", Clauses: Clauses{V311: {"MQTT-4.1.0-1"}, V5: {"MQTT-3.4.0-1"}}}, "acknowledgements"},
		{Rule{ID: "mqtt-a", Clauses: Clauses{V311: {"MQTT-4.8.0-1"}}}, "errors"},
		{Rule{ID: "mqtt-a", Clauses: Clauses{V5: {"MQTT-4.8.2-1"}}}, "topics"},
		{Rule{ID: "mqtt-a", Clauses: Clauses{V5: {"§4.13.1"}}}, "errors"},
		{Rule{ID: "ws-a", Clauses: Clauses{V5: {"MQTT-6.0.0-1"}}}, "websocket"},
		{Rule{ID: "plc-a", Clauses: Clauses{Field: {"x/y#1"}}}, "field"},
		{Rule{ID: "iso-a", Clauses: Clauses{RFC1006: {"6"}}}, "iso-on-tcp"},
		{Rule{ID: "s7-a", Clauses: Clauses{S7: {"setup"}}}, "s7comm"},
		{Rule{ID: "site-a", Clauses: Clauses{Site: {"mqtt"}}}, "site"},
	} {
		if got := tt.rule.Chapter().Slug; got != tt.want {
			t.Errorf("%s %v stands in chapter %q, want %q", tt.rule.ID, tt.rule.Clauses, got, tt.want)
		}
	}
}

func TestRelated(t *testing.T) {
	a := &Rule{ID: "a", Clauses: Clauses{V311: {"MQTT-1.0.0-1", "§1"}}}
	b := &Rule{ID: "b", Clauses: Clauses{V5: {"MQTT-1.0.0-1"}}}              // the same number of another standard
	c := &Rule{ID: "c", Clauses: Clauses{V311: {"§1"}}}                      // the same section
	d := &Rule{ID: "d", Clauses: Clauses{V311: {"MQTT-1.0.0-1"}, V5: {"x"}}} // the same statement
	got := Related([]*Rule{a, b, c, d}, a)
	if len(got) != 1 || got[0] != d {
		t.Errorf("related are %v, want only %v", got, d)
	}
}
