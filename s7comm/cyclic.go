package s7comm

import "plcscope/internal/wire"

// Subfunctions of GroupCyclic.
const (
	subCyclic       = 1
	subUnsubscribe  = 4
	subChangeDriven = 5
	subChangeModify = 7
	subReadRecord   = 8
)

// TimeBase is the unit of the interval of a cyclic job.
type TimeBase uint8

func (b TimeBase) String() string {
	switch b {
	case 0:
		return "100 ms"
	case 1:
		return "1 s"
	case 2:
		return "10 s"
	}
	return unknown("time base", uint64(b))
}

// Milliseconds is the unit in milliseconds, 0 when it is not known.
func (b TimeBase) Milliseconds() int {
	if b > 2 {
		return 0
	}
	return [...]int{100, 1000, 10000}[b]
}

// CyclicJob is a request to be sent values again and again, at an interval or when they
// change. The answer brings the first values; its sequence number is the number of the
// job, under which all further ones are pushed.
type CyclicJob struct {
	Base   TimeBase
	Factor uint8  // times Base is the interval
	Items  []Item // what is sent; Offset counts from the first byte of the content
}

// Interval is how often values are sent, in milliseconds.
func (j *CyclicJob) Interval() int { return int(j.Factor) * j.Base.Milliseconds() }

// subscribes reports whether the message has to do with values that are sent cyclically.
func (u *Userdata) subscribes() bool {
	return u.Subfunction == subCyclic || u.Subfunction == subChangeDriven || u.Subfunction == subChangeModify
}

// CyclicJob reads a request for cyclic values or for a change of them; ok is false for
// other messages and when addresses are cut off.
func (u *Userdata) CyclicJob() (j CyclicJob, ok bool) {
	if u.Group != GroupCyclic || u.Type != UserdataRequest || !u.subscribes() || u.ReturnCode != ReturnSuccess {
		return CyclicJob{}, false
	}
	c := wire.NewCursor(u.Content, nil)
	j.read(&c, &j.Items)
	return j, c.OK()
}

// CyclicValues are the values of an answer to a cyclic job or of a push. An item of
// SyntaxDBRead has one for all of its areas, see DBReadValues.
func (u *Userdata) CyclicValues() []Value {
	if u.Group != GroupCyclic || u.Type == UserdataRequest || !u.subscribes() || u.ReturnCode != ReturnSuccess {
		return nil
	}
	c := wire.NewCursor(u.Content, nil)
	var list []Value
	readValues(&c, int(c.U16(fItemCount)), padBetween, &list)
	return list
}

// Unsubscribed is the job that a request ends; ok is false for other messages.
func (u *Userdata) Unsubscribed() (job uint8, ok bool) {
	if u.Group != GroupCyclic || u.Type != UserdataRequest || u.Subfunction != subUnsubscribe || len(u.Content) < 2 {
		return 0, false
	}
	return u.Content[1], true
}

// cyclic shows a message of GroupCyclic.
func (u *Userdata) cyclic(c *wire.Cursor) {
	request := u.Type == UserdataRequest
	switch {
	case u.subscribes() && request:
		var j CyclicJob
		j.read(c, nil)
	case u.subscribes():
		readValues(c, int(number16(c, fItemCount)), padBetween, nil)
	case u.Subfunction == subUnsubscribe && request:
		c.U8(fCyclicFunction)
		c.U8(fCyclicJob)
	case u.Subfunction == subReadRecord && request:
		c.Bytes(fRecordReserved, 1)
		readItems(c, int(c.U8(fItemCount)), nil)
	case u.Subfunction == subReadRecord:
		var r RecordRead
		r.read(c)
	default:
		undecoded(c)
	}
}

// read reads a request; its addresses go to items unless that is nil.
func (j *CyclicJob) read(c *wire.Cursor, items *[]Item) {
	n := int(number16(c, fItemCount))
	j.Base = TimeBase(c.U8(fCyclicBase))
	j.Factor = c.U8(fCyclicFactor)
	readItems(c, n, items)
}

// number16 reads two bytes under a field that is narrower elsewhere.
func number16(c *wire.Cursor, f *wire.Field) uint16 {
	off, b := c.Off(), c.Rest()
	c.Skip(f, 2)
	if !c.OK() {
		return 0
	}
	c.Tree().Uint(f, off, 2, uint64(be16(b)))
	return be16(b)
}

// read reads a data record that a module gave.
func (r *RecordRead) read(c *wire.Cursor) {
	c.Bytes(fRecordReserved, 1)
	c.U8(fItemCount)
	r.ReturnCode = ReturnCode(c.U8(fReturnCode))
	if r.ReturnCode != ReturnSuccess {
		c.U8(fRecordStatLen)
		return
	}
	c.U8(fDataTransport)
	status := int(c.U8(fRecordStatLen))
	if status > 0 {
		r.Status = c.Bytes(fRecordStatus, status)
	} else if rest := c.Rest(); len(rest) > 0 && rest[0] == 0 {
		c.Skip(fRecordStatus, 1) // padding
	} else {
		c.Bytes(fSurplus, min(1, len(rest)))
	}
	if size := int(c.U16(fRecordDataLen)); size > 0 {
		r.Data = c.Bytes(fRecordData, size)
	}
}

// RecordRead is the answer to a request for a data record of a module.
type RecordRead struct {
	ReturnCode ReturnCode
	Status     []byte // of the module, borrowed
	Data       []byte // the record, borrowed
}

// RecordRequest is the record that a request asks for: an item whose area is
// AreaRecord; ok is false for other messages.
func (u *Userdata) RecordRequest() (i Item, ok bool) {
	if u.Group != GroupCyclic || u.Subfunction != subReadRecord || u.Type != UserdataRequest || len(u.Content) < 2 {
		return Item{}, false
	}
	c := wire.NewCursor(u.Content, nil)
	c.Seek(2)
	i, ok = readItem(&c)
	return i, ok && i.Known && i.Syntax == SyntaxS7Any
}

// Record reads a data record; ok is false for other messages and when it is cut off.
func (u *Userdata) Record() (r RecordRead, ok bool) {
	if u.Group != GroupCyclic || u.Subfunction != subReadRecord || !u.answers() {
		return RecordRead{}, false
	}
	c := wire.NewCursor(u.Content, nil)
	r.read(&c)
	return r, c.OK()
}

// DBReadValues takes the value of an item of SyntaxDBRead apart: one for each area, or
// nil when the lengths do not fit.
func (i *Item) DBReadValues(v Value) []Value {
	n := i.DBReads()
	list := make([]Value, 0, n)
	b := v.Data
	for a := range n {
		size := int(i.DBRead(a).Length)
		if len(b) < 1+size {
			return nil
		}
		list = append(list, Value{ReturnCode: ReturnCode(b[0]), TransportSize: DataOctets, RawLength: uint16(size), Length: uint16(size), Data: b[1 : 1+size : 1+size]})
		b = b[1+size:]
	}
	return list
}
