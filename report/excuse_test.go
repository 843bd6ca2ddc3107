package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/rules"
)

// bookOf is a book of two clients that break rule "a" and "b" as the cases say:
// subject, rule, detail.
func bookOf(terms rules.Terms, cases ...[3]string) *rules.Book {
	clauses := rules.Clauses{rules.V311: {"MQTT-3.1.0-1"}}
	list := []*rules.Rule{
		{ID: "a", Clauses: clauses, Severity: rules.Error, Title: "Rule a", Why: "w", Fix: "f"},
		{ID: "b", Clauses: clauses, Severity: rules.Warning, Title: "Rule b", Why: "w", Fix: "f"},
	}
	b := rules.NewBook(list, rules.Limits{})
	b.SetTerms(terms)
	for i, c := range cases {
		s := b.Subject(rules.Client, "10.0.0.5", c[0], rules.Ref{Frame: 1})
		n := int(c[1][0] - 'a')
		b.Exercised(s, n)
		b.Record(s, n, rules.Finding{
			Verdict: rules.Fail, Severity: list[n].Severity, Detail: c[2], Offset: -1, Standard: rules.V311,
			Ref: rules.Ref{Frame: uint64(i + 1)}, Client: "10.0.0.5:1", Server: "10.0.0.2:1883",
		})
	}
	return b
}

func only(name string) func(*rules.Subject) bool {
	return func(s *rules.Subject) bool { return s.Name == name }
}

// fingerprintOf is that of a case of bookOf.
func fingerprintOf(c [3]string) string {
	return Fingerprint(bookOf(rules.Terms{}, c).Findings()[0])
}

func TestExcuses(t *testing.T) {
	cases := [][3]string{{"press7", "a", "identifier 1"}, {"press7", "a", `other "x"`}, {"press8", "a", "identifier 2"}, {"press7", "b", "late"}}
	baseline := func(known ...[3]string) *Baseline {
		b := NewBaseline()
		for _, c := range known {
			f := bookOf(rules.Terms{}, c).Findings()[0]
			b.Add(&f)
		}
		return b
	}
	for _, c := range []struct {
		name    string
		x       Excuses
		counts  string // numbers of the cases that count
		used    []uint64
		failed  bool
		remarks []string // parts of them, in their order
	}{
		{"nothing", Excuses{}, "0123", nil, true, nil},
		{"a rule waived for all", Excuses{Waivers: []*Waiver{{Rule: "a", Until: "2099-01-01", Reason: "r"}}}, "3", []uint64{3}, false, []string{"waived until 2099-01-01: 3 cases of a (r)"}},
		{"for one subject", Excuses{Waivers: []*Waiver{{Rule: "a", For: only("press8"), Subject: "press8"}}}, "013", []uint64{1}, true, []string{"1 case of a of press8"}},
		{"one fingerprint", Excuses{Waivers: []*Waiver{{Rule: "a", Fingerprint: fingerprintOf(cases[1])}}}, "023", []uint64{1}, true, []string{"fingerprint"}},
		{"expired", Excuses{Waivers: []*Waiver{{Rule: "a", Until: "2001-01-01", Expired: true}}}, "0123", []uint64{3}, true, []string{"expired on 2001-01-01: its 3 cases count again"}},
		{"not needed", Excuses{Waivers: []*Waiver{{Rule: "a", For: only("nobody")}, {Rule: "c", Expired: true}}}, "0123", []uint64{0, 0}, true, []string{"not needed", "remove it"}},
		{"a waiver that holds beside one that has expired", Excuses{Waivers: []*Waiver{{Rule: "a", Expired: true}, {Rule: "a"}}}, "3", []uint64{3, 3}, false, []string{"count again", "waived"}},
		{"baseline", Excuses{Baseline: baseline(cases[0], cases[2], [3]string{"gone", "b", "away"})}, "13", nil, true, []string{"2 cases known, 2 new", `gone: b of client "gone" at 10.0.0.5: away`}},
		{"a whole baseline", Excuses{Baseline: baseline(cases...)}, "", nil, false, []string{"4 cases known, 0 new"}},
		{"an expired waiver goes before the baseline", Excuses{Baseline: baseline(cases...), Waivers: []*Waiver{{Rule: "b", Expired: true}}}, "3", []uint64{1}, false, []string{"counts again", "3 cases known, 1 new"}},
		{"a waiver goes before the baseline", Excuses{Baseline: baseline(cases[3]), Waivers: []*Waiver{{Rule: "a"}}}, "", []uint64{3}, false, []string{"waived", "1 case known, 0 new"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := bookOf(rules.Terms{Excuse: c.x.Excuse}, cases...)
			got := ""
			for _, f := range b.Findings() {
				if f.Excuse == nil {
					got += fmt.Sprint(f.Frame - 1)
				}
			}
			var used []uint64
			for _, w := range c.x.Waivers {
				used = append(used, w.Cases)
			}
			r := &Report{Book: b, FailOn: rules.Error, Waivers: c.x.Waivers, Baseline: c.x.Baseline}
			if got != c.counts || r.Failed() != c.failed {
				t.Errorf("%s count, failed %t; want %s, %t", got, r.Failed(), c.counts, c.failed)
			}
			if d := cmp.Diff(c.used, used); d != "" {
				t.Error(d)
			}
			l := r.remarks()
			if len(l) != len(c.remarks) {
				t.Fatalf("remarks %v", l)
			}
			for i, m := range l {
				if !strings.Contains(m.Text, c.remarks[i]) {
					t.Errorf("remark %q, want %q", m.Text, c.remarks[i])
				}
			}
		})
	}
}

