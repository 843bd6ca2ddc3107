package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"plcscope/flows"
	"plcscope/flows/frames"
	"plcscope/internal/wire"
	"plcscope/pcaps"
	"plcscope/report"
	"plcscope/s7comm/variable"
)

func newRead() *cobra.Command {
	var (
		in       input
		named    naming
		format   string
		names    []string
		settings []string
		stamp    string
		count    uint64
		flush    bool
		glossary string
		display  displayFilter
		every    bool
		keep     writing
	)
	c := &cobra.Command{
		Use:   "read FILE...",
		Short: "Print the messages of a capture: a line each, fields, or JSON",
		Long: `read prints the MQTT and ISO-on-TCP messages of a capture.

  -T text    one line a message (the default)
  -T fields  one row a frame that completes a message: the fields named by -e,
             as tshark prints them
  -T json    one array of objects
  -T jsonl   one object a line

With -Y, only the messages of frames that pass a display filter in Wireshark's
language, see plcscope help filters. With --frames, every frame in place of every
message, also those that carry something else: a line with the columns of tshark, a row,
or an object with the headers and the messages that the frame completes.

With -w, the frames that pass go, unaltered and in order, to a capture file, and with -b
to a ring of files. A file is called FILE.part until it is complete. Nothing is printed
then unless -P asks for it, with the formats of --frames; -c counts the frames written.

Bytes that are missing in the capture stand as lines, or objects, of their own, but
not with -Y or --frames. A JSON object holds:

  kind              "message", or "gap" for missing bytes
  frame, frames     the frame that completed it; all frames, where it took several
  time              of that frame, RFC 3339 in UTC
  stream            number of the TCP connection, tshark's tcp.stream
  client, server    the two ends, and in "from" which of them sent it
  protocol          "MQTT", "S7COMM", "COTP", "S7COMM-PLUS", "TLS" or "ISO"
  version           of MQTT; with "version_guessed" when no CONNECT was seen
  type, summary     its type, and the line that -T text prints
  request_frame     the frame of the request that it answers (S7)
  framing           "found", when its start was recognised in mid-stream
  missing           bytes at its end that the capture lacks
  malformed         offset, field, reason and clause
  variables         the S7 data that it is about, see below
  fields            all fields in wire order under tshark's names; those that
                    occur several times as arrays
  gap               bytes (null when unknown), reason, framed

An element of variables holds:

  act               "read", "write", "cyclic", "watch", "modify", "force" or "bsend"
  address           in STEP 7 notation: DB1.DBX2.3, MW100, P#M20.0 BYTE 3
  area, db          where that lies
  type, count       of one element, and how many; of a symbol its declared type
  symbol            what --symbols calls exactly that address
  value             numbers and BOOL as such, several elements as an array, all else as
                    STEP 7 writes it; missing when it is not told. The answer to a write
                    has the value that was to be written
  raw               its bytes
  code, return_code of the partner, in words and as a number
  stamp             the time stamp of a record of BSEND, see --bsend
  optimised         true where addresses do not apply to the block
  symbols           what lies there, when that is not one symbol: address, symbol, type,
                    value, and of a variable that is not there as a whole "part", the
                    bytes that are, "from" the first of them
  more_symbols      how many were left out

With -T fields, plcscope.s7.address, plcscope.s7.value and plcscope.symbol have one value
for every symbol, or for every address that has none.

Without -T json, too, S7 data have their values by type, and with --symbols their names:
MotorData.Position1.xAxis : DINT = 1500.

Passwords are masked unless --show-secrets is given.`,
		Example: `  plcscope read plant.pcapng
  plcscope read -T fields -e frame.number -e mqtt.topic -e mqtt.msg plant.pcapng
  plcscope read -Y 'mqtt.topic matches "^plant/" and ip.addr == 10.0.0.0/8' plant.pcapng
  plcscope read --frames -Y tcp.analysis.retransmission plant.pcapng
  plcscope read -Y 'ip.addr == 192.168.0.5' -w press.pcapng.zst ring_*.pcapng
  plcscope read -T jsonl plant.pcapng | jq 'select(.malformed)'
  plcscope read --symbols symbols.sdf --symbols '192.168.0.5=press/*.awl' plant.pcapng
  plcscope read -G fields | grep s7comm.param`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if glossary != "" {
				return listFields(cmd.OutOrStdout(), glossary)
			}
			w := newOutput(cmd.OutOrStdout())
			o := readOptions{style: style(cmd.OutOrStdout()), secrets: in.secrets}
			var err error
			if o.stamp, err = parseStamp(stamp); err != nil {
				return err
			}
			every = every || keep.name != ""
			p, err := keep.printer(format, cmd.Flags().Changed("format"))
			if p != nil {
				o.most = -1
			} else if err == nil {
				p, err = newPrinter(format, names, settings, every, w, &o)
			}
			if err != nil {
				return err
			}
			if err := display.compile(); err != nil {
				return err
			}
			if err := named.load(os.Stderr); err != nil {
				return err
			}
			capture, cfg, err := in.open(cmd.Context(), args)
			if err != nil {
				return err
			}
			defer capture.Close()
			o.naming = &named
			opt := frames.Options{Filter: display.filter, More: p.fields()}
			if opt.Evidence, err = display.evidence(cmd.Context(), &in, args); err != nil {
				return err
			}
			sieve := frames.New(opt)
			cfg.Tracker.Trees = wire.Union(p.trees(), sieve.Trees())
			if display.data() {
				o.most = maxNames
			}
			if flush {
				w.eager = true
			} else if slices.Contains(append(in.files, args...), "-") {
				defer w.flushNow()()
			}
			if keep.name != "" {
				keep.eager = flush
				if err := keep.open(cmd.OutOrStdout(), capture, in.inputs(args)); err != nil {
					return err
				}
			}
			r := &reading{o: &o, p: p, w: w, sieve: sieve, filter: display.filter, data: display.data(), left: count, limited: count > 0}
			err = read(cmd.Context(), capture, cfg, r, every, &keep)
			return errors.Join(err, w.Close(), keep.close())
		},
	}
	in.flags(c)
	keep.flags(c)
	named.flags(c)
	f := c.Flags()
	display.flags(c)
	f.BoolVar(&every, "frames", false, "show every frame, not every message")
	f.StringVarP(&format, "format", "T", "text", "text, fields, json or jsonl")
	f.StringArrayVarP(&names, "field", "e", nil, "`FIELD` to print with -T fields, such as mqtt.topic; repeat for more")
	f.StringArrayVarP(&settings, "fields-option", "E", nil, "`OPTION` of -T fields: separator=/t|/s|CHAR, occurrence=f|l|a, aggregator=,|/s|CHAR, header=y|n, quote=d|s|n")
	f.StringVarP(&stamp, "time", "t", "r", "time of a line: r since the first frame, d since the line before, e since 1970, a or ad local without or with date, u or ud UTC")
	_ = c.RegisterFlagCompletionFunc("field", completeField) // fails for unknown flags alone
	f.Uint64VarP(&count, "count", "c", 0, "stop after `COUNT` messages; with --frames, frames")
	f.BoolVarP(&flush, "line-buffered", "l", false, "write every line at once, for programs that read along")
	f.StringVarP(&glossary, "glossary", "G", "", "print a list and end: `fields` are all fields known")
	return c
}

