package packets

import (
	"fmt"
	"slices"

	"plcscope/flows/index"
	"plcscope/rules"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
	"plcscope/tui/scope"
)

// list is the rows of all frames, or of those that pass the filter.
type list struct {
	d       pane.Desk
	columns columns
	known   map[uint32]*row // described lately
	private bool            // as they were described
	verdict evidence
}

// maxKnown bounds the rows that are kept so that they need not be described anew each time
// the screen is drawn.
const maxKnown = 2048

func (l *list) selection() *index.Selection {
	_, s := l.d.Filter()
	return s
}

// Len implements paint.Rows.
func (l *list) Len() int {
	if s := l.selection(); s != nil {
		return s.Len()
	}
	return int(l.d.Scope().Index.Frames())
}

// frame is the number of the frame in row i.
func (l *list) frame(i int) uint32 {
	if s := l.selection(); s != nil {
		if i < 0 || i >= s.Len() {
			return 0
		}
		return s.At(i)
	}
	return uint32(i + 1)
}

// row is the row of a frame, or of the one behind it that is shown; exact: it is there.
func (l *list) row(frame uint32) (i int, exact bool) {
	if s := l.selection(); s != nil {
		i = s.Search(frame)
		return i, i < s.Len() && s.At(i) == frame
	}
	return int(frame) - 1, frame > 0 && frame <= l.d.Scope().Index.Frames()
}

// describe returns what the row of a frame shows.
func (l *list) describe(n uint32) *row {
	ix := l.d.Scope().Index
	if l.private != l.d.Words().Private || len(l.known) > maxKnown {
		l.forget()
	}
	if r := l.known[n]; r != nil {
		var few [16]uint32
		if len(ix.MessagesIn(n, few[:0])) == r.completes {
			return r
		}
	}
	x := describer{ix: ix, reader: l.d.Reader(), words: l.d.Words(), more: l.columns.fields(), rules: l.rulesOf}
	r := x.describe(n)
	l.known[n] = r
	return r
}

func (l *list) forget() {
	l.known = map[uint32]*row{}
	l.private = l.d.Words().Private
}

func (l *list) rulesOf(n uint32) (out [][2]string) {
	for _, f := range l.verdict.of(n) {
		if f.Rule != nil {
			out = append(out, [2]string{f.Rule.ID, f.Severity.String()})
		}
	}
	return out
}

// Cells implements paint.Rows.
func (l *list) Cells(i int, cells []paint.Line) {
	n := l.frame(i)
	if n == 0 {
		return
	}
	f, _ := l.d.Scope().Index.Frame(n)
	r := l.describe(n)
	marks := paint.Text(" ")
	if l.d.Marks().Has(n) {
		marks = paint.In(paint.Marked, "●")
	}
	if s, ok := l.verdict.sign(n); ok {
		marks = append(marks, s)
	}
	cells[0] = marks
	for k, name := range l.columns {
		cells[k+1] = l.cell(name, i, &f, r)
	}
}

func (l *list) cell(name string, i int, f *index.Frame, r *row) paint.Line {
	switch name {
	case "no":
		return paint.Text(fmt.Sprint(f.Number))
	case "time":
		before := int64(0)
		if i > 0 {
			if p, ok := l.d.Scope().Index.Frame(l.frame(i - 1)); ok {
				before = p.Time
			}
		}
		return paint.Text(l.d.Words().Time(f.Time, before))
	case "source":
		return paint.In(r.side, r.source)
	case "destination":
		return paint.In(r.side, r.target)
	case "protocol":
		return paint.In(r.side, r.protocol)
	case "length":
		return paint.In(r.side, r.length)
	case "info":
		return r.info
	}
	if s := short[name]; s != "" {
		name = s
	}
	return paint.Text(r.fields[name])
}

// evidence finds the findings that frames are evidence for.
type evidence struct {
	from   *scope.Snapshot
	places []uint64 // frame<<32 | finding, ascending
}

// update takes the findings of a snapshot.
func (e *evidence) update(s *scope.Snapshot) (changed bool) {
	if e.from == s {
		return false
	}
	e.from, e.places = s, e.places[:0]
	for i := range s.Verdicts.Findings {
		if n := s.Verdicts.Findings[i].Frame; n > 0 {
			e.places = append(e.places, n<<32|uint64(i))
		}
	}
	slices.Sort(e.places)
	return true
}

func (e *evidence) of(frame uint32) (l []*rules.Finding) {
	i, _ := slices.BinarySearch(e.places, uint64(frame)<<32)
	for ; i < len(e.places) && uint32(e.places[i]>>32) == frame; i++ {
		l = append(l, &e.from.Verdicts.Findings[uint32(e.places[i])])
	}
	return l
}

// sign is that of the gravest finding: they come in that order.
func (e *evidence) sign(frame uint32) (paint.Span, bool) {
	i, _ := slices.BinarySearch(e.places, uint64(frame)<<32)
	if i == len(e.places) || uint32(e.places[i]>>32) != frame {
		return paint.Span{}, false
	}
	return pane.SignOf(&e.from.Verdicts.Findings[uint32(e.places[i])]), true
}
