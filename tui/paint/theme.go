package paint

import (
	"os"
	"slices"

	"github.com/gdamore/tcell/v2"
)

// Theme is how each role looks.
type Theme struct {
	Name   string
	styles [roles]tcell.Style
}

// Style returns how a role looks.
func (t *Theme) Style(r Role) tcell.Style { return t.styles[r] }

// Themes returns all themes, the usual one first.
func Themes() []*Theme { return []*Theme{dark, light, mono} }

// Names returns the names of all themes.
func Names() []string {
	var l []string
	for _, t := range Themes() {
		l = append(l, t.Name)
	}
	return l
}

// Find returns the theme of that name, or nil.
func Find(name string) *Theme {
	if i := slices.Index(Names(), name); i >= 0 {
		return Themes()[i]
	}
	return nil
}

// Usual is the theme for a terminal that nobody has chosen one for: without colours
// where NO_COLOR is set or the terminal has none.
func Usual() *Theme {
	if term := os.Getenv("TERM"); os.Getenv("NO_COLOR") != "" || term == "dumb" || term == "vt100" || term == "vt220" {
		return mono
	}
	return dark
}

// look makes a style of colours from the terminal's own palette, which its user has
// chosen so that they can be read, and attributes.
func look(fg, bg tcell.Color, a tcell.AttrMask) tcell.Style {
	return tcell.StyleDefault.Foreground(fg).Background(bg).Attributes(a)
}

const (
	none    = tcell.ColorDefault
	black   = tcell.ColorBlack
	red     = tcell.ColorMaroon
	green   = tcell.ColorGreen
	yellow  = tcell.ColorOlive
	blue    = tcell.ColorNavy
	magenta = tcell.ColorPurple
	cyan    = tcell.ColorTeal
	silver  = tcell.ColorSilver
	gray    = tcell.ColorGray
	white   = tcell.ColorWhite
)

var dark = &Theme{Name: "dark", styles: [roles]tcell.Style{
	Plain:      look(none, none, 0),
	Dim:        look(gray, none, 0),
	Strong:     look(none, none, tcell.AttrBold),
	Heading:    look(cyan, none, tcell.AttrBold),
	Bar:        look(silver, tcell.Color236, 0),
	BarActive:  look(black, tcell.ColorTeal, tcell.AttrBold),
	BarKey:     look(white, tcell.Color236, tcell.AttrBold),
	Good:       look(green, none, 0),
	Bad:        look(tcell.ColorRed, none, tcell.AttrBold),
	Warn:       look(tcell.ColorYellow, none, 0),
	Doubt:      look(tcell.ColorFuchsia, none, 0),
	Note:       look(cyan, none, 0),
	Client:     look(tcell.ColorLime, none, 0),
	Server:     look(tcell.ColorAqua, none, 0),
	Hole:       look(black, tcell.ColorOlive, 0),
	Marked:     look(black, tcell.ColorYellow, 0),
	Match:      look(black, tcell.ColorLime, 0),
	Cursor:     look(white, tcell.Color24, tcell.AttrBold),
	CursorOff:  look(none, tcell.Color238, 0),
	Input:      look(white, tcell.Color238, 0),
	InputGood:  look(white, tcell.Color22, 0),
	InputBad:   look(white, tcell.Color88, 0),
	BarBad:     look(tcell.Color210, tcell.Color236, tcell.AttrBold),
	List:       look(tcell.Color252, tcell.Color238, 0),
	ListChosen: look(black, tcell.ColorTeal, tcell.AttrBold),
	Exchange0:  look(tcell.ColorAqua, none, 0),
	Exchange1:  look(tcell.ColorLime, none, 0),
	Exchange2:  look(tcell.ColorYellow, none, 0),
	Exchange3:  look(tcell.ColorFuchsia, none, 0),
	Exchange4:  look(tcell.Color75, none, 0),
	Exchange5:  look(tcell.Color215, none, 0),
}}

var light = &Theme{Name: "light", styles: [roles]tcell.Style{
	Plain:      look(none, none, 0),
	Dim:        look(gray, none, 0),
	Strong:     look(none, none, tcell.AttrBold),
	Heading:    look(blue, none, tcell.AttrBold),
	Bar:        look(black, tcell.Color252, 0),
	BarActive:  look(white, tcell.ColorNavy, tcell.AttrBold),
	BarKey:     look(blue, tcell.Color252, tcell.AttrBold),
	Good:       look(green, none, 0),
	Bad:        look(red, none, tcell.AttrBold),
	Warn:       look(tcell.Color130, none, 0),
	Doubt:      look(magenta, none, 0),
	Note:       look(blue, none, 0),
	Client:     look(green, none, 0),
	Server:     look(blue, none, 0),
	Hole:       look(black, tcell.ColorYellow, 0),
	Marked:     look(black, tcell.Color229, 0),
	Match:      look(black, tcell.Color157, 0),
	Cursor:     look(white, tcell.ColorNavy, tcell.AttrBold),
	CursorOff:  look(black, tcell.Color253, 0),
	Input:      look(black, tcell.Color255, 0),
	InputGood:  look(black, tcell.Color157, 0),
	InputBad:   look(black, tcell.Color217, 0),
	BarBad:     look(tcell.Color124, tcell.Color252, tcell.AttrBold),
	List:       look(black, tcell.Color254, 0),
	ListChosen: look(white, tcell.ColorNavy, tcell.AttrBold),
	Exchange0:  look(blue, none, 0),
	Exchange1:  look(green, none, 0),
	Exchange2:  look(tcell.Color130, none, 0),
	Exchange3:  look(magenta, none, 0),
	Exchange4:  look(cyan, none, 0),
	Exchange5:  look(tcell.Color94, none, 0),
}}

// mono has no colours: for terminals without, printers and eyes that do not tell them
// apart. Signs and words carry every meaning, in all themes.
var mono = &Theme{Name: "mono", styles: [roles]tcell.Style{
	Strong:     look(none, none, tcell.AttrBold),
	Heading:    look(none, none, tcell.AttrBold|tcell.AttrUnderline),
	Bar:        look(none, none, tcell.AttrReverse),
	BarActive:  look(none, none, tcell.AttrBold|tcell.AttrUnderline),
	BarKey:     look(none, none, tcell.AttrReverse|tcell.AttrBold),
	Bad:        look(none, none, tcell.AttrBold),
	Warn:       look(none, none, tcell.AttrBold),
	Hole:       look(none, none, tcell.AttrReverse),
	Marked:     look(none, none, tcell.AttrBold|tcell.AttrUnderline),
	Match:      look(none, none, tcell.AttrUnderline|tcell.AttrBold),
	Cursor:     look(none, none, tcell.AttrReverse),
	CursorOff:  look(none, none, tcell.AttrUnderline),
	Input:      look(none, none, tcell.AttrUnderline),
	InputGood:  look(none, none, tcell.AttrUnderline),
	InputBad:   look(none, none, tcell.AttrUnderline|tcell.AttrBold),
	BarBad:     look(none, none, tcell.AttrReverse|tcell.AttrBold),
	List:       look(none, none, tcell.AttrReverse),
	ListChosen: look(none, none, tcell.AttrBold|tcell.AttrUnderline),
}}

// Look is the theme in force; all that is drawn asks it anew, so that another one takes
// effect at once.
type Look struct{ Theme *Theme }

// Style returns how a role looks now.
func (l *Look) Style(r Role) tcell.Style { return l.Theme.styles[r] }
