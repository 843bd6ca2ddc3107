package main

import (
	"cmp"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"plcscope/flows"
	"plcscope/rules"
	"plcscope/rules/mqttrules"
	"plcscope/rules/profile"
	"plcscope/rules/s7rules"
	"plcscope/rules/siterules"
)

// judging holds the flags that every command that judges has.
type judging struct {
	grace time.Duration
	keep  int

	// For who runs without an end: how many findings are kept of all, subjects kept
	// apart, and sessions without a connection remembered; 0 is what the engines have
	// for a default.
	total, subjects, sessions int
}

func (j *judging) flags(c *cobra.Command) {
	f := c.Flags()
	f.DurationVar(&j.grace, "grace", 0, "how long an answer may take before it counts as missing, never less than ten round trips; without it what the profile says, or 5s")
	f.IntVar(&j.keep, "findings", 10, "findings kept in full per rule and subject; the rest is counted")
}

// valid reports what makes no sense.
func (j *judging) valid() error {
	if j.grace < 0 {
		return fmt.Errorf("--grace %s: want no time or some", j.grace)
	}
	if j.keep < 1 {
		return fmt.Errorf("--findings %d: want 1 or more", j.keep)
	}
	return nil
}

// judges are the engines of one run.
type judges struct {
	engines []flows.Observer
	books   []*rules.Book

	mqtt *mqttrules.Engine
	s7   *s7rules.Engine
}

// start makes the engines as the flags and the site say.
func (j *judging) start(s *site, terms rules.Terms) *judges {
	t := &s.profile.Tolerances
	grace, limits := j.answer(s), j.limits()
	x := &judges{
		mqtt: mqttrules.New(mqttrules.Options{Grace: grace, Limits: limits, Sessions: cmp.Or(t.Sessions, j.sessions), Tolerances: tolerances(t)}),
		s7:   s7rules.New(s7rules.Options{Grace: grace, Limits: limits, GiveUp: int64(t.S7GiveUp)}),
	}
	x.add(x.mqtt, x.mqtt.Book(), terms)
	x.add(x.s7, x.s7.Book(), terms)
	if own := j.own(s); own != nil {
		x.add(own, own.Book(), terms)
	}
	return x
}

// startLanes makes engines for every lane of a capture.
func (j *judging) startLanes(s *site, terms rules.Terms) (l [flows.Lanes]*judges) {
	for i := range l {
		l[i] = j.start(s, terms)
	}
	return l
}

// absorb adds what other has found in another part of the capture.
func (x *judges) absorb(other *judges) {
	for i, b := range x.books {
		b.Absorb(other.books[i])
	}
}

// answer is how long an answer may take, in nanoseconds; 0 without a word on it.
func (j *judging) answer(s *site) int64 {
	return int64(cmp.Or(j.grace, s.profile.Tolerances.Answer))
}

func (j *judging) limits() rules.Limits {
	return rules.Limits{Findings: j.keep, Subjects: j.subjects, Total: j.total}
}

// own makes the engine for the rules of the site, nil when it has none.
func (j *judging) own(s *site) *siterules.Engine {
	p := s.profile.Policy
	if len(p.MQTT)+len(p.S7) == 0 {
		return nil
	}
	return siterules.New(p, siterules.Options{Grace: j.answer(s), Limits: j.limits()})
}

func (x *judges) add(e flows.Observer, b *rules.Book, terms rules.Terms) {
	b.SetTerms(terms)
	x.engines, x.books = append(x.engines, e), append(x.books, b)
}

// tolerances are what a profile grants clients and brokers.
func tolerances(t *profile.Tolerances) mqttrules.Tolerances {
	return mqttrules.Tolerances{
		Close: int64(t.Close), KeepAliveClient: int64(t.KeepAliveClient), KeepAliveServer: int64(t.KeepAliveServer),
		Resend: int64(t.Resend), Refused: int64(t.RefusedSubscription),
		Storm: t.ReconnectStorm.Count, StormWindow: int64(t.ReconnectStorm.Within),
		Quarrel: t.ClientIDQuarrel.Count, QuarrelSpell: int64(t.ClientIDQuarrel.Within), Pings: t.PingsTooEarly,
	}
}
