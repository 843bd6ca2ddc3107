package variable

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"

	"plcscope/s7comm"
	"plcscope/s7comm/datatype"
)

var (
	plc   = netip.MustParseAddr("10.0.0.7")
	panel = netip.MustParseAddr("10.0.0.5")
)

// keep puts what a message says into a ledger.
func (k *talk) keep(l *Ledger, client bool, tpkt []byte) {
	vars := k.variables(client, tpkt)
	for i := range vars {
		l.Add(&vars[i], plc, panel, Sight{k.frame, int64(k.frame) * 1e9})
	}
}

func TestLedger(t *testing.T) {
	k, l := talk{t: t}, Ledger{Limit: 4}
	k.j.Server, k.j.Most = table(t, "n.csv", names), 100
	speed, on := s7comm.AnyItem(s7comm.AreaDB, 5, s7comm.SizeReal, 4, 0, 1), s7comm.AnyItem(s7comm.AreaDB, 5, s7comm.SizeBit, 0, 1, 1)
	missing := s7comm.AnyItem(s7comm.AreaDB, 260, s7comm.SizeWord, 0, 0, 1)
	for i, digits := range []string{"41480000", "41480000", "41400000", "41480000"} {
		k.keep(&l, true, s7comm.AppendReadJob(nil, uint16(i), speed, missing))
		k.keep(&l, false, s7comm.AppendReadAnswer(nil, uint16(i), value(s7comm.DataReal, digits), s7comm.Value{ReturnCode: s7comm.ReturnNoObject}))
	}
	// One write is accepted, one refused, one without an answer.
	for i, v := range []string{"01", "00", "00"} {
		k.keep(&l, true, s7comm.AppendWriteJob(nil, 9, []s7comm.Item{on}, []s7comm.Value{value(s7comm.DataBit, v)}))
		if i < 2 {
			k.keep(&l, false, s7comm.AppendWriteAnswer(nil, 9, []s7comm.ReturnCode{s7comm.ReturnSuccess, s7comm.ReturnNotAllowed}[i]))
		}
	}
	// 100 bytes: only what lies in them has an entry.
	k.keep(&l, true, s7comm.AppendReadJob(nil, 20, s7comm.AnyItem(s7comm.AreaFlag, 0, s7comm.SizeByte, 0, 0, 100)))
	for i := range 3 { // one more than are kept
		k.keep(&l, true, s7comm.AppendReadJob(nil, 30, s7comm.AnyItem(s7comm.AreaFlag, 0, s7comm.SizeByte, uint32(200+i), 0, 1)))
	}
	type row struct {
		address, symbol, typ, value      string
		reads, writes, refused, changes  uint64
		firstChange, lastChange, partner uint64
	}
	want := []row{
		{"MW10", "Level", "INT", "", 0, 0, 0, 0, 0, 0, 0},
		{"DB5.DBX0.1", "Motor.on", "BOOL", "TRUE", 0, 3, 1, 0, 0, 0, 3},
		{"DB5.DBD4", "Motor.speed", "REAL", "12.5", 4, 0, 0, 2, 6, 8, 4},
		{"DB260.DBW0", "", "WORD", "", 0, 0, 4, 0, 0, 0, 0},
	}
	entries := l.Entries()
	if len(entries) != len(want) || l.Overflow != 3 {
		t.Fatalf("%d entries, %d left out", len(entries), l.Overflow)
	}
	for i, e := range entries {
		p := e.Partners[0]
		got := row{e.Address, e.Symbol, e.Type, e.Value, e.Reads, e.Writes, e.Refused, e.Changes, e.FirstChange.Frame, e.LastChange.Frame, p.Reads + p.Writes}
		if got != want[i] || e.Known != (e.Value != "") || p.Addr != panel || e.Controller != plc {
			t.Errorf("is %+v, want %+v", got, want[i])
		}
	}
}

func TestLedgerBounds(t *testing.T) {
	k, l := talk{t: t}, Ledger{}
	long := s7comm.AnyItem(s7comm.AreaDB, 5, s7comm.SizeChar, 0, 0, 200)
	k.keep(&l, true, s7comm.AppendReadJob(nil, 1, long))
	vars := k.variables(false, s7comm.AppendReadAnswer(nil, 1, value(s7comm.DataOctets, strings.Repeat("e4", 200))))
	for i := range 40 {
		l.Add(&vars[0], plc, netip.AddrFrom4([4]byte{10, 0, 1, byte(i)}), Sight{})
	}
	e := l.Entries()[0]
	if len(e.Partners) != maxPartners || !e.MorePartners || len(e.Value) > maxValue+3 || !strings.HasSuffix(e.Value, "ä…") {
		t.Errorf("%d partners, %t, value %q", len(e.Partners), e.MorePartners, e.Value)
	}
}

// sees lets a ledger see a value of a word of DB 1 at some second.
func sees(l *Ledger, at uint32, value uint16, second int) {
	v := Variable{Act: Read, Answer: true}
	v.at(s7comm.AnyItem(s7comm.AreaDB, 1, s7comm.SizeInt, at, 0, 1))
	v.with(&s7comm.Value{ReturnCode: s7comm.ReturnSuccess, TransportSize: s7comm.DataByte, Data: []byte{byte(value >> 8), byte(value)}}, true)
	l.Add(&v, plc, panel, Sight{uint64(second + 1), int64(second) * 1e9})
}

