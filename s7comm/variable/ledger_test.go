package variable

import (
	"net/netip"
	"strings"
	"testing"

	"plcscope/s7comm"
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
