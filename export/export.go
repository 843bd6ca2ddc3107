package export

import (
	"errors"
	"fmt"
	"regexp"

	"plcscope/flows"
	"plcscope/flows/tcp"
	"plcscope/mqtt"
	"plcscope/s7comm/variable"
)

// Options of an Exporter.
type Options struct {
	Dir     string // that the tables go into; it is made
	Parquet bool   // as DIR/TABLE/date=2026-11-23/part-0.parquet
	JSON    bool   // as DIR/jsonl/TABLE/date=2026-11-23/part-0.jsonl
	Tap     string // stands in each row, and in the names of the files in place of "part"
	Tool    string // name and version of the program, for the files
	Buffer  int    // bytes of one table that wait in memory; 0 means 32 MiB

	// File is the name of a file of the capture, by its number.
	File func(n uint16) string
	// Variables are the values of an S7 message; nil leaves them out. They are borrowed
	// until its next call.
	Variables func(m *flows.Message) []variable.Variable
	// Summary is an S7 message in a line; may be nil. It is borrowed.
	Summary func(m *flows.Message) []byte
	// Failed is called for each table when the disk fails, from any goroutine; may be nil.
	Failed func()
}

// Exporter writes tables. It is a flows.Observer for the messages; findings and deliveries
// are handed to it. It resolves topic aliases in the packets, so that it comes behind
// observers that want to see them. It belongs to one goroutine. Either Close or Discard
// ends it.
type Exporter struct {
	flows.Ignore
	opt    Options
	tables tables
	made   folders
	conns  map[*flows.Connection]*connection
	names  []string // of files
	part   mqtt.Packet

	rowMQTT     MQTT
	rowS7       S7
	rowValue    Value
	rowFinding  Finding
	rowDelivery Delivery
}

// tables are what is written.
type tables struct {
	mqtt       *table[MQTT, *MQTT]
	s7         *table[S7, *S7]
	values     *table[Value, *Value]
	findings   *table[Finding, *Finding]
	deliveries *table[Delivery, *Delivery]
}

// all are the tables in the order in which they are documented.
func (t *tables) all() []anyTable {
	return []anyTable{t.mqtt, t.s7, t.values, t.findings, t.deliveries}
}

// validTap are names that may be part of a file's name on every system.
var validTap = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// New makes an exporter. Nothing is written before the first row.
func New(opt Options) (*Exporter, error) {
	if opt.Tap != "" && !validTap.MatchString(opt.Tap) {
		return nil, fmt.Errorf("tap %q: want at most 64 letters, digits, points, hyphens and underscores", opt.Tap)
	}
	if !opt.Parquet && !opt.JSON {
		return nil, errors.New("nothing is asked for: neither Parquet nor JSON lines")
	}
	if opt.Buffer <= 0 {
		opt.Buffer = 32 << 20
	}
	e := &Exporter{opt: opt, conns: map[*flows.Connection]*connection{}}
	e.tables = tables{
		mqtt: newTable[MQTT]("mqtt", &e.opt, &e.made), s7: newTable[S7]("s7", &e.opt, &e.made), values: newTable[Value]("values", &e.opt, &e.made),
		findings: newTable[Finding]("findings", &e.opt, &e.made), deliveries: newTable[Delivery]("deliveries", &e.opt, &e.made),
	}
	return e, nil
}

// connection is what is kept of one.
type connection struct {
	aliases [2]flows.Aliases
	id      string // client identifier
	ends    Link   // without FromClient
	client  tcp.Dir
}

// Message implements flows.Observer.
func (e *Exporter) Message(m *flows.Message) {
	c := e.conns[m.Conn]
	if c == nil {
		c = &connection{}
		e.conns[m.Conn] = c
	}
	switch {
	case m.Packet != nil:
		e.mqtt(m, c)
	case m.PDU != nil:
		e.s7(m, c)
	}
}

// Closed implements flows.Observer.
func (e *Exporter) Closed(c *flows.Connection) { delete(e.conns, c) }

// link is the connection of m. Who is the client may turn out late.
func (c *connection) link(m *flows.Message) Link {
	if c.ends.Client == "" || c.client != m.Conn.ClientDir() {
		client, server := m.Conn.Client(), m.Conn.Server()
		c.client = m.Conn.ClientDir()
		c.ends = Link{
			Stream: int64(m.Conn.TCP.Stream),
			Client: client.Addr.Netip().String(), ClientPort: int32(client.Port),
			Server: server.Addr.Netip().String(), ServerPort: int32(server.Port),
		}
	}
	l := c.ends
	l.FromClient = m.FromClient
	return l
}

func (e *Exporter) at(m *flows.Message) At {
	a := At{Time: stamp(m.Time), TimeNs: m.Time, Tap: e.opt.Tap, Frame: int64(m.Frame)}
	if m.Segment != nil {
		a.File = e.file(m.Segment.File)
	}
	return a
}

func shape(m *flows.Message) Shape {
	s := Shape{Bytes: int64(len(m.Bytes) + m.Skipped), FirstFrame: int64(m.FirstFrame), Missing: int64(m.Skipped), Found: m.Framing == flows.Found}
	s.blame(m.Err)
	return s
}

// file is the name of a file of the capture.
func (e *Exporter) file(n uint16) string {
	if e.opt.File == nil {
		return ""
	}
	for len(e.names) <= int(n) {
		e.names = append(e.names, text([]byte(e.opt.File(uint16(len(e.names))))))
	}
	return e.names[n]
}

// Count is how much of a table was written.
type Count struct {
	Table string
	Rows  uint64
	Files int // of each format
}

// Counts are those of all tables, once Close has returned.
func (e *Exporter) Counts() (l []Count) {
	for _, t := range e.tables.all() {
		l = append(l, t.count())
	}
	return l
}

// Close completes the files and gives them their names. When something has failed, no
// file is left.
func (e *Exporter) Close() error {
	var err error // the first: when the disk is full, all fail
	for _, t := range e.tables.all() {
		if x := t.drain(); err == nil {
			err = x
		}
	}
	for _, t := range e.tables.all() {
		if x := t.complete(); err == nil {
			err = x
		}
	}
	for _, t := range e.tables.all() {
		if err == nil {
			err = t.publish()
		}
	}
	if err != nil {
		e.Discard()
	}
	return err
}

// Discard removes what was written.
func (e *Exporter) Discard() {
	for _, t := range e.tables.all() {
		_ = t.drain() // what was written is removed
		t.discard()
	}
	e.made.discard()
}
