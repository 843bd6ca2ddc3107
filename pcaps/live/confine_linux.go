package live

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// confined marks, in the environment, a program that was started anew with fewer rights.
const confined = "PLCSCOPE_CONFINED"

// Confine gives up all rights but those that a capture needs for as long as it lasts, and
// makes sure that no other can be had any more. A capture needs CAP_NET_RAW, to open an
// interface anew that had vanished, and with hardware time stamps CAP_NET_ADMIN; root keeps
// what makes files of others his own, for those that are still to be written.
//
// A right belongs to a thread, and only the first thread of a program begins the others:
// so Confine starts the program anew in its own place, with the same arguments and open
// descriptors, unless it has no more rights than it needs. To be called before anything is
// begun. An error means that it goes on with rights that it does not need.
func Confine(hardware bool) error {
	again := os.Getenv(confined) != ""
	_ = os.Unsetenv(confined) // a name that is sound
	need := rightsOf(unix.CAP_NET_RAW)
	if hardware {
		need |= rightsOf(unix.CAP_NET_ADMIN)
	}
	if os.Geteuid() == 0 {
		need |= rightsOf(unix.CAP_DAC_OVERRIDE, unix.CAP_FOWNER)
	}
	runtime.LockOSThread()
	has, err := threadRights()
	if err != nil {
		runtime.UnlockOSThread()
		return err
	}
	final, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)
	switch {
	case err != nil:
	case has.permitted == 0, has.permitted&^need == 0 && final == 1:
		runtime.UnlockOSThread()
		return nil
	case again:
		err = errors.New("this system gives them back")
	}
	if err != nil {
		runtime.UnlockOSThread()
		return err
	}
	// From here on the thread is not like the others, and stays locked.
	if err := has.reduce(need); err != nil {
		return err
	}
	env := append(os.Environ(), confined+"=1")
	return fmt.Errorf("starting anew: %w", syscall.Exec("/proc/self/exe", os.Args, env))
}

// rightSet is a set of capabilities: bit n is capability n.
type rightSet uint64

func rightsOf(l ...int) (s rightSet) {
	for _, n := range l {
		s |= 1 << n
	}
	return s
}

// capabilities are those of a thread.
type capabilities struct{ effective, permitted, inheritable rightSet }

func threadRights() (c capabilities, err error) {
	var d [2]unix.CapUserData
	if err := unix.Capget(&unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}, &d[0]); err != nil {
		return c, fmt.Errorf("reading capabilities: %w", err)
	}
	join := func(low, high uint32) rightSet { return rightSet(low) | rightSet(high)<<32 }
	return capabilities{
		join(d[0].Effective, d[1].Effective), join(d[0].Permitted, d[1].Permitted), join(d[0].Inheritable, d[1].Inheritable),
	}, nil
}

// reduce leaves this thread no right but those of need, and none to be gained.
func (c capabilities) reduce(need rightSet) error {
	for n := 0; n <= unix.CAP_LAST_CAP; n++ {
		if need&rightsOf(n) != 0 {
			continue
		}
		if in, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, uintptr(n), 0, 0, 0); err != nil || in == 0 {
			continue // the kernel does not know it, or it is gone
		}
		err := unix.Prctl(unix.PR_CAPBSET_DROP, uintptr(n), 0, 0, 0)
		if err != nil && os.Geteuid() == 0 { // to others, the bound gives nothing
			return fmt.Errorf("bounding capabilities: %w", err)
		}
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no new privileges: %w", err)
	}
	c.effective &= need
	c.permitted &= need // with them go the ambient ones
	c.inheritable &= need
	var d [2]unix.CapUserData
	for i := range d {
		shift := 32 * i
		d[i] = unix.CapUserData{Effective: uint32(c.effective >> shift), Permitted: uint32(c.permitted >> shift), Inheritable: uint32(c.inheritable >> shift)}
	}
	if err := unix.Capset(&unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}, &d[0]); err != nil {
		return fmt.Errorf("setting capabilities: %w", err)
	}
	return nil
}
