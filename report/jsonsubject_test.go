package report

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/rules"
)

// TestSubjectsAreEncodedAsEncodingJSONDoes holds the text that is put together of parts
// against encoding/json, with every verdict, and rules that the profile weighs otherwise.
func TestSubjectsAreEncodedAsEncodingJSONDoes(t *testing.T) {
	awkward := &rules.Rule{
		ID: "mqtt-x", Clauses: rules.Clauses{rules.V311: {hostile}}, Role: rules.Client, Severity: rules.Error,
		Title: "\",\n          \"severity\": \"" + hostile, Why: hostile, Fix: hostile,
	}
	without := &rules.Rule{ID: "mqtt-y", Role: rules.Client, Severity: rules.Info, Title: "No clause"}
	book := rules.NewBook([]*rules.Rule{awkward, without}, rules.Limits{})
	book.Exercised(book.Subject(rules.Client, "10.0.0.5", hostile, rules.Ref{}), 0)
	reports := map[string]*Report{
		"hostile": hostileReport(), "awkward rules": {Book: book},
		"no rules": {Book: rules.NewBook(nil, rules.Limits{})},
	}
	reports["no rules"].Book.Subject(rules.Client, "10.0.0.5", "", rules.Ref{})
	for _, sample := range []string{"mqtt31-plc-healthy.pcap", "mqtt31-plc-faulty.pcap", "mixed-plant.pcapng.zst"} {
		reports[sample] = analysed(t, sample)
	}
	weighed := rules.Terms{Weigh: func(*rules.Rule) (rules.Severity, bool) { return rules.Info, false }}
	reports["weighed"] = &Report{Book: bookOf(weighed, [3]string{"press7", "b", "late"})}
	for name, r := range reports {
		e := jsonSubjects{report: r, plain: map[*rules.Rule]plainText{}}
		for _, s := range r.Book.Subjects() {
			whole := jsonSubject{
				Protocol: s.Protocol.String(), Role: s.Role.String(), Address: s.Address, Name: s.Name, Label: s.Label,
				Counts: jsonCount(r.Count(s)),
			}
			for _, x := range r.Book.Results(s) {
				whole.Results = append(whole.Results, r.jsonResult(&x))
			}
			want, err := json.MarshalIndent(whole, "    ", "  ")
			if err != nil {
				t.Fatal(err)
			}
			got, err := e.encode(s)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(strings.Split(string(escapeJSON(want)), "\n"), strings.Split(string(got), "\n")); d != "" {
				t.Errorf("%s, %s:\n%s", name, s.Address, d)
			}
		}
	}
}
