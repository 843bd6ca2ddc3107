package manual

import (
	"fmt"
	"io"
	"strings"

	"plcscope/rules"
)

// Link says where a document finds the page of a rule. (*rules.Rule).Page is that
// of a document at the root of the project.
type Link func(*rules.Rule) string

// Table writes rules as a table in Markdown.
func Table(w io.Writer, list []*rules.Rule, link Link) {
	fmt.Fprint(w, "| rule | severity | judges | versions | what must hold |\n| --- | --- | --- | --- | --- |\n")
	for _, r := range list {
		fmt.Fprintf(w, "| [%s](%s) | %s | %s | %s | %s |\n", r.ID, link(r), r.Severity, r.Role, versions(r), Cell(r.Title))
	}
}

// Section writes all that a rule says of itself as a section in Markdown. all is
// where related rules are looked for.
func Section(w io.Writer, r *rules.Rule, all []*rules.Rule, link Link) {
	fmt.Fprintf(w, "## %s\n\n**%s.**\n\n", r.ID, r.Title)
	fmt.Fprintf(w, "| | |\n| --- | --- |\n")
	fmt.Fprintf(w, "| severity | %s: %s |\n| judges | %s |\n| needs | %s |\n", r.Severity, weighs[r.Severity], judges(r), needs[r.Needs])
	for _, s := range r.Clauses.Standards() {
		fmt.Fprintf(w, "| %s | %s |\n", s, Cell(strings.Join(r.Clauses[s], ", ")))
	}
	fmt.Fprintf(w, "| put to the test | %s |\n", Cell(r.Exercised))
	violating, keeping := Examples(r)
	for _, x := range []struct {
		name string
		list []string
	}{{"violated by", violating}, {"kept by", keeping}} {
		if len(x.list) > 0 {
			fmt.Fprintf(w, "| %s | %s |\n", x.name, Cell(strings.Join(x.list, "; ")))
		}
	}
	fmt.Fprintf(w, "\n*Why:* %s\n\n*Do:* %s\n", r.Why, r.Fix)
	if related := rules.Related(all, r); len(related) > 0 {
		links := make([]string, len(related))
		for i, o := range related {
			links[i] = fmt.Sprintf("[%s](%s)", o.ID, link(o))
		}
		fmt.Fprintf(w, "\n*See also:* %s\n", strings.Join(links, ", "))
	}
}

// Cell makes text fit for a cell of a table.
func Cell(s string) string {
	return strings.NewReplacer("|", "\\|", "\n", " ", "<", "&lt;").Replace(s)
}
