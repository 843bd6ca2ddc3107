// Package tui is the terminal interface: what stands around the views (bars, filter,
// search, commands, help), what views may ask for (pane.Desk), and the clockwork that
// shows news as the capture is read.
//
// One goroutine draws and takes keys; nothing on it waits for a file of unknown speed, a
// long search or a lock that analysis holds. The views stand in packages below, one each;
// views.go lists them.
package tui
