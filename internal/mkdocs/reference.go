package main

import (
	"fmt"
	"slices"
	"strings"

	"plcscope/internal/manual"
	"plcscope/rules"
	"plcscope/rules/mqttrules"
	"plcscope/rules/s7rules"
	"plcscope/rules/siterules"
)

// catalogue is every rule.
func catalogue() []*rules.Rule {
	return slices.Concat(mqttrules.Catalogue(), s7rules.Catalogue(), siterules.Catalogue())
}

const generated = "<!-- Made by go generate ./internal/mkdocs; do not edit. -->\n\n"

// reference adds the rule reference: an index and a page for each chapter.
func reference(made map[string]string, all []*rules.Rule) {
	var index strings.Builder
	index.WriteString(generated + "# The rules\n\n")
	fmt.Fprintf(&index, "%d rules, by the chapters of the standards that they check. A verdict is passed on each\nfor each client, broker and S7 partner in a capture: *not exercised*, *pass*,\n*inconclusive* or *fail*. `plcscope rules` shows the same pages.\n", len(all))
	for _, c := range rules.Chapters() {
		var list []*rules.Rule
		for _, r := range all {
			if r.Chapter() == c {
				list = append(list, r)
			}
		}
		if len(list) == 0 {
			continue
		}
		fmt.Fprintf(&index, "\n## [%s](%s.md)\n\n", c.Title, c.Slug)
		manual.Table(&index, list, beside)

		var page strings.Builder
		fmt.Fprintf(&page, "%s# %s\n\n[All rules](README.md)\n", generated, c.Title)
		for _, r := range list {
			page.WriteByte('\n')
			manual.Section(&page, r, all, beside)
		}
		made["docs/rules/"+c.Slug+".md"] = page.String()
	}
	made["docs/rules/README.md"] = index.String()
}

// beside links from one page of the reference to another.
func beside(r *rules.Rule) string { return strings.TrimPrefix(r.Page(), "docs/rules/") }

// fromDocs links from a document in docs to the reference.
func fromDocs(r *rules.Rule) string { return strings.TrimPrefix(r.Page(), "docs/") }
