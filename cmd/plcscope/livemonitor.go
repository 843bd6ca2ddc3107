package main

import (
	"errors"
	runtimemetrics "runtime/metrics"
	"slices"
	"sync/atomic"
	"time"

	"plcscope/flows"
	"plcscope/flows/assets"
	"plcscope/flows/delivery"
	"plcscope/flows/watch"
	"plcscope/metrics"
	"plcscope/outlet"
	"plcscope/pcaps"
	"plcscope/pcaps/live"
	"plcscope/report"
	"plcscope/report/events"
	"plcscope/rules"
)

// monitor is a live analysis that runs: what it judges by, and who is told.
type monitor struct {
	in    *input
	site  *site // the goroutine that analyses swaps it, see reload
	judge *judging
	x     *judges
	own   *exchangeable
	out   *reports
	trail *audit
	least rules.Severity

	tap     *tap
	archive *archive
	log     events.Log
	gate    events.Gate
	outlets []consumer
	rotated []*outlet.File // that are opened anew on request
	watcher watch.Watcher
	metrics *metrics.Metrics // nil when nobody asks for them

	calls chan func(*flows.Totals) // to the goroutine that analyses
	over  chan struct{}            // closed when it has ended

	failed, excused, unsure atomic.Uint64 // cases

	told []live.Stats // the kernel's counts that were told last
	day  string       // by which waivers hold
}

// newMonitor completes m, of which flags and site are set.
func newMonitor(m *monitor) *monitor {
	m.judge.total, m.judge.sessions = maxFindings, maxSessions
	m.gate.Every = int64(time.Minute)
	m.calls, m.over = make(chan func(*flows.Totals)), make(chan struct{})
	m.log.Out = m.send
	return m
}

// consumer is somebody who takes events.
type consumer struct {
	*outlet.Outlet
	findings bool // takes nothing else
}

// exchangeable is an observer in whose place another can be put between batches.
type exchangeable struct{ flows.Observer }

// lossWatch tells those who judge that the kernel has dropped frames, before the first
// event behind the drop.
type lossWatch struct {
	tap    *tap
	seen   uint64
	missed func(until int64)
}

func (w *lossWatch) check() {
	if n := w.tap.lost.Load(); n != w.seen {
		w.seen = n
		w.missed(w.tap.lostUntil.Load())
	}
}

func (w *lossWatch) Opened(*flows.Connection) { w.check() }
func (w *lossWatch) Message(*flows.Message)   { w.check() }
func (w *lossWatch) Gap(*flows.Gap)           { w.check() }
func (w *lossWatch) Ended(*flows.End)         { w.check() }
func (w *lossWatch) Closed(*flows.Connection) { w.check() }

// observers are those of the analysis, in their order; those of cfg.Aside are set.
func (m *monitor) observers(cfg *flows.Config) ([]flows.Observer, error) {
	tells := slices.ContainsFunc(m.outlets, func(c consumer) bool { return !c.findings })
	if tells || m.metrics != nil {
		m.trail.adapt = func(o *delivery.Options) {
			if tells {
				o.Outage = m.outage
			}
			if m.metrics != nil {
				o.Acknowledged = m.metrics.Acknowledged
			}
		}
	}
	if err := m.trail.beside(cfg, m.site); err != nil {
		return nil, err
	}
	if m.trail.observer != nil {
		cfg.Aside = append([]flows.Observer{&lossWatch{tap: m.tap, missed: m.trail.observer.Missed}}, cfg.Aside...)
	}
	m.x = m.judge.start(m.site, m.site.terms())
	m.own = &exchangeable{flows.Ignore{}}
	engines := []flows.Observer{&lossWatch{tap: m.tap, missed: m.x.missed}, m.x.mqtt, m.x.s7, m.own}
	if len(m.x.engines) > 2 {
		m.own.Observer = m.x.engines[2]
	}
	for _, b := range m.x.books {
		b.Noted = m.noted
	}
	list := m.out.observers(m.in.secrets, m.x.books, engines...)
	if tells || m.metrics != nil {
		list = append(list, &m.watcher)
	}
	if tells {
		m.watcher.Begin = func(c *flows.ConnInfo) { m.log.Tell(c.FirstTime, events.NewConnection(c, false)) }
		m.watcher.Over = func(c *flows.ConnInfo) { m.log.Tell(c.LastTime, events.NewConnection(c, true)) }
		m.watcher.Session = func(s *watch.Session) { m.log.Tell(s.Time, events.NewSession(s)) }
		cfg.Aside = append(cfg.Aside, assets.New(assets.Options{
			Acted: func(a *assets.Action, settled bool) { m.log.Tell(a.Time, events.NewAction(a, settled)) },
		}))
		cfg.AsideOf = flows.Undecided
	}
	return list, nil
}

