package replay

// backwards is how far a frame may lie before an earlier one, in nanoseconds, until it
// counts as a clock that was set back.
const backwards = 1_000_000_000

// pace says when frames are due.
type pace struct {
	rate  float64 // frames a second, whatever their times are; 0: as speed says
	count float64 // of frames until now
	speed float64 // above 0
	pause float64 // longest wait between two frames, nanoseconds; 0 is no bound
	high  int64   // the latest time of a frame
	begun bool
	at    float64 // nanoseconds since the first frame was due
}

// due is when a frame with time t is due, in nanoseconds after the first. It never goes
// back: a frame that is earlier than the one before is due with it, and where the clock of
// the capture was set back its time goes on from there.
func (p *pace) due(t int64) int64 {
	switch {
	case p.rate > 0:
		p.begun, p.at = true, p.count*1e9/p.rate
		p.count++
	case !p.begun:
		p.begun, p.high = true, t
	case t > p.high:
		wait := (float64(t) - float64(p.high)) / p.speed
		if t-p.high > 0 { // exact, where it does not overflow
			wait = float64(t-p.high) / p.speed
		}
		if p.pause > 0 {
			wait = min(wait, p.pause)
		}
		p.at, p.high = p.at+wait, t
	case float64(p.high)-float64(t) > backwards:
		p.high = t
	}
	const most = 1 << 62 // some 146 years
	return int64(min(p.at, most))
}
