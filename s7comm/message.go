package s7comm

import "plcscope/internal/wire"

// Subfunctions of GroupCPU beside reading the system status list.
const (
	subMessages        = 0x02
	subAlarm8          = 0x05
	subNotify          = 0x06
	subAlarmLock       = 0x07
	subAlarmUnlock     = 0x08
	subScan            = 0x09
	subAlarmAck        = 0x0B
	subAlarmAckPush    = 0x0C
	subAlarmLockPush   = 0x0D
	subAlarmUnlockPush = 0x0E
	subARSend          = 0x10
	subAlarmSQ         = 0x11
	subAlarmS          = 0x12
	subAlarmQuery      = 0x13
	subNotify8         = 0x16
)

// Subscription is a request for messages of a controller, or the end of one.
type Subscription struct {
	Events    uint8  // bits: 0 mode transitions, 1 system diagnostics, 2 user diagnostics, 7 alarms; 0 ends the subscription
	Name      string // of the subscriber, at most 8 characters
	AlarmType uint8  // with bit 7: 0 and 1 SCAN off and on, 4 and 5 ALARM, 6 and 7 AR_SEND, 8 and 9 ALARM_S
	HasAlarms bool   // AlarmType is there
}

// Subscription reads a request of the message service; ok is false for other messages.
func (u *Userdata) Subscription() (s Subscription, ok bool) {
	b := u.Content
	if u.Group != GroupCPU || u.Subfunction != subMessages || u.Type != UserdataRequest || len(b) < 10 {
		return Subscription{}, false
	}
	s = Subscription{Events: b[0], Name: trimmed(b[2:10])}
	if s.Events&0x80 != 0 && len(b) > 10 {
		s.AlarmType, s.HasAlarms = b[10], true
	}
	return s, true
}

func alarmSubscription(v uint64) string {
	switch v {
	case 0:
		return "SCAN off"
	case 1:
		return "SCAN on"
	case 4:
		return "ALARM off"
	case 5:
		return "ALARM on"
	case 6:
		return "AR_SEND off"
	case 7:
		return "AR_SEND on"
	case 8:
		return "ALARM_S off"
	case 9:
		return "ALARM_S on"
	}
	return unknown("type", v)
}

// cpuFunctions shows a message of GroupCPU.
func (u *Userdata) cpuFunctions(c *wire.Cursor) {
	switch push := u.Type == UserdataPush; {
	case u.Subfunction == subReadSZL:
		u.szlFields(c)
	case u.Subfunction == subMessages && u.Type == UserdataRequest:
		subscriptionFields(c)
	case u.Subfunction == subMessages && u.Type == UserdataResponse:
		c.U8(fMsgResult)
		c.U8(fMsgResReserv1)
		if c.Len() > 0 {
			c.U8(fMsgAlarmType)
			c.U8(fMsgResReserv2)
			c.U8(fMsgResReserv3)
		}
	case u.Subfunction == subDiagnostic && push:
		if b := c.Rest(); len(b) >= diagnosticLength {
			diagnosticFields(c.Tree(), c.Off(), b)
			c.Skip(fDiag, diagnosticLength)
		}
	case u.Subfunction == subAlarmQuery && u.Type != UserdataPush:
		u.alarmQuery(c)
	case push && isAlarmPush(u.Subfunction), !push && isAlarmCommand(u.Subfunction):
		u.alarm(c)
	default:
		undecoded(c)
	}
}

func subscriptionFields(c *wire.Cursor) {
	off := c.Off()
	events := c.U8(fMsgEvents)
	if t := c.Tree(); t != nil && c.OK() {
		t.Bool(fMsgMode, off, events&1 != 0)
		t.Bool(fMsgSystem, off, events&2 != 0)
		t.Bool(fMsgUser, off, events&4 != 0)
		t.Bool(fMsgAlarms, off, events&0x80 != 0)
	}
	c.U8(fMsgReserved1)
	c.Bytes(fMsgName, 8)
	if events&0x80 != 0 && c.Len() > 0 {
		c.U8(fMsgAlarmType)
		c.U8(fMsgReserved2)
	}
}
