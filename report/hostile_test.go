package report

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"plcscope/flows"
	"plcscope/pcaps"
	"plcscope/rules"
)

// hostile is text as an attacker would put it on the wire: for a terminal, an HTML
// page, XML, Markdown and a reader's eyes.
const hostile = "\x00\x1b[31m\x9b2J\r\n<script>alert(1)</script><img src=x onerror=alert(1)>]]>&\"'`|*_ \u0085\u009b3J\u061c\u200e\u200f\u202a\u202e\u2066\u2069\ufffe\uffff\xff\xc0\x80 [x](javascript:alert(1)) @everyone https://evil.example/ www.evil.example -->{{.}}\u2028"

func hostileReport() *Report {
	rule := &rules.Rule{
		ID: "mqtt-x", Clauses: rules.Clauses{rules.V311: {"MQTT-3.1.0-1"}}, Role: rules.Client,
		Severity: rules.Error, Title: "A rule", Why: "Because", Fix: "Do it",
	}
	b := rules.NewBook([]*rules.Rule{rule}, rules.Limits{})
	b.Around = func(f rules.Finding) *rules.Around {
		return &rules.Around{Said: []rules.Said{{Ref: f.Ref, Text: hostile, FromClient: true}}}
	}
	for _, v := range []rules.Verdict{rules.Fail, rules.Inconclusive} {
		s := b.Subject(rules.Client, "10.0.0.5", hostile+v.String(), rules.Ref{})
		b.Exercised(s, 0)
		for range 7 {
			b.Record(s, 0, rules.Finding{
				Verdict: v, Severity: rules.Error, Reason: rules.LostPackets, Ref: rules.Ref{Frame: 1, Time: 1}, Standard: rules.V311,
				Client: "10.0.0.5:2000", Server: "10.0.0.2:1883", Detail: hostile, Message: "PUBLISH", Offset: 3, Bytes: []byte(hostile),
				Related: []rules.Ref{{Frame: 9, Time: 9}},
			})
		}
	}
	r := &Report{
		Tool: "plcscope test", Book: b, FailOn: rules.Error, Hashes: []string{"00"},
		Files: []pcaps.File{{Name: hostile, Format: "pcap"}}, Problems: []pcaps.Problem{{File: hostile, Text: hostile}},
		Connections: []flows.ConnInfo{{LastTime: 10, MQTT: flows.MQTTInfo{ClientID: []byte(hostile)}}},
	}
	r.Totals.Frames, r.Totals.Last = 1, 10
	return r
}

// TestHostile: whatever comes from the wire stays text in every format.
func TestHostile(t *testing.T) {
	r := hostileReport()
	for _, s := range shapes {
		got := written(t, r, s.write)
		switch s.suffix {
		case "json", "sarif", "all.sarif":
			if !json.Valid([]byte(got)) {
				t.Errorf("%s is no JSON", s.suffix)
			}
			if s.suffix != "json" {
				checkSARIF(t, got)
			}
		case "junit.xml":
			checkJUnit(t, got)
		}
		for i, c := range got {
			if slices.Contains(unsafe, c) && c != '\n' || c == 0xFFFE || c == 0xFFFF {
				t.Errorf("%s: %U at byte %d", s.suffix, c, i)
				break
			}
		}
		if s.suffix == "txt" {
			continue
		}
		for _, bad := range []string{"<script", "<img"} {
			if strings.Contains(got, bad) && s.suffix != "junit.xml" { // there it is in CDATA
				t.Errorf("%s holds %q", s.suffix, bad)
			}
		}
		if s.suffix == "md" {
			checkMarkdown(t, got)
		}
	}
}

// checkMarkdown demands that the table keeps its columns and nothing became a link.
func checkMarkdown(t *testing.T, got string) {
	t.Helper()
	bars := 0 // of the table
	for line := range strings.Lines(got) {
		if !strings.HasPrefix(line, "|") {
			bars = 0
			continue
		}
		n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
		if bars == 0 {
			bars = n
		}
		if n != bars {
			t.Errorf("a line of a table of %d bars has %d: %s", bars, n, line)
		}
	}
	for _, bad := range []string{"](", "https://", "www.", "@everyone"} {
		if strings.Contains(strings.ReplaceAll(got, `\]`, ""), bad) {
			t.Errorf("the Markdown holds %q", bad)
		}
	}
}

// TestBounds: a capture of many bad clients gives a page that can be opened.
func TestBounds(t *testing.T) {
	rule := &rules.Rule{ID: "x", Clauses: rules.Clauses{rules.V311: {"MQTT-3.1.0-1"}}, Severity: rules.Error, Title: "T", Why: "W", Fix: "F"}
	b := rules.NewBook([]*rules.Rule{rule}, rules.Limits{})
	for i := range 1000 {
		s := b.Subject(rules.Client, "10.0.0.5", strings.Repeat("x", i%50)+string(rune('a'+i%26))+strings.Repeat("y", i/50), rules.Ref{})
		for range 20 {
			b.Record(s, 0, rules.Finding{Verdict: rules.Fail, Severity: rules.Error, Detail: "detail", Bytes: make([]byte, 64), Message: "PUBLISH"})
		}
	}
	r := &Report{Book: b, FailOn: rules.Error}
	for _, s := range []struct {
		suffix string
		most   int
	}{{"html", 4 << 20}, {"md", 64 << 10}} {
		for _, x := range shapes {
			if x.suffix == s.suffix {
				got := written(t, r, x.write)
				if len(got) > s.most {
					t.Errorf("%s: %d bytes", s.suffix, len(got))
				}
				if !strings.Contains(got, "subjects") {
					t.Errorf("%s does not tell of the subjects that it leaves out", s.suffix)
				}
			}
		}
	}
}
