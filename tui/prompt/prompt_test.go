package prompt

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gdamore/tcell/v2"

	"plcscope/tui/paint"
)

// keys are those that tests press by name; other texts are typed.
var keys = map[string]*tcell.EventKey{
	"enter": tcell.NewEventKey(tcell.KeyEnter, 0, 0), "esc": tcell.NewEventKey(tcell.KeyEscape, 0, 0),
	"tab": tcell.NewEventKey(tcell.KeyTab, 0, 0), "backtab": tcell.NewEventKey(tcell.KeyBacktab, 0, 0),
	"up": tcell.NewEventKey(tcell.KeyUp, 0, 0), "down": tcell.NewEventKey(tcell.KeyDown, 0, 0),
	"left": tcell.NewEventKey(tcell.KeyLeft, 0, 0), "right": tcell.NewEventKey(tcell.KeyRight, 0, 0),
	"home": tcell.NewEventKey(tcell.KeyHome, 0, 0), "end": tcell.NewEventKey(tcell.KeyEnd, 0, 0),
	"back": tcell.NewEventKey(tcell.KeyBackspace2, 0, 0), "del": tcell.NewEventKey(tcell.KeyDelete, 0, 0),
	"ctrl-w": tcell.NewEventKey(tcell.KeyCtrlW, 0, 0), "ctrl-u": tcell.NewEventKey(tcell.KeyCtrlU, 0, 0),
	"ctrl-k": tcell.NewEventKey(tcell.KeyCtrlK, 0, 0), "alt-b": tcell.NewEventKey(tcell.KeyRune, 'b', tcell.ModAlt),
	"alt-f": tcell.NewEventKey(tcell.KeyRune, 'f', tcell.ModAlt), "ctrl-left": tcell.NewEventKey(tcell.KeyLeft, 0, tcell.ModCtrl),
}

func press(p *Prompt, l ...string) {
	for _, k := range l {
		if e := keys[k]; e != nil {
			p.Key(e)
			continue
		}
		for _, r := range k {
			p.Key(tcell.NewEventKey(tcell.KeyRune, r, 0))
		}
	}
}

// state is the line with | for the cursor.
func state(p *Prompt) string { return p.edit.text[:p.edit.at] + "|" + p.edit.text[p.edit.at:] }

func TestEditing(t *testing.T) {
	for _, c := range []struct {
		keys []string
		want string
	}{
		{[]string{"abc", "left", "left", "x"}, "ax|bc"},
		{[]string{"abc", "home", "del", "end", "back"}, "b|"},
		{[]string{"mqtt.topic == x", "ctrl-w"}, "mqtt.topic == |"},
		{[]string{"mqtt.topic", "ctrl-w", "ctrl-w"}, "|"},
		{[]string{"a bc de", "alt-b", "ctrl-left", "ctrl-k"}, "a |"},
		{[]string{"a bc", "home", "alt-f", "ctrl-u"}, "| bc"},
		{[]string{"e\u0301x", "left", "back"}, "|x"},
		{[]string{"👨‍👩‍👧", "back"}, "|"},
		{[]string{"日本", "left", "x"}, "日x|本"},
		{[]string{"left", "right", "back", "del", "ctrl-w", "ctrl-k"}, "|"},
	} {
		p := New(&paint.Look{Theme: paint.Find("mono")}, Options{})
		press(p, c.keys...)
		if got := state(p); got != c.want {
			t.Errorf("%q: %s, want %s", c.keys, got, c.want)
		}
	}
}

func TestPastedTextIsOneLine(t *testing.T) {
	p := New(&paint.Look{Theme: paint.Find("mono")}, Options{})
	p.PasteHandler()("a\nb\x1b[31m\xff\r\n", nil)
	if got := p.Text(); got != "a b [31m\ufffd" {
		t.Errorf("%q", got)
	}
}

func fruits(text string, at int) (l []Candidate) {
	from := strings.LastIndexByte(text[:at], ' ') + 1
	for _, s := range []string{"apple", "apricot", "banana", "bandana"} {
		if strings.HasPrefix(s, text[from:at]) {
			l = append(l, Candidate{Text: s, Note: "fruit", From: from, To: at})
		}
	}
	return l
}

func TestCompletion(t *testing.T) {
	for _, c := range []struct {
		keys []string
		want string
	}{
		{[]string{"ba", "tab"}, "ban|"},
		{[]string{"ba", "tab", "tab"}, "banana|"},
		{[]string{"ba", "tab", "tab", "tab"}, "bandana|"},
		{[]string{"ba", "tab", "tab", "tab", "tab"}, "banana|"},
		{[]string{"ap", "tab", "backtab"}, "apricot|"},
		{[]string{"app", "tab"}, "apple|"},
		{[]string{"x ap", "tab", " ", "b", "tab"}, "x apple ban|"},
		{[]string{"tab"}, "apple|"},
		{[]string{"zzz", "tab"}, "zzz|"},
		{[]string{"ap", "tab", "s"}, "apples|"},
	} {
		p := New(&paint.Look{Theme: paint.Find("mono")}, Options{Complete: fruits})
		press(p, c.keys...)
		if got := state(p); got != c.want {
			t.Errorf("%q: %s, want %s", c.keys, got, c.want)
		}
	}
}

