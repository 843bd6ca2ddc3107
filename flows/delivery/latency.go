package delivery

import "plcscope/flows/latency"

// Latency sums up times; see latency.Summary.
type Latency = latency.Summary

// Bar is a bar of a plot of latencies.
type Bar = latency.Bar
