package main

import (
	"context"
	"time"

	"plcscope/flows"
	"plcscope/report"
	"plcscope/report/events"
)

// attend does what has a time of its own beside the capture: signals, statistics,
// reports, the end. It returns when the analysis is over.
func (m *monitor) attend(ctx context.Context, reports *liveReports, x *liveFlags, lasts time.Duration) {
	hangup, usr1, done := operatorSignals()
	defer done()
	every := func(d time.Duration) (<-chan time.Time, func()) {
		if d == 0 {
			return nil, func() {}
		}
		t := time.NewTicker(d)
		return t.C, t.Stop
	}
	stats, stopStats := every(x.statsEvery)
	defer stopStats()
	writeReports, stopReports := every(x.reportEvery)
	defer stopReports()
	second, stopSecond := every(time.Second)
	defer stopSecond()
	var end <-chan time.Time
	if lasts > 0 {
		end = time.After(lasts)
	}
	interrupted := ctx.Done()
	for {
		select {
		case <-m.over:
			return
		case <-interrupted:
			interrupted = nil
			m.tap.stop("interrupted")
		case <-end:
			m.tap.stop("its time is over")
		case <-second:
			m.tellLoss()
			m.turnDay()
		case <-stats:
			m.do(func(t *flows.Totals) {
				m.log.Tell(time.Now().UnixNano(), &events.Statistics{Counts: m.counts(t)})
			})
		case <-writeReports:
			m.reportNow(reports)
		case <-usr1:
			m.reportNow(reports)
		case <-hangup:
			for _, f := range m.rotated {
				f.Reopen()
			}
			m.reloadNow("the profile was read anew")
		}
	}
}

// reportNow writes the reports as they are now, on a goroutine of its own: nobody waits for
// who reads them.
func (m *monitor) reportNow(reports *liveReports) {
	if reports.busy.Swap(true) {
		m.notice("warning", "no report now: the one before it is still being written")
		return
	}
	var r *report.Report
	if !m.do(func(t *flows.Totals) { r = m.copied(t) }) {
		return
	}
	go func() {
		names, whole, err := reports.write(r, false)
		reports.busy.Store(false)
		m.tellReport(names, whole, err)
	}()
}

// reloadNow reads the profile anew, and goes on with the old one when the new one is not
// understood.
func (m *monitor) reloadNow(why string) {
	if err := m.reload(); err != nil {
		m.notice("error", "the profile stays as it was: "+err.Error())
	} else {
		m.notice("info", why)
	}
}

// turnDay lets waivers expire at midnight.
func (m *monitor) turnDay() {
	if today := time.Now().Format(time.DateOnly); m.day == "" {
		m.day = today
	} else if m.day != today {
		m.day = today
		if len(m.site.profile.Waivers) > 0 {
			m.reloadNow("waivers hold by the date of " + today)
		}
	}
}
