package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"plcscope/flows"
	"plcscope/report"
)

// reports are the formats of reports by the ending of a file.
var reports = []struct {
	ending string
	write  func(*report.Report, io.Writer) error
}{
	{".json", (*report.Report).JSON},
	{".html", (*report.Report).HTML},
	{".md", (*report.Report).Markdown},
	{".xml", (*report.Report).JUnit},
	{".sarif", func(r *report.Report, w io.Writer) error { return r.SARIF(w, report.SARIFOptions{}) }},
	{".txt", func(r *report.Report, w io.Writer) error { return r.Text(w, report.TextOptions{}) }},
}

func endings() (l []string) {
	for _, r := range reports {
		l = append(l, r.ending)
	}
	return l
}

// export writes the verdicts as a report. Of a file they are complete; of live traffic
// they are those until now, and the report says so.
func (a *App) export(name string, force bool) error {
	switch {
	case a.opt.Report == nil:
		return errors.New("nobody has judged this capture")
	case a.words.Private:
		return errPrivate
	}
	name, err := a.place(name, force)
	if err != nil {
		return err
	}
	var render func(*report.Report, io.Writer) error
	for _, r := range reports {
		if strings.EqualFold(filepath.Ext(name), r.ending) {
			render = r.write
		}
	}
	if render == nil {
		return fmt.Errorf("the ending of %s names no format; %s do", name, strings.Join(endings(), ", "))
	}
	live := a.scope.Live()
	a.Work("writing "+filepath.Base(name), func(ctx context.Context) error {
		if !live {
			if err := a.judged(ctx); err != nil {
				return err
			}
		}
		var r *report.Report
		if err := a.scope.Between(ctx, func(t *flows.Totals) { r = a.opt.Report(*t, a.scope.Latest().Complete) }); err != nil {
			return err
		}
		return create(name, func(w io.Writer) error { return render(r, w) })
	}, func(err error) {
		switch {
		case errors.Is(err, context.Canceled):
		case err != nil:
			a.Complain(fmt.Errorf("%s was not written: %w", name, err))
		default:
			a.Say("the verdicts are in %s", name)
		}
	})
	return nil
}
