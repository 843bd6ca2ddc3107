// Package overview is the first screen of the terminal interface: hosts and what they are, verdicts, message
// rates, and what needs attention.
package overview
