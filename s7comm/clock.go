package s7comm

import "plcscope/internal/wire"

// Subfunctions of GroupTime.
const (
	subReadClock          = 1
	subSetClock           = 2
	subReadClockFollowing = 3
	subSetClockFollowing  = 4
)

const clockLength = 10 // a reserved byte, a century that nobody keeps, DATE_AND_TIME

// carriesClock reports whether the content is a time: the answer to a request to read
// the clock, or a request to set it.
func (u *Userdata) carriesClock() bool {
	read := u.Subfunction == subReadClock || u.Subfunction == subReadClockFollowing
	set := u.Subfunction == subSetClock || u.Subfunction == subSetClockFollowing
	return read && u.Type == UserdataResponse || set && u.Type == UserdataRequest
}

// Clock is the time of a clock that was read or is to be set; ok is false for other
// messages and where the digits are no date.
func (u *Userdata) Clock() (t Timestamp, ok bool) {
	if u.Group != GroupTime || u.ReturnCode != ReturnSuccess || !u.carriesClock() || len(u.Content) < clockLength {
		return Timestamp{}, false
	}
	return DateAndTime(u.Content[2:])
}

// clock shows a message of GroupTime.
func (u *Userdata) clock(c *wire.Cursor) {
	if !u.carriesClock() {
		undecoded(c)
		return
	}
	if b := c.Rest(); len(b) >= clockLength {
		clockFields(c.Tree(), c.Off(), b[:clockLength])
		c.Skip(fTS, clockLength)
	}
}
