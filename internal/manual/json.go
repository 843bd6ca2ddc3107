package manual

import (
	"encoding/json"
	"io"

	"plcscope/rules"
)

// described is a rule as JSON.
type described struct {
	ID        string      `json:"id"`
	Title     string      `json:"title"`
	Protocol  string      `json:"protocol"`
	Judges    string      `json:"judges"`
	Severity  string      `json:"severity"`
	Needs     string      `json:"needs"`
	Clauses   []statement `json:"clauses"`
	Exercised string      `json:"exercised"`
	Violated  []string    `json:"violated_by"` // names of the conversations that test it
	Kept      []string    `json:"kept_by"`
	Why       string      `json:"why"`
	Fix       string      `json:"fix"`
	Related   []string    `json:"related"`
	Page      string      `json:"page"`
}

type statement struct {
	Standard   string   `json:"standard"`
	Statements []string `json:"statements"`
}

// JSON writes rules as an array, with the rules of all that are related to each.
func JSON(w io.Writer, list, all []*rules.Rule) error {
	out := make([]described, 0, len(list))
	for _, r := range list {
		d := described{
			ID: r.ID, Title: r.Title, Protocol: ProtocolOf(r), Judges: r.Role.String(), Severity: r.Severity.String(),
			Needs: r.Needs.String(), Exercised: r.Exercised, Why: r.Why, Fix: r.Fix, Related: []string{}, Page: r.Page(),
		}
		d.Violated, d.Kept = Examples(r)
		for _, s := range r.Clauses.Standards() {
			d.Clauses = append(d.Clauses, statement{s.String(), r.Clauses[s]})
		}
		for _, o := range rules.Related(all, r) {
			d.Related = append(d.Related, o.ID)
		}
		out = append(out, d)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(out)
}
