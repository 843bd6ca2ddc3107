package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"plcscope/pcaps"
)

const samples = "../../pcaps/samples"

// TestSamplesAreUpToDate compares the samples in the repository with what would
// be written now. Compressed ones are compared by their frames: another version
// of the compressor may pack them otherwise.
func TestSamplesAreUpToDate(t *testing.T) {
	made := files()
	for name, want := range made {
		got, err := os.ReadFile(filepath.Join(samples, name))
		if err != nil {
			t.Errorf("%v: run go generate ./pcaps/samples", err)
			continue
		}
		if len(want) > 60<<10 {
			t.Errorf("%s has %d bytes: samples are to be small", name, len(want))
		}
		if filepath.Ext(name) == ".zst" {
			got, want = frames(t, got), frames(t, want)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what its script makes: run go generate ./pcaps/samples", name)
		}
	}
	for _, pattern := range []string{"*.pcap", "*.pcapng", "*.zst", "*.notes"} {
		paths, _ := filepath.Glob(filepath.Join(samples, pattern))
		for _, p := range paths {
			if made[filepath.Base(p)] == nil {
				t.Errorf("nothing makes %s", p)
			}
		}
	}
}

// frames joins the frames of a capture.
func frames(t *testing.T, file []byte) (all []byte) {
	t.Helper()
	c, err := pcaps.NewReader(bytes.NewReader(file), "sample", pcaps.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for b := new(pcaps.Batch); c.Next(b) == nil; {
		for _, f := range b.Frames {
			all = append(all, f.Data...)
		}
	}
	return all
}
