package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"plcscope/flows/delivery"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

// Lines that the text shows of each list of the audit, unless it is verbose.
const (
	deliverySessions  = 20
	deliveryOutages   = 10
	deliveryPairs     = 20
	deliveryReplies   = 20
	deliveryIncidents = 20
)

// delivery writes what became of messages.
func (t *text) delivery() {
	d := t.r.Delivery
	if d == nil {
		return
	}
	fmt.Fprintf(t, "\n%s\n", t.o.Style.Bold("Delivery of messages with QoS 1 and 2"))
	if len(d.Sessions) == 0 {
		t.WriteString("  no MQTT session in this capture\n")
		return
	}
	for side := range d.Total {
		l := &d.Total[side]
		if l.Sent > 0 {
			t.item(2, fmt.Sprintf("by %s: %s", [...]string{"clients", "brokers"}[side], t.ledgerText(l)))
		}
	}
	if d.Total[0].Sent+d.Total[1].Sent == 0 {
		t.WriteString("  none in this capture\n")
	}
	t.deliverySessions(d)
	t.deliveryOutages(d)
	t.deliveryPairs(d)
	t.deliveryReplies(d)
	t.deliveryIncidents(d)
	for _, n := range DeliveryNotes(&d.Bounds) {
		t.item(2, t.o.Style.Yellow("note:")+" "+n)
	}
}

// ledgerText sums up one side in a line.
func (t *text) ledgerText(l *delivery.Ledger) string {
	parts := []string{plural(l.Sent, "message") + " sent", strconv.FormatUint(l.Completed, 10) + " completed"}
	add := func(n uint64, what string, paint func(string) string) {
		if n > 0 {
			s := strconv.FormatUint(n, 10) + " " + what
			if paint != nil {
				s = paint(s)
			}
			parts = append(parts, s)
		}
	}
	add(l.Lost, "lost", t.o.Style.Red)
	add(l.Abandoned, "abandoned", t.o.Style.Red)
	add(l.Refused, "refused", t.o.Style.Yellow)
	add(l.Replaced, "sent again as new", nil)
	add(l.Twice, "delivered twice", t.o.Style.Yellow)
	add(l.RepeatedDup, "repeated with DUP", nil)
	add(l.RepeatedPlain, "repeated without DUP", nil)
	add(l.Recovered, "recovered", nil)
	add(l.Open, "still open", nil)
	if l.Unknown > 0 {
		add(l.Unknown, "unknown ("+doubtsText(l)+")", nil)
	}
	if l.Latency.Count > 0 {
		parts = append(parts, latencyText(&l.Latency))
	}
	return strings.Join(parts, ", ")
}

// doubtsText names the most frequent reason.
func doubtsText(l *delivery.Ledger) string {
	most := delivery.Doubt(0)
	kinds := 0
	for i, n := range l.Doubts {
		if n > 0 {
			kinds++
			if n > l.Doubts[most] {
				most = delivery.Doubt(i)
			}
		}
	}
	if kinds > 1 {
		return "mostly: " + most.String()
	}
	return most.String()
}

func latencyText(l *delivery.Latency) string {
	return "acknowledged: " + spread(l)
}

func spread(l *delivery.Latency) string {
	return fmt.Sprintf("p50 %s, p95 %s, p99 %s, max %s", short(l.P50), short(l.P95), short(l.P99), short(l.Max))
}

