package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"plcscope/flows"
	"plcscope/flows/assets"
	"plcscope/flows/bridge"
	"plcscope/flows/tcp"
	"plcscope/flows/values"
	"plcscope/mqtt"
	"plcscope/report"
	"plcscope/s7comm"
	"plcscope/s7comm/variable"
)

func newFlows() *cobra.Command {
	var (
		display displayFilter
		in      input
		format  string
		all     bool
		limit   int
		data    bool
		named   naming
		detail  bool
	)
	c := &cobra.Command{
		Use:   "flows FILE...",
		Short: "List the connections of a capture and the hosts by what they do",
		Long: `flows lists the TCP connections that carry MQTT, ISO-on-TCP or TLS, in the order
of their first frames, and then the hosts by what they do: controllers, brokers,
operator panels, engineering stations.

  messages, bytes   by the client and by the server
  rtt               of the handshake
  again             segments sent again
  order             segments captured out of order
  dup               frames that a mirror port showed twice
  gaps              holes in the capture
  ka                TCP keep-alives
  zero              announcements of a closed window
  closed            how and by whom

A connection that was open when the capture began says "joined" for its start.
-T json gives one object with "connections", "hosts" and "not_kept"; -T jsonl one
object a line, which says in "kind" what it is.

A block for each controller follows: the maker of its network interface; order number,
firmware and names, as it has told them; protection, key switch and operating mode
with its changes; blocks; how long its answers took (percentiles) and which failed; and
for each client what it writes and does, how many jobs it left open and how full
answers were against what was negotiated, which reads it repeats how often, and the
errors it met with, in words. --assets adds the other hosts, every block, repeated read
and written area, and who has loaded, stopped, started, forced or logged in, and when.
A password is never shown. In JSON these are always there: "assets", "transactions" (a
client and a controller) and "actions", and of the kinds "asset", "transactions" and
"action".

With -Y, only the connections that have a frame which passes a display filter; the files
are read twice for that.

--values adds the S7 data of each controller, by address or, with --symbols, by name:
the type, the last value, how often it was read, written and refused, how often its
value was another than before and when that was first and last the case, and who reads
and writes it. In JSON these are "values", and of kind "value".

What the profile lists under values is followed into MQTT: how often a value of a
controller changed, how many changes a PUBLISH on its topic carried and how long after
the frame that shows the change, how many were published before they were read (early),
missed, or may have been published where the capture has a hole (unknown). In JSON these
are "carried", and of kind "carried".`,
		Example: `  plcscope flows plant.pcapng
  plcscope flows -Y 'mqtt.clientid contains "press"' plant.pcapng
  plcscope flows --values --symbols plant.sdf plant.pcapng
  plcscope flows -T jsonl plant.pcapng | jq 'select(.proto == "MQTT") | .client_id'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if format != "text" && format != "json" && format != "jsonl" {
				return fmt.Errorf("format %q is not known; text, json and jsonl are", format)
			}
			if limit < 1 {
				return fmt.Errorf("limit %d: at least one connection must be kept", limit)
			}
			if err := named.load(os.Stderr); err != nil {
				return err
			}
			if err := display.compile(); err != nil {
				return err
			}
			var streams map[uint64]bool
			if display.filter != nil {
				var err error
				if streams, err = display.selectStreams(cmd.Context(), &in, args); err != nil {
					return err
				}
			}
			capture, cfg, err := in.open(cmd.Context(), args)
			if err != nil {
				return err
			}
			defer capture.Close()
			lister := &flows.Lister{All: all, Limit: limit}
			observers := []flows.Observer{lister}
			stock := assets.New(assets.Options{})
			observers = append(observers, stock)
			follow := bridge.New(bridge.Options{Mappings: named.mappings, Variables: named.variables})
			if len(named.mappings) > 0 {
				observers = append(observers, follow)
			}
			table := values.New(values.Options{Variables: named.variables})
			if data {
				observers = append(observers, table)
			}
			if display.filter != nil {
				observers = choose(observers, streams)
			}
			totals, err := analyse(cmd.Context(), capture, cfg, observers...)
			if err != nil {
				return err
			}
			warn(capture, totals)
			w := newOutput(cmd.OutOrStdout())
			l := list{connections: lister.Rows(), overflow: lister.Overflow, start: totals.First}
			l.hosts = flows.Hosts(l.connections)
			l.inventory = inventory{stock.Result(l.hosts), l.start, detail}
			l.carried = carriages{follow.Result(), l.start}
			if data {
				l.values, l.valueOverflow = table.Entries()
				l.told = true
			}
			switch format {
			case "json":
				err = l.json(w)
			case "jsonl":
				err = l.lines(w)
			default:
				err = l.table(w, style(cmd.OutOrStdout()))
			}
			return errors.Join(err, w.Close())
		},
	}
	in.flags(c)
	display.flags(c)
	named.flags(c)
	f := c.Flags()
	f.BoolVar(&detail, "assets", false, "tell all that is known of controllers and other hosts")
	f.BoolVar(&data, "values", false, "list the S7 data of the controllers, too")
	f.StringVarP(&format, "format", "T", "text", "text, json or jsonl")
	f.BoolVar(&all, "all", false, "list connections that carry something else, too")
	f.IntVar(&limit, "limit", flows.DefaultListed, "keep at most so many connections in memory; what is over is counted")
	return c
}

// list is what the command prints.
type list struct {
	connections []flows.ConnInfo
	hosts       []flows.Host
	overflow    uint64
	start       int64 // of the capture
	inventory   inventory
	carried     carriages

	told          bool // --values
	values        []*variable.Entry
	valueOverflow uint64
}

func (l *list) table(w io.Writer, s report.Style) error {
	rows := [][]string{{"stream", "client", "server", "protocol", "found by", "who", "start", "duration", "messages", "bytes", "rtt", "again", "order", "dup", "gaps", "ka", "zero", "closed"}}
	for i := range l.connections {
		rows = append(rows, l.row(&l.connections[i]))
	}
	if err := grid(w, rows, s); err != nil {
		return err
	}
	if l.overflow > 0 {
		if _, err := fmt.Fprintf(w, "%s\n", s.Yellow(plural(int64(l.overflow), "connection")+" more than --limit: not listed, and not counted below")); err != nil {
			return err
		}
	}
	if len(l.hosts) == 0 {
		return l.valueRows(w, s)
	}
	rows = [][]string{{"host", "what it does", "connections", "messages", "publishes", "S7 requests", "client identifiers"}}
	for i := range l.hosts {
		h := &l.hosts[i]
		rows = append(rows, []string{h.Addr.String(), rolesText(h.Roles), count(h.Connections), count(h.Messages), count(h.Publishes), count(h.Jobs), identifiers(h)})
	}
	if _, err := io.WriteString(w, "\n"); err != nil {
		return err
	}
	if err := grid(w, rows, s); err != nil {
		return err
	}
	if err := l.inventory.table(w, s); err != nil {
		return err
	}
	if err := l.carried.table(w, s); err != nil {
		return err
	}
	return l.valueRows(w, s)
}

func count(n uint64) string { return strconv.FormatUint(n, 10) }

func (l *list) row(c *flows.ConnInfo) []string {
	a, b := &c.Sent[0], &c.Sent[1]
	start := string(appendSeconds(nil, c.FirstTime-l.start))
	if !c.FromStart {
		start = "joined " + start
	}
	return []string{
		count(c.Stream), c.Client.String(), c.Server.String(), protocolText(c), c.Evidence.String(), whoText(c),
		start, short(c.Duration()),
		pair(a.Messages, b.Messages), pair(a.Bytes, b.Bytes), rttText(c.RTT),
		pair(uint64(a.Retransmissions), uint64(b.Retransmissions)), pair(uint64(a.OutOfOrder), uint64(b.OutOfOrder)),
		pair(a.Duplicates, b.Duplicates), pair(uint64(a.Gaps), uint64(b.Gaps)),
		pair(uint64(a.KeepAlives), uint64(b.KeepAlives)), pair(uint64(a.ZeroWindows), uint64(b.ZeroWindows)),
		closedText(c),
	}
}

// pair is a count by the client and one by the server.
func pair(client, server uint64) string {
	if client == 0 && server == 0 {
		return "-"
	}
	return count(client) + "/" + count(server)
}

func rttText(ns int64) string {
	if ns == 0 {
		return "-"
	}
	return short(ns)
}

// short is a duration with three digits that matter.
func short(ns int64) string {
	d := time.Duration(ns)
	for _, unit := range []time.Duration{time.Second, time.Millisecond, time.Microsecond} {
		if d >= 100*unit {
			return d.Round(unit).String()
		}
		if d >= unit {
			return d.Round(unit / 100).String()
		}
	}
	return d.String()
}

func protocolText(c *flows.ConnInfo) string {
	switch c.Proto {
	case flows.MQTT:
		name := "MQTT"
		if c.MQTT.Version != 0 {
			name += " " + c.MQTT.Version.String()
		}
		if c.MQTT.VersionGuessed {
			name += "?"
		}
		if c.WebSocket != nil {
			name += " over WebSocket"
		}
		return name
	case flows.ISO:
		var names []string
		if c.S7.Classic {
			names = append(names, "S7comm")
		}
		if c.S7.Plus {
			names = append(names, "S7comm-plus")
		}
		if c.S7.TLS {
			names = append(names, "TLS in COTP")
		}
		if len(names) > 0 {
			return strings.Join(names, ", ")
		}
	}
	return c.Proto.String()
}

// whoText tells how the client names itself or whom it asks for.
func whoText(c *flows.ConnInfo) string {
	var parts []string
	switch c.Proto {
	case flows.MQTT:
		if c.MQTT.ClientID != nil {
			parts = append(parts, `"`+shown(c.MQTT.ClientID)+`"`)
		}
		if c.MQTT.Answered && c.MQTT.Code != 0 {
			parts = append(parts, "refused: "+c.MQTT.Code.Name(mqtt.CONNACK))
		}
	case flows.ISO:
		if c.S7.CalledTSAP != nil {
			parts = append(parts, shown([]byte(c.S7.CalledTSAP.String())))
		}
		if c.S7.Refused {
			parts = append(parts, "refused")
		}
		if c.S7.Setup {
			parts = append(parts, fmt.Sprintf("PDU %d, AMQ %d/%d", c.S7.PDULength, c.S7.AMQCalling, c.S7.AMQCalled))
		}
	}
	if c.Malformed > 0 {
		parts = append(parts, count(c.Malformed)+" malformed")
	}
	return strings.Join(parts, ", ")
}

// shown is text from the wire for a table: harmless and no longer than a column
// should be.
func shown(b []byte) string {
	const most = 40
	if len(b) > most {
		n := most
		for n > 0 && !utf8.RuneStart(b[n]) {
			n--
		}
		return report.Clean(string(b[:n])) + "…"
	}
	return report.Clean(string(b))
}

func closedText(c *flows.ConnInfo) string {
	text := closeText(c.Close)
	if c.CloserKnown {
		text += " by " + side(c.ClosedByClient)
	}
	return text
}

func closeText(c tcp.Close) string {
	switch c {
	case tcp.ClosedFIN:
		return "FIN"
	case tcp.ClosedRST:
		return "RST"
	case tcp.ClosedByCapture, tcp.StillOpen:
		return "open"
	}
	return c.String()
}

func rolesText(roles []flows.Role) string {
	var names []string
	for _, r := range roles {
		names = append(names, r.String())
	}
	return strings.Join(names, ", ")
}

func identifiers(h *flows.Host) string {
	var names []string
	for _, id := range h.ClientIDs {
		names = append(names, `"`+shown(id)+`"`)
	}
	if h.MoreIDs {
		names = append(names, "…")
	}
	return strings.Join(names, " ")
}

// leftColumns hold words; the others hold numbers, which stand to the right.
var leftColumns = map[string]bool{
	"client": true, "server": true, "protocol": true, "found by": true, "who": true, "closed": true,
	"host": true, "what it does": true, "client identifiers": true, "value": true, "topic": true,
	"controller": true, "address": true, "symbol": true, "type": true, "last value": true, "by": true,
	"name": true, "state": true, "kind": true, "addresses": true,
}

// grid prints rows in columns under a row of headings.
func grid(w io.Writer, rows [][]string, s report.Style) error {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b []byte
	for r, row := range rows {
		b = b[:0]
		for i, cell := range row {
			if i > 0 {
				b = append(b, ' ', ' ')
			}
			fill := widths[i] - utf8.RuneCountInString(cell)
			left := leftColumns[rows[0][i]]
			if !left {
				b = append(b, strings.Repeat(" ", fill)...)
			}
			b = append(b, cell...)
			if left && i < len(row)-1 {
				b = append(b, strings.Repeat(" ", fill)...)
			}
		}
		line := strings.TrimRight(string(b), " ")
		if r == 0 {
			line = s.Bold(line)
		}
		if _, err := io.WriteString(w, line+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// wireText is text from the wire as a JSON string.
type wireText []byte

func (t wireText) MarshalJSON() ([]byte, error) { return appendJSONString(nil, t), nil }

type jsonConnection struct {
	Kind       string    `json:"kind"`
	Stream     uint64    `json:"stream"`
	VLAN       uint16    `json:"vlan,omitempty"`
	Client     string    `json:"client"`
	Server     string    `json:"server"`
	Certain    bool      `json:"client_certain"`
	Proto      string    `json:"proto"`
	FoundBy    string    `json:"found_by"`
	Version    string    `json:"mqtt_version,omitempty"`
	Guessed    bool      `json:"mqtt_version_guessed,omitempty"`
	ClientID   *wireText `json:"client_id,omitempty"`
	Connack    *int      `json:"connack_code,omitempty"`
	WebSocket  *jsonWeb  `json:"websocket,omitempty"`
	S7         *jsonS7   `json:"s7,omitempty"`
	FromStart  bool      `json:"from_start"`
	FirstFrame uint64    `json:"first_frame"`
	LastFrame  uint64    `json:"last_frame"`
	Start      string    `json:"start"`
	Seconds    float64   `json:"duration_seconds"`
	RTT        *float64  `json:"rtt_seconds"`
	Sent       jsonSent  `json:"by_client"`
	Received   jsonSent  `json:"by_server"`
	Malformed  uint64    `json:"malformed"`
	Closed     string    `json:"closed"`
	ClosedBy   string    `json:"closed_by,omitempty"`
}

// jsonWeb is the WebSocket that carries MQTT. A head that was not captured has no
// frame.
type jsonWeb struct {
	RequestFrame  uint64     `json:"request_frame,omitempty"`
	Offered       []wireText `json:"subprotocols_offered"`
	ResponseFrame uint64     `json:"response_frame,omitempty"`
	Selected      []wireText `json:"subprotocols_selected"`
	Deflate       bool       `json:"permessage_deflate"`
	Sent          jsonFrames `json:"by_client"`
	Received      jsonFrames `json:"by_server"`
}

type jsonFrames struct {
	Data       uint64 `json:"data_frames"`
	Text       uint64 `json:"text_frames"`
	Fragments  uint64 `json:"continuation_frames"`
	Unreadable uint64 `json:"unreadable_frames"`
	Control    uint64 `json:"control_frames"`
	CloseCode  uint16 `json:"close_code,omitempty"`
}

type jsonS7 struct {
	Classic    bool      `json:"s7comm"`
	Plus       bool      `json:"s7comm_plus"`
	TLS        bool      `json:"tls"`
	Calling    *jsonTSAP `json:"calling_tsap,omitempty"`
	Called     *jsonTSAP `json:"called_tsap,omitempty"`
	Refused    bool      `json:"refused,omitempty"`
	PDULength  uint16    `json:"pdu_length,omitempty"`
	AMQCalling uint16    `json:"max_amq_calling,omitempty"`
	AMQCalled  uint16    `json:"max_amq_called,omitempty"`
}

type jsonTSAP struct {
	Text     wireText `json:"text"`
	Resource *uint8   `json:"resource,omitempty"`
	Rack     *uint8   `json:"rack,omitempty"`
	Slot     *uint8   `json:"slot,omitempty"`
}

type jsonSent struct {
	Messages        uint64 `json:"messages"`
	Publishes       uint64 `json:"mqtt_publishes,omitempty"`
	Jobs            uint64 `json:"s7_requests,omitempty"`
	Segments        uint64 `json:"segments"`
	Bytes           uint64 `json:"bytes"`
	GapBytes        uint64 `json:"gap_bytes"`
	Gaps            uint32 `json:"gaps"`
	Retransmissions uint32 `json:"retransmissions"`
	OutOfOrder      uint32 `json:"out_of_order"`
	Duplicates      uint64 `json:"duplicates"`
	KeepAlives      uint32 `json:"keep_alives"`
	ZeroWindows     uint32 `json:"zero_windows"`
}

type jsonHost struct {
	Kind        string     `json:"kind"`
	Address     string     `json:"address"`
	Roles       []string   `json:"roles"`
	Connections uint64     `json:"connections"`
	Messages    uint64     `json:"messages"`
	Publishes   uint64     `json:"mqtt_publishes"`
	Jobs        uint64     `json:"s7_requests"`
	ClientIDs   []wireText `json:"client_ids,omitempty"`
	MoreIDs     bool       `json:"more_client_ids,omitempty"`
}

// jsonNotKept tells that --limit was reached.
type jsonNotKept struct {
	Kind    string `json:"kind"`
	NotKept uint64 `json:"not_kept"`
}

func jsonOf(c *flows.ConnInfo) jsonConnection {
	j := jsonConnection{
		Kind: "connection", Stream: c.Stream, VLAN: c.VLAN,
		Client: c.Client.String(), Server: c.Server.String(), Certain: c.ClientCertain,
		Proto: c.Proto.String(), FoundBy: c.Evidence.String(), FromStart: c.FromStart,
		FirstFrame: c.FirstFrame, LastFrame: c.LastFrame,
		Start:   time.Unix(0, c.FirstTime).UTC().Format(time.RFC3339Nano),
		Seconds: time.Duration(c.Duration()).Seconds(),
		Sent:    jsonSentOf(&c.Sent[0]), Received: jsonSentOf(&c.Sent[1]),
		Malformed: c.Malformed, Closed: closeText(c.Close),
	}
	if c.RTT > 0 {
		rtt := time.Duration(c.RTT).Seconds()
		j.RTT = &rtt
	}
	if c.CloserKnown {
		j.ClosedBy = side(c.ClosedByClient)
	}
	switch c.Proto {
	case flows.MQTT:
		if c.MQTT.Version != 0 {
			j.Version, j.Guessed = c.MQTT.Version.String(), c.MQTT.VersionGuessed
		}
		if c.MQTT.ClientID != nil {
			j.ClientID = (*wireText)(&c.MQTT.ClientID)
		}
		if c.MQTT.Answered {
			code := int(c.MQTT.Code)
			j.Connack = &code
		}
		j.WebSocket = jsonWebOf(c.WebSocket)
	case flows.ISO:
		j.S7 = &jsonS7{
			Classic: c.S7.Classic, Plus: c.S7.Plus, TLS: c.S7.TLS,
			Calling: jsonTSAPOf(c.S7.CallingTSAP), Called: jsonTSAPOf(c.S7.CalledTSAP), Refused: c.S7.Refused,
			PDULength: c.S7.PDULength, AMQCalling: c.S7.AMQCalling, AMQCalled: c.S7.AMQCalled,
		}
	}
	return j
}

func jsonWebOf(w *flows.WebSocket) *jsonWeb {
	if w == nil {
		return nil
	}
	texts := func(l []string) []wireText {
		out := []wireText{}
		for _, s := range l {
			out = append(out, wireText(s))
		}
		return out
	}
	return &jsonWeb{
		RequestFrame: w.Request.Frame, Offered: texts(w.Request.Protocols),
		ResponseFrame: w.Response.Frame, Selected: texts(w.Response.Protocols), Deflate: w.Response.Deflate,
		Sent: jsonFrames(w.Sent[0]), Received: jsonFrames(w.Sent[1]),
	}
}

func jsonTSAPOf(t s7comm.TSAP) *jsonTSAP {
	if t == nil {
		return nil
	}
	j := &jsonTSAP{Text: wireText(t.String())}
	if resource, rack, slot, ok := t.S7(); ok {
		j.Resource, j.Rack, j.Slot = &resource, &rack, &slot
	}
	return j
}

func jsonSentOf(s *flows.SideInfo) jsonSent {
	return jsonSent{
		Messages: s.Messages, Publishes: s.Publishes, Jobs: s.Jobs,
		Segments: s.Segments, Bytes: s.Bytes, GapBytes: s.GapBytes, Gaps: s.Gaps,
		Retransmissions: s.Retransmissions, OutOfOrder: s.OutOfOrder, Duplicates: s.Duplicates,
		KeepAlives: s.KeepAlives, ZeroWindows: s.ZeroWindows,
	}
}

func jsonHostOf(h *flows.Host) jsonHost {
	j := jsonHost{Kind: "host", Address: h.Addr.String(), Connections: h.Connections, Messages: h.Messages, Publishes: h.Publishes, Jobs: h.Jobs, MoreIDs: h.MoreIDs}
	for _, r := range h.Roles {
		j.Roles = append(j.Roles, r.String())
	}
	for _, id := range h.ClientIDs {
		j.ClientIDs = append(j.ClientIDs, id)
	}
	return j
}

func (l *list) json(w io.Writer) error {
	out := struct {
		Connections []jsonConnection `json:"connections"`
		Hosts       []jsonHost       `json:"hosts"`
		NotKept     uint64           `json:"not_kept"`
		Values      *[]jsonDatum     `json:"values,omitempty"`
		MoreValues  uint64           `json:"values_not_kept,omitempty"`
		jsonInventory
		Carried []jsonCarried `json:"carried,omitempty"`
	}{[]jsonConnection{}, []jsonHost{}, l.overflow, nil, l.valueOverflow, l.inventory.json(), l.carried.json()}
	if l.told {
		data := []jsonDatum{}
		for _, e := range l.values {
			data = append(data, jsonDatumOf(e))
		}
		out.Values = &data
	}
	for i := range l.connections {
		out.Connections = append(out.Connections, jsonOf(&l.connections[i]))
	}
	for i := range l.hosts {
		out.Hosts = append(out.Hosts, jsonHostOf(&l.hosts[i]))
	}
	e := encoder(w)
	e.SetIndent("", "  ")
	return e.Encode(out)
}

func (l *list) lines(w io.Writer) error {
	e := encoder(w)
	for i := range l.connections {
		if err := e.Encode(jsonOf(&l.connections[i])); err != nil {
			return err
		}
	}
	for i := range l.hosts {
		if err := e.Encode(jsonHostOf(&l.hosts[i])); err != nil {
			return err
		}
	}
	if err := l.inventory.jsonLines(e.Encode); err != nil {
		return err
	}
	for _, c := range l.carried.json() {
		if err := e.Encode(c); err != nil {
			return err
		}
	}
	for _, v := range l.values {
		if err := e.Encode(jsonDatumOf(v)); err != nil {
			return err
		}
	}
	if l.overflow > 0 {
		if err := e.Encode(jsonNotKept{"not_kept", l.overflow}); err != nil {
			return err
		}
	}
	if l.valueOverflow > 0 {
		return e.Encode(jsonNotKept{"values_not_kept", l.valueOverflow})
	}
	return nil
}

func encoder(w io.Writer) *json.Encoder {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e
}
