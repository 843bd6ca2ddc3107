//go:build unix

package tui

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

// suspend stops the job, of which a shell that is in control takes note. It returns when
// the job goes on, or soon when nobody stops it.
var suspend = func() {
	const soon = 500 * time.Millisecond // the stop comes some time after the call
	goesOn := make(chan os.Signal, 1)
	signal.Notify(goesOn, syscall.SIGCONT)
	defer signal.Stop(goesOn)
	if syscall.Kill(0, syscall.SIGTSTP) != nil {
		return
	}
	select {
	case <-goesOn:
	case <-time.After(soon):
	}
}
