package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"plcscope/flows"
	"plcscope/flows/delivery"
)

// audit is the delivery audit that check can run beside the rules.
type audit struct {
	on      bool
	replies []string
	// adapt, when set, completes the options; then there is an audit also when it was
	// not asked for, of which no result is told.
	adapt func(*delivery.Options)

	observer *delivery.Audit
}

func (a *audit) flags(c *cobra.Command) {
	f := c.Flags()
	f.BoolVar(&a.on, "audit", false, "also tell what became of every QoS 1 and 2 message: lost, repeated, still open, latencies, outages")
	f.StringArrayVar(&a.replies, "reply", nil, "which topic answers which, as in `'plc/+/req=>plc/+/rsp'`, for requests over topics before MQTT 5; repeat for more; implies --audit")
}

// beside lets the audit go through the capture beside the rules, if it is asked
// for: it needs a core of its own not to be waited for. The site grants what it does.
func (a *audit) beside(cfg *flows.Config, s *site) error {
	opt, err := a.options(s)
	if err != nil {
		return err
	}
	if a.adapt != nil {
		a.adapt(&opt)
	}
	if a.asked() || a.adapt != nil {
		a.observer = delivery.New(opt)
		cfg.Aside, cfg.AsideOf = []flows.Observer{a.observer}, flows.MQTT
	}
	return nil
}

// options are those of the flags and of the site.
func (a *audit) options(s *site) (opt delivery.Options, err error) {
	if len(a.replies) > delivery.MaxPatterns {
		return opt, fmt.Errorf("--reply: at most %d patterns", delivery.MaxPatterns)
	}
	for _, r := range a.replies {
		p, err := delivery.ParsePattern(r)
		if err != nil {
			return opt, err
		}
		opt.Patterns = append(opt.Patterns, p)
	}
	s.delivery(&opt)
	return opt, nil
}

// grant puts in force what another site grants, between two events.
func (a *audit) grant(s *site) {
	if a.observer == nil {
		return
	}
	if opt, err := a.options(s); err == nil { // the flags were valid before
		a.observer.Grant(opt)
	}
}

func (a *audit) asked() bool { return a.on || len(a.replies) > 0 }

// result is what the audit has found, or nil when it was not asked for.
func (a *audit) result() *delivery.Result {
	if !a.asked() {
		return nil
	}
	r := a.observer.Result()
	return &r
}

// now is what the audit has found so far, or nil when it was not asked for. It may be
// called between two events.
func (a *audit) now() *delivery.Result {
	if !a.asked() {
		return nil
	}
	r := a.observer.Now()
	return &r
}
