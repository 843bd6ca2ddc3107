// Package values keeps the data of controllers as S7 traffic shows them: of each variable
// the last value, who reads and writes it, and how it changed.
package values

import (
	"plcscope/flows"
	"plcscope/flows/tcp"
	"plcscope/s7comm/variable"
)

// Options of a Table; the zero value serves.
type Options struct {
	Limit   int // variables that are kept; 0 is variable.DefaultKept
	History int // of each variable, as variable.Ledger has it
	// Variables reads the variables of a message with names; by default they have none.
	Variables func(j *variable.Joiner, m *flows.Message) []variable.Variable
}

// Table is an observer that keeps the S7 data of all controllers.
type Table struct {
	flows.Ignore

	variables func(j *variable.Joiner, m *flows.Message) []variable.Variable
	ledger    variable.Ledger
	joiners   flows.States[variable.Joiner]
}

var slot = flows.NewSlot()

// New makes a table.
func New(opt Options) *Table {
	t := &Table{
		variables: opt.Variables, ledger: variable.Ledger{Limit: opt.Limit, History: opt.History},
		joiners: flows.NewStates[variable.Joiner](slot),
	}
	if t.variables == nil {
		t.variables = func(j *variable.Joiner, m *flows.Message) []variable.Variable {
			return j.Variables(variable.Message{FromClient: m.FromClient, Frame: m.Frame, PDU: m.PDU, Request: m.Request})
		}
	}
	return t
}

// names is how many names of one address are told apart.
const names = 256

// Message implements flows.Observer.
func (t *Table) Message(m *flows.Message) {
	if m.PDU == nil || m.Err != nil {
		return
	}
	j := t.joiners.Get(m.Conn)
	if j == nil {
		j = t.joiners.Add(m.Conn)
		j.Most = names
	}
	vars := t.variables(j, m)
	if len(vars) == 0 {
		return
	}
	client, server := m.Conn.Client().Addr.Netip(), m.Conn.Server().Addr.Netip()
	at := variable.Sight{Frame: m.Frame, Time: m.Time}
	for i := range vars {
		if vars[i].OfClient {
			t.ledger.Add(&vars[i], client, server, at)
		} else {
			t.ledger.Add(&vars[i], server, client, at)
		}
	}
}

// Gap implements flows.Observer. That a side has sent something before the capture began
// is no reason to forget: no request of the capture lies before it.
func (t *Table) Gap(g *flows.Gap) {
	if j := t.joiners.Get(g.Conn); j != nil && g.Why != tcp.MidStream {
		j.Reset()
	}
}

// Closed implements flows.Observer.
func (t *Table) Closed(c *flows.Connection) {
	if j := t.joiners.Get(c); j != nil {
		*j = variable.Joiner{}
		t.joiners.Free(j)
	}
}

// Entries returns the variables by controller and address, and how many sightings of
// further variables were left out. Nothing of it changes when the table goes on, so that
// others may read it meanwhile; only what has changed since the call before is copied.
func (t *Table) Entries() ([]*variable.Entry, uint64) {
	return t.ledger.Entries(), t.ledger.Overflow
}
