package s7comm

import "plcscope/internal/wire"

func queryKind(v uint64) string {
	switch v {
	case 1:
		return "alarm type"
	case 3:
		return "event ID"
	}
	return unknown("kind", v)
}

func alarmKind(v uint64) string {
	switch v {
	case 1:
		return "SCAN"
	case 2:
		return "ALARM_8"
	case 4:
		return "ALARM_S"
	}
	return unknown("type", v)
}

const (
	queryByType  = 1
	queryByEvent = 3
	queryAlarmS  = 4

	queryDatasetHead = 2      // bytes of a data set that its length does not count
	queryUntilZero   = 0xFFFF // in place of the length of all data sets
)

// QueriedAlarm is one alarm in the answer to an alarm query.
type QueriedAlarm struct {
	Type       uint8 // 1 SCAN, 2 ALARM_8, 4 ALARM_S
	EventID    uint32
	EventState uint8 // signals, as in AlarmObject
	AckGoing   uint8
	AckComing  uint8
	Coming     Timestamp // ALARM_S only, as the rest
	Going      Timestamp // zero while it is active
	Values     []Value   // at most two: when it came, when it went; borrowed
}

// AlarmQuery is what a query asks for: by 1 the alarms of a type (1 SCAN, 2 ALARM_8, 4
// ALARM_S), by 3 the one with an event identifier; ok is false for other messages.
func (u *Userdata) AlarmQuery() (by uint8, value uint32, ok bool) {
	b := u.Content
	if u.Group != GroupCPU || u.Subfunction != subAlarmQuery || u.Type != UserdataRequest || len(b) < 12 || b[4] != syntaxAlarmQuery {
		return 0, 0, false
	}
	return b[6], be32(b[8:]), true
}

// QueriedAlarms reads the answer to an alarm query; ok is false for other messages and
// when the answer is cut off.
func (u *Userdata) QueriedAlarms() (list []QueriedAlarm, ok bool) {
	if u.Group != GroupCPU || u.Subfunction != subAlarmQuery || !u.answers() {
		return nil, false
	}
	c := wire.NewCursor(u.Content, nil)
	queryAnswer(&c, &list)
	return list, c.OK()
}

// alarmQuery shows a query or its answer.
func (u *Userdata) alarmQuery(c *wire.Cursor) {
	t := c.Tree()
	h := t.Open(fAlarm, c.Off())
	if u.Type == UserdataRequest {
		queryRequest(c)
	} else {
		queryAnswer(c, nil)
	}
	t.Close(h, c.Off())
}

func queryRequest(c *wire.Cursor) {
	t := c.Tree()
	c.U8(fAlarmFunction)
	c.U8(fAlarmObjects)
	h := t.Open(fAlarmObject, c.Off())
	c.U8(fVarSpec)
	c.U8(fVarSpecLength)
	c.U8(fSyntax)
	c.U8(fQueryUnknown1)
	kind := c.U8(fQueryType)
	c.U8(fQueryUnknown2)
	switch kind {
	case queryByType:
		c.U32(fQueryAlarmType)
	case queryByEvent:
		c.U32(fAlarmEvent)
	}
	t.Close(h, c.Off())
}

// queryAnswer reads an answer and adds the alarms to list unless that is nil.
func queryAnswer(c *wire.Cursor, list *[]QueriedAlarm) {
	c.U8(fAlarmFunction)
	c.U8(fAlarmObjects)
	code := ReturnCode(c.U8(fReturnCode))
	c.U8(fDataTransport)
	size := int(c.U16(fQueryLength))
	if code != ReturnSuccess {
		return
	}
	end := c.Off() + size
	if size == queryUntilZero {
		end = c.Off() + c.Len()
	}
	for c.OK() && c.Off() < end && c.Len() > 1 && c.Rest()[0] != 0 {
		var a QueriedAlarm
		if list == nil {
			a.read(c, nil)
			continue
		}
		a.read(c, &a.Values)
		*list = append(*list, a)
	}
}

// read reads one alarm; its associated values go to list unless that is nil.
func (a *QueriedAlarm) read(c *wire.Cursor, list *[]Value) {
	t := c.Tree()
	start := c.Off()
	h := t.Open(fAlarmObject, start)
	size := int(c.U8(fQueryDataset))
	c.U16(fQueryUnknown)
	a.Type = number8(c, fQueryAlarmType)
	a.EventID = c.U32(fAlarmEvent)
	number8(c, fQueryUnknown)
	a.EventState = signals(c, fAlarmEventStat)
	a.AckGoing = signals(c, fAlarmAckGoing)
	a.AckComing = signals(c, fAlarmAckComing)
	end := start + queryDatasetHead + size
	if a.Type == queryAlarmS && c.OK() && c.Off() < end {
		a.Coming = alarmTime(c, fAlarmComing)
		associated(c, 1, list)
		a.Going = alarmTime(c, fAlarmGoing)
		associated(c, 1, list)
	}
	if c.OK() && c.Off() < end {
		if n := end - c.Off(); n <= c.Len() {
			c.Bytes(fSurplus, n)
		}
	}
	t.Close(h, c.Off())
}

// number8 reads one byte under a field that is wider elsewhere.
func number8(c *wire.Cursor, f *wire.Field) uint8 {
	off, b := c.Off(), c.Rest()
	c.Skip(f, 1)
	if !c.OK() {
		return 0
	}
	c.Tree().Uint(f, off, 1, uint64(b[0]))
	return b[0]
}
