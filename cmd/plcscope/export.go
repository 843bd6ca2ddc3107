package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"plcscope/export"
	"plcscope/flows"
	"plcscope/flows/delivery"
	"plcscope/rules"
	"plcscope/s7comm/variable"
)

func newExport() *cobra.Command {
	var (
		in      input
		named   naming
		s       site
		j       judging
		opt     export.Options
		formats []string
	)
	c := &cobra.Command{
		Use:   "export FILE... --dir DIR",
		Short: "Write messages, values, findings and deliveries as Parquet or JSON lines",
		Long: `export writes what a capture holds as tables for DuckDB, Spark, Trino, ClickHouse and
the like, a folder for each day of the capture (UTC):

  DIR/mqtt/date=2026-11-23/part-0.parquet          MQTT packets
  DIR/s7/date=2026-11-23/part-0.parquet            PDUs of ISO-on-TCP
  DIR/values/date=2026-11-23/part-0.parquet        values of controllers
  DIR/findings/date=2026-11-23/part-0.parquet      cases of rules that were broken
  DIR/deliveries/date=2026-11-23/part-0.parquet    what became of QoS 1 and 2 messages

JSON lines have the same rows below DIR/jsonl. Exports of several probes share a DIR when
each has a --tap of its own, which stands in every row. docs/export.md tells of every
column. Passwords are never written; payloads are, as they are.

Files bear their names when all of them are complete, and none ever takes the place of
another. The same capture gives the same files.`,
		Example: `  plcscope export --dir lake --tap press-hall ring_*.pcapng.zst
  duckdb -c "SELECT topic, count(*) FROM 'lake/mqtt/*/*.parquet' GROUP BY topic"
  plcscope export --dir out --format jsonl plant.pcapng`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if opt.Dir == "" {
				return fmt.Errorf("say where the tables go: --dir DIR")
			}
			for _, f := range formats {
				switch f {
				case "parquet":
					opt.Parquet = true
				case "jsonl":
					opt.JSON = true
				default:
					return fmt.Errorf("format %q is not known; parquet and jsonl are", f)
				}
			}
			if err := j.valid(); err != nil {
				return err
			}
			if err := s.load(catalogue()); err != nil {
				return err
			}
			named.profile = s.file
			if err := named.load(os.Stderr); err != nil {
				return err
			}
			return exportTo(cmd, &in, args, opt, &named, &s, &j)
		},
	}
	in.flags(c)
	_ = c.Flags().MarkHidden("show-secrets") // there are none
	s.flags(c)
	j.flags(c)
	f := c.Flags()
	f.StringArrayVar(&named.symbols, "symbols", nil, "names for S7 data: `FILE` or ADDRESS=FILE, as of read; repeat for more")
	f.StringArrayVar(&named.bsend, "bsend", nil, "`FILE` (YAML) that says how the payloads of BSEND are laid out; repeat for more")
	f.StringVar(&opt.Dir, "dir", "", "`DIR` that the tables go into; it is made")
	f.StringSliceVar(&formats, "format", []string{"parquet"}, "parquet, jsonl, or both with a comma between them")
	f.StringVar(&opt.Tap, "tap", "", "`NAME` of the capture point: it stands in every row and begins the names of the files")
	return c
}

// exporting hands what is seen to an exporter.
type exporting struct {
	*export.Exporter
	named *naming
	line  []byte
	vars  []variable.Variable // of the message at hand
}

// Gap implements flows.Observer: a request may be missing there.
func (x *exporting) Gap(g *flows.Gap) { missing(&stateOf(g.Conn).joiner, g) }

// Message implements flows.Observer.
func (x *exporting) Message(m *flows.Message) {
	if m.PDU != nil {
		joiner := &stateOf(m.Conn).joiner
		joiner.Most = maxNames
		x.vars = x.named.variables(joiner, m)
	}
	x.Exporter.Message(m)
}

func (x *exporting) variables(*flows.Message) []variable.Variable { return x.vars }

func (x *exporting) summary(m *flows.Message) []byte {
	x.line = appendSummary(x.line[:0], m, x.vars, false)
	return x.line
}

// exportTo runs the captures through the exporter, and the judges and the audit before it.
func exportTo(cmd *cobra.Command, in *input, args []string, opt export.Options, named *naming, s *site, j *judging) error {
	capture, cfg, err := in.open(cmd.Context(), args)
	if err != nil {
		return err
	}
	defer capture.Close()
	ctx, stop := context.WithCancel(cmd.Context())
	defer stop()
	x := &exporting{named: named}
	opt.Tool, opt.Failed = tool(), stop
	opt.Variables, opt.Summary = x.variables, x.summary
	opt.File = func(n uint16) string { return capture.Files()[n].Name }
	if x.Exporter, err = export.New(opt); err != nil {
		return err
	}
	judges := j.start(s, s.terms())
	for _, b := range judges.books {
		b.Noted = func(f *rules.Finding, _ bool) { x.Finding(f) }
	}
	audit := delivery.Options{Settled: x.Delivery}
	s.delivery(&audit)
	ledger := delivery.New(audit)
	totals, err := analyse(ctx, capture, cfg, append(slices.Clip(judges.engines), ledger, x)...)
	if err == nil || cmd.Context().Err() == nil && ctx.Err() != nil { // the disk has failed: Close tells why
		ledger.Result()
		err = x.Close()
	}
	if err != nil {
		x.Discard()
		return err
	}
	warn(capture, totals)
	var parts []string
	for _, n := range x.Counts() {
		if n.Rows > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", n.Table, n.Rows))
		}
	}
	if len(parts) == 0 {
		parts = append(parts, "nothing to write")
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", opt.Dir, strings.Join(parts, ", "))
	return nil
}
