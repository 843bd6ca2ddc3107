package s7comm

func (u *Userdata) appendCPU(b []byte) []byte {
	if id, index, ok := u.SZLRequest(); ok {
		return appendSZLID(b, id, index)
	}
	if s, ok := u.SZL(); ok {
		return s.appendSummary(appendSZLID(b, s.ID, s.Index))
	}
	if s, ok := u.Subscription(); ok {
		return s.Append(append(b, ' '))
	}
	if e, ok := u.Diagnostic(); ok {
		return e.Append(append(b, ": "...))
	}
	if a, ok := u.Alarm(); ok {
		return appendList(b, len(a.Objects), func(b []byte, i int) []byte { return a.Objects[i].Append(b) })
	}
	if a, ok := u.ARSend(); ok {
		b = appendHex32(append(b, " AR_ID 0x"...), a.ARID)
		return appendData(append(b, ": "...), a.Data, maxShown)
	}
	if by, value, ok := u.AlarmQuery(); ok {
		b = append(b, " by "...)
		b = append(b, queryKind(uint64(by))...)
		if by == queryByType {
			return append(append(b, ' '), alarmKind(uint64(value))...)
		}
		return appendHex32(append(b, " 0x"...), value)
	}
	if list, ok := u.QueriedAlarms(); ok {
		if len(list) == 0 {
			return append(b, ": none"...)
		}
		return appendList(b, len(list), func(b []byte, i int) []byte {
			o := AlarmObject{EventID: list[i].EventID, EventState: list[i].EventState, HasState: true}
			b = append(b, alarmKind(uint64(list[i].Type))...)
			return o.Append(append(b, ' '))
		})
	}
	return b
}

func appendSZLID(b []byte, id SZLID, index uint16) []byte {
	b = id.Append(append(b, ' '))
	if index != 0 {
		b = append(b, " index 0x"...)
		b = appendHexDigits(b, []byte{byte(index >> 8), byte(index)})
	}
	return b
}

// appendSummary adds what the records say, where that fits into a line.
func (s *SZL) appendSummary(b []byte) []byte {
	if s.ID.Extract() == 15 || s.Len() == 0 {
		b = append(b, ", "...)
		b = appendUint(b, uint64(s.Count))
		return append(b, " records at the module"...)
	}
	b = append(b, ':')
	if _, ok := s.ModuleID(0); ok {
		return appendList(b, s.Len(), func(b []byte, i int) []byte {
			m, _ := s.ModuleID(i)
			if f, ok := m.Firmware(); ok {
				return append(append(b, "firmware "...), f...)
			}
			return appendText(b, []byte(m.OrderNumber))
		})
	}
	if _, ok := s.Component(0); ok {
		return appendList(b, s.Len(), func(b []byte, i int) []byte {
			c, _ := s.Component(i)
			b = append(b, componentIndex(uint64(c.Index))...)
			b = append(b, " \""...)
			b = appendText(b, []byte(c.Text))
			return append(b, '"')
		})
	}
	if m, ok := s.ModeChange(0); ok {
		return m.Append(append(b, ' '))
	}
	if p, ok := s.Protection(0); ok {
		b = append(b, " protection level "...)
		b = appendUint(b, uint64(p.Valid))
		if name := switchName(uint64(p.ModeSwitch)); name != "" {
			b = append(b, ", switch at "...)
			b = append(b, name...)
		}
		return b
	}
	if e, ok := s.Diagnostic(0); ok {
		b = e.Append(append(b, ' '))
		if n := s.Len() - 1; n > 0 {
			b = append(b, " and "...)
			b = appendUint(b, uint64(n))
			b = append(b, " more"...)
		}
		return b
	}
	if _, ok := s.LED(0); ok {
		return s.appendLEDs(b)
	}
	b = append(b, ' ')
	b = appendUint(b, uint64(s.Count))
	if s.Count == 1 {
		b = append(b, " record of "...)
	} else {
		b = append(b, " records of "...)
	}
	b = appendUint(b, uint64(s.RecordLen))
	return append(b, " bytes"...)
}

// appendLEDs adds the LEDs that are on.
func (s *SZL) appendLEDs(b []byte) []byte {
	on := 0
	for i := range s.Len() {
		if l, ok := s.LED(i); ok && l.On {
			b = append(b, ' ')
			b = append(b, l.String()...)
			on++
		}
	}
	if on == 0 {
		return append(b, " all off"...)
	}
	return append(b, " on"...)
}

// Append adds the change in words.
func (m ModeChange) Append(b []byte) []byte {
	b = append(b, m.Current.String()...)
	if m.Previous != 15 && m.Previous != 0 {
		b = append(b, " after "...)
		b = append(b, m.Previous.String()...)
	}
	if !m.Time.IsZero() {
		b = m.Time.Append(append(b, " since "...))
	}
	return b
}

func (m ModeChange) String() string { return string(m.Append(nil)) }

// Append adds the event in words: what happened, and when.
func (e DiagnosticEvent) Append(b []byte) []byte {
	b = append(b, e.ID.String()...)
	if !e.Time.IsZero() {
		b = e.Time.Append(append(b, " at "...))
	}
	return b
}

func (e DiagnosticEvent) String() string { return string(e.Append(nil)) }

// Append adds what is subscribed to.
func (s Subscription) Append(b []byte) []byte {
	b = append(b, "by \""...)
	b = appendText(b, []byte(s.Name))
	b = append(b, "\":"...)
	if s.Events == 0 {
		return append(b, " nothing any more"...)
	}
	sep := " "
	for bit, what := range [8]string{0: "mode transitions", 1: "system diagnostics", 2: "user diagnostics"} {
		if s.Events>>bit&1 != 0 && what != "" {
			b = append(append(b, sep...), what...)
			sep = ", "
		}
	}
	if s.Events&0x80 != 0 {
		b = append(append(b, sep...), "alarms"...)
		if s.HasAlarms {
			b = append(b, " ("...)
			b = append(b, alarmSubscription(uint64(s.AlarmType))...)
			b = append(b, ')')
		}
	}
	return b
}

// Append adds the alarm: its event and the signals that are there.
func (o *AlarmObject) Append(b []byte) []byte {
	if o.HasCode {
		return append(b, o.ReturnCode.String()...)
	}
	b = append(b, "event 0x"...)
	b = appendHex32(b, o.EventID)
	if !o.HasState {
		return b
	}
	if o.EventState == 0 {
		return append(b, " gone"...)
	}
	for bit := range 8 {
		if o.EventState>>bit&1 != 0 {
			b = append(b, " SIG_"...)
			b = append(b, '1'+byte(bit))
		}
	}
	return b
}
