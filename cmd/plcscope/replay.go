package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"plcscope/pcaps"
	"plcscope/pcaps/replay"
	"plcscope/pcaps/write"
)

func newReplay() *cobra.Command {
	var (
		in    input
		speed string
		iface string
		pause time.Duration
		count uint64
		rate  float64
	)
	c := &cobra.Command{
		Use:   "replay FILE... [-i INTERFACE]",
		Short: "Feed a capture as if live, in its own time or faster",
		Long: `replay sends the frames of a capture onto an interface, as they are, in the time in which
they came: for a trial of live, of a mirror port, or of another tool. It needs Linux, and
root or CAP_NET_RAW. Whoever is at that interface gets the frames: use a network of its
own, such as a pair of veth.

Without -i, the frames go to standard output as pcapng when they are due, for programs that
read along: plcscope live -r -, plcscope tui -, tshark -i -.

--speed 10 is ten times as fast, max as fast as the interface takes them; --rate 50000 is
so many frames a second, whatever their times are. Frames that the capture has cut, that
are no Ethernet or too long are left out and counted.`,
		Example: `  plcscope replay --speed 10 -i veth0 plant.pcapng
  plcscope replay --speed 60 --max-pause 1s night.pcapng | plcscope tui -
  plcscope replay --rate 200000 -i veth0 plant.pcapng
  plcscope replay --speed max -i veth0 ring_*.pcapng.zst`,
		RunE: func(cmd *cobra.Command, args []string) error {
			opt := replay.Options{Clock: wallClock{}, Pause: int64(pause), BatchBytes: 64 << 10}
			switch {
			case cmd.Flags().Changed("rate"):
				if cmd.Flags().Changed("speed") {
					return errors.New("--rate and --speed: only one of them can say when frames are due")
				}
				if cmd.Flags().Changed("max-pause") {
					return errors.New("--rate and --max-pause: an even rate has no pauses")
				}
				if !(rate > 0) {
					return fmt.Errorf("--rate %g: want frames a second, such as 50000", rate)
				}
				opt.Rate = rate
			default:
				var err error
				if opt.Speed, err = parseSpeed(speed); err != nil {
					return err
				}
			}
			capture, _, err := in.open(cmd.Context(), args)
			if err != nil {
				return err
			}
			defer capture.Close()
			src, err := replay.New(capture, opt)
			if err != nil {
				return err
			}
			stop := context.AfterFunc(cmd.Context(), func() {
				src.Close()
				capture.Close() // which may wait for a pipe
			})
			defer stop()
			r := &replaying{left: count, limited: count > 0}
			if iface != "" {
				err = r.onto(src, iface)
			} else {
				err = r.to(src, cmd.OutOrStdout(), capture)
			}
			if e := cmd.Context().Err(); e != nil {
				err = e
			}
			return err
		},
	}
	in.flags(c)
	for _, name := range []string{"decode-as", "key-vlan", "show-secrets"} {
		_ = c.Flags().MarkHidden(name) // nothing is decoded
	}
	f := c.Flags()
	f.StringVarP(&iface, "interface", "i", "", "`INTERFACE` to send on; without it, standard output gets pcapng")
	f.StringVar(&speed, "speed", "1", "`N` times as fast as captured; max, or 0, does not wait at all")
	f.Float64Var(&rate, "rate", 0, "`N` frames a second, evenly, in place of --speed")
	f.DurationVar(&pause, "max-pause", 0, "wait no longer than this between two frames; 0 is as long as it takes")
	f.Uint64VarP(&count, "count", "c", 0, "stop after `COUNT` frames")
	return c
}

// parseSpeed reads how many times faster than captured frames come; 0 does not wait.
func parseSpeed(speed string) (float64, error) {
	if speed == "max" {
		return 0, nil
	}
	v, err := strconv.ParseFloat(speed, 64)
	if err != nil || !(v >= 0) || math.IsInf(v, 1) {
		return 0, fmt.Errorf("--speed %s: want a number such as 2, or max", speed)
	}
	return v, nil
}

// wallClock is the clock of this machine, for replay.
type wallClock struct{}

var clockOrigin = time.Now()

// Now is the time since the program began; it does not jump when the clock is set.
func (wallClock) Now() int64 { return int64(time.Since(clockOrigin)) }

// Wait implements replay.Clock.
func (c wallClock) Wait(until int64, stop <-chan struct{}) bool {
	t := time.NewTimer(time.Duration(until - c.Now()))
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-stop:
		return false
	}
}

// replaying counts what is handed out.
type replaying struct {
	left    uint64
	limited bool
	begun   time.Time
}

// each hands out the frames of src in batches until there are no more.
func (r *replaying) each(src *replay.Source, take func([]pcaps.Frame) error) error {
	var b pcaps.Batch
	for !r.limited || r.left > 0 {
		err := src.Next(&b)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return asUnreadable(err)
		}
		if r.begun.IsZero() {
			r.begun = time.Now()
		}
		l := b.Frames
		if r.limited {
			l = l[:min(uint64(len(l)), r.left)]
			r.left -= uint64(len(l))
		}
		if err := take(l); err != nil {
			return err
		}
	}
	return nil
}

// onto sends the frames on an interface, and tells how fast that went.
func (r *replaying) onto(src *replay.Source, iface string) error {
	s, err := replay.OpenSender(iface)
	if err != nil {
		return err
	}
	defer s.Close()
	err = r.each(src, s.Send)
	took := 0.0
	if !r.begun.IsZero() {
		took = time.Since(r.begun).Seconds()
	}
	n := s.Counts()
	line := fmt.Sprintf("%d frames, %d bytes sent on %s in %.3f s", n.Sent, n.Bytes, iface, took)
	if took > 0 && n.Sent > 0 {
		line += fmt.Sprintf(": %.0f frames/s, %.1f Mbit/s", float64(n.Sent)/took, float64(n.Bytes)*8/took/1e6)
	}
	if n.Left() > 0 {
		line += fmt.Sprintf("; %d left out: %s", n.Left(), n.String())
	}
	fmt.Fprintln(os.Stderr, "plcscope:", line)
	return err
}

// to writes the frames to a stream when they are due.
func (r *replaying) to(src *replay.Source, w io.Writer, capture *pcaps.Capture) error {
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return errors.New("standard output is a terminal, and pcapng is no text: name an interface with -i, or a program that reads it behind |")
	}
	ring, err := write.New(write.Options{Name: "standard output", Out: w, Section: pcaps.Section{Application: tool()}, Describe: describer(capture)})
	if err != nil {
		return err
	}
	ring.Flush() // the header, for who waits for it
	err = r.each(src, func(l []pcaps.Frame) error {
		for i := range l {
			ring.WriteFrame(&l[i])
		}
		ring.Flush()
		return ring.Err()
	})
	return errors.Join(err, ring.Close())
}