// short prints a duration in nanoseconds with three digits or so.
func short(ns int64) string {
	d := time.Duration(ns)
	switch {
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	case d < time.Second:
		return d.Round(10 * time.Microsecond).String()
	case d < time.Minute:
		return d.Round(10 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

// notable reports whether a ledger tells more than that all went well.
func notable(l *delivery.Ledger) bool {
	return l.Sent != l.Completed || l.Twice > 0 || l.RepeatedDup+l.RepeatedPlain > 0
}

// some calls show for the first n of total things, or for all in a verbose
// report, and says how many it left out.
func (t *text) some(n, total int, what string, show func(i int)) {
	if t.o.Verbose {
		n = total
	}
	for i := range min(n, total) {
		show(i)
	}
	if total > n {
		t.item(4, fmt.Sprintf("… and %s; --verbose shows all that were kept", plural(total-n, "more "+what)))
	}
}

func (t *text) deliverySessions(d *delivery.Result) {
	var l []*delivery.Session
	for i := range d.Sessions {
		s := &d.Sessions[i]
		if notable(&s.Sides[0]) || notable(&s.Sides[1]) || t.o.Verbose && s.Sides[0].Sent+s.Sides[1].Sent > 0 {
			l = append(l, s)
		}
	}
	t.some(deliverySessions, len(l), "session", func(i int) {
		s := l[i]
		t.item(2, fmt.Sprintf("%s at %s", t.o.Style.Bold(t.r.who(&s.Name)), s.Broker))
		for side := range s.Sides {
			if x := &s.Sides[side]; x.Sent > 0 {
				t.item(4, fmt.Sprintf("by the %s: %s", sideText(session.Side(side)), t.ledgerText(x)))
			}
		}
	})
}

func sideText(s session.Side) string { return [...]string{"client", "broker"}[s&1] }

// who names a session for people.
func (r *Report) who(n *delivery.Name) string {
	name := r.called(rules.Client, n.Address.Addr.String(), n.Client)
	switch {
	case n.Stranger:
		return aside(n.Address.String(), name) + " (no CONNECT in the capture)"
	case n.Client == "":
		return aside(n.Address.String(), name) + " (no client identifier)"
	}
	return aside(strconv.Quote(n.Client), name)
}

func (t *text) deliveryOutages(d *delivery.Result) {
	if len(d.Outages) == 0 {
		return
	}
	fmt.Fprintf(t, "\n  %s\n", t.o.Style.Bold("Connections that broke"))
	t.some(deliveryOutages, len(d.Outages), "outage", func(i int) {
		x := &d.Outages[i]
		t.item(4, fmt.Sprintf("frame %d, %s: %s %s; %s", x.At.Frame, clock(x.At.Time)[:len(time.DateTime)], t.r.who(&x.Name), causeText(x), backText(x)))
		for side := range x.InFlight {
			if x.InFlight[side] == 0 {
				continue
			}
			t.item(6, interruptedText(x, session.Side(side)))
		}
	})
}

// causeText says how the connection broke.
func causeText(x *delivery.Outage) string {
	if x.Told {
		return fmt.Sprintf("%s after DISCONNECT with reason 0x%02x", x.Cause, uint8(x.Reason))
	}
	return x.Cause.String()
}

// backText says when the client came back, and with what.
func backText(x *delivery.Outage) string {
	if x.Back.Frame == 0 {
		return "not back so far"
	}
	return fmt.Sprintf("back after %s, %s", short(x.Down()), x.How)
}

// interruptedText says what became of the messages of one side that were on the
// way.
func interruptedText(x *delivery.Outage, side session.Side) string {
	s := fmt.Sprintf("%s of the %s in flight:", plural(x.InFlight[side], "message"), sideText(side))
	for _, n := range []struct {
		n    uint64
		what string
	}{
		{x.Recovered[side], "recovered"}, {x.Replaced[side], "sent again as new"}, {x.Lost[side], "lost"},
		{x.Abandoned[side], "abandoned"}, {x.Unknown[side], "unknown"}, {x.Open[side], "open"},
	} {
		if n.n > 0 {
			s += fmt.Sprintf(" %d %s", n.n, n.what)
		}
	}
	return s
}

func (t *text) deliveryPairs(d *delivery.Result) {
	if len(d.Pairs) == 0 {
		return
	}
	fmt.Fprintf(t, "\n  %s%s\n", t.o.Style.Bold("From publisher to subscriber"), t.o.Style.Dim(", matched by topic and payload"))
	t.some(deliveryPairs, len(d.Pairs), "pair", func(i int) {
		x := &d.Pairs[i]
		t.item(4, fmt.Sprintf("%s to %s: %s", t.r.who(&x.From), t.r.who(&x.To), pairText(x)))
	})
}

// pairText says what the subscriber has got of the publisher's messages.
func pairText(x *delivery.Pair) string {
	parts := []string{}
	for q, n := range x.Delivered {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d with QoS %d", n, q))
		}
	}
	if len(parts) == 0 {
		parts = append(parts, "nothing")
	}
	for _, n := range []struct {
		n    uint64
		what string
	}{{x.Expected, "expected"}, {x.Missing, "missing"}, {x.Again, "more than once"}, {x.Unknown, "unknown"}, {x.Open, "open"}} {
		if n.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n.n, n.what))
		}
	}
	if x.Latency.Count > 0 {
		parts = append(parts, "latency: "+spread(&x.Latency))
	}
	return strings.Join(parts, ", ")
}