// printer prints messages in one format. What it is handed is borrowed.
type printer interface {
	message(m *flows.Message, s *readState, v *frames.View)
	gap(g *flows.Gap, s *readState)
	frameDone()             // all messages of the current frame were printed
	undo()                  // forget the messages since the last frameDone: they are not shown
	end()                   // the capture is over
	trees() *wire.Selection // the fields of messages that it prints
	fields() []*wire.Field  // of frames, that a view must have
}

// framePrinter prints frames: message only takes note.
type framePrinter interface {
	printer
	show(v *frames.View) // prints the frame with the messages since it was called last
}

// newPrinter makes the printer for a format.
func newPrinter(format string, names, settings []string, every bool, w *output, o *readOptions) (printer, error) {
	if format != "fields" && len(names)+len(settings) > 0 {
		return nil, fmt.Errorf("-e and -E go with -T fields")
	}
	switch format {
	case "text":
		if every {
			return newFrameText(w, o), nil
		}
		return newTextPrinter(w, o), nil
	case "fields":
		p, err := newFieldsPrinter(names, settings, w, o)
		if err == nil {
			p.all = every
		}
		if err == nil && !p.info && !p.data {
			o.most = -1
		} else if err == nil && p.data {
			o.most = maxNames
		}
		return p, err
	case "json", "jsonl":
		o.most = maxNames
		j := newJSONPrinter(w, o, format == "json")
		if every {
			return newFrameJSON(j), nil
		}
		return j, nil
	}
	return nil, fmt.Errorf("format %q is not known; text, fields, json and jsonl are", format)
}

