package main

import "github.com/spf13/cobra"

func newFlows() *cobra.Command { return &cobra.Command{Use: "flows"} }
