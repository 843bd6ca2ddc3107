package events

import (
	"bytes"
	"encoding/json"
	"sync"
	"time"
)

// SchemaVersion names the shape of the lines. It changes when a field changes its
// meaning or goes; new fields and new events do not change it.
const SchemaVersion = "plcscope-events/1"

// Log makes lines of events and numbers them.
type Log struct {
	// Out is handed each event, a pointer to one of the types of this package, with its
	// line, which ends in a newline and is the taker's to keep. It must not wait.
	Out func(e any, line []byte)

	mu     sync.Mutex
	number uint64
}

// head is what every event begins with.
type head struct {
	Schema string `json:"schema" enum:"plcscope-events/1" doc:"Version of this shape. It changes when a field changes its meaning or goes; new fields and events do not change it."`
	Event  string `json:"event"`
	Number uint64 `json:"number" doc:"Counts the events of this run, from 1: a number that is missing was dropped on the way."`
	Time   string `json:"time" doc:"RFC 3339, UTC. Of events on the wire, the time of capture."`
}

// event is a pointer to one of the types of this package.
type event interface {
	begin(schema, kind string, number uint64, t string)
	kind() string
}

func (h *head) begin(schema, kind string, number uint64, t string) {
	h.Schema, h.Event, h.Number, h.Time = schema, kind, number, t
}

// stamp is a time as it stands in events.
func stamp(ns int64) string { return time.Unix(0, ns).UTC().Format(time.RFC3339Nano) }

// Tell writes e, which happened at that time, in nanoseconds since 1970.
func (l *Log) Tell(at int64, e event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.number++
	e.begin(SchemaVersion, e.kind(), l.number, stamp(at))
	var b bytes.Buffer
	x := json.NewEncoder(&b)
	x.SetEscapeHTML(false)
	if err := x.Encode(e); err != nil {
		panic(err) // the types of this package can all be written
	}
	if l.Out != nil {
		l.Out(e, b.Bytes())
	}
}

// Told is how many events were written.
func (l *Log) Told() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.number
}
