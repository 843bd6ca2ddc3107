// Package paint puts what plcscope knows on the cells of a terminal: roles that text
// plays and themes that colour them, lines of such text that are cut to a width, tables
// of any length, and small charts.
//
// Text that came from a wire may hold anything. Every way from a Line to the screen goes
// through Clean, so that no control character, no mark that turns the writing direction
// and no tag of the terminal library is ever obeyed. Colours say nothing that signs and
// words do not say as well.
package paint
