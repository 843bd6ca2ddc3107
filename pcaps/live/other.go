//go:build !linux

package live

import "plcscope/pcaps"

// Any is the name that stands for all interfaces together where that is possible.
const Any = "any"

// Capture is a live capture. On this system there is none.
type Capture struct{}

// Open returns ErrUnsupported: only the build for Linux captures.
func Open([]string, Options) (*Capture, error) { return nil, ErrUnsupported }

// Next returns ErrUnsupported.
func (*Capture) Next(*pcaps.Batch) error { return ErrUnsupported }

// Interfaces returns nothing.
func (*Capture) Interfaces() []pcaps.Interface { return nil }

// Stats returns nothing.
func (*Capture) Stats() []Stats { return nil }

// Close does nothing.
func (*Capture) Close() error { return nil }

// Permitted returns ErrUnsupported.
func Permitted() error { return ErrUnsupported }
