// Package findings shows verdicts by rule and subject, with evidence, clause and what to do, and leads to the
// messages.
package findings
