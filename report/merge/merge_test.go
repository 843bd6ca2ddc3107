package merge

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/flows"
	"plcscope/flows/delivery"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
	"plcscope/pcaps/samples"
	"plcscope/report"
	"plcscope/rules"
	"plcscope/rules/mqttrules"
	"plcscope/rules/s7rules"
	"plcscope/rules/siterules"
)

func options() Options {
	return Options{
		Tool: "plcscope test", Others: siterules.Catalogue(),
		Rules: map[rules.Protocol][]*rules.Rule{rules.MQTT: mqttrules.Catalogue(), rules.S7comm: s7rules.Catalogue()},
	}
}

// checked is what check says of a capture.
func checked(t testing.TB, c *pcaps.Capture, terms rules.Terms) *report.Report {
	t.Helper()
	mq, s7 := mqttrules.New(mqttrules.Options{}), s7rules.New(s7rules.Options{})
	mq.Book().SetTerms(terms)
	s7.Book().SetTerms(terms)
	audit := delivery.New(delivery.Options{})
	totals, err := flows.Analyse(t.Context(), c, flows.Config{}, mq, s7, audit)
	if err != nil {
		t.Fatal(err)
	}
	sent := audit.Result()
	return &report.Report{Delivery: &sent, Tool: "plcscope test", Files: c.Files(), Totals: totals, FailOn: rules.Error, Book: rules.Join(mq.Book(), s7.Book())}
}

