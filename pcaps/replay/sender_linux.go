package replay

import (
	"errors"
	"fmt"
	"net"
	"time"

	"golang.org/x/sys/unix"

	"plcscope/pcaps"
)

// Sender puts frames onto an interface as they are. It belongs to one goroutine.
type Sender struct {
	fd     int
	name   string
	counts Counts
}

// ethernetHeader is the least that a frame has.
const ethernetHeader = 14

// OpenSender opens an interface to send on.
func OpenSender(name string) (*Sender, error) {
	i, err := net.InterfaceByName(name)
	if err != nil {
		return nil, fmt.Errorf("%s: no such interface", name)
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0) // protocol 0: it receives nothing
	if errors.Is(err, unix.EPERM) {
		return nil, fmt.Errorf("%s: %w: it takes root or CAP_NET_RAW", name, ErrRights)
	}
	if err != nil {
		return nil, err
	}
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Ifindex: i.Index}); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &Sender{fd: fd, name: name}, nil
}

// How long a busy interface is waited for: in all, some tenths of a second a frame.
const (
	tries = 1000
	rest  = 100 * time.Microsecond
)

// Send sends a frame. It leaves out, and counts, what cannot be sent as it was; an error
// means that nothing can be sent any more.
func (s *Sender) Send(f *pcaps.Frame) error {
	switch {
	case f.Link != pcaps.LinkEthernet || len(f.Data) < ethernetHeader:
		s.counts.Strange++
		return nil
	case uint32(len(f.Data)) < f.Length:
		s.counts.Cut++
		return nil
	}
	for range tries {
		_, err := unix.Write(s.fd, f.Data)
		switch {
		case err == nil:
			s.counts.Sent++
			s.counts.Bytes += uint64(len(f.Data))
			return nil
		case errors.Is(err, unix.EMSGSIZE):
			s.counts.Long++
			return nil
		case errors.Is(err, unix.ENOBUFS), errors.Is(err, unix.EAGAIN):
			time.Sleep(rest)
		case errors.Is(err, unix.EINTR):
		default:
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	s.counts.Refused++
	return nil
}

// Counts are those so far.
func (s *Sender) Counts() Counts { return s.counts }

// Close closes the interface.
func (s *Sender) Close() error { return unix.Close(s.fd) }
