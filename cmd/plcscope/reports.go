package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"plcscope/flows"
	"plcscope/pcaps"
	"plcscope/report"
	"plcscope/rules"
)

// formats are the shapes that a report has. Their order is that of the help.
var formats = []string{"text", "json", "junit", "sarif", "markdown", "html"}

// reports are the reports that one run writes: one on standard output and any
// number of files.
type reports struct {
	format   string   // of standard output
	wanted   []string // FORMAT=PATH
	sarifAll bool
	verbose  bool

	files  []*reportFile
	ladder *report.Ladder
	lister *flows.Lister
}

func (o *reports) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.format, "format", "text", "format on standard output: "+strings.Join(formats, ", "))
	f.StringArrayVar(&o.wanted, "output", nil, "also write a report to a file, as in `FORMAT=PATH`; repeat for more; the path - is standard output")
	f.BoolVar(&o.sarifAll, "sarif-all", false, "write every verdict into SARIF, not only what failed")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "list the rules that held and those that were not exercised, too")
}

// open reads the flags and tries the files, so that a path that cannot be written
// is known before a long capture is analysed.
//
// No report may take the place of one of the inputs.
func (o *reports) open(c *cobra.Command, inputs []string) error {
	if err := knownFormat(o.format); err != nil {
		return err
	}
	chosen := c.Flags().Changed("format")
	for _, w := range o.wanted {
		format, path, ok := strings.Cut(w, "=")
		if !ok || path == "" {
			return fmt.Errorf("--output %s: want FORMAT=PATH such as junit=report.xml", w)
		}
		if err := knownFormat(format); err != nil {
			return err
		}
		if path == "-" {
			if chosen {
				return fmt.Errorf("--output %s: standard output already has a report", w)
			}
			o.format, chosen = format, true
			continue
		}
		if slices.ContainsFunc(o.files, func(f *reportFile) bool { return f.path == filepath.Clean(path) }) {
			return fmt.Errorf("--output %s: two reports go to that file", w)
		}
		f, err := newReportFile(format, path, inputs)
		if err != nil {
			return err
		}
		o.files = append(o.files, f)
	}
	return nil
}

func knownFormat(format string) error {
	if !slices.Contains(formats, format) {
		last := len(formats) - 1
		return fmt.Errorf("format %q is not known; %s and %s are", format, strings.Join(formats[:last], ", "), formats[last])
	}
	return nil
}

// any reports whether one of the reports has one of the formats.
func (o *reports) any(l ...string) bool {
	return slices.Contains(l, o.format) || slices.ContainsFunc(o.files, func(f *reportFile) bool { return slices.Contains(l, f.format) })
}

// together reports whether a format shows what was said around a finding, for which one
// observer must see all connections.
func (o *reports) together() bool { return o.any("html", "sarif") }

// observers are the engines, which keep the given books, and those before and
// after them that the formats need.
func (o *reports) observers(secrets bool, books []*rules.Book, engines ...flows.Observer) []flows.Observer {
	var l []flows.Observer
	if o.together() {
		o.ladder = &report.Ladder{Secrets: secrets}
		for _, b := range books {
			b.Around = o.ladder.Around
		}
		l = append(l, o.ladder)
	}
	l = append(l, engines...)
	if o.any("html") {
		o.lister = &flows.Lister{Limit: report.MaxTimeline}
		l = append(l, o.lister)
	}
	return l
}

// write completes r by what the formats need and writes all reports.
func (o *reports) write(ctx context.Context, stdout io.Writer, r *report.Report) error {
	if o.any("html", "sarif", "junit") && !r.Interrupted { // else the sum is not that of what was looked at
		for _, f := range r.Files {
			sum, err := hash(ctx, f)
			if err != nil {
				return err
			}
			r.Hashes = append(r.Hashes, sum)
		}
	}
	if o.lister != nil {
		r.Connections, r.Unlisted = o.lister.Rows(), o.lister.Overflow
	}
	err := o.render(o.format, stdout, r)
	for _, f := range o.files {
		err = errors.Join(err, f.write(func(w io.Writer) error { return o.render(f.format, w, r) }))
	}
	return err
}

func (o *reports) render(format string, w io.Writer, r *report.Report) error {
	switch format {
	case "json":
		return r.JSON(w)
	case "junit":
		return r.JUnit(w)
	case "sarif":
		return r.SARIF(w, report.SARIFOptions{All: o.sarifAll})
	case "markdown":
		return r.Markdown(w)
	case "html":
		return r.HTML(w)
	}
	return r.Text(w, report.TextOptions{Style: style(w), Verbose: o.verbose, Width: width(w)})
}

// hash is the SHA-256 of a capture file as it lies on disk, in hexadecimal; "" for
// what is no regular file.
func hash(ctx context.Context, f pcaps.File) (string, error) {
	if st, err := os.Stat(f.Name); f.Name == "-" || err != nil || !st.Mode().IsRegular() {
		return "", nil
	}
	r, err := os.Open(f.Name)
	if err != nil {
		return "", err
	}
	defer r.Close()
	h := sha256.New()
	for ctx.Err() == nil {
		_, err := io.CopyN(h, r, 16<<20)
		if err == io.EOF {
			return hex.EncodeToString(h.Sum(nil)), nil
		}
		if err != nil {
			return "", err
		}
	}
	return "", ctx.Err()
}
