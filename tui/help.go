package tui

import (
	"github.com/rivo/tview"

	"plcscope/tui/paint"
)

func (a *App) help() {
	t := tview.NewTextView().SetDynamicColors(true)
	for _, k := range a.keys() {
		t.Write([]byte(paint.In(paint.Strong, k.Label()).And(paint.Plain, "  "+k.Help+"\n").Tagged(a.look)))
	}
	a.Overlay("Help", t)
}
