package report

import (
	"fmt"

	"plcscope/rules"
)

// reweighed says what the profile has made of a severity: "error, here warning by the
// profile"; "" when it has left it as it is.
func reweighed(own, here rules.Severity) string {
	if own == here {
		return ""
	}
	return fmt.Sprintf("%s, here %s by the profile", own, here)
}

// reweighedRule says so of the rule of a result. A case that the rule itself takes
// lightly may weigh less than either.
func reweighedRule(x rules.Result) string { return reweighed(x.Own, x.Rule.Severity) }

// least names the severities that make the run fail: "warning or above".
func (r *Report) least() string {
	if r.FailOn == rules.Error {
		return r.FailOn.String()
	}
	return r.FailOn.String() + " or above"
}
