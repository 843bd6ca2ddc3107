// Package uitest lets tests sit at the terminal interface: they open a capture on a
// simulated screen, press keys, and read what the screen shows.
//
//	x := uitest.Open(t, uitest.Options{File: "mqtt31-plc-faulty.pcap", Width: 80, Height: 24})
//	x.Press("5", "down", "enter")
//	x.Golden("finding-to-ladder")
//
// Golden screens lie in testdata of the package that tests; `go test -update` writes them
// anew, and whoever does looks at them.
package uitest

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/gdamore/tcell/v2"
	"github.com/google/go-cmp/cmp"

	"plcscope/flows"
	"plcscope/flows/assets"
	"plcscope/flows/delivery"
	"plcscope/flows/values"
	"plcscope/pcaps"
	"plcscope/pcaps/samples"
	"plcscope/rules"
	"plcscope/rules/mqttrules"
	"plcscope/rules/s7rules"
	"plcscope/s7comm/variable"
	"plcscope/tui"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
	"plcscope/tui/scope"
)

var update = flag.Bool("update", false, "write golden screens anew")

// Options say what is opened and how.
type Options struct {
	// File is a sample of pcaps/samples, or a path.
	File          string
	Width, Height int // of the screen; 80×24 without
	View          pane.Name
	Filter        string
	Theme         *paint.Theme           // mono without
	Change        func(o *scope.Options) // unless nil, changes what is analysed
	ChangeApp     func(o *tui.Options)   // unless nil, changes how it is shown
}

// Terminal is an interface on a simulated screen. All times are of UTC.
type Terminal struct {
	App    *tui.App // to be asked within App.Do: it belongs to the goroutine of the interface
	t      testing.TB
	screen tcell.SimulationScreen
	left   chan struct{} // closed when the interface has been left
	err    error
}

// Open opens a capture and waits until everything is shown. The test ends the interface.
func Open(t testing.TB, opt Options) *Terminal {
	t.Helper()
	capture := open(t, opt.File)
	screen := tcell.NewSimulationScreen("UTF-8")
	if opt.Width == 0 {
		opt.Width, opt.Height = 80, 24
	}
	m, s7 := mqttrules.New(mqttrules.Options{}), s7rules.New(s7rules.Options{})
	so := scope.Options{
		Name: filepath.Base(opt.File), Capture: capture,
		Engines: []flows.Observer{m, s7}, Books: []*rules.Book{m.Book(), s7.Book()},
		Audit: delivery.New(delivery.Options{}), Inventory: assets.New(assets.Options{}),
		Values: values.New(values.Options{History: variable.MaxHistory}),
	}
	if opt.Change != nil {
		opt.Change(&so)
	}
	if opt.Theme == nil {
		opt.Theme = paint.Find("mono")
	}
	ao := tui.Options{
		Scope: scope.New(so), Words: &pane.Words{Zone: time.UTC}, Theme: opt.Theme,
		View: opt.View, Filter: opt.Filter, Screen: screen, Mouse: true,
	}
	if opt.ChangeApp != nil {
		opt.ChangeApp(&ao)
	}
	x := &Terminal{App: tui.New(ao), t: t, screen: screen, left: make(chan struct{})}
	screen.SetSize(opt.Width, opt.Height) // the interface has initialised it
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer close(x.left)
		x.err = x.App.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-x.left
		if x.err != nil {
			t.Error(x.err)
		}
		ao.Scope.Close()
		capture.Close()
	})
	x.Settle()
	return x
}

