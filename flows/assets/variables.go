package assets

import (
	"fmt"

	"plcscope/flows"
	"plcscope/flows/latency"
	"plcscope/internal/fingerprint"
	"plcscope/s7comm"
)

type areaKey struct {
	area s7comm.Area
	db   uint16
}

// AreaUse is what a client does with one area or data block of a controller.
type AreaUse struct {
	Area          s7comm.Area
	DB            uint16 // data blocks
	Reads, Writes uint64 // items
	// Low and High are the first and the last byte that were written, or the numbers
	// of timers and counters, when there were Writes.
	Low, High  uint32
	LastWrite  int64  // capture time of the latest request to write
	FirstWrite uint64 // frame of the first
}

// Name is the area as STEP 7 calls it: DB12, M, T.
func (a *AreaUse) Name() string {
	switch a.Area {
	case s7comm.AreaDB:
		return fmt.Sprintf("DB%d", a.DB)
	case s7comm.AreaDI:
		return fmt.Sprintf("DI%d", a.DB)
	}
	if s, ok := areaLetters[a.Area]; ok {
		return s
	}
	return a.Area.String()
}

var areaLetters = map[s7comm.Area]string{
	s7comm.AreaInput: "I", s7comm.AreaOutput: "Q", s7comm.AreaFlag: "M", s7comm.AreaPeripheral: "P", s7comm.AreaTimer: "T",
	s7comm.AreaCounter: "C", s7comm.AreaLocal: "L", s7comm.AreaV: "V",
}

// poll is a read that is repeated.
type poll struct {
	items  int
	first  string // address of its first item
	count  uint64
	last   int64
	period latency.Times
}

// variables notes which addresses a request reads or writes, and how often the same
// read comes.
func (v *Inventory) variables(c *conn, m *flows.Message) {
	p, u := c.pair, m.PDU
	if u.S7.ROSCTR != s7comm.ROSCTRJob || u.Function != s7comm.FunctionRead && u.Function != s7comm.FunctionWrite {
		return
	}
	p.variableJobs++
	p.items += uint64(len(u.Items))
	p.mostItems = max(p.mostItems, len(u.Items))
	for i := range u.Items {
		it := &u.Items[i]
		if !it.Known || it.Syntax != s7comm.SyntaxS7Any {
			continue
		}
		k := areaKey{it.Area, 0}
		if it.Area == s7comm.AreaDB || it.Area == s7comm.AreaDI {
			k.db = it.DB
		}
		a := p.used
		if a == nil || a.Area != k.area || a.DB != k.db {
			if a = p.areas[k]; a == nil {
				if len(p.areas) == maxAreas {
					v.bounds.Areas++
					continue
				}
				a = &AreaUse{Area: k.area, DB: k.db}
				p.areas[k] = a
			}
			p.used = a
		}
		a.take(it, u.Function == s7comm.FunctionWrite, m)
	}
	if u.Function == s7comm.FunctionRead {
		v.poll(p, m)
	}
}

func (a *AreaUse) take(it *s7comm.Item, write bool, m *flows.Message) {
	if !write {
		a.Reads++
		return
	}
	low, high := it.Byte(), it.Byte()+uint32(max(it.Bytes(), 1))-1
	if it.Numbered() {
		low = it.Address
		high = low + uint32(max(it.Count, 1)) - 1
	}
	if a.Writes == 0 {
		a.Low, a.High, a.FirstWrite = low, high, m.Frame
	}
	a.Writes++
	a.Low, a.High, a.LastWrite = min(a.Low, low), max(a.High, high), m.Time
}

// poll measures how long it takes until the same read comes again.
func (v *Inventory) poll(p *pair, m *flows.Message) {
	h := fingerprint.Of(0, m.PDU.Param)
	x := p.polls[h]
	if x == nil {
		if len(p.polls) == maxPolls || v.polls == maxAllPolls {
			v.bounds.Polls++
			return
		}
		x = &poll{items: len(m.PDU.Items)}
		if x.items > 0 {
			x.first = clip(m.PDU.Items[0].String())
		}
		p.polls[h] = x
		v.polls++
	}
	if x.count > 0 {
		x.period.Record(m.Time-x.last, &v.pool)
	}
	x.count++
	x.last = m.Time
}
