// Package delivery shows the delivery audit: what became of every message of QoS 1 and 2.
//
// The upper part is the ledger, a row for each session and side that has sent such
// messages, behind sums of all (model.go orders it, ledger.go draws it); beside or below
// it is told what became of the messages of the selected row, and how long their
// acknowledgements took (explain.go, histogram.go). The lower part lists what happened to
// that row's messages: outages, incidents, pairs of publisher and subscriber, requests and
// replies, each a part of its own (part.go, and a file for each). place.go leads to and from other views.
//
// Results are taken from snapshots. What is kept here of a row are 8 bytes in the ledger
// and 4 in the list below; texts are made when they are drawn.
package delivery
