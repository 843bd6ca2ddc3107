package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"plcscope/pcaps/live"
	"plcscope/report"
)

func newInterfaces() *cobra.Command {
	var (
		format string
		count  bool
	)
	c := &cobra.Command{
		Use:   "interfaces",
		Short: "List the network interfaces of this machine",
		Long: `interfaces lists the network interfaces: state of the link, speed, addresses, what was
received and dropped since the system started. With -l, the packets and bytes of each
second are shown, until interrupted. On standard error it says when this
program cannot capture, and what to do.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format != "text" && format != "json" {
				return fmt.Errorf("format %q is not known; text and json are", format)
			}
			list, err := live.Interfaces()
			if err != nil {
				return err
			}
			if err := live.Permitted(); err != nil {
				fmt.Fprintln(os.Stderr, "plcscope:", err)
			}
			w := cmd.OutOrStdout()
			if format == "json" {
				e := json.NewEncoder(w)
				e.SetIndent("", "  ")
				return e.Encode(list)
			}
			last, since := map[string]live.Interface{}, time.Now()
			for {
				tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
				head := "packets\tbytes\tdropped"
				if count {
					head = "packets/s\tbytes/s\tdropped/s"
				}
				fmt.Fprintf(tw, "name\tstate\tMbit/s\t%s\tkind\taddresses\n", head)
				now := time.Now()
				seconds := now.Sub(since).Seconds()
				for _, i := range list {
					speed := "-"
					if i.Speed > 0 {
						speed = strconv.Itoa(i.Speed)
					}
					packets, bytes, dropped := i.Packets, i.Bytes, i.Dropped
					if count {
						was, ok := last[i.Name]
						if !ok {
							was = i
						}
						rate := func(n, m uint64) uint64 { return uint64(float64(n-min(n, m))/max(seconds, 0.001) + 0.5) }
						packets, bytes, dropped = rate(i.Packets, was.Packets), rate(i.Bytes, was.Bytes), rate(i.Dropped, was.Dropped)
						last[i.Name] = i
					}
					fmt.Fprintf(tw, "%s\t%s\t%s\t%d\t%d\t%d\t%s\t%s\n", report.Clean(i.Name), i.State, speed, packets, bytes, dropped,
						cmp.Or(i.Description, "-"), cmp.Or(strings.Join(i.Addresses, " "), "-"))
				}
				if err := tw.Flush(); err != nil || !count {
					return err
				}
				since = now
				select {
				case <-cmd.Context().Done():
					return cmd.Context().Err()
				case <-time.After(time.Second):
				}
				if list, err = live.Interfaces(); err != nil {
					return err
				}
				fmt.Fprintln(w)
			}
		},
	}
	c.Flags().StringVarP(&format, "format", "T", "text", "text or json")
	c.Flags().BoolVarP(&count, "live", "l", false, "show what comes in, every second")
	return c
}
