package s7rules

import (
	"plcscope/decode"
	"plcscope/flows/tcp"
)

// hosts counts the connections that each client address has open to each server.
type hosts struct{ pairs map[hostKey]*pair }

type hostKey struct {
	server tcp.Endpoint
	client decode.Addr
}

// pair is a client address and a server.
type pair struct {
	key    hostKey
	open   int   // connections at this time
	opened int   // since there were none
	since  int64 // when the first of those was opened
	told   int   // the number that was reported last
}

// maxPairs bounds the table; connections beyond are not counted.
const maxPairs = 10_000

// enter counts c, which is established at that time.
func (h *hosts) enter(c *Conn, now int64) {
	if c.at != nil {
		return
	}
	k := hostKey{c.Flow.Server(), c.Flow.Client().Addr}
	p := h.pairs[k]
	if p == nil {
		if len(h.pairs) >= maxPairs {
			return
		}
		if h.pairs == nil {
			h.pairs = map[hostKey]*pair{}
		}
		p = &pair{key: k, since: now}
		h.pairs[k] = p
	}
	p.open++
	p.opened++
	c.at = p
}

// leave takes c, which is over, off the count.
func (h *hosts) leave(c *Conn) {
	p := c.at
	if p == nil {
		return
	}
	c.at = nil
	if p.open--; p.open == 0 {
		delete(h.pairs, p.key)
	}
}

// held is how many connections the client of c has open to its server.
func (h *hosts) held(c *Conn) int {
	if p := h.pairs[hostKey{c.Flow.Server(), c.Flow.Client().Addr}]; p != nil {
		return p.open
	}
	return 0
}
