package tui_test

import (
	"fmt"
	"strings"
	"testing"

	"plcscope/internal/uitest"
	"plcscope/tui"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
	"plcscope/tui/scope"
)

// TestBarsFitEveryWidth: the bars at the top and the bottom are never cut.
func TestBarsFitEveryWidth(t *testing.T) {
	x := open(t, uitest.Options{Width: 60, Height: 15})
	for _, width := range []int{60, 61, 70, 79, 80, 81, 90, 99, 100, 101, 120, 160, 240} {
		x.Resize(width, 15)
		for _, view := range "148" {
			x.Press(string(view))
			lines := strings.Split(x.Screen(), "\n")
			for _, n := range []int{0, 14} {
				if w := paint.Width(lines[n]); w > width {
					t.Errorf("%d columns: line %d has %d: %s", width, n, w, lines[n])
				}
			}
			for i, name := range tui.Views() {
				if !strings.Contains(lines[0], fmt.Sprint(i+1)) || i == int(view-'1') && !strings.Contains(lines[0], name) {
					t.Errorf("%d columns: %s", width, lines[0])
				}
			}
			if !strings.Contains(lines[0], "383") || !strings.HasSuffix(strings.TrimRight(lines[14], " "), "q quit") {
				t.Errorf("%d columns: %s\n%s", width, lines[0], lines[14])
			}
		}
	}
}

func TestATerminalThatIsTooSmallSaysSo(t *testing.T) {
	x := open(t, uitest.Options{Width: 80, Height: 24})
	x.Resize(59, 24).Has("59×24 is too small: 60×15 is the least").HasNot("Overview")
	x.Resize(80, 14).Has("too small")
	x.Resize(20, 5).Has("want 60×15")
	x.Resize(1, 1)
	x.Press("f", "mqtt", "enter", "?", ":")
	x.Resize(60, 15).HasNot("too small")
}

func TestWhatWasDroppedIsTold(t *testing.T) {
	for _, width := range []int{60, 80, 100, 160} {
		x := open(t, uitest.Options{Width: width, Height: 24, Change: func(o *scope.Options) {
			o.Dropped = func() uint64 { return 1234 }
		}})
		if top := strings.Split(x.Screen(), "\n")[0]; !strings.Contains(top, "✖ 1234 dropped") {
			t.Errorf("%d columns: %s", width, top)
		}
	}
}

func TestKeysInTheFooterCanBeClicked(t *testing.T) {
	x := open(t, uitest.Options{Width: 200, Height: 24})
	foot := func() string { return strings.Split(x.Screen(), "\n")[23] }
	column := func(s string) int {
		before, _, ok := strings.Cut(foot(), s)
		if !ok {
			t.Fatalf("there is no %s: %s", s, foot())
		}
		return paint.Width(before)
	}
	x.Click(column("? help"), 23).Has("Help: Overview")
	x.Click(column("q quit"), 23).HasNot("Help: Overview")
	x.Click(column(": command"), 23).Has("accept").Press("esc")
	x.Click(20, 0).Has("Sessions")
	x.Click(column("q quit"), 23)
	if !x.Left() {
		t.Error("a click at q does not leave")
	}
}

func TestHelpIsSearched(t *testing.T) {
	x := open(t, uitest.Options{})
	x.Press("?").Has("Help: Overview", "Keys everywhere")
	x.Press("/").Paste("EVERYTHING that was").Has("does not occur in the help")
	x.Press("/", "ctrl-u").Paste("CSV of nothing").Has("does not occur")
	x.Press("/", "ctrl-u").Paste("pcapng").Has(":write[!] FILE")
	x.Press("n", "N", "tab", "tab", "backtab", "?").HasNot("Help: Overview")
	x.Press(":").Paste("help regular").Has("Help: Overview", "/regular")
	x.Press("4").Has("Help: Overview") // keys belong to the help
	x.Press("q", "4", "?").Has("Help: Packets").Press("esc").HasNot("Help:")
}

func TestTheScreenIsCopied(t *testing.T) {
	x := open(t, uitest.Options{View: pane.Packets})
	x.Press(":").Paste("copy screen")
	x.App.Nudge()
	x.Press(":").Paste("copy frame").Has("frame 1 was handed to the clipboard")
	x.Press("P", ":").Paste("copy frame").Has("in privacy mode bytes of frames are not copied")
}

func TestLiveTrafficIsPaused(t *testing.T) {
	x := open(t, uitest.Options{Width: 120, Height: 24, Change: func(o *scope.Options) { o.Pipe = true }})
	x.Has("p pause", "? help")
	x.Press("p").Has("the screen stands still")
	x.App.Do(func() {
		if !x.App.Paused() {
			t.Error("it is not paused")
		}
	})
	x.Press("p").HasNot("stands still")
	y := open(t, uitest.Options{Width: 120, Height: 24})
	y.HasNot("p pause").Press("p")
	y.App.Do(func() {
		if y.App.Paused() {
			t.Error("a file is paused")
		}
	})
}

// TestFindingsAreFollowed by ! and, without a search, by n and N.
func TestFindingsAreFollowed(t *testing.T) {
	x := open(t, uitest.Options{View: pane.Packets, Width: 120, Height: 30})
	at := func() uint32 { return x.Place().Frame }
	x.Press("n")
	first := at()
	x.Press("n")
	second := at()
	if first == 0 || second <= first {
		t.Errorf("from finding at %d to %d", first, second)
	}
	x.Press("N")
	if n := at(); n != first {
		t.Errorf("back at %d, want %d", n, first)
	}
	x.Press("N").Has("round to the last finding")
	x.Press("n").Has("round to the first finding")
	x.Press("/").Paste("press7").Has("Packets")
	found := at()
	x.Press("n", "N")
	if n := at(); n != found {
		t.Errorf("there and back: %d, want %d", n, found)
	}
	x.Press("/", "ctrl-u").Paste("nobody says this").Has("nobody says this was not found")
	x.Press("/", "ctrl-u", "0x0").Has("Search, hex").Press("esc", "/", "ctrl-u", "/(").Has("Search, regex", "missing closing").Press("esc")
}
