// Package datatype knows how a SIMATIC controller lays out its elementary data types,
// and writes their values as STEP 7 does: 16#1F, T#2s500ms, DT#2026-01-31-12:00:00.
//
// All values are big-endian. Bytes are borrowed; whatever they hold, they can be
// written: a date that is none shows its digits.
package datatype
