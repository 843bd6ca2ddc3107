package flows

import (
	"fmt"
	"strconv"
	"strings"
)

// Protocol is what a connection carries.
type Protocol uint8

const (
	Undecided Protocol = iota // no payload yet, or too little to tell
	MQTT
	ISO   // ISO-on-TCP (RFC 1006): TPKT, COTP, S7comm and others above it
	TLS   // encrypted: only its presence is seen
	Other // none of these; its payload is not looked at
)

var protocolNames = [...]string{"undecided", "MQTT", "ISO-on-TCP", "TLS", "other"}

func (p Protocol) String() string {
	if int(p) < len(protocolNames) {
		return protocolNames[p]
	}
	return fmt.Sprintf("protocol %d", uint8(p))
}

// Evidence is how the protocol of a connection was found.
type Evidence uint8

const (
	ByPort    Evidence = iota // a well-known port
	ByContent                 // the first bytes
	ByUser                    // -d tcp.port==N,PROTOCOL
)

var evidenceNames = [...]string{"port", "content", "user"}

func (e Evidence) String() string { return evidenceNames[e] }

// Well-known ports. 8883 is MQTT over TLS; whatever stands on the others is
// checked against its first bytes.
const (
	PortMQTT    = 1883
	PortISO     = 102
	PortMQTTTLS = 8883
)

// DecodeAs holds the user's rulings which port carries what.
type DecodeAs map[uint16]Protocol

// Add parses one ruling in tshark's manner, "tcp.port==1884,mqtt".
func (d DecodeAs) Add(spec string) error {
	selector, name, ok := strings.Cut(spec, ",")
	port, okPort := strings.CutPrefix(strings.ReplaceAll(selector, " ", ""), "tcp.port==")
	n, err := strconv.ParseUint(port, 0, 16)
	if !ok || !okPort || err != nil {
		return fmt.Errorf("decode as %q: want tcp.port==NUMBER,PROTOCOL such as tcp.port==1884,mqtt", spec)
	}
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "mqtt":
		d[uint16(n)] = MQTT
	case "tpkt", "cotp", "s7comm", "s7", "iso":
		d[uint16(n)] = ISO
	case "tls", "ssl":
		d[uint16(n)] = TLS
	case "data", "none":
		d[uint16(n)] = Other
	default:
		return fmt.Errorf("decode as %q: protocol %q is not known; mqtt, tpkt, tls and data are", spec, name)
	}
	return nil
}
