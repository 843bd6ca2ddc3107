package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"plcscope/pcaps/live"
	"plcscope/report"
)

func newInterfaces() *cobra.Command {
	var (
		format string
		watch  bool
	)
	c := &cobra.Command{
		Use:   "interfaces",
		Short: "List the network interfaces of this machine",
		Long: `interfaces lists the network interfaces: state of the link, speed, what was received
and dropped since the system started, kind and addresses. With -l, it shows the
packets and bytes of each second instead, until interrupted. On standard error it
says when this program cannot capture, and what to do.`,
		Example: `  plcscope interfaces
  plcscope interfaces -l`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case format != "text" && format != "json":
				return fmt.Errorf("format %q is not known; text and json are", format)
			case format == "json" && watch:
				return errors.New("--live is shown as text only; -T json lists the interfaces once")
			}
			list, err := live.Interfaces()
			if err != nil {
				return err
			}
			if err := live.Permitted(); err != nil {
				fmt.Fprintln(os.Stderr, "plcscope:", err)
			}
			w := cmd.OutOrStdout()
			switch {
			case watch:
				return watchInterfaces(cmd.Context(), w, list)
			case format == "json":
				e := json.NewEncoder(w)
				e.SetIndent("", "  ")
				return e.Encode(list)
			}
			return showInterfaces(w, list, nil, 0)
		},
	}
	c.Flags().StringVarP(&format, "format", "T", "text", "text or json")
	c.Flags().BoolVarP(&watch, "live", "l", false, "show what comes in, every second")
	_ = c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
	return c
}

// watchInterfaces shows the rates of each second. On a terminal each table takes the
// place of the one before.
func watchInterfaces(ctx context.Context, w io.Writer, last []live.Interface) error {
	f, ok := w.(*os.File)
	screen := ok && term.IsTerminal(int(f.Fd()))
	since := time.Now()
	for first := true; ; first = false {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
		now := time.Now()
		list, err := live.Interfaces()
		if err != nil {
			return err
		}
		var out strings.Builder
		if err := showInterfaces(&out, list, last, now.Sub(since)); err != nil {
			return err
		}
		switch {
		case screen:
			fmt.Fprint(w, "\x1b[H\x1b[2J") // an empty screen
		case !first:
			fmt.Fprintln(w)
		}
		if _, err := io.WriteString(w, out.String()); err != nil {
			return err
		}
		last, since = list, now
	}
}

// showInterfaces prints a table: what was counted since the system started, or, when
// last is not nil, what has come in a second since then.
func showInterfaces(w io.Writer, list, last []live.Interface, passed time.Duration) error {
	rows := [][]string{{"name", "state", "Mbit/s", "packets", "bytes", "dropped", "kind", "addresses"}}
	if last != nil {
		rows[0][3], rows[0][4], rows[0][5] = "packets/s", "bytes/s", "dropped/s"
	}
	before := map[string]live.Interface{}
	for _, i := range last {
		before[i.Name] = i
	}
	for _, i := range list {
		was, known := before[i.Name]
		if last != nil && !known {
			was = i // it is new, and its counts are of another time
		}
		count := func(n, m uint64) string {
			if last != nil {
				n = uint64(float64(n-min(n, m))/passed.Seconds() + 0.5)
			}
			return strconv.FormatUint(n, 10)
		}
		speed := "-"
		if i.Speed > 0 {
			speed = strconv.Itoa(i.Speed)
		}
		rows = append(rows, []string{
			report.Clean(i.Name), i.State, speed, count(i.Packets, was.Packets), count(i.Bytes, was.Bytes), count(i.Dropped, was.Dropped),
			cmp.Or(report.Clean(i.Description), "-"), cmp.Or(strings.Join(i.Addresses, " "), "-"),
		})
	}
	return grid(w, rows, style(w))
}
