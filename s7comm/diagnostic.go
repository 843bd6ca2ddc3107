package s7comm

import "plcscope/internal/wire"

// EventID is what happened, in a diagnostic buffer entry, a diagnostic message or a
// change of mode: the class in the high nibble, four flags, the number in the low byte.
type EventID uint16

// Coming reports whether the event came; otherwise it went.
func (e EventID) Coming() bool { return e&0x0100 != 0 }

// Class is the kind of event.
func (e EventID) Class() string {
	switch e >> 12 {
	case 1:
		return "start of an OB"
	case 2:
		return "synchronous error"
	case 3:
		return "asynchronous error"
	case 4:
		return "mode transition"
	case 5:
		return "run-time event"
	case 6:
		return "communication event"
	case 7:
		return "fail-safe or fault-tolerant system"
	case 8:
		return "module diagnostics"
	case 9:
		return "predefined user event"
	case 10, 11:
		return "user event"
	case 15:
		return "event of another module"
	}
	return "event"
}

// String is the event in words, or its class and identifier.
func (e EventID) String() string {
	id := e
	if c := e >> 12; c == 8 || c == 9 { // the flags say when, not what
		id &= 0xF0FF
	}
	if s, ok := eventNames[id]; ok {
		return s
	}
	way := " going"
	if e.Coming() {
		way = " coming"
	}
	return e.Class() + " 0x" + string(appendHexDigits(nil, []byte{byte(e >> 8), byte(e)})) + way
}

// DiagnosticEvent is an entry of the diagnostic buffer, or a diagnostic message.
type DiagnosticEvent struct {
	ID       EventID
	Priority uint8 // class of the OB; 0xFE and 0xFF: start-up and none
	OB       uint8 // number
	DatID    uint16
	Info1    uint16    // what the three mean depends on ID
	Info2    uint32    //
	Time     Timestamp // zero where the digits are no date
}

const (
	diagnosticLength = 20
	subDiagnostic    = 3
)

// parseDiagnostic reads an entry of 20 bytes.
func parseDiagnostic(b []byte) DiagnosticEvent {
	at, _ := DateAndTime(b[12:])
	return DiagnosticEvent{ID: EventID(be16(b)), Priority: b[2], OB: b[3], DatID: be16(b[4:]), Info1: be16(b[6:]), Info2: be32(b[8:]), Time: at}
}

// Diagnostic reads a diagnostic message, which a controller pushes; ok is false for
// other messages.
func (u *Userdata) Diagnostic() (e DiagnosticEvent, ok bool) {
	if u.Group != GroupCPU || u.Subfunction != subDiagnostic || u.Type != UserdataPush || u.ReturnCode != ReturnSuccess || len(u.Content) < diagnosticLength {
		return DiagnosticEvent{}, false
	}
	return parseDiagnostic(u.Content), true
}

// Diagnostic reads record n of a diagnostic buffer; the newest comes first. ok is false
// when the list is another.
func (s *SZL) Diagnostic(n int) (e DiagnosticEvent, ok bool) {
	if !s.ID.diagnostics() || s.RecordLen < diagnosticLength || n >= s.Len() {
		return DiagnosticEvent{}, false
	}
	return parseDiagnostic(s.Record(n)), true
}

// diagnosticFields shows an entry of 20 bytes at off.
func diagnosticFields(t *wire.Tree, off int, b []byte) {
	e := parseDiagnostic(b)
	h := t.Open(fDiag, off)
	t.Uint(fDiagEvent, off, 2, uint64(e.ID))
	t.Uint(fDiagClass, off, 2, uint64(e.ID>>12))
	t.Bool(fDiagComing, off, e.ID.Coming())
	t.Bool(fDiagBuffer, off, e.ID&0x0200 != 0)
	t.Bool(fDiagInternal, off, e.ID&0x0400 != 0)
	t.Bool(fDiagExternal, off, e.ID&0x0800 != 0)
	t.Uint(fDiagNumber, off, 2, uint64(e.ID&0xff))
	t.Uint(fDiagPriority, off+2, 1, uint64(e.Priority))
	t.Uint(fDiagOB, off+3, 1, uint64(e.OB))
	t.Uint(fDiagDatID, off+4, 2, uint64(e.DatID))
	t.Uint(fDiagInfo1, off+6, 2, uint64(e.Info1))
	t.Uint(fDiagInfo2, off+8, 4, uint64(e.Info2))
	timestampFields(t, off+12, b[12:20])
	t.Close(h, off+diagnosticLength)
}
