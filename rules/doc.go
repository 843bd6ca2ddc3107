// Package rules is the vocabulary of judgement: what a rule says of itself, whom
// it judges, what was found and which verdict follows. The catalogues stand in
// packages below it (mqttrules), one rule being one value there; reports and
// documents are made from these values.
//
// A Book keeps the verdicts: per rule and subject whether the rule was exercised,
// how often it held, was broken or could not be decided, with a bounded number
// of findings. It never grows with the length of a capture.
package rules
