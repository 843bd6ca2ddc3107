package report

import (
	"plcscope/rules"
)

// nameKey is what a subject is known by: its address, a server's with the port, and
// the client identifier.
type nameKey struct {
	role     rules.Role
	address  string
	clientID string
}

// called is what the site calls a partner, or "".
func (r *Report) called(role rules.Role, address, clientID string) string {
	if r.names == nil {
		r.names = map[nameKey]string{}
		for _, s := range r.Book.Subjects() {
			if s.Label != "" {
				r.names[nameKey{s.Role, s.Address, s.Name}] = Clean(s.Label)
			}
		}
	}
	return r.names[nameKey{role, address, clientID}]
}

// aside adds to what is known of a partner what the site calls it: `"press7" (Press 7)`.
func aside(known, name string) string {
	if name == "" {
		return known
	}
	return known + " (" + name + ")"
}
