package live

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/windows"

	"plcscope/pcaps"
)

// What the library's functions return, and take.
const (
	resultRead      = 1
	resultTimeout   = 0
	errorNoDevice   = -5
	errorDenied     = -8
	errorNotUp      = -9
	errorPromiscNot = -11

	stampHostPrecise = 2 // follows the system's clock, finer than a microsecond
	precisionNano    = 1
)

// handle is an interface that Npcap has opened.
type handle struct {
	lib  *library
	p    uintptr // pcap_t
	unit int64   // nanoseconds in the second number of a time

	// Filled by pcap_next_ex with addresses in the library's memory.
	head *packetHead
	data *byte
}

// packetHead is struct pcap_pkthdr: C's long has 32 bits here.
type packetHead struct {
	seconds, parts   int32
	captured, length uint32
}

// text copies a string of C's.
func text(address uintptr) string {
	if address == 0 {
		return ""
	}
	return windows.BytePtrToString(*(**byte)(unsafe.Pointer(&address)))
}

func openHandle(path string, o Options) (_ *handle, err error) {
	if o.Hardware {
		return nil, errors.New("Npcap has no hardware time stamps")
	}
	lib, err := wpcap()
	if err != nil {
		return nil, err
	}
	name, err := windows.BytePtrFromString(path)
	if err != nil {
		return nil, errNoInterface
	}
	var reason [256]byte
	p, _, _ := syscall.SyscallN(lib.create, uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(&reason[0])))
	if p == 0 {
		return nil, errors.New(windows.BytePtrToString(&reason[0]))
	}
	h := &handle{lib: lib, p: p, unit: int64(time.Microsecond)}
	defer func() {
		if err != nil {
			h.close()
		}
	}()
	promiscuous := uintptr(0)
	if o.Promiscuous {
		promiscuous = 1
	}
	h.call(lib.setSnapLen, uintptr(o.SnapLen))
	h.call(lib.setPromiscuous, promiscuous)
	h.call(lib.setTimeout, uintptr(wait/time.Millisecond))
	h.call(lib.setBufferSize, uintptr(o.Buffer))
	if lib.setStampType != 0 {
		h.call(lib.setStampType, stampHostPrecise) // where it is not known, the usual one stays
	}
	if lib.setPrecision != 0 && lib.precision != 0 {
		h.call(lib.setPrecision, precisionNano)
	}
	if code := h.call(lib.activate); code < 0 { // above 0 it is a warning
		return nil, h.reason(code)
	}
	if lib.precision != 0 && h.call(lib.precision) == precisionNano {
		h.unit = 1
	}
	return h, nil
}

// call calls a function of the library that takes the handle first.
func (h *handle) call(function uintptr, args ...uintptr) int32 {
	var a [3]uintptr
	a[0] = h.p
	n := copy(a[1:], args)
	r, _, _ := syscall.SyscallN(function, a[:n+1]...)
	return int32(r)
}

// reason says why a function has returned code.
func (h *handle) reason(code int32) error {
	r, _, _ := syscall.SyscallN(h.lib.lastError, h.p)
	said := strings.TrimSpace(text(r))
	switch {
	case code == errorNoDevice:
		return errNoInterface
	case code == errorNotUp:
		return errDown
	case code == errorDenied, code == errorPromiscNot, strings.HasSuffix(said, "(5)"): // Windows' number for no access
		return noRights()
	case said == "":
		return fmt.Errorf("Npcap reports error %d", code)
	}
	return errors.New(said)
}

func (h *handle) link() pcaps.LinkType { return linkOf(int(h.call(h.lib.link))) }

// filter tells the driver the program, of which it makes a copy.
func (h *handle) filter(program []bpf.RawInstruction) error {
	p := struct {
		length       uint32
		instructions *bpf.RawInstruction // laid out as struct bpf_insn is
	}{uint32(len(program)), &program[0]}
	r, _, _ := syscall.SyscallN(h.lib.setFilter, h.p, uintptr(unsafe.Pointer(&p)))
	if code := int32(r); code < 0 {
		return h.reason(code)
	}
	return nil
}

// next waits for a frame, and reports false when none comes for a while.
func (h *handle) next() (packet, bool, error) {
	r, _, _ := syscall.SyscallN(h.lib.next, h.p, uintptr(unsafe.Pointer(&h.head)), uintptr(unsafe.Pointer(&h.data)))
	switch code := int32(r); {
	case code == resultTimeout:
		return packet{}, false, nil
	case code < resultRead:
		return packet{}, false, h.reason(code)
	}
	return packet{
		time:   int64(uint32(h.head.seconds))*1e9 + int64(h.head.parts)*h.unit,
		length: h.head.length,
		data:   unsafe.Slice(h.data, h.head.captured),
	}, true, nil
}

// count reads struct pcap_stat, of which versions differ in length. Windows has one
// more number there: the frames that passed the filter and found room.
func (h *handle) count() (counters, error) {
	const (
		received = iota
		dropped
		missed
		kept

		unset = ^uint32(0)
	)
	n := [16]uint32{kept: unset}
	r, _, _ := syscall.SyscallN(h.lib.stats, h.p, uintptr(unsafe.Pointer(&n[0])))
	if code := int32(r); code < 0 {
		return counters{}, h.reason(code)
	}
	if n[kept] != unset {
		n[received] = n[kept] + n[dropped]
	}
	return counters{n[received], n[dropped], n[missed]}, nil
}

// interrupt ends a wait in next: there are drivers that wait until a frame comes.
func (h *handle) interrupt() { h.call(h.lib.breakLoop) }

func (h *handle) close() {
	if h.p != 0 {
		_, _, _ = syscall.SyscallN(h.lib.close, h.p)
		h.p = 0
	}
}
