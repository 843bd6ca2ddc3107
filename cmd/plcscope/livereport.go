package main

import (
	"bufio"
	"errors"
	"io"
	"sync"
	"time"

	"plcscope/report"
	"plcscope/report/events"
)

// liveReports writes reports while the analysis goes on.
type liveReports struct {
	*reports
	stdout io.Writer // nil when something else goes there

	mu sync.Mutex // one report after the other
}

// write writes r wherever reports go, and returns the names of the files.
func (o *liveReports) write(r *report.Report) (names []string, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	names = []string{}
	if o.stdout != nil {
		w := bufio.NewWriter(o.stdout)
		if o.format == "text" { // as wide as the terminal
			err = r.Text(w, report.TextOptions{Style: style(o.stdout), Verbose: o.verbose, Width: width(o.stdout)})
		} else {
			err = o.render(o.format, w, r)
		}
		err = errors.Join(err, w.Flush())
	}
	for _, f := range o.files {
		e := f.write(func(w io.Writer) error { return o.render(f.format, w, r) })
		if err = errors.Join(err, e); e == nil {
			names = append(names, f.path)
		}
	}
	return names, err
}

// tellReport says what became of a report.
func (m *monitor) tellReport(names []string, err error) {
	if err != nil {
		m.notice("error", "the report: "+err.Error())
		return
	}
	m.log.Tell(time.Now().UnixNano(), &events.Report{Files: names})
}
