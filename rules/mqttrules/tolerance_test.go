package mqttrules

import (
	"context"
	"testing"

	"plcscope/flows"
	"plcscope/pcaps/craft"
	"plcscope/rules"
)

// TestTolerances: who is granted more is not accused any more, and who is granted
// nothing is accused sooner. Each tolerance is put to the conversations of a rule.
func TestTolerances(t *testing.T) {
	const hour = 3600 * second
	for _, c := range []struct {
		name, rule string
		from       rules.Verdict // by the defaults
		opt        Options
		failed     bool // with opt
	}{
		{"close", "mqtt-close-after-disconnect", rules.Fail, Options{Tolerances: Tolerances{Close: hour}}, false},
		{"close, by a longer grace", "mqtt-close-after-disconnect", rules.Fail, Options{Grace: hour}, false},
		{"close does not prolong answers", "mqtt-qos1-puback", rules.Fail, Options{Tolerances: Tolerances{Close: hour}}, true},
		{"keep alive of the client", "mqtt-keepalive-client", rules.Fail, Options{Tolerances: Tolerances{KeepAliveClient: hour}}, false},
		{"keep alive at the server", "mqtt-keepalive-server-close", rules.Fail, Options{Tolerances: Tolerances{KeepAliveServer: hour}}, false},
		{"refused subscription", "plc-suback-failure-ignored", rules.Fail, Options{Tolerances: Tolerances{Refused: hour}}, false},
		{"sending again", "mqtt-redeliver-client", rules.Fail, Options{Tolerances: Tolerances{Resend: hour}}, false},
		{"storm", "plc-reconnect-storm", rules.Fail, Options{Tolerances: Tolerances{Storm: 1000}}, false},
		{"window of a storm", "plc-reconnect-storm", rules.Pass, Options{Tolerances: Tolerances{StormWindow: hour}}, true},
		{"quarrel", "plc-clientid-two-hosts", rules.Fail, Options{Tolerances: Tolerances{Quarrel: 1000}}, false},
		{"spell of a quarrel", "plc-clientid-two-hosts", rules.Fail, Options{Tolerances: Tolerances{QuarrelSpell: 1}}, false},
		{"pings", "plc-ping-interval", rules.Fail, Options{Tolerances: Tolerances{Pings: 200}}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			tried, failed := 0, false
			for _, x := range conversations() {
				if x.rule != c.rule || x.want != c.from {
					continue
				}
				for _, v := range versionsOf(ruleNamed(x.rule), x) {
					said := &talk{v: v, capture: craft.New()}
					said.dial()
					x.say(said)
					e := New(c.opt)
					if _, err := flows.Analyse(context.Background(), craft.Open(said.capture.Frames()), flows.Config{}, e); err != nil {
						t.Fatal(err)
					}
					tried++
					failed = failed || verdictOn(e.Book(), c.rule) == rules.Fail
				}
			}
			if tried == 0 || failed != c.failed {
				t.Errorf("%d conversations, failed %t, want %t", tried, failed, c.failed)
			}
		})
	}
}
