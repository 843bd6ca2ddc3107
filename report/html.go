package report

import (
	"bytes"
	"cmp"
	_ "embed" // the page's template and its style
	"fmt"
	"html/template"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"plcscope/rules"
)

// Bounds of the page: it must open on a phone whatever was captured. What is
// beyond them is counted on the page and kept by the JSON report.
const (
	htmlSubjects = 100 // with their findings
	htmlColumns  = 12  // subjects in the matrix of verdicts
	htmlAllCases = 400 // of all, with bytes and ladder
)

// htmlCases are the cases of one rule and subject with bytes and ladder.
var htmlCases = [...]int{rules.Info: 1, rules.Warning: 2, rules.Error: 3}

//go:embed page.html
var pageText string

//go:embed page.css
var pageStyle string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"clean": Clean, "clock": clock, "word": strings.ToUpper,
	"upper": upper, "plural": plural[int], "plural64": plural[uint64],
}).Parse(pageText))

// HTML writes the report as one page that needs nothing else: no network, no
// scripts. It is for a screen of any width, and for paper.
func (r *Report) HTML(w io.Writer) error { return page.Execute(w, r.view()) }

// view is what the page shows. Text from the wire in it is harmless on a screen;
// the template escapes it for HTML.
type view struct {
	Style   template.CSS
	Tool    string
	Title   string
	Outcome string
	Failed  bool
	FailOn  string

	OutcomeClass string
	Interruption string // "" when there was none

	Files    []viewFile
	Facts    []fact
	Count    Count
	Shares   []share
	Weights  []weight
	Notes    []string
	Remarks  []remark // on profile and baseline
	Subjects []viewSubject
	More     int    // subjects that are not shown
	Nobody   string // said when there are none
	Matrix   matrix
	Untested []*rules.Rule
	Timeline *timeline
	Delivery *deliveryView
}

type viewFile struct {
	Name, About, Hash string
}

type fact struct{ Name, Value string }

// share is a part of the bar of coverage.
type share struct {
	Class, Word string
	N           int
	Percent     float64
}

// weight counts the broken rules of one severity.
type weight struct{ Class, Word string }

type viewSubject struct {
	ID, Name, Word, Class string
	Number                int
	Count                 Count
	Broken                []viewRule
	Excused               []viewRule
	Open                  []viewRule
}

type viewRule struct {
	*rules.Rule
	ID       string
	Anchor   string
	Class    string
	Clause   string
	Link     string
	Reason   string
	Weighed  string
	Excuse   string
	Failed   uint64
	Open     uint64
	Tested   uint64
	Full     []viewCase // with everything that is known
	Brief    []viewCase
	Unlisted string
}

type viewCase struct {
	Frame          uint64
	Byte           string
	Time           string
	Client, Server string
	Detail         string
	Reason         string
	Excuse         string
	Decoded        string
	Masked         bool
	Dump           []dumpRow
	Beyond         string
	Ladder         []rungView
	Related        []string
}

type dumpRow struct {
	Offset string
	Cells  []dumpCell
	ASCII  []dumpCell
}

type dumpCell struct {
	Text string
	Hit  bool
}

type rungView struct {
	Frame  uint64
	Delta  string
	Client bool
	Text   string
	Here   bool
	Mark   string
}

type matrix struct {
	Columns []viewSubject
	Rows    []matrixRow
	More    int
}

type matrixRow struct {
	Rule  *rules.Rule
	Cells []matrixCell
}

type matrixCell struct{ Class, Word, Count, Link string }

