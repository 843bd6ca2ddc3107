package delivery

import (
	"plcscope/mqtt"
	"plcscope/mqtt/session"
)

// Fate is what became of a message; Ledger tells what each means.
type Fate uint8

const (
	Completed Fate = iota
	Refused
	Lost
	Abandoned
	Replaced
	Unknown
	Open
	Fates
)

var fateTexts = [Fates]string{"completed", "refused", "lost", "abandoned", "replaced", "unknown", "open"}

func (f Fate) String() string { return fateTexts[f] }

// Settled is a message of QoS 1 or 2 whose fate is decided. For each that Ledger.Sent
// counts there is one.
type Settled struct {
	Name   // the session
	Sender session.Side
	ID     uint16 // packet identifier
	QoS    mqtt.QoS
	Topic  []byte // as on the wire, at most 128 bytes of it; borrowed
	Sends  int
	First  session.Ref // its first sending
	Last   session.Ref // its last sending, or the PUBREL behind it
	Acked  session.Ref // its first acknowledgement; Frame 0 for none
	By     session.Ref // the packet that decided; Frame 0 where it was the end of the capture
	Fate   Fate
	Doubt  Doubt // why the fate is Unknown
	// Reached reports that the receiver's TCP had acknowledged the message's last byte.
	Reached bool
}

// tell shows who wants to see it what became of e.
func (a *Audit) tell(o *owner, side session.Side, e *entry, f Fate, by session.Ref) {
	if a.opt.Settled == nil {
		return
	}
	x := &a.told
	*x = Settled{
		Name: o.name, Sender: side, ID: e.id, QoS: e.qos, Topic: e.topic, Sends: int(e.sends),
		First: e.first, Last: e.last, Acked: e.ackedBy, By: by, Fate: f, Reached: e.reached,
	}
	if f == Unknown {
		x.Doubt = e.doubt
	}
	a.opt.Settled(x)
}

// settle counts what became of e and frees it.
func (a *Audit) settle(o *owner, side session.Side, e *entry, f Fate, by session.Ref) {
	h := &o.sides[side]
	if e.crossed { // it was counted when it ended first
		h.release(e)
		return
	}
	switch f {
	case Completed:
		h.Completed++
	case Refused:
		h.Refused++
	case Lost:
		h.Lost++
		a.incident(o, e.incident(LostMessage, side, by))
	case Abandoned:
		h.Abandoned++
		a.incident(o, e.incident(AbandonedMessage, side, by))
	case Replaced:
		h.Replaced++
	case Unknown:
		h.Unknown++
		h.Doubts[e.doubt]++
	case Open:
		h.Open++
	}
	if e.outage != nil {
		e.outage.count(side, f)
	}
	a.tell(o, side, e, f, by)
	h.release(e)
}

// count counts what became of a message that the outage has interrupted.
func (o *Outage) count(side session.Side, f Fate) {
	switch f {
	case Completed, Refused: // acknowledged late, where it was sent
		o.Recovered[side]++
	case Lost:
		o.Lost[side]++
	case Abandoned:
		o.Abandoned[side]++
	case Replaced:
		o.Replaced[side]++
	case Unknown:
		o.Unknown[side]++
	case Open:
		o.Open[side]++
	}
}

// judge settles a message that cannot be sent again any more: it is lost, unless
// the capture hides something.
func (a *Audit) judge(o *owner, side session.Side, e *entry, by session.Ref) {
	if e.doubt = a.doubtOf(o, side, e); e.doubt != Certain {
		a.settle(o, side, e, Unknown, by)
		return
	}
	if e.acked {
		a.settle(o, side, e, Abandoned, by)
		return
	}
	a.settle(o, side, e, Lost, by)
}

// doubtOf returns why the fate of e, whose connection is over, is in doubt.
func (a *Audit) doubtOf(o *owner, side session.Side, e *entry) Doubt {
	for _, c := range o.live {
		if e.doubt = inspect(c, side, e); e.doubt != Certain {
			return e.doubt
		}
		if c.serial == e.conn && !c.closed[client] && !c.closed[server] {
			return NoEnd
		}
	}
	switch {
	case e.doubt != Certain:
		return e.doubt
	case e.expires:
		return MayExpire
	case a.strangers.Since(o.name.Broker, o.name.Address.Addr, e.first.Time):
		return Elsewhere
	}
	return Certain
}

// decide settles the messages of an ended session as far as the time has come.
func (a *Audit) decide(o *owner, final bool) {
	keep := o.pending[:0]
	next := int64(1<<63 - 1)
	for _, x := range o.pending {
		e := o.sides[x.side].at(x.note)
		// A server that has dropped the session has dropped its messages.
		due := a.now >= x.due
		ready := due || x.side == server
		d := a.doubtOf(o, x.side, e)
		switch {
		case final && !ready && d == Certain:
			a.settle(o, x.side, e, Open, x.by)
		case final || due || ready && d != NoEnd:
			a.judge(o, x.side, e, x.by)
		default:
			keep = append(keep, x)
			next = min(next, x.due)
		}
	}
	o.pending, o.dueAt = keep, next
}

// finish settles everything that is left of a session, at the end of the capture
// or, for the reason given, before.
func (a *Audit) finish(o *owner, why Doubt) {
	if why != Certain {
		o.cloud(why)
	}
	a.decide(o, true)
	for side := range o.sides {
		s, h := session.Side(side), &o.sides[side]
		for i := range h.entries {
			e := &h.entries[i]
			if !e.used {
				continue
			}
			switch {
			case e.doubt == Certain && o.name.Stranger && !o.still:
				e.doubt = MidStream
				fallthrough
			case e.doubt != Certain:
				a.settle(o, s, e, Unknown, session.Ref{})
			case e.conn < o.Connections && !e.acked && e.kept >= a.opt.Resend:
				by := session.Ref{}
				if e.outage != nil {
					by = e.outage.Back
				}
				a.judge(o, s, e, by)
			default:
				a.settle(o, s, e, Open, session.Ref{})
			}
		}
	}
	a.expire(o, true)
	a.giveUp(o, true)
}

// broken records the outage that begins with the end of c.
func (a *Audit) broken(o *owner, c *conn) {
	x := &Outage{Name: o.name, Endpoint: c.flow.Client(), Cause: c.cause, Reason: c.reason, Told: c.told, At: c.end, heard: c.heard}
	o.outages++
	if o.current == nil {
		o.outage = x
	}
	for side := range o.sides {
		for i := range o.sides[side].entries {
			e := &o.sides[side].entries[i]
			if e.used && !e.crossed && !e.pending && e.conn == c.serial && e.outage == nil {
				e.outage = x
				x.InFlight[side]++
			}
		}
	}
	if a.opt.Outage != nil {
		a.opt.Outage(x)
	}
	if len(a.outages) >= a.opt.Limits.Outages {
		a.bounds.Outages++
		return
	}
	a.outages = append(a.outages, x)
}
