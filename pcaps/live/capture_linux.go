//go:build !(libpcap && cgo)

package live

import (
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"sync"
	"sync/atomic"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"plcscope/pcaps"
)

// patience is how many milliseconds after a frame came every earlier one lies in a
// block that can be read: the kernel's timer passes over a block that is new since it
// last ran, and rounds up.
const patience = 4 * retire

// rescan is how often, in milliseconds, an interface that has vanished is looked for.
const rescan = 500

// Capture takes frames from one or several interfaces. Next belongs to one
// goroutine at a time; the other methods may be called from any.
type Capture struct {
	opt     Options
	devices []*device
	rings   []*ring
	wake    int // an event descriptor: Close has been called
	polls   []unix.PollFd
	number  uint64
	rounds  uint  // of settle
	horizon int64 // frames up to this time may be handed out, see settle

	mu     sync.Mutex // held by Next while it touches rings
	stats  sync.Mutex // guards the counters of devices and the use of descriptors for them
	closed atomic.Bool
	gone   bool // rings are unmapped and descriptors closed
}

// Open begins to capture from the interfaces named, or from all (Any). What comes
// before it returns is not captured; all interfaces begin together. An interface that
// is down is waited for.
func Open(names []string, opt Options) (_ *Capture, err error) {
	opt, err = opt.filled()
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, errors.New("no interface is named")
	}
	c := &Capture{opt: opt, wake: -1}
	defer func() {
		if err != nil {
			c.Close()
		}
	}()
	if c.wake, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return nil, err
	}
	for _, name := range names {
		for _, d := range c.devices {
			if d.name == name {
				return nil, fmt.Errorf("%s: the interface is named twice", name)
			}
		}
		d, err := findDevice(name)
		if err != nil {
			return nil, err
		}
		c.devices = append(c.devices, d)
		group := 0
		for range opt.Rings {
			r, err := openRing(d, opt)
			if err != nil {
				return nil, err
			}
			r.device = len(c.devices) - 1
			c.rings = append(c.rings, r)
			if opt.Rings > 1 {
				if group, err = r.join(group); err != nil {
					return nil, fmt.Errorf("%s: %w", name, err)
				}
			}
		}
	}
	for _, r := range c.rings { // only now that no ring shows what another shows, too
		if err := c.letIn(r); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// letIn replaces the filter that lets nothing pass by the one asked for.
func (c *Capture) letIn(r *ring) error {
	d := c.devices[r.device]
	program := []bpf.RawInstruction{{Op: unix.BPF_RET | unix.BPF_K, K: uint32(c.opt.SnapLen)}}
	if c.opt.Filter != nil {
		var err error
		if program, err = c.opt.Filter(d.link, c.opt.SnapLen); err != nil {
			return err
		}
		if len(program) == 0 || len(program) > unix.BPF_MAXINSNS {
			return fmt.Errorf("capture filter of %d instructions: the kernel takes 1 to %d", len(program), unix.BPF_MAXINSNS)
		}
	}
	if err := r.attach(program); err != nil {
		return fmt.Errorf("%s: %w", d.name, err)
	}
	return nil
}

// Next fills b with the frames that have come, at least one; it waits for it.
// Frames are numbered from 1 and are valid until b is filled again. After Close it
// returns io.EOF.
func (c *Capture) Next(b *pcaps.Batch) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	b.Reset(c.opt.BatchBytes)
	for {
		if c.closed.Load() {
			return io.EOF
		}
		c.merge(b)
		if len(b.Frames) > 0 {
			return nil
		}
		if err := c.settle(); err != nil {
			return err
		}
	}
}

// merge hands out the frames that settle has allowed, the earliest first.
func (c *Capture) merge(b *pcaps.Batch) {
	for {
		var best *ring
		until := int64(math.MaxInt64) // the earliest time of another ring
		for _, r := range c.rings {
			if !c.allowed(r) {
				continue
			}
			switch {
			case best == nil:
				best = r
			case r.time < best.time:
				best, until = r, best.time
			default:
				until = min(until, r.time)
			}
		}
		if best == nil {
			return
		}
		d := c.devices[best.device]
		for {
			n := len(b.Frames)
			if !best.copy(b, d, c.opt.SnapLen) {
				return
			}
			if len(b.Frames) > n {
				c.number++
				b.Frames[n].Number = c.number
			}
			best.skip()
			if !c.allowed(best) || best.time > until {
				break
			}
		}
	}
}

// allowed reports whether the ring has a frame that may be handed out.
func (c *Capture) allowed(r *ring) bool {
	return r.err == nil && r.head() && (len(c.rings) == 1 || r.taken < r.limit || r.time <= c.horizon)
}

// settle waits until frames can be handed out in the order of their times. When every
// ring has something, all is settled up to the earliest of their last frames. Else,
// what can be read now is settled after a while, in which whatever came before it must
// have turned up in the other rings. No clock is asked: it may step.
func (c *Capture) settle() error {
	if c.rounds++; c.rounds%64 == 0 { // however busy the rings are
		if err := c.poll(0); err != nil {
			return err
		}
	}
	some, all := false, true
	var first, last int64 = math.MaxInt64, math.MinInt64
	for _, r := range c.rings {
		if r.err != nil {
			continue
		}
		n, t := r.ready()
		r.found, r.limit = n, r.taken
		if n == 0 {
			all = false
			continue
		}
		some = true
		first, last = min(first, t), max(last, t)
	}
	switch {
	case !some:
		return c.poll(-1)
	case len(c.rings) == 1:
		return nil
	case all:
		c.horizon = first
		if c.settled() {
			return nil
		}
	}
	for _, r := range c.rings {
		if r.err == nil {
			r.limit = r.taken + r.found
		}
	}
	c.horizon = last
	return c.pause(patience)
}

