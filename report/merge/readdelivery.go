package merge

import (
	"errors"
	"fmt"
	"net/netip"

	"plcscope/flows/delivery"
	"plcscope/flows/tcp"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
)

// What is read of the delivery audit of a report.
type (
	readDelivery struct {
		Total     [2]readLedger
		Rest      *[2]readLedger
		Sessions  []readSession
		Outages   []readOutage
		Pairs     []readPair
		Replies   []readReplies
		Incidents []readIncident
		Notes     []string
	}
	readLedger struct {
		Sent, QoS1, QoS2, Acknowledged, Recovered, Completed, Refused, Lost, Abandoned, Replaced, Unknown, Open uint64

		Joined        uint64            `json:"first_seen_repeated"`
		NoSubscribers uint64            `json:"no_subscribers"`
		RepeatedDup   uint64            `json:"repeated_dup"`
		RepeatedPlain uint64            `json:"repeated_without_dup"`
		Twice         uint64            `json:"delivered_twice"`
		Strays        uint64            `json:"stray_acknowledgements"`
		Doubts        map[string]uint64 `json:"unknown_because"`
		Latency       readLatency
	}
	readLatency struct {
		Count   uint64
		P50     int64 `json:"p50_ns"`
		P95     int64 `json:"p95_ns"`
		P99     int64 `json:"p99_ns"`
		Max     int64 `json:"max_ns"`
		Partial bool
		Bars    []struct {
			UpTo  int64 `json:"up_to_ns"`
			Count uint64
		}
	}
	readName struct {
		Broker, Address string
		Client          string `json:"client_id"`
		Stranger        bool   `json:"no_connect"`
	}
	readSession struct {
		readName
		Version     string
		Connections uint32
		FirstFrame  uint64 `json:"first_frame"`
		Outages     uint64
		Down        int64      `json:"down_ns"`
		ByClient    readLedger `json:"by_client"`
		ByBroker    readLedger `json:"by_broker"`
	}
	readOutage struct {
		readName
		Endpoint, Cause string
		Reason          *uint8 `json:"disconnect_reason"`
		At, Back        readRef
		How             string          `json:"resumption"`
		ByClient        readInterrupted `json:"by_client"`
		ByBroker        readInterrupted `json:"by_broker"`
	}
	readInterrupted struct {
		InFlight                                            uint64 `json:"in_flight"`
		Recovered, Replaced, Lost, Abandoned, Unknown, Open uint64
	}
	readPair struct {
		From, To                         readName
		Expected, Missing, Unknown, Open uint64
		Delivered                        [3]uint64 `json:"delivered_by_qos"`
		Again                            uint64    `json:"more_than_once"`
		Latency                          readLatency
	}
	readReplies struct {
		readName
		Role, Pattern                                       string
		Requests, Answered, Late, Unanswered, Unknown, Open uint64
		Latency                                             readLatency
	}
	readIncident struct {
		Kind string
		readName
		Sender               string
		First, Last, Related readRef
		ID                   uint16 `json:"packet_id"`
		QoS                  uint8
		Sends                int
		Reached              bool `json:"reached_tcp"`
		Reason               uint8
		To, Topic            string
	}
)

// parse finds the value that String writes as text, up to the last one.
func parse[T interface {
	~uint8
	String() string
}](text string, last T) (T, error) {
	for v := T(0); v <= last; v++ {
		if v.String() == text {
			return v, nil
		}
	}
	return 0, fmt.Errorf("%q is not known", text)
}

func endpoint(text string) (tcp.Endpoint, error) {
	a, err := netip.ParseAddrPort(text)
	if err != nil {
		return tcp.Endpoint{}, err
	}
	return tcp.Endpoint{Addr: a.Addr().As16(), Port: a.Port()}, nil
}

func (r *readName) name() (n delivery.Name, err error) {
	n.Client, n.Stranger = r.Client, r.Stranger
	if n.Broker, err = endpoint(r.Broker); err == nil {
		n.Address, err = endpoint(r.Address)
	}
	return n, err
}

func (r *readLedger) ledger() (delivery.Ledger, error) {
	l := delivery.Ledger{
		Sent: r.Sent, QoS1: r.QoS1, QoS2: r.QoS2, Joined: r.Joined, Acknowledged: r.Acknowledged, NoSubscribers: r.NoSubscribers,
		RepeatedDup: r.RepeatedDup, RepeatedPlain: r.RepeatedPlain, Recovered: r.Recovered, Twice: r.Twice, Strays: r.Strays,
		Completed: r.Completed, Refused: r.Refused, Lost: r.Lost, Abandoned: r.Abandoned, Replaced: r.Replaced,
		Unknown: r.Unknown, Open: r.Open,
	}
	for text, n := range r.Doubts {
		d, err := parse(text, delivery.Doubts-1)
		if err != nil {
			return l, err
		}
		l.Doubts[d] += n
	}
	var err error
	l.Latency, err = r.Latency.latency()
	return l, err
}

// maxBars bounds the bars of a plot; there are three a decade.
const maxBars = 64

func (r *readLatency) latency() (delivery.Latency, error) {
	l := delivery.Latency{Count: r.Count, P50: r.P50, P95: r.P95, P99: r.P99, Max: r.Max, Partial: r.Partial}
	for i, b := range r.Bars {
		if i >= maxBars || i > 0 && b.UpTo <= r.Bars[i-1].UpTo {
			return l, errors.New("the bars of a latency are out of order")
		}
		l.Bars = append(l.Bars, delivery.Bar{UpTo: b.UpTo, Count: b.Count})
	}
	return l, nil
}

// end is a reference of the audit.
func (r readRef) end() session.Ref {
	x := r.ref()
	return session.Ref{Frame: x.Frame, Time: x.Time}
}

func (r *readOutage) outage() (x delivery.Outage, err error) {
	x.At, x.Back = r.At.end(), r.Back.end()
	if r.Reason != nil {
		x.Told, x.Reason = true, mqtt.ReasonCode(*r.Reason)
	}
	for side, c := range []*readInterrupted{&r.ByClient, &r.ByBroker} {
		x.InFlight[side], x.Recovered[side], x.Replaced[side], x.Lost[side] = c.InFlight, c.Recovered, c.Replaced, c.Lost
		x.Abandoned[side], x.Unknown[side], x.Open[side] = c.Abandoned, c.Unknown, c.Open
	}
	var errs [4]error
	x.Name, errs[0] = r.name()
	x.Endpoint, errs[1] = endpoint(r.Endpoint)
	x.Cause, errs[2] = parse(r.Cause, delivery.PortReused)
	x.How, errs[3] = parse(r.How, delivery.Forgotten)
	return x, errors.Join(errs[:]...)
}

func (r *readIncident) incident() (x delivery.Incident, err error) {
	x = delivery.Incident{
		First: r.First.end(), Last: r.Last.end(), Related: r.Related.end(), ID: r.ID, QoS: mqtt.QoS(r.QoS), Sends: r.Sends,
		Reached: r.Reached, Reason: mqtt.ReasonCode(r.Reason), To: r.To, Topic: r.Topic,
	}
	var errs [3]error
	x.Kind, errs[0] = parse(r.Kind, delivery.Kinds-1)
	x.Name, errs[1] = r.name()
	x.Sender, errs[2] = parse(r.Sender, session.Server)
	return x, errors.Join(errs[:]...)
}

// version reads a version of MQTT as String writes it.
func version(text string) mqtt.Version {
	v, err := parse(text, mqtt.V5)
	if err != nil {
		return 0
	}
	return v
}
