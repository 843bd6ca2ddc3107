package rules

import (
	"fmt"
	"slices"
	"strings"

	"plcscope/internal/near"
)

// Standard is a document that a clause stands in.
type Standard uint8

const (
	V31  Standard = 3 // MQTT 3.1; its sections are not numbered statements: "§3.1"
	V311 Standard = 4 // MQTT 3.1.1 (OASIS, ISO/IEC 20922)
	V5   Standard = 5 // MQTT 5.0 (OASIS)

	RFC1006 Standard = 20 // ISO transport on top of TCP
	ISO8073 Standard = 21 // COTP
	S7      Standard = 22 // S7 communication as observed; there is no public standard
	Field   Standard = 30 // experience with PLCs, no standard
	Site    Standard = 31 // what the site has laid down in its profile
)

var standardNames = map[Standard]string{
	V31: "MQTT 3.1", V311: "MQTT 3.1.1", V5: "MQTT 5.0",
	RFC1006: "RFC 1006", ISO8073: "ISO 8073", S7: "S7comm", Field: "field experience",
	Site: "site profile",
}

func (s Standard) String() string {
	if n, ok := standardNames[s]; ok {
		return n
	}
	return fmt.Sprintf("standard %d", uint8(s))
}

// Clauses names the statements that a rule checks, per standard. Identifiers of
// statements differ between versions, so one is never quoted without the other.
type Clauses map[Standard][]string

// Standards returns the standards that the rule applies to, in ascending order.
func (c Clauses) Standards() []Standard {
	var l []Standard
	for s := range c {
		l = append(l, s)
	}
	slices.Sort(l)
	return l
}

// In returns the statements of one standard as text, "MQTT-3.1.0-2", or "".
func (c Clauses) In(s Standard) string { return strings.Join(c[s], ", ") }

// Role says whom a rule judges.
type Role uint8

const (
	Client Role = iota
	Server
	Both // whoever sent the message
)

func (r Role) String() string { return [...]string{"client", "server", "both"}[r] }

// Severity is how much a violation weighs.
type Severity uint8

const (
	Info    Severity = iota // lawful, but worth knowing
	Warning                 // against the standard's advice, or a cause of trouble in the field
	Error                   // against a requirement of the standard
)

func (s Severity) String() string { return [...]string{"info", "warning", "error"}[s] }

// ParseSeverity reads a severity's name.
func ParseSeverity(s string) (Severity, error) {
	for _, v := range []Severity{Info, Warning, Error} {
		if s == v.String() {
			return v, nil
		}
	}
	return 0, fmt.Errorf("severity %q is not known; info, warning and error are", s)
}

// Needs is how much of the traffic must be in the capture for a violation to be
// certain. The engine turns a violation into "inconclusive" when it is not.
type Needs uint8

const (
	Packet     Needs = iota // one message
	Connection              // the connection from its start, both directions, without a hole
	Session                 // also the earlier connections of the session
	Timing                  // as Connection; judges that something did not happen in time
)

func (n Needs) String() string { return [...]string{"packet", "connection", "session", "timing"}[n] }

// Rule is what a rule says of itself. Each is one value in a catalogue, which
// adds how it is checked.
type Rule struct {
	ID       string // stable, never used again for something else
	Clauses  Clauses
	Role     Role
	Severity Severity
	Needs    Needs
	Title    string // what must hold, one sentence

	// Exercised says what traffic puts the rule to the test, one sentence:
	// where a capture holds none of it, the rule passes no verdict.
	Exercised string

	Why string // what goes wrong on a PLC when it does not hold
	Fix string // what to do about it
}

// Validate reports what is missing in a catalogue's rules. A catalogue calls it
// once in a test.
func Validate(list []*Rule) error {
	seen := map[string]bool{}
	for _, r := range list {
		switch {
		case r.ID == "" || seen[r.ID]:
			return fmt.Errorf("rule %q: the identifier is empty or taken", r.ID)
		case len(r.Clauses) == 0:
			return fmt.Errorf("rule %s: no clause", r.ID)
		case r.Title == "" || r.Exercised == "" || r.Why == "" || r.Fix == "":
			return fmt.Errorf("rule %s: title, what puts it to the test, why and fix must be told", r.ID)
		}
		seen[r.ID] = true
	}
	return nil
}

// Find returns the rule with that identifier, or the nearest identifiers for a
// message.
func Find(list []*Rule, id string) (*Rule, []string) {
	for _, r := range list {
		if r.ID == id {
			return r, nil
		}
	}
	ids := make([]string, len(list))
	for i, r := range list {
		ids[i] = r.ID
	}
	return nil, near.Names(id, ids, 3)
}
