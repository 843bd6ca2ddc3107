package outlet

import (
	"sync"
	"sync/atomic"
	"time"
)

// Item is a line for an outlet.
type Item struct {
	Topic string // for outlets that sort lines by topic, below their own; "" for others
	Line  []byte // ends in a newline; nobody changes it any more
}

// Sink delivers lines. Its methods are called by one goroutine and may take their time.
type Sink interface {
	// Deliver delivers items, at least one, in their order, and returns how many it has
	// delivered.
	Deliver(items []Item) (int, error)
	Close() error
}

// Room is how many items the queue of an outlet holds.
const Room = 4096

// Outlet is a queue with a goroutine that empties it into a sink.
type Outlet struct {
	Name string

	sink    Sink
	trouble func(name string, err error)
	queue   chan Item
	done    chan struct{}
	sent    atomic.Uint64
	dropped atomic.Uint64
	mu      sync.Mutex // guards closed against Offer
	closed  bool
}

// New makes an outlet and starts its goroutine. Trouble, if not nil, is called from there
// when delivery fails, and with nil when it works again.
func New(name string, sink Sink, trouble func(name string, err error)) *Outlet {
	o := &Outlet{Name: name, sink: sink, trouble: trouble, queue: make(chan Item, Room), done: make(chan struct{})}
	go o.run()
	return o
}

// Offer gives an item to the outlet, and reports whether there was room. It never waits.
func (o *Outlet) Offer(x Item) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.closed {
		select {
		case o.queue <- x:
			return true
		default:
		}
	}
	o.dropped.Add(1)
	return false
}

// Counts are how many items were delivered and how many were dropped.
func (o *Outlet) Counts() (sent, dropped uint64) { return o.sent.Load(), o.dropped.Load() }

// Close delivers what is in the queue, for as long as patience lasts; what is left then
// is dropped. It reports whether everything was delivered in time.
func (o *Outlet) Close(patience time.Duration) bool {
	o.mu.Lock()
	was := o.closed
	o.closed = true
	o.mu.Unlock()
	if !was {
		close(o.queue)
	}
	select {
	case <-o.done:
		return true
	case <-time.After(patience):
		for range o.queue { // the goroutine takes what it has to its end, or to the end of the program
			o.dropped.Add(1)
		}
		return false
	}
}

// most is how many items are delivered at once.
const most = 256

func (o *Outlet) run() {
	defer close(o.done)
	items := make([]Item, 0, most)
	failing := false
	for x := range o.queue {
		items = append(items[:0], x)
	more:
		for len(items) < most {
			select {
			case x, ok := <-o.queue:
				if !ok {
					break more
				}
				items = append(items, x)
			default:
				break more
			}
		}
		n, err := o.sink.Deliver(items)
		clear(items)
		o.sent.Add(uint64(n))
		o.dropped.Add(uint64(len(items) - n))
		if (err != nil) != failing {
			failing = err != nil
			if o.trouble != nil {
				o.trouble(o.Name, err)
			}
		}
	}
	if err := o.sink.Close(); err != nil && o.trouble != nil && !failing {
		o.trouble(o.Name, err)
	}
}
