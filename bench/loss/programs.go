//go:build linux

package main

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// program is one that captures.
type program struct {
	name string
	args func(b *bench, file, report string) []string
	// counts finds what the program says at its end: frames received, and lost.
	counts *regexp.Regexp
	judges bool // it writes a report
	best   []search
}

func programs(only string) []*program {
	mib := func(b *bench) string { return strconv.Itoa(b.buffer) }
	live := func(more ...string) func(*bench, string, string) []string {
		return func(b *bench, file, report string) []string {
			return slices.Concat([]string{b.plcscope, "live", "-i", farEnd, "-f", "", "-B", mib(b), "-w", file, "--exit-zero",
				"--profile", "none", "--subjects", "100000", "--output", "json=" + report}, more)
		}
	}
	said := regexp.MustCompile(`plcscope: (\d+) frames?, (\d+) dropped by the kernel, (\d+) written, (\d+) lost to the files`)
	all := []*program{
		{
			name: "tcpdump",
			args: func(b *bench, file, _ string) []string {
				return []string{"tcpdump", "-i", farEnd, "-Z", "root", "-B", strconv.Itoa(b.buffer << 10), "-w", file}
			},
			counts: regexp.MustCompile(`(?s)(\d+) packets? captured.*?(\d+) packets? dropped by kernel`),
		},
		{
			name: "dumpcap",
			args: func(b *bench, file, _ string) []string {
				return []string{"dumpcap", "-q", "-i", farEnd, "-B", mib(b), "-w", file}
			},
			counts: regexp.MustCompile(`received/dropped on interface '` + farEnd + `': (\d+)/(\d+)`),
		},
		{name: "plcscope", args: live(), counts: said, judges: true},
		{name: "plcscope --audit", args: live("--audit"), counts: said, judges: true},
	}
	if only == "" {
		return all
	}
	return slices.DeleteFunc(all, func(p *program) bool { return !slices.Contains(strings.Split(only, ","), p.name) })
}

// counted is what a program says of itself.
type counted struct {
	received, lost uint64
	unwritten      uint64 // that it has received, and not written
}

// read finds the counts in what the program has said.
func (p *program) read(said string) (c counted, err error) {
	m := p.counts.FindStringSubmatch(said)
	if m == nil {
		return c, fmt.Errorf("it does not say what it has received:\n%s", said)
	}
	var n [5]uint64
	for i := range m[1:] {
		if n[i], err = strconv.ParseUint(m[i+1], 10, 64); err != nil {
			return c, err
		}
	}
	return counted{received: n[0], lost: n[1], unwritten: n[3]}, nil
}
