//go:build !linux && !windows && !(libpcap && cgo)

package live

import "plcscope/pcaps"

// Capture is a live capture. In this build there is none.
type Capture struct{}

// Open returns ErrUnsupported: this build has neither rings nor libpcap.
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
