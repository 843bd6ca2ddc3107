package pane

import (
	"fmt"
	"strings"

	"plcscope/flows"
	"plcscope/flows/index"
	"plcscope/flows/tcp"
	"plcscope/mqtt"
	"plcscope/tui/paint"
)

// Partner names the client of a session: an MQTT client by its identifier, an S7 partner
// by the TSAP that it calls, which says rack and slot.
func Partner(x *index.Session) string {
	switch {
	case len(x.ClientID) > 0:
		return string(x.ClientID)
	case x.Proto == flows.MQTT:
		return "(no client id)"
	case x.TSAP != nil:
		if _, rack, slot, ok := x.TSAP.S7(); ok {
			return fmt.Sprintf("rack %d slot %d", rack, slot)
		}
		return x.TSAP.String()
	}
	return "(no TSAP seen)"
}

// Over reports whether one side of a connection has ended it, or nothing more is to come.
func Over(c *index.Conn) bool {
	return c.CloserKnown || !c.Open && c.Close != tcp.StillOpen && c.Close != tcp.ClosedByCapture
}

// State says in a word or two how a connection stands, and how bad that is.
func State(ix *index.Index, c *index.Conn) (string, paint.Role) {
	refused := c.S7.Refused || c.MQTT.Answered && c.MQTT.Code != 0
	switch {
	case refused:
		return "refused", paint.Bad
	case !Over(c):
		return "open", paint.Good
	case c.Close == tcp.ClosedIdle:
		return "silent", paint.Warn
	case c.Close == tcp.ClosedReused:
		return "replaced", paint.Warn
	case c.Close == tcp.ClosedFull:
		return "given up", paint.Doubt
	}
	m, _ := ix.Message(ix.LastOf(c.Conn))
	said := c.Proto == flows.MQTT && m.Type == mqtt.DISCONNECT
	switch {
	case said && m.FromClient:
		return "disconnected", paint.Plain
	case said:
		return "sent away", paint.Warn
	case c.Close == tcp.ClosedRST:
		return "reset" + by(c), paint.Warn
	case c.Proto == flows.MQTT:
		return "closed" + by(c), paint.Warn // the will is published
	}
	return "closed" + by(c), paint.Plain
}

func by(c *index.Conn) string {
	switch {
	case !c.CloserKnown:
		return ""
	case c.ClosedByClient:
		return " by client"
	}
	return " by server"
}

// Ending tells in a sentence how a connection has ended, "" when it has not.
func Ending(ix *index.Index, c *index.Conn) string {
	word, _ := State(ix, c)
	switch word {
	case "open":
		return ""
	case "refused":
		if c.S7.Refused {
			return "refused with a Disconnect Request"
		}
		return fmt.Sprintf("refused by the broker: %s", c.MQTT.Code.Name(mqtt.CONNACK))
	case "silent":
		return "nothing came any more, not even an end"
	case "replaced":
		return "a new connection took its ports"
	case "given up":
		return "no longer followed: there were too many at one time"
	case "disconnected":
		return "ended by the client with DISCONNECT"
	case "sent away":
		return "ended by the broker with DISCONNECT"
	}
	if c.Proto == flows.MQTT {
		word += " without DISCONNECT"
	}
	return word
}

// Streams writes a display filter for the connections with these stream numbers, in
// ascending order, as at most most terms, and how many connections did not fit.
func Streams(streams []uint64, most int) (filter string, left int) {
	var terms []string
	for i := 0; i < len(streams); {
		from, j := streams[i], i+1
		for j < len(streams) && streams[j] <= streams[j-1]+1 {
			j++
		}
		if len(terms) == most {
			left = len(streams) - i
			break
		}
		if to := streams[j-1]; to > from {
			terms = append(terms, fmt.Sprintf("%d..%d", from, to))
		} else {
			terms = append(terms, fmt.Sprint(from))
		}
		i = j
	}
	if len(terms) == 1 && !strings.Contains(terms[0], ".") {
		return "tcp.stream == " + terms[0], left
	}
	return "tcp.stream in {" + strings.Join(terms, ", ") + "}", left
}