func jsonOf(t testing.TB, r *report.Report) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := r.JSON(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func sample(t testing.TB, name string) *pcaps.Capture {
	t.Helper()
	c, err := samples.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func merged(t testing.TB, reports ...[]byte) *report.Report {
	t.Helper()
	m := New(options())
	for i, b := range reports {
		if err := m.Add(bytes.NewReader(b), fmt.Sprintf("%d.json", i)); err != nil {
			t.Fatal(err)
		}
	}
	return m.Report()
}

// withoutNotes is a report in which the notes do not matter.
func withoutNotes(t *testing.T, b []byte) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	delete(m, "notes")
	return m
}

// strictly makes what a profile may do to verdicts.
var strictly = rules.Terms{
	Weigh: func(r *rules.Rule) (rules.Severity, bool) {
		return max(r.Severity, rules.Warning), r.ID == "mqtt-connect-once"
	},
	Label: func(s *rules.Subject) string { return "the one at " + s.Address },
	Excuse: func(f *rules.Finding) *rules.Excuse {
		if len(f.Detail)%3 == 0 {
			return &rules.Excuse{Kind: rules.Waived, Reason: "for now", Until: "2030-12-31"}
		}
		return nil
	},
}

// One report stays what it is.
func TestOneReportStaysAsItIs(t *testing.T) {
	for _, terms := range []rules.Terms{{}, strictly} {
		for _, name := range samples.Names() {
			r := checked(t, sample(t, name), terms)
			want := jsonOf(t, r)
			got := merged(t, want)
			if diff := cmp.Diff(withoutNotes(t, want), withoutNotes(t, jsonOf(t, got))); diff != "" {
				t.Errorf("%s: the report has changed (-was +is):\n%.3000s", name, diff)
			}
			for format, of := range map[string]func(*report.Report) string{
				"text":     func(r *report.Report) string { return printed(t, r) },
				"markdown": func(r *report.Report) string { var b bytes.Buffer; _ = r.Markdown(&b); return b.String() },
			} {
				if diff := cmp.Diff(of(r), of(got)); diff != "" && len(r.Notes()) == 0 {
					t.Errorf("%s: the %s has changed:\n%.2000s", name, format, diff)
				}
			}
		}
	}
}

func printed(t *testing.T, r *report.Report) string {
	var b bytes.Buffer
	if err := r.Text(&b, report.TextOptions{Width: 100, Verbose: true}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// tally is what counts of a result.
type tally struct {
	Verdict                                  rules.Verdict
	Exercised, Failed, Excused, Inconclusive uint64
}

func tallies(r *report.Report) map[string]tally {
	m := map[string]tally{}
	for _, s := range r.Book.Subjects() {
		for _, x := range r.Book.Results(s) {
			m[s.String()+" "+x.Rule.ID] = tally{x.Verdict, x.Exercised, x.Failed, x.Excused, x.Inconclusive}
		}
	}
	return m
}

// Verdicts are the maximum, counts the sum, whatever was captured.
func TestVerdictsAreTheMaximum(t *testing.T) {
	var reports []*report.Report
	for _, name := range samples.Names() {
		reports = append(reports, checked(t, sample(t, name), rules.Terms{}))
	}
	var frames []pcaps.Frame
	for c := sample(t, "mqtt31-plc-faulty.pcap"); ; {
		var b pcaps.Batch
		if c.Next(&b) != nil {
			break
		}
		frames = append(frames, b.Frames...)
	}
	for _, h := range craft.Hazards() {
		if h.Lossy {
			reports = append(reports, checked(t, craft.Open(h.Apply(frames)), rules.Terms{}))
		}
	}
	want := map[string]tally{}
	var texts [][]byte
	for _, r := range reports {
		for k, x := range tallies(r) {
			w := want[k]
			want[k] = tally{max(w.Verdict, x.Verdict), w.Exercised + x.Exercised, w.Failed + x.Failed, w.Excused + x.Excused, w.Inconclusive + x.Inconclusive}
		}
		texts = append(texts, jsonOf(t, r))
	}
	got := merged(t, texts...)
	if diff := cmp.Diff(want, tallies(got)); diff != "" {
		t.Errorf("(-sum +merged)\n%.3000s", diff)
	}
	var frameSum uint64
	for _, r := range reports {
		frameSum += r.Totals.Frames
	}
	if got.Totals.Frames != frameSum || len(got.Files) != len(reports) {
		t.Errorf("%d frames in %d files, not %d in %d", got.Totals.Frames, len(got.Files), frameSum, len(reports))
	}
	var sent, sessions, acked uint64
	for _, r := range reports {
		for side := range r.Delivery.Total {
			sent += r.Delivery.Total[side].Sent
			acked += r.Delivery.Total[side].Latency.Count
		}
	}
	for i := range got.Delivery.Sessions {
		for side := range got.Delivery.Sessions[i].Sides {
			l := &got.Delivery.Sessions[i].Sides[side]
			sessions += l.Sent
			var bars uint64
			for _, b := range l.Latency.Bars {
				bars += b.Count
			}
			if bars != l.Latency.Count || l.Latency.P50 > l.Latency.P99 || l.Latency.P99 > l.Latency.Max {
				t.Errorf("latency %+v", l.Latency)
			}
		}
	}
	total := got.Delivery.Total
	if n := total[0].Sent + total[1].Sent; n != sent || sessions != sent || sent == 0 {
		t.Errorf("%d messages, %d in sessions, not %d", n, sessions, sent)
	}
	if n := total[0].Latency.Count + total[1].Latency.Count; n != acked {
		t.Errorf("%d latencies, not %d", n, acked)
	}
	seen := map[string]bool{}
	for _, s := range got.Delivery.Sessions {
		if k := s.Broker.String() + " " + s.Client; s.Client != "" && seen[k] {
			t.Errorf("%s stands there twice", k)
		} else {
			seen[k] = true
		}
	}
	for _, f := range got.Book.Findings() {
		if f.Message != "" && int(f.File) >= len(got.Files) {
			t.Errorf("frame %d: no file", f.Frame)
		}
	}
	if text := printed(t, got); !strings.Contains(text, " of mqtt31-plc-faulty.pcap") {
		t.Error("the text does not say which file a frame is in")
	}
}

// A finding that an earlier report has is only counted.
func TestTheSameFindingIsKeptOnce(t *testing.T) {
	text := jsonOf(t, checked(t, sample(t, "mqtt31-plc-faulty.pcap"), rules.Terms{}))
	one, two := merged(t, text), merged(t, text, text)
	if a, b := len(one.Book.Findings()), len(two.Book.Findings()); a != b || a == 0 {
		t.Errorf("%d findings of one report, %d of it twice", a, b)
	}
	if notes := strings.Join(two.Notes(), "\n"); !strings.Contains(notes, "cases count twice") {
		t.Errorf("nobody says that it is there twice:\n%s", notes)
	}
	var buf bytes.Buffer
	if err := two.SARIF(&buf, report.SARIFOptions{}); err != nil {
		t.Error(err)
	}
	if err := two.HTML(&buf); err != nil {
		t.Error(err)
	}
	if err := two.JUnit(&buf); err != nil {
		t.Error(err)
	}
}

const minimal = `{"schema":"plcscope-check/1","fail_on":"warning","files":[],"notes":["n"],"capture":{},"subjects":[` +
	`{"protocol":"MQTT","role":"client","address":"10.0.0.5","results":[%s]}]}`

func TestWhatDoesNotAddUpIsRefused(t *testing.T) {
	const result = `{"rule":"%s","title":"t","severity":"%s","verdict":"%s","exercised":1,"failed":%d,"inconclusive":%d%s}`
	for _, tt := range []struct{ name, text, want string }{
		{"nothing", "", "no JSON object"},
		{"a list", "[]", "no JSON object"},
		{"no schema", "{}", "does not say"},
		{"schema", `{"schema":"plcscope-check/2"}`, "is not known"},
		{"cut", minimal[:60], "ends in the middle"},
		{"more", fmt.Sprintf(minimal, "") + "{}", "something follows"},
		{"verdict", fmt.Sprintf(minimal, fmt.Sprintf(result, "x", "error", "pass", 1, 0, "")), "its counts say fail"},
		{"severity", fmt.Sprintf(minimal, fmt.Sprintf(result, "x", "grave", "pass", 0, 0, "")), "severity"},
		{"role", fmt.Sprintf(minimal, fmt.Sprintf(result, "mqtt-connack-first", "error", "pass", 0, 0, "")), "judges a server"},
		{"excused", fmt.Sprintf(minimal, fmt.Sprintf(result, "x", "error", "fail", 1, 0, `,"excused":2`)), "excused"},
		{"reason", fmt.Sprintf(minimal, fmt.Sprintf(result, "x", "error", "inconclusive", 0, 1, `,"reason":"because"`)), "because"},
		{"bytes", fmt.Sprintf(minimal, fmt.Sprintf(result, "x", "error", "fail", 1, 0, `,"findings":[{"verdict":"fail","severity":"error","bytes":"zz"}]`)), "bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := New(options()).Add(strings.NewReader(tt.text), "r.json")
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("the error is %v, want %q", err, tt.want)
			}
		})
	}
}

func TestRulesOfOthersAreKept(t *testing.T) {
	text := fmt.Sprintf(minimal, `{"rule":"mqtt-of-tomorrow","title":"T","severity":"warning","verdict":"fail","exercised":3,"failed":2,"clauses":{"MQTT 5.0":["MQTT-9.9.9-9"]},"why":"w","fix":"f"}`)
	r := merged(t, []byte(text))
	if !r.Failed() || r.FailOn != rules.Warning {
		t.Error("the report does not fail")
	}
	out := string(jsonOf(t, r))
	for _, want := range []string{`"mqtt-of-tomorrow"`, "MQTT-9.9.9-9", `"0.json: n"`} {
		if !strings.Contains(out, want) {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
}

func TestSubjectsAreBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"schema":"plcscope-check/1","subjects":[`)
	for i := range maxSubjects + 7 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"protocol":"MQTT","role":"client","address":"10.0.0.5","client_id":"c%d","results":[{"rule":"x","severity":"error","verdict":"pass","exercised":1}]}`, i)
	}
	b.WriteString("]}")
	r := merged(t, []byte(b.String()))
	if n := len(r.Book.Subjects()); n != maxSubjects+1 || r.Book.Overflow != 7 {
		t.Errorf("%d subjects, %d beyond", n, r.Book.Overflow)
	}
}

// Whatever a file holds, it is refused or becomes a report that stays as it is.
func FuzzAdd(f *testing.F) {
	f.Add(jsonOf(f, checked(f, sample(f, "mqtt31-plc-healthy.pcap"), strictly)))
	f.Add(jsonOf(f, checked(f, sample(f, "mqtt31-plc-faulty.pcap"), rules.Terms{})))
	f.Add([]byte(fmt.Sprintf(minimal, "")))
	f.Add([]byte(`{"schema":"plcscope-check/1","baseline":{"file":"b","known":1,"new":2,"gone":[{"rule":"r","subject":"s","what":"w","fingerprint":"f"}]},"profile":{"file":"p","switched_off":["mqtt-connect-once"],"severity":[{"rule":"mqtt-connect-first","here":"info"}],"waivers":[{"rule":"r","until":"2026-01-01"}]}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		m := New(options())
		if m.Add(bytes.NewReader(b), "r") != nil {
			return
		}
		first := m.Report()
		text := jsonOf(t, first)
		m = New(options())
		if err := m.Add(bytes.NewReader(text), "r"); err != nil {
			t.Fatalf("what was merged is refused: %v\n%s", err, text)
		}
		if diff := cmp.Diff(tallies(first), tallies(m.Report())); diff != "" {
			t.Errorf("verdicts change:\n%s", diff)
		}
	})
}
