package main

import (
	"bufio"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"plcscope/report"
	"plcscope/report/events"
)

// liveReports writes reports while the analysis goes on. Files come first: who reads a
// pipe may take his time.
type liveReports struct {
	*reports
	stdout io.Writer // nil when something else goes there

	fileTurn, pipeTurn sync.Mutex // one report after the other

	busy atomic.Bool // one of those on the way is being written
	over atomic.Bool // it is time for the last one, and none may come behind it
}

// write writes r wherever reports go, and returns the names of the files. A report on the
// way that the last one overtakes is not whole.
func (o *liveReports) write(r *report.Report, last bool) (names []string, whole bool, err error) {
	names, whole = []string{}, true
	if last {
		o.over.Store(true)
	}
	put := func(mu *sync.Mutex, device bool) {
		mu.Lock()
		defer mu.Unlock()
		if o.over.Load() && !last {
			whole = false
			return
		}
		for _, f := range o.reports.files {
			if device != f.pipe {
				continue
			}
			e := f.write(func(w io.Writer) error { return o.render(f.format, w, r) })
			if err = errors.Join(err, e); e == nil {
				names = append(names, f.path)
			}
		}
		if device && o.stdout != nil {
			err = errors.Join(err, o.print(r))
		}
	}
	put(&o.fileTurn, false)
	put(&o.pipeTurn, true)
	return names, whole, err
}

// print writes r to standard output.
func (o *liveReports) print(r *report.Report) error {
	w := bufio.NewWriter(o.stdout)
	var err error
	if o.format == "text" { // as wide as the terminal
		err = r.Text(w, report.TextOptions{Style: style(o.stdout), Verbose: o.verbose, Width: width(o.stdout)})
	} else {
		err = o.render(o.format, w, r)
	}
	return errors.Join(err, w.Flush())
}

// tellReport says what became of a report, of one that is whole.
func (m *monitor) tellReport(names []string, whole bool, err error) {
	if !whole {
		return
	}
	if err != nil {
		m.notice("error", "the report: "+err.Error())
		return
	}
	m.log.Tell(time.Now().UnixNano(), &events.Report{Files: names})
}
