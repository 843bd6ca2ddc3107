package assets

import (
	"plcscope/decode"
	"plcscope/flows"
	"plcscope/flows/latency"
	"plcscope/s7comm"
)

type pairKey struct{ client, server decode.Addr }

// pair is a client and a controller that talk S7 to each other.
type pair struct {
	pairKey
	connections uint64
	functions   map[kind]*function
	order       []*function
	latest      *function // that was asked for
	used        *AreaUse  // the latest
	errors      map[errorKey]*Failure
	failures    []*Failure
	areas       map[areaKey]*AreaUse
	polls       map[uint64]*poll
	actions     [actionKinds]uint64

	setups        uint64 // that were negotiated
	pduLength     uint16 // of the latest
	calling       uint16 // the fewest jobs that were granted
	called        uint16
	mostOpen      [2]int // jobs that waited at one time: the client's, the server's
	largest       [2]int // bytes of the largest message
	fullest       [2]int // 1/1000 of the negotiated length that a message took
	fullestOf     [2]int // of so many bytes
	mostItems     int
	items         uint64
	variableJobs  uint64
	moreErrors    uint64
	unmatched     uint64
	first, last   int64 // time of the first and the latest request
	firstF, lastF uint64
}

// kind is what a request asks for.
type kind struct {
	userdata bool
	byServer bool
	code     uint16 // the function, or group and subfunction
}

func kindOf(p *s7comm.PDU, fromClient bool) kind {
	if p.S7.ROSCTR == s7comm.ROSCTRUserdata {
		u := &p.Userdata
		return kind{true, !fromClient, uint16(u.Group)<<8 | uint16(u.Subfunction)}
	}
	return kind{false, !fromClient, uint16(p.Function)}
}

func (k kind) String() string {
	if k.userdata {
		return s7comm.SubfunctionName(s7comm.Group(k.code>>8), uint8(k.code))
	}
	return s7comm.Function(k.code).String()
}

// function is what became of the requests of one kind.
type function struct {
	kind
	requests, answered, refused, unanswered, unknown, pending, late uint64
	itemsRefused                                                    uint64
	times                                                           latency.Times
}

// maxFunctions bounds the kinds of requests of a pair: there are some 150.
const maxFunctions = 256

func (p *pair) function(k kind) *function {
	if p.latest != nil && p.latest.kind == k { // as almost always
		return p.latest
	}
	f := p.functions[k]
	if f == nil {
		if len(p.functions) == maxFunctions {
			k = kind{} // all others
			if f = p.functions[k]; f != nil {
				return f
			}
		}
		f = &function{kind: k}
		p.functions[k] = f
		p.order = append(p.order, f)
	}
	p.latest = f
	return f
}

// pairOf finds or makes the pair of a connection; nil when there are too many.
func (v *Inventory) pairOf(f *flows.Connection) *pair {
	k := pairKey{f.Client().Addr, f.Server().Addr}
	p := v.pairs[k]
	if p == nil {
		if len(v.pairs) >= v.opt.Pairs {
			v.bounds.Pairs++
			return nil
		}
		p = &pair{pairKey: k, functions: map[kind]*function{}, errors: map[errorKey]*Failure{}, areas: map[areaKey]*AreaUse{}, polls: map[uint64]*poll{}}
		v.pairs[k] = p
	}
	return p
}

// sent notes when a request was sent.
func (p *pair) sent(u *s7comm.PDU, m *flows.Message) {
	if p.firstF == 0 {
		p.first, p.firstF = m.Time, m.Frame
	}
	p.last, p.lastF = m.Time, m.Frame
	s := side(m.FromClient)
	p.largest[s] = max(p.largest[s], len(u.TSDU)-len(u.Surplus))
}

// replied notes how long an answer is.
func (p *pair) replied(c *conn, u *s7comm.PDU, m *flows.Message) {
	s := side(m.FromClient)
	n := len(u.TSDU) - len(u.Surplus)
	p.largest[s] = max(p.largest[s], n)
	if c.granted && c.setup.PDULength > 0 {
		if full := n * 1000 / int(c.setup.PDULength); full > p.fullest[s] {
			p.fullest[s], p.fullestOf[s] = full, int(c.setup.PDULength)
		}
	}
}

// setup notes what was negotiated.
func (p *pair) setup(s s7comm.Setup) {
	if p.setups == 0 || s.AMQCalling < p.calling {
		p.calling = s.AMQCalling
	}
	if p.setups == 0 || s.AMQCalled < p.called {
		p.called = s.AMQCalled
	}
	p.setups++
	p.pduLength = s.PDULength
}