// TestBaselineKnowsCountedCases: a case that the bound on findings did not keep is
// as new as any other.
func TestBaselineKnowsCountedCases(t *testing.T) {
	var cases [][3]string
	for range 30 {
		cases = append(cases, [3]string{"press7", "a", "old"})
	}
	known := NewBaseline()
	bookOf(rules.Terms{Excuse: func(f *rules.Finding) *rules.Excuse { known.Add(f); return nil }}, append(cases, [3]string{"press7", "a", "rare"})...)
	if known.Len() != 2 {
		t.Fatalf("%d fingerprints were collected, want 2: one of them only counted", known.Len())
	}
	x := Excuses{Baseline: known}
	b := bookOf(rules.Terms{Excuse: x.Excuse}, append(cases, [3]string{"press7", "a", "new"})...)
	r := &Report{Book: b, FailOn: rules.Error, Baseline: known}
	if !r.Failed() || known.New != 1 || known.Known != 30 || len(known.Gone()) != 1 {
		t.Errorf("failed %t, %d new, %d known, gone %v", r.Failed(), known.New, known.Known, known.Gone())
	}
	if text := written(t, r, shapes[0].write); !strings.Contains(text, "\n      new\n") {
		t.Errorf("the new case is not shown:\n%s", text)
	}
}

func TestBaselineFile(t *testing.T) {
	b := NewBaseline()
	for _, c := range [][3]string{{"b", "b", "frame 12 at 3.5 s"}, {"a", "a", hostile}, {"a", "b", "x"}, {"a", "b", "x"}} {
		f := bookOf(rules.Terms{}, c).Findings()[0]
		b.Add(&f)
	}
	var one bytes.Buffer
	if err := b.Write(&one); err != nil {
		t.Fatal(err)
	}
	if !json.Valid(one.Bytes()) || strings.Count(one.String(), "\n") != 6 || strings.Contains(one.String(), "frame 12") {
		t.Errorf("want JSON, a line for each of 3 findings, without numbers:\n%s", one.String())
	}
	back, err := ReadBaseline(bytes.NewReader(one.Bytes()), "base.json")
	if err != nil {
		t.Fatal(err)
	}
	var two bytes.Buffer
	if err := back.Write(&two); err != nil || one.String() != two.String() {
		t.Errorf("reading and writing again gives\n%s", two.String())
	}
	for _, c := range []struct{ text, want string }{
		{"", "base.json: it is empty"}, {" \n", "it is empty"}, {"{", "no JSON document: unexpected end of JSON input at byte 1"}, {"[]", "no baseline"},
		{one.String() + "x", "no JSON document: invalid character 'x'"}, {`{"schema":1}`, "no baseline"},
		{`{"schema":"plcscope-check/1","tool":"x"}`, "a report of check"},
		{`{"schema":"plcscope-baseline/2","findings":[]}`, "plcscope-baseline/1 is"},
		{`{"schema":"plcscope-baseline/1","findings":[{"rule":"a"}]}`, "finding 1 has no fingerprint"},
		{`{"schema":"plcscope-baseline/1","x":1}`, "unknown field"},
	} {
		if _, err := ReadBaseline(strings.NewReader(c.text), "base.json"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v, want %q", c.text, err, c.want)
		}
	}
}