// missed takes note that the capture has lost frames until then.
func (x *judges) missed(until int64) {
	x.mqtt.Missed(until)
	x.s7.Missed(until)
}

// outage is told by the audit.
func (m *monitor) outage(x *delivery.Outage) {
	at := x.At.Time
	if x.Back.Frame != 0 {
		at = x.Back.Time
	}
	m.log.Tell(at, events.NewOutage(x))
}

// noted is shown every case of every book, on the goroutine that analyses.
func (m *monitor) noted(f *rules.Finding, kept bool) {
	switch {
	case f.Verdict != rules.Fail:
		m.unsure.Add(1)
	case f.Excuse != nil:
		m.excused.Add(1)
		fallthrough
	default:
		m.failed.Add(1)
	}
	if m.metrics != nil {
		verdict := f.Verdict.String()
		if f.Excuse != nil {
			verdict = "excused"
		}
		m.metrics.Finding(f.Rule.ID, f.Severity.String(), verdict)
	}
	further, ok := m.gate.Pass(f, kept)
	if !ok {
		return
	}
	if len(m.outlets) > 0 {
		m.log.Tell(f.Time, events.NewFinding(f, further))
	}
	if f.Verdict == rules.Fail && f.Excuse == nil {
		m.archive.trigger(trigger{f.Time, f.Frame, report.Clean(f.Rule.ID + ": " + f.Detail)})
	}
}

// send hands a line to everybody who takes events.
func (m *monitor) send(e any, line []byte) {
	x := outlet.Item{Line: line}
	f, finding := e.(*events.Finding)
	if finding {
		x.Topic = f.Rule
	}
	for _, c := range m.outlets {
		if finding || !c.findings {
			c.Offer(x)
		}
	}
}

// do runs f on the goroutine that analyses, and waits for it. It reports false when the
// analysis is over.
func (m *monitor) do(f func(*flows.Totals)) bool {
	done := make(chan struct{})
	select {
	case m.calls <- func(t *flows.Totals) { f(t); close(done) }:
		<-done
		return true
	case <-m.over:
		return false
	}
}

// reload puts what the profile and the baseline say now in force. What was found before
// stays as it was judged; the rules of the site begin anew, if they have changed or not.
func (m *monitor) reload() error {
	s := &site{file: m.site.file, baseline: m.site.baseline}
	if err := s.load(catalogue()); err != nil {
		return err
	}
	if !m.do(func(*flows.Totals) { m.adopt(s) }) {
		return errors.New("the analysis is over")
	}
	return nil
}

// adopt puts s in force.
func (m *monitor) adopt(s *site) {
	t, grace, terms := &s.profile.Tolerances, m.judge.answer(s), s.terms()
	m.site = s
	m.x.mqtt.Grant(grace, tolerances(t))
	m.x.s7.Grant(grace, int64(t.S7GiveUp))
	m.trail.grant(s)
	m.x.books = m.x.books[:2]
	m.own.Observer = flows.Ignore{}
	if own := m.judge.own(s); own != nil {
		m.own.Observer = own
		b := own.Book()
		b.Noted, b.Around = m.noted, m.x.books[0].Around
		m.x.books = append(m.x.books, b)
	}
	for _, b := range m.x.books {
		b.SetTerms(terms)
	}
}

