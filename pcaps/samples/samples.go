// Package samples holds small captures of the project's own making, for the first
// steps of a user and for tests of every layer:
//
//	mqtt31-plc-healthy.pcap  a PLC that speaks MQTT 3.1 as it should
//	mqtt31-plc-faulty.pcap   two PLCs that do not, and a broker that answers as mosquitto 2 does
//	s7-poll.pcapng           an operator panel that polls a PLC over S7
//	mixed-plant.pcapng.zst   both protocols as a probe with two mirror ports sees them, without a fault
//
// They are written by internal/mksamples, where each is a script that can be read.
package samples

//go:generate go run plcscope/internal/mksamples .

import (
	"bytes"
	"embed"
	"fmt"
	"strconv"
	"strings"

	"plcscope/pcaps"
)

//go:embed *.pcap *.pcapng *.zst *.notes
var files embed.FS

// Names returns the names of the samples.
func Names() (names []string) {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(err) // the directory is part of the program
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".notes") {
			names = append(names, e.Name())
		}
	}
	return names
}

// Bytes returns a sample as the bytes of its file, and nil when there is none of
// that name. The bytes are the caller's.
func Bytes(name string) []byte {
	b, err := files.ReadFile(name)
	if err != nil {
		return nil
	}
	return b
}

// Open opens a sample.
func Open(name string) (*pcaps.Capture, error) {
	b := Bytes(name)
	if b == nil {
		return nil, fmt.Errorf("no sample is named %q; there are %s", name, strings.Join(Names(), ", "))
	}
	return pcaps.NewReader(bytes.NewReader(b), name, pcaps.Options{})
}

// Note says what is wrong with a frame of a sample.
type Note struct {
	Frame     uint64
	Deviation string // the name of the deviation, "D8"
	Text      string
}

// Notes returns the notes on a sample in the order of its frames; a sample
// without faults has none.
func Notes(name string) (notes []Note) {
	for line := range strings.Lines(string(Bytes(name + ".notes"))) {
		part := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 3)
		frame, err := strconv.ParseUint(part[0], 10, 64)
		if err != nil || len(part) != 3 {
			panic("samples: note " + line)
		}
		notes = append(notes, Note{frame, part[1], part[2]})
	}
	return notes
}
