package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"plcscope/internal/manual"
	"plcscope/rules"
)

func newRules() *cobra.Command {
	var f manual.Filter
	format := "text"
	cmd := &cobra.Command{
		Use:   "rules [ID | WORD...]",
		Short: "List the rule catalogue, or explain one rule",
		Long: `List the rules that check judges by, or explain the one that is named. Words that
name no rule are looked for in all that the rules say of themselves, and in the
statements of the standards that they check: plcscope rules MQTT-3.1.2-24`,
		Example: `  plcscope rules mqtt-connect-once
  plcscope rules --standard 3.1 --role client keep alive
  plcscope rules --protocol s7 --severity warning --format json`,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var ids []string
			for _, r := range catalogue() {
				ids = append(ids, r.ID+"\t"+r.Title)
			}
			return ids, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			f.Text = strings.Join(args, " ")
			return showRules(cmd, f, format)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.Standard, "standard", "", "only rules of this standard: "+strings.Join(manual.Standards(), ", "))
	flags.StringVar(&f.Role, "role", "", "only rules that judge this side: "+strings.Join(manual.Roles, ", ")+" (those alone that judge whoever does it)")
	flags.StringVar(&f.Severity, "severity", "", "only rules of this severity: "+strings.Join(manual.Severities, ", "))
	flags.StringVar(&f.Protocol, "protocol", "", "only rules of this protocol: "+strings.Join(manual.Protocols, ", "))
	flags.StringVar(&format, "format", format, "text, json or markdown")
	for name, values := range map[string][]string{
		"standard": manual.Standards(), "role": manual.Roles, "severity": manual.Severities,
		"protocol": manual.Protocols, "format": {"text", "json", "markdown"},
	} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	}
	return cmd
}

// statement matches the number of a statement of a standard, MQTT-3.1.2-24.
var statement = regexp.MustCompile(`^(?i:mqtt)-[0-9.]+-[0-9]+$`)

// showRules prints the rule that f's text names, or all that f chooses.
func showRules(cmd *cobra.Command, f manual.Filter, format string) error {
	w, all := cmd.OutOrStdout(), catalogue()
	if err := f.Check(); err != nil {
		return err
	}
	f.Text = strings.NewReplacer("[", "", "]", "").Replace(f.Text) // as reports write statements: [MQTT-3.1.0-2]
	one, near := rules.Find(all, strings.ToLower(f.Text))
	list := []*rules.Rule{one}
	if one == nil {
		list = f.Apply(all)
	}
	switch {
	case len(list) > 0:
	case statement.MatchString(f.Text):
		return fmt.Errorf("no rule checks the statement %s", strings.ToUpper(f.Text))
	case len(near) > 0 && !strings.Contains(f.Text, " "):
		return fmt.Errorf("there is no rule %q; near it: %s", f.Text, strings.Join(near, ", "))
	default:
		return errors.New("no rule fits these words and flags; plcscope rules alone lists all")
	}
	switch format {
	case "text":
		if one != nil {
			manual.Page(w, one, all)
		} else {
			manual.List(w, list)
		}
	case "json":
		return manual.JSON(w, list, all)
	case "markdown":
		if one != nil {
			manual.Section(w, one, all, (*rules.Rule).Page)
		} else {
			manual.Table(w, list, (*rules.Rule).Page)
		}
	default:
		return fmt.Errorf("format %q is not known; text, json and markdown are", format)
	}
	return nil
}