// counts sums up the run. It belongs to the goroutine that analyses.
func (m *monitor) counts(t *flows.Totals) events.Counts {
	f := &t.Flows
	c := events.Counts{
		Interfaces: []events.Interface{}, Consumers: []events.Consumer{},
		Frames: t.Frames, Bytes: m.tap.bytes.Load(), Segments: f.TCP.Segments,
		Connections: events.Connections{Open: f.TCP.Connections, Total: f.TCP.Opened, Idle: f.TCP.ClosedIdle, Evicted: f.TCP.ClosedFull},
		Messages:    events.Messages{MQTT: f.MQTT, ISO: f.ISO, Malformed: f.Malformed},
		Gaps:        f.Gaps,
		Findings:    events.Findings{Fail: m.failed.Load(), Excused: m.excused.Load(), Inconclusive: m.unsure.Load()},
		Bounds:      events.Bounds{Reassembly: f.TCP.DirectionOverflows + f.TCP.TableOverflows, Oversized: f.Oversized, Sessions: m.x.mqtt.Forgotten()},
		Memory:      memory(),
	}
	for _, b := range m.x.books {
		c.Bounds.Subjects += b.Overflow
	}
	if l := m.tap.live; l != nil {
		names := l.Interfaces()
		for i, s := range l.Stats() {
			c.Interfaces = append(c.Interfaces, events.Interface{Name: names[i].Name, Received: s.Received, Dropped: s.Dropped, Downs: s.Downs})
		}
	}
	for _, o := range m.outlets {
		sent, dropped := o.Counts()
		c.Consumers = append(c.Consumers, events.Consumer{Name: o.Name, Sent: sent, Dropped: dropped})
	}
	if m.archive != nil {
		written, lost, files := m.archive.counts()
		c.Kept = &events.Kept{Frames: written, Lost: lost, Files: files}
	}
	if m.tap.live != nil && m.tap.frames.Load() > t.Frames {
		c.Behind = max(0, time.Now().UnixNano()-t.Last)
	}
	return c
}

// memory is what the program has taken from the system and not given back, in bytes.
func memory() uint64 {
	s := []runtimemetrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	runtimemetrics.Read(s)
	return s[0].Value.Uint64() - s[1].Value.Uint64()
}

// copied makes a report that can be read while the analysis goes on. It belongs to the
// goroutine that analyses, which is not kept from its work for long: what takes time is
// to write the report.
func (m *monitor) copied(t *flows.Totals) *report.Report {
	books := make([]*rules.Book, len(m.x.books))
	for i, b := range m.x.books {
		books[i] = b.Copy()
	}
	excuses := m.site.excuses.Copy()
	r := m.result(t, books, &excuses)
	r.Connections = slices.Clone(r.Connections)
	r.Delivery = m.trail.now()
	return r
}

// result makes the report of books.
func (m *monitor) result(t *flows.Totals, books []*rules.Book, excuses *report.Excuses) *report.Report {
	f := pcaps.File{Format: "live", Frames: t.Frames, First: t.First, Last: t.Last}
	files := []pcaps.File{f}
	var problems []pcaps.Problem
	switch c := m.tap.src.(type) {
	case *live.Capture:
		f.Interfaces = c.Interfaces()
		for i := range f.Interfaces {
			if i > 0 {
				f.Name += ", "
			}
			f.Name += f.Interfaces[i].Name
		}
		files[0] = f
	case *recorded:
		files, problems = c.Files(), c.Problems()
	}
	if m.archive != nil {
		if _, lost, _ := m.archive.counts(); lost > 0 {
			problems = append(problems, pcaps.Problem{File: "capture files", Text: plural(int64(lost), "frame") + " could not be written; they were analysed"})
		}
	}
	s := m.site
	r := &report.Report{
		Tool: tool(), Files: files, Problems: problems, Totals: *t, FailOn: m.least,
		Book: rules.Join(books...), Secrets: m.in.secrets,
		Profile: s.profile.File, Waivers: excuses.Waivers, Baseline: excuses.Baseline,
	}
	if l := m.out.lister; l != nil {
		r.Connections, r.Unlisted = l.Rows(), l.Overflow
	}
	return r
}
