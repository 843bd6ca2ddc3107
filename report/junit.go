package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"plcscope/rules"
)

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Time     string       `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Time       string          `xml:"time,attr"`
	Timestamp  string          `xml:"timestamp,attr,omitempty"`
	Hostname   string          `xml:"hostname,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Time    string        `xml:"time,attr"`
	Skipped *junitSkipped `xml:"skipped"`
	Error   *junitFailure `xml:"error"`
	Failure *junitFailure `xml:"failure"`
	Out     *junitText    `xml:"system-out"`
}

type junitText struct {
	Text string `xml:",cdata"`
}

type junitSkipped struct {
	Message string `xml:"message,attr"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",cdata"`
}

// JUnit writes the report as CI servers read test results: a suite for each
// subject, a case for each rule that applies to it. What cannot be decided, what was
// not put to the test and what is excused counts as skipped; a finding below FailOn is a test
// that passed, with what was found as its output. A run that was interrupted, and a
// capture that shows nobody to judge, has a suite that says so.
func (r *Report) JUnit(w io.Writer) error {
	seconds := strconv.FormatFloat(r.Duration().Seconds(), 'f', 3, 64)
	all := junitSuites{Name: "plcscope check", Time: seconds, Suites: []junitSuite{}}
	for _, s := range r.Book.Subjects() {
		suite := r.junitSuite(s)
		suite.Time = seconds
		all.Tests += suite.Tests
		all.Failures += suite.Failures
		all.Suites = append(all.Suites, suite)
	}
	if suite, ok := r.junitRun(); ok {
		suite.Time = seconds
		all.Tests += suite.Tests
		all.Errors += suite.Errors
		all.Suites = append(all.Suites, suite)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// junitRun is a suite about the run as a whole, if there is something to tell of it:
// servers take a report without a test case for one that is broken.
func (r *Report) junitRun() (suite junitSuite, ok bool) {
	suite = r.newSuite("capture", "")
	if r.Interrupted {
		suite.Errors++
		suite.Cases = append(suite.Cases, junitCase{
			Class: "capture", Name: "the capture was read to its end", Time: "0",
			Error: &junitFailure{Message: r.interruption(), Type: "interrupted", Text: r.interruption()},
		})
	}
	if len(r.Book.Subjects()) == 0 {
		suite.Skipped++
		suite.Cases = append(suite.Cases, junitCase{
			Class: "capture", Name: "the capture shows somebody to judge", Time: "0",
			Skipped: &junitSkipped{nobody},
		})
	}
	suite.Tests = len(suite.Cases)
	return suite, suite.Tests > 0
}

func (r *Report) newSuite(name, host string) junitSuite {
	suite := junitSuite{Name: xmlText(name), Hostname: xmlText(host), Properties: r.junitProperties()}
	if r.Totals.Frames > 0 {
		suite.Timestamp = time.Unix(0, r.Totals.First).UTC().Format("2006-01-02T15:04:05")
	}
	return suite
}

func (r *Report) junitSuite(s *rules.Subject) junitSuite {
	suite := r.newSuite(s.String(), s.Address)
	for _, x := range r.Book.Results(s) {
		c := junitCase{
			Class: junitClass(x.Rule), Name: xmlText(x.Rule.ID + " " + x.Rule.Title), Time: "0",
		}
		switch {
		case excused(x):
			c.Skipped = &junitSkipped{xmlText(x.Excuse.String())}
			c.Out = &junitText{r.evidenceText(x)}
			suite.Skipped++
		case x.Verdict == rules.Fail && x.Severity >= r.FailOn:
			c.Failure = &junitFailure{Message: xmlText(r.firstDetail(x)), Type: x.Severity.String(), Text: r.evidenceText(x)}
			suite.Failures++
		case x.Verdict == rules.Fail:
			c.Out = &junitText{r.evidenceText(x)}
		case x.Verdict == rules.Inconclusive:
			c.Skipped = &junitSkipped{"inconclusive: " + x.Reason.String()}
			c.Out = &junitText{r.evidenceText(x)}
			suite.Skipped++
		case x.Verdict == rules.NotExercised:
			c.Skipped = &junitSkipped{"not exercised: nothing in the capture put the rule to the test"}
			suite.Skipped++
		}
		suite.Tests++
		suite.Cases = append(suite.Cases, c)
	}
	return suite
}

func (r *Report) junitProperties() []junitProperty {
	l := []junitProperty{{"tool", r.Tool}, {"rules", strconv.Itoa(len(r.Book.Rules()))}}
	for i, f := range r.Files {
		l = append(l, junitProperty{"capture", xmlText(f.Name)})
		if i < len(r.Hashes) && r.Hashes[i] != "" {
			l = append(l, junitProperty{"sha-256", r.Hashes[i]})
		}
	}
	for _, n := range r.Notes() {
		l = append(l, junitProperty{"note", xmlText(n)})
	}
	for _, m := range r.remarks() {
		l = append(l, junitProperty{"remark", xmlText(m.Text)})
	}
	return l
}

// junitClass files a rule under its newest standard and the chapter there, as in
// "MQTT 5_0.3_1_2"; CI servers make a tree of the dots, so there are no others.
func junitClass(r *rules.Rule) string {
	l := r.Clauses.Standards()
	if len(l) == 0 {
		return "rules"
	}
	std := l[0]
	for _, s := range l {
		if s <= rules.V5 {
			std = s
		}
	}
	name := strings.ReplaceAll(strings.ReplaceAll(std.String(), ".", "_"), " ", "-")
	if c := chapter(r.Clauses[std]); c != "" {
		return name + "." + c
	}
	return name
}

// chapter is the chapter that the first of some statements stands in: "3_1" of
// "MQTT-3.1.2-3" and of "§3.1"; "" when there is none.
func chapter(clauses []string) string {
	if len(clauses) == 0 {
		return ""
	}
	c := strings.TrimPrefix(strings.TrimPrefix(clauses[0], "MQTT-"), "§")
	c, _, _ = strings.Cut(c, "-")
	part := strings.Split(c, ".")
	for _, p := range part {
		if p == "" || strings.Trim(p, "0123456789") != "" {
			return ""
		}
	}
	return strings.Join(part[:min(2, len(part))], "_")
}

func (r *Report) firstDetail(x rules.Result) string {
	if len(x.Findings) == 0 {
		return x.Rule.Title
	}
	f := x.Findings[0]
	for _, y := range x.Findings {
		if y.Verdict == rules.Fail && y.Excuse == nil {
			f = y
			break
		}
	}
	return fmt.Sprintf("frame %d: %s", f.Frame, r.detail(&f))
}

// evidenceText is the evidence on a rule in lines.
func (r *Report) evidenceText(x rules.Result) string {
	const most = 5
	var b strings.Builder
	weight := x.Severity.String()
	if s := reweighedRule(x); s != "" {
		weight += " (" + s + ")"
	}
	fmt.Fprintf(&b, "%s  %s\n%s.\n", weight, clauseOf(x), x.Rule.Title)
	for i, f := range x.Findings {
		if i == most {
			break
		}
		fmt.Fprintf(&b, "\nframe %d%s%s  %s UTC  %s > %s\n  %s\n", f.Frame, r.ofFile(f), atByte(f), clock(f.Time), f.Client, f.Server, r.detail(&f))
		if f.Verdict == rules.Inconclusive {
			fmt.Fprintf(&b, "  inconclusive: %s\n", f.Reason)
		}
		if f.Excuse != nil {
			fmt.Fprintf(&b, "  %s\n", f.Excuse)
		}
		if len(f.Bytes) > 0 && (r.Secrets || !f.Secret) {
			fmt.Fprintf(&b, "  %s %s\n", f.Message, hexdump(f.Bytes, 24))
		}
	}
	if m := more(x, min(most, len(x.Findings))); m != "" {
		fmt.Fprintf(&b, "%s\n", m)
	}
	fmt.Fprintf(&b, "\nwhy  %s\ndo   %s\n", x.Rule.Why, x.Rule.Fix)
	return xmlText(b.String())
}

// atByte is the place of the offending byte, " byte 10", or "".
func atByte(f rules.Finding) string {
	if f.Offset < 0 {
		return ""
	}
	return fmt.Sprintf(" byte %d", f.Offset)
}

// xmlText makes text harmless as Clean does, but leaves line breaks. Clean leaves
// nothing that XML 1.0 does not allow.
func xmlText(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = Clean(l)
	}
	return strings.Join(lines, "\n")
}
