package manual

import (
	"fmt"
	"slices"
	"strings"

	"plcscope/rules"
)

// Filter chooses rules; of what is set, all must fit. The zero value chooses all.
type Filter struct {
	Standard string // "3.1", "3.1.1", "5", or one of the other names of Standards
	Role     string // "client" or "server": rules that judge it, those of both included; "both": only these
	Severity string // "info", "warning" or "error"
	Protocol string // "mqtt", "s7" or "site"
	Text     string // words that all occur in what the rule says of itself or in its statements
}

// standards are the documents by the names that a command line gives them.
var standards = []standard{
	{"3.1", rules.V31}, {"3.1.1", rules.V311}, {"5", rules.V5},
	{"rfc1006", rules.RFC1006}, {"iso8073", rules.ISO8073}, {"s7", rules.S7},
	{"field", rules.Field}, {"site", rules.Site},
}

type standard struct {
	name string
	is   rules.Standard
}

// Standards returns the names of standards that a Filter knows.
func Standards() []string {
	var l []string
	for _, s := range standards {
		l = append(l, s.name)
	}
	return l
}

// Roles, Severities and Protocols are the values of a Filter.
var (
	Roles      = []string{"client", "server", "both"}
	Severities = []string{"info", "warning", "error"}
	Protocols  = []string{"mqtt", "s7", "site"}
)

// Check reports a value that no rule can have.
func (f *Filter) Check() error {
	if f.Standard == "5.0" {
		f.Standard = "5"
	}
	for _, x := range []struct {
		flag, value string
		known       []string
	}{
		{"standard", f.Standard, Standards()}, {"role", f.Role, Roles},
		{"severity", f.Severity, Severities}, {"protocol", f.Protocol, Protocols},
	} {
		if x.value != "" && !slices.Contains(x.known, x.value) {
			return fmt.Errorf("%s %q is not known; %s are", x.flag, x.value, strings.Join(x.known, ", "))
		}
	}
	return nil
}

// Apply returns the rules that fit, in their order.
func (f *Filter) Apply(list []*rules.Rule) []*rules.Rule {
	var l []*rules.Rule
	for _, r := range list {
		if f.fits(r) {
			l = append(l, r)
		}
	}
	return l
}

func (f *Filter) fits(r *rules.Rule) bool {
	if f.Severity != "" && r.Severity.String() != f.Severity || f.Protocol != "" && ProtocolOf(r) != f.Protocol {
		return false
	}
	if f.Role != "" && r.Role.String() != f.Role && r.Role != rules.Both {
		return false
	}
	if f.Standard != "" {
		i := slices.IndexFunc(standards, func(s standard) bool { return s.name == f.Standard })
		if i < 0 || len(r.Clauses[standards[i].is]) == 0 {
			return false
		}
	}
	said := saidBy(r)
	for word := range strings.FieldsSeq(strings.ToLower(f.Text)) {
		if !strings.Contains(said, word) {
			return false
		}
	}
	return true
}

// saidBy is all that can be searched for, in lower case.
func saidBy(r *rules.Rule) string {
	words := []string{r.ID, r.Title, r.Exercised, r.Why, r.Fix}
	for _, list := range r.Clauses {
		words = append(words, list...)
	}
	return strings.ToLower(strings.Join(words, "\n"))
}

// ProtocolOf names what the rule is about: "mqtt", "s7" (with ISO-on-TCP below
// it), or "site" for what a plant lays down for itself.
func ProtocolOf(r *rules.Rule) string {
	prefix, _, _ := strings.Cut(r.ID, "-")
	switch prefix {
	case "iso", "s7":
		return "s7"
	case "site":
		return "site"
	}
	return "mqtt"
}
