package main

import (
	"context"
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"plcscope/flows"
	"plcscope/pcaps"
	"plcscope/rules"
)

// workers says how many goroutines judge a capture, beside the one that reads it.
type workers struct{ n int }

func (w *workers) flags(c *cobra.Command) {
	c.Flags().IntVar(&w.n, "workers", 0, "how many workers judge the capture beside the one that reads it; 0: as many as there are cores. The report is the same for any number. More than 8 do no more, and one does all with -Y, with waivers or a baseline, and for HTML and SARIF")
}

func (w *workers) valid() error {
	if w.n < 0 {
		return fmt.Errorf("--workers %d: want 0 or more", w.n)
	}
	return nil
}

// judge takes the capture through the lanes of flows.AnalyseLanes and returns what was
// found in all.
func (w *workers) judge(ctx context.Context, c *pcaps.Capture, cfg flows.Config, j *judging, s *site, terms rules.Terms) (*judges, flows.Totals, error) {
	n := w.n
	if n == 0 {
		n = runtime.GOMAXPROCS(0)
	}
	lanes := j.startLanes(s, terms)
	var observers [flows.Lanes][]flows.Observer
	for i, x := range lanes {
		observers[i] = x.engines
	}
	totals, err := analyseLanes(ctx, c, cfg, n, observers)
	for _, x := range lanes[1:] {
		lanes[0].absorb(x)
	}
	return lanes[0], totals, err
}
