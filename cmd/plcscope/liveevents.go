package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"plcscope/flows"
	"plcscope/metrics"
	"plcscope/outlet"
	"plcscope/report"
	"plcscope/report/events"
)

// eventsTo opens whoever takes events: the path of a file, - for standard output, syslog.
func (m *monitor) eventsTo(names []string, stdout io.Writer) error {
	seen := map[string]bool{}
	for _, name := range names {
		if seen[name] {
			return fmt.Errorf("--events %s: named twice", name)
		}
		seen[name] = true
		var sink outlet.Sink
		switch name {
		case "":
			return errors.New("--events: want the name of a file, - or syslog")
		case "-":
			sink = &outlet.Stream{W: stdout}
		case "syslog":
			s, err := outlet.NewSyslog("plcscope")
			if err != nil {
				return fmt.Errorf("--events syslog: %w", err)
			}
			sink = s
		default:
			f, err := outlet.NewFile(name)
			if err != nil {
				return fmt.Errorf("--events: %w", err)
			}
			m.rotated = append(m.rotated, f)
			sink = f
		}
		m.outlets = append(m.outlets, consumer{outlet.New(name, sink, m.trouble), false})
	}
	return nil
}

// publishTo publishes findings at a broker.
func (m *monitor) publishTo(address string) error {
	if address == "" {
		return nil
	}
	host, err := os.Hostname()
	if err != nil {
		host = "host"
	}
	b, err := outlet.NewBroker(address, fmt.Sprintf("plcscope-%s-%d", host, os.Getpid()))
	if err != nil {
		return fmt.Errorf("--publish: %w", err)
	}
	m.outlets = append(m.outlets, consumer{outlet.New(b.String(), b, m.trouble), true})
	return nil
}

// serveMetrics begins to serve metrics, and returns the function that ends it.
func (m *monitor) serveMetrics(addr string) (stop func(), err error) {
	if addr == "" {
		return func() {}, nil
	}
	l, err := metrics.Listen(addr)
	if err != nil {
		return nil, fmt.Errorf("--metrics: %w", err)
	}
	m.metrics = metrics.New(version, func() (c events.Counts, running bool) {
		running = m.do(func(t *flows.Totals) { c = m.counts(t) })
		return c, running
	}, &m.watcher.Counts)
	fmt.Fprintf(os.Stderr, "plcscope: metrics at http://%s/metrics\n", l.Addr())
	return m.metrics.Serve(l, func(err error) { m.notice("error", "metrics: "+err.Error()) }), nil
}

// trouble says that events cannot be delivered, or can be again.
func (m *monitor) trouble(name string, err error) {
	if err != nil {
		m.notice("error", fmt.Sprintf("events to %s are dropped: %v", name, err))
	} else {
		m.notice("info", fmt.Sprintf("events go to %s again", name))
	}
}

// notice tells something about the program itself, on standard error and as an event.
func (m *monitor) notice(level, text string) {
	fmt.Fprintln(os.Stderr, "plcscope:", report.Clean(text))
	m.log.Tell(time.Now().UnixNano(), &events.Notice{Level: level, Text: text})
}

// closeOutlets lets everybody take what waits for them, for a while.
func (m *monitor) closeOutlets() {
	for _, o := range m.outlets {
		o.Close(3 * time.Second)
		if _, dropped := o.Counts(); dropped > 0 {
			fmt.Fprintf(os.Stderr, "plcscope: %s did not take %s\n", report.Clean(o.Name), plural(int64(dropped), "event"))
		}
	}
}
