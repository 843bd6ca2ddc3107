package write_test

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"plcscope/pcaps"
	"plcscope/pcaps/write"
)

// Keep two seconds before and after a finding, in files of at most a hundred frames.
func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	ring, err := write.New(write.Options{
		Name:       filepath.Join(dir, "press.pcapng"),
		Limits:     write.Limits{Packets: 100, Files: 5},
		Interfaces: []pcaps.Interface{{Name: "eth0", Link: pcaps.LinkEthernet}},
		Zone:       time.UTC,
		Alert:      func(a write.Alert) { fmt.Println(a) },
	})
	if err != nil {
		panic(err)
	}
	window := write.NewWindow(write.Around{Before: 2e9, After: 2e9}, ring)
	for i := range 60 {
		f := pcaps.Frame{Number: uint64(i) + 1, Time: 1_700_000_000e9 + int64(i)*1e9, Link: pcaps.LinkEthernet, Length: 60, Data: make([]byte, 60)}
		if i == 30 {
			window.Trigger(f.Time, f.Number, "PUBLISH repeated without DUP")
		}
		window.WriteFrame(&f)
	}
	if err := ring.Close(); err != nil {
		panic(err)
	}
	files, _ := os.ReadDir(dir)
	fmt.Println(files[0].Name(), ring.Counts().Written)
	// Output: press_00001_20231114221348.pcapng 5
}
