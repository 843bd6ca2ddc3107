package delivery

import (
	"plcscope/flows/tcp"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
)

// Result is what an audit has found. Its order is fixed: the same capture gives
// the same Result.
type Result struct {
	Sessions  []Session  // by broker, client identifier, first frame
	Rest      [2]Ledger  // of the sessions beyond Limits.Sessions, by sender
	Total     [2]Ledger  // of all sessions, by sender
	Pairs     []Pair     // by publisher, then subscriber
	Outages   []Outage   // by their begin
	Replies   []Replies  // by session, role, pattern
	Incidents []Incident // by frame
	Bounds    Bounds
}

// Name names a session.
type Name struct {
	Broker tcp.Endpoint
	// Client is the client identifier; empty when the client sent none, or when
	// its CONNECT is not in the capture.
	Client string
	// Address is the client's endpoint on its first connection.
	Address tcp.Endpoint
	// Stranger is set when no CONNECT in the capture tells whose session it is.
	Stranger bool
}

// String names the client by its identifier, or by its address when it has none.
func (n *Name) String() string {
	if n.Client != "" {
		return n.Client
	}
	return n.Address.String()
}

// Session is the ledger of one client at one broker, over all its connections.
type Session struct {
	Name
	Version     mqtt.Version
	Connections uint32
	FirstFrame  uint64 // of its first connection
	// Sides are the messages that the client and the broker have sent, indexed
	// by session.Client and session.Server.
	Sides   [2]Ledger
	Outages uint64
	Down    int64 // nanoseconds without a connection after outages, as far as it came back
}

// Ledger counts the messages of QoS 1 and 2 that one side of a session has sent.
// Each message is counted in Sent once, and once in what became of it:
//
//	Sent = Completed + Refused + Lost + Abandoned + Replaced + Unknown + Open
type Ledger struct {
	Sent uint64
	QoS1 uint64 // of Sent
	QoS2 uint64 // of Sent
	// Joined are those of Sent that came with DUP when first seen: they were
	// sent before, where the capture does not look.
	Joined uint64

	Acknowledged  uint64 // PUBACK or PUBREC was seen
	Completed     uint64 // PUBACK or PUBCOMP was seen
	Refused       uint64 // acknowledged with a 5.0 reason code of failure
	NoSubscribers uint64 // of Acknowledged: 5.0 reason code 0x10
	RepeatedDup   uint64 // further sendings of a message, with DUP
	RepeatedPlain uint64 // further sendings of a message, without DUP
	Recovered     uint64 // messages taken up again on a later connection
	// Twice are messages that the receiver has acknowledged more than once as
	// messages of their own, so that it has got them more than once.
	Twice  uint64
	Strays uint64 // acknowledgements of messages that are not in the capture

	// Lost were never acknowledged, their connection ended, the client came
	// back, and they were not sent again; the capture shows all of it.
	Lost uint64
	// Abandoned are messages of QoS 2 that were received (PUBREC), and whose
	// handshake was not finished before the session ended.
	Abandoned uint64
	// Replaced were not sent again as the same message, but soon after the
	// client was back as a new one, recognised by topic and payload.
	Replaced uint64
	Unknown  uint64 // the capture does not tell; Doubts says why
	Open     uint64 // in flight at the end of the capture, or the client is not back
	Doubts   [Doubts]uint64

	// Latency is the time from the only sending of a message to its first
	// acknowledgement, as seen at the capture point. Repeated messages are left
	// out: nobody knows which sending was answered.
	Latency Latency
}

// Doubt is why the fate of a message is not known.
type Doubt uint8

const (
	Certain        Doubt = iota
	Gap                  // the capture misses bytes
	MidStream            // the capture begins inside the connection
	OneDirection         // the capture shows one direction only
	Borders              // message borders are in doubt behind a gap or a malformed message
	NoEnd                // the capture does not show how the connection ended
	Shared               // two connections used the session at once
	Elsewhere            // the session may have gone on where its CONNECT is not in the capture
	Reused               // its identifier was taken again while it was open
	MayExpire            // it had an expiry interval
	Bounded              // a bound of the audit was reached
	Disconnected         // the side that waits for it has left
	Unacknowledged       // the broker was not seen to take it
	Doubts
)

var doubtTexts = [Doubts]string{
	"", "the capture misses packets", "the capture begins inside the connection",
	"the capture shows one direction only", "message borders are in doubt",
	"the end of the connection is not in the capture", "two connections used the session at once",
	"the session may have gone on unseen", "the identifier was taken again while it was open",
	"the message may have expired", "more messages than are remembered",
	"the receiver has left", "the broker did not acknowledge it",
}

func (d Doubt) String() string { return doubtTexts[d] }

