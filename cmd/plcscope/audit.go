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

// beside returns the observers with the audit beside them, unless it is off.
func (a *audit) beside(observers ...flows.Observer) ([]flows.Observer, error) {
	if len(a.replies) > delivery.MaxPatterns {
		return nil, fmt.Errorf("--reply: at most %d patterns", delivery.MaxPatterns)
	}
	var opt delivery.Options
	for _, r := range a.replies {
		p, err := delivery.ParsePattern(r)
		if err != nil {
			return nil, err
		}
		opt.Patterns = append(opt.Patterns, p)
	}
	if a.off {
		return observers, nil
	}
	a.observer = delivery.New(opt)
	return append(observers, a.observer), nil
}

// result is what the audit has found, or nil when it is off.
func (a *audit) result() *delivery.Result {
	if a.observer == nil {
		return nil
	}
	r := a.observer.Result()
	return &r
}
