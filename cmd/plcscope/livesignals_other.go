//go:build !unix

package main

import "os"

// operatorSignals brings none: this system has no such signals.
func operatorSignals() (hangup, usr1 <-chan os.Signal, done func()) { return nil, nil, func() {} }

func ignorePipes() {}
