package topics

import (
	"bytes"
	"context"
	"fmt"
	"hash/maphash"
	"sync/atomic"

	"plcscope/flows/index"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

// aboutColumns are those of the lists that belong to a topic.
var aboutColumns = []paint.Column{
	{Width: 14},
	{Width: 10, Flex: 1},
	{Width: 12, Right: true, Drop: 1},
}

// link is a row of these lists: a heading, a session or a message.
type link struct {
	heading string
	session uint32
	message uint32
	note    string
}

// links are who has to do with the selected topic, and its latest messages. What must be
// searched for is found beside the interface.
type links struct {
	v    *view
	path string
	of   uint32 // topic
	rows []link

	latest      uint32   // the newest of history
	history     []uint32 // messages of the topic, the latest first
	before      uint32   // the latest message whose payload is another than that of latest
	subscribers []subscriber
	seeking     bool
	done        bool          // seek has come to its end for the topic
	wanted      atomic.Uint32 // topic that a search should be about; another one ends it
}

// subscriber is a session with a filter that matches.
type subscriber struct {
	session uint32
	filter  []byte
	more    bool // others match, too
}

const (
	maxHistory     = 50
	maxSubscribers = 100
	maxSought      = 4 << 20 // messages that are gone through for the history
)

// follow makes the lists those of a node.
func (l *links) follow(n *node) {
	if n == nil || n.topic == index.NoTopic {
		l.of, l.path, l.rows, l.history, l.subscribers, l.latest, l.before = 0, "", nil, nil, nil, 0, 0
		l.wanted.Store(0)
		return
	}
	if n.topic != l.of {
		l.of, l.path, l.history, l.subscribers, l.latest, l.before, l.done = n.topic, n.path, nil, nil, 0, 0, false
		l.wanted.Store(n.topic)
		l.v.about.Select(0)
	}
	if !l.seeking && (!l.done || l.latest != n.last) {
		l.seek(n)
	}
	l.list()
}

// seek finds the latest messages and the subscribers of a topic.
func (l *links) seek(n *node) {
	topic, path, newest := n.topic, n.path, n.last
	known, history := l.latest, l.history
	l.seeking = true
	var subscribers []subscriber
	before := uint32(0)
	ix := l.v.d.Scope().Index
	l.v.d.Work("", func(ctx context.Context) error {
		gone := func() bool { return ctx.Err() != nil || l.wanted.Load() != topic }
		var found []uint32
		x, _ := ix.Topic(topic)
		for m, steps := newest, 0; m > known && len(found) < maxHistory && steps < maxSought; m, steps = m-1, steps+1 {
			if steps%4096 == 0 && gone() {
				return context.Canceled
			}
			row, _ := ix.Message(m)
			if row.Topic == topic && row.Type == publish {
				found = append(found, m)
			}
			if known == 0 && uint64(len(found)) >= x.Count || row.Time < x.FirstTime {
				break
			}
		}
		history = append(found, history[:min(len(history), max(maxHistory-len(found), 0))]...)
		subscribers = subscribersOf(ix, []byte(path))
		before = l.other(ix, history)
		return nil
	}, func(err error) {
		l.seeking = false
		if err != nil || l.of != topic {
			return // the refresh that follows begins anew
		}
		l.history, l.subscribers, l.before, l.latest, l.done = history, subscribers, before, newest, true
	})
}

// other is the latest message with another payload than the first of the list, or 0.
func (l *links) other(ix *index.Index, list []uint32) uint32 {
	if len(list) == 0 {
		return 0
	}
	r := ix.NewReader()
	defer r.Close()
	seed := maphash.MakeSeed()
	first := uint64(0)
	for i, n := range list {
		m, ok := ix.Message(n)
		if !ok || m.Length > readWhole {
			return 0
		}
		x, err := r.Message(n)
		if err != nil || x.Packet == nil {
			return 0
		}
		switch h := maphash.Bytes(seed, x.Packet.Payload); {
		case i == 0:
			first = h
		case h != first:
			return n
		}
	}
	return 0
}

func subscribersOf(ix *index.Index, topic []byte) (list []subscriber) {
	var sessions []index.Session
	sessions = ix.Sessions(sessions)
	for i := range sessions {
		s := &sessions[i]
		if len(s.Filters) == 0 || !s.Subscribes(topic) {
			continue
		}
		if len(list) == maxSubscribers {
			return list
		}
		x := subscriber{session: s.Number}
		for _, f := range s.Filters {
			one := index.Session{Filters: [][]byte{f}}
			switch {
			case !one.Subscribes(topic):
			case x.filter == nil:
				x.filter = bytes.Clone(f)
			default:
				x.more = true
			}
		}
		list = append(list, x)
	}
	return list
}

// list writes the rows anew.
func (l *links) list() {
	x, ok := l.v.d.Scope().Index.Topic(l.of)
	if !ok {
		return
	}
	var at link
	if i := l.v.about.Row(); i >= 0 && i < len(l.rows) {
		at = l.rows[i]
	}
	l.rows = l.rows[:0]
	sessions := func(heading string, list []uint32, more bool) {
		if len(list) == 0 {
			return
		}
		l.rows = append(l.rows, link{heading: heading})
		for _, n := range list {
			l.rows = append(l.rows, link{session: n})
		}
		if more {
			l.rows = append(l.rows, link{note: "and others"})
		}
	}
	sessions("published by", x.Publishers, x.MorePublishers)
	sessions("received by", x.Receivers, x.MoreReceivers)
	if len(l.subscribers) > 0 {
		l.rows = append(l.rows, link{heading: "subscribed"})
		for _, s := range l.subscribers {
			note := string(s.filter)
			if s.more {
				note += " …"
			}
			l.rows = append(l.rows, link{session: s.session, note: note})
		}
	}
	if len(l.history) > 0 {
		l.rows = append(l.rows, link{heading: "latest messages"})
		for _, m := range l.history {
			l.rows = append(l.rows, link{message: m})
		}
	}
	for i := range l.rows {
		if l.rows[i] == at && at != (link{}) {
			l.v.about.Select(i)
			break
		}
	}
}

// Len implements paint.Rows.
func (l *links) Len() int { return len(l.rows) }

// Cells implements paint.Rows.
func (l *links) Cells(i int, cells []paint.Line) {
	x := &l.rows[i]
	ix, words := l.v.d.Scope().Index, l.v.d.Words()
	switch {
	case x.heading != "":
		cells[0] = paint.In(paint.Heading, x.heading)
		if x.heading == "latest messages" {
			cells[0], cells[1] = paint.In(paint.Heading, "messages"), paint.In(paint.Heading, "payload")
			cells[2] = paint.In(paint.Heading, "frame")
		}
	case x.session != 0:
		s, _ := ix.Session(x.session)
		cells[0] = paint.In(paint.Client, pane.Partner(&s))
		cells[1] = paint.In(paint.Dim, words.Endpoint(s.Client))
		if x.note != "" {
			cells[1] = paint.Text(x.note)
		}
		cells[2] = paint.In(paint.Dim, pane.Plural(int(s.Conns), "conn"))
	case x.message != 0:
		m, _ := ix.Message(x.message)
		before := int64(0)
		if i+1 < len(l.rows) {
			b, _ := ix.Message(l.rows[i+1].message)
			before = b.Time
		}
		way := "↓ "
		if m.FromClient {
			way = "↑ "
		}
		cells[0] = paint.In(paint.Dim, way).And(paint.Plain, words.Time(m.Time, before))
		flags := ""
		if m.Retain {
			flags += "® "
		}
		if m.Dup {
			flags += "DUP "
		}
		cells[1] = append(paint.In(paint.Warn, flags), l.v.preview(x.message)...)
		frame := paint.Text(fmt.Sprint(m.Frame))
		if l.v.d.Marks().Has(uint32(m.Frame)) {
			frame = paint.In(paint.Marked, "● ").And(paint.Plain, fmt.Sprint(m.Frame))
		}
		cells[2] = frame
	default:
		cells[0] = paint.In(paint.Dim, x.note)
	}
}
