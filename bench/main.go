// Command bench measures plcscope beside tcpdump and tshark on one capture: the
// programs run in turns, in one run, and the table gives wall time, ratios and
// peak resident memory. It is the only place from which speed is quoted.
//
//	go run ./bench CAPTURE [ROUNDS]
//
// The first round warms the page cache and is not counted; of the others the
// fastest counts. tshark runs once, as it takes about a hundred times as long.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// contender is one command line and what it took.
type contender struct {
	name  string
	args  []string
	best  time.Duration
	peak  int64 // KiB
	times int   // how often it runs; 0 means every round
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("usage: go run ./bench CAPTURE [ROUNDS]")
	}
	capture, rounds := args[0], 5
	if len(args) > 1 {
		n, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		rounds = n
	}
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "plcscope")
	build := exec.Command("go", "build", "-o", binary, "./cmd/plcscope")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return err
	}
	tcpdump := &contender{name: "tcpdump -r FILE -w /dev/null", args: []string{"tcpdump", "-r", capture, "-w", "/dev/null"}}
	tshark := &contender{name: "tshark -q -z io,phs", args: []string{"tshark", "-q", "-z", "io,phs", "-r", capture}, times: 1}
	all := []*contender{
		tcpdump,
		{name: "plcscope check --format json", args: []string{binary, "check", "--format", "json", capture}},
		{name: "plcscope read -T fields, 3 fields", args: []string{binary, "read", "-T", "fields", "-e", "frame.number", "-e", "mqtt.msgtype", "-e", "s7comm.param.func", capture}},
		{name: "plcscope flows", args: []string{binary, "flows", capture}},
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
	fmt.Printf("%-36s %10s %12s %14s %12s\n", "", "ms", "of tcpdump", "tshark / this", "peak KiB")
	for _, c := range all {
		fmt.Printf("%-36s %10d %11.2fx %13.1fx %12d\n", c.name, c.best.Milliseconds(),
			float64(c.best)/float64(tcpdump.best), float64(tshark.best)/float64(c.best), c.peak)
	}
	return nil
}

// measure runs the command once and keeps the time if it counts and is the best.
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
	if c.best == 0 || took < c.best {
		c.best = took
	}
	c.peak = max(c.peak, peakOf(cmd.ProcessState))
	return nil
}
