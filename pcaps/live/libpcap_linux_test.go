//go:build libpcap && cgo

package live

import (
	"strings"
	"testing"
)

// countsFreezes says that these tests run with libpcap, which does not count them.
const countsFreezes = false

// manyRings is how many buffers there are for an interface at most.
const manyRings = 1

func TestOneBuffer(t *testing.T) {
	if _, err := Open([]string{"lo"}, Options{Rings: 2}); err == nil || !strings.Contains(err.Error(), "one buffer") {
		t.Errorf("several buffers: %v", err)
	}
}
