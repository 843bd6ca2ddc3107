package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"plcscope/rules"
)

// Bounds of the Markdown report: a job's summary is read in one look.
const (
	mdSubjects = 50
	mdFindings = 50 // broken rules, over all subjects
	mdFrames   = 5  // frames of one rule
)

// Markdown writes the report as the summary of a CI job: a table of the subjects,
// what failed with its frames, what became of messages, and what the capture lacks.
func (r *Report) Markdown(out io.Writer) error {
	w := bufio.NewWriter(out)
	word := r.Outcome()
	if !r.Failed() {
		word = strings.ToLower(word)
	}
	fmt.Fprintf(w, "## plcscope check: %s\n\n", word)
	names := r.sources()
	for i, name := range names {
		names[i] = mdText(name)
	}
	fmt.Fprintf(w, "%s: %s over %s, %s, %s, %s\n\n", strings.Join(names, ", "),
		plural(r.Totals.Frames, "frame"), r.lasted(),
		plural(r.Totals.Flows.TCP.Opened, "TCP connection"), plural(r.Totals.Flows.MQTT, "MQTT packet"), plural(r.Totals.Flows.ISO, "ISO-on-TCP PDU"))
	subjects := r.Book.Subjects()
	if len(subjects) > 0 {
		fmt.Fprint(w, "| subject | verdict | broken | inconclusive | held | not exercised |\n| --- | --- | ---: | ---: | ---: | ---: |\n")
		for i, s := range subjects {
			if i == mdSubjects {
				fmt.Fprintf(w, "| and %s more | | | | | |\n", plural(len(subjects)-i, "subject"))
				break
			}
			n := r.Count(s)
			fmt.Fprintf(w, "| %s | %s | %d | %d | %d | %d |\n", mdText(s.String()), r.Word(s), n.Fail, n.Inconclusive, n.Pass, n.NotExercised)
		}
		fmt.Fprintln(w)
	} else {
		fmt.Fprintf(w, "%s.\n\n", upper(nobody))
	}
	c := r.Coverage()
	fmt.Fprintf(w, "%d of %d rules exercised: %s, %d held, %d inconclusive; %d not exercised by this capture.\n",
		c.Exercised(), c.All(), c.broken(), c.Pass, c.Inconclusive, c.NotExercised)
	if d := r.Delivery; d != nil {
		for side := range d.Total {
			if l := &d.Total[side]; l.Sent > 0 {
				fmt.Fprintf(w, "\nMessages of QoS 1 and 2 by %s: %s.\n", [...]string{"clients", "brokers"}[side], mdText((&text{}).ledgerText(l)))
			}
		}
	}
	r.mdBroken(w, subjects)
	r.mdExcused(w, subjects)
	r.mdDelivery(w)
	if notes := r.Notes(); len(notes) > 0 {
		fmt.Fprint(w, "\n### Notes on the capture\n\n")
		for _, n := range notes {
			fmt.Fprintf(w, "- %s\n", mdText(n))
		}
	}
	return w.Flush()
}

func (r *Report) mdBroken(w io.Writer, subjects []*rules.Subject) {
	left, told := mdFindings, 0
	for _, s := range subjects {
		headed := false
		for _, x := range worstFirst(r.Book.Results(s)) {
			if told++; told > left {
				continue
			}
			if !headed {
				fmt.Fprintf(w, "\n### %s\n\n", mdText(s.String()))
				headed = true
			}
			fmt.Fprintf(w, "- **%s** `%s` %s (%s)", x.Severity, x.Rule.ID, mdText(x.Rule.Title), mdText(clauseOf(x)))
			if s := reweighedRule(x); s != "" {
				fmt.Fprintf(w, "<br>severity %s", s)
			}
			if len(x.Findings) > 0 {
				fmt.Fprintf(w, "<br>frame %d%s: %s", x.Findings[0].Frame, mdText(r.ofFile(x.Findings[0])), mdText(r.detail(&x.Findings[0])))
			}
			var others []string
			for i, f := range x.Findings {
				if i > 0 && i < mdFrames {
					others = append(others, fmt.Sprint(f.Frame))
				}
			}
			if len(others) > 0 {
				fmt.Fprintf(w, "<br>also in frame %s", strings.Join(others, ", "))
			}
			if m := more(x, min(mdFrames, len(x.Findings))); m != "" {
				fmt.Fprintf(w, " %s", m)
			}
			fmt.Fprintln(w)
		}
	}
	if told > left {
		fmt.Fprintf(w, "\nand %s broken beyond these.\n", plural(told-left, "rule"))
	}
}

// mdExcused lists what was broken and does not count, and what profile and baseline
// say besides.
func (r *Report) mdExcused(w io.Writer, subjects []*rules.Subject) {
	told := 0
	for _, s := range subjects {
		for _, x := range r.Book.Results(s) {
			if !excused(x) {
				continue
			}
			if told++; told == 1 {
				fmt.Fprint(w, "\n### Excused\n\n")
			}
			if told <= mdFindings {
				fmt.Fprintf(w, "- `%s` %s: %s, %s\n", x.Rule.ID, mdText(s.String()), plural(x.Failed, "case"), mdText(x.Excuse.String()))
			}
		}
	}
	if told > mdFindings {
		fmt.Fprintf(w, "\nand %s excused beyond these.\n", plural(told-mdFindings, "rule"))
	}
	for i, m := range r.remarks() {
		if i == 0 {
			fmt.Fprint(w, "\n### Profile and baseline\n\n")
		}
		text := mdText(m.Text)
		if m.Grave {
			text = "**" + text + "**"
		}
		fmt.Fprintf(w, "- %s\n", text)
	}
}

// worstFirst are the results that failed by a case that counts, the gravest first.
func worstFirst(l []rules.Result) []rules.Result {
	var out []rules.Result
	for _, weight := range []rules.Severity{rules.Error, rules.Warning, rules.Info} {
		for _, x := range l {
			if x.Verdict == rules.Fail && x.Counts() && x.Severity == weight {
				out = append(out, x)
			}
		}
	}
	return out
}

// Word is the verdict on a subject as a whole: FAIL when a finding reaches FailOn,
// REMARKS when others are certain, EXCUSED when none of these counts, and else
// INCONCLUSIVE, PASS or NOT EXERCISED.
func (r *Report) Word(s *rules.Subject) string {
	results := r.Book.Results(s)
	n := r.Count(s)
	switch {
	case grave(results, r.FailOn):
		return "FAIL"
	case n.Fail > n.Excused:
		return "REMARKS"
	case n.Excused > 0:
		return "EXCUSED"
	case n.Inconclusive > 0:
		return "INCONCLUSIVE"
	case n.Pass > 0:
		return "PASS"
	}
	return "NOT EXERCISED"
}

// mdEscapes keeps text from being taken for Markdown, HTML, a link or a mention.
var mdEscapes = strings.NewReplacer(
	"&", "&amp;", "<", "&lt;", ">", "&gt;", "\\", "\\\\", "`", "\\`", "*", "\\*", "_", "\\_",
	"[", "\\[", "]", "\\]", "|", "\\|", "~", "\\~", "#", "\\#", "!", "\\!", "@", "&#64;", "://", "\\://", "$", "\\$",
	"www.", "www&#46;",
)

// mdText is text from the wire for a line of Markdown.
func mdText(s string) string { return mdEscapes.Replace(Clean(s)) }
