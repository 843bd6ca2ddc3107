package ladder

import (
	"context"
	"errors"
	"slices"
	"sort"
	"strconv"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

type view struct {
	*tview.Flex
	d    pane.Desk
	grid *paint.Grid
	head *strip
	foot *strip
	side *paint.Page

	script  *script
	only    uint32 // the session that is shown alone, though others are chosen; 0: none
	since   string // what was chosen when that was decided
	working bool   // a script is being written beside the interface
	given   *key   // for which that was cancelled
	after   time.Time
	seen    seen
	want    pane.Target // where to go once the script is there

	at       spot // the selected row
	follows  bool // the last row stays the selected one
	selected *caption
	first    uint32 // message that is to be compared with another one, 0 for none

	narrow bool // columns
	left   int  // the first column on the screen
	open   bool // the selected message is told in full
	beside bool // on the right, else below

	captions map[uint32]*caption
	private  bool // how they were written
	evidence evidence
	canvas   canvas
}

// seen is what the script was written from.
type seen struct {
	frames   uint32
	messages uint32
	done     bool
}

// spot tells rows apart while the script grows.
type spot struct {
	order   uint64
	message uint32 // or 0:
	kind    kind
	n       uint32
}

// New makes the view.
func New(d pane.Desk) pane.View {
	v := &view{d: d, script: &script{lanes: &lanes{}}, captions: map[uint32]*caption{}, side: paint.NewPage(d.Look()), follows: d.Scope().Live()}
	v.evidence.take(d.Scope().Latest())
	v.grid = paint.NewGrid(d.Look(), []paint.Column{{Width: 1, Flex: 1}}, v)
	v.grid.OnMove(func(int) { v.moved() })
	v.grid.OnEnter(func(int) { v.toggleDetail() })
	v.head = &strip{tview.NewBox(), d.Look(), v.titles}
	v.foot = &strip{tview.NewBox(), d.Look(), v.summary}
	v.side.SetBorderPadding(0, 0, 1, 1)
	v.Flex = tview.NewFlex()
	v.arrange(true)
	return v
}

// arrange puts diagram and detail beside each other, or below.
func (v *view) arrange(beside bool) {
	v.beside = beside
	main := tview.NewFlex().SetDirection(tview.FlexRow).
		AddItem(v.head, 2, 0, false).
		AddItem(v.grid, 0, 1, true)
	v.Flex.Clear()
	v.Flex.SetDirection(tview.FlexRow)
	switch {
	case !v.open:
		main.AddItem(v.foot, 2, 0, false)
		v.Flex.AddItem(main, 0, 1, true)
	case beside:
		v.Flex.SetDirection(tview.FlexColumn).AddItem(main, 0, 5, true).
			AddItem(paint.NewDivider(v.d.Look()), 1, 0, false).AddItem(v.side, 0, 3, false)
	default:
		v.Flex.AddItem(main, 0, 1, true).
			AddItem(paint.NewDivider(v.d.Look()), 1, 0, false).AddItem(v.side, 0, 1, false)
	}
}

// Draw implements tview.Primitive.
func (v *view) Draw(screen tcell.Screen) {
	_, _, width, _ := v.GetRect()
	if beside := width >= 130; beside != v.beside {
		v.arrange(beside)
	}
	v.Flex.Draw(screen)
}

// sessions are those that are shown.
func (v *view) sessions() []uint32 {
	chosen := v.d.Chosen()
	if v.only != 0 && v.since != numbers(chosen.All()) {
		v.only = 0
	}
	switch {
	case v.only != 0:
		return []uint32{v.only}
	case len(chosen.All()) > 0:
		return chosen.All()
	case chosen.Current != 0:
		return []uint32{chosen.Current}
	}
	if _, ok := v.d.Scope().Index.Session(1); ok {
		return []uint32{1}
	}
	return nil
}

// numbers writes numbers so that equal lists are equal texts.
func numbers(list []uint32) string {
	b := make([]byte, 0, 4*len(list))
	for _, n := range list {
		b = append(b, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	return string(b)
}

// Refresh implements pane.View.
func (v *view) Refresh() {
	s := v.d.Scope()
	if latest := s.Latest(); latest != v.evidence.from {
		v.evidence.take(latest)
	}
	sessions := v.sessions()
	k := key{sessions: numbers(sessions)}
	if _, k.filter = v.d.Filter(); k.filter != nil {
		k.whole, k.passed = k.filter.Done(), k.filter.Len()
	}
	p := s.Index.Progress()
	now := seen{p.Frames, p.Messages, p.Done}
	same := k.sessions == v.script.key.sessions && k.filter == v.script.key.filter
	switch {
	case k == v.script.key && now == v.seen, same && s.Live() && v.d.Paused():
	case v.working, v.given != nil && *v.given == k:
	case same && time.Now().Before(v.after) && !(p.Done && (k.filter == nil || k.whole)):
	default:
		v.write(sessions, k, now, v.script)
	}
	v.reach()
	v.tell()
}

// quick is how many messages are laid out at once, without that anybody waits.
const quick = 20_000

// write writes the script anew, or goes on with it: beside the interface where it is long.
func (v *view) write(sessions []uint32, k key, now seen, before *script) {
	ix := v.d.Scope().Index
	var todo uint64
	if before != nil && before.key == k {
		todo = uint64(now.messages - min(before.messages, now.messages))
	} else {
		before = nil
		for _, n := range sessions[:min(len(sessions), 1000)] {
			x, _ := ix.Session(n)
			todo += x.Sent[0] + x.Sent[1]
		}
	}
	if todo+10*uint64(len(sessions)) <= quick {
		s, err := write(context.Background(), ix, sessions, k, before)
		switch {
		case err == nil:
			v.adopt(s, now)
		case before != nil:
			v.write(sessions, k, now, nil)
		}
		return
	}
	v.working = true
	sessions = slices.Clone(sessions)
	var s *script
	begin := time.Now()
	v.d.Work("laying out the ladder", func(ctx context.Context) (err error) {
		if s, err = write(ctx, ix, sessions, k, before); errors.Is(err, errLate) {
			s, err = write(ctx, ix, sessions, k, nil)
		}
		return err
	}, func(err error) {
		v.working, v.given = false, nil
		v.after = time.Now().Add(5 * time.Since(begin))
		switch {
		case err == nil && numbers(v.sessions()) == k.sessions:
			v.adopt(s, now)
		case errors.Is(err, context.Canceled):
			v.given = &k
		case err != nil:
			v.d.Complain(err)
		}
	})
}

// adopt shows a script. The selected row stays, and stays where it is on the screen.
func (v *view) adopt(s *script, now seen) {
	at, line := v.at, v.grid.Row()-v.grid.Top()
	fresh := s.key.sessions != v.script.key.sessions
	v.script, v.seen = s, now
	switch {
	case v.follows:
		v.grid.Select(len(s.rows) - 1)
	case fresh:
		v.left, v.first = 0, 0
		v.grid.SetOffset(0, 0)
		v.grid.Select(0)
	default:
		i := s.row(at)
		v.grid.SetOffset(max(i-line, 0), 0)
		v.grid.Select(i)
	}
	v.moved()
}

// row returns where a spot is, or the nearest there is.
func (s *script) row(at spot) int {
	i := sort.Search(len(s.rows), func(i int) bool { return s.order(s.rows[i]) >= at.order })
	if at.message == 0 {
		for j := i; j < len(s.rows) && s.order(s.rows[j]) == at.order; j++ {
			if e := s.event(j); e.kind == at.kind && e.n == at.n {
				return j
			}
		}
	}
	return i
}

// moved takes note of the selected row.
func (v *view) moved() {
	i := v.grid.Row()
	v.selected = nil
	if i < 0 || i >= len(v.script.rows) {
		return
	}
	l := v.script.rows[i]
	v.at = spot{order: v.script.order(l)}
	if e := v.script.event(i); e != nil {
		v.at.kind, v.at.n = e.kind, e.n
	} else {
		v.at.message = uint32(l)
		v.selected = v.caption(uint32(l))
	}
	v.follows = v.d.Scope().Live() && i == len(v.script.rows)-1
	v.tell()
}

// Keep implements pane.Keeper.
func (v *view) Keep() map[string]string {
	return map[string]string{"narrow": strconv.FormatBool(v.narrow), "details": strconv.FormatBool(v.open)}
}

// Restore implements pane.Keeper.
func (v *view) Restore(m map[string]string) {
	v.narrow, v.open = m["narrow"] == "true", m["details"] == "true"
	v.arrange(v.beside)
}
