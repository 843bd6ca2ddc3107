package main

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"time"

	"plcscope/report"
	"plcscope/report/events"
)

// liveReports writes reports while the analysis goes on: they are made between two
// batches, and written by whoever has asked for them.
type liveReports struct {
	*reports
	stdout io.Writer // nil when something else goes there

	mu sync.Mutex // one report after the other
}

// rendered is a report in one format. File is nil for standard output.
type rendered struct {
	file *reportFile
	text bytes.Buffer
}

// render makes the reports of r. It belongs to the goroutine that analyses.
func (o *liveReports) render(r *report.Report) ([]*rendered, error) {
	if o.lister != nil {
		r.Connections, r.Unlisted = o.lister.Rows(), o.lister.Overflow
	}
	var list []*rendered
	var err error
	if o.stdout != nil {
		x := &rendered{}
		if o.format == "text" { // as wide as the terminal
			err = r.Text(&x.text, report.TextOptions{Style: style(o.stdout), Verbose: o.verbose, Width: width(o.stdout)})
		} else {
			err = o.reports.render(o.format, &x.text, r)
		}
		list = append(list, x)
	}
	for _, f := range o.files {
		x := &rendered{file: f}
		err = errors.Join(err, o.reports.render(f.format, &x.text, r))
		list = append(list, x)
	}
	return list, err
}

// write puts reports where they belong and returns the names of the files.
func (o *liveReports) write(list []*rendered) (names []string, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	names = []string{}
	for _, x := range list {
		if x.file == nil {
			_, e := o.stdout.Write(x.text.Bytes())
			err = errors.Join(err, e)
			continue
		}
		e := x.file.write(func(w io.Writer) error {
			_, err := w.Write(x.text.Bytes())
			return err
		})
		if err = errors.Join(err, e); e == nil {
			names = append(names, x.file.path)
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
