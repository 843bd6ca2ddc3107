package main

import (
	"fmt"
	"os"
	"path/filepath"

	"plcscope/bench/gen"
)

// grow prints what a packet and a connection cost check, over the size of a capture and
// over the number of its connections. Captures are deleted when they are measured: the
// largest has more than 2 GB.
func grow(binary, dir string, rounds int) error {
	empty, err := cost(binary, dir, "an empty capture", gen.Plan{}, rounds, nil)
	if err != nil {
		return err
	}
	for _, size := range []struct {
		what   string
		tenths int
	}{{"a tenth of the yardstick", 1}, {"the yardstick", 10}, {"ten times the yardstick", 100}} {
		plan := yardstick
		plan.Messages, plan.Polls = plan.Messages*size.tenths/10, plan.Polls*size.tenths/10
		if _, err := cost(binary, dir, size.what, plan, rounds, empty); err != nil {
			return err
		}
	}
	for n := 10; n <= 100_000; n *= 10 {
		plan := gen.Plan{ // as many packets in each
			Publishers: n / 2, Subscribers: 1, Messages: max(1_000_000/n, 4), Pollers: n / 2, Polls: max(1_000_000/n, 4),
		}
		if _, err := cost(binary, dir, fmt.Sprintf("%d busy connections", n), plan, rounds, empty); err != nil {
			return err
		}
	}
	for n := 100; n <= 100_000; n *= 10 {
		if _, err := cost(binary, dir, fmt.Sprintf("%d idle MQTT clients", n), gen.Plan{Idle: n, Pings: 2}, rounds, empty); err != nil {
			return err
		}
	}
	return nil
}

// cost measures check on a capture made for it, and prints a line of the table.
func cost(binary, dir, what string, plan gen.Plan, rounds int, empty *contender) (*contender, error) {
	capture := filepath.Join(dir, "growth.pcap")
	truth, err := produce(capture, plan)
	if err != nil {
		return nil, err
	}
	defer os.Remove(capture)
	c := &contender{args: []string{binary, "check", "--format", "json", capture}}
	for round := range rounds + 1 {
		if err := c.measure(round > 0); err != nil {
			return nil, err
		}
	}
	fmt.Printf("%-24s %10d packets %8d connections %7d ms", what, truth.Frames, truth.Connections, c.wall.Milliseconds())
	if empty != nil {
		fmt.Printf(" %6.0f ns CPU per packet %7.1f MiB %8.0f bytes per connection",
			float64((c.cpu-empty.cpu).Nanoseconds())/float64(truth.Frames), float64(c.peak)/1024,
			float64(c.peak-empty.peak)*1024/float64(truth.Connections))
	}
	fmt.Println()
	return c, nil
}
