//go:build windows || (libpcap && cgo)

package live

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/net/bpf"

	"plcscope/pcaps"
)

const (
	wait   = 10 * time.Millisecond  // that the library may keep frames back, to hand over many at once
	rescan = 500 * time.Millisecond // how often an interface that has gone is looked for

	maxProgram = 4096 // instructions that kernels take
)

// device is one interface that is captured from.
type device struct {
	*queue
	name string // as it was asked for
	path string // as the library calls it
	link pcaps.LinkType

	held  sync.Mutex // guards what follows; h is closed only by who holds it
	h     *handle    // nil while the interface is away
	last  counters   // of h
	stats Stats
}

// counters are what the library has counted for one handle. They go round.
type counters struct{ received, dropped, missed uint32 }

// open takes hold of the interface and tells it the filter.
func (d *device) open(o Options) error {
	h, err := openHandle(d.path, o)
	if err != nil {
		return fmt.Errorf("%s: %w", d.name, err)
	}
	if err := d.letIn(h, o); err != nil {
		h.close()
		return err
	}
	d.held.Lock()
	defer d.held.Unlock()
	d.h, d.last = h, counters{}
	return nil
}

// letIn tells the handle which frames are wanted.
func (d *device) letIn(h *handle, o Options) error {
	switch link := h.link(); {
	case d.link == unknownLink:
		d.link = link
	case d.link != link:
		return fmt.Errorf("%s: came back as another kind of interface", d.name)
	}
	if o.Filter == nil {
		return nil
	}
	var program []bpf.RawInstruction
	program, err := o.Filter(d.link, o.SnapLen)
	if err != nil {
		return err
	}
	if len(program) == 0 || len(program) > maxProgram {
		return fmt.Errorf("capture filter of %d instructions: the kernel takes 1 to %d", len(program), maxProgram)
	}
	if err := h.filter(program); err != nil {
		return fmt.Errorf("%s: capture filter: %w", d.name, err)
	}
	return nil
}

// interrupt ends a wait for the next frame.
func (d *device) interrupt() {
	d.held.Lock()
	defer d.held.Unlock()
	if d.h != nil {
		d.h.interrupt()
	}
}

// lose lets go of an interface that shows nothing any more.
func (d *device) lose() {
	d.held.Lock()
	defer d.held.Unlock()
	if d.h != nil {
		d.count()
		d.h.close()
		d.h = nil
	}
}

// counted returns what was counted until now.
func (d *device) counted() Stats {
	d.held.Lock()
	defer d.held.Unlock()
	d.count()
	return d.stats
}

func (d *device) count() {
	if d.h == nil {
		return
	}
	now, err := d.h.count()
	if err != nil {
		return
	}
	d.stats.add(Stats{
		Received:  uint64(now.received - d.last.received),
		Dropped:   uint64(now.dropped - d.last.dropped),
		IfDropped: uint64(now.missed - d.last.missed),
	})
	d.last = now
}

// unknownLink is the link type of an interface that has not been opened yet.
const unknownLink = ^pcaps.LinkType(0)

// linkOf turns the number that systems give a link layer into that of files: they
// differ for bare IP packets.
func linkOf(dlt int) pcaps.LinkType {
	if dlt == 12 || dlt == 14 {
		return pcaps.LinkRaw
	}
	return pcaps.LinkType(dlt)
}

// Why an interface cannot be opened.
var (
	errNoInterface = errors.New("no such interface")
	errDown        = errors.New("the interface is down")
)
