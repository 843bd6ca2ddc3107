package sessions

import (
	"fmt"
	"time"

	"plcscope/flows"
	"plcscope/flows/index"
	"plcscope/mqtt"
	"plcscope/rules"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

// field is what a column shows, and the list can be sorted by.
type field int

const (
	byNumber field = iota // the order of their first messages
	byVerdict
	byPartner
	byClient
	byServer
	byVersion
	byState
	byMessages
	bySent
	byReceived
	byConns
	bySession
	byKeepAlive
	byLast
	byDuration
	byRate
	fields
)

// columns are all there are, but for the width of times.
var columns = [fields]paint.Column{
	byNumber:    {Width: 2},
	byVerdict:   {Title: "Verdict", Width: 10},
	byPartner:   {Title: "Client id/TSAP", Width: 14, Flex: 5},
	byClient:    {Title: "Client", Width: 13, Flex: 2},
	byServer:    {Title: "Server", Width: 13, Flex: 2},
	byVersion:   {Title: "Version", Width: 11, Drop: 4},
	byState:     {Title: "State", Width: 16},
	byMessages:  {Title: "Msgs", Width: 6, Right: true},
	bySent:      {Title: "Sent", Width: 7, Right: true, Drop: 10},
	byReceived:  {Title: "Received", Width: 8, Right: true, Drop: 10},
	byConns:     {Title: "Conns", Width: 5, Right: true, Drop: 1},
	bySession:   {Title: "Session", Width: 10, Drop: 5},
	byKeepAlive: {Title: "Keep alive", Width: 10, Right: true, Drop: 6},
	byLast:      {Title: "Last seen", Right: true, Drop: 3},
	byDuration:  {Title: "Duration", Width: 9, Right: true, Drop: 7},
	byRate:      {Title: "Rate", Width: 12, Drop: 2},
}

// name is the title of a field, for words.
func (f field) name() string {
	switch f {
	case byNumber:
		return "First seen"
	case byMessages:
		return "Messages"
	case byConns:
		return "Connections"
	}
	return columns[f].Title
}

// keyOf is what a session is sorted by: the number, and where equal the text.
func keyOf(f field, ix *index.Index, v *verdicts, x *index.Session) (int64, string) {
	switch f {
	case byVerdict:
		c := v.of(ix, x)
		n := int64(0)
		for i, k := range c.Failed {
			n += min(int64(k), 1<<12-1) << (12*i + 12)
		}
		return n + min(int64(c.Inconclusive), 1<<12-1), ""
	case byPartner:
		return 0, pane.Partner(x)
	case byClient:
		return 0, order(x, false)
	case byServer:
		return 0, order(x, true)
	case byVersion:
		c, _ := ix.Conn(x.LastConn)
		return 0, version(&c)
	case byState:
		c, _ := ix.Conn(x.LastConn)
		s, _ := pane.State(ix, &c)
		return 0, s
	case byMessages:
		return int64(x.Sent[0] + x.Sent[1]), ""
	case bySent:
		return int64(x.Sent[0]), ""
	case byReceived:
		return int64(x.Sent[1]), ""
	case byConns:
		return int64(x.Conns), ""
	case bySession:
		c, _ := ix.Conn(x.LastConn)
		return 0, manner(&c)
	case byKeepAlive:
		c, _ := ix.Conn(x.LastConn)
		return int64(c.MQTT.KeepAlive), ""
	case byLast:
		return x.LastTime, ""
	case byDuration:
		return x.LastTime - x.FirstTime, ""
	case byRate:
		return int64(1e6 * rate(x)), ""
	}
	return int64(x.Number), ""
}

// rate is how many messages there were in a second, all in all.
func rate(x *index.Session) float64 {
	took := max(x.LastTime-x.FirstTime, int64(time.Second))
	return float64(x.Sent[0]+x.Sent[1]) / (float64(took) / 1e9)
}

// version is the protocol that a connection speaks.
func version(c *index.Conn) string {
	if c.Proto == flows.MQTT {
		s := "MQTT " + c.MQTT.Version.String()
		if c.MQTT.VersionGuessed {
			s += "?"
		}
		return s
	}
	switch {
	case c.S7.TLS:
		return "S7 TLS"
	case c.S7.Plus:
		return "S7 plus"
	case c.S7.Classic:
		return "S7"
	}
	return "ISO"
}

// manner is what was agreed on at the beginning of a connection.
func manner(c *index.Conn) string {
	switch {
	case c.Proto != flows.MQTT && c.S7.Setup:
		return fmt.Sprintf("PDU %d", c.S7.PDULength)
	case c.Proto != flows.MQTT || c.MQTT.Connects == 0:
		return ""
	case c.MQTT.Clean && c.MQTT.Version == mqtt.V5:
		return "clean start"
	case c.MQTT.Clean:
		return "clean"
	}
	return "persistent"
}

func keepAlive(c *index.Conn) string {
	switch {
	case c.Proto != flows.MQTT || c.MQTT.Connects == 0:
		return ""
	case c.MQTT.KeepAlive == 0:
		return "off"
	}
	return fmt.Sprintf("%d s", c.MQTT.KeepAlive)
}

// signs are the verdicts of a session in one cell.
func signs(v *verdicts, ix *index.Index, x *index.Session) paint.Line {
	c := v.of(ix, x)
	passed := c.Passed
	c.Passed = 0
	l := pane.Verdicts(&c)
	if len(l) == 0 {
		verdict := rules.NotExercised
		if passed > 0 {
			verdict = rules.Pass
		}
		return paint.Line{pane.Sign(verdict, 0, false)}
	}
	return l
}
