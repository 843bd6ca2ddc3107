// Package ladder draws what sessions have said to each other as a sequence diagram, one column for each endpoint,
// and sets two messages side by side.
package ladder