// maxNames is how many names of one address programs are told.
const maxNames = 256

// readOptions hold what all printers need to know.
type readOptions struct {
	style   report.Style
	secrets bool
	stamp   stamp
	start   start // when the capture began
	naming  *naming
	most    int // names of one address that are shown; below 0: variables are not asked for
}

// read runs the capture through r, to its end or for as many messages as it wants.
func read(ctx context.Context, c *pcaps.Capture, cfg flows.Config, r *reading, every bool, keep *writing) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r.stop = func() {
		r.done = true
		cancel()
	}
	r.w.stop = r.stop
	cfg.Frame = r.sieve.Begin
	cfg.Done = func(_ *pcaps.Frame, c *flows.Connection) { r.frameDone(c) }
	if every {
		r.frames = &queue{r: r, p: r.p.(framePrinter)}
		if keep.ring != nil {
			keep.stop, r.frames.write = r.stop, keep.frame
		}
		cfg.Other = func(f *pcaps.Frame) {
			r.sieve.Begin(f, nil)
			r.frameDone(nil)
		}
	} else {
		cfg.Other = r.sieve.Other
	}
	stop := progress(c)
	totals, err := flows.Analyse(ctx, r.o.start.of(c), cfg, r)
	stop()
	r.end()
	if r.done && errors.Is(err, context.Canceled) {
		err = nil
	}
	err = asUnreadable(err)
	if err == nil {
		warn(c, totals)
	}
	return err
}

// readState is what a connection carries for reading.
type readState struct {
	aliases [2]flows.Aliases
	joiner  variable.Joiner
	vars    []variable.Variable // of the message that is being printed
	ends    string              // "10.0.0.5:2000 > 10.0.0.1:1883", by the client that was known when it was made
	client  uint8
	guess   uint8 // the guessed version that was told
}

var readSlot = flows.NewSlot()

func stateOf(c *flows.Connection) *readState {
	s, _ := readSlot.Get(c).(*readState)
	if s == nil {
		s = new(readState)
		readSlot.Put(c, s)
	}
	return s
}

// protocolOf names what a message is, as tshark's protocol column does.
func protocolOf(m *flows.Message) string {
	if m.Packet != nil {
		return "MQTT"
	}
	return protocolName(m)
}

// listFields prints the fields in the manner of tshark -G fields: kind, title,
// name, type, protocol and base, tab separated.
func listFields(w io.Writer, what string) error {
	if what != "fields" {
		return fmt.Errorf("list %q is not known; fields is", what)
	}
	var b strings.Builder
	for _, f := range allFields() {
		protocol, _, dotted := strings.Cut(f.Name, ".")
		if !dotted {
			fmt.Fprintf(&b, "P\t%s\t%s\n", f.Title, f.Name)
			continue
		}
		typ, base := typeName(f)
		fmt.Fprintf(&b, "F\t%s\t%s\t%s\t%s\t%s\n", f.Title, f.Name, typ, protocol, base)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
