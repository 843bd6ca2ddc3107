//go:build !(libpcap && cgo)

package live

import (
	"errors"
	"fmt"
	"net"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"plcscope/pcaps"
)

// device is one interface that is captured from.
type device struct {
	name     string
	index    int // 0 for all interfaces
	link     pcaps.LinkType
	loopback int // index of the loopback interface
	stats    Stats
}

// Hardware types (ARPHRD_) whose frames begin in a way of their own.
const (
	hardEthernet = 1
	hardTunnel   = 768
	hardTunnel6  = 769
	hardLoopback = 772
	hardSIT      = 776
	hardNone     = 0xfffe
)

// findDevice looks an interface up.
func findDevice(name string) (*device, error) {
	d := &device{name: name, link: pcaps.LinkLinuxSLL}
	if lo, err := net.InterfaceByName("lo"); err == nil {
		d.loopback = lo.Index
	}
	if name == Any {
		return d, nil
	}
	i, err := net.InterfaceByName(name)
	if err != nil {
		return nil, fmt.Errorf("%s: no such interface", name)
	}
	d.index = i.Index
	hard, err := hardwareType(name)
	if err != nil {
		return nil, fmt.Errorf("%s: what kind of interface it is: %w", name, err)
	}
	d.link = linkOf(hard)
	return d, nil
}

func linkOf(hard uint16) pcaps.LinkType {
	switch hard {
	case hardEthernet, hardLoopback:
		return pcaps.LinkEthernet
	case hardNone, hardTunnel, hardTunnel6, hardSIT:
		return pcaps.LinkRaw
	}
	return pcaps.LinkLinuxSLL
}

func hardwareType(name string) (uint16, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd)
	req, err := unix.NewIfreq(name)
	if err != nil {
		return 0, err
	}
	if _, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCGIFHWADDR, uintptr(unsafe.Pointer(req))); e != 0 {
		return 0, e
	}
	return req.Uint16(), nil // the family of the address is the type
}

// openRing makes a socket with its ring, which lets nothing in yet.
func openRing(d *device, o Options) (_ *ring, err error) {
	kind := unix.SOCK_RAW
	if d.link == pcaps.LinkLinuxSLL {
		kind = unix.SOCK_DGRAM
	}
	fd, err := unix.Socket(unix.AF_PACKET, kind|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, rights(err)
	}
	r := &ring{fd: fd}
	defer func() {
		if err != nil {
			r.close()
			err = fmt.Errorf("%s: %w", d.name, err)
		}
	}()
	if err := r.attach(nothing); err != nil {
		return nil, err
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_VERSION, unix.TPACKET_V3); err != nil {
		return nil, fmt.Errorf("ring of version 3: %w", err)
	}
	if o.Hardware {
		if err := hardwareStamps(fd, d.name); err != nil {
			return nil, err
		}
	}
	r.blocks = max(2, o.Buffer/o.Rings/blockSize)
	req := unix.TpacketReq3{
		Block_size: blockSize, Block_nr: uint32(r.blocks),
		Frame_size: slotSize, Frame_nr: uint32(r.blocks * (blockSize / slotSize)),
		Retire_blk_tov: retire,
	}
	if err := unix.SetsockoptTpacketReq3(fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &req); err != nil {
		return nil, fmt.Errorf("buffer of %d bytes: %w", r.blocks*blockSize, err)
	}
	r.mem, err = unix.Mmap(fd, 0, r.blocks*blockSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("buffer of %d bytes: %w", r.blocks*blockSize, err)
	}
	return r, r.bind(d, o)
}

func (r *ring) bind(d *device, o Options) error {
	if err := unix.Bind(r.fd, &unix.SockaddrLinklayer{Protocol: netShort(unix.ETH_P_ALL), Ifindex: d.index}); err != nil && err != unix.ENETDOWN {
		return err
	}
	if o.Promiscuous && d.index != 0 {
		m := unix.PacketMreq{Ifindex: int32(d.index), Type: unix.PACKET_MR_PROMISC}
		if err := unix.SetsockoptPacketMreq(r.fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP, &m); err != nil {
			return fmt.Errorf("promiscuous mode: %w", err)
		}
	}
	return nil
}

// join makes the ring one of several that share an interface. Both directions of
// a flow come to the same ring. A group of 0 founds one, whose number is returned.
func (r *ring) join(group int) (int, error) {
	how := unix.PACKET_FANOUT_HASH << 16
	if group == 0 {
		how |= unix.PACKET_FANOUT_FLAG_UNIQUEID << 16
	}
	if err := unix.SetsockoptInt(r.fd, unix.SOL_PACKET, unix.PACKET_FANOUT, group|how); err != nil {
		return 0, fmt.Errorf("several rings: %w", err)
	}
	v, err := unix.GetsockoptInt(r.fd, unix.SOL_PACKET, unix.PACKET_FANOUT)
	return v & 0xffff, err
}

// nothing is a program that keeps no byte of any frame.
var nothing = []bpf.RawInstruction{{Op: unix.BPF_RET | unix.BPF_K}}

func (r *ring) attach(program []bpf.RawInstruction) error {
	code := make([]unix.SockFilter, len(program))
	for i, x := range program {
		code[i] = unix.SockFilter{Code: x.Op, Jt: x.Jt, Jf: x.Jf, K: x.K}
	}
	p := unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}
	if err := unix.SetsockoptSockFprog(r.fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &p); err != nil {
		return fmt.Errorf("capture filter of %d instructions: %w", len(code), err)
	}
	return nil
}

func hardwareStamps(fd int, name string) error {
	none := errors.New("the interface has no hardware time stamps")
	c := unix.HwTstampConfig{Tx_type: unix.HWTSTAMP_TX_OFF, Rx_filter: unix.HWTSTAMP_FILTER_ALL}
	if err := unix.IoctlSetHwTstamp(fd, name, &c); err != nil {
		if err == unix.EPERM {
			return errors.New("to switch hardware time stamps on, the right cap_net_admin is needed, too")
		}
		return none
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_TIMESTAMP, unix.SOF_TIMESTAMPING_RAW_HARDWARE); err != nil {
		return none
	}
	return nil
}

// count takes the kernel's counters over, which begin anew each time.
func (r *ring) count(s *Stats) {
	k, err := unix.GetsockoptTpacketStatsV3(r.fd, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err != nil {
		return
	}
	s.add(Stats{Received: uint64(k.Packets), Dropped: uint64(k.Drops), Freezes: uint64(k.Freeze_q_cnt)})
}

func (r *ring) close() {
	if r.mem != nil {
		_ = unix.Munmap(r.mem)
		r.mem = nil
	}
	_ = unix.Close(r.fd)
}

func netShort(v uint16) uint16 { return v<<8 | v>>8 }
