// Command mksamples writes the captures of package pcaps/samples: what they are
// made of is said here, message by message, so that a change of a sample is a
// change that can be read. Run it with go generate ./pcaps/samples.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"plcscope/pcaps"
	"plcscope/pcaps/craft"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: mksamples DIRECTORY")
		os.Exit(2)
	}
	for name, content := range files() {
		if err := os.WriteFile(filepath.Join(os.Args[1], name), content, 0o666); err != nil {
			fmt.Fprintln(os.Stderr, "mksamples:", err)
			os.Exit(1)
		}
	}
}

// files are the samples and the notes on them by name.
func files() map[string][]byte {
	faulty, notes := faultyPLC()
	return map[string][]byte{
		"mqtt31-plc-healthy.pcap":      craft.Bytes(healthyPLC()),
		"mqtt31-plc-faulty.pcap":       craft.Bytes(faulty),
		"mqtt31-plc-faulty.pcap.notes": notes,
		"s7-poll.pcapng":               s7Poll(),
		"mixed-plant.pcapng.zst":       mixedPlant(),
	}
}

// pcapng writes frames with the interfaces that they were captured on.
func pcapng(frames []pcaps.Frame, interfaces ...pcaps.Interface) []byte {
	var b bytes.Buffer
	w := pcaps.NewNGWriter(&b, interfaces...)
	for i := range frames {
		if err := w.WriteFrame(&frames[i]); err != nil {
			panic(err)
		}
	}
	if err := w.Flush(); err != nil {
		panic(err)
	}
	return b.Bytes()
}
