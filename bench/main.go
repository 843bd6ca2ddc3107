// Command bench measures plcscope beside tcpdump and tshark on one capture: the
// programs run in turns, in one run, and the table gives wall and processor time,
// ratios, packets per second and peak resident memory. It is the only place from which
// speed is quoted.
//
//	go run ./bench [-rounds N] [CAPTURE]        compare programs
//	go run ./bench -generate CAPTURE [-plcs N]  make a capture, and its truth beside it
//	go run ./bench -growth                      cost over size and connections
//
// Without CAPTURE, the yardstick is made: 2.5 million packets of 100 PLCs.
//
// The first round warms the page cache and is not counted; of the others the
// fastest counts. tshark runs once, as it takes about a hundred times as long.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	f := flag.NewFlagSet("bench", flag.ExitOnError)
	rounds := f.Int("rounds", 5, "how often each program runs")
	generate := f.String("generate", "", "make this capture, and its truth as CAPTURE.json, and measure nothing")
	growth := f.Bool("growth", false, "measure what a packet costs in captures of 1, 10 and 100 times the size and of 10 to 100,000 connections")
	plan := yardstick
	f.Int64Var(&plan.Seed, "seed", 0, "of what is random in the capture")
	f.IntVar(&plan.Publishers, "plcs", plan.Publishers, "MQTT clients that publish")
	f.IntVar(&plan.Subscribers, "subscribers", plan.Subscribers, "MQTT clients to which the broker forwards")
	f.IntVar(&plan.Messages, "messages", plan.Messages, "of each that publishes")
	f.IntVar(&plan.Payload, "payload", plan.Payload, "bytes of each message")
	f.IntVar(&plan.Pollers, "pollers", plan.Pollers, "S7 connections")
	f.IntVar(&plan.Polls, "polls", plan.Polls, "on each S7 connection")
	f.IntVar(&plan.Idle, "idle", plan.Idle, "MQTT clients that do nothing but ping")
	f.IntVar(&plan.Pings, "pings", plan.Pings, "of each idle client")
	f.Float64Var(&plan.Retransmitted, "retransmitted", plan.Retransmitted, "share of segments, from 0 to 1")
	f.Float64Var(&plan.Reordered, "reordered", plan.Reordered, "share of segments, from 0 to 1")
	f.Float64Var(&plan.Lost, "lost", plan.Lost, "share of segments, from 0 to 1")
	f.Func("levels", "MQTT protocol levels in turns: digits, as in 345", func(s string) error {
		plan.Levels = nil
		for _, level := range []byte(s) {
			if level < '3' || level > '5' {
				return fmt.Errorf("level %q does not exist", level)
			}
			plan.Levels = append(plan.Levels, level-'0')
		}
		return nil
	})
	f.Func("vlan", "identifier of an 802.1Q tag on all frames", func(s string) error {
		_, err := fmt.Sscan(s, &plan.VLAN)
		return err
	})
	f.Parse(args)
	if *generate != "" {
		_, err := produce(*generate, plan)
		return err
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
	if *growth {
		return grow(binary, dir, *rounds)
	}
	capture := f.Arg(0)
	if capture == "" {
		capture = filepath.Join(dir, "yardstick.pcap")
		if _, err := produce(capture, plan); err != nil {
			return err
		}
	}
	return compare(binary, capture, *rounds)
}
