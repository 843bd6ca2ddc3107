package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"plcscope/rules"
)

func newRules() *cobra.Command {
	return &cobra.Command{
		Use:   "rules [ID]",
		Short: "List the rule catalogue, or explain one rule",
		Args:  cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var ids []string
			for _, r := range catalogue() {
				ids = append(ids, r.ID+"\t"+r.Title)
			}
			return ids, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			w := cmd.OutOrStdout()
			all := catalogue()
			if len(args) == 0 {
				listRules(w, all)
				return nil
			}
			r, near := rules.Find(all, args[0])
			if r == nil {
				return fmt.Errorf("there is no rule %q; near it: %s", args[0], strings.Join(near, ", "))
			}
			explain(w, r)
			return nil
		},
	}
}

func listRules(w io.Writer, all []*rules.Rule) {
	for _, r := range all {
		var versions []string
		for _, s := range r.Clauses.Standards() {
			versions = append(versions, strings.TrimPrefix(s.String(), "MQTT "))
		}
		fmt.Fprintf(w, "%-34s %-7s %-7s %-15s %s\n", r.ID, r.Severity, r.Role, strings.Join(versions, " "), r.Title)
	}
}

func explain(w io.Writer, r *rules.Rule) {
	fmt.Fprintf(w, "%s\n  %s.\n\n", r.ID, r.Title)
	fmt.Fprintf(w, "  severity  %s\n  judges    %s\n  needs     %s\n", r.Severity, r.Role, needs[r.Needs])
	for _, s := range r.Clauses.Standards() {
		fmt.Fprintf(w, "  clause    %s %s\n", s, r.Clauses.In(s))
	}
	fmt.Fprintf(w, "\n  why  %s\n  do   %s\n", r.Why, r.Fix)
}

// needs says what the capture must hold for a violation to be certain.
var needs = map[rules.Needs]string{
	rules.Packet:     "one packet",
	rules.Connection: "the connection from its start, without a hole",
	rules.Session:    "the connections of the session, without a hole",
	rules.Timing:     "the connection from its start, without a hole, long enough",
}
