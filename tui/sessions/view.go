package sessions

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"plcscope/flows/index"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

type view struct {
	*tview.Flex
	d      pane.Desk
	head   *head
	grid   *paint.Grid
	detail *paint.Page

	list     list
	verdicts verdicts
	at       identity // of the selected row
	details  bool     // the selected session is told in full
	beside   bool     // on the right, else below

	seen  seen
	after time.Time // before which the list is not made anew
}

// seen is what the list was made from.
type seen struct {
	frames   uint32
	done     bool
	private  bool
	snapshot any
}

// New makes the view.
func New(d pane.Desk) pane.View {
	v := &view{d: d, list: list{open: map[uint32]bool{}}, detail: paint.NewPage(d.Look())}
	v.verdicts.take(d.Scope().Latest())
	v.head = &head{tview.NewBox(), v}
	v.grid = paint.NewGrid(d.Look(), nil, v)
	v.grid.OnMove(func(int) { v.moved() })
	v.grid.OnEnter(func(int) { v.ladder() })
	v.detail.SetBorderPadding(0, 0, 1, 1)
	v.Flex = tview.NewFlex()
	v.titles()
	v.arrange(true)
	return v
}

// arrange puts list and detail beside each other, or below.
func (v *view) arrange(beside bool) {
	v.beside = beside
	body := tview.NewFlex()
	body.AddItem(v.grid, 0, 3, true)
	if !beside {
		body.SetDirection(tview.FlexRow)
	}
	if v.details {
		body.AddItem(paint.NewDivider(v.d.Look()), 1, 0, false).AddItem(v.detail, 0, 2, false)
	}
	v.Flex.Clear()
	v.Flex.SetDirection(tview.FlexRow).AddItem(v.head, 1, 0, false).AddItem(body, 0, 1, true)
}

// Draw implements tview.Primitive.
func (v *view) Draw(screen tcell.Screen) {
	_, _, width, _ := v.GetRect()
	if beside := width >= 140; beside != v.beside {
		v.arrange(beside)
	}
	v.Flex.Draw(screen)
}

// titles names the columns, with the one that the list is sorted by.
func (v *view) titles() {
	l := columns
	l[byLast].Width = v.d.Words().TimeWidth()
	sign := " ▲"
	if v.list.down {
		sign = " ▼"
	}
	if f := v.list.by; f != byNumber {
		l[f].Title += sign
		l[f].Width = max(l[f].Width, paint.Width(l[f].Title))
		l[f].Drop = 0
	}
	v.grid.SetColumns(l[:])
}

// Refresh implements pane.View.
func (v *view) Refresh() {
	s, ix := v.d.Scope(), v.d.Scope().Index
	if s.Live() && v.d.Paused() {
		return
	}
	latest := s.Latest()
	now := seen{ix.Frames(), ix.Progress().Done, v.d.Words().Private, latest}
	if columns[byLast].Width != v.d.Words().TimeWidth() {
		v.titles()
	}
	if now != v.seen && (now.done || now.private != v.seen.private || time.Now().After(v.after)) {
		begin := time.Now()
		if v.verdicts.from != latest {
			v.verdicts.take(latest)
		}
		v.list.all = ix.Sessions(v.list.all[:0])
		v.rebuild()
		v.seen = now
		// What takes long is done more rarely, so that keys never wait for long.
		if took := time.Since(begin); took > 20*time.Millisecond {
			v.after = begin.Add(10 * took)
		}
	}
	v.tell()
}

// rebuild sorts and narrows the list. The selected row stays, and stays where it is on
// the screen.
func (v *view) rebuild() {
	line := v.grid.Row() - v.grid.Top()
	if n := v.d.Chosen().Current; v.at.session == 0 && n != 0 {
		v.at = identity{n, index.NoConn}
	}
	v.list.build(v.d, &v.verdicts)
	if i := v.list.find(v.at); i >= 0 {
		v.grid.SetOffset(max(i-line, 0), 0)
		v.grid.Select(i)
		return
	}
	v.grid.Select(v.grid.Row())
}

// moved takes note of the selected row.
func (v *view) moved() {
	if i := v.grid.Row(); i >= 0 && i < len(v.list.rows) {
		v.at = v.list.identityOf(i)
		v.d.Chosen().Current = v.at.session
	}
	v.tell()
}

// tell shows the details of the selected session.
func (v *view) tell() {
	if !v.details {
		return
	}
	if x := v.selected(); x != nil {
		v.detail.Set(v.describe(x))
	} else {
		v.detail.Set(nil)
	}
}

// selected is the session of the selected row, or nil.
func (v *view) selected() *index.Session {
	if i := v.grid.Row(); i >= 0 && i < len(v.list.rows) {
		return &v.list.all[v.list.rows[i].session]
	}
	return nil
}

// Keep implements pane.Keeper.
func (v *view) Keep() map[string]string {
	return map[string]string{
		"sort": v.list.by.name(), "down": strconv.FormatBool(v.list.down),
		"narrow": v.list.narrow, "details": strconv.FormatBool(v.details),
	}
}

// Restore implements pane.Keeper.
func (v *view) Restore(m map[string]string) {
	for f := range fields {
		if f.name() == m["sort"] {
			v.list.by = f
		}
	}
	v.list.down = m["down"] == "true"
	v.list.narrow = strings.ToLower(m["narrow"])
	v.details = m["details"] == "true"
	v.titles()
	v.arrange(v.beside)
	v.rebuild()
}

// head is the line above the list: how many there are, and how they are shown.
type head struct {
	*tview.Box
	v *view
}

// Draw implements tview.Primitive.
func (h *head) Draw(screen tcell.Screen) {
	h.Box.DrawForSubclass(screen, h)
	x, y, width, _ := h.GetRect()
	h.v.summary().Draw(screen, h.v.d.Look(), x, y, width)
}

func (v *view) summary() paint.Line {
	var l paint.Line
	if v.list.narrow != "" {
		l = l.And(paint.Strong, fmt.Sprintf(" %d of %s", v.list.found, count(len(v.list.all), "session"))).
			And(paint.Plain, " with ").And(paint.Match, "“"+v.list.narrow+"”")
	} else {
		l = l.And(paint.Strong, " "+count(len(v.list.all), "session"))
	}
	if n := len(v.d.Chosen().All()); n > 0 {
		l = l.And(paint.Marked, fmt.Sprintf("  ▶ %d chosen", n))
	}
	order := "  by " + strings.ToLower(v.list.by.name())
	if v.list.down {
		order += ", the greatest first"
	}
	return l.And(paint.Dim, order)
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%s %ss", pane.Count(n), what)
}