// TestEntriesStayAsTheyAre: what was handed out is not touched any more, and what has
// not changed is not copied.
func TestEntriesStayAsTheyAre(t *testing.T) {
	l := Ledger{History: 4}
	var lists [][]*Entry
	var texts []string
	tell := func(list []*Entry) string {
		var b strings.Builder
		for _, e := range list {
			fmt.Fprintf(&b, "%+v %+v\n", *e, e.Trend)
		}
		return b.String()
	}
	for i := range 200 {
		sees(&l, uint32(i*37%50*2), uint16(i%7), i)
		list := l.Entries()
		lists, texts = append(lists, list), append(texts, tell(list))
		if !slices.IsSortedFunc(list, order) {
			t.Fatalf("not in order: %s", tell(list))
		}
	}
	for i, list := range lists {
		if got := tell(list); got != texts[i] {
			t.Fatalf("the list of step %d was\n%s\nand is\n%s", i, texts[i], got)
		}
	}
	last := lists[len(lists)-1]
	if again := l.Entries(); len(again) != 50 || &again[0] != &last[0] {
		t.Errorf("%d entries, and they were copied although nothing has changed", len(again))
	}
	sees(&l, 10, 9, 999)
	now, differ := l.Entries(), 0
	for i := range now {
		if now[i] != last[i] {
			differ++
		}
	}
	if differ != 1 {
		t.Errorf("%d entries are others, though one has changed", differ)
	}
}

func TestHistory(t *testing.T) {
	for _, most := range []int{0, 1, 2, 5, 1000} {
		l := Ledger{History: most}
		for i := range 300 {
			sees(&l, 0, uint16(i/2), i) // each value twice
		}
		e := l.Entries()[0]
		kept := min(most, MaxHistory)
		if len(e.History) != kept || (e.Trend != nil) != (most > 0) {
			t.Fatalf("of %d values %d are kept, and a trend: %t", most, len(e.History), e.Trend != nil)
		}
		for i, p := range e.History {
			if value := 150 - kept + i; p.Value != strconv.Itoa(value) || p.Frame != uint64(2*value+1) {
				t.Errorf("of %d, number %d is %+v", most, i, p)
			}
		}
	}
}

// TestTrend compares trends with what they should show, worked out from all values.
func TestTrend(t *testing.T) {
	for _, n := range []int{2, 10, 1000} {
		l := Ledger{History: 1}
		for i := range n {
			sees(&l, 0, uint16(1000+i*i%77), i)
		}
		tr := l.Entries()[0].Trend
		if !tr.Numeric || tr.Low != 1000 || tr.High < 1001 || tr.High > 1076 {
			t.Fatalf("%d values: %+v", n, tr)
		}
		changes := uint32(0)
		for i := range tr.Steps {
			changes += tr.Steps[i].Changes
		}
		if changes != uint32(l.Entries()[0].Changes) {
			t.Errorf("%d values: %d changes in steps, %d counted", n, changes, l.Entries()[0].Changes)
		}
		// One column for each step: the value at its end is the last that was seen in it.
		end := tr.Start + Steps*tr.Width()
		for i, got := range tr.Over(tr.Start, end, Steps, nil) {
			last := min(int64(i+1)*tr.Width()-1, int64(n-1)*1e9) / 1e9
			if want := float64(1000 + last*last%77); got != want {
				t.Errorf("%d values: step %d shows %v, want %v", n, i, got, want)
			}
		}
		early := tr.Over(tr.Start-2*Steps*tr.Width(), end, 3, nil)
		if !math.IsNaN(early[0]) || !math.IsNaN(early[1]) || math.IsNaN(early[2]) {
			t.Errorf("%d values: from long before they are %v", n, early)
		}
	}
}

// BenchmarkEntries hands out 100,000 variables of which some have changed.
func BenchmarkEntries(b *testing.B) {
	for _, part := range []int{0, 1000, 100_000} {
		b.Run(fmt.Sprint(part, "changed"), func(b *testing.B) {
			const n = 100_000
			l := Ledger{History: 16}
			step := 0
			see := func(i int) {
				v := Variable{Act: Read, Answer: true}
				v.at(s7comm.AnyItem(s7comm.AreaDB, uint16(i/100), s7comm.SizeInt, uint32(i%100)*2, 0, 1))
				v.with(&s7comm.Value{ReturnCode: s7comm.ReturnSuccess, TransportSize: s7comm.DataByte, Data: []byte{byte(step >> 8), byte(step)}}, true)
				l.Add(&v, plc, panel, Sight{uint64(step), int64(step) * 1e9})
			}
			for ; step < 3; step++ {
				for i := range n {
					see(i)
				}
			}
			l.Entries()
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				step++
				for i := range part {
					see(i * (n / part))
				}
				b.StartTimer()
				l.Entries()
			}
		})
	}
}

// TestHistoryOfMany: of many variables less is kept.
func TestHistoryOfMany(t *testing.T) {
	l := Ledger{History: MaxHistory}
	const n = 20_000
	for i := range 30 {
		sees(&l, 0, uint16(i), i)
	}
	for i := range n {
		l.records[key{typ: strconv.Itoa(i)}] = &record{}
	}
	sees(&l, 0, 99, 31)
	if e := l.records[key{controller: plc, place: Place{s7comm.AreaDB, 1, 0, 16}, kind: datatype.Int, count: 1}]; e == nil || len(e.History) != maxPast/(n+1) || e.History[len(e.History)-1].Value != "99" {
		t.Errorf("%+v", e)
	}
}
