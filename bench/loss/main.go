//go:build linux

// Command loss finds the highest rate at which nothing is lost, of tcpdump, of dumpcap and
// of plcscope live with its whole analysis, all of them writing what they capture:
//
//	go run ./bench/loss [-n FRAMES] [-rounds N] [-pin CORE] [-only NAME,...] CAPTURE
//
// It needs Linux and root. In a network namespace of its own it lays a cable (a pair of
// veth), sends the frames of the capture into one end with plcscope replay, and captures at
// the other. The programs take turns; each begins with as many frames a second as the
// sender can send, and halves the distance between a rate with and one without loss until
// it is below 5 percent. All have a kernel's buffer of the same size.
//
// Each row is a trial. "sent" is by the sender; "lost" by the program itself, as the kernel
// tells it. What does not add up (frames sent, that have come to the far end, received and
// lost, in the file written) is told under "remarks", and is an error of somebody. So is a
// verdict of plcscope that accuses somebody who is not accused when nothing is lost, as a
// trial before all others has shown: what losses touch must be inconclusive. And the report
// must tell of the loss. "fail" and "unsure" count rules and subjects, the latter those with
// a suspicion that the loss leaves open.
//
// Memory is the largest resident size before the end of the capture, with the kernel's
// buffer; time is that of all the cores.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
)

// inside marks the process that runs in a network of its own.
const inside = "PLCSCOPE_BENCH_NETNS"

func main() {
	err := enter()
	var done *exec.ExitError
	if errors.As(err, &done) {
		os.Exit(done.ExitCode())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "loss:", err)
		os.Exit(1)
	}
}

// enter runs this program again in a network namespace of its own, which vanishes with it.
func enter() error {
	if os.Getenv(inside) != "" {
		return run()
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	c := exec.Command(self, os.Args[1:]...)
	c.Env = append(os.Environ(), inside+"=1")
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGTERM}
	return c.Run()
}

// bench is what all trials share.
type bench struct {
	capture  string
	frames   uint64 // of it that are sent; 0: all
	dir      string // for what is written
	plcscope string // the program
	pin      []string
	buffer   int             // MiB
	accused  map[string]bool // when nothing is lost
	failed   bool            // something did not add up
}

func run() error {
	var b bench
	rounds := flag.Int("rounds", 2, "how often each program is measured")
	core := flag.Int("pin", -1, "the sender stays on this core")
	only := flag.String("only", "", "the programs to measure, as in tcpdump,plcscope; all by default")
	flag.Uint64Var(&b.frames, "n", 0, "frames of the capture that are sent; 0: all")
	flag.IntVar(&b.buffer, "buffer", 32, "the kernel's buffer, in MiB")
	flag.StringVar(&b.dir, "dir", "", "where the programs write to; a directory for temporary files by default")
	flag.Parse()
	if flag.NArg() != 1 {
		return errors.New("usage: go run ./bench/loss [flags] CAPTURE")
	}
	b.capture = flag.Arg(0)
	if *core >= 0 {
		b.pin = []string{"taskset", "-c", fmt.Sprint(*core)}
	}
	dir, err := os.MkdirTemp(b.dir, "loss")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b.dir, b.plcscope = dir, filepath.Join(dir, "plcscope")
	build := exec.Command("go", "build", "-o", b.plcscope, "./cmd/plcscope")
	build.Env, build.Stderr = append(os.Environ(), "CGO_ENABLED=0"), os.Stderr
	if err := build.Run(); err != nil {
		return err
	}
	if err := layCable(); err != nil {
		return err
	}
	return b.compare(programs(*only), *rounds)
}

// compare finds the highest rate of each program, in turns, and prints them.
func (b *bench) compare(all []*program, rounds int) error {
	alone, err := b.send(0)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(all, func(p *program) bool { return p.judges }); i >= 0 {
		if err := b.refer(all[i], alone.rate/2); err != nil {
			return fmt.Errorf("a trial without loss: %w", err)
		}
	}
	fmt.Printf("%d cores, buffers of %d MiB; load before: %s\n", runtime.NumCPU(), b.buffer, load())
	fmt.Printf("the sender alone: %d frames, %.0f a second\n\n", alone.frames, alone.rate)
	fmt.Printf("%-16s %9s %9s %9s %9s %7s %7s %6s %6s  %s\n", "", "wanted/s", "sent/s", "received", "lost", "CPU s", "MiB", "fail", "unsure", "remarks")
	for range rounds {
		searches := make([]search, len(all))
		for busy := true; busy; {
			busy = false
			for i, p := range all {
				s := &searches[i]
				if s.done {
					continue
				}
				busy = true
				t, err := b.try(p, s.next())
				if err != nil {
					return fmt.Errorf("%s: %w", p.name, err)
				}
				t.print()
				b.failed = b.failed || len(t.remarks) > 0
				s.learn(t.sent.rate, t.lossFree())
			}
		}
		for i, p := range all {
			p.best = append(p.best, searches[i])
		}
	}
	fmt.Printf("\nhighest rate without loss, frames a second\n")
	for _, p := range all {
		fmt.Printf("%-16s", p.name)
		for _, s := range p.best {
			fmt.Printf(" %9s", s.String())
		}
		fmt.Println()
	}
	fmt.Printf("load after: %s; > means that the sender could send no more\n", load())
	if b.failed {
		return errors.New("not everything adds up; see the remarks")
	}
	return nil
}

// load is how busy the machine is, by its own account.
func load() string {
	s, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(s))[:3], " ")
}
