package main

import (
	"bufio"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"time"
)

// contender is one command line and what it took.
type contender struct {
	name  string
	args  []string
	wall  time.Duration // of the fastest run
	cpu   time.Duration // of the run that took least
	peak  int64         // KiB, the most of all runs
	times int           // how often it runs; 0 means every round
}

// compare runs the programs in turns and prints the table.
func compare(binary, capture string, rounds int) error {
	frames, err := countFrames(binary, capture)
	if err != nil {
		return err
	}
	tcpdump := &contender{name: "tcpdump -r FILE -w /dev/null", args: []string{"tcpdump", "-r", capture, "-w", "/dev/null"}}
	tshark := &contender{name: "tshark -q -z io,phs", args: []string{"tshark", "-q", "-z", "io,phs", "-r", capture}, times: 1}
	ours := func(name string, args ...string) *contender {
		return &contender{name: "plcscope " + name, args: append(append([]string{binary}, args...), capture)}
	}
	all := []*contender{
		tcpdump,
		ours("check --format json", "check", "--format", "json"),
		ours("check --workers 1", "check", "--workers", "1", "--format", "json"),
		ours("read -T fields, 3 fields", "read", "-T", "fields", "-e", "frame.number", "-e", "mqtt.msgtype", "-e", "s7comm.param.func"),
		ours("flows", "flows"),
		tshark,
	}
	for round := range rounds + 1 {
		for _, c := range all {
			if c.times > 0 && round != c.times {
				continue
			}
			if err := c.measure(round > 0); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
		}
	}
	fmt.Printf("%d packets\n%-36s %8s %8s %11s %14s %10s %10s\n", frames, "", "ms", "CPU ms", "of tcpdump", "tshark / this", "packets/s", "peak MiB")
	for _, c := range all {
		fmt.Printf("%-36s %8d %8d %10.2fx %13.1fx %9.2fM %10.1f\n", c.name, c.wall.Milliseconds(), c.cpu.Milliseconds(),
			float64(c.wall)/float64(tcpdump.wall), float64(tshark.wall)/float64(c.wall),
			float64(frames)/c.wall.Seconds()/1e6, float64(c.peak)/1024)
	}
	return nil
}

// countFrames asks the program how many frames a capture has: its number of the last. It
// holds no more than a line: what this process has in memory when it starts another
// counts as resident there.
func countFrames(binary, capture string) (last uint64, err error) {
	cmd := exec.Command(binary, "read", "-T", "fields", "-e", "frame.number", capture)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if last, err = strconv.ParseUint(lines.Text(), 10, 64); err != nil {
			break
		}
	}
	return last, errors.Join(err, lines.Err(), cmd.Wait())
}

// measure runs the command once and keeps what it took if it counts and is the best.
func (c *contender) measure(counts bool) error {
	cmd := exec.Command(c.args[0], c.args[1:]...)
	start := time.Now()
	err := cmd.Run()
	took := time.Since(start)
	if _, failed := err.(*exec.ExitError); err != nil && !failed {
		return err // a verdict is no failure, a program that does not start is
	}
	if !counts {
		return nil
	}
	cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if c.wall == 0 || took < c.wall {
		c.wall = took
	}
	if c.cpu == 0 || cpu < c.cpu {
		c.cpu = cpu
	}
	c.peak = max(c.peak, peakOf(cmd.ProcessState))
	return nil
}
