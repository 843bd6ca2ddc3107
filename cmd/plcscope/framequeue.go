package main

import (
	"plcscope/flows"
	"plcscope/flows/frames"
	"plcscope/pcaps"
)

// Bounds of a queue: what waits for messages of an earlier frame.
const (
	maxQueued      = 512     // frames whose messages are still to come
	maxQueuedBytes = 4 << 20 // of rows behind them
)

// queue shows frames in the order of capture. A frame whose bytes wait for earlier ones
// makes those behind it wait, too, until its messages have come or it turns out that there
// are none.
type queue struct {
	r     *reading
	p     framePrinter
	write func(*pcaps.Frame) // takes the frames that are shown; nil when nobody does
	rows  []queued
	open  int // rows that are not ready
	bytes int // of those that are, and of all frames that may be written
}

// queued is a frame that is not shown yet.
type queued struct {
	number uint64
	view   *frames.View // until it is ready
	text   []byte       // what to print; nil when the frame is not shown
	frame  *pcaps.Frame // what to write; nil when nobody does
	ready  bool
}

// frame takes a frame at its end; spoke says that it has completed messages.
func (q *queue) frame(v *frames.View, spoke bool) {
	n := v.Frame.Number
	waits := !spoke && v.Segment != nil && len(v.Segment.Payload) > 0 && v.Conn != nil && v.Conn.TCP.Waiting()
	switch {
	case len(q.rows) > 0 && q.rows[len(q.rows)-1].number == n: // it was ready before its end
	case waits:
		q.rows = append(q.rows, queued{number: n, view: v.Copy(), frame: q.copy(v)})
		q.open++
	case len(q.rows) == 0:
		q.decide(v)
		return
	default:
		q.rows = append(q.rows, queued{number: n, text: q.print(v), frame: q.copy(v), ready: true})
		q.bytes += len(q.rows[len(q.rows)-1].text)
	}
	q.advance()
}

// decide shows a frame or not, and reports which.
func (q *queue) decide(v *frames.View) bool {
	if !v.Matches() {
		q.p.undo()
		return false
	}
	q.p.show(v)
	q.r.sieve.Shown(v)
	if !q.r.w.holding {
		q.out(v.Frame)
	}
	return true
}

// out takes a frame whose lines were printed.
func (q *queue) out(f *pcaps.Frame) {
	if q.write != nil {
		q.write(f)
	}
	q.r.shown(1)
}

// copy keeps a frame that is going to be written. Messages that come late may still make
// it pass the filter.
func (q *queue) copy(v *frames.View) *pcaps.Frame {
	if q.write == nil {
		return nil
	}
	q.bytes += len(v.Frame.Data)
	return copyFrame(v.Frame)
}

// print is what decide would write.
func (q *queue) print(v *frames.View) []byte {
	w := q.r.w
	w.hold()
	defer w.drop()
	if !q.decide(v) {
		return nil
	}
	return append([]byte{}, w.held...)
}

// ready takes a frame with its messages before its own end has come, or long after.
func (q *queue) ready(v *frames.View) {
	for i := range q.rows {
		x := &q.rows[i]
		switch {
		case x.number != v.Frame.Number:
			continue
		case !x.ready:
			q.settle(x, v)
		case x.text == nil: // messages of another frame came in between; these may match
			x.text = q.print(v)
			q.bytes += len(x.text)
		default:
			q.p.undo()
		}
		return
	}
	if v.Segment == nil { // it was shown, too long ago to wait for this
		q.p.undo()
		return
	}
	q.rows = append(q.rows, queued{number: v.Frame.Number, text: q.print(v), frame: q.copy(v), ready: true})
}

func (q *queue) settle(x *queued, v *frames.View) {
	x.text, x.ready, x.view = q.print(v), true, nil
	q.open--
	q.bytes += len(x.text)
}

// advance shows the rows in front that are ready.
func (q *queue) advance() {
	n := 0
	for ; n < len(q.rows) && !q.r.done; n++ {
		x := &q.rows[n]
		if !x.ready {
			if x.view.Conn != nil && x.view.Conn.TCP.Waiting() && q.open <= maxQueued && q.bytes <= maxQueuedBytes {
				break
			}
			q.settle(x, x.view)
		}
		q.bytes -= len(x.text)
		if x.frame != nil {
			q.bytes -= len(x.frame.Data)
		}
		if x.text != nil {
			q.r.w.Write(x.text)
			q.out(x.frame)
		}
	}
	q.rows = append(q.rows[:0], q.rows[n:]...)
}

// closed settles what waits on a connection that is over.
func (q *queue) closed(c *flows.Connection) {
	for i := range q.rows {
		if x := &q.rows[i]; !x.ready && x.view.Conn == c {
			q.settle(x, x.view)
		}
	}
}

// flush shows everything.
func (q *queue) flush() {
	for i := range q.rows {
		if x := &q.rows[i]; !x.ready {
			q.settle(x, x.view)
		}
	}
	q.advance()
}