func (r *Report) view() view {
	c := r.Coverage()
	v := view{
		Style: template.CSS(pageStyle), Tool: r.Tool, Outcome: r.Outcome(), Failed: r.Failed(), FailOn: r.least(), Count: c,
		Shares: shares(c), Nobody: upper(nobody),
	}
	v.OutcomeClass = map[string]string{"FAIL": "fail", "PASS": "pass"}[v.Outcome]
	if r.Interrupted {
		v.Interruption = r.interruption()
	}
	var names []string
	sources := r.sources()
	for i, f := range r.Files {
		name := sources[i]
		names = append(names, path.Base(filepath.ToSlash(name)))
		x := viewFile{Name: name, About: strings.TrimSpace(f.Format + " " + f.Compression)}
		if i < len(r.Hashes) {
			x.Hash = r.Hashes[i]
		}
		v.Files = append(v.Files, x)
	}
	v.Title = strings.Join(names, ", ")
	if len(names) > 3 {
		v.Title = fmt.Sprintf("%s and %d more files", names[0], len(names)-1)
	}
	t := &r.Totals
	if t.Frames > 0 {
		v.Facts = append(v.Facts, fact{"Captured", fmt.Sprintf("%s to %s UTC, %s", clock(t.First), clock(t.Last), span(t.Last-t.First))})
	}
	v.Facts = append(v.Facts, fact{"Traffic", fmt.Sprintf("%s, %s, %s, %s", plural(t.Frames, "frame"),
		plural(t.Flows.TCP.Opened, "TCP connection"), plural(t.Flows.MQTT, "MQTT packet"), plural(t.Flows.ISO, "ISO-on-TCP PDU"))})
	v.Facts = append(v.Facts, fact{"Judged by", fmt.Sprintf("%s, %s", r.Tool, plural(c.All(), "rule"))})
	for _, n := range r.Notes() {
		v.Notes = append(v.Notes, Clean(n))
	}
	for _, m := range r.remarks() {
		v.Remarks = append(v.Remarks, remark{m.Grave, Clean(m.Text)})
	}
	heavy := map[rules.Severity]int{}
	budget := htmlAllCases
	for i, s := range r.Book.Subjects() {
		x := r.viewSubject(s, i+1, &budget)
		for _, b := range x.Broken {
			heavy[severityOf(b.Class)]++
		}
		if i >= htmlSubjects && len(x.Broken) == 0 || len(v.Subjects) >= 2*htmlSubjects {
			v.More++
			continue
		}
		v.Subjects = append(v.Subjects, x)
	}
	for _, s := range []rules.Severity{rules.Error, rules.Warning, rules.Info} {
		if heavy[s] > 0 {
			word := plural(heavy[s], s.String())
			if s == rules.Info {
				word = fmt.Sprintf("%d info", heavy[s])
			}
			v.Weights = append(v.Weights, weight{s.String(), word})
		}
	}
	v.Matrix, v.Untested = r.matrix(v.Subjects)
	v.Timeline, v.Delivery = r.timeline(), r.deliveryView(htmlDelivery)
	return v
}

// severityOf reads a class back.
func severityOf(class string) rules.Severity {
	s, _ := rules.ParseSeverity(class)
	return s
}

func shares(c Count) []share {
	var l []share
	for _, s := range []share{
		{Class: "fail", Word: "broken", N: c.Fail - c.Excused}, {Class: "excused", Word: "excused", N: c.Excused}, {Class: "open", Word: "inconclusive", N: c.Inconclusive},
		{Class: "pass", Word: "held", N: c.Pass}, {Class: "none", Word: "not exercised", N: c.NotExercised},
	} {
		if c.All() > 0 {
			s.Percent = float64(s.N) * 100 / float64(c.All())
		}
		if s.Class == "excused" && s.N == 0 {
			continue // nobody has excused anything
		}
		l = append(l, s)
	}
	return l
}

func (r *Report) viewSubject(s *rules.Subject, number int, budget *int) viewSubject {
	x := viewSubject{
		ID: fmt.Sprintf("s%d", number), Number: number, Name: upper(Clean(s.String())),
		Word: r.Word(s), Count: r.Count(s),
	}
	x.Class = map[string]string{"FAIL": "fail", "REMARKS": "warning", "EXCUSED": "excused", "INCONCLUSIVE": "open", "PASS": "pass"}[x.Word]
	if x.Class == "" {
		x.Class = "none"
	}
	results := r.Book.Results(s)
	for _, res := range worstFirst(results) {
		x.Broken = append(x.Broken, r.viewRule(x.ID, res, htmlCases[res.Severity], budget))
	}
	for _, res := range results {
		if excused(res) {
			x.Excused = append(x.Excused, r.viewRule(x.ID, res, 1, budget))
		}
	}
	for _, res := range results {
		if res.Verdict == rules.Inconclusive {
			x.Open = append(x.Open, r.viewRule(x.ID, res, 1, budget))
		}
	}
	return x
}

