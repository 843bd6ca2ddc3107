package packets

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"plcscope/flows/index"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
	"plcscope/tui/scope"
)

// desk is one without a program around it.
type desk struct {
	scope  *scope.Scope
	reader *index.Reader
	words  pane.Words
	marks  pane.Marks
	chosen pane.Chosen
	look   paint.Look
	filter string
	frames *index.Selection
	paused bool
	said   string
}

func (d *desk) Scope() *scope.Scope                { return d.scope }
func (d *desk) Reader() *index.Reader              { return d.reader }
func (d *desk) Look() *paint.Look                  { return &d.look }
func (d *desk) Words() *pane.Words                 { return &d.words }
func (d *desk) Marks() *pane.Marks                 { return &d.marks }
func (d *desk) Chosen() *pane.Chosen               { return &d.chosen }
func (d *desk) Open(pane.Name, pane.Target)        {}
func (d *desk) Say(format string, args ...any)     { d.said = fmt.Sprintf(format, args...) }
func (d *desk) Complain(err error)                 { d.said = err.Error() }
func (d *desk) Ask(_, _ string, _ func(string))    {}
func (d *desk) Choose(string, []string, func(int)) {}
func (d *desk) Overlay(string, tview.Primitive)    {}
func (d *desk) Focus(p tview.Primitive)            { p.Focus(func(p tview.Primitive) { d.Focus(p) }) }
func (d *desk) Copy(string, string)                {}
func (d *desk) Filter() (string, *index.Selection) { return d.filter, d.frames }
func (d *desk) SetFilter(string)                   {}
func (d *desk) Paused() bool                       { return d.paused }
func (d *desk) Work(_ string, f func(context.Context) error, done func(error)) {
	done(f(context.Background()))
}

// sit opens a capture in a view of 160×44 cells, and draws it.
func sit(t testing.TB, c *pcaps.Capture) (*view, *desk, func()) {
	t.Helper()
	d := &desk{scope: scope.New(scope.Options{Capture: c}), look: paint.Look{Theme: paint.Usual()}}
	if _, err := d.scope.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	d.reader = d.scope.Index.NewReader()
	t.Cleanup(func() { d.reader.Close(); d.scope.Close(); c.Close() })
	screen := tcell.NewSimulationScreen("UTF-8")
	if err := screen.Init(); err != nil {
		t.Fatal(err)
	}
	screen.SetSize(160, 44)
	v := New(d).(*view)
	v.SetRect(0, 0, 160, 44)
	v.Refresh()
	draw := func() {
		v.Refresh()
		v.Draw(screen)
	}
	draw()
	return v, d, draw
}

// TestJumps measures how long jumps take in a large capture, which PLCSCOPE_BIG names: from
// the key to the last cell that is drawn.
func TestJumps(t *testing.T) {
	name := os.Getenv("PLCSCOPE_BIG")
	if name == "" {
		t.Skip("PLCSCOPE_BIG names no capture")
	}
	c, err := pcaps.Open([]string{name}, pcaps.Options{})
	if err != nil {
		t.Fatal(err)
	}
	v, d, draw := sit(t, c)
	last := d.scope.Index.Frames()
	rnd := rand.New(rand.NewPCG(1, 2))
	key := func(k tcell.Key) func() {
		return func() { v.InputHandler()(tcell.NewEventKey(k, 0, tcell.ModNone), func(tview.Primitive) {}) }
	}
	jumps := []struct {
		name string
		do   func()
	}{
		{"end", key(tcell.KeyEnd)},
		{"home", key(tcell.KeyHome)},
		{"page down", key(tcell.KeyPgDn)},
		{"go to", func() { v.goTo(fmt.Sprint(1 + rnd.Uint32N(last))) }},
		{"next of the connection", func() { v.neighbour(false) }},
		{"before of the connection", func() { v.neighbour(true) }},
		{"answer", func() { v.exchange(false) }},
		{"conversation", func() {
			v.Show(pane.Target{Frame: 1 + rnd.Uint32N(last)})
			v.followStream()
		}},
		{"columns of tcp", func() { v.leave(); v.setColumns("tcp") }},
		{"go to, columns of tcp", func() { v.goTo(fmt.Sprint(1 + rnd.Uint32N(last))) }},
	}
	const bound = 50 * time.Millisecond
	for _, j := range jumps {
		var took []time.Duration
		for range 40 {
			start := time.Now()
			j.do()
			draw()
			took = append(took, time.Since(start))
		}
		slices.Sort(took)
		t.Logf("%-24s median %8v, worst %8v", j.name, took[len(took)/2].Round(time.Microsecond), took[len(took)-1].Round(time.Microsecond))
		if median := took[len(took)/2]; median > bound {
			t.Errorf("%s takes %v", j.name, median)
		}
	}
}

