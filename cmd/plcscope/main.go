// Command plcscope shows and judges what industrial controllers say on the wire:
// MQTT and S7comm, from capture files.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

// Exit codes are part of the interface.
const (
	exitClean      = 0 // no finding at or above --fail-on
	exitFindings   = 1
	exitError      = 2   // usage, a profile or a baseline that is not understood, output that cannot be written
	exitUnreadable = 3   // a capture that cannot be read
	exitUncovered  = 4   // no findings, but --require-exercised is not met
	exitStopped    = 130 // by an interrupt, or asked to end
)

var (
	// errFindings makes the program end with exitFindings; the report has told why.
	errFindings = errors.New("findings")
	// errUncovered makes it end with exitUncovered; standard error has told why.
	errUncovered = errors.New("not exercised")
)

// sameSignal is how long after a signal another one counts as the same: timeout, sudo and
// some shells send each to the program and to its group.
const sameSignal = time.Second

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, func() { time.AfterFunc(sameSignal, stop) }) // the next of them ends the program at once
	root := newRoot()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return exitClean
	case errors.Is(err, errFindings):
		return exitFindings
	case errors.Is(err, context.Canceled):
		return exitStopped
	case errors.Is(err, errUncovered):
		return exitUncovered
	}
	fmt.Fprintln(os.Stderr, "plcscope:", err)
	if errors.As(err, new(unreadable)) {
		return exitUnreadable
	}
	return exitError
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "plcscope",
		Short: "See, and prove right or wrong, what an industrial controller says on the wire",
		Long: `plcscope reads captures of PLC traffic, decodes MQTT (3.1, 3.1.1, 5.0) and
S7comm over ISO-on-TCP, and checks a PLC's MQTT client for conformance.

Flags and field names follow tshark where it has them.`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetFlagErrorFunc(flagError)
	wrapUsage(root)
	root.CompletionOptions.HiddenDefaultCmd = false
	root.AddCommand(newCheck(), newRead(), newFlows(), newLive(), newTUI(), newRules(), newProfile(), newBaseline(), newExport(), newMerge(), newReplay(), newInterfaces(), newVersion(), newFilterHelp())
	return root
}
