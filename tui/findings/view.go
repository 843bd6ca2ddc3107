package findings

import (
	"fmt"
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"plcscope/flows/index"
	"plcscope/rules"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
	"plcscope/tui/scope"
)

type view struct {
	*tview.Flex
	d    pane.Desk
	list *paint.Grid
	page *paint.Page

	snapshot *scope.Snapshot
	tree     tree
	at       key // of the selected row
	wide     bool
	zoomed   bool // the page alone
}

// New makes the view.
func New(d pane.Desk) pane.View {
	v := &view{d: d, snapshot: &scope.Snapshot{}, tree: tree{folded: map[key]bool{}}, page: paint.NewPage(d.Look())}
	v.list = paint.NewGrid(d.Look(), []paint.Column{
		{Width: 1},
		{Title: "who, rule, case", Width: 30, Flex: 1},
		{Title: "cases", Width: 7, Right: true},
		{Title: "frame", Width: 8, Right: true, Drop: 1},
	}, v)
	v.list.OnMove(func(int) { v.moved() })
	v.list.OnEnter(func(int) { v.open(pane.Ladder) })
	v.page.SetBorderPadding(0, 0, 1, 1)
	v.Flex = tview.NewFlex()
	v.arrange(true)
	return v
}

// arrange puts list and page beside each other where there is room, else below.
func (v *view) arrange(wide bool) {
	v.wide = wide
	v.Flex.Clear()
	direction := tview.FlexRow
	if wide {
		direction = tview.FlexColumn
	}
	v.Flex.SetDirection(direction)
	if !v.zoomed {
		v.Flex.AddItem(v.list, 0, 1, true)
		v.Flex.AddItem(paint.NewDivider(v.d.Look()), 1, 0, false)
	}
	v.Flex.AddItem(v.page, 0, 1, v.zoomed)
}

// Draw implements tview.Primitive.
func (v *view) Draw(screen tcell.Screen) {
	_, _, width, _ := v.GetRect()
	if wide := width >= 120; wide != v.wide {
		v.arrange(wide)
	}
	v.Flex.Draw(screen)
}

// Len implements paint.Rows.
func (v *view) Len() int { return len(v.tree.rows) }

// Cells implements paint.Rows.
func (v *view) Cells(i int, cells []paint.Line) {
	r := v.tree.rows[i]
	s := &v.snapshot.Verdicts.Subjects[r.subject]
	words := v.d.Words()
	switch {
	case r.result < 0:
		sign := worst(s)
		fold := "▾ "
		if v.tree.isFolded(s, len(v.snapshot.Verdicts.Subjects)) {
			fold = "▸ "
		}
		cells[0] = paint.Line{sign}
		cells[1] = paint.In(paint.Strong, fold+words.Prose(s.Name)).And(paint.Plain, "  ")
		cells[1] = append(cells[1], pane.Verdicts(&s.Counts)...)
	case r.finding < 0:
		x := &s.Results[r.result]
		sign := pane.Sign(x.Verdict, x.Severity, !x.Counts())
		cells[0] = paint.Line{sign}
		fold := "▸ "
		if v.tree.folded[key{subject: s.Name, rule: x.Rule.ID}] {
			fold = "▾ "
		}
		cells[1] = paint.Text("  "+fold).And(sign.Role, x.Rule.ID).And(paint.Plain, " "+x.Rule.Title)
		cells[2] = paint.Text(pane.Count(cases(x)))
		if n := first(x); n > 0 {
			cells[3] = paint.Text(fmt.Sprint(n))
		}
	default:
		f := &s.Results[r.result].Findings[r.finding]
		cells[0] = paint.Line{pane.SignOf(f)}
		cells[1] = paint.In(paint.Dim, "      "+words.Time(f.Time, 0)+"  ").And(paint.Plain, words.Prose(f.Detail))
		cells[3] = paint.Text(fmt.Sprint(f.Frame))
		if v.d.Marks().Has(uint32(f.Frame)) {
			cells[2] = paint.In(paint.Marked, "●")
		}
	}
}

// cases is how often a rule was broken, or may have been.
func cases(r *rules.Result) uint64 {
	if r.Verdict == rules.Fail {
		return r.Failed
	}
	return r.Inconclusive
}

// worst is the sign of the worst that was found about somebody.
func worst(s *scope.Subject) paint.Span {
	switch w := weight(s); {
	case w >= 2:
		return pane.Sign(rules.Fail, rules.Severity(w-2), false)
	case w == 1:
		return pane.Sign(rules.Inconclusive, 0, false)
	case s.Counts.Excused > 0:
		return pane.Sign(rules.Fail, 0, true)
	case s.Counts.Passed > 0:
		return pane.Sign(rules.Pass, 0, false)
	}
	return pane.Sign(rules.NotExercised, 0, false)
}