func open(t testing.TB, name string) *pcaps.Capture {
	t.Helper()
	c, err := samples.Open(name)
	if err != nil {
		c, err = pcaps.Open([]string{name}, pcaps.Options{})
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// patience is how long anything may take before a test gives up.
const patience = 30 * time.Second

// Settle waits until nothing is under way.
func (x *Terminal) Settle() {
	x.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		settled := make(chan bool, 1)
		x.do(func() { settled <- x.App.Settled() })
		select {
		case <-x.left:
			return
		case ok := <-settled:
			if ok {
				return
			}
		}
		if time.Now().After(end) {
			x.t.Fatalf("the interface does not come to rest:\n%s", x.Screen())
		}
	}
}

// do runs f on the goroutine of the interface, unless that has been left.
func (x *Terminal) do(f func()) {
	x.t.Helper()
	done := make(chan struct{})
	go func() {
		x.App.Do(f)
		close(done)
	}()
	select {
	case <-done:
	case <-x.left:
	case <-time.After(patience):
		x.t.Fatal("the interface hangs")
	}
}

// names are keys that are no characters.
var names = map[string]tcell.Key{
	"enter": tcell.KeyEnter, "esc": tcell.KeyEscape, "tab": tcell.KeyTab, "backtab": tcell.KeyBacktab,
	"up": tcell.KeyUp, "down": tcell.KeyDown, "left": tcell.KeyLeft, "right": tcell.KeyRight,
	"pgup": tcell.KeyPgUp, "pgdn": tcell.KeyPgDn, "home": tcell.KeyHome, "end": tcell.KeyEnd,
	"backspace": tcell.KeyBackspace2, "ctrl-u": tcell.KeyCtrlU, "ctrl-c": tcell.KeyCtrlC, "delete": tcell.KeyDelete,
}

// Press presses keys, and waits after each until all it has set off is shown: what the next
// does may depend on it. A key is a character, a name as "enter", "esc", "down", or, when it is longer,
// text that is typed.
func (x *Terminal) Press(keys ...string) *Terminal {
	x.t.Helper()
	for _, k := range keys {
		if key, ok := names[k]; ok {
			x.inject(key, 0)
		} else {
			if k == "space" {
				k = " "
			}
			for _, r := range k {
				x.inject(tcell.KeyRune, r)
			}
		}
		x.Settle()
	}
	return x
}

// Type pastes text into the line that is typed, which takes less time than its keys.
func (x *Terminal) Type(text string) *Terminal {
	x.t.Helper()
	x.do(func() { x.App.Paste(text) })
	x.Settle()
	return x
}

// Paste is Type, and accepts the line.
func (x *Terminal) Paste(text string) *Terminal {
	x.t.Helper()
	return x.Type(text).Press("enter")
}

func (x *Terminal) inject(k tcell.Key, r rune) {
	x.t.Helper()
	before := x.App.Taken()
	x.screen.InjectKey(k, r, tcell.ModNone)
	for end := time.Now().Add(patience); x.App.Taken() == before; time.Sleep(100 * time.Microsecond) {
		if time.Now().After(end) {
			x.t.Fatalf("key %v %q was not taken", k, r)
		}
	}
	x.do(func() {})
}

// Click clicks with the left button at a column and a row, from 0.
func (x *Terminal) Click(column, row int) *Terminal {
	x.t.Helper()
	before := x.App.Clicked()
	x.screen.InjectMouse(column, row, tcell.Button1, tcell.ModNone)
	x.screen.InjectMouse(column, row, tcell.ButtonNone, tcell.ModNone)
	for end := time.Now().Add(patience); x.App.Clicked() == before; time.Sleep(100 * time.Microsecond) {
		if time.Now().After(end) {
			x.t.Fatalf("the click at %d, %d was not taken", column, row)
		}
	}
	x.do(func() {})
	x.Settle()
	return x
}

// Resize gives the screen another size.
func (x *Terminal) Resize(width, height int) *Terminal {
	x.t.Helper()
	x.do(func() { x.screen.SetSize(width, height) })
	x.Settle()
	return x
}

// Place is what is selected in the view on the screen.
func (x *Terminal) Place() (place pane.Target) {
	x.t.Helper()
	x.do(func() { place = x.App.Place() })
	return place
}

// look lets f read the screen while nobody draws on it.
func (x *Terminal) look(f func(cells []tcell.SimCell, width, height int)) {
	x.t.Helper()
	read := func() { f(x.screen.GetContents()) }
	done := make(chan struct{})
	x.do(func() {
		read()
		close(done)
	})
	select {
	case <-done:
	case <-x.left: // nobody draws any more
		select {
		case <-done:
		default:
			read()
		}
	}
}

// Screen is the text on the screen, without blanks at the ends of lines.
func (x *Terminal) Screen() (text string) {
	x.t.Helper()
	x.look(func(cells []tcell.SimCell, width, height int) { text = textOf(cells, width, height) })
	return text
}

func textOf(cells []tcell.SimCell, width, height int) string {
	var b strings.Builder
	for row := range height {
		var line strings.Builder
		for column := 0; column < width; column++ {
			c := cells[row*width+column]
			if len(c.Bytes) == 0 {
				line.WriteByte(' ')
				continue
			}
			line.Write(c.Bytes)
			if r, _ := utf8.DecodeRune(c.Bytes); paint.Width(string(r)) == 2 {
				column++
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " "))
		b.WriteByte('\n')
	}
	return b.String()
}

// Style is how a cell looks.
func (x *Terminal) Style(column, row int) (style tcell.Style) {
	x.t.Helper()
	x.look(func(cells []tcell.SimCell, width, _ int) { style = cells[row*width+column].Style })
	return style
}

// Left reports whether the interface has been left, waiting a moment for it.
func (x *Terminal) Left() bool {
	select {
	case <-x.left:
		return true
	case <-time.After(2 * time.Second):
		return false
	}
}

// Golden compares the screen with testdata/NAME.screen.
func (x *Terminal) Golden(name string) *Terminal {
	x.t.Helper()
	file := filepath.Join("testdata", name+".screen")
	got := x.Screen()
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			x.t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			x.t.Fatal(err)
		}
		return x
	}
	want, err := os.ReadFile(file)
	if err != nil {
		x.t.Fatal(err)
	}
	if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); d != "" {
		x.t.Errorf("%s (-want +got), go test -update writes it anew:\n%s", file, d)
	}
	return x
}

// Has reports an error unless the screen shows all texts.
func (x *Terminal) Has(texts ...string) *Terminal {
	x.t.Helper()
	screen := x.Screen()
	for _, s := range texts {
		if !strings.Contains(screen, s) {
			x.t.Errorf("the screen does not show %q:\n%s", s, screen)
		}
	}
	return x
}

// HasNot reports an error if the screen shows one of the texts.
func (x *Terminal) HasNot(texts ...string) *Terminal {
	x.t.Helper()
	screen := x.Screen()
	for _, s := range texts {
		if strings.Contains(screen, s) {
			x.t.Errorf("the screen shows %q:\n%s", s, screen)
		}
	}
	return x
}
