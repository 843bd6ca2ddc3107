package prompt

import (
	"strings"
	"unicode"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/uniseg"
)

// editor is a line of text and a place in it. The place lies between two characters as
// people see them, never inside one.
type editor struct {
	text string
	at   int // bytes before the cursor
}

func (e *editor) set(text string) { e.text, e.at = text, len(text) }

// insert puts text where the cursor is. What no line can hold becomes a blank.
func (e *editor) insert(s string) {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	e.text = e.text[:e.at] + s + e.text[e.at:]
	e.at += len(s)
}

// replace puts text in the place of some and the cursor behind it.
func (e *editor) replace(from, to int, s string) {
	e.text = e.text[:from] + s + e.text[to:]
	e.at = from + len(s)
}

// left is the place one character before the cursor.
func (e *editor) left() int {
	last := 0
	for at, rest, state := 0, e.text[:e.at], -1; rest != ""; {
		var c string
		last = at
		c, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		at += len(c)
	}
	return last
}

// right is the place one character behind it.
func (e *editor) right() int {
	c, _, _, _ := uniseg.FirstGraphemeClusterInString(e.text[e.at:], -1)
	return e.at + len(c)
}

// word reports whether a byte belongs to a word.
func word(c byte) bool {
	return c >= 0x80 || c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// wordLeft is the beginning of the word before the cursor.
func (e *editor) wordLeft() int {
	i := e.at
	for i > 0 && !word(e.text[i-1]) {
		i--
	}
	for i > 0 && word(e.text[i-1]) {
		i--
	}
	return i
}

// wordRight is the end of the word behind it.
func (e *editor) wordRight() int {
	i := e.at
	for i < len(e.text) && !word(e.text[i]) {
		i++
	}
	for i < len(e.text) && word(e.text[i]) {
		i++
	}
	return i
}

func (e *editor) cut(from, to int) { e.replace(from, to, "") }

// key obeys a key that edits, and reports whether it was one.
func (e *editor) key(k *tcell.EventKey) bool {
	alt, ctrl := k.Modifiers()&tcell.ModAlt != 0, k.Modifiers()&tcell.ModCtrl != 0
	switch k.Key() {
	case tcell.KeyRune:
		switch {
		case alt && k.Rune() == 'b':
			e.at = e.wordLeft()
		case alt && k.Rune() == 'f':
			e.at = e.wordRight()
		case alt && k.Rune() == 'd':
			e.cut(e.at, e.wordRight())
		case !alt:
			e.insert(string(k.Rune()))
		}
	case tcell.KeyLeft:
		if e.at = e.left(); ctrl || alt {
			e.at = e.wordLeft()
		}
	case tcell.KeyRight:
		if e.at = e.right(); ctrl || alt {
			e.at = e.wordRight()
		}
	case tcell.KeyCtrlB:
		e.at = e.left()
	case tcell.KeyCtrlF:
		e.at = e.right()
	case tcell.KeyHome, tcell.KeyCtrlA:
		e.at = 0
	case tcell.KeyEnd, tcell.KeyCtrlE:
		e.at = len(e.text)
	case tcell.KeyBackspace, tcell.KeyBackspace2:
		if alt {
			e.cut(e.wordLeft(), e.at)
		} else {
			e.cut(e.left(), e.at)
		}
	case tcell.KeyDelete, tcell.KeyCtrlD:
		e.cut(e.at, e.right())
	case tcell.KeyCtrlW:
		e.cut(e.wordLeft(), e.at)
	case tcell.KeyCtrlU:
		e.cut(0, e.at)
	case tcell.KeyCtrlK:
		e.cut(e.at, len(e.text))
	default:
		return false
	}
	return true
}
