package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/net/bpf"

	"plcscope/flows"
	"plcscope/pcaps"
	"plcscope/pcaps/live"
	"plcscope/pcaps/live/filter"
	"plcscope/pcaps/write"
	"plcscope/report"
)

// capturing holds the flags that say what is captured, and for how long.
type capturing struct {
	names    []string
	filter   string
	chosen   bool // the filter is that of the flag
	snap     int
	buffer   int // MiB
	rings    int
	quiet    bool // not promiscuous
	hardware bool
	stops    []string
	count    uint64

	lasts time.Duration // 0: until somebody stops it
	ports []uint16      // beside those of the default filter
}

func (k *capturing) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringArrayVarP(&k.names, "interface", "i", nil, "`INTERFACE` to capture from, any for all of them; repeat for more")
	f.StringVarP(&k.filter, "filter", "f", "", "capture filter, in pcap-filter(7)'s language; without it MQTT (also over TLS), ISO-on-TCP and the ports of -d, with and without VLAN tags; '' for everything")
	f.IntVarP(&k.snap, "snapshot-length", "s", 0, "most `BYTES` that are taken of a frame; without it all")
	f.IntVarP(&k.buffer, "buffer", "B", 32, "the kernel's buffer for each interface in `MIB`")
	f.IntVar(&k.rings, "rings", 1, "buffers for each interface, which the kernel fills by flow")
	f.BoolVarP(&k.quiet, "no-promiscuous-mode", "p", false, "take only what is addressed to this machine")
	f.BoolVar(&k.hardware, "hardware-time", false, "use time stamps of the network card")
	f.StringArrayVarP(&k.stops, "autostop", "a", nil, "end at a `LIMIT`: duration:SECONDS or packets:COUNT; repeat for both")
	f.Uint64VarP(&k.count, "count", "c", 0, "end after so many frames")
}

// valid reports what makes no sense, and works out the limits.
func (k *capturing) valid(c *cobra.Command, as []string) error {
	k.chosen = c.Flags().Changed("filter")
	for _, s := range k.stops {
		what, number, _ := strings.Cut(s, ":")
		n, err := strconv.ParseFloat(number, 64)
		switch {
		case err != nil || !(n > 0) || n > 1e9:
			return fmt.Errorf("-a %s: want duration:SECONDS or packets:COUNT", s)
		case what == "duration":
			k.lasts = time.Duration(n * float64(time.Second))
		case what == "packets" && n == float64(uint64(n)):
			if k.count == 0 || uint64(n) < k.count {
				k.count = uint64(n)
			}
		default:
			return fmt.Errorf("-a %s: want duration:SECONDS or packets:COUNT", s)
		}
	}
	k.ports = []uint16{flows.PortMQTTTLS}
	rulings := flows.DecodeAs{}
	for _, d := range as {
		if err := rulings.Add(d); err != nil {
			return err
		}
	}
	for p := range rulings {
		k.ports = append(k.ports, p)
	}
	_, err := k.program(pcaps.LinkEthernet, 1)
	return err
}

// text is the filter for a link type.
func (k *capturing) text(link pcaps.LinkType) string {
	if k.chosen {
		return k.filter
	}
	return filter.Default(link, k.ports...)
}

func (k *capturing) program(link pcaps.LinkType, snap int) ([]bpf.RawInstruction, error) {
	p, err := filter.CompileLive(k.text(link), link, snap)
	var at *filter.Error
	if errors.As(err, &at) {
		return nil, fmt.Errorf("-f: %s\n%s", at, at.Pointer())
	}
	return p, err
}

// confine gives up the rights that are not needed, where there are any.
func (k *capturing) confine() {
	if err := live.Confine(k.hardware); err != nil {
		fmt.Fprintln(os.Stderr, "plcscope: it goes on with rights that it does not need:", report.Clean(err.Error()))
	}
}

// open begins to capture.
func (k *capturing) open() (*live.Capture, error) {
	if len(k.names) == 0 {
		return nil, errors.New("no interface is named; name one with -i, plcscope interfaces lists them")
	}
	c, err := live.Open(k.names, live.Options{
		SnapLen: k.snap, Buffer: k.buffer << 20, Rings: k.rings, Promiscuous: !k.quiet, Hardware: k.hardware, Filter: k.program,
	})
	if err != nil {
		return nil, unreadable{err}
	}
	return c, nil
}

// keeping holds the flags that say which frames are kept.
type keeping struct {
	name   string
	limits []string
	around time.Duration
	near   int // seconds around findings
}

func (k *keeping) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVarP(&k.name, "write", "w", "", "write the frames to `FILE`, as pcapng, packed when its name ends in .zst; - is standard output")
	f.StringArrayVarP(&k.limits, "ring", "b", nil, "with -w, begin another file at a `LIMIT`: filesize:KB, duration:SECONDS, interval:SECONDS, packets:COUNT; files:COUNT keeps the last ones; repeat for more")
	f.IntVar(&k.near, "only-findings", 0, "with -w, write only what comes within so many `SECONDS` of a finding, before and after it")
}

// valid reports what makes no sense.
func (k *keeping) valid() error {
	switch {
	case k.name == "" && (len(k.limits) > 0 || k.near != 0):
		return errors.New("-b and --only-findings go with -w FILE")
	case k.near < 0 || k.near > 3600:
		return fmt.Errorf("--only-findings %d: want 1 to 3600 seconds", k.near)
	}
	k.around = time.Duration(k.near) * time.Second
	return nil
}

// open begins to write what comes from capture; nil when nothing is kept.
func (k *keeping) open(source flows.Source, filter func(pcaps.LinkType) string, stdout io.Writer, alert func(write.Alert)) (*archive, error) {
	if k.name == "" {
		return nil, nil
	}
	opt := write.Options{Name: k.name, Section: pcaps.Section{Application: tool()}, Alert: alert}
	switch c := source.(type) {
	case *live.Capture:
		opt.Interfaces = c.Interfaces()
		for i := range opt.Interfaces {
			x := &opt.Interfaces[i]
			x.Filter, x.Counted = filter(x.Link), false
		}
		opt.Statistics = func(i int, s *pcaps.Statistics) {
			x := c.Stats()[i]
			s.Received, s.Dropped, s.OSDrop = x.Received, x.IfDropped, x.Dropped
		}
	case *recorded:
		opt.Describe = describer(c.Capture)
	}
	for _, l := range k.limits {
		if err := opt.Limits.Set(l); err != nil {
			return nil, fmt.Errorf("-b: %w", err)
		}
	}
	if k.name == "-" {
		opt.Name, opt.Out = "standard output", stdout
	}
	var around *write.Around
	if k.around > 0 {
		around = &write.Around{Before: int64(k.around), After: int64(k.around)}
	}
	a, err := newArchive(opt, around)
	if err != nil {
		return nil, fmt.Errorf("-w: %w", err)
	}
	return a, nil
}
