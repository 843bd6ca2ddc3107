package tui

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/gdamore/tcell/v2"

	"plcscope/tui/paint"
)

// The least size of a terminal on which everything has a place.
const (
	leastWidth  = 60
	leastHeight = 15
)

// tooSmall says so on a terminal that is, in place of everything else.
func (a *App) tooSmall(screen tcell.Screen) bool {
	width, height := screen.Size()
	if width >= leastWidth && height >= leastHeight {
		return false
	}
	screen.HideCursor()
	text := fmt.Sprintf("%d×%d is too small: %d×%d is the least", width, height, leastWidth, leastHeight)
	if width < len(text) {
		text = fmt.Sprintf("want %d×%d", leastWidth, leastHeight)
	}
	x := max((width-paint.Width(text))/2, 0)
	paint.In(paint.Strong, text).Draw(screen, a.look, x, height/2, width-x)
	return true
}

// afterDraw takes the text of the screen when it was asked for.
func (a *App) afterDraw(screen tcell.Screen) {
	if !a.wantShot {
		return
	}
	a.wantShot = false
	a.Copy("the screen", shot(screen))
}

// shot is the text of the screen.
func shot(screen tcell.Screen) string {
	width, height := screen.Size()
	var b strings.Builder
	for y := range height {
		var line strings.Builder
		for x := 0; x < width; {
			s, _, n := screen.Get(x, y)
			if s == "" {
				s = " "
			}
			line.WriteString(s)
			x += max(n, 1)
		}
		b.WriteString(strings.TrimRight(line.String(), " "))
		b.WriteByte('\n')
	}
	return b.String()
}

// copyThat hands something to the clipboard.
func (a *App) copyThat(what string) error {
	switch what {
	case "screen":
		a.wantShot = true
		return nil
	case "filter":
		if a.filter.text == "" {
			return errors.New("there is no filter")
		}
		a.Copy("the filter", a.filter.text)
		return nil
	case "frame", "":
		n, err := a.frameOf("")
		switch {
		case err != nil:
			return err
		case a.words.Private:
			return errors.New("in privacy mode bytes of frames are not copied")
		}
		f, err := a.reader.Frame(n)
		if err != nil {
			return err
		}
		a.Copy(fmt.Sprintf("frame %d", n), dump(f.Data))
		return nil
	}
	return errors.New("copy wants frame, filter or screen")
}

// dump writes bytes as Wireshark and text2pcap do: offset, digits, characters.
func dump(b []byte) string {
	var s strings.Builder
	for at := 0; at < len(b); at += 16 {
		row := b[at:min(at+16, len(b))]
		fmt.Fprintf(&s, "%04x  %-48s ", at, fmt.Sprintf("% x", row))
		for _, c := range row {
			if c < ' ' || c >= utf8.RuneSelf || c == 0x7f {
				c = '.'
			}
			s.WriteByte(c)
		}
		s.WriteByte('\n')
	}
	return s.String()
}
