package paint

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
	"github.com/rivo/uniseg"
)

// Span is text that plays one role.
type Span struct {
	Text string // may come from the wire
	Role Role
}

// Line is the text of one line of the screen, or of one cell of a table.
type Line []Span

// Text makes a line of plain text.
func Text(s string) Line { return Line{{Text: s}} }

// In makes a line of text in one role.
func In(r Role, s string) Line { return Line{{Text: s, Role: r}} }

// Inf is In with a format.
func Inf(r Role, format string, args ...any) Line { return In(r, fmt.Sprintf(format, args...)) }

// And returns l with more text behind it.
func (l Line) And(r Role, s string) Line { return append(l, Span{s, r}) }

// String is the text without roles, made harmless.
func (l Line) String() string {
	var b strings.Builder
	for _, s := range l {
		b.WriteString(Clean(s.Text))
	}
	return b.String()
}

// Width is the number of columns that the line takes.
func (l Line) Width() int {
	n := 0
	for _, s := range l {
		n += Width(s.Text)
	}
	return n
}

// Width is the number of columns that text takes on a terminal once it is harmless.
func Width(s string) int {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return uniseg.StringWidth(Clean(s))
		}
	}
	return len(s)
}

// Clean makes text from the wire harmless on a terminal: control characters, invalid
// bytes and marks that turn the writing direction become visible escapes, as in
// \x1b or \u202e.
func Clean(s string) string {
	clean := true
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	base := false // there is a character that a combining mark can go to
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		combines := unicode.In(r, unicode.Mn, unicode.Me, unicode.Mc)
		shown := (unicode.IsPrint(r) || combines) && (base || !combines)
		base = shown
		switch {
		case r == utf8.RuneError && n == 1, r < 0x80 && !shown:
			fmt.Fprintf(&b, `\x%02x`, s[i])
			base = false
		case shown:
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		i += n
	}
	return b.String()
}

// Cut shortens text to at most width columns, with … where something was left out.
func Cut(s string, width int) string {
	s = Clean(s)
	if width <= 0 {
		return ""
	}
	if Width(s) <= width {
		return s
	}
	n, end, state := 0, 0, -1
	for rest := s; rest != ""; {
		cluster, tail, w, st := uniseg.FirstGraphemeClusterInString(rest, state)
		if n+w > width-1 {
			break
		}
		n += w
		end += len(cluster)
		rest, state = tail, st
	}
	return s[:end] + "…"
}

// Fit cuts or fills a line to exactly width columns. right puts it to the right.
func (l Line) Fit(width int, right bool) Line {
	if width <= 0 {
		return nil
	}
	n := l.Width()
	if n == width {
		return l
	}
	if n < width {
		pad := Span{Text: strings.Repeat(" ", width-n)}
		if right {
			return append(Line{pad}, l...)
		}
		return append(l[:len(l):len(l)], pad)
	}
	var out Line
	left := width
	for _, s := range l {
		w := Width(s.Text)
		if w < left {
			out, left = append(out, s), left-w
			continue
		}
		if out = append(out, Span{Cut(s.Text+"…", left), s.Role}); true {
			break
		}
	}
	if w := out.Width(); w < width { // a wide character did not fit
		out = append(out, Span{Text: strings.Repeat(" ", width-w)})
	}
	return out
}

// Tagged is the line in the notation of tview, for widgets that take text with tags.
func (l Line) Tagged(look *Look) string {
	var b strings.Builder
	for _, s := range l {
		if s.Role == Plain {
			b.WriteString(tview.Escape(Clean(s.Text)))
			continue
		}
		b.WriteString(tag(look.Style(s.Role)))
		b.WriteString(tview.Escape(Clean(s.Text)))
		b.WriteString("[-:-:-]")
	}
	return b.String()
}

func tag(s tcell.Style) string {
	fg, bg, attr := s.Decompose()
	var b strings.Builder
	b.WriteByte('[')
	b.WriteString(colour(fg))
	b.WriteByte(':')
	b.WriteString(colour(bg))
	b.WriteByte(':')
	if attr == 0 {
		b.WriteByte('-')
	}
	for _, a := range attributes {
		if attr&a.mask != 0 {
			b.WriteByte(a.letter)
		}
	}
	b.WriteByte(']')
	return b.String()
}

var attributes = []struct {
	mask   tcell.AttrMask
	letter byte
}{{tcell.AttrBold, 'b'}, {tcell.AttrUnderline, 'u'}, {tcell.AttrReverse, 'r'}, {tcell.AttrDim, 'd'}}

func colour(c tcell.Color) string {
	if c == tcell.ColorDefault {
		return "-"
	}
	return c.String()
}

// Draw puts a line on the screen at x, y, at most width columns of it, and returns how
// many it has taken.
func (l Line) Draw(screen tcell.Screen, look *Look, x, y, width int) int {
	at := x
	for _, s := range l {
		if at >= x+width {
			break
		}
		rest, state := Clean(s.Text), -1
		style := look.Style(s.Role)
		for rest != "" {
			if rest[0] < utf8.RuneSelf && (len(rest) == 1 || rest[1] < utf8.RuneSelf) { // nothing joins it
				if at == x+width {
					break
				}
				screen.SetContent(at, y, rune(rest[0]), nil, style)
				at++
				rest, state = rest[1:], -1
				continue
			}
			cluster, tail, w, st := uniseg.FirstGraphemeClusterInString(rest, state)
			if at+w > x+width {
				break
			}
			r := []rune(cluster)
			screen.SetContent(at, y, r[0], r[1:], style)
			at += w
			rest, state = tail, st
		}
	}
	return at - x
}
