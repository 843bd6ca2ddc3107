package live

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// rights says what to do when the kernel does not let us capture.
func rights(err error) error {
	if err != unix.EPERM && err != unix.EACCES {
		return err
	}
	return noRights()
}

// noRights says how to give this program the right to capture.
func noRights() error {
	program, e := os.Executable()
	if e != nil {
		program = "plcscope"
	}
	if strings.ContainsAny(program, " '\"$`\\") {
		program = "'" + strings.ReplaceAll(program, "'", `'\''`) + "'"
	}
	return fmt.Errorf("%w: give the program this right once, as root:\n  setcap cap_net_raw+ep %s", ErrRights, program)
}

// Permitted reports, as an error with ErrRights in it, that this program may not
// capture, and what to do.
func Permitted() error {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return rights(err)
	}
	return unix.Close(fd)
}