func (t *text) deliveryReplies(d *delivery.Result) {
	if len(d.Replies) == 0 {
		return
	}
	fmt.Fprintf(t, "\n  %s\n", t.o.Style.Bold("Requests and replies"))
	t.some(deliveryReplies, len(d.Replies), "line", func(i int) {
		x := &d.Replies[i]
		t.item(4, fmt.Sprintf("%s as %s (%s): %s", t.r.who(&x.Name), x.Role, patternText(x), repliesText(x)))
	})
}

// patternText names how requests and replies were joined.
func patternText(x *delivery.Replies) string {
	if x.Pattern == "" {
		return "response topic"
	}
	return Clean(x.Pattern)
}

// repliesText counts what became of requests.
func repliesText(x *delivery.Replies) string {
	s := fmt.Sprintf("%s, %d answered", plural(x.Requests, "request"), x.Answered)
	for _, n := range []struct {
		n    uint64
		what string
	}{{x.Late, "late"}, {x.Unanswered, "unanswered"}, {x.Unknown, "unknown"}, {x.Open, "open"}} {
		if n.n > 0 {
			s += fmt.Sprintf(", %d %s", n.n, n.what)
		}
	}
	if x.Latency.Count > 0 {
		s += ", latency: " + spread(&x.Latency)
	}
	return s
}

func (t *text) deliveryIncidents(d *delivery.Result) {
	if len(d.Incidents) == 0 {
		return
	}
	fmt.Fprintf(t, "\n  %s\n", t.o.Style.Bold("Messages to look at"))
	t.some(deliveryIncidents, len(d.Incidents), "message", func(i int) {
		x := &d.Incidents[i]
		t.item(4, fmt.Sprintf("frame %d: %s", x.First.Frame, t.r.incidentText(x)))
	})
}

// incidentText tells of a message what happened to it.
func (r *Report) incidentText(x *delivery.Incident) string {
	s := fmt.Sprintf("%s, %s of %s, QoS %d", x.Kind, Clean(topicText(x.Topic)), r.who(&x.Name), x.QoS)
	if x.ID != 0 {
		s += fmt.Sprintf(", identifier %d", x.ID)
	}
	if x.Sender == session.Server {
		s += ", sent by the broker"
	}
	switch {
	case x.Kind == delivery.RefusedMessage:
		s += fmt.Sprintf(", reason 0x%02x", uint8(x.Reason))
	case x.Kind == delivery.LostMessage && x.Reached:
		s += ", though it has reached the receiver's TCP"
	case x.To != "":
		s += ", to " + strconv.Quote(x.To)
	}
	if x.Related.Frame != 0 {
		s += fmt.Sprintf(" (see frame %d)", x.Related.Frame)
	}
	return s
}

func topicText(s string) string {
	if s == "" {
		return "topic unknown"
	}
	return strconv.Quote(s)
}

