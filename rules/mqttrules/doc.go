// Package mqttrules is the catalogue of MQTT conformance rules and the engine
// that runs them over the events of package flows.
//
// A rule is one value: what it says of itself (rules.Rule), which packets it
// looks at, and the check. State that several rules need (identifiers in flight,
// the CONNECT, who has closed, what is owed) is kept once, in Conn. The engine
// decides whether the capture allows a violation to be certain; a rule does not
// think of gaps.
//
// To add a rule: write the value in the file of its chapter, name it in All, and
// give it conversations in the test beside it, one that breaks it and one that
// keeps it.
package mqttrules
