// Package report turns verdicts and findings into text for people and JSON for
// programs. One format is one file.
//
// A Report is a value made once from what an analysis found; formats only read
// it. Whatever came from the wire is escaped here, at the edge.
package report
