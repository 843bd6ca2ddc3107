//go:build !linux

package replay

import "plcscope/pcaps"

// Sender puts frames onto an interface. On this system there is none.
type Sender struct{}

// OpenSender returns ErrUnsupported: only the build for Linux sends.
func OpenSender(string) (*Sender, error) { return nil, ErrUnsupported }

// Send returns ErrUnsupported.
func (*Sender) Send([]pcaps.Frame) error { return ErrUnsupported }

// Counts are all 0.
func (*Sender) Counts() Counts { return Counts{} }

// Close does nothing.
func (*Sender) Close() error { return nil }
