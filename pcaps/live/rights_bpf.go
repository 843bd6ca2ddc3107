//go:build libpcap && cgo && !windows && !linux

package live

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// noRights says how to give the user the right to capture.
func noRights() error {
	return fmt.Errorf("%w: run plcscope as root, or install ChmodBPF, which comes with Wireshark, or let yourself read the devices until the next start:\n  sudo chown $USER /dev/bpf*", ErrRights)
}

// Permitted reports, as an error with ErrRights in it, that this program may not
// capture, and what to do.
func Permitted() error {
	for i := range 256 {
		f, err := os.Open(fmt.Sprintf("/dev/bpf%d", i))
		switch {
		case err == nil:
			return f.Close()
		case errors.Is(err, fs.ErrPermission):
			return noRights()
		case errors.Is(err, fs.ErrNotExist):
			return nil // all are in use: the system makes more
		}
	}
	return nil
}
