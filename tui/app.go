package tui

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"plcscope/flows"
	"plcscope/flows/index"
	"plcscope/pcaps"
	"plcscope/report"
	"plcscope/rules"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
	"plcscope/tui/prompt"
	"plcscope/tui/scope"
	"plcscope/tui/suggest"
)

// Options of the interface.
type Options struct {
	Scope  *scope.Scope
	Words  *pane.Words   // how it begins; nil is the usual
	Theme  *paint.Theme  // nil is what the terminal allows
	Filter string        // display filter to begin with
	Rules  []*rules.Rule // that findings and filters may name
	Data   DataFields    // what filters may ask beside the fields of decoders
	View   pane.Name     // to begin with; "" is the overview
	Given  Given         // which of these were asked for
	Keep   Keeping       // where is kept what is set
	Inputs []string      // files that are read, which nothing may take the place of
	Tool   string        // "plcscope 0.1", for files that are written

	// Report makes a report of what was found until now; nil where nobody judges. It is
	// called while the analysis stands still.
	Report func(t flows.Totals, complete bool) *report.Report
	// Describe tells of the interfaces that frames were captured at; may be nil.
	Describe func(file uint16, iface uint32) pcaps.Interface

	Screen tcell.Screen // nil is the terminal
	Mouse  bool
}

// App is the interface while it runs.
type App struct {
	opt   Options
	ui    *tview.Application
	scope *scope.Scope
	look  *paint.Look
	words *pane.Words

	marks  pane.Marks
	chosen pane.Chosen
	reader *index.Reader

	root      *tview.Flex
	pages     *tview.Pages
	bottom    *tview.Pages // status, or a line that is being typed
	filterRow *tview.Pages
	input     *prompt.Prompt // nil unless something is typed
	inputRow  *tview.Pages   // where it stands
	overlay   []overlay
	views     []pane.View
	at        int // which of views is shown
	trail     []step

	status    status
	jobs      []*job
	quiet     int // jobs that nobody is told of
	filter    filterState
	suggest   *suggest.Filter
	values    values  // that can be proposed
	listing   listing // of the folder that names of files are completed from
	gathering bool    // others are looked for
	histories struct{ filter, command, search prompt.History }
	search    searchState
	paused    bool
	pressable []pressable // what the mouse can press in the footer
	wantShot  bool        // the screen is to be copied
	kept      string      // the filter that was in force last time
	resume    uint32      // the frame that was selected last time; 0: none
	themed    bool        // the user has chosen the colours
	clip      string      // waits to be handed to the terminal with the next drawing

	ctx   context.Context
	nudge chan struct{}
	wg    sync.WaitGroup

	taken   atomic.Uint64 // keys
	clicked atomic.Uint64 // times that the left button of the mouse was let go

	mu    sync.Mutex
	fatal error // a panic beside the interface
}

// step is where the user was before Open.
type step struct {
	view   int
	target pane.Target
}

// Run shows the interface until the user leaves it or ctx is cancelled, and analyses
// meanwhile. The error is what ended it early.
func Run(ctx context.Context, opt Options) error {
	a := New(opt)
	return a.Run(ctx)
}

// init leaves the background to the terminal, whose user has chosen it; widgets take it
// over when they are made.
func init() {
	tview.Styles.PrimitiveBackgroundColor = tcell.ColorDefault
	tview.Styles.ContrastBackgroundColor = tcell.ColorDefault
	tview.Styles.MoreContrastBackgroundColor = tcell.ColorDefault
	tview.Styles.PrimaryTextColor = tcell.ColorDefault
	tview.Styles.BorderColor = tcell.ColorDefault
	tview.Styles.TitleColor = tcell.ColorDefault
	tview.Styles.GraphicsColor = tcell.ColorDefault
	tview.Styles.InverseTextColor = tcell.ColorDefault
}

