package profile

import (
	"fmt"
	"strings"

	"plcscope/rules"
)

// Check says which rules the profile names that the catalogue does not have; nil when
// it has them all.
func (p *Profile) Check(catalogue []*rules.Rule) error {
	d := &decoder{name: p.File, text: p.text}
	for _, w := range p.rules {
		if r, near := rules.Find(catalogue, w.Text); r == nil {
			d.errorf(w.At, "there is no rule %q; near it: %s", w.Text, strings.Join(near, ", "))
		}
	}
	if len(d.errs) > 0 {
		return d.errs
	}
	return nil
}

// Place is where the waiver stands, "plcscope.yaml:12".
func (p *Profile) Place(w *Waiver) string { return fmt.Sprintf("%s:%d", p.File, w.at.line) }
