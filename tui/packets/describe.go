package packets

import (
	"fmt"

	"plcscope/flows"
	"plcscope/flows/frames"
	"plcscope/flows/index"
	"plcscope/internal/wire"
	"plcscope/s7comm"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

// row is what the list shows of a frame beside its number and its time.
type row struct {
	completes      int // messages, when it was described: more may come
	source, target string
	protocol       string
	length         string
	side           paint.Role
	info           paint.Line
	fields         map[string]string // of further columns, by their names
}

// describer describes frames for the list.
type describer struct {
	ix     *index.Index
	reader *index.Reader
	words  *pane.Words
	more   []string // fields of further columns
	rules  func(frame uint32) [][2]string

	// Of the frame that is being described.
	n     uint32
	r     *row
	frame index.Frame
	conn  index.Conn // Conn is NoConn without
	tcp   segment
}

// describe reads a frame and what it completes.
func (x *describer) describe(n uint32) *row {
	x.n, x.r = n, &row{}
	x.tcp = segment{}
	x.frame, _ = x.ix.Frame(n)
	x.conn = index.Conn{Conn: index.NoConn}
	if x.frame.Conn != index.NoConn {
		if c, ok := x.ix.Conn(x.frame.Conn); ok {
			x.conn = c
		}
	}
	if len(x.more) > 0 {
		x.r.fields = map[string]string{}
		x.own()
	}
	list := x.ix.MessagesIn(n, nil)
	x.r.completes = len(list)
	x.headers()
	if len(list) == 0 {
		x.bare()
	} else if len(x.more) > 0 {
		x.notes()
	}
	for _, m := range list {
		x.message(m)
	}
	return x.r
}

// headers takes source, destination and the innermost protocol from the frame.
func (x *describer) headers() {
	r := x.r
	t, f, err := x.reader.Headers(x.n)
	if err != nil {
		r.info = paint.In(paint.Bad, err.Error())
		return
	}
	r.length = fmt.Sprint(f.Length)
	for i := range t.Nodes {
		n := &t.Nodes[i]
		x.take(n)
		x.column(n)
	}
}

// message adds a message that the frame completes.
func (x *describer) message(n uint32) {
	m, ok := x.ix.Message(n)
	if !ok {
		return
	}
	r := x.r
	if r.protocol = protocolOf(&m); r.side == paint.Plain {
		r.side = paint.Server
		if m.FromClient {
			r.side = paint.Client
		}
	}
	if len(r.info) > 0 {
		r.info = r.info.And(paint.Dim, " · ")
	}
	r.info = r.info.And(r.side, x.summary(&m))
	if m.Malformed {
		r.info = r.info.And(paint.Bad, " [Malformed]")
	}
	if m.Skipped > 0 {
		r.info = r.info.And(paint.Hole, fmt.Sprintf("[%s missing]", stretch(m.Skipped)))
	}
}

func (x *describer) summary(m *index.Message) string {
	if m.Length > maxInRow {
		return rowSummary(x.ix, m)
	}
	var req *s7comm.Request
	if m.Proto == flows.ISO {
		req = x.reader.Request(m.Number)
	}
	v, err := x.reader.Message(m.Number)
	if err != nil {
		return rowSummary(x.ix, m) + " [" + err.Error() + "]"
	}
	for i := range v.Tree.Nodes {
		x.column(&v.Tree.Nodes[i])
	}
	return summary(v, req, x.words.Secrets, x.words.Private)
}

// column keeps the value of a field that has a column.
func (x *describer) column(n *wire.Node) {
	for _, name := range x.more {
		if n.Field.Name == name {
			w := writer{words: x.words, secrets: x.words.Secrets}
			x.put(name, w.short(n))
		}
	}
}

func (x *describer) put(name, value string) {
	if old, ok := x.r.fields[name]; ok && len(old) < maxValue {
		value = old + "," + value
	}
	x.r.fields[name] = value
}

// own fills the columns of what the connection and the verdicts tell.
func (x *describer) own() {
	for _, name := range x.more {
		switch name {
		case frames.Stream.Name:
			if x.conn.Conn != index.NoConn {
				x.put(name, fmt.Sprint(x.conn.Stream))
			}
		case frames.Client.Name:
			if x.conn.MQTT.ClientID != nil {
				x.put(name, string(x.conn.MQTT.ClientID))
			}
		case frames.Session.Name:
			if x.conn.MQTT.ClientID != nil {
				x.put(name, string(x.conn.MQTT.ClientID)+" @ "+x.words.Endpoint(x.conn.Server))
			}
		case frames.Rule.Name, frames.Severity.Name:
			for _, e := range x.rules(x.n) {
				if name == frames.Rule.Name {
					x.put(name, e[0])
				} else {
					x.put(name, e[1])
				}
			}
		case timeRelative.Name:
			if f, ok := x.ix.Frame(1); ok {
				x.put(name, fmt.Sprintf("%.9f", float64(x.frame.Time-f.Time)/1e9))
			}
		case timeDelta.Name:
			if f, ok := x.ix.Frame(x.n - 1); ok {
				x.put(name, fmt.Sprintf("%.9f", float64(x.frame.Time-f.Time)/1e9))
			}
		}
	}
}
