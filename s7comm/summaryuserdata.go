package s7comm

// maxListed is how many entries of a list a summary shows.
const maxListed = 8

// appendContent adds in words what the content says.
func (u *Userdata) appendContent(b []byte) []byte {
	if u.ReturnCode != ReturnSuccess || len(u.Content) == 0 {
		if u.Type == UserdataRequest && u.Extended && u.Sequence != 0 && u.HasData && len(u.Payload) == 0 {
			b = append(b, ", next fragment"...)
		}
		return b
	}
	switch u.Group {
	case GroupProgrammer:
		return u.appendTestJob(b)
	case GroupCyclic:
		return u.appendCyclic(b)
	case GroupBlock:
		return u.appendBlocks(b)
	case GroupCPU:
		return u.appendCPU(b)
	case GroupPBC:
		if s, ok := u.BSend(); ok {
			b = append(b, " R_ID 0x"...)
			b = appendHex32(b, s.RID)
			b = append(b, ", "...)
			b = appendUint(b, uint64(s.Length))
			b = append(b, " bytes: "...)
			b = appendData(b, s.Data, maxShown)
		}
	case GroupTime:
		if t, ok := u.Clock(); ok {
			b = t.Append(append(b, ' '))
		}
	case GroupNC:
		if name, ok := u.NCRequest(); ok {
			return appendText(append(b, ' '), name)
		}
		if f, ok := u.NCFile(); ok {
			b = appendText(append(b, ' '), []byte(f.Path))
			b = append(b, ", "...)
			b = appendUint(b, uint64(len(f.Data)))
			b = append(b, " bytes"...)
		}
	}
	return b
}

func appendHex32(b []byte, v uint32) []byte {
	return appendHexDigits(b, []byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)})
}

// appendList adds up to maxListed of n entries, and how many there are when those were
// not all.
func appendList(b []byte, n int, entry func(b []byte, i int) []byte) []byte {
	for i := range min(n, maxListed) {
		if i > 0 {
			b = append(b, ',')
		}
		b = entry(append(b, ' '), i)
	}
	if n > maxListed {
		b = append(b, " ... ("...)
		b = appendUint(b, uint64(n))
		b = append(b, ')')
	}
	return b
}

func appendValues(b []byte, list []Value) []byte {
	return appendList(b, len(list), func(b []byte, i int) []byte { return list[i].appendSummary(b, list[i].ReturnCode == ReturnReserved) })
}

func (u *Userdata) appendTestJob(b []byte) []byte {
	j, ok := u.TestJob()
	if !ok {
		return b
	}
	if u.Type == UserdataPush {
		b = append(b, " of job "...)
		b = appendUint(b, uint64(u.Sequence))
	}
	if function, number, ok := j.Job(); ok {
		b = append(b, ' ')
		b = appendUint(b, uint64(number))
		b = append(b, " ("...)
		b = append(b, SubfunctionName(GroupProgrammer, function)...)
		return append(b, ')')
	}
	if list, values := j.Variables(); len(list) > 0 {
		return appendList(b, len(list), func(b []byte, i int) []byte {
			b = list[i].Append(b)
			if i < len(values) {
				b = values[i].appendSummary(append(b, ' '), true)
			}
			return b
		})
	}
	if values := j.Values(); len(values) > 0 {
		return appendValues(b, values)
	}
	if jobs := j.Jobs(); len(jobs) > 0 {
		return appendList(append(b, ':'), len(jobs), func(b []byte, i int) []byte {
			b = append(b, SubfunctionName(GroupProgrammer, jobs[i].Function)...)
			return appendUint(append(b, " as job "...), uint64(jobs[i].Number))
		})
	}
	if j.BlockType != 0 {
		b = append(b, ' ')
		b = append(b, j.BlockType.String()...)
		b = appendUint(b, uint64(j.BlockNumber))
		b = append(b, " from address "...)
		b = appendUint(b, uint64(j.Address))
	}
	return b
}

func (u *Userdata) appendCyclic(b []byte) []byte {
	if j, ok := u.CyclicJob(); ok {
		if ms := j.Interval(); ms > 0 {
			b = append(b, " every "...)
			b = appendUint(b, uint64(ms))
			b = append(b, " ms"...)
		}
		return appendList(b, len(j.Items), func(b []byte, i int) []byte { return j.Items[i].Append(b) })
	}
	if i, ok := u.RecordRequest(); ok {
		return i.Append(append(b, ": "...))
	}
	if r, ok := u.Record(); ok {
		if r.ReturnCode == ReturnSuccess {
			b = appendData(append(b, " = "...), r.Data, maxShown)
		}
		b = append(b, " ("...)
		b = append(b, r.ReturnCode.String()...)
		return append(b, ')')
	}
	if job, ok := u.Unsubscribed(); ok {
		b = append(b, " job "...)
		return appendUint(b, uint64(job))
	}
	if values := u.CyclicValues(); len(values) > 0 {
		b = append(b, " job "...)
		b = appendUint(b, uint64(u.Sequence))
		b = append(b, ':')
		return appendValues(b, values)
	}
	return b
}

func (u *Userdata) appendBlocks(b []byte) []byte {
	if typ, number, ok := u.BlockRequested(); ok {
		b = append(b, ' ')
		b = append(b, typ.String()...)
		if u.Subfunction == subBlockInfo {
			b = appendUint(b, uint64(number))
		}
		return b
	}
	if list := u.BlockCounts(); len(list) > 0 {
		return appendList(append(b, ':'), len(list), func(b []byte, i int) []byte {
			b = appendUint(b, uint64(list[i].Count))
			b = append(b, ' ')
			return append(b, list[i].Type.String()...)
		})
	}
	if list := u.ListedBlocks(); len(list) > 0 {
		return appendList(append(b, ':'), len(list), func(b []byte, i int) []byte { return appendUint(b, uint64(list[i].Number)) })
	}
	if i, ok := u.BlockInfo(); ok {
		b = i.Append(append(b, ": "...))
	}
	return b
}

// Append adds the description in words: "DB1, DB, 500 bytes, code of 2014-08-20 ...".
func (i *BlockInfo) Append(b []byte) []byte {
	b = append(b, i.Type.String()...)
	b = appendUint(b, uint64(i.Number))
	if i.Name != "" {
		b = appendText(append(b, ' '), []byte(i.Name))
	}
	b = append(b, ", "...)
	b = append(b, i.Language.String()...)
	b = append(b, ", "...)
	b = appendUint(b, uint64(i.LoadMemory))
	b = append(b, " bytes, code of "...)
	b = i.CodeTime.Append(b)
	if i.Author != "" {
		b = append(b, ", by "...)
		b = appendText(b, []byte(i.Author))
	}
	if i.Security == knowHow {
		b = append(b, ", protected"...)
	}
	return b
}

func (i BlockInfo) String() string { return string(i.Append(nil)) }
