package report

import (
	"strings"
	"testing"

	"plcscope/rules"
)

// TestNamesStandEverywhere: what the site calls a partner stands beside what it is
// known by, in the verdicts, the audit and the timeline.
func TestNamesStandEverywhere(t *testing.T) {
	r := analysed(t, "mqtt31-plc-faulty.pcap")
	for _, s := range r.Book.Subjects() {
		switch {
		case s.Role == rules.Server:
			s.Label = "Broker <1>"
		case s.Name == "press7":
			s.Label = "Press\x1b7"
		}
	}
	for suffix, want := range map[string][]string{
		"txt": {`Press\x1b7: client "press7" at 192.168.10.17  FAIL`, `"plant/press7/stroke" of "press7" (Press\x1b7)`, "Broker <1>: broker 192.168.10.2:1883"},
		"html": {
			`Press\x1b7: client &#34;press7&#34; at 192.168.10.17`, `press7 at 192.168.10.17 (Press\x1b7)`,
			`to 192.168.10.2:1883 (Broker &lt;1&gt;)`, `&#34;press7&#34; (Press\x1b7)`,
		},
		"md": {`Press\\x1b7: client "press7" at 192.168.10.17`},
	} {
		for _, s := range shapes {
			if s.suffix != suffix {
				continue
			}
			got := written(t, r, s.write)
			for _, w := range want {
				if !strings.Contains(got, w) {
					t.Errorf("%s lacks %s", suffix, w)
				}
			}
		}
	}
}
