package delivery

// underWay counts what is under way by what it belongs to.
type underWay struct {
	interrupted map[*Outage][2]uint64 // messages that an outage has interrupted, by sender
	expected    map[*pair]uint64      // messages that a subscriber is yet to get
}

func (u *underWay) add(o *owner) {
	for side := range o.sides {
		for i := range o.sides[side].entries {
			if e := &o.sides[side].entries[i]; e.used && !e.crossed && e.outage != nil {
				n := u.interrupted[e.outage]
				n[side]++
				u.interrupted[e.outage] = n
			}
		}
	}
	for i := range o.expected.n {
		if x := o.expected.at(i); !x.done && x.qos > 0 {
			u.expected[x.pair]++
		}
	}
}

// underWay counts the messages of which it is not decided what became of them. What is
// sent again after its end was counted then.
func (h *half) underWay() (n uint64) {
	for i := range h.entries {
		if e := &h.entries[i]; e.used && !e.crossed {
			n++
		}
	}
	return n
}

// waiting counts the requests without a reply yet, of a role and a pattern.
func (o *owner) waiting(r Role, pattern string) (n uint64) {
	for i := range o.calls {
		if x := &o.calls[i]; roleOf(x.asker) == r && x.pattern == pattern {
			n++
		}
	}
	return n
}
