package report

import (
	"fmt"
	"strings"

	"plcscope/rules"
)

// documents are where the standards can be read.
var documents = map[rules.Standard]string{
	rules.V31:     "https://public.dhe.ibm.com/software/dw/webservices/ws-mqtt/mqtt-v3r1.html",
	rules.V311:    "https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html",
	rules.V5:      "https://docs.oasis-open.org/mqtt/mqtt/v5.0/os/mqtt-v5.0-os.html",
	rules.RFC1006: "https://www.rfc-editor.org/rfc/rfc1006",
	rules.ISO8073: "https://www.iso.org/standard/30007.html",
}

// document is where the statement that a rule rests on can be read: the newest
// standard that holds it, or the thread that tells of the experience; or "".
func document(r *rules.Rule) string {
	standards := r.Clauses.Standards()
	for i := len(standards) - 1; i >= 0; i-- {
		if d := documents[standards[i]]; d != "" {
			return d
		}
	}
	for _, c := range r.Clauses[rules.Field] {
		repo, number, ok := strings.Cut(c, "#")
		if ok && strings.Count(repo, "/") == 1 && number != "" && strings.Trim(number, "0123456789") == "" {
			return "https://github.com/" + repo + "/issues/" + number
		}
	}
	return ""
}

// statements are the clauses of a rule in all standards, one string each:
// "MQTT 3.1.1 MQTT-3.1.0-2".
func statements(r *rules.Rule) []string {
	var l []string
	for _, s := range r.Clauses.Standards() {
		for _, c := range r.Clauses[s] {
			l = append(l, fmt.Sprintf("%s %s", s, c))
		}
	}
	return l
}

// more tells of the cases that are not shown: "and 3 cases more", or "".
func more(x rules.Result, shown int) string {
	n := int(x.Failed+x.Inconclusive) - shown
	if n <= 0 {
		return ""
	}
	return "and " + plural(n, "case") + " more"
}
