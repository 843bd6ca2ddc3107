// Package assets keeps the inventory of a plant as its traffic tells it: what each
// host is, down to order number, firmware, protection and operating mode of
// controllers; which blocks were seen; who reads, writes, loads, stops, starts,
// forces or logs in; and how controllers answer: response times, errors in words,
// jobs and message sizes against what was negotiated, polling intervals.
//
// An Inventory is a flows.Observer: one pass, bounded memory, no clock but the
// capture's. What a hole in the capture may hide counts as unknown, never as
// missing. Passwords are not kept: only that one was used, and what came of it.
package assets