// New makes an interface.
func New(opt Options) *App {
	a := &App{
		opt: opt, ui: tview.NewApplication(), scope: opt.Scope, words: opt.Words,
		look: &paint.Look{Theme: opt.Theme}, nudge: make(chan struct{}, 1),
	}
	if a.words == nil {
		a.words = &pane.Words{}
	}
	if a.look.Theme == nil {
		a.look.Theme = paint.Usual()
	}
	a.reader = a.scope.Index.NewReader()
	a.suggest = suggest.New(a.fields())
	a.suggest.Values = a.valuesOf
	a.build()
	if opt.Screen != nil {
		a.ui.SetScreen(opt.Screen)
	}
	a.ui.EnableMouse(opt.Mouse)
	a.ui.EnablePaste(true)
	a.ui.SetInputCapture(a.key)
	a.ui.SetMouseCapture(a.mouse)
	a.ui.SetBeforeDrawFunc(a.tooSmall)
	a.ui.SetAfterDrawFunc(func(screen tcell.Screen) {
		a.afterDraw(screen)
		if a.clip != "" {
			screen.SetClipboard([]byte(a.clip)) // OSC 52
			a.clip = ""
		}
	})
	a.ui.SetRoot(a.root, true)
	return a
}

// build puts the parts of the screen in their places.
func (a *App) build() {
	a.pages = tview.NewPages()
	for i := range views {
		v := views[i].make(a)
		a.views = append(a.views, v)
		a.pages.AddPage(string(views[i].name), v, true, false)
		if views[i].name == a.opt.View {
			a.at = i
		}
	}
	a.bottom = tview.NewPages().AddPage("status", a.statusLine(), true, true)
	a.filterRow = tview.NewPages().AddPage("filter", a.filterLine(), true, true)
	a.root = tview.NewFlex().SetDirection(tview.FlexRow).
		AddItem(a.tabs(), 1, 0, false).
		AddItem(a.filterRow, 1, 0, false).
		AddItem(a.pages, 0, 1, true).
		AddItem(a.bottom, 1, 0, false).
		AddItem(a.footer(), 1, 0, false)
	a.kept = a.restore()
	a.show(a.at)
}

// Run implements tui.Run.
func (a *App) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	a.ctx = ctx
	a.beside(func() {
		if _, err := a.scope.Run(ctx); err != nil && !errors.Is(err, context.Canceled) {
			a.queue(func() { a.Complain(err) })
		}
		debug.FreeOSMemory() // what the analysis has needed
	})
	a.beside(a.watch)
	if text := cmp.Or(a.opt.Filter, a.kept); text != "" {
		a.SetFilter(text)
	}
	stop := context.AfterFunc(ctx, a.ui.Stop)
	err := a.ui.Run()
	if err != nil && err.Error() == io.EOF.Error() { // tcell does not wrap it
		err = context.Canceled // the terminal was closed
	}
	stop()
	cancel()
	a.wg.Wait()
	a.reader.Close()
	kept := a.keep()
	a.mu.Lock()
	defer a.mu.Unlock()
	return errors.Join(a.fatal, err, kept)
}

// beside runs f on a goroutine of its own. A panic there ends the interface, so that the
// terminal is as before, and then the program, with its trace.
func (a *App) beside(f func()) {
	a.wg.Go(func() {
		defer func() {
			if p := recover(); p != nil {
				a.mu.Lock()
				a.fatal = fmt.Errorf("internal error: %v\n%s", p, debug.Stack())
				a.mu.Unlock()
				a.ui.Stop()
			}
		}()
		f()
	})
}

// queue lets f run on the goroutine of the interface, and draws. It must not be called
// from there.
func (a *App) queue(f func()) {
	if a.ctx.Err() == nil {
		go a.ui.QueueUpdateDraw(f) // nobody takes it when the interface has just ended
	}
}

// show brings view i onto the screen.
func (a *App) show(i int) {
	a.at = i
	a.views[i].Refresh()
	a.pages.SwitchToPage(string(views[i].name))
	a.ui.SetFocus(a.views[i])
}

// view is what is on the screen.
func (a *App) view() pane.View { return a.views[a.at] }