// TestEveryFormatShowsExcuses: nothing that was excused disappears.
func TestEveryFormatShowsExcuses(t *testing.T) {
	cases := [][3]string{{"press7", "a", "waived one"}, {"press8", "b", "known one"}, {"press8", "a", "new one"}}
	known := NewBaseline()
	for _, c := range append(cases[1:2:2], [3]string{"press9", "b", "went away"}) {
		f := bookOf(rules.Terms{}, c).Findings()[0]
		known.Add(&f)
	}
	known.File = "base.json"
	x := Excuses{Baseline: known, Waivers: []*Waiver{
		{Rule: "a", Subject: "press7", For: only("press7"), Reason: "until the retrofit " + hostile, Until: "2026-12-31"},
		{Rule: "b", Reason: "spare part", Until: "2020-01-01", Expired: true, For: only("nobody"), Subject: "nobody"},
	}}
	terms := rules.Terms{Excuse: x.Excuse, Label: func(s *rules.Subject) string { return "Machine " + s.Name }}
	r := &Report{Tool: "plcscope test", Profile: "plcscope.yaml", Book: bookOf(terms, cases...), FailOn: rules.Error, Waivers: x.Waivers, Baseline: known}
	for _, s := range shapes {
		got := written(t, r, s.write)
		for _, want := range []string{"until the retrofit", "2026-12-31", "2020-01-01", "base.json", "went away", "Machine press7"} {
			if !strings.Contains(strings.NewReplacer("\\_", "_", "\n", " ").Replace(strings.Join(strings.Fields(got), " ")), want) {
				t.Errorf("%s does not tell %q", s.suffix, want)
			}
		}
		switch s.suffix {
		case "json":
			schema, err := os.ReadFile(filepath.Join("..", "docs", "schema", "check.schema.json"))
			if err != nil {
				t.Fatal(err)
			}
			checkSchema(t, string(schema), got)
		case "junit.xml":
			checkJUnit(t, got)
			if strings.Count(got, "<failure") != 1 {
				t.Errorf("failures: want that of the new case only\n%s", got)
			}
		case "sarif":
			checkSARIF(t, got)
			var log sarifLog
			if err := json.Unmarshal([]byte(got), &log); err != nil {
				t.Fatal(err)
			}
			var states []string
			for _, x := range log.Runs[0].Results {
				states = append(states, fmt.Sprint(x.RuleID, " ", x.Baseline, " ", len(x.Suppressions)))
			}
			if d := cmp.Diff([]string{"a new 1", "a new 0", "b unchanged 0"}, states); d != "" {
				t.Error(d)
			}
		case "md":
			checkMarkdown(t, got)
		}
	}
}

// FuzzReadBaseline: what is read is written the same way, however it was laid out.
func FuzzReadBaseline(f *testing.F) {
	f.Add(`{"schema": "plcscope-baseline/1", "findings": []}`)
	f.Add(`{"schema":"plcscope-baseline/1","findings":[{"rule":"a","subject":"s","what":"w","fingerprint":"f"},{"fingerprint":"f"}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		b, err := ReadBaseline(strings.NewReader(text), "b")
		if (b == nil) == (err == nil) {
			t.Fatalf("baseline %v, error %v", b, err)
		}
		if err != nil {
			return
		}
		var one, two bytes.Buffer
		if err := b.Write(&one); err != nil {
			t.Fatal(err)
		}
		again, err := ReadBaseline(bytes.NewReader(one.Bytes()), "b")
		if err != nil || again.Len() != b.Len() || len(again.Gone()) != b.Len() {
			t.Fatalf("%v: it was written as %s", err, one.String())
		}
		if err := again.Write(&two); err != nil || one.String() != two.String() {
			t.Errorf("written %s, then %s", one.String(), two.String())
		}
	})
}
