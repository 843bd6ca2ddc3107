package s7comm

import "plcscope/internal/wire"

// isAlarmPush reports whether a pushed message brings alarms.
func isAlarmPush(sub uint8) bool {
	switch sub {
	case subAlarm8, subNotify, subScan, subAlarmAckPush, subAlarmLockPush, subAlarmUnlockPush, subAlarmSQ, subAlarmS, subNotify8:
		return true
	}
	return false
}

// isAlarmCommand reports whether a request or its answer is about alarms.
func isAlarmCommand(sub uint8) bool {
	return sub == subAlarmLock || sub == subAlarmUnlock || sub == subAlarmAck
}

// The forms of message objects.
const (
	syntaxAlarmLock  = 0x15
	syntaxAlarm      = 0x16
	syntaxAlarmAck   = 0x19
	syntaxAlarmQuery = 0x1A
	syntaxNotify     = 0x1C
)

// AlarmMessage is what a controller pushes when alarms come, go, or are acknowledged or
// locked, and what a client sends to do the latter.
type AlarmMessage struct {
	Kind    uint8     // the subfunction: 5 ALARM_8, 6 NOTIFY, 9 SCAN, 0x11 ALARM_SQ, 0x12 ALARM_S ...; see SubfunctionName
	Time    Timestamp // zero when the message has none
	Objects []AlarmObject
}

// AlarmObject is one alarm of a message. In the state bytes, bit 0 is SIG_1 and bit 7
// SIG_8; forms that lack one have 0 there.
type AlarmObject struct {
	EventID     uint32
	EventState  uint8 // the signals that are there
	State       uint8
	AckGoing    uint8 // signals whose going is acknowledged
	AckComing   uint8
	EventGoing  uint8 // NOTIFY: signals that went
	EventComing uint8
	LastChanged uint8
	HasState    bool    // EventState and State are there
	Values      []Value // associated values, borrowed
	ReturnCode  ReturnCode
	HasCode     bool // the answer to a command: only ReturnCode is there
}

// timed reports whether a message of the kind begins with a time.
func timed(sub uint8) bool { return sub != subAlarmLockPush && sub != subAlarmUnlockPush }

// Alarm reads a message about alarms; ok is false for other messages and when it is cut
// off, a then holds the objects before that.
func (u *Userdata) Alarm() (a AlarmMessage, ok bool) {
	push := u.Type == UserdataPush
	if u.Group != GroupCPU || u.ReturnCode != ReturnSuccess || push && !isAlarmPush(u.Subfunction) || !push && !isAlarmCommand(u.Subfunction) {
		return AlarmMessage{}, false
	}
	a.Kind = u.Subfunction
	c := wire.NewCursor(u.Content, nil)
	n := u.alarmHead(&c, &a.Time)
	for ; n > 0 && c.OK(); n-- {
		var o AlarmObject
		u.alarmObject(&c, &o, &o.Values)
		if c.OK() {
			a.Objects = append(a.Objects, o)
		}
	}
	return a, c.OK()
}

// ARSend is archive data that a block AR_SEND pushes.
type ARSend struct {
	ARID uint32
	Data []byte // with the length in front as it came; borrowed
}

// ARSend reads a push of archive data; ok is false for other messages.
func (u *Userdata) ARSend() (a ARSend, ok bool) {
	b := u.Content
	if u.Group != GroupCPU || u.Subfunction != subARSend || u.Type != UserdataPush || u.ReturnCode != ReturnSuccess || !hasRID(b) {
		return ARSend{}, false
	}
	return ARSend{be32(b[4:]), b[ridLength:]}, true
}

// alarm shows a message about alarms.
func (u *Userdata) alarm(c *wire.Cursor) {
	t := c.Tree()
	h := t.Open(fAlarm, c.Off())
	var at Timestamp
	for n := u.alarmHead(c, &at); n > 0 && c.OK(); n-- {
		k := t.Open(fAlarmObject, c.Off())
		var o AlarmObject
		u.alarmObject(c, &o, nil)
		t.Close(k, c.Off())
	}
	t.Close(h, c.Off())
}

// alarmHead reads what stands before the objects and returns their number.
func (u *Userdata) alarmHead(c *wire.Cursor, at *Timestamp) int {
	if u.Type == UserdataPush && timed(u.Subfunction) {
		scan := u.Subfunction == subScan
		if scan {
			c.U16(fScanUnknown1)
		}
		*at = alarmTime(c, fAlarmComing)
		if scan {
			c.U16(fScanUnknown2)
		}
	}
	c.U8(fAlarmFunction)
	return int(c.U8(fAlarmObjects))
}

// alarmTime reads a time stamp under a heading.
func alarmTime(c *wire.Cursor, heading *wire.Field) Timestamp {
	off, b := c.Off(), c.Rest()
	c.Skip(heading, 8)
	if !c.OK() {
		return Timestamp{}
	}
	if t := c.Tree(); t != nil {
		h := t.Open(heading, off)
		timestampFields(t, off, b[:8])
		t.Close(h, off+8)
	}
	at, _ := DateAndTime(b)
	return at
}

// alarmObject reads one object; its form is given by the syntax that it states. Its
// associated values go to list unless that is nil.
func (u *Userdata) alarmObject(c *wire.Cursor, o *AlarmObject, list *[]Value) {
	if u.Type == UserdataResponse {
		o.ReturnCode, o.HasCode = ReturnCode(c.U8(fReturnCode)), true
		return
	}
	c.U8(fVarSpec)
	c.U8(fVarSpecLength)
	syntax := c.U8(fSyntax)
	switch syntax {
	case syntaxAlarmLock, syntaxAlarm, syntaxAlarmAck, syntaxNotify:
	default:
		c.Skip(fSyntax, c.Len()+1) // what follows cannot be told apart
		return
	}
	values := int(c.U8(fAlarmValues))
	o.EventID = c.U32(fAlarmEvent)
	if syntax == syntaxAlarm || syntax == syntaxNotify {
		o.HasState = true
		o.EventState = signals(c, fAlarmEventStat)
		o.State = signals(c, fAlarmState)
	}
	if syntax != syntaxAlarmLock {
		o.AckGoing = signals(c, fAlarmAckGoing)
		o.AckComing = signals(c, fAlarmAckComing)
	}
	if syntax == syntaxNotify {
		o.EventGoing = signals(c, fAlarmEvGoing)
		o.EventComing = signals(c, fAlarmEvComing)
		o.LastChanged = signals(c, fAlarmEvLast)
		c.U8(fAlarmEvReserve)
	}
	if values > 0 && (syntax == syntaxAlarm || syntax == syntaxNotify) {
		associated(c, values, list)
	}
}

// signals reads a byte with a bit for each of eight signals.
func signals(c *wire.Cursor, f *wire.Field) uint8 {
	off := c.Off()
	v := c.U8(f)
	if t := c.Tree(); t != nil && c.OK() {
		for bit, f := range fAlarmSignals {
			t.Bool(f, off, v>>bit&1 != 0)
		}
	}
	return v
}

// associated reads n associated values, under a heading.
func associated(c *wire.Cursor, n int, list *[]Value) {
	t := c.Tree()
	h := t.Open(fAlarmValue, c.Off())
	readValues(c, n, padBetween, list)
	t.Close(h, c.Off())
}
