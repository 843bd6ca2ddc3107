package delivery

import (
	"plcscope/flows/latency"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
)

// entry is a message that is on the way.
type entry struct {
	note    uint32 // by which exchanges name it: its place in half.entries, from 1
	id      uint16
	sends   uint16
	conn    uint32 // connection of the session on which it last moved
	qos     mqtt.QoS
	used    bool
	acked   bool // PUBREC was seen
	crossed bool // its exchange has ended before, and it was sent again
	pending bool // its session has ended
	expires bool
	reached bool // the receiver's TCP has got it
	doubt   Doubt

	born  uint64 // event at which it last moved
	end   uint64 // position behind it in its sender's stream
	body  uint64 // fingerprint of QoS and payload
	pub   uint64 // number among the broker's publications, 0 for none
	kept  int64  // how long its sender was connected again without sending it
	first session.Ref
	last  session.Ref
	topic []byte // at most maxTopic bytes

	ackedBy session.Ref

	outage *Outage // the one that interrupted it, until it is taken up again
}

// half holds the messages that one side of a session has sent.
type half struct {
	entries []entry
	free    []uint32 // places in entries
	latency latency.Times
	Ledger

	repeated []repeated // ring of messages that were sent more than once, after their end
	oldest   int
}

// repeated is what remains of a message that was sent more than once.
type repeated struct {
	id          uint16
	first, last session.Ref
	topic       []byte
}

// at returns the entry that an exchange's note names, or nil.
func (h *half) at(note uint32) *entry {
	if note == 0 || int(note) > len(h.entries) || !h.entries[note-1].used {
		return nil
	}
	return &h.entries[note-1]
}

// take makes an entry; nil when there are too many, of this side or, by the count
// of their places, of all.
func (h *half) take(held *int) *entry {
	var i int
	switch {
	case len(h.free) > 0:
		n := len(h.free) - 1
		i = int(h.free[n])
		h.free = h.free[:n]
	case len(h.entries) < maxEntries && *held < maxHeld:
		*held++
		i = len(h.entries)
		h.entries = append(h.entries, entry{})
	default:
		return nil
	}
	e := &h.entries[i]
	*e = entry{note: uint32(i + 1), used: true, topic: e.topic[:0]}
	return e
}

// release frees an entry. One that was sent more than once is remembered for a
// while, because each of its sendings may be acknowledged.
func (h *half) release(e *entry) {
	if e.sends > 1 && e.qos == 1 {
		r := repeated{id: e.id, first: e.first, last: e.last}
		if len(h.repeated) < maxRepeated {
			h.repeated = append(h.repeated, r)
			h.repeated[len(h.repeated)-1].topic = append([]byte(nil), e.topic...)
		} else {
			x := &h.repeated[h.oldest]
			r.topic = append(x.topic[:0], e.topic...)
			*x = r
			h.oldest = (h.oldest + 1) % maxRepeated
		}
	}
	e.used, e.outage = false, nil
	h.free = append(h.free, e.note-1)
}

// again returns the latest message with that identifier that was sent more than
// once and has ended, or nil.
func (h *half) again(id uint16) *repeated {
	n := len(h.repeated)
	for k := 1; k <= n; k++ {
		if r := &h.repeated[(h.oldest-k+2*n)%n]; r.id == id {
			return r
		}
	}
	return nil
}
