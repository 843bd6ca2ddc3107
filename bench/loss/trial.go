//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"plcscope/pcaps"
)

// sending is what the sender says of itself.
type sending struct {
	frames uint64
	rate   float64 // a second
}

var sent = regexp.MustCompile(`plcscope: (\d+) frames, .*: (\d+) frames/s, [0-9.]+ Mbit/s(.*)`)

// send sends the capture at so many frames a second, 0 for as fast as it goes.
func (b *bench) send(rate float64) (s sending, err error) {
	args := append(b.pin, b.plcscope, "replay", "-i", nearEnd, b.capture)
	if b.frames > 0 {
		args = append(args, "-c", fmt.Sprint(b.frames))
	}
	if rate > 0 {
		args = append(args, "--rate", fmt.Sprint(rate))
	} else {
		args = append(args, "--speed", "max")
	}
	out, err := exec.Command(args[0], args[1:]...).CombinedOutput()
	m := sent.FindSubmatch(out)
	if err != nil || m == nil {
		return s, fmt.Errorf("the sender: %w\n%s", errors.Join(err, errors.New("no counts")), out)
	}
	if len(bytes.TrimSpace(m[3])) > 0 {
		return s, fmt.Errorf("the sender cannot send all of it%s", m[3])
	}
	if s.frames, err = strconv.ParseUint(string(m[1]), 10, 64); err == nil {
		s.rate, err = strconv.ParseFloat(string(m[2]), 64)
	}
	return s, err
}

// trial is one rate with one program.
type trial struct {
	program *program
	wanted  float64
	sent    sending
	counted
	cpu     time.Duration
	peak    int64 // KiB
	verdict verdicts
	remarks []string // what does not add up
}

func (t *trial) lossFree() bool { return t.received == t.sent.frames && t.unwritten == 0 }

func (t *trial) remark(format string, args ...any) {
	t.remarks = append(t.remarks, fmt.Sprintf(format, args...))
}

// try captures with p what is sent at a rate.
func (b *bench) try(p *program, rate float64) (*trial, error) {
	t := &trial{program: p, wanted: rate}
	file, report := filepath.Join(b.dir, "capture.pcapng"), filepath.Join(b.dir, "report.json")
	defer os.Remove(file)
	defer os.Remove(report)
	before, err := arrived()
	if err != nil {
		return nil, err
	}
	args := p.args(b, file, report)
	cmd := exec.Command(args[0], args[1:]...)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	err = waitForListener()
	if err == nil {
		t.sent, err = b.send(rate)
	}
	if err == nil {
		drain(file)
		t.peak = peak(cmd.Process.Pid)
	}
	_ = cmd.Process.Signal(os.Interrupt)
	if e := cmd.Wait(); err != nil || e != nil {
		return nil, fmt.Errorf("%w\n%s", errors.Join(err, e), said.String())
	}
	if u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		t.cpu = time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	if t.counted, err = p.read(said.String()); err != nil {
		return nil, err
	}
	after, err := arrived()
	if err != nil {
		return nil, err
	}
	if n := after - before; n != t.sent.frames {
		t.remark("%d of %d frames have come to the far end", n, t.sent.frames)
	}
	if t.received+t.lost != t.sent.frames {
		t.remark("received and lost are %+d frames off", int64(t.received+t.lost-t.sent.frames))
	}
	n, err := framesOf(file)
	if err != nil {
		return nil, err
	}
	if n+t.unwritten != t.received {
		t.remark("the file has %d frames", n)
	}
	if p.judges {
		err = t.judge(b, report)
	}
	return t, err
}

// drain waits until nothing more is written.
func drain(file string) {
	size := func() (n int64) {
		l, _ := filepath.Glob(file + "*")
		for _, name := range l {
			if i, err := os.Stat(name); err == nil {
				n += i.Size()
			}
		}
		return n
	}
	const still, patience = 30, 1200 // rounds of 50 ms; tcpdump may wait a second for more
	last, same := size(), 0
	for range patience {
		time.Sleep(50 * time.Millisecond)
		if n := size(); n != last {
			last, same = n, 0
		} else if same++; same == still {
			return
		}
	}
}

// peak is the largest resident size of a process until now, in KiB.
func peak(pid int) int64 {
	s, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for _, l := range strings.Split(string(s), "\n") {
		if f := strings.Fields(l); len(f) > 1 && f[0] == "VmHWM:" {
			n, _ := strconv.ParseInt(f[1], 10, 64)
			return n
		}
	}
	return 0
}

// framesOf counts the frames in a file.
func framesOf(file string) (n uint64, err error) {
	c, err := pcaps.Open([]string{file}, pcaps.Options{})
	if err != nil {
		return 0, err
	}
	defer c.Close()
	var b pcaps.Batch
	for {
		switch err := c.Next(&b); {
		case errors.Is(err, io.EOF):
			return n, nil
		case err != nil:
			return n, err
		}
		n += uint64(len(b.Frames))
	}
}

// print prints the row.
func (t *trial) print() {
	wanted, fail, unsure := "all", "", ""
	if t.wanted > 0 {
		wanted = fmt.Sprintf("%.0f", t.wanted)
	}
	if t.program.judges {
		fail, unsure = fmt.Sprint(t.verdict.fail), fmt.Sprint(t.verdict.unsure)
	}
	fmt.Printf("%-16s %9s %9.0f %9d %9d %7.2f %7d %6s %6s  %s\n", t.program.name, wanted, t.sent.rate, t.received, t.lost,
		t.cpu.Seconds(), t.peak>>10, fail, unsure, strings.Join(t.remarks, "; "))
}
