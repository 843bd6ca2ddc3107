package datatype

import "strconv"

func (t Type) appendTime(b, v []byte) []byte {
	switch t {
	case S5Time:
		if ms, ok := s5time(v); ok {
			return appendDuration(append(b, "S5T#"...), int64(ms)*1e6)
		}
		return appendRaw(b, v[:2])
	case Time:
		return appendDuration(append(b, "T#"...), int64(int32(be32(v)))*1e6)
	case LTime:
		return appendDuration(append(b, "LT#"...), int64(be64(v)))
	case TimeOfDay:
		return appendClock(append(b, "TOD#"...), uint64(be32(v))*1e6, 3)
	case LTimeOfDay:
		return appendClock(append(b, "LTOD#"...), be64(v), 9)
	case Date:
		return appendDay(append(b, "D#"...), daysTo1990+int64(be16(v)))
	case LDT:
		const day = 86_400 * 1_000_000_000
		ns := int64(be64(v))
		days := ns / day
		if ns%day < 0 {
			days--
		}
		b = appendDay(append(b, "LDT#"...), days)
		return appendClock(append(b, '-'), uint64(ns-days*day), 9)
	case DateAndTime:
		return appendDateAndTime(b, v)
	case DTL:
		return appendDTL(b, v)
	}
	return appendRaw(b, v)
}

const daysTo1990 = 7305 // from 1970-01-01

// appendDuration writes 1d2h3m4s5ms6us7ns without the parts that are 0.
func appendDuration(b []byte, ns int64) []byte {
	u := uint64(ns)
	if ns < 0 {
		b = append(b, '-')
		u = -u
	}
	at := len(b)
	for _, unit := range [...]struct {
		ns   uint64
		name string
	}{{86_400e9, "d"}, {3600e9, "h"}, {60e9, "m"}, {1e9, "s"}, {1e6, "ms"}, {1e3, "us"}, {1, "ns"}} {
		if n := u / unit.ns; n > 0 {
			b = strconv.AppendUint(b, n, 10)
			b = append(b, unit.name...)
			u %= unit.ns
		}
	}
	if len(b) == at {
		b = append(b, "0ms"...)
	}
	return b
}

// appendClock writes hours, minutes, seconds and as many decimals.
func appendClock(b []byte, ns uint64, decimals int) []byte {
	s := ns / 1e9
	b = append2(b, s/3600)
	b = append(b, ':')
	b = append2(b, s/60%60)
	b = append(b, ':')
	b = append2(b, s%60)
	b = append(b, '.')
	for d := uint64(1e8); decimals > 0; decimals-- {
		b = append(b, '0'+byte(ns/d%10))
		d /= 10
	}
	return b
}

func append2(b []byte, n uint64) []byte {
	if n < 10 {
		b = append(b, '0')
	}
	return strconv.AppendUint(b, n, 10)
}

// appendDay writes the date of a day counted from 1970-01-01, by the Gregorian
// calendar.
func appendDay(b []byte, days int64) []byte {
	// Years are counted from March, so that the leap day is the last of its year.
	z := days + 719_468
	era := z / 146_097
	if z < 0 {
		era = (z - 146_096) / 146_097
	}
	doe := z - era*146_097
	yoe := (doe - doe/1460 + doe/36_524 - doe/146_096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day, month, year := doy-(153*mp+2)/5+1, mp+3, yoe+era*400
	if month > 12 {
		month, year = month-12, year+1
	}
	return appendDate(b, int(year), int(month), int(day))
}

func appendDate(b []byte, year, month, day int) []byte {
	b = strconv.AppendInt(b, int64(year), 10)
	b = append(b, '-')
	b = append2(b, uint64(month))
	b = append(b, '-')
	return append2(b, uint64(day))
}

// appendDateAndTime reads eight bytes of decimal digits; the year 90 is 1990, 89 is
// 2089.
func appendDateAndTime(b, v []byte) []byte {
	var n [7]int
	for i := range n {
		var ok bool
		if n[i], ok = bcd(v[i]); !ok {
			return appendRaw(b, v[:8])
		}
	}
	year := 2000 + n[0]
	if n[0] >= 90 {
		year = 1900 + n[0]
	}
	ms := n[6]*10 + int(v[7]>>4)
	if n[1] < 1 || n[1] > 12 || n[2] < 1 || n[2] > 31 || n[3] > 23 || n[4] > 59 || n[5] > 59 || v[7]>>4 > 9 {
		return appendRaw(b, v[:8])
	}
	b = appendDate(append(b, "DT#"...), year, n[1], n[2])
	return appendClock(append(b, '-'), uint64(n[3]*3600+n[4]*60+n[5])*1e9+uint64(ms)*1e6, 3)
}

// appendDTL reads year, month, day, weekday, hour, minute, second and nanoseconds.
func appendDTL(b, v []byte) []byte {
	if v[2] < 1 || v[2] > 12 || v[3] < 1 || v[3] > 31 || v[5] > 23 || v[6] > 59 || v[7] > 59 || be32(v[8:]) > 999_999_999 {
		return appendRaw(b, v[:12])
	}
	b = appendDate(append(b, "DTL#"...), int(be16(v)), int(v[2]), int(v[3]))
	return appendClock(append(b, '-'), (uint64(v[5])*3600+uint64(v[6])*60+uint64(v[7]))*1e9+uint64(be32(v[8:])), 9)
}
