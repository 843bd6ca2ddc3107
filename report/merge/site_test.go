package merge

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/report"
)

// laid is a report with a profile and a baseline of which the findings named are gone.
func laid(profile string, expired bool, cases int, off string, gone ...string) []byte {
	var entries []string
	for _, g := range gone {
		entries = append(entries, fmt.Sprintf(`{"rule":"r","subject":"s","what":"w","fingerprint":%q}`, g))
	}
	return fmt.Appendf(nil, `{"schema":"plcscope-check/1","profile":{"file":%q,"switched_off":[%s],"severity":[{"rule":"mqtt-connect-first","catalogue":"error","here":"info"}],`+
		`"waivers":[{"rule":"mqtt-connect-once","subject":"press7","reason":"old","until":"2026-12-31","expired":%v,"cases":%d}]},`+
		`"baseline":{"file":"known.json","known":2,"new":1,"gone":[%s]},"subjects":[]}`, profile, off, expired, cases, strings.Join(entries, ","))
}

func TestWhatSitesHaveLaidDown(t *testing.T) {
	r := merged(t, laid("a.yaml", false, 3, `"mqtt-qos1-puback","mqtt-connect-first"`, "one", "two"), laid("b.yaml", true, 4, `"mqtt-qos1-puback"`, "two", "three"))
	want := &report.Waiver{Rule: "mqtt-connect-once", Subject: "press7", Reason: "old", Until: "2026-12-31", Expired: true, Cases: 7}
	if len(r.Waivers) != 1 || r.Waivers[0].String() != want.String() || r.Waivers[0].Cases != want.Cases || !r.Waivers[0].Expired {
		t.Errorf("waivers %+v", r.Waivers)
	}
	if r.Profile != "a.yaml, b.yaml" || r.Baseline.File != "known.json" || r.Baseline.Known != 4 || r.Baseline.New != 2 {
		t.Errorf("profile %s, baseline %+v", r.Profile, r.Baseline)
	}
	var gone []string
	for _, e := range r.Baseline.Gone() {
		gone = append(gone, e.Fingerprint)
	}
	if diff := cmp.Diff([]string{"two"}, gone); diff != "" {
		t.Errorf("gone from all (-want +got):\n%s", diff)
	}
	var off []string
	for _, x := range r.Book.Off() {
		off = append(off, x.ID)
	}
	if diff := cmp.Diff([]string{"mqtt-qos1-puback"}, off); diff != "" {
		t.Errorf("switched off by all (-want +got):\n%s", diff)
	}
	if w := r.Book.Weighed(); len(w) != 1 || w[0].ID != "mqtt-connect-first" || w[0].Severity.String() != "info" {
		t.Errorf("weighed %+v", w)
	}
}
