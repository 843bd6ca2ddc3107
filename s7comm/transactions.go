package s7comm

// Request is what is kept of a job or a userdata request to label its answer. It
// belongs to its Transactions and is valid until the next Sent or Answered.
type Request struct {
	Frame       uint64 // that the request came in
	Time        int64  // of that frame, nanoseconds since 1970-01-01 UTC
	FromClient  bool
	ROSCTR      ROSCTR
	Function    Function // jobs
	Group       Group    // userdata
	Subfunction uint8    // userdata
	Ref         uint16   // PDU reference
	Items       []Item   // read and write: the addresses, in the order of the answer's values
	Param       []byte   // the parameter part, a copy; Items[i].Raw lies in it
}

// MaxOpen is how many unanswered requests a Transactions remembers for each direction
// at most. Controllers grant a handful.
const MaxOpen = 64

// Transactions pairs the requests of one connection with their answers. Both sides may
// send jobs: a controller does during a download. The zero value is ready.
type Transactions struct {
	open [2][]*Request // oldest first; by sender, the client's at 1
	free []*Request
	last *Request // handed out by Answered, free again at the next call

	// Superseded counts requests that were given up because their reference was used
	// again or too many were open.
	Superseded uint64
}

// Reset forgets all open requests.
func (x *Transactions) Reset() {
	for d := range x.open {
		x.free = append(x.free, x.open[d]...)
		x.open[d] = x.open[d][:0]
	}
}

// Open is the number of requests that one side has sent and that are not answered yet.
func (x *Transactions) Open(fromClient bool) int { return len(x.open[side(fromClient)]) }

func side(fromClient bool) int {
	if fromClient {
		return 1
	}
	return 0
}

// Sent remembers p if it is a request; other messages are ignored.
func (x *Transactions) Sent(fromClient bool, p *PDU, frame uint64, t int64) {
	if p.Kind != KindS7 {
		return
	}
	switch p.S7.ROSCTR {
	case ROSCTRJob:
	case ROSCTRUserdata:
		if p.Userdata.Type != UserdataRequest {
			return
		}
	default:
		return
	}
	x.recycle()
	open := &x.open[side(fromClient)]
	var r *Request
	for i, q := range *open {
		if q.Ref == p.S7.PDURef {
			r = x.take(open, i)
			x.Superseded++
			break
		}
	}
	if r == nil && len(*open) >= MaxOpen {
		r = x.take(open, 0)
		x.Superseded++
	}
	if r == nil {
		if n := len(x.free); n > 0 {
			r, x.free = x.free[n-1], x.free[:n-1]
		} else {
			r = new(Request)
		}
	}
	r.Frame, r.Time, r.FromClient = frame, t, fromClient
	r.ROSCTR, r.Function, r.Ref = p.S7.ROSCTR, p.Function, p.S7.PDURef
	r.Group, r.Subfunction = 0, 0
	if r.ROSCTR == ROSCTRUserdata {
		r.Group, r.Subfunction = p.Userdata.Group, p.Userdata.Subfunction
	}
	r.keep(p)
	*open = append(*open, r)
}

// keep copies the parameter part and the items that lie in it.
func (r *Request) keep(p *PDU) {
	r.Param = append(r.Param[:0], p.Param...)
	r.Items = append(r.Items[:0], p.Items...)
	start := p.origin + int(p.S7.HeaderLen)
	for i := range r.Items {
		it := &r.Items[i]
		at := int(it.Offset) - start
		it.Raw = r.Param[at : at+len(it.Raw) : at+len(it.Raw)]
	}
}

// Answered returns the request that p, sent by the side named, answers. It is then no
// longer open. For a read, p.Values[i] belongs to Items[i] of the request.
func (x *Transactions) Answered(fromClient bool, p *PDU) (*Request, bool) {
	if p.Kind != KindS7 {
		return nil, false
	}
	userdata := false
	switch p.S7.ROSCTR {
	case ROSCTRAck, ROSCTRAckData:
	case ROSCTRUserdata:
		if p.Userdata.Type != UserdataResponse {
			return nil, false
		}
		userdata = true
	default:
		return nil, false
	}
	x.recycle()
	open := &x.open[side(!fromClient)]
	for i, r := range *open {
		if r.Ref == p.S7.PDURef && (r.ROSCTR == ROSCTRUserdata) == userdata {
			x.last = x.take(open, i)
			return r, true
		}
	}
	return nil, false
}

// take removes and returns open[i].
func (x *Transactions) take(open *[]*Request, i int) *Request {
	r := (*open)[i]
	*open = append((*open)[:i], (*open)[i+1:]...)
	return r
}

// recycle frees the request that Answered handed out last.
func (x *Transactions) recycle() {
	if x.last != nil {
		x.free = append(x.free, x.last)
		x.last = nil
	}
}
