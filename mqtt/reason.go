package mqtt

import "fmt"

// ReasonCode is a 5.0 reason code, or the return code of a CONNACK or SUBACK
// before 5.0. Codes below 0x80 are successes in 5.0.
type ReasonCode uint8

// Failure reports whether a 5.0 code tells of a failure.
func (c ReasonCode) Failure() bool { return c >= 0x80 }

// String is the name that most packet types give to the code; see Name.
func (c ReasonCode) String() string {
	if r := &reasons[c]; r.name != "" {
		return r.name
	}
	return fmt.Sprintf("reason 0x%02x", uint8(c))
}

// Name is the meaning of the code in a packet of type t: 0 is Success in a
// PUBACK and Granted QoS 0 in a SUBACK. Codes 1 to 5 of a CONNACK are those of
// 3.1 and 3.1.1, which 5.0 does not use.
func (c ReasonCode) Name(t PacketType) string {
	switch t {
	case CONNACK:
		if c >= 1 && int(c) < len(returnCodes) {
			return returnCodes[c]
		}
	case SUBACK:
		if int(c) < len(grantedQoS) {
			return grantedQoS[c]
		}
	case DISCONNECT:
		if c == 0 {
			return "Normal disconnection"
		}
	}
	return c.String()
}

var grantedQoS = [...]string{"Granted QoS 0", "Granted QoS 1", "Granted QoS 2"}

// returnCodes are those of CONNACK in 3.1 and 3.1.1.
var returnCodes = [...]string{
	0: "Connection accepted",
	1: "Unacceptable protocol version",
	2: "Identifier rejected",
	3: "Server unavailable",
	4: "Bad user name or password",
	5: "Not authorized",
}

// ValidReason reports whether 5.0 lists code c for a packet of type t that the
// server (or else the client) sends. Packet types without a reason code have
// none.
func ValidReason(t PacketType, fromServer bool, c ReasonCode) bool {
	r := &reasons[c]
	who := r.client
	if fromServer {
		who = r.server
	}
	return t <= AUTH && who&(1<<t) != 0
}

// reason is a row of the table of 5.0 section 2.4, with what the sections of the
// packet types say about who sends the code: a bit for each packet type.
type reason struct {
	name           string
	client, server uint16
}

const (
	rConnack    = 1 << CONNACK // CONNACK, SUBACK and UNSUBACK come from servers only
	rPuback     = 1<<PUBACK | 1<<PUBREC
	rPubrel     = 1<<PUBREL | 1<<PUBCOMP
	rSuback     = 1 << SUBACK
	rUnsuback   = 1 << UNSUBACK
	rDisconnect = 1 << DISCONNECT
	rAuth       = 1 << AUTH

	rBoth = rPuback | rDisconnect
	rSubs = rSuback | rUnsuback
)

var reasons = [256]reason{
	0x00: {"Success", rBoth | rPubrel, rConnack | rBoth | rPubrel | rSubs | rAuth},
	0x01: {"Granted QoS 1", 0, rSuback},
	0x02: {"Granted QoS 2", 0, rSuback},
	0x04: {"Disconnect with Will Message", rDisconnect, 0},
	0x10: {"No matching subscribers", 0, rPuback},
	0x11: {"No subscription existed", 0, rUnsuback},
	0x18: {"Continue authentication", rAuth, rAuth},
	0x19: {"Re-authenticate", rAuth, 0},
	0x80: {"Unspecified error", rBoth, rConnack | rBoth | rSubs},
	0x81: {"Malformed Packet", rDisconnect, rConnack | rDisconnect},
	0x82: {"Protocol Error", rDisconnect, rConnack | rDisconnect},
	0x83: {"Implementation specific error", rBoth, rConnack | rBoth | rSubs},
	0x84: {"Unsupported Protocol Version", 0, rConnack},
	0x85: {"Client Identifier not valid", 0, rConnack},
	0x86: {"Bad User Name or Password", 0, rConnack},
	0x87: {"Not authorized", rPuback, rConnack | rBoth | rSubs},
	0x88: {"Server unavailable", 0, rConnack},
	0x89: {"Server busy", 0, rConnack | rDisconnect},
	0x8a: {"Banned", 0, rConnack},
	0x8b: {"Server shutting down", 0, rDisconnect},
	0x8c: {"Bad authentication method", 0, rConnack | rDisconnect},
	0x8d: {"Keep Alive timeout", 0, rDisconnect},
	0x8e: {"Session taken over", 0, rDisconnect},
	0x8f: {"Topic Filter invalid", 0, rSubs | rDisconnect},
	0x90: {"Topic Name invalid", rBoth, rConnack | rBoth},
	0x91: {"Packet Identifier in use", rPuback, rPuback | rSubs},
	0x92: {"Packet Identifier not found", rPubrel, rPubrel},
	0x93: {"Receive Maximum exceeded", rDisconnect, rDisconnect},
	0x94: {"Topic Alias invalid", rDisconnect, rDisconnect},
	0x95: {"Packet too large", rDisconnect, rConnack | rDisconnect},
	0x96: {"Message rate too high", rDisconnect, rDisconnect},
	0x97: {"Quota exceeded", rBoth, rConnack | rBoth | rSuback},
	0x98: {"Administrative action", rDisconnect, rDisconnect},
	0x99: {"Payload format invalid", rBoth, rConnack | rBoth},
	0x9a: {"Retain not supported", 0, rConnack | rDisconnect},
	0x9b: {"QoS not supported", 0, rConnack | rDisconnect},
	0x9c: {"Use another server", 0, rConnack | rDisconnect},
	0x9d: {"Server moved", 0, rConnack | rDisconnect},
	0x9e: {"Shared Subscriptions not supported", 0, rSuback | rDisconnect},
	0x9f: {"Connection rate exceeded", 0, rConnack | rDisconnect},
	0xa0: {"Maximum connect time", 0, rDisconnect},
	0xa1: {"Subscription Identifiers not supported", 0, rSuback | rDisconnect},
	0xa2: {"Wildcard Subscriptions not supported", 0, rSuback | rDisconnect},
}
