package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/pcaps"
	"plcscope/pcaps/craft"
	"plcscope/pcaps/samples"
)

// heldFrame is what a capture file holds of a frame.
type heldFrame struct {
	Time   int64
	Length uint32
	Link   pcaps.LinkType
	Iface  string
	Data   []byte
}

// held are the frames of a capture file.
func held(t *testing.T, file string) (l []heldFrame) {
	t.Helper()
	c, err := pcaps.Open([]string{file}, pcaps.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for {
		var b pcaps.Batch
		err := c.Next(&b)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range b.Frames {
			f := &b.Frames[i]
			h := heldFrame{f.Time, f.Length, f.Link, "", bytes.Clone(f.Data)}
			if ifaces := c.Files()[0].Interfaces; int(f.Iface) < len(ifaces) {
				h.Iface = ifaces[f.Iface].Name
			}
			l = append(l, h)
		}
	}
	if p := c.Problems(); len(p) > 0 && len(l) > 0 {
		t.Fatalf("%s: %v", file, p)
	}
	return l
}

// sampleFile writes a sample to a file of its own.
func sampleFile(t *testing.T, name string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, samples.Bytes(name), 0o666); err != nil {
		t.Fatal(err)
	}
	return file
}

// readArgs runs plcscope read.
func readArgs(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	root := newRoot()
	root.SetArgs(append([]string{"read"}, args...))
	root.SetOut(&out)
	if err := root.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// What read -w writes is what tshark -w writes, and tshark shows it as it shows the
// frames of the original that pass the filter.
func TestWrittenFramesEqualTshark(t *testing.T) {
	captures := []string{sampleFile(t, "mqtt31-plc-faulty.pcap"), sampleFile(t, "s7-poll.pcapng"), sampleFile(t, "mixed-plant.pcapng.zst")}
	if file := filepath.Join("..", "..", "..", "shared", "pcaps", "s7", "plc4x_manual.pcapng"); exists(file) {
		captures = append(captures, file)
	} else {
		t.Logf("%s is absent: not compared", file)
	}
	columns := []string{"-T", "fields"}
	for _, c := range []string{"frame.time_epoch", "frame.len", "frame.cap_len", "eth.src", "ip.id", "tcp.seq_raw", "tcp.payload"} {
		columns = append(columns, "-e", c)
	}
	frames := 0
	for _, file := range captures {
		for _, filter := range []string{"tcp.flags.syn == 1 or mqtt.msgtype == 3", "s7comm.param.func == 0x04", "frame"} {
			name := filepath.Base(file) + " " + filter
			ours, theirs := filepath.Join(t.TempDir(), "ours.pcapng"), filepath.Join(t.TempDir(), "theirs.pcapng")
			if out := readArgs(t, "-Y", filter, "-w", ours, file); out != "" {
				t.Errorf("%s: it prints %q", name, out)
			}
			reading := []string{"-n", "-r", file, "-Y", filter}
			if filepath.Base(file) != "plc4x_manual.pcapng" { // for what that lacks, tshark would wait for ever
				reading = append(reading, "-o", "tcp.reassemble_out_of_order:TRUE")
			}
			tshark(t, append(slices.Clone(reading), "-w", theirs)...)
			want := held(t, theirs)
			if diff := cmp.Diff(want, held(t, ours)); diff != "" {
				t.Errorf("%s: frames differ (-tshark +ours):\n%.2000s", name, diff)
			}
			frames += len(want)
			a := tshark(t, append(reading, columns...)...)
			b := tshark(t, append([]string{"-n", "-r", ours}, columns...)...)
			if diff := cmp.Diff(string(a), string(b)); diff != "" {
				t.Errorf("%s: tshark shows other frames (-original +written):\n%.2000s", name, diff)
			}
		}
	}
	if frames == 0 {
		t.Error("no filter selects anything")
	}
	t.Logf("%d frames", frames)
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// Under every hazard, the frames written are those that --frames shows, byte by byte,
// also those whose messages come late.
func TestWrittenFramesAreThoseShown(t *testing.T) {
	for _, h := range craft.Hazards() {
		t.Run(h.Name, func(t *testing.T) {
			t.Parallel()
			file := changed(t, "mqtt31-plc-healthy.pcap", h.Apply)
			all := held(t, file)
			for _, filter := range []string{"frame", "mqtt.msgtype == 3"} {
				written := filepath.Join(t.TempDir(), "written.pcapng.zst")
				readArgs(t, "-Y", filter, "-w", written, file)
				var want []heldFrame
				for _, n := range strings.Fields(weSelect(t, file, filter)) {
					i, err := strconv.Atoi(n)
					if err != nil {
						t.Fatal(err)
					}
					want = append(want, all[i-1])
				}
				if diff := cmp.Diff(want, held(t, written)); diff != "" {
					t.Errorf("%s: frames differ (-shown +written):\n%.2000s", filter, diff)
				}
			}
		})
	}
}
