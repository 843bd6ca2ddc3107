package report

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"plcscope/rules"
)

// TextOptions choose what Text shows.
type TextOptions struct {
	Style   Style
	Verbose bool // also the rules that held and those that were not exercised
	Width   int  // columns to wrap prose at; 0 means 100
}

// Text writes the report for people: who failed, with the frames, the clause,
// why it matters and what to do.
func (r *Report) Text(w io.Writer, o TextOptions) error {
	if o.Width == 0 {
		o.Width = 100
	}
	t := &text{Writer: bufio.NewWriter(w), o: o, r: r}
	t.head()
	subjects := r.Book.Subjects()
	for _, s := range subjects {
		t.subject(s)
	}
	if len(subjects) == 0 {
		t.WriteByte('\n')
		t.item(0, upper(nobody)+".")
	}
	t.delivery()
	t.remarks()
	t.foot()
	return t.Flush()
}

type text struct {
	*bufio.Writer
	o TextOptions
	r *Report
}

func (t *text) head() {
	r := t.r
	fmt.Fprintf(t, "%s\n", t.o.Style.Bold(strings.Join(r.sources(), ", ")))
	if r.Totals.Frames > 0 {
		fmt.Fprintf(t, "  %s over %s from %s UTC\n", plural(r.Totals.Frames, "frame"), r.lasted(), clock(r.Totals.First))
	}
	fmt.Fprintf(t, "  %s, %s, %s\n", plural(r.Totals.Flows.TCP.Opened, "TCP connection"), plural(r.Totals.Flows.MQTT, "MQTT packet"), plural(r.Totals.Flows.ISO, "ISO-on-TCP PDU"))
	for _, n := range r.Notes() {
		t.item(2, t.o.Style.Yellow("note:")+" "+Clean(n))
	}
}

func (t *text) subject(s *rules.Subject) {
	results := t.r.Book.Results(s)
	n := t.r.Count(s)
	if n.Exercised() == 0 && !t.o.Verbose {
		return
	}
	word := t.r.Word(s)
	switch word {
	case "FAIL":
		word = t.o.Style.Red(word)
	case "REMARKS", "INCONCLUSIVE":
		word = t.o.Style.Yellow(word)
	default:
		word = t.o.Style.Green(word)
	}
	fmt.Fprintf(t, "\n%s  %s\n", t.o.Style.Bold(Clean(s.String())), word)
	fmt.Fprintf(t, "  %s exercised of %d that apply: %s, %d held, %d inconclusive\n", plural(n.Exercised(), "rule"), n.All(), n.broken(), n.Pass, n.Inconclusive)
	for _, x := range worstFirst(results) {
		t.broken(x)
	}
	for _, x := range results {
		if excused(x) {
			t.excused(x)
		}
	}
	for _, x := range results {
		if x.Verdict == rules.Inconclusive {
			fmt.Fprintf(t, "\n  %s %s: %s (%s of %d)\n", t.o.Style.Yellow("?"), x.Rule.ID, x.Reason, plural(x.Inconclusive, "case"), x.Exercised)
			t.wrap("    ", x.Rule.Title)
			t.evidence(x, 3)
		}
	}
	if t.o.Verbose {
		for _, v := range []rules.Verdict{rules.Pass, rules.NotExercised} {
			for _, x := range results {
				if x.Verdict == v {
					fmt.Fprintf(t, "  %-13s %-40s %s\n", v, x.Rule.ID, times(x.Exercised))
				}
			}
		}
	}
}

func times(n uint64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d×", n)
}

// broken tells how many rules were broken, and how many of them do not count.
func (c Count) broken() string {
	if c.Excused > 0 {
		return fmt.Sprintf("%d broken (%d of them excused)", c.Fail, c.Excused)
	}
	return fmt.Sprintf("%d broken", c.Fail)
}

// grave reports whether a result reaches the severity that fails the run.
func grave(l []rules.Result, least rules.Severity) bool {
	for _, x := range l {
		if x.Verdict == rules.Fail && x.Counts() && x.Severity >= least {
			return true
		}
	}
	return false
}

func (t *text) broken(x rules.Result) {
	mark := t.o.Style.Red("✗ error  ")
	switch x.Severity {
	case rules.Warning:
		mark = t.o.Style.Yellow("! warning")
	case rules.Info:
		mark = t.o.Style.Cyan("i info   ")
	}
	fmt.Fprintf(t, "\n  %s %s  %s\n", mark, t.o.Style.Bold(x.Rule.ID), t.o.Style.Dim(clauseOf(x)))
	t.wrap("    ", x.Rule.Title+".")
	if s := reweighedRule(x); s != "" {
		t.wrap("    ", "Severity "+s+".")
	}
	if x.Excused > 0 {
		verb := "do"
		if x.Excused == 1 {
			verb = "does"
		}
		t.wrap("    ", fmt.Sprintf("%d of %s %s not count: %s.", x.Excused, plural(x.Failed, "case"), verb, Clean(x.Excuse.String())))
	}
	t.evidence(x, 5)
	t.labelled("why ", x.Rule.Why)
	t.labelled("do  ", x.Rule.Fix)
}

// excused shows a rule that was broken by no case that counts.
func (t *text) excused(x rules.Result) {
	fmt.Fprintf(t, "\n  %s %s  %s\n", t.o.Style.Dim("~ excused"), t.o.Style.Bold(x.Rule.ID), t.o.Style.Dim(clauseOf(x)))
	t.wrap("    ", x.Rule.Title+".")
	if s := reweighedRule(x); s != "" {
		t.wrap("    ", "Severity "+s+".")
	}
	t.wrap("    ", upper(Clean(x.Excuse.String()))+".")
	t.evidence(x, 1)
}

