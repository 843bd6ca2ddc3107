// Package packets lists every frame, or those that pass the display filter, with the
// fields and the bytes of the selected one, which highlight each other. Streams can be
// followed as messages, fields be made filters and columns, and all of it be copied.
//
// Nothing is kept of a frame that is not on the screen: rows are read and decoded when
// they are drawn, the selected frame when it is selected.
package packets
