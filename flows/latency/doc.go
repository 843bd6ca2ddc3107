// Package latency sums up how long things took. Times goes in, a Summary with
// percentiles comes out. Memory is bounded: a few times are kept as they are, more
// than that go into a histogram, and a Pool limits how many of those there are.
package latency
