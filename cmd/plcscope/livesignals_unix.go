//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// operatorSignals brings SIGHUP and SIGUSR1 until done is called.
func operatorSignals() (hangup, usr1 <-chan os.Signal, done func()) {
	h, u := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(h, syscall.SIGHUP)
	signal.Notify(u, syscall.SIGUSR1)
	return h, u, func() {
		signal.Stop(h)
		signal.Stop(u)
	}
}

// ignorePipes lets the program live on when a reader of its standard output is gone.
func ignorePipes() { signal.Ignore(syscall.SIGPIPE) }