func (r *Report) viewRule(subject string, x rules.Result, full int, budget *int) viewRule {
	v := viewRule{
		Rule: x.Rule, ID: x.Rule.ID, Anchor: subject + "-" + x.Rule.ID, Class: x.Severity.String(), Clause: clauseOf(x),
		Link: document(x.Rule), Weighed: reweighedRule(x), Failed: x.Failed, Open: x.Inconclusive, Tested: max(x.Exercised, x.Failed+x.Inconclusive),
		Unlisted: more(x, len(x.Findings)),
	}
	switch {
	case x.Verdict == rules.Inconclusive:
		v.Class, v.Reason = "open", x.Reason.String()
	case excused(x):
		v.Class, v.Excuse = "excused", upper(Clean(x.Excuse.String()))
	case x.Excused > 0:
		v.Excuse = fmt.Sprintf("%d of %s: %s", x.Excused, plural(x.Failed, "case"), Clean(x.Excuse.String()))
	}
	for i, f := range x.Findings {
		if i < full && *budget > 0 {
			*budget--
			v.Full = append(v.Full, r.viewCase(f))
		} else {
			v.Brief = append(v.Brief, r.briefCase(f))
		}
	}
	return v
}

func (r *Report) briefCase(f rules.Finding) viewCase {
	c := viewCase{
		Frame: f.Frame, Byte: strings.TrimSpace(atByte(f)), Time: clock(f.Time), Client: f.Client, Server: f.Server,
		Detail: upper(Clean(r.detail(&f))),
	}
	if f.Verdict == rules.Inconclusive {
		c.Reason = f.Reason.String()
	}
	if f.Excuse != nil {
		c.Excuse = Clean(f.Excuse.String())
	}
	return c
}

func (r *Report) viewCase(f rules.Finding) viewCase {
	c := r.briefCase(f)
	c.Decoded = f.Message
	if f.Message != "" && f.Around != nil && f.Around.At >= 0 {
		c.Decoded = Clean(f.Around.Said[f.Around.At].Text)
	}
	shown := len(f.Bytes)
	if f.Secret && !r.Secrets {
		shown = harmless(f.Bytes)
		c.Masked = shown < len(f.Bytes)
	}
	c.Dump = dump(f.Bytes, shown, f.Offset)
	if f.Offset >= len(f.Bytes) && len(f.Bytes) > 0 && !c.Masked {
		c.Beyond = fmt.Sprintf("Byte %d lies behind the first %d, which are shown.", f.Offset, len(f.Bytes))
	}
	c.Ladder = ladderOf(f)
	for _, x := range f.Related {
		if !slices.ContainsFunc(c.Ladder, func(v rungView) bool { return v.Frame == x.Frame }) {
			c.Related = append(c.Related, fmt.Sprintf("frame %d, %s before", x.Frame, span(f.Time-x.Time)))
		}
	}
	return c
}

// dumpWidth is the number of bytes in a row; a phone shows it without scrolling.
const dumpWidth = 8

// harmless is the number of bytes at the start of a CONNECT that cannot hold a
// password: those before the client identifier. It is 0 when b
// does not begin as a CONNECT does.
func harmless(b []byte) int {
	if len(b) == 0 || b[0]>>4 != 1 {
		return 0
	}
	at := 1
	for at < len(b) && at < 4 && b[at] >= 0x80 {
		at++
	}
	at++
	for _, name := range []string{"\x00\x04MQTT", "\x00\x06MQIsdp"} {
		if at < len(b) && bytes.HasPrefix(b[at:], []byte(name)) {
			return min(at+len(name)+4, len(b)) // level, flags, keep alive
		}
	}
	return 0
}

// dump lays out bytes in rows, with the byte at hit marked and those from masked
// on covered. Rows in which nothing is to be seen are left out.
func dump(b []byte, masked, hit int) []dumpRow {
	var rows []dumpRow
	for at := 0; at < masked; at += dumpWidth {
		row := dumpRow{Offset: fmt.Sprintf("%04x", at)}
		for i := at; i < min(at+dumpWidth, len(b)); i++ {
			sign := "."
			if b[i] >= ' ' && b[i] < 0x7F {
				sign = string(rune(b[i]))
			}
			digits := fmt.Sprintf("%02x", b[i])
			if i >= masked {
				digits, sign = "**", "*"
			}
			row.Cells = append(row.Cells, dumpCell{digits, i == hit})
			row.ASCII = append(row.ASCII, dumpCell{sign, i == hit})
		}
		for len(row.Cells) < dumpWidth && at > 0 { // the text column stays where it is
			row.Cells = append(row.Cells, dumpCell{Text: "  "})
		}
		rows = append(rows, row)
	}
	return rows
}