// selected returns the selected row, and what it is about; nil for what it is not.
func (v *view) selected() (s *scope.Subject, r *rules.Result, f *rules.Finding) {
	i := v.list.Row()
	if i < 0 || i >= len(v.tree.rows) {
		return nil, nil, nil
	}
	x := v.tree.rows[i]
	s = &v.snapshot.Verdicts.Subjects[x.subject]
	if x.result >= 0 {
		r = &s.Results[x.result]
	}
	if x.finding >= 0 {
		f = &r.Findings[x.finding]
	}
	return s, r, f
}

// keyOf tells row i apart.
func (v *view) keyOf(i int) key {
	x := v.tree.rows[i]
	s := &v.snapshot.Verdicts.Subjects[x.subject]
	k := key{subject: s.Name}
	if x.result >= 0 {
		k.rule = s.Results[x.result].Rule.ID
	}
	if x.finding >= 0 {
		l := s.Results[x.result].Findings
		k.frame = l[x.finding].Frame
		for j := x.finding - 1; j >= 0 && l[j].Frame == k.frame; j-- {
			k.nth++
		}
		k.nth++
	}
	return k
}

// find selects the row of a key, or the nearest one above it that there is.
func (v *view) find(k key) bool {
	for {
		for i := range v.tree.rows {
			if v.keyOf(i) == k {
				v.list.Select(i)
				return true
			}
		}
		switch {
		case k.nth > 0:
			k.frame, k.nth = 0, 0
		case k.rule != "":
			k.rule = ""
		default:
			return false
		}
	}
}

// Refresh implements pane.View.
func (v *view) Refresh() {
	if latest := v.d.Scope().Latest(); latest != v.snapshot {
		v.snapshot = latest
		v.rebuild()
	}
	v.explain()
}

func (v *view) rebuild() {
	at := v.at
	v.tree.build(&v.snapshot.Verdicts)
	if at != (key{}) {
		v.find(at)
	}
}

func (v *view) moved() {
	if i := v.list.Row(); i >= 0 && i < len(v.tree.rows) {
		v.at = v.keyOf(i)
	}
	v.explain()
}

// fold folds what is selected, or unfolds it.
func (v *view) fold(open bool) {
	s, r, f := v.selected()
	switch {
	case s == nil:
		return
	case f != nil && !open: // to the rule
		v.at.frame, v.at.nth = 0, 0
		v.find(v.at)
		return
	case f != nil:
		return
	case r != nil:
		k := key{subject: s.Name, rule: r.Rule.ID}
		if !open && !v.tree.folded[k] { // to the subject
			v.find(key{subject: s.Name})
			return
		}
		v.tree.folded[k] = open
	default:
		v.tree.folded[key{subject: s.Name}] = open == (len(v.snapshot.Verdicts.Subjects) > few)
	}
	v.rebuild()
	v.moved()
}

// evidence is the finding that is selected, or the first one of what is.
func (v *view) evidence() *rules.Finding {
	s, r, f := v.selected()
	if f == nil && r == nil && s != nil {
		for _, i := range ranked(s) {
			if v.tree.shown.has(&s.Results[i]) {
				r = &s.Results[i]
				break
			}
		}
	}
	if f == nil && r != nil && len(r.Findings) > 0 {
		f = &r.Findings[0]
	}
	return f
}

func (v *view) open(where pane.Name) {
	if f := v.evidence(); f != nil {
		v.d.Open(where, v.target(f))
		return
	}
	v.d.Say("no finding is selected")
}

// target is where the evidence of a finding lies.
func (v *view) target(f *rules.Finding) pane.Target {
	ix := v.d.Scope().Index
	t := pane.Target{Frame: uint32(f.Frame), Rule: f.Rule.ID, Subject: f.Subject.String()}
	row, ok := ix.Frame(t.Frame)
	if !ok {
		return t
	}
	if row.Conn != index.NoConn {
		t.Conn = row.Conn + 1
		if c, ok := ix.Conn(row.Conn); ok {
			t.Session = c.Session
		}
	}
	list := ix.MessagesIn(t.Frame, nil)
	for _, n := range list {
		if m, ok := ix.Message(n); ok && (len(list) == 1 || m.Type.String() == f.Message || f.Message == "") {
			t.Message = n
			break
		}
	}
	if f.Offset >= 0 && t.Message != 0 {
		t.Bytes = [2]int{f.Offset, f.Offset + 1}
	}
	return t
}

// step goes to the next row that holds something to look at.
func (v *view) step(backwards bool) {
	n := len(v.tree.rows)
	for i := 1; i <= n; i++ {
		j := (v.list.Row() + i) % n
		if backwards {
			j = (v.list.Row() - i + n) % n
		}
		if v.tree.rows[j].result >= 0 {
			v.list.Select(j)
			return
		}
	}
	v.d.Say("there are no findings")
}

