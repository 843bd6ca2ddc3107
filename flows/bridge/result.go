package bridge

import (
	"net/netip"

	"plcscope/flows/latency"
)

// Counts are what became of the changes of a value: carried, early, missed, unknown and
// open add up to the changes.
type Counts struct {
	Seen       uint64 // how often the value was in S7 traffic
	Others     uint64 // how often another controller has shown a value there, which was passed over
	Changes    uint64 // how often it was another than before
	Publishes  uint64 // on the topic
	Unreadable uint64 // of these, without the value at its path
	Carried    uint64 // changes that a PUBLISH has carried
	Early      uint64 // that were published before S7 traffic has shown them
	Missed     uint64 // that were not published
	Unknown    uint64 // a hole in the capture may hide the PUBLISH, or none on the topic is in it at all
	Open       uint64 // that may still be published at the end of the capture
}

// Miss is a change that was not published.
type Miss struct {
	Value string
	Frame uint64 // that has shown the change
	Time  int64
}

// Carriage is what became of one mapping.
type Carriage struct {
	Mapping
	Counts
	Of     netip.Addr      // the controller that has shown the value; the zero Addr when none has
	Delay  latency.Summary // from the frame that shows the change to the PUBLISH
	Misses []Miss          // the first ones
}

// Result settles what is left. The tracker must have been flushed; nothing can be
// observed after it.
func (b *Bridge) Result() []Carriage {
	out := make([]Carriage, 0, len(b.list))
	for i := range b.list {
		f := &b.list[i]
		for j := range f.pending {
			if b.now-f.pending[j].time > b.opt.Patience {
				f.pass(f.pending[j : j+1])
			} else {
				f.Open++
			}
		}
		f.pending = nil
		out = append(out, Carriage{f.Mapping, f.Counts, f.of, f.times.Summary(), f.misses})
	}
	return out
}
