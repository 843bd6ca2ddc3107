// Package profile reads plcscope.yaml: who the partners of a plant are, how much time
// they are granted, which findings are waived and until when, and what the site has
// laid down for itself.
//
// Reading is strict: what is not understood is an error with its place in the file. A
// profile is read whole, so that all errors are told at once.
package profile
