package report

import (
	"bytes"
	"encoding/json"
	"strconv"

	"plcscope/rules"
)

// jsonSubjects encodes subjects, each as it stands in the report. Nearly all of what a
// large report says is that a subject has kept a rule, or has not met it; of such a
// result little more than two numbers differ between subjects, and the rest is encoded
// once a rule.
type jsonSubjects struct {
	report *Report
	plain  map[*rules.Rule]plainText
	text   []byte // of the latest subject; its storage serves the next
}

// plainText is what the plain results of a rule have in common.
type plainText struct {
	head    []byte // up to the severity
	clauses []byte // from the clauses to the end
}

// The indentation of a subject's text and of a result in it.
const (
	subjectIndent = "    "
	resultIndent  = "        "
)

// encode returns the subject as JSON; the text is valid until the next call.
func (e *jsonSubjects) encode(s *rules.Subject) ([]byte, error) {
	results := e.report.Book.Results(s)
	frame := jsonSubject{
		Protocol: s.Protocol.String(), Role: s.Role.String(), Address: s.Address, Name: s.Name, Label: s.Label,
		Counts: jsonCount(countOf(results)),
	}
	if len(results) > 0 {
		frame.Results = []jsonResult{}
	}
	b, err := appendJSON(e.text[:0], frame, subjectIndent)
	if err != nil {
		return nil, err
	}
	if len(results) > 0 {
		b = bytes.TrimSuffix(b, []byte("]\n"+subjectIndent+"}"))
		for i := range results {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(b, "\n"+resultIndent...)
			if b, err = e.appendResult(b, &results[i]); err != nil {
				return nil, err
			}
		}
		b = append(b, "\n"+subjectIndent+"  ]\n"+subjectIndent+"}"...)
	}
	e.text = b
	return b, nil
}

// appendResult appends one result.
func (e *jsonSubjects) appendResult(b []byte, x *rules.Result) ([]byte, error) {
	if !isPlain(x) {
		return appendJSON(b, e.report.jsonResult(x), resultIndent)
	}
	common, known := e.plain[x.Rule]
	if !known {
		var err error
		if common, err = e.report.plainText(x); err != nil {
			return nil, err
		}
		e.plain[x.Rule] = common
	}
	b = append(b, common.head...)
	b = append(b, x.Severity.String()...)
	b = append(b, "\",\n"+resultIndent+"  \"verdict\": \""...)
	b = append(b, x.Verdict.String()...)
	b = append(b, "\",\n"+resultIndent+"  \"exercised\": "...)
	b = strconv.AppendUint(b, x.Exercised, 10)
	return append(b, common.clauses...), nil
}

// isPlain reports whether a result has none of the fields that are left out when empty.
func isPlain(x *rules.Result) bool {
	return (x.Verdict == rules.Pass || x.Verdict == rules.NotExercised) && x.Own == x.Rule.Severity && x.Excuse == nil &&
		x.Failed|x.Excused|x.Inconclusive == 0 && len(x.Findings) == 0
}

// plainText takes apart what a plain result of a rule looks like.
func (r *Report) plainText(x *rules.Result) (plainText, error) {
	text, err := appendJSON(nil, r.jsonResult(x), resultIndent)
	if err != nil {
		return plainText{}, err
	}
	const severity, clauses = "\n" + resultIndent + "  \"severity\": \"", ",\n" + resultIndent + "  \"clauses\": "
	head, _, _ := bytes.Cut(text, []byte(severity)) // no string holds a line break
	_, tail, _ := bytes.Cut(text, []byte(clauses))
	return plainText{append(head[:len(head):len(head)], severity...), append([]byte(clauses), tail...)}, nil
}

// appendJSON appends v as it stands in the report, behind the given indentation.
func appendJSON(b []byte, v any, indent string) ([]byte, error) {
	text, err := json.MarshalIndent(v, indent, "  ")
	return append(b, escapeJSON(text)...), err
}

// jsonResult is a result with all its fields.
func (r *Report) jsonResult(x *rules.Result) jsonResult {
	j := jsonResult{
		Rule: x.Rule.ID, Title: x.Rule.Title, Severity: x.Severity.String(), Verdict: x.Verdict.String(),
		Exercised: x.Exercised, Failed: x.Failed, Excused: x.Excused, Excuse: jsonExcuseOf(x.Excuse), Inconclusive: x.Inconclusive,
		Clauses: map[string][]string{},
	}
	if x.Own != x.Rule.Severity {
		j.Own = x.Own.String()
	}
	for std, c := range x.Rule.Clauses {
		j.Clauses[std.String()] = c
	}
	if x.Verdict == rules.Inconclusive {
		j.Reason = x.Reason.String()
	}
	if x.Verdict == rules.Fail || x.Verdict == rules.Inconclusive {
		j.Why, j.Fix = x.Rule.Why, x.Rule.Fix
	}
	for _, f := range x.Findings {
		j.Findings = append(j.Findings, r.jsonFinding(f))
	}
	return j
}