func TestHistory(t *testing.T) {
	var h History
	h.Set([]string{"one", "two", "one", " ", "three", "two and"})
	if got := strings.Join(h.All(), ","); got != "two,one,three,two and" {
		t.Fatal(got)
	}
	for _, c := range []struct {
		keys []string
		want string
	}{
		{[]string{"up"}, "two and|"},
		{[]string{"up", "up", "up", "up", "up"}, "two|"},
		{[]string{"up", "up", "down"}, "two and|"},
		{[]string{"up", "down"}, "|"},
		{[]string{"tw", "up"}, "two and|"},
		{[]string{"tw", "up", "up"}, "two|"},
		{[]string{"tw", "up", "up", "down", "down"}, "tw|"},
		{[]string{"x", "up", "down"}, "x|"},
		{[]string{"up", "!", "up"}, "two and!|"},
	} {
		p := New(&paint.Look{Theme: paint.Find("mono")}, Options{History: &h})
		press(p, c.keys...)
		if got := state(p); got != c.want {
			t.Errorf("%q: %s, want %s", c.keys, got, c.want)
		}
	}
	for i := range 3 * MaxHistory {
		h.Add(strings.Repeat("x", i+1))
	}
	if n := len(h.All()); n != MaxHistory {
		t.Errorf("%d lines are kept", n)
	}
}

func TestOnlyASoundLineIsAccepted(t *testing.T) {
	var done []string
	var h History
	p := New(&paint.Look{Theme: paint.Find("mono")}, Options{
		History: &h,
		Check: func(s string) *Fault {
			if strings.Contains(s, "bad") {
				return &Fault{From: strings.Index(s, "bad"), To: strings.Index(s, "bad") + 3, Reason: "it is bad"}
			}
			return nil
		},
		Done: func(s string, ok bool) { done = append(done, map[bool]string{true: "+", false: "-"}[ok]+s) },
	})
	press(p, "a bad", "enter")
	if len(done) > 0 {
		t.Errorf("accepted: %v", done)
	}
	press(p, "ctrl-w", "good", "enter", "esc")
	if got := strings.Join(done, ","); got != "+a good,-a good" {
		t.Error(got)
	}
	if got := strings.Join(h.All(), ","); got != "a good" {
		t.Errorf("remembered: %s", got)
	}
}

// drawn is a screen of 5 lines after a prompt has been drawn on line y.
func drawn(t *testing.T, p *Prompt, width, y int) []string {
	t.Helper()
	screen := tcell.NewSimulationScreen("UTF-8")
	if err := screen.Init(); err != nil {
		t.Fatal(err)
	}
	defer screen.Fini()
	screen.SetSize(width, 5)
	p.SetRect(0, y, width, 1)
	p.Focus(nil)
	p.Draw(screen)
	screen.Show()
	cells, _, _ := screen.GetContents()
	var lines []string
	for row := range 5 {
		var b strings.Builder
		for x := 0; x < width; x++ {
			c := cells[row*width+x]
			if len(c.Bytes) == 0 {
				b.WriteByte(' ') // nobody has drawn there
			}
			b.Write(c.Bytes)
			if r, _ := utf8.DecodeRune(c.Bytes); len(c.Bytes) > 0 && paint.Width(string(r)) == 2 {
				x++
			}
		}
		lines = append(lines, strings.TrimRight(b.String(), " "))
	}
	return lines
}

func TestDrawing(t *testing.T) {
	look := &paint.Look{Theme: paint.Find("mono")}
	label := func(string) paint.Line { return paint.Text("L: ") }
	bad := func(string) *Fault { return &Fault{From: 2, To: 4, Reason: "odd"} }
	p := New(look, Options{Label: label, Check: bad, Complete: fruits})
	press(p, "a ba")
	want := "L: a ba|     ^^ odd|     banana  fruit|     bandana fruit|"
	if got := strings.Join(drawn(t, p, 30, 0), "|"); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	up := New(look, Options{Label: label, Check: bad, Complete: fruits, Up: true})
	press(up, "a ba")
	want = "|     banana  fruit|     bandana fruit|     ^^ odd|L: a ba"
	if got := strings.Join(drawn(t, up, 30, 4), "|"); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	long := New(look, Options{Label: label, Check: func(string) *Fault { return &Fault{Reason: strings.Repeat("very ", 10) + "odd"} }})
	press(long, strings.Repeat("0123456789", 5))
	lines := drawn(t, long, 20, 0)
	if !strings.HasSuffix(lines[0], "6789") || !strings.Contains(strings.Join(lines, " "), "very very") {
		t.Errorf("%q", lines)
	}
	// What was pasted is harmless, and stays in its place.
	wide := New(look, Options{Label: label, Text: "日本\u202ex [red]y"})
	if got := drawn(t, wide, 40, 0)[0]; got != `L: 日本\u202ex [red]y` {
		t.Errorf("%q", got)
	}
}

func FuzzPrompt(f *testing.F) {
	f.Add("ab\x00\x01ba", 3)
	f.Add("日本 apricot", 20)
	f.Fuzz(func(t *testing.T, typed string, width int) {
		if width < 1 || width > 200 || len(typed) > 500 {
			return
		}
		h := &History{}
		h.Set([]string{"apple", "日本"})
		p := New(&paint.Look{Theme: paint.Find("mono")}, Options{
			History: h, Complete: fruits, Done: func(string, bool) {},
			Check: func(s string) *Fault { return &Fault{From: len(s) / 2, To: len(s), Reason: s} },
		})
		var names []string
		for n := range keys {
			names = append(names, n)
		}
		for i, r := range typed {
			if r < 32 {
				press(p, names[(int(r)+i)%len(names)])
			} else {
				press(p, string(r))
			}
			if !utf8.ValidString(p.Text()) || p.edit.at < 0 || p.edit.at > len(p.Text()) || !utf8.ValidString(p.Text()[:p.edit.at]) {
				t.Fatalf("%q, cursor at %d", p.Text(), p.edit.at)
			}
		}
		drawn(t, p, width, 2)
	})
}
