package replay

import (
	"errors"
	"fmt"
	"net"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"plcscope/pcaps"
)

// Sender puts frames onto an interface as they are. It belongs to one goroutine.
type Sender struct {
	fd     int
	name   string
	counts Counts
	stuck  bool // the last frame was given up: the next one is not waited for

	messages [atOnce]message
	parts    [atOnce]unix.Iovec // the only part of each
	n        int                // of both, in use
}

// message is what sendmmsg takes: a message, and room for how much of it was sent.
type message struct {
	unix.Msghdr
	_ uint32
}

const (
	ethernetHeader = 14  // the least that a frame has
	atOnce         = 256 // frames in a system call
)

// OpenSender opens an interface to send on. Frames go to its driver as they are sent, past
// whatever shapes the traffic of this machine.
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
	_ = unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_QDISC_BYPASS, 1) // slower without
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

// Send sends frames, in their order. It leaves out, and counts, what cannot be sent as it
// was; an error means that nothing can be sent any more.
func (s *Sender) Send(frames []pcaps.Frame) error {
	for i := range frames {
		f := &frames[i]
		switch {
		case f.Link != pcaps.LinkEthernet || len(f.Data) < ethernetHeader:
			s.counts.Strange++
			continue
		case uint32(len(f.Data)) < f.Length:
			s.counts.Cut++
			continue
		}
		p := &s.parts[s.n]
		p.Base = &f.Data[0]
		p.SetLen(len(f.Data))
		s.messages[s.n].Iov = p
		s.messages[s.n].SetIovlen(1)
		if s.n++; s.n == atOnce {
			if err := s.flush(); err != nil {
				return err
			}
		}
	}
	return s.flush()
}

// flush sends the messages that were made.
func (s *Sender) flush() error {
	next, end := 0, s.n
	s.n = 0
	for tried := 0; next < end; {
		n, err := sendMessages(s.fd, s.messages[next:end])
		for i := next; i < next+n; i++ {
			s.counts.Sent++
			s.counts.Bytes += uint64(s.parts[i].Len)
		}
		next += n
		if n > 0 {
			tried, s.stuck = 0, false
		}
		switch err { // about the first that was not sent
		case nil, unix.EINTR:
		case unix.EMSGSIZE:
			s.counts.Long++
			next, tried = next+1, 0
		case unix.ENOBUFS, unix.EAGAIN:
			if tried++; tried < tries && !s.stuck {
				time.Sleep(rest)
				continue
			}
			s.counts.Refused++
			next, tried, s.stuck = next+1, 0, true
		default:
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

// sendMessages sends messages until one cannot be sent, and returns how many were.
func sendMessages(fd int, l []message) (int, error) {
	n, _, err := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(fd), uintptr(unsafe.Pointer(&l[0])), uintptr(len(l)), 0, 0, 0)
	if err != 0 {
		return 0, err
	}
	return int(n), nil
}

// Counts are those so far.
func (s *Sender) Counts() Counts { return s.counts }

// Close closes the interface.
func (s *Sender) Close() error { return unix.Close(s.fd) }
