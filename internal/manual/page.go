package manual

import (
	"fmt"
	"io"
	"strings"

	"plcscope/rules"
)

// judges says whom a rule is about.
func judges(r *rules.Rule) string {
	if r.Role == rules.Both {
		return "both sides: whoever does it"
	}
	return "the " + r.Role.String()
}

// weighs says what the severity means.
var weighs = [...]string{
	rules.Info:    "lawful, but worth knowing",
	rules.Warning: "against advice, or a cause of trouble in the field",
	rules.Error:   "against a requirement",
}

// needs says what the capture must hold for a violation to be certain.
var needs = [...]string{
	rules.Packet:     "one packet",
	rules.Connection: "the connection from its start, both directions, without a hole",
	rules.Session:    "all connections of the session from their start, without a hole",
	rules.Timing:     "the connection from its start, both directions, without a hole, and long enough",
}

// versions lists the standards of a rule in short: "3.1 3.1.1 5".
func versions(r *rules.Rule) string {
	var l []string
	for _, s := range r.Clauses.Standards() {
		l = append(l, strings.TrimSuffix(strings.TrimPrefix(s.String(), "MQTT "), ".0"))
	}
	return strings.Join(l, " ")
}

// List writes one line a rule.
func List(w io.Writer, list []*rules.Rule) {
	for _, r := range list {
		fmt.Fprintf(w, "%-34s %-7s %-7s %-15s %s\n", r.ID, r.Severity, r.Role, versions(r), r.Title)
	}
}

// Page writes all that a rule says of itself. all is where related rules are
// looked for.
func Page(w io.Writer, r *rules.Rule, all []*rules.Rule) {
	fmt.Fprintf(w, "%s\n  %s.\n\n", r.ID, r.Title)
	line := func(name, format string, args ...any) {
		fmt.Fprintf(w, "  %-9s  %s\n", name, fold(fmt.Sprintf(format, args...), 13))
	}
	line("severity", "%s: %s", r.Severity, weighs[r.Severity])
	line("judges", "%s", judges(r))
	line("needs", "%s; where the capture has less, the verdict is inconclusive", needs[r.Needs])
	for _, s := range r.Clauses.Standards() {
		line("clause", "%s %s", s, r.Clauses.In(s))
	}
	fmt.Fprintln(w)
	line("tested", "%s", r.Exercised)
	if violating, _ := Examples(r); len(violating) > 0 {
		line("violated", "%s", strings.Join(violating, "; "))
	}
	line("why", "%s", r.Why)
	line("do", "%s", r.Fix)
	if related := rules.Related(all, r); len(related) > 0 {
		fmt.Fprintln(w)
		for i, o := range related {
			name := "see also"
			if i > 0 {
				name = ""
			}
			line(name, "%s: %s", o.ID, o.Title)
		}
	}
	fmt.Fprintln(w)
	line("page", "%s", r.Page())
}

// width is that of a page of text.
const width = 96

// fold breaks text into lines; those behind the first are indented.
func fold(s string, indent int) string {
	var b strings.Builder
	column := indent
	for i, word := range strings.Fields(s) {
		n := len([]rune(word))
		switch {
		case i == 0:
		case column+1+n > width:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			column = indent
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}