// DeliveryNotes tells in sentences which bounds of the audit were reached.
func DeliveryNotes(b *delivery.Bounds) (l []string) {
	for _, n := range []struct {
		n         uint64
		one, many string
	}{
		{b.Sessions, "one MQTT session more than are kept apart: it shares a ledger or is left out", "more MQTT sessions than are kept apart: %d share one ledger or are left out"},
		{b.Histograms, "1 latency rests on the first values only: too many histograms", "%d latencies rest on the first values only: too many histograms"},
		{b.Outages, "1 outage is counted, but not listed", "%d outages are counted, but not listed"},
		{b.Incidents, "1 message to look at is counted, but not listed", "%d messages to look at are counted, but not listed"},
		{b.Pairs, "deliveries between one further pair are not counted", "deliveries between %d further pairs are not counted"},
		{b.Messages, "1 message in flight was forgotten because there were too many", "%d messages in flight were forgotten because there were too many"},
		{b.Subscriptions, "1 subscription was not matched because there were too many", "%d subscriptions were not matched because there were too many"},
		{b.Expected, "1 delivery was no longer waited for because there were too many", "%d deliveries were no longer waited for because there were too many"},
		{b.Requests, "1 request was no longer waited for because there were too many", "%d requests were no longer waited for because there were too many"},
		{b.Brokers, "the publishers and subscribers of one session were not matched: too many brokers", "the publishers and subscribers of %d sessions were not matched: too many brokers"},
	} {
		l = numbered(l, n.n, n.one, n.many)
	}
	return l
}

type jsonDelivery struct {
	Total     [2]jsonLedger         `json:"total"` // sent by clients, by brokers
	Rest      *[2]jsonLedger        `json:"rest,omitempty"`
	Sessions  []jsonDeliverySession `json:"sessions"`
	Outages   []jsonOutage          `json:"outages"`
	Pairs     []jsonPair            `json:"pairs"`
	Replies   []jsonReplies         `json:"replies"`
	Incidents []jsonIncident        `json:"incidents"`
	Notes     []string              `json:"notes,omitempty"`
}

type jsonLedger struct {
	Sent          uint64            `json:"sent"`
	QoS1          uint64            `json:"qos1"`
	QoS2          uint64            `json:"qos2"`
	Joined        uint64            `json:"first_seen_repeated,omitempty"`
	Acknowledged  uint64            `json:"acknowledged"`
	NoSubscribers uint64            `json:"no_subscribers,omitempty"`
	RepeatedDup   uint64            `json:"repeated_dup,omitempty"`
	RepeatedPlain uint64            `json:"repeated_without_dup,omitempty"`
	Recovered     uint64            `json:"recovered,omitempty"`
	Twice         uint64            `json:"delivered_twice,omitempty"`
	Strays        uint64            `json:"stray_acknowledgements,omitempty"`
	Completed     uint64            `json:"completed"`
	Refused       uint64            `json:"refused,omitempty"`
	Lost          uint64            `json:"lost"`
	Abandoned     uint64            `json:"abandoned,omitempty"`
	Replaced      uint64            `json:"replaced,omitempty"`
	Unknown       uint64            `json:"unknown"`
	Open          uint64            `json:"open"`
	Doubts        map[string]uint64 `json:"unknown_because,omitempty"`
	Latency       *jsonLatency      `json:"latency,omitempty"`
}

type jsonLatency struct {
	Count   uint64    `json:"count"`
	P50     int64     `json:"p50_ns"`
	P95     int64     `json:"p95_ns"`
	P99     int64     `json:"p99_ns"`
	Max     int64     `json:"max_ns"`
	Partial bool      `json:"partial,omitempty"`
	Bars    []jsonBar `json:"bars"`
}

type jsonBar struct {
	UpTo  int64  `json:"up_to_ns"`
	Count uint64 `json:"count"`
}

type jsonName struct {
	Broker   string `json:"broker"`
	Client   string `json:"client_id,omitempty"`
	Address  string `json:"address"`
	Stranger bool   `json:"no_connect,omitempty"`
}

