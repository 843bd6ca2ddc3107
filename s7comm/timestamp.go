package s7comm

import "plcscope/internal/wire"

// Timestamp is a date and time as a controller's clock shows it; it knows no time zone.
// The zero value means that there is none.
type Timestamp struct {
	Year        int
	Month       uint8 // 1 to 12
	Day         uint8 // 1 to 31
	Hour        uint8
	Minute      uint8
	Second      uint8
	Millisecond uint16
	Weekday     uint8 // 1 Sunday to 7 Saturday, 0 when it is not given
}

// DateAndTime reads the eight bytes of a DATE_AND_TIME: year, month, day, hour, minute
// and second, then three digits of milliseconds and the day of the week, all in BCD.
// ok is false when that is no date.
func DateAndTime(b []byte) (t Timestamp, ok bool) {
	if len(b) < 8 {
		return Timestamp{}, false
	}
	for i, c := range b[:8] {
		if c>>4 > 9 || i < 7 && c&15 > 9 {
			return Timestamp{}, false
		}
	}
	t = bcdTimestamp(b)
	days := 0
	if t.Month >= 1 && t.Month <= 12 {
		days = daysOf(t.Year, int(t.Month))
	}
	ok = t.Day >= 1 && int(t.Day) <= days && t.Hour < 24 && t.Minute < 60 && t.Second < 60
	if !ok {
		return Timestamp{}, false
	}
	return t, true
}

// bcdTimestamp takes the digits as they are.
func bcdTimestamp(b []byte) Timestamp {
	t := Timestamp{
		Year: 2000 + int(bcd(b[0])), Month: bcd(b[1]), Day: bcd(b[2]), Hour: bcd(b[3]), Minute: bcd(b[4]), Second: bcd(b[5]),
		Millisecond: uint16(bcd(b[6]))*10 + uint16(b[7]>>4), Weekday: b[7] & 15,
	}
	if t.Year >= 2090 {
		t.Year -= 100
	}
	return t
}

func bcd(c byte) uint8 { return c>>4*10 + c&15 }

// blockTimestamp reads the six bytes of a block's time stamp: milliseconds of the day,
// days since 1984.
func blockTimestamp(b []byte) Timestamp {
	ms := be32(b)
	t := dateOf(daysSince1970(1984, 1, 1) + int(be16(b[4:])))
	t.Hour, t.Minute, t.Second = uint8(min(ms/3600000, 255)), uint8(ms/60000%60), uint8(ms/1000%60)
	t.Millisecond = uint16(ms % 1000)
	return t
}

// IsZero reports whether there is no time.
func (t Timestamp) IsZero() bool { return t == Timestamp{} }

// Nanoseconds is the time in nanoseconds since 1970-01-01, as if the clock ran in UTC.
func (t Timestamp) Nanoseconds() int64 {
	seconds := int64(daysSince1970(t.Year, int(t.Month), int(t.Day)))*86400 + int64(t.Hour)*3600 + int64(t.Minute)*60 + int64(t.Second)
	return seconds*1e9 + int64(t.Millisecond)*1e6
}

// Append adds "2014-08-20 11:59:43.912".
func (t Timestamp) Append(b []byte) []byte {
	b = appendUint(b, uint64(t.Year))
	b = appendTwo(append(b, '-'), int(t.Month))
	b = appendTwo(append(b, '-'), int(t.Day))
	return t.appendClock(append(b, ' '))
}

func (t Timestamp) String() string { return string(t.Append(nil)) }

func (t Timestamp) appendClock(b []byte) []byte {
	b = appendTwo(b, int(t.Hour))
	b = appendTwo(append(b, ':'), int(t.Minute))
	b = appendTwo(append(b, ':'), int(t.Second))
	b = append(b, '.', '0'+byte(t.Millisecond/100%10))
	return appendTwo(b, int(t.Millisecond%100))
}

func appendTwo(b []byte, v int) []byte { return append(b, '0'+byte(v/10%10), '0'+byte(v%10)) }

// daysSince1970 counts days in the Gregorian calendar; months and days beyond their
// range run into the next or from the last.
func daysSince1970(year, month, day int) int {
	year, month = year+(month+11)/12-1, (month+11)%12+1
	if month <= 2 {
		year--
		month += 12
	}
	return year*365 + year/4 - year/100 + year/400 + (153*month-457)/5 + day - 719469
}

// dateOf is the reverse of daysSince1970 for days since 1970.
func dateOf(days int) Timestamp {
	year := 1970 + days/366
	for daysSince1970(year+1, 1, 1) <= days {
		year++
	}
	month := 1
	for month < 12 && daysSince1970(year, month+1, 1) <= days {
		month++
	}
	return Timestamp{Year: year, Month: uint8(month), Day: uint8(days - daysSince1970(year, month, 1) + 1)}
}

func daysOf(year, month int) int {
	return daysSince1970(year, month+1, 1) - daysSince1970(year, month, 1)
}

// timestampFields adds a time stamp of eight bytes at off.
func timestampFields(t *wire.Tree, off int, b []byte) {
	t.Data(fTS, off, b)
	timestampParts(t, off, b)
}

// clockFields adds one of ten: a reserved byte and a century come first.
func clockFields(t *wire.Tree, off int, b []byte) {
	t.Data(fTS, off, b)
	t.Uint(fTSReserved, off, 1, uint64(b[0]))
	t.Uint(fTSYear1, off+1, 1, uint64(bcd(b[1])))
	timestampParts(t, off+2, b[2:])
}

func timestampParts(t *wire.Tree, off int, b []byte) {
	for i, f := range [...]*wire.Field{fTSYear2, fTSMonth, fTSDay, fTSHour, fTSMinute, fTSSecond} {
		t.Uint(f, off+i, 1, uint64(bcd(b[i])))
	}
	t.Uint(fTSMillisecond, off+6, 2, uint64(bcdTimestamp(b).Millisecond))
	t.Uint(fTSWeekday, off+6, 2, uint64(b[7]&15))
}

// timestampText shows a time stamp of eight or ten bytes as Wireshark does; what is no
// date runs into the next.
func timestampText(b []byte) string {
	if len(b) == 10 {
		b = b[2:]
	}
	if len(b) != 8 {
		return ""
	}
	t := bcdTimestamp(b)
	ns := t.Nanoseconds()
	d := dateOf(int(ns / (86400 * 1e9)))
	ms := ns / 1e6 % 86400000
	d.Hour, d.Minute, d.Second, d.Millisecond = uint8(ms/3600000), uint8(ms/60000%60), uint8(ms/1000%60), uint16(ms%1000)
	return string(d.appendWords(nil)) + "000000 UTC"
}

// blockTimestampText shows the time stamp of a block as Wireshark does.
func blockTimestampText(b []byte) string {
	if len(b) != 6 {
		return ""
	}
	return string(blockTimestamp(b).appendWords(nil))
}

// appendWords adds "Aug 20, 2014 11:59:43.912".
func (t Timestamp) appendWords(b []byte) []byte {
	i := 3 * int(max(t.Month, 1)-1)
	b = append(b, "JanFebMarAprMayJunJulAugSepOctNovDec"[i:i+3]...)
	b = append(b, ' ', ' ')
	if t.Day > 9 {
		b = b[:len(b)-1]
	}
	b = appendUint(b, uint64(t.Day))
	b = append(b, ", "...)
	b = appendUint(b, uint64(t.Year))
	return t.appendClock(append(b, ' '))
}