// settled reports whether a frame may be handed out now.
func (c *Capture) settled() bool {
	for _, r := range c.rings {
		if c.allowed(r) {
			return true
		}
	}
	return false
}

// pause waits, unless the capture is closed meanwhile.
func (c *Capture) pause(ms int) error {
	c.polls = append(c.polls[:0], unix.PollFd{Fd: int32(c.wake), Events: unix.POLLIN})
	return ignoreInterrupt(unix.Poll(c.polls, ms))
}

// poll waits until a ring has something, an interface changes, the capture is closed,
// or timeout milliseconds have passed; -1 for no end.
func (c *Capture) poll(timeout int) error {
	c.polls = append(c.polls[:0], unix.PollFd{Fd: int32(c.wake), Events: unix.POLLIN})
	for _, r := range c.rings {
		p := unix.PollFd{Fd: int32(r.fd), Events: unix.POLLIN}
		if r.err != nil {
			p.Fd = -1
			if timeout < 0 {
				timeout = rescan
			}
		}
		c.polls = append(c.polls, p)
	}
	if err := ignoreInterrupt(unix.Poll(c.polls, timeout)); err != nil {
		return err
	}
	for i, p := range c.polls[1:] {
		r := c.rings[i]
		if p.Revents&(unix.POLLERR|unix.POLLHUP|unix.POLLNVAL) != 0 {
			c.troubled(r)
		}
		if r.err != nil {
			c.revive(i)
		}
	}
	return nil
}

func ignoreInterrupt(_ int, err error) error {
	if err == unix.EINTR {
		return nil
	}
	return err
}

// troubled looks why a socket reports an error. An interface that went down comes
// back on the same socket; one that was removed does not.
func (c *Capture) troubled(r *ring) {
	code, err := unix.GetsockoptInt(r.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	d := c.devices[r.device]
	if err == nil && unix.Errno(code) == unix.ENETDOWN && r.isFirstOf(c) {
		c.stats.Lock()
		d.stats.Downs++
		c.stats.Unlock()
	}
	if d.index == 0 {
		return
	}
	if i, err := net.InterfaceByIndex(d.index); err != nil || i.Name != d.name {
		r.err = fmt.Errorf("%s has vanished", d.name)
		c.stats.Lock()
		d.stats.Away = true
		c.stats.Unlock()
	}
}

func (r *ring) isFirstOf(c *Capture) bool {
	for _, o := range c.rings {
		if o.device == r.device {
			return o == r
		}
	}
	return false
}

// revive opens the ring anew when its interface is there again, under the same name.
func (c *Capture) revive(i int) {
	old := c.rings[i]
	d, err := findDevice(c.devices[old.device].name)
	if err != nil || d.link != c.devices[old.device].link {
		return
	}
	r, err := openRing(d, c.opt)
	if err != nil {
		return
	}
	r.device = old.device
	if c.opt.Rings > 1 {
		group := 0
		for _, o := range c.rings {
			if o.device == r.device && o.err == nil {
				group, _ = unix.GetsockoptInt(o.fd, unix.SOL_PACKET, unix.PACKET_FANOUT)
				group &= 0xffff
				break
			}
		}
		if _, err := r.join(group); err != nil {
			r.close()
			return
		}
	}
	if err := c.letIn(r); err != nil {
		r.close()
		return
	}
	c.stats.Lock()
	defer c.stats.Unlock()
	current := c.devices[old.device]
	current.index = d.index
	current.stats.Away = false
	old.count(&current.stats)
	old.close()
	c.rings[i] = r
}

// Interfaces describes the interfaces in the order of Frame.Iface.
func (c *Capture) Interfaces() []pcaps.Interface {
	stats := c.Stats()
	all := make([]pcaps.Interface, len(c.devices))
	for i, d := range c.devices {
		all[i] = pcaps.Interface{
			Name: d.name, Link: d.link, SnapLen: uint32(c.opt.SnapLen),
			Counted: true, Received: stats[i].Received, OSDrop: stats[i].Dropped,
		}
	}
	return all
}

// Stats returns what the kernel has counted until now, for each interface in the
// order of Frame.Iface; after Close, the last word.
func (c *Capture) Stats() []Stats {
	c.stats.Lock()
	defer c.stats.Unlock()
	if !c.gone {
		for _, r := range c.rings {
			r.count(&c.devices[r.device].stats)
		}
	}
	all := make([]Stats, len(c.devices))
	for i, d := range c.devices {
		all[i] = d.stats
	}
	return all
}

// Close ends the capture; a Next that waits in another goroutine returns io.EOF.
// Batches stay valid.
func (c *Capture) Close() error {
	if !c.closed.CompareAndSwap(false, true) {
		return nil
	}
	if c.wake >= 0 {
		_, _ = unix.Write(c.wake, []byte{1, 0, 0, 0, 0, 0, 0, 1})
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Stats()
	c.stats.Lock()
	defer c.stats.Unlock()
	c.gone = true
	for _, r := range c.rings {
		r.close()
	}
	if c.wake >= 0 {
		return unix.Close(c.wake)
	}
	return nil
}
