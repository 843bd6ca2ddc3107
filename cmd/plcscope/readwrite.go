package main

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"plcscope/flows"
	"plcscope/flows/frames"
	"plcscope/internal/wire"
	"plcscope/pcaps"
	"plcscope/pcaps/write"
)

// writing holds the flags by which read writes the frames that pass to a capture file.
type writing struct {
	name   string   // "" when nothing is written
	limits []string // of a ring of files, as tshark has them
	print  bool     // also print them
	eager  bool     // write out every frame at once

	ring *write.Ring
	stop func() // called when the disk fails
}

func (k *writing) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVarP(&k.name, "write", "w", "", "write the frames that pass to `FILE`, as pcapng, packed when its name ends in .zst; - is standard output")
	f.StringArrayVarP(&k.limits, "ring", "b", nil, "with -w, begin another file at a `LIMIT`: filesize:KB, duration:SECONDS, interval:SECONDS, packets:COUNT; files:COUNT keeps the last ones; repeat for more")
	f.BoolVarP(&k.print, "print", "P", false, "with -w, print as well")
}

// printer is the printer to use in place of newPrinter's; nil when that prints.
func (k *writing) printer(format string, asked bool) (printer, error) {
	switch {
	case k.name == "" && (k.print || len(k.limits) > 0):
		return nil, fmt.Errorf("-P and -b go with -w FILE")
	case k.name == "-" && k.print:
		return nil, fmt.Errorf("-P prints where -w - writes the capture; name a file")
	case k.name != "" && !k.print && asked:
		return nil, fmt.Errorf("-w prints nothing, so -T %s has no use; -P prints as well", format)
	case k.name == "" || k.print:
		return nil, nil
	}
	return silent{}, nil
}

// open begins the file. It never takes the place of one of the inputs.
func (k *writing) open(stdout io.Writer, capture *pcaps.Capture, inputs []string) error {
	opt := write.Options{
		Name:     k.name,
		Section:  pcaps.Section{Application: tool()},
		Describe: describer(capture),
	}
	for _, l := range k.limits {
		if err := opt.Limits.Set(l); err != nil {
			return fmt.Errorf("-b: %w", err)
		}
	}
	if k.name == "-" {
		opt.Name, opt.Out = "standard output", stdout
	} else if err := spares(k.name, inputs); err != nil {
		return err
	}
	var err error
	if k.ring, err = write.New(opt); err != nil {
		return fmt.Errorf("-w: %w", err)
	}
	return nil
}

// describer tells what a capture knows of its interfaces, for those who write its frames.
func describer(capture *pcaps.Capture) func(file uint16, iface uint32) pcaps.Interface {
	return func(file uint16, iface uint32) pcaps.Interface {
		f := capture.Files()[file]
		if int(iface) < len(f.Interfaces) {
			return f.Interfaces[iface]
		}
		return pcaps.Interface{SnapLen: f.SnapLen}
	}
}

// spares is sparesInputs, also of a file that is read as standard input.
func spares(name string, inputs []string) error {
	if err := sparesInputs(name, inputs); err != nil {
		return fmt.Errorf("-w %s would take the place of a file that is read; give it another name", name)
	}
	out, err := os.Stat(name)
	if err != nil {
		return nil
	}
	if in, err := os.Stdin.Stat(); err == nil && in.Mode().IsRegular() && os.SameFile(in, out) {
		return fmt.Errorf("-w %s would take the place of standard input; give it another name", name)
	}
	return nil
}

// frame writes a frame.
func (k *writing) frame(f *pcaps.Frame) {
	k.ring.WriteFrame(f)
	if k.eager {
		k.ring.Flush()
	}
	if k.ring.Err() != nil {
		k.stop()
	}
}

// close completes the file.
func (k *writing) close() error {
	if k.ring == nil {
		return nil
	}
	return k.ring.Close()
}

// copyFrame is a frame with bytes of its own.
func copyFrame(f *pcaps.Frame) *pcaps.Frame {
	c := *f
	c.Data = bytes.Clone(f.Data)
	return &c
}

// silent prints nothing.
type silent struct{}

func (silent) message(*flows.Message, *readState, *frames.View) {}
func (silent) gap(*flows.Gap, *readState)                       {}
func (silent) frameDone()                                       {}
func (silent) undo()                                            {}
func (silent) end()                                             {}
func (silent) trees() *wire.Selection                           { return nil }
func (silent) fields() []*wire.Field                            { return nil }
func (silent) show(*frames.View)                                {}
