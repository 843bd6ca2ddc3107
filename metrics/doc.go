// Package metrics shows the counts of a live analysis to Prometheus. It serves them over
// HTTP where it is told to, on the loopback address unless another is named, and asks for
// them only when somebody wants to know: what runs meanwhile does not wait for it.
package metrics
