//go:build windows || (libpcap && cgo)

package live

import (
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"time"

	"plcscope/pcaps"
)

// patience is how long after a frame came every earlier one is in its queue.
const patience = 4 * wait

// Capture takes frames from one or several interfaces. Next belongs to one
// goroutine at a time; the other methods may be called from any.
type Capture struct {
	opt     Options
	devices []*device
	number  uint64
	horizon int64 // frames up to this time may be handed out, see settle
	timer   *time.Timer

	mu      sync.Mutex     // held by Next
	wake    chan struct{}  // a queue is empty no more
	done    chan struct{}  // Close has been called
	once    sync.Once      // for done
	readers sync.WaitGroup // one for each device
}

// Open begins to capture from the interfaces named, one after the other; each must be
// up. One that goes down later is waited for.
func Open(names []string, opt Options) (_ *Capture, err error) {
	opt, err = opt.filled()
	if err != nil {
		return nil, err
	}
	if opt.Rings > 1 {
		return nil, fmt.Errorf("%d rings: Npcap and libpcap have one buffer for each interface", opt.Rings)
	}
	if len(names) == 0 {
		return nil, errors.New("no interface is named")
	}
	c := &Capture{opt: opt, wake: make(chan struct{}, 1), done: make(chan struct{}), timer: time.NewTimer(0)}
	defer func() {
		if err != nil {
			c.Close()
		}
	}()
	for _, name := range names {
		path, err := pathOf(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, d := range c.devices {
			if d.path == path {
				return nil, fmt.Errorf("%s: the interface is named twice", name)
			}
		}
		d := &device{name: name, path: path, link: unknownLink, queue: newQueue()}
		if err := d.open(opt); err != nil {
			return nil, err
		}
		c.devices = append(c.devices, d)
	}
	for _, d := range c.devices {
		c.readers.Add(1)
		go c.read(d)
	}
	return c, nil
}

// read fills the queue of a device until the capture is closed.
func (c *Capture) read(d *device) {
	defer c.readers.Done()
	for c.attend(d) && c.revive(d) {
	}
}

// attend takes frames until the interface is gone, and reports false when the capture
// is closed before. Nobody else closes d.h meanwhile.
func (c *Capture) attend(d *device) bool {
	for !c.closed() {
		p, ok, err := d.h.next()
		if err != nil && c.closed() {
			return false
		}
		if err != nil {
			d.lose()
			d.held.Lock()
			d.stats.Downs++
			d.held.Unlock()
			return true
		}
		if !ok {
			continue
		}
		first, ok := d.put(p, c.opt.SnapLen, c.done)
		if !ok {
			return false
		}
		if first {
			select {
			case c.wake <- struct{}{}:
			default:
			}
		}
	}
	return false
}

// revive waits until the interface is there again.
func (c *Capture) revive(d *device) bool {
	again := time.NewTicker(rescan)
	defer again.Stop()
	for {
		select {
		case <-c.done:
			return false
		case <-again.C:
			if d.open(c.opt) == nil {
				return true
			}
		}
	}
}

// Next fills b with the frames that have come, at least one; it waits for it.
// Frames are numbered from 1 and are valid until b is filled again. After Close it
// returns io.EOF.
func (c *Capture) Next(b *pcaps.Batch) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	b.Reset(c.opt.BatchBytes)
	for {
		if c.closed() {
			return io.EOF
		}
		c.merge(b)
		if len(b.Frames) > 0 {
			return nil
		}
		c.settle()
	}
}

// merge hands out the frames that settle has allowed, the earliest first.
func (c *Capture) merge(b *pcaps.Batch) {
	for {
		best := -1
		var first *pcaps.Frame
		until := int64(math.MaxInt64) // the earliest time of another queue
		for i, d := range c.devices {
			switch f := c.allowed(d.queue); {
			case f == nil:
			case first == nil:
				best, first = i, f
			case f.Time < first.Time:
				best, first, until = i, f, first.Time
			default:
				until = min(until, f.Time)
			}
		}
		if first == nil {
			return
		}
		d := c.devices[best]
		for f := first; f != nil && f.Time <= until; f = c.allowed(d.queue) {
			to := b.Add(len(f.Data))
			if to == nil {
				return
			}
			c.number++
			data := to.Data
			copy(data, f.Data)
			*to = pcaps.Frame{Number: c.number, Time: f.Time, Length: f.Length, Link: d.link, Iface: uint32(best), Data: data}
			d.skip()
		}
	}
}

// allowed returns the next frame of the queue when it may be handed out, else nil.
func (c *Capture) allowed(q *queue) *pcaps.Frame {
	f := q.head()
	if f == nil || len(c.devices) == 1 || q.taken < q.limit || f.Time <= c.horizon {
		return f
	}
	return nil
}

// settle waits until frames can be handed out in the order of their times. When every
// queue has something, all is settled up to the earliest of their last frames. Else,
// what is here now is settled after a while, in which whatever came before it must
// have turned up in the other queues. No clock is asked: it may step.
func (c *Capture) settle() {
	some, all := false, true
	var first, last int64 = math.MaxInt64, math.MinInt64
	for _, d := range c.devices {
		n, t := d.ready()
		d.found, d.limit = n, d.taken
		if n == 0 {
			all = false
			continue
		}
		some = true
		first, last = min(first, t), max(last, t)
	}
	if !some {
		select {
		case <-c.wake:
		case <-c.done:
		}
		return
	}
	if all {
		c.horizon = first
		for _, d := range c.devices {
			if c.allowed(d.queue) != nil {
				return
			}
		}
	}
	for _, d := range c.devices {
		d.limit = d.taken + d.found
	}
	c.horizon = last
	if len(c.devices) > 1 {
		c.pause()
	}
}

// pause waits for patience, unless the capture is closed meanwhile.
func (c *Capture) pause() {
	c.timer.Reset(patience)
	select {
	case <-c.timer.C:
	case <-c.done:
	}
}

func (c *Capture) closed() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// Interfaces describes the interfaces in the order of Frame.Iface.
func (c *Capture) Interfaces() []pcaps.Interface {
	stats := c.Stats()
	all := make([]pcaps.Interface, len(c.devices))
	for i, d := range c.devices {
		all[i] = pcaps.Interface{
			Name: d.name, Link: d.link, SnapLen: uint32(c.opt.SnapLen), Counted: true,
			Received: stats[i].Received, Dropped: stats[i].IfDropped, OSDrop: stats[i].Dropped,
		}
	}
	return all
}

// Stats returns what the kernel has counted until now, for each interface in the
// order of Frame.Iface; after Close, the last word.
func (c *Capture) Stats() []Stats {
	all := make([]Stats, len(c.devices))
	for i, d := range c.devices {
		all[i] = d.counted()
	}
	return all
}

// Close ends the capture; a Next that waits in another goroutine returns io.EOF.
// Batches stay valid.
func (c *Capture) Close() error {
	c.once.Do(func() {
		close(c.done)
		for _, d := range c.devices {
			d.interrupt()
		}
		c.readers.Wait()
		for _, d := range c.devices {
			d.lose()
		}
	})
	return nil
}
