package talk

import (
	"os"
	"runtime/debug"
	"testing"
)

// heap is how many bytes the tests of a catalogue may let lie before they are
// collected.
const heap = 256 << 20

// Main runs the tests of a package for its TestMain. Thousands of engines live for
// milliseconds each in a heap of a few megabytes: collected at every doubling, most
// of the time goes by in marking the tables of the program, which never change.
func Main(m *testing.M) {
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(heap)
	os.Exit(m.Run())
}
