//go:build !unix

package tui

// suspend is nil where shells have no jobs.
var suspend func()