// Keys implements pane.View.
func (v *view) Keys() []pane.Key {
	if v.zoomed {
		return []pane.Key{
			{Rune: 'z', Does: "list", Help: "Show the list again.", Do: v.zoom},
			{Key: tcell.KeyEnter, Name: "enter", Does: "ladder", Help: "Show the evidence in the ladder.", Do: func() { v.open(pane.Ladder) }},
			{Rune: 'k', Does: "packets", Help: "Show the evidence among the packets.", Do: func() { v.open(pane.Packets) }},
		}
	}
	return []pane.Key{
		{Key: tcell.KeyEnter, Name: "enter", Does: "ladder", Help: "Show the evidence in the ladder."},
		{Rune: 'k', Does: "packets", Help: "Show the evidence among the packets.", Do: func() { v.open(pane.Packets) }},
		{Key: tcell.KeyRight, Name: "→", Does: "unfold", Help: "Show the cases of a rule, or the rules of a subject.", Do: func() { v.fold(true) }},
		{Key: tcell.KeyLeft, Name: "←", Help: "Fold them, or go to the rule or subject that a row belongs to.", Do: func() { v.fold(false) }},
		{Rune: '!', Does: "next", Help: "Go to the next finding.", Do: func() { v.step(false) }},
		{Rune: 'v', Does: "which", Help: "Choose which findings are listed.", Do: v.choose},
		{Rune: 'a', Does: "all rules", Help: "Show the verdicts of all rules on the subject, those that hold too.", Do: v.allRules},
		{Rune: 'z', Does: "explain", Help: "Show the explanation alone, over the whole screen.", Do: v.zoom},
		{Key: tcell.KeyTab, Name: "tab", Help: "Go to the explanation, to scroll it, and back.", Do: v.next},
		{Rune: 'c', Help: "Copy the finding as text.", Do: v.copy},
	}
}

func (v *view) zoom() {
	v.zoomed = !v.zoomed
	v.arrange(v.wide)
	if v.zoomed {
		v.d.Focus(v.page)
	} else {
		v.d.Focus(v.list)
	}
}

func (v *view) next() {
	if v.page.HasFocus() {
		v.d.Focus(v.list)
	} else {
		v.d.Focus(v.page)
	}
}

func (v *view) choose() {
	var names []string
	for s := everything; s < shownEnd; s++ {
		names = append(names, s.String())
	}
	v.d.Choose("List", names, func(i int) {
		v.tree.shown = shown(i)
		v.rebuild()
		v.moved()
	})
}

func (v *view) copy() {
	var b strings.Builder
	for _, l := range v.page.Lines() {
		b.WriteString(l.String())
		b.WriteByte('\n')
	}
	v.d.Copy("the explanation", b.String())
}

// Show implements pane.View.
func (v *view) Show(t pane.Target) bool {
	for i := range v.snapshot.Verdicts.Subjects {
		s := &v.snapshot.Verdicts.Subjects[i]
		if t.Subject != "" && s.Name != t.Subject {
			continue
		}
		if t.Rule == "" && t.Frame == 0 && t.Subject != "" {
			v.at = key{subject: s.Name}
			return v.reveal()
		}
		for j := range s.Results {
			r := &s.Results[j]
			if t.Rule != "" && r.Rule.ID != t.Rule {
				continue
			}
			if t.Frame == 0 && t.Rule != "" {
				v.at = key{subject: s.Name, rule: r.Rule.ID}
				return v.reveal()
			}
			for _, f := range r.Findings {
				if f.Frame == uint64(t.Frame) && t.Frame != 0 {
					v.at = key{s.Name, r.Rule.ID, f.Frame, 1}
					return v.reveal()
				}
			}
		}
	}
	return false
}

// reveal unfolds what hides v.at, and selects it.
func (v *view) reveal() bool {
	if v.at.rule != "" {
		v.tree.shown = everything
		v.tree.folded[key{subject: v.at.subject}] = len(v.snapshot.Verdicts.Subjects) > few
	}
	if v.at.nth > 0 {
		v.tree.folded[key{subject: v.at.subject, rule: v.at.rule}] = true
	}
	v.tree.build(&v.snapshot.Verdicts)
	ok := v.find(v.at)
	v.explain()
	return ok
}

// Place implements pane.View.
func (v *view) Place() pane.Target {
	s, r, f := v.selected()
	t := pane.Target{}
	if s != nil {
		t.Subject = s.Name
	}
	if r != nil {
		t.Rule = r.Rule.ID
	}
	if f == nil && r != nil && len(r.Findings) > 0 {
		f = &r.Findings[0]
	}
	if f != nil {
		t.Frame = uint32(f.Frame)
	}
	return t
}

// Search implements pane.Searcher: in subjects, rules and details.
func (v *view) Search(find index.Finder, backwards bool, done func(bool)) {
	n, cells := len(v.tree.rows), make([]paint.Line, 4)
	for i := 1; i <= n; i++ {
		j := (v.list.Row() + i) % n
		if backwards {
			j = (v.list.Row() - i + n) % n
		}
		v.Cells(j, cells)
		if find([]byte(cells[1].String())) >= 0 {
			v.list.Select(j)
			done(true)
			return
		}
	}
	done(false)
}
