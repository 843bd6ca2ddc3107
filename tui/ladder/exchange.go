package ladder

import (
	"plcscope/flows"
	"plcscope/flows/index"
	"plcscope/mqtt"
)

// maxSteps is how many rows are looked at for the next message of an exchange: more would
// be felt.
const maxSteps = 100_000

// partner returns the row of the next message of the exchange that row i is of, or of the
// one before it, and false when there is none near. An exchange is a message and what
// answers it, again and again; a PUBLISH that is repeated is the same exchange, on
// another connection, too.
func (v *view) partner(i int, backwards bool) (int, bool) {
	ix := v.d.Scope().Index
	if i < 0 || v.script.event(i) != nil {
		return 0, false
	}
	at, _ := ix.Message(uint32(v.script.rows[i]))
	if backwards {
		if q, ok := ix.Answers(at.Number); ok {
			row, exact := v.script.find(q)
			return row, exact
		}
		if !at.Dup {
			return 0, false
		}
	}
	step := 1
	if backwards {
		step = -1
	}
	session := v.script.stages[at.Conn]
	for j, left := i+step, maxSteps; j >= 0 && j < len(v.script.rows) && left > 0; j, left = j+step, left-1 {
		if v.script.event(j) != nil {
			continue
		}
		m, _ := ix.Message(uint32(v.script.rows[j]))
		if v.script.stages[m.Conn] != session || m.HasID != at.HasID || m.ID != at.ID || m.Proto != at.Proto {
			continue
		}
		if !backwards {
			if q, ok := ix.Answers(m.Number); ok && q == at.Number {
				return j, true
			}
		}
		if again(&at, &m) {
			if repeated := m.Dup || backwards; repeated {
				return j, true
			}
			return 0, false // the identifier serves another message
		}
	}
	return 0, false
}

// again reports whether b publishes under the same identifier as a, or a under b's.
func again(a, b *index.Message) bool {
	return a.Proto == flows.MQTT && a.HasID && a.Type == b.Type && a.FromClient == b.FromClient &&
		(a.Type == mqtt.PUBLISH || a.Type == mqtt.PUBREL)
}

// together reports whether two captions are of one exchange.
func together(a, b *caption) bool { return a != nil && b != nil && a.root == b.root }
