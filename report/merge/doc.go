// Package merge makes one report of many: what check has written as JSON about captures
// of other times and places comes in, a report.Report goes out, in all of its formats.
//
// Counts are summed, and the verdict on a rule and a subject is the highest of all, as
// rules.Join has it for the books of one capture. A finding whose fingerprint an earlier
// report has is only counted. Memory is bounded by the number of subjects and rules, not
// by that of reports. Nothing is believed that does not add up.
package merge
