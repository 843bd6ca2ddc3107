package manual

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"plcscope/rules"
)

// conversations are those that the tests of the rule packages hold rules against,
// one a line: see ParseConversations. internal/mkdocs writes them.
//
//go:embed conversations.tsv
var conversations string

// Conversation is a test of a rule: what is said and what the rule makes of it.
type Conversation struct {
	Rule     string
	Verdict  string // as rules.Verdict says it
	Versions string // "3.1 3.1.1 5"; "" where there are none
	Name     string // "refused, tries again"
	Doubted  int    // hazards under which the verdict becomes inconclusive
}

// Conversations returns the tests of all rules, in the order of the catalogues.
var Conversations = sync.OnceValue(func() []Conversation { return ParseConversations(conversations) })

// Examples returns the names of conversations that violate a rule, and of those
// that keep it.
func Examples(r *rules.Rule) (violating, keeping []string) {
	violating, keeping = []string{}, []string{}
	for _, c := range Conversations() {
		l := &keeping
		switch {
		case c.Rule != r.ID:
			continue
		case c.Verdict == rules.Fail.String():
			l = &violating
		case c.Verdict != rules.Pass.String():
			continue
		}
		if c.Name != "" && !slices.Contains(*l, c.Name) {
			*l = append(*l, c.Name)
		}
	}
	return violating, keeping
}

// ParseConversations reads what tests of a rule package have written: rule,
// verdict, versions, doubted and name, with tabs between them.
func ParseConversations(text string) []Conversation {
	var l []Conversation
	for line := range strings.Lines(text) {
		f := strings.Split(strings.TrimRight(line, "\r\n"), "\t")
		if len(f) == 5 {
			l = append(l, Conversation{Rule: f[0], Verdict: f[1], Versions: f[2], Doubted: number(f[3]), Name: f[4]})
		}
	}
	return l
}

// number reads a small decimal number; anything else is 0.
func number(s string) (n int) {
	for _, c := range s {
		if c < '0' || c > '9' || n > 1<<20 {
			return 0
		}
		n = 10*n + int(c-'0')
	}
	return n
}
