package report

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"plcscope/rules"
)

// TestEveryFormatShowsSeverities: what the profile makes of a severity is told beside
// the rule, and once for the whole run, also when nothing has broken the rule.
func TestEveryFormatShowsSeverities(t *testing.T) {
	weigh := func(r *rules.Rule) (rules.Severity, bool) {
		return map[string]rules.Severity{"a": rules.Warning, "b": rules.Error}[r.ID], false
	}
	b := bookOf(rules.Terms{Weigh: weigh}, [3]string{"press7", "a", "identifier 1"})
	r := &Report{Tool: "plcscope test", Profile: "plcscope.yaml", Book: b, FailOn: rules.Warning}
	for _, s := range shapes {
		got := strings.Join(strings.Fields(written(t, r, s.write)), " ")
		wants := []string{"severity of a: error, here warning by the profile", "severity of b: warning, here error by the profile"}
		switch s.suffix {
		case "txt":
			wants = append(wants, "Severity error, here warning by the profile.")
		case "md":
			wants = append(wants, "<br>severity error, here warning by the profile")
		case "html":
			wants = []string{"Severity of a: error, here warning by the profile", "Severity of b: warning, here error by the profile", "<span>error, here warning by the profile</span>"}
		case "junit.xml":
			wants = append(wants, "warning (error, here warning by the profile)")
		case "json":
			wants = []string{`"severity": "warning", "catalogue_severity": "error"`, `{ "rule": "b", "catalogue": "warning", "here": "error" }`}
			schema, err := os.ReadFile(schemaName)
			if err != nil {
				t.Fatal(err)
			}
			checkSchema(t, string(schema), got)
		}
		for _, want := range wants {
			if !strings.Contains(got, want) {
				t.Errorf("%s does not tell %q:\n%s", s.suffix, want, got)
			}
		}
		if s.suffix == "sarif" {
			checkSARIF(t, got)
			var log sarifLog
			if err := json.Unmarshal([]byte(got), &log); err != nil {
				t.Fatal(err)
			}
			run := log.Runs[0]
			l := run.Invocations[0].Overrides
			if len(l) != 2 || l[0].Descriptor != (sarifRuleReference{"a", 0}) || l[0].Configuration.Level != "warning" {
				t.Errorf("overrides %v", l)
			}
			if run.Tool.Driver.Rules[0].Default.Level != "error" || run.Results[0].Level != "warning" {
				t.Errorf("the rule is a %s, its case a %s; want error and warning", run.Tool.Driver.Rules[0].Default.Level, run.Results[0].Level)
			}
		}
	}
	plain := &Report{Book: bookOf(rules.Terms{}, [3]string{"press7", "a", "identifier 1"}), FailOn: rules.Error}
	for _, s := range shapes {
		if got := written(t, plain, s.write); strings.Contains(got, "by the profile") && s.suffix != "html" || strings.Contains(got, "ruleConfigurationOverrides") {
			t.Errorf("%s tells of a profile that there is not", s.suffix)
		}
	}
}
