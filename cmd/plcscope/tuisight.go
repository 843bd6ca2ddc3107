package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"plcscope/flows"
	"plcscope/pcaps"
	"plcscope/pcaps/live"
	"plcscope/pcaps/samples"
	"plcscope/tui/scope"
)

// sight is a source of frames for the interface, and what is to be known of it.
type sight struct {
	scope  scope.Options // what is read, and how connections are followed
	inputs []string      // the files
	live   bool          // frames come as they happen
	close  func() error

	capture *pcaps.Capture // nil for interfaces
	tap     *tap           // of interfaces
	taken   *live.Capture
	filter  func(pcaps.LinkType) string
}

func seeSample() (*sight, error) {
	c, err := samples.Open(demo)
	if err != nil {
		return nil, err
	}
	return &sight{scope: scope.Options{Name: demo, Capture: c}, capture: c, close: c.Close}, nil
}

func seeFiles(ctx context.Context, in *input, args []string) (*sight, error) {
	c, cfg, err := in.open(ctx, args)
	if err != nil {
		return nil, err
	}
	x := &sight{inputs: in.inputs(args), capture: c, close: c.Close}
	name := filepath.Base(x.inputs[0])
	if n := len(x.inputs); n > 1 {
		name += fmt.Sprintf(" +%d", n-1)
	}
	if x.inputs[0] == "-" {
		name = "standard input"
		st, err := os.Stdin.Stat()
		x.live = err == nil && !st.Mode().IsRegular()
	}
	x.scope = scope.Options{Name: name, Capture: c, Config: cfg, Pipe: x.live}
	return x, nil
}

func seeInterfaces(cmd *cobra.Command, in *input, take *capturing) (*sight, error) {
	if err := take.valid(cmd, in.decodeAs); err != nil {
		return nil, err
	}
	src, cfg, err := (&liveFlags{}).source(cmd.Context(), &input{decodeAs: in.decodeAs, keyVLAN: in.keyVLAN}, take)
	if err != nil {
		return nil, err
	}
	c := src.(*live.Capture)
	x := &sight{live: true, taken: c, filter: take.text, close: c.Close, tap: newTap(c, nil, take.count)}
	if take.lasts > 0 {
		time.AfterFunc(take.lasts, func() { x.tap.stop("the time is over") })
	}
	x.scope = scope.Options{Name: strings.Join(take.names, " "), Source: x.tap, Config: cfg, Dropped: x.tap.lost.Load}
	return x, nil
}

// watched are engines behind who tells the first of them what the kernel has dropped.
func (x *sight) watched(engines []flows.Observer, missed func(until int64)) []flows.Observer {
	if x.tap == nil {
		return engines
	}
	return append([]flows.Observer{&lossWatch{tap: x.tap, missed: missed}}, engines...)
}

// told is what a report says of the capture.
func (x *sight) told() ([]pcaps.File, []pcaps.Problem) {
	if x.capture != nil {
		return x.capture.Files(), x.capture.Problems()
	}
	var problems []pcaps.Problem
	if n := x.tap.lost.Load(); n > 0 {
		problems = append(problems, pcaps.Problem{File: x.scope.Name, Text: plural(int64(n), "frame") + " dropped by the kernel"})
	}
	return nil, problems
}

// describe tells of an interface, for captures that are written.
func (x *sight) describe(file uint16, iface uint32) pcaps.Interface {
	if x.taken != nil {
		if l := x.taken.Interfaces(); int(iface) < len(l) {
			i := l[iface]
			i.Filter, i.Counted = x.filter(i.Link), false
			return i
		}
		return pcaps.Interface{}
	}
	l := x.capture.Files()
	switch {
	case int(file) >= len(l):
		return pcaps.Interface{}
	case int(iface) < len(l[file].Interfaces):
		return l[file].Interfaces[iface]
	}
	return pcaps.Interface{SnapLen: l[file].SnapLen}
}
