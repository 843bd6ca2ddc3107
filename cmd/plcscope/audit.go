package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"plcscope/flows"
	"plcscope/flows/delivery"
)

// audit is the delivery audit that check runs beside the rules.
type audit struct {
	off     bool
	replies []string

	observer *delivery.Audit
}

func (a *audit) flags(c *cobra.Command) {
	f := c.Flags()
	f.BoolVar(&a.off, "no-audit", false, "leave out what became of messages: lost, repeated, still open, latencies, outages")
	f.StringArrayVar(&a.replies, "reply", nil, "which topic answers which, as in `'plc/+/req=>plc/+/rsp'`, for requests over topics before MQTT 5; repeat for more")
}

// beside lets the audit go through the capture beside the rules, unless it is
// off.
func (a *audit) beside(cfg *flows.Config) error {
	if len(a.replies) > delivery.MaxPatterns {
		return fmt.Errorf("--reply: at most %d patterns", delivery.MaxPatterns)
	}
	var opt delivery.Options
	for _, r := range a.replies {
		p, err := delivery.ParsePattern(r)
		if err != nil {
			return err
		}
		opt.Patterns = append(opt.Patterns, p)
	}
	if !a.off {
		a.observer = delivery.New(opt)
		cfg.Aside, cfg.AsideOf = []flows.Observer{a.observer}, flows.MQTT
	}
	return nil
}

// result is what the audit has found, or nil when it is off.
func (a *audit) result() *delivery.Result {
	if a.observer == nil {
		return nil
	}
	r := a.observer.Result()
	return &r
}
