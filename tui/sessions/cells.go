package sessions

import (
	"fmt"

	"plcscope/flows/index"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

// Len implements paint.Rows.
func (v *view) Len() int { return len(v.list.rows) }

// Cells implements paint.Rows.
func (v *view) Cells(i int, cells []paint.Line) {
	r := v.list.rows[i]
	x := &v.list.all[r.session]
	if r.conn != index.NoConn {
		v.connection(r.conn, cells)
		return
	}
	ix, w := v.d.Scope().Index, v.d.Words()
	c, _ := ix.Conn(x.LastConn)
	mark, fold := paint.Text(" "), "▸"
	if v.d.Chosen().Has(x.Number) {
		mark = paint.In(paint.Marked, "▶")
	}
	if v.list.open[x.Number] {
		fold = "▾"
	}
	cells[byNumber] = mark.And(paint.Dim, fold)
	cells[byVerdict] = signs(&v.verdicts, ix, x)
	cells[byPartner] = paint.In(paint.Strong, pane.Partner(x))
	if len(x.ClientID) == 0 && x.TSAP == nil {
		cells[byPartner] = paint.In(paint.Dim, pane.Partner(x))
	}
	cells[byClient] = paint.In(paint.Client, w.Host(x.Client.Addr))
	cells[byServer] = paint.In(paint.Server, v.server(x))
	cells[byVersion] = paint.Text(version(&c))
	state, role := pane.State(ix, &c)
	cells[byState] = paint.In(role, state)
	cells[byMessages] = paint.Text(pane.Count(x.Sent[0] + x.Sent[1]))
	cells[bySent] = paint.Text(pane.Count(x.Sent[0]))
	cells[byReceived] = paint.Text(pane.Count(x.Sent[1]))
	cells[byConns] = paint.Text(pane.Count(x.Conns))
	cells[bySession] = paint.Text(manner(&c))
	cells[byKeepAlive] = paint.Text(keepAlive(&c))
	cells[byLast] = paint.Text(w.Time(x.LastTime, 0))
	cells[byDuration] = paint.Text(pane.Span(x.LastTime - x.FirstTime))
	cells[byRate] = paint.In(paint.Note, paint.Spark(x.Rate.Counts[:], columns[byRate].Width))
}

// server names the server of a session; ports that say no more than the protocol are
// left out.
func (v *view) server(x *index.Session) string {
	if x.Server.Port == 1883 || x.Server.Port == 102 {
		return v.d.Words().Host(x.Server.Addr)
	}
	return v.d.Words().Endpoint(x.Server)
}

// connection fills the row of a connection.
func (v *view) connection(n uint32, cells []paint.Line) {
	ix, w := v.d.Scope().Index, v.d.Words()
	c, ok := ix.Conn(n)
	if !ok {
		return
	}
	cells[byPartner] = paint.Inf(paint.Dim, "  stream %d", c.Stream)
	cells[byClient] = paint.In(paint.Client, fmt.Sprintf("  port %d", c.Client.Port))
	cells[byVersion] = paint.Text(version(&c))
	state, role := pane.State(ix, &c)
	cells[byState] = paint.In(role, state)
	cells[byMessages] = paint.Text(pane.Count(c.Sent[0].Messages + c.Sent[1].Messages))
	cells[bySent] = paint.Text(pane.Count(c.Sent[0].Messages))
	cells[byReceived] = paint.Text(pane.Count(c.Sent[1].Messages))
	cells[bySession] = paint.Text(manner(&c))
	cells[byKeepAlive] = paint.Text(keepAlive(&c))
	cells[byLast] = paint.Text(w.Time(c.LastTime, 0))
	cells[byDuration] = paint.Text(pane.Span(c.Duration()))
	cells[byRate] = paint.In(paint.Note, paint.Spark(c.Rate.Counts[:], columns[byRate].Width))
}
