package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"plcscope/rules/mqttrules"
	"plcscope/rules/s7rules"
	"plcscope/rules/siterules"
)

// version is set by the linker for releases.
var version = "devel"

// tool names the program and its version in reports.
func tool() string { return "plcscope " + version }

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version, the size of the catalogue and the modules built in",
		Args:  cobra.NoArgs,
		Run: func(cmd *cobra.Command, _ []string) {
			w := cmd.OutOrStdout()
			fmt.Fprintf(w, "%s, %s %s/%s\n", tool(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			fmt.Fprintf(w, "%d rules: %d MQTT, %d S7, %d site\n", len(catalogue()), len(mqttrules.All), len(s7rules.All), len(siterules.Catalogue()))
			if b, ok := debug.ReadBuildInfo(); ok {
				for _, m := range b.Deps {
					fmt.Fprintf(w, "%s %s\n", m.Path, m.Version)
				}
			}
		},
	}
}