type jsonDeliverySession struct {
	jsonName
	Version     string     `json:"version"`
	Connections uint32     `json:"connections"`
	FirstFrame  uint64     `json:"first_frame"`
	Outages     uint64     `json:"outages"`
	Down        int64      `json:"down_ns"`
	ByClient    jsonLedger `json:"by_client"`
	ByBroker    jsonLedger `json:"by_broker"`
}

type jsonOutage struct {
	jsonName
	Endpoint string          `json:"endpoint"`
	Cause    string          `json:"cause"`
	Reason   *uint8          `json:"disconnect_reason,omitempty"`
	At       jsonRef         `json:"at"`
	Back     *jsonRef        `json:"back,omitempty"`
	How      string          `json:"resumption"`
	Down     *int64          `json:"down_ns,omitempty"`
	ByClient jsonInterrupted `json:"by_client"`
	ByBroker jsonInterrupted `json:"by_broker"`
}

type jsonInterrupted struct {
	InFlight  uint64 `json:"in_flight"`
	Recovered uint64 `json:"recovered"`
	Replaced  uint64 `json:"replaced"`
	Lost      uint64 `json:"lost"`
	Abandoned uint64 `json:"abandoned"`
	Unknown   uint64 `json:"unknown"`
	Open      uint64 `json:"open"`
}

type jsonPair struct {
	From      jsonName     `json:"from"`
	To        jsonName     `json:"to"`
	MatchedBy string       `json:"matched_by"`
	Expected  uint64       `json:"expected"`
	Delivered [3]uint64    `json:"delivered_by_qos"`
	Missing   uint64       `json:"missing"`
	Unknown   uint64       `json:"unknown"`
	Open      uint64       `json:"open"`
	Again     uint64       `json:"more_than_once"`
	Latency   *jsonLatency `json:"latency,omitempty"`
}

type jsonReplies struct {
	jsonName
	Role       string       `json:"role"`
	Pattern    string       `json:"pattern,omitempty"`
	Requests   uint64       `json:"requests"`
	Answered   uint64       `json:"answered"`
	Late       uint64       `json:"late"`
	Unanswered uint64       `json:"unanswered"`
	Unknown    uint64       `json:"unknown"`
	Open       uint64       `json:"open"`
	Latency    *jsonLatency `json:"latency,omitempty"`
}

type jsonIncident struct {
	Kind string `json:"kind"`
	jsonName
	Sender  string   `json:"sender"`
	First   jsonRef  `json:"first"`
	Last    jsonRef  `json:"last"`
	Related *jsonRef `json:"related,omitempty"`
	ID      uint16   `json:"packet_id,omitempty"`
	QoS     uint8    `json:"qos"`
	Sends   int      `json:"sends"`
	Reached bool     `json:"reached_tcp,omitempty"`
	Reason  uint8    `json:"reason,omitempty"`
	To      string   `json:"to,omitempty"`
	Topic   string   `json:"topic"`
}

