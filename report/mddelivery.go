package report

import (
	"fmt"
	"io"
	"strings"
)

// mdMost bounds the delivery audit in the Markdown report.
var mdMost = deliveryMost{Ledgers: 30, Outages: 20, Pairs: 30, Replies: 20, Incidents: 30}

// mdDelivery writes the delivery audit: the ledgers, messages to look at, connections
// that broke, who has got what, and what was answered.
func (r *Report) mdDelivery(w io.Writer) {
	v := r.deliveryView(mdMost)
	if v == nil {
		return
	}
	fmt.Fprint(w, "\n### Delivery of messages with QoS 1 and 2\n")
	var rows [][]string
	for _, l := range v.Ledgers {
		who := l.Who
		if l.Server != "" {
			who += " at " + l.Server
		}
		row := []string{who, l.By}
		for _, n := range []uint64{l.Sent, l.Completed, l.Lost, l.Twice, l.Open, l.Unknown} {
			row = append(row, fmt.Sprint(n))
		}
		rows = append(rows, append(row, l.Median, l.Slow, l.Slowest, l.Also))
	}
	mdTable(w, "", "session|sent by|#sent|#completed|#lost|#twice|#open|#unknown|#median|#95 %|#longest|also", rows)
	rows = nil
	for _, x := range v.Incidents {
		rows = append(rows, []string{fmt.Sprint(x.Frame), x.Text})
	}
	mdTable(w, "Messages to look at", "#frame|what", rows)
	rows = nil
	for _, x := range v.Outages {
		what := append([]string{x.Cause}, x.InFlight...)
		rows = append(rows, []string{fmt.Sprint(x.Frame), x.Time, x.Who, strings.Join(what, "; "), x.Back})
	}
	mdTable(w, "Connections that broke", "#frame|UTC|who|how|back", rows)
	mdTable(w, "From publisher to subscriber, matched by topic and payload", "who|delivered", mdLines(v.Pairs))
	mdTable(w, "Requests and replies", "who|what came of them", mdLines(v.Replies))
	for i, n := range v.Notes {
		if i == 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "- %s\n", mdText(n))
	}
}

func mdLines(l []lineView) (rows [][]string) {
	for _, x := range l {
		rows = append(rows, []string{x.Who, x.Text})
	}
	return rows
}

// mdTable writes a table with columns "name|#number|name", or nothing without rows.
func mdTable(w io.Writer, title, columns string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	if title != "" {
		fmt.Fprintf(w, "\n**%s**\n", title)
	}
	head, line := "\n|", "\n|"
	for name := range strings.SplitSeq(columns, "|") {
		under := " --- |"
		if number, ok := strings.CutPrefix(name, "#"); ok {
			name, under = number, " ---: |"
		}
		head += " " + name + " |"
		line += under
	}
	fmt.Fprint(w, head, line, "\n")
	for _, row := range rows {
		fmt.Fprint(w, "|")
		for _, cell := range row {
			fmt.Fprintf(w, " %s |", mdText(cell))
		}
		fmt.Fprintln(w)
	}
}
