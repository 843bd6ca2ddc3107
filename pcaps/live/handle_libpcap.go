//go:build libpcap && cgo && !windows

package live

import (
	"errors"

	"github.com/google/gopacket/pcap"
	"golang.org/x/net/bpf"

	"plcscope/pcaps"
)

// handle is an interface that libpcap has opened.
type handle struct{ *pcap.Handle }

// pathOf returns the name by which libpcap knows an interface.
func pathOf(name string) (string, error) { return name, nil }

func openHandle(name string, o Options) (*handle, error) {
	h, err := activate(name, o)
	if err != nil && err.Error() == "Cannot set as promisc" && o.Promiscuous {
		o.Promiscuous = false // the interface has no such mode
		h, err = activate(name, o)
	}
	if err == nil {
		return &handle{h}, nil
	}
	switch err.Error() { // the library's errors are values without names
	case "Permission Denied":
		return nil, noRights()
	case "No Such Device":
		return nil, errNoInterface
	case "Interface Not Up":
		return nil, errDown
	}
	return nil, err
}

func activate(name string, o Options) (*pcap.Handle, error) {
	h, err := pcap.NewInactiveHandle(name)
	if err != nil {
		return nil, err
	}
	defer h.CleanUp()
	if err := errors.Join(h.SetSnapLen(o.SnapLen), h.SetPromisc(o.Promiscuous), h.SetTimeout(wait), h.SetBufferSize(o.Buffer)); err != nil {
		return nil, err
	}
	if o.Hardware {
		if err := hardwareStamps(h); err != nil {
			return nil, err
		}
	}
	return h.Activate()
}

// hardwareStamps asks for the time stamps of the network card, best those that follow
// the system's clock.
func hardwareStamps(h *pcap.InactiveHandle) error {
	var source pcap.TimestampSource
	found := false
	for _, s := range h.SupportedTimestamps() {
		switch s.String() {
		case "adapter":
			source, found = s, true
		case "adapter_unsynced":
			if !found {
				source, found = s, true
			}
		}
	}
	if !found {
		return errors.New("the interface has no hardware time stamps")
	}
	return h.SetTimestampSource(source)
}

func (h *handle) link() pcaps.LinkType { return linkOf(int(h.LinkType())) }

// What Linux tells of a frame beside its bytes is loaded from beyond them. Words and
// bytes are the same to the kernel, but libpcap, which filters the first frames, knows
// the extensions as bytes only.
const (
	extensions = 0xfffff000
	loadWord   = 0x20
	loadByte   = 0x30
)

func (h *handle) filter(program []bpf.RawInstruction) error {
	if h.link() == pcaps.LinkLinuxSLL {
		return errors.New("with libpcap, frames of this kind of interface cannot be filtered")
	}
	p := make([]pcap.BPFInstruction, len(program))
	for i, x := range program {
		if x.Op == loadWord && x.K >= extensions {
			x.Op = loadByte
		}
		p[i] = pcap.BPFInstruction{Code: x.Op, Jt: x.Jt, Jf: x.Jf, K: x.K}
	}
	return h.SetBPFInstructionFilter(p)
}

// next waits for a frame, and reports false when none comes for a while.
func (h *handle) next() (packet, bool, error) {
	data, about, err := h.ZeroCopyReadPacketData()
	switch {
	case err == nil:
		return packet{time: about.Timestamp.UnixNano(), length: uint32(about.Length), data: data}, true, nil
	case err == pcap.NextErrorTimeoutExpired:
		return packet{}, false, nil
	}
	return packet{}, false, err
}

func (h *handle) count() (counters, error) {
	s, err := h.Handle.Stats()
	if err != nil {
		return counters{}, err
	}
	return counters{uint32(s.PacketsReceived), uint32(s.PacketsDropped), uint32(s.PacketsIfDropped)}, nil
}

// interrupt does nothing: no wait is long.
func (h *handle) interrupt() {}

func (h *handle) close() { h.Close() }