// BenchmarkJump goes to any frame of a capture with retransmissions.
func BenchmarkJump(b *testing.B) {
	c := craft.Connection("10.0.0.5:2000", "10.0.0.1:1883")
	for i := range 2000 {
		c = c.Client(fmt.Appendf(nil, "0\x10\x00\x05plant%09d", i))
	}
	v, d, draw := sit(b, craft.Open(craft.Retransmit(0.1, 1)(c.Frames())))
	rnd := rand.New(rand.NewPCG(1, 2))
	last := d.scope.Index.Frames()
	for b.Loop() {
		v.Show(pane.Target{Frame: 1 + rnd.Uint32N(last)})
		draw()
	}
}

// TestFollow keeps the last frame selected, as in live traffic, until the user has chosen
// another one, which then stays where it is.
func TestFollow(t *testing.T) {
	frames := craft.Connection("10.0.0.5:2000", "10.0.0.1:1883")
	for i := range 60 {
		frames = frames.Client(fmt.Appendf(nil, "0\x10\x00\x05plant%09d", i))
	}
	v, d, draw := sit(t, craft.Open(frames.Frames()))
	v.follow = true
	draw()
	if got, last := v.present(), d.scope.Index.Frames(); got != last {
		t.Errorf("frame %d is selected, not the last, %d", got, last)
	}
	v.InputHandler()(tcell.NewEventKey(tcell.KeyUp, 0, tcell.ModNone), func(tview.Primitive) {})
	at, top := v.present(), v.grid.Top()
	draw()
	if v.follow || v.present() != at || v.grid.Top() != top {
		t.Errorf("the user has chosen frame %d, the list shows %d", at, v.present())
	}
}

// TestLongMessage reads a message that is too long to be waited for beside the interface.
func TestLongMessage(t *testing.T) {
	body := append([]byte("\x00\x04long"), bytes.Repeat([]byte("0123456789abcdef"), maxAtOnce/16+1)...)
	n := len(body)
	publish := append([]byte{0x30, byte(n&0x7f | 0x80), byte(n>>7&0x7f | 0x80), byte(n >> 14 & 0x7f)}, body...)
	c := craft.Connection("10.0.0.5:2000", "10.0.0.1:1883").Client([]byte("\x10\x0e\x00\x04MQTT\x04\x02\x00\x3c\x00\x02me")).
		Server([]byte{0x20, 2, 0, 0}).Client(publish).Client([]byte{0xc0, 0})
	v, d, draw := sit(t, craft.Open(c.Frames()))
	m, ok := d.scope.Index.Message(3)
	if !ok || m.Length != len(publish) {
		t.Fatalf("message 3 has %d bytes of %d", m.Length, len(publish))
	}
	if !v.Show(pane.Target{Message: 3}) {
		t.Fatal("it is not shown")
	}
	draw()
	if len(v.shown.tabs) != 2 || len(v.shown.tabs[1].bytes) != len(publish) {
		t.Errorf("%d tabs", len(v.shown.tabs))
	}
	if s := v.rows.describe(uint32(m.Frame)).info.String(); s != fmt.Sprintf(`PUBLISH q0 "long", %d bytes in all`, len(publish)) {
		t.Errorf("the row says %q", s)
	}
}
