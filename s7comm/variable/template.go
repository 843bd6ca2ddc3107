package variable

import (
	"encoding/binary"
	"fmt"

	"plcscope/s7comm"
	"plcscope/s7comm/datatype"
)

// Template says how the payload of BSEND is laid out: a head, and behind it records of
// one length, each a time stamp, a data block, a start address and the data. This is how
// telemetry with time stamps is pushed.
type Template struct {
	RID    uint32 // of the payloads that it is for
	AnyRID bool   // it is for all
	Header int    // bytes before the first record
	Record int    // bytes of a record; 0: a word in the header at RecordAt says so
	// RecordAt is the offset in the header of the length of a record.
	RecordAt int
	Time     datatype.Type // of the time stamp, None without one
	TimeAt   int           // offset in the record
	DB       Number        // data block
	Start    Number        // first byte in it
	DataAt   int           // offset of the data in the record
	Data     int           // bytes of data; 0: up to the end of the record
}

// Number is one that is the same in all records, or that a word of the record holds.
type Number struct {
	Fixed bool
	Value uint16
	At    int
}

func (n Number) of(record []byte) uint16 {
	if n.Fixed {
		return n.Value
	}
	return binary.BigEndian.Uint16(record[n.At:])
}

// Check finds fault with a template that cannot be.
func (t *Template) Check() error {
	const most = 1 << 16
	for _, n := range []int{t.Header, t.Record, t.RecordAt, t.TimeAt, t.DB.At, t.Start.At, t.DataAt, t.Data} {
		if n < 0 || n > most {
			return fmt.Errorf("%d is no offset and no length", n)
		}
	}
	switch {
	case t.Record == 0 && t.RecordAt+2 > t.Header:
		return fmt.Errorf("the length of a record is neither given nor in the header")
	case t.Record > 0 && t.least() > t.Record:
		return fmt.Errorf("a record of %d bytes is too short for what is in it: %d", t.Record, t.least())
	case t.Time == datatype.String || t.Time == datatype.WString:
		return fmt.Errorf("%s is no time stamp", t.Time)
	}
	return nil
}

// least is the shortest record that has all that the template names.
func (t *Template) least() int {
	n := max(t.DataAt+max(t.Data, 1), t.TimeAt+t.Time.Size())
	if !t.DB.Fixed {
		n = max(n, t.DB.At+2)
	}
	if !t.Start.Fixed {
		n = max(n, t.Start.At+2)
	}
	return n
}

// bsend reads the records of a payload for which there is a template.
func (j *Joiner) bsend(m Message) {
	s, ok := m.PDU.Userdata.BSend()
	if !ok {
		return
	}
	for i := range j.Templates {
		if t := &j.Templates[i]; t.AnyRID || t.RID == s.RID {
			j.records(m, t, s.Data[:min(len(s.Data), int(s.Length))])
			return
		}
	}
}

func (j *Joiner) records(m Message, t *Template, b []byte) {
	if len(b) < t.Header {
		return
	}
	size := t.Record
	if size == 0 {
		size = int(binary.BigEndian.Uint16(b[t.RecordAt:]))
	}
	if size < t.least() {
		return // another payload than the template is for
	}
	for b = b[t.Header:]; len(b) >= size && len(j.list) < maxVariables; b = b[size:] {
		r := b[:size]
		data := r[t.DataAt:]
		if t.Data > 0 {
			data = data[:t.Data]
		}
		v := j.add(Send, m.FromClient, true)
		it := s7comm.AnyItem(s7comm.AreaDB, t.DB.of(r), s7comm.SizeWord, uint32(t.Start.of(r)), 0, uint16(len(data)/2))
		if len(data)%2 == 1 {
			it.TransportSize, it.Count = s7comm.SizeByte, uint16(len(data))
		}
		v.at(it)
		v.Raw = data
		if t.Time != datatype.None {
			v.Stamp = t.Time.Text(r[t.TimeAt:])
		}
	}
}
