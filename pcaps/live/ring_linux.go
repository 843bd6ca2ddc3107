//go:build !(libpcap && cgo)

package live

import (
	"encoding/binary"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"

	"plcscope/pcaps"
)

const (
	// A block holds the longest frame of the usual offloading, 64 KiB; of one that is longer
	// (BIG TCP) the kernel keeps what a block has room for. It is handed over after retire,
	// full or not: the more blocks there are, the longer the buffer lasts when little comes.
	blockSize = 128 << 10
	slotSize  = 2048 // nominal: frames lie densely in the blocks of version 3
	retire    = 10   // milliseconds after which the kernel hands over a block that is not full
	tagLen    = 4
	sllLen    = 16

	statusUser      = 1 << 0 // of a block: it is ours
	statusVLANValid = 1 << 4 // of a frame: its tag is in the header
	statusTPIDValid = 1 << 6

	packetOutgoing = 4
)

// ring is one socket with the blocks of memory that the kernel fills. It belongs to
// whoever holds Capture.mu.
type ring struct {
	fd     int
	device int // index into Capture.devices
	mem    []byte
	blocks int

	block int   // that is read, or next to be
	taken int   // blocks given back so far
	limit int   // blocks before this count may be read whatever their times are
	found int   // blocks that settle has found ready
	left  int   // frames of the block that are not read, with the one at off
	off   int   // of the next frame in mem
	time  int64 // and its time
	err   error // why the socket is of no more use
}

func (r *ring) desc(i int) *unix.TpacketHdrV1 {
	d := (*unix.TpacketBlockDesc)(unsafe.Pointer(&r.mem[i*blockSize]))
	return (*unix.TpacketHdrV1)(unsafe.Pointer(&d.Hdr[0]))
}

func (r *ring) isReady(i int) bool {
	return atomic.LoadUint32(&r.desc(i).Block_status)&statusUser != 0
}

// ready returns how many blocks can be read, and the time of the last frame in them.
func (r *ring) ready() (n int, last int64) {
	for n < r.blocks {
		i := (r.block + n) % r.blocks
		if !r.isReady(i) {
			break
		}
		t := r.desc(i).Ts_last_pkt
		last = int64(t.Sec)*1e9 + int64(t.Usec) // nanoseconds, despite the name
		n++
	}
	return n, last
}

// head finds the next frame and reports whether there is one.
func (r *ring) head() bool {
	for r.left == 0 {
		if !r.isReady(r.block) {
			return false
		}
		d := r.desc(r.block)
		if d.Num_pkts == 0 {
			r.giveBack()
			continue
		}
		r.left = int(d.Num_pkts)
		r.off = r.block*blockSize + int(d.Offset_to_first_pkt)
		r.stamp()
	}
	return true
}

func (r *ring) header() *unix.Tpacket3Hdr {
	return (*unix.Tpacket3Hdr)(unsafe.Pointer(&r.mem[r.off]))
}

func (r *ring) stamp() {
	h := r.header()
	r.time = int64(h.Sec)*1e9 + int64(h.Nsec)
}

// skip goes on to the next frame; the block goes back after its last.
func (r *ring) skip() {
	next := int(r.header().Next_offset)
	if r.left--; r.left == 0 {
		r.giveBack()
		return
	}
	r.off += next
	r.stamp()
}

func (r *ring) giveBack() {
	atomic.StoreUint32(&r.desc(r.block).Block_status, 0)
	r.block = (r.block + 1) % r.blocks
	r.taken++
}

// copy puts the frame at the head into b and reports false when b is full. What
// the loopback interface shows a second time, on its way out, is left out.
func (r *ring) copy(b *pcaps.Batch, d *device, snap int) bool {
	h := r.header()
	from := (*unix.RawSockaddrLinklayer)(unsafe.Pointer(&r.mem[r.off+unix.SizeofTpacket3Hdr]))
	if from.Pkttype == packetOutgoing && int(from.Ifindex) == d.loopback {
		return true
	}
	src := r.mem[r.off+int(h.Mac):][:h.Snaplen]
	tagged := h.Status&statusVLANValid != 0
	tpid := uint16(unix.ETH_P_8021Q)
	if h.Status&statusTPIDValid != 0 {
		tpid = h.Hv1.Vlan_tpid
	}
	head := 0 // bytes of src that stay before what is inserted
	insert := 0
	switch {
	case d.link == pcaps.LinkLinuxSLL:
		insert = sllLen
		if tagged {
			insert += tagLen
		}
	case tagged && d.link == pcaps.LinkEthernet && len(src) >= 12:
		head, insert = 12, tagLen
	}
	f := b.Add(min(len(src)+insert, snap))
	if f == nil {
		return false
	}
	f.Time, f.Offset, f.Length = r.time, 0, h.Len+uint32(insert)
	f.File, f.Link, f.Iface = 0, d.link, uint32(r.device)
	if insert == 0 {
		copy(f.Data, src)
		return true
	}
	var made [sllLen + tagLen]byte
	be := binary.BigEndian
	tag := made[:]
	if d.link == pcaps.LinkLinuxSLL {
		be.PutUint16(made[0:], uint16(from.Pkttype))
		be.PutUint16(made[2:], from.Hatype)
		be.PutUint16(made[4:], uint16(from.Halen))
		copy(made[6:14], from.Addr[:])
		typ := made[14:16]
		binary.NativeEndian.PutUint16(typ, from.Protocol) // it is in network order already
		if tagged {
			copy(made[18:], typ)
			be.PutUint16(typ, tpid)
			be.PutUint16(made[16:], uint16(h.Hv1.Vlan_tci))
		}
	} else {
		be.PutUint16(tag[0:], tpid)
		be.PutUint16(tag[2:], uint16(h.Hv1.Vlan_tci))
	}
	n := copy(f.Data, src[:head])
	n += copy(f.Data[n:], made[:insert])
	copy(f.Data[n:], src[head:])
	return true
}
