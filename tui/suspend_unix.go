//go:build unix

package tui

import "syscall"

// suspend stops the job, of which a shell that is in control takes note. It returns when
// the job goes on.
var suspend = func() {
	_ = syscall.Kill(0, syscall.SIGTSTP) // nobody stops us: go on
}