// Pair is what one client has got of the messages of QoS 1 and 2 of another over
// the same broker. Messages are matched by content: topic and payload, within
// Options.Window, the oldest first. Constant payloads can be mistaken for each
// other. What is published with QoS 0 counts when it is delivered.
type Pair struct {
	From, To  Name
	Expected  uint64    // published to a subscription of the receiver that was seen, to be delivered with QoS 1 or 2
	Delivered [3]uint64 // sent to the receiver, by the QoS of that leg, whether Expected or not
	Missing   uint64    // of Expected: acknowledged by the broker and not sent to the receiver in time, though it was connected
	Unknown   uint64    // of Expected: the capture does not tell
	Open      uint64    // of Expected: the capture ended before the time was up, or the receiver was away
	Again     uint64    // sent to the receiver once more as a new message; overlapping subscriptions do that
	Latency   Latency   // from the publisher's sending to the one to the receiver
}

// Cause is how a connection broke.
type Cause uint8

const (
	ClosedByClient Cause = iota // FIN of the client without DISCONNECT
	ClosedByServer              // FIN of the server; in 5.0 perhaps after DISCONNECT
	ResetByClient               // RST of the client without DISCONNECT
	ResetByServer               // RST of the server
	TakenOver                   // the client connected anew while it was open
	Idle                        // it fell silent
	PortReused                  // a new connection used the same ports
)

var causeTexts = [...]string{
	"closed by the client without DISCONNECT", "closed by the server", "reset by the client without DISCONNECT",
	"reset by the server", "not closed before the client came back", "silent until given up", "its ports were used again",
}

func (c Cause) String() string { return causeTexts[c] }

// Resumption is with what the client came back.
type Resumption uint8

const (
	NotBack   Resumption = iota // not before the end of the capture
	Resumed                     // the session went on
	Clean                       // the client asked for a new session
	Forgotten                   // the server had no session
)

var resumptionTexts = [...]string{"not back", "session resumed", "clean session", "session forgotten by the server"}

func (r Resumption) String() string { return resumptionTexts[r] }

// Outage is a connection that broke, and what followed.
type Outage struct {
	Name
	Endpoint tcp.Endpoint // of the client, on the broken connection
	Cause    Cause
	Reason   mqtt.ReasonCode // of a DISCONNECT of the server
	Told     bool            // the server sent DISCONNECT
	At       session.Ref     // the close; when the client was back before, its last packet
	Back     session.Ref     // the next accepted CONNECT; Frame 0 when there was none
	How      Resumption
	heard    session.Ref // the client's latest packet on the broken connection
	// InFlight counts the messages that were on the way when the connection
	// broke, by sender. What became of them:
	InFlight, Recovered, Replaced, Lost, Abandoned, Unknown, Open [2]uint64
}

// Down is how long the client was away in nanoseconds, or -1 when it did not
// come back.
func (o *Outage) Down() int64 {
	if o.Back.Frame == 0 {
		return -1
	}
	return max(o.Back.Time-o.At.Time, 0)
}

// Role is a side of a request over topics.
type Role uint8

const (
	Requester Role = iota // the client asks, and gets the reply from the broker
	Responder             // the client gets the request, and sends the reply
)

func (r Role) String() string { return [...]string{"requester", "responder"}[r] }

// Replies are the requests over topics that one client has made or served. They
// are seen on its own connections: for a requester the latency includes the way
// over the broker, for a responder it is what it took itself.
type Replies struct {
	Name
	Role       Role
	Pattern    string // as given; empty for 5.0 response topics
	Requests   uint64
	Answered   uint64 // in time
	Late       uint64 // answered after Options.ReplyTime
	Unanswered uint64 // not within ten times as long, or not before the client left
	Unknown    uint64 // the capture does not tell
	Open       uint64 // no reply yet at the end of the capture
	Latency    Latency
}

// Kind of an Incident.
type Kind uint8

const (
	LostMessage Kind = iota
	AbandonedMessage
	RefusedMessage
	TwiceMessage
	MissingMessage // not sent to a subscriber
	UnansweredRequest
	LateReply
	Kinds
)

var kindTexts = [Kinds]string{"lost", "abandoned", "refused", "delivered twice", "missing at subscriber", "unanswered", "late reply"}

func (k Kind) String() string { return kindTexts[k] }

// Incident is one message to look at.
type Incident struct {
	Kind    Kind
	Name    // the session
	Sender  session.Side
	First   session.Ref // its first sending
	Last    session.Ref // its last sending
	Related session.Ref // the packet that decided: the second acknowledgement, the CONNECT that ended the session, the reply
	ID      uint16      // packet identifier, 0 for QoS 0
	QoS     mqtt.QoS
	Sends   int
	// Reached reports that the receiver's TCP had acknowledged the message's
	// last byte: it was lost in the receiver, not on the way.
	Reached bool
	Reason  mqtt.ReasonCode // of a refusal
	To      string          // the subscriber of a missing message
	Topic   string          // as on the wire, at most 128 bytes of it
}
