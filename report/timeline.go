package report

import (
	"cmp"
	"fmt"
	"slices"

	"plcscope/flows"
	"plcscope/rules"
)

// Bounds of the timeline.
const (
	MaxTimeline   = 2000 // connections that a report is to be given
	timelineLanes = 60   // clients
	timelineRows  = 200  // connections in the table
	timelineDeep  = 4    // connections of one client beside each other
)

// timeline shows when each client was connected, and the breaks in between.
type timeline struct {
	Ticks []tick
	Lanes []lane
	Table []lineRow
	More  int // lanes that are not shown
	Rest  uint64
}

type tick struct {
	Left  float64
	Label string
}

// lane is a client at a server.
type lane struct {
	Name, Server string
	Depth        int
	Bars         []bar
	About        string
}

type bar struct {
	Left, Width float64 // per cent
	Row         int
	Class       string
	Title       string
}

type lineRow struct {
	Start, Lasted  string
	Client, Server string
	Name           string
	Proto          string
	Sent, Got      uint64
	Frames         string
	End            string
	Findings       int
	Class          string
}

// timeline draws the connections that carry a protocol which is judged.
func (r *Report) timeline() *timeline {
	if len(r.Connections) == 0 || r.Totals.Last <= r.Totals.First {
		return nil
	}
	t := &timeline{Rest: r.Unlisted}
	first, all := r.Totals.First, float64(r.Totals.Last-r.Totals.First)
	percent := func(ns int64) float64 { return round2(min(max(float64(ns)*100/all, 0), 100)) }
	for i := range 5 {
		t.Ticks = append(t.Ticks, tick{float64(i) * 25, "+" + span((r.Totals.Last-first)*int64(i)/4)})
	}
	t.Ticks[0].Label = "0"
	type key struct{ client, name, server string }
	lanes := map[key]int{}
	var ends [][]int64 // of each lane, the ends of its rows
	marks := r.marks()
	for i := range r.Connections {
		c := &r.Connections[i]
		name := Clean(string(c.MQTT.ClientID))
		client, server := c.Client.String(), c.Server.String()
		found, class := marks.of(client, server, c)
		row := lineRow{
			Start: signed(c.FirstTime - first), Lasted: span(c.Duration()), Client: client, Server: server, Name: name,
			Proto: protocolOf(c), Sent: c.Sent[0].Messages, Got: c.Sent[1].Messages,
			Frames: fmt.Sprintf("%d–%d", c.FirstFrame, c.LastFrame), End: endOf(c), Findings: found, Class: class,
		}
		if len(t.Table) < timelineRows {
			t.Table = append(t.Table, row)
		} else {
			t.Rest++
		}
		k := key{c.Client.Addr.String(), name, server}
		n, ok := lanes[k]
		if !ok {
			if len(t.Lanes) == timelineLanes {
				t.More++
				continue
			}
			n = len(t.Lanes)
			lanes[k] = n
			label := k.client
			if name != "" {
				label = name + " at " + k.client
			}
			t.Lanes = append(t.Lanes, lane{
				Name:   aside(label, r.called(rules.Client, k.client, string(c.MQTT.ClientID))),
				Server: aside(server, r.called(rules.Server, server, "")),
			})
			ends = append(ends, nil)
		}
		at := slices.IndexFunc(ends[n], func(e int64) bool { return e <= c.FirstTime })
		switch {
		case at >= 0:
			ends[n][at] = c.LastTime
		case len(ends[n]) < timelineDeep:
			ends[n] = append(ends[n], c.LastTime)
			at = len(ends[n]) - 1
		default:
			at = timelineDeep - 1
		}
		l := &t.Lanes[n]
		l.Depth = len(ends[n])
		l.Bars = append(l.Bars, bar{
			Left: percent(c.FirstTime - first), Width: percent(c.Duration()), Row: at, Class: class,
			Title: fmt.Sprintf("%s, frames %s, %s from %s, %s", client, row.Frames, row.Lasted, row.Start, row.End),
		})
	}
	for i := range t.Lanes {
		t.Lanes[i].About = plural(len(t.Lanes[i].Bars), "connection")
	}
	return t
}

func round2(x float64) float64 { return float64(int64(x*100+0.5)) / 100 }

// marked are the certain findings of a capture by the endpoints of their
// connections, in the order of their times.
type marked map[[2]string][]mark

type mark struct {
	time int64
	s    rules.Severity
}

func (r *Report) marks() marked {
	m := marked{}
	for _, f := range r.Book.Findings() {
		if f.Verdict == rules.Fail && f.Excuse == nil {
			k := [2]string{f.Client, f.Server}
			m[k] = append(m[k], mark{f.Time, f.Severity})
		}
	}
	for _, l := range m {
		slices.SortFunc(l, func(a, b mark) int { return cmp.Compare(a.time, b.time) })
	}
	return m
}

// of counts the findings on a connection and names the gravest.
func (m marked) of(client, server string, c *flows.ConnInfo) (n int, class string) {
	worst := rules.Info
	for _, x := range m[[2]string{client, server}] {
		if x.time >= c.FirstTime && x.time <= c.LastTime {
			n++
			worst = max(worst, x.s)
		}
	}
	if n == 0 {
		return 0, "quiet"
	}
	return n, worst.String()
}

func protocolOf(c *flows.ConnInfo) string {
	if c.Proto == flows.MQTT && c.MQTT.Version != 0 && !c.MQTT.VersionGuessed {
		return "MQTT " + c.MQTT.Version.String()
	}
	return c.Proto.String()
}

// endOf says how a connection ended, and who ended it.
func endOf(c *flows.ConnInfo) string {
	who := ""
	if c.CloserKnown {
		who = " by the server"
		if c.ClosedByClient {
			who = " by the client"
		}
	}
	switch c.Close.String() {
	case "fin":
		return "closed" + who
	case "rst":
		return "reset" + who
	}
	return c.Close.String()
}