// remarks tells what the profile and the baseline have done to the verdicts.
func (t *text) remarks() {
	for i, m := range t.r.remarks() {
		if i == 0 {
			t.WriteByte('\n')
		}
		mark := " "
		if m.Grave {
			mark = t.o.Style.Yellow("!")
		}
		t.WriteString(mark + " ")
		t.flow(Clean(m.Text), 2)
	}
}

// clauseOf names the clause in the version of the connection that was judged.
func clauseOf(x rules.Result) string {
	std := rules.V311
	if len(x.Findings) > 0 {
		std = x.Findings[0].Standard
	}
	return Citation(x.Rule, std)
}

// Citation is the clause of a rule in a standard, "MQTT 3.1.1 [MQTT-3.1.0-2]".
// 3.1 has no numbered statements, so there the one of 3.1.1 is added.
func Citation(r *rules.Rule, std rules.Standard) string {
	if c := r.Clauses.In(std); c != "" {
		s := fmt.Sprintf("%s [%s]", std, c)
		if e := r.Clauses.In(rules.V311); std == rules.V31 && e != "" {
			s += fmt.Sprintf(", in 3.1.1 [%s]", e)
		}
		return s
	}
	l := r.Clauses.Standards()
	if len(l) == 0 {
		return ""
	}
	if c := r.Clauses.In(l[0]); c != "" {
		return fmt.Sprintf("%s [%s]", l[0], c)
	}
	return l[0].String()
}

func (t *text) evidence(x rules.Result, most int) {
	l := x.Findings
	for i, f := range l {
		if i == most {
			break
		}
		where := fmt.Sprintf("frame %d%s", f.Frame, t.r.ofFile(f))
		if f.Offset >= 0 {
			where += fmt.Sprintf(" byte %d", f.Offset)
		}
		if f.Excuse != nil && x.Counts() {
			where += " (excused)"
		}
		fmt.Fprintf(t, "    %s  %s\n", t.o.Style.Cyan(where), t.o.Style.Dim(clock(f.Time)+"  "+f.Client+" > "+f.Server))
		t.wrap("      ", Clean(t.r.detail(&f)))
		if len(f.Bytes) > 0 && (t.r.Secrets || !f.Secret) {
			fmt.Fprintf(t, "      %s\n", t.o.Style.Dim(f.Message+" "+hexdump(f.Bytes, 24)))
		}
	}
	if n := int(x.Failed+x.Inconclusive) - min(most, len(l)); n > 0 {
		fmt.Fprintf(t, "    and %s more\n", plural(n, "case"))
	}
}

func hexdump(b []byte, most int) string {
	s := ""
	for i, c := range b {
		if i == most {
			return s + "…"
		}
		if i > 0 {
			s += " "
		}
		s += hex.EncodeToString([]byte{c})
	}
	return s
}

func (t *text) labelled(label, prose string) {
	if prose == "" {
		return
	}
	fmt.Fprintf(t, "    %s", t.o.Style.Dim(label+" "))
	t.flow(prose, 4+len(label)+1)
}

func (t *text) wrap(indent, prose string) {
	t.WriteString(indent)
	t.flow(prose, len(indent))
}

// flow writes prose that begins at column at and keeps that indent.
func (t *text) flow(prose string, at int) { t.hang(prose, at, at) }

// item writes a line of a list, with its further lines two columns to the right.
func (t *text) item(indent int, prose string) {
	t.WriteString(strings.Repeat(" ", indent))
	t.hang(prose, indent, indent+2)
}

// hang writes prose that begins at a column, and its further lines with an indent. It
// breaks lines at spaces and leaves those within them as they are: names may hold some.
func (t *text) hang(prose string, column, indent int) {
	for i, word := range strings.Split(prose, " ") {
		n := columns(word)
		if i > 0 && column+1+n > t.o.Width {
			t.WriteString("\n" + strings.Repeat(" ", indent))
			column = indent
		} else if i > 0 {
			t.WriteByte(' ')
			column++
		}
		t.WriteString(word)
		column += n
	}
	t.WriteByte('\n')
}

// columns is how many characters a word shows; what colours it does not count.
func columns(word string) (n int) {
	for {
		before, after, found := strings.Cut(word, "\x1b[")
		n += utf8.RuneCountInString(before)
		if !found {
			return n
		}
		_, word, _ = strings.Cut(after, "m")
	}
}

func (t *text) foot() {
	c := t.r.Coverage()
	fmt.Fprintf(t, "\n%d of %d rules exercised: %s, %d held, %d inconclusive; %d not exercised by this capture\n",
		c.Exercised(), c.All(), c.broken(), c.Pass, c.Inconclusive, c.NotExercised)
	switch word := t.r.Outcome(); word {
	case "FAIL":
		fmt.Fprintf(t, "%s  findings of severity %s\n", t.o.Style.Red(word), t.r.least())
	case "INTERRUPTED":
		fmt.Fprintf(t, "%s  no finding of severity %s until then\n", t.o.Style.Yellow(word), t.r.least())
	default:
		fmt.Fprintf(t, "%s  no finding of severity %s\n", t.o.Style.Green(word), t.r.least())
	}
}