func (r *Report) jsonDelivery() *jsonDelivery {
	d := r.Delivery
	if d == nil {
		return nil
	}
	out := &jsonDelivery{
		Sessions: []jsonDeliverySession{}, Outages: []jsonOutage{}, Pairs: []jsonPair{}, Replies: []jsonReplies{}, Incidents: []jsonIncident{},
		Notes: DeliveryNotes(&d.Bounds),
	}
	for side := range d.Total {
		out.Total[side] = newJSONLedger(&d.Total[side])
	}
	if d.Rest[0].Sent+d.Rest[1].Sent > 0 {
		out.Rest = &[2]jsonLedger{newJSONLedger(&d.Rest[0]), newJSONLedger(&d.Rest[1])}
	}
	for i := range d.Sessions {
		s := &d.Sessions[i]
		out.Sessions = append(out.Sessions, jsonDeliverySession{
			newJSONName(&s.Name), s.Version.String(), s.Connections, s.FirstFrame, s.Outages, s.Down,
			newJSONLedger(&s.Sides[session.Client]), newJSONLedger(&s.Sides[session.Server]),
		})
	}
	for i := range d.Outages {
		out.Outages = append(out.Outages, newJSONOutage(&d.Outages[i]))
	}
	for i := range d.Pairs {
		x := &d.Pairs[i]
		out.Pairs = append(out.Pairs, jsonPair{newJSONName(&x.From), newJSONName(&x.To), "topic and payload", x.Expected, x.Delivered, x.Missing, x.Unknown, x.Open, x.Again, newJSONLatency(&x.Latency)})
	}
	for i := range d.Replies {
		x := &d.Replies[i]
		out.Replies = append(out.Replies, jsonReplies{newJSONName(&x.Name), x.Role.String(), x.Pattern, x.Requests, x.Answered, x.Late, x.Unanswered, x.Unknown, x.Open, newJSONLatency(&x.Latency)})
	}
	for i := range d.Incidents {
		x := &d.Incidents[i]
		out.Incidents = append(out.Incidents, jsonIncident{
			x.Kind.String(), newJSONName(&x.Name), x.Sender.String(), refOf(x.First), refOf(x.Last), optionalRef(x.Related),
			x.ID, uint8(x.QoS), x.Sends, x.Reached, uint8(x.Reason), printable(x.To), printable(x.Topic),
		})
	}
	return out
}

func newJSONOutage(x *delivery.Outage) jsonOutage {
	j := jsonOutage{
		jsonName: newJSONName(&x.Name), Endpoint: x.Endpoint.String(), Cause: x.Cause.String(), At: refOf(x.At), How: x.How.String(),
		ByClient: interrupted(x, session.Client), ByBroker: interrupted(x, session.Server),
	}
	if x.Told {
		reason := uint8(x.Reason)
		j.Reason = &reason
	}
	if j.Back = optionalRef(x.Back); j.Back != nil {
		down := x.Down()
		j.Down = &down
	}
	return j
}

func interrupted(x *delivery.Outage, s session.Side) jsonInterrupted {
	return jsonInterrupted{x.InFlight[s], x.Recovered[s], x.Replaced[s], x.Lost[s], x.Abandoned[s], x.Unknown[s], x.Open[s]}
}

func newJSONName(n *delivery.Name) jsonName {
	return jsonName{n.Broker.String(), printable(n.Client), n.Address.String(), n.Stranger}
}

// printable makes bytes that are no UTF-8 visible instead of replacing them.
func printable(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return Clean(s)
}

func refOf(x session.Ref) jsonRef { return jsonRef{x.Frame, stamp(x.Time)} }

func optionalRef(x session.Ref) *jsonRef {
	if x.Frame == 0 {
		return nil
	}
	j := refOf(x)
	return &j
}

func newJSONLatency(l *delivery.Latency) *jsonLatency {
	if l.Count == 0 {
		return nil
	}
	j := &jsonLatency{l.Count, l.P50, l.P95, l.P99, l.Max, l.Partial, []jsonBar{}}
	for _, b := range l.Bars {
		j.Bars = append(j.Bars, jsonBar(b))
	}
	return j
}

func newJSONLedger(l *delivery.Ledger) jsonLedger {
	j := jsonLedger{
		Sent: l.Sent, QoS1: l.QoS1, QoS2: l.QoS2, Joined: l.Joined, Acknowledged: l.Acknowledged, NoSubscribers: l.NoSubscribers,
		RepeatedDup: l.RepeatedDup, RepeatedPlain: l.RepeatedPlain, Recovered: l.Recovered, Twice: l.Twice, Strays: l.Strays,
		Completed: l.Completed, Refused: l.Refused, Lost: l.Lost, Abandoned: l.Abandoned, Replaced: l.Replaced,
		Unknown: l.Unknown, Open: l.Open, Latency: newJSONLatency(&l.Latency),
	}
	for d, n := range l.Doubts {
		if n > 0 {
			if j.Doubts == nil {
				j.Doubts = map[string]uint64{}
			}
			j.Doubts[delivery.Doubt(d).String()] = n
		}
	}
	return j
}