// ladderOf are the lines around a finding, with their time relative to it.
func ladderOf(f rules.Finding) []rungView {
	if f.Around == nil {
		return nil
	}
	related := map[uint64]bool{}
	for _, x := range f.Related {
		related[x.Frame] = true
	}
	said, at := slices.Clone(f.Around.Said), f.Around.At
	if at < 0 {
		at = slices.IndexFunc(said, func(s rules.Said) bool { return s.Frame == f.Frame })
	}
	if at < 0 { // too long ago to be remembered
		text := "…"
		if f.Message != "" {
			text = f.Message + " …"
		}
		at = 0
		for at < len(said) && said[at].Frame < f.Frame {
			at++
		}
		said = slices.Insert(said, at, rules.Said{Ref: f.Ref, FromClient: f.Subject.Role == rules.Client, Text: text})
	}
	var l []rungView
	for i, s := range said {
		v := rungView{Frame: s.Frame, Delta: signed(s.Time - f.Time), Client: s.FromClient, Text: Clean(s.Text)}
		switch {
		case i == at:
			v.Here, v.Mark = true, "the finding"
		case related[s.Frame]:
			v.Mark = "related"
		}
		l = append(l, v)
	}
	return l
}

// signed is a distance in time from a finding: "+4.0 ms", "−1.2 s", "0".
func signed(ns int64) string {
	switch {
	case ns > 0:
		return "+" + span(ns)
	case ns < 0:
		return "−" + span(-ns)
	}
	return "0"
}

// span is a span of time with three digits or so: "4.0 ms", "61.3 s", "2 h 5 min".
func span(ns int64) string {
	d := time.Duration(ns)
	switch {
	case d < 0:
		return "−" + span(-ns)
	case d < time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	case d < time.Second:
		return fmt.Sprintf("%.1f ms", d.Seconds()*1000)
	case d < 2*time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
}

// matrix is the table of verdicts by rule and subject: the subjects with findings
// first when there are more than fit, the rules that the capture put to the test.
// The others come second.
func (r *Report) matrix(shown []viewSubject) (matrix, []*rules.Rule) {
	var m matrix
	subjects := r.Book.Subjects()
	columns := make([]int, 0, len(shown)) // indexes into shown
	for i := range shown {
		columns = append(columns, i)
	}
	slices.SortStableFunc(columns, func(a, b int) int { return cmp.Compare(shown[b].Count.Fail, shown[a].Count.Fail) })
	m.More = len(subjects) - min(len(columns), htmlColumns)
	columns = columns[:min(len(columns), htmlColumns)]
	slices.Sort(columns)
	cells := map[*rules.Rule][]matrixCell{}
	for col, i := range columns {
		x := shown[i]
		m.Columns = append(m.Columns, x)
		for _, res := range r.Book.Results(subjects[x.Number-1]) {
			if cells[res.Rule] == nil {
				cells[res.Rule] = make([]matrixCell, len(columns))
			}
			cells[res.Rule][col] = matrixCellOf(x, res)
		}
	}
	tested := map[*rules.Rule]bool{}
	for _, s := range subjects {
		for _, res := range r.Book.Results(s) {
			tested[res.Rule] = tested[res.Rule] || res.Verdict != rules.NotExercised
		}
	}
	var untested []*rules.Rule
	for _, rule := range r.Book.Rules() {
		switch {
		case !tested[rule]:
			untested = append(untested, rule)
		case slices.ContainsFunc(cells[rule], func(c matrixCell) bool { return c.Word != "" && c.Class != "none" }):
			m.Rows = append(m.Rows, matrixRow{rule, cells[rule]})
		}
	}
	return m, untested
}

func matrixCellOf(x viewSubject, res rules.Result) matrixCell {
	link := "#" + x.ID + "-" + res.Rule.ID
	switch res.Verdict {
	case rules.Fail:
		if !res.Counts() {
			return matrixCell{"excused", "excused", fmt.Sprint(res.Failed), link}
		}
		return matrixCell{res.Severity.String(), "fail", fmt.Sprint(res.Failed), link}
	case rules.Inconclusive:
		return matrixCell{"open", "open", fmt.Sprint(res.Inconclusive), link}
	case rules.Pass:
		return matrixCell{"pass", "pass", fmt.Sprint(res.Exercised), ""}
	}
	return matrixCell{"none", "–", "", ""}
}

// upper makes the first letter of a sentence a capital one.
func upper(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	if len(s) > 1 && (s[1] < 'a' || s[1] > 'z') && s[1] != ' ' {
		return s // a name or a number
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
