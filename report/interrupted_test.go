package report

import (
	"encoding/json"
	"strings"
	"testing"

	"plcscope/rules"
)

// TestEveryFormatShowsInterruption: a report of half a capture says so, and passes
// nobody; what was found until then fails all the same.
func TestEveryFormatShowsInterruption(t *testing.T) {
	for _, failed := range []bool{false, true} {
		b := bookOf(rules.Terms{})
		if failed {
			b = bookOf(rules.Terms{}, [3]string{"press7", "a", "identifier 1"})
		}
		r := &Report{Tool: "plcscope test", Book: b, FailOn: rules.Error, Interrupted: true}
		r.Totals.Frames = 812
		for _, s := range shapes {
			got := written(t, r, s.write)
			lower := strings.ToLower(got)
			if want := "interrupted after 812 frames"; !strings.Contains(lower, want) {
				t.Errorf("%s does not tell %q:\n%s", s.suffix, want, got)
			}
			switch s.suffix {
			case "txt", "html", "md":
				if strings.Contains(got, "PASS") || strings.Contains(got, ": pass\n") {
					t.Errorf("%s passes", s.suffix)
				}
				if got := strings.Contains(got, "FAIL"); got != failed {
					t.Errorf("%s fails: %t", s.suffix, got)
				}
			case "json":
				if !strings.Contains(got, `"interrupted": true`) {
					t.Errorf("JSON does not say so")
				}
			case "junit.xml":
				checkJUnit(t, got)
				if !strings.Contains(got, `errors="1"`) {
					t.Errorf("JUnit has no error:\n%s", got)
				}
			case "sarif":
				checkSARIF(t, got)
				var log sarifLog
				if err := json.Unmarshal([]byte(got), &log); err != nil || log.Runs[0].Invocations[0].Successful {
					t.Errorf("SARIF tells of success (%v)", err)
				}
			}
		}
	}
}
