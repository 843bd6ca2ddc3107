package s7rules

import (
	"plcscope/flows"
	"plcscope/s7comm"
)

// oddity says in which ways a message is out of the ordinary, as a set. Nearly all
// messages are not, and the rules that ask for nothing else need not see them.
type oddity uint32

const (
	oddForm       oddity = 1 << iota // malformed
	oddReserved                      // the reserved byte of TPKT is not 0
	oddTPDU                          // the TPDU is longer than agreed
	oddRedundancy                    // a redundancy identification
	oddSurplus                       // bytes behind the message
	oddLong                          // longer than the PDU length agreed
	oddWaiting                       // a job while others of its sender wait
	oddReference                     // a job with the reference of one that waits
	oddEarly                         // a message before the setup
	oddItems                         // more items than Siemens allows
	oddAnswer                        // a read whose answer cannot fit
	oddUnknown                       // an answer to nothing that is known
	oddFunction                      // an answer of another function
	oddLate                          // an answer that nobody waits for any more
	oddError                         // an error code
	oddCount                         // another number of items than was asked
	oddCode                          // the return code of an item is an error
	oddLength                        // a value of another length than its item
	oddType                          // a value of another type than its item
	oddSecret                        // a password
	oddBegin                         // one of the first two TPDUs of its side
	oddFirst                         // the first S7 message of its side
	oddJoined                        // it came in several DT, or is a part of such
)

// maxItems is how many items a request may have.
const maxItems = 20

// oddity looks m over, which is not malformed.
func (c *Conn) oddity(m *flows.Message, k shape, from side) (o oddity) {
	p := m.PDU
	if p.TPKT.Reserved != 0 {
		o |= oddReserved
	}
	if c.TPDUSize > 0 && len(m.Bytes)-4 > c.TPDUSize && k >= fragment {
		o |= oddTPDU
	}
	if m.Serial <= 2 {
		o |= oddBegin
	}
	if p.Fragments != 1 && k == fragment || p.Reassembled {
		o |= oddJoined
	}
	if k < jobRead {
		return o
	}
	if c.Sides[from].Messages == 0 {
		o |= oddFirst
	}
	if p.S7.RedID != 0 {
		o |= oddRedundancy
	}
	if len(p.Surplus) > 0 {
		o |= oddSurplus
	}
	if c.Agreed.Known && len(p.TSDU) > c.Agreed.PDU {
		o |= oddLong
	}
	if p.Secret {
		o |= oddSecret
	}
	if c.Setups == 0 && k != jobSetup && c.FromStart() {
		o |= oddEarly
	}
	switch {
	case k <= jobOther || k == request:
		o |= c.oddQuestion(p, k, from)
	case k <= ack || k == response:
		o |= c.oddReply(m, k)
	}
	return o
}

func (c *Conn) oddQuestion(p *s7comm.PDU, k shape, from side) (o oddity) {
	if k != request && c.Waiting > 0 {
		o |= oddWaiting
	}
	if len(c.open[from]) > 0 && c.find(from, p.S7.PDURef, k == request) >= 0 {
		o |= oddReference
	}
	if len(p.Items) > maxItems {
		o |= oddItems
	}
	switch k {
	case jobRead:
		if c.Agreed.Known && answerSize(p.Items, c.Agreed.PDU) > c.Agreed.PDU {
			o |= oddAnswer
		}
	case jobWrite:
		if len(p.Items) != len(p.Values) {
			return o | oddCount
		}
		for i := range p.Values {
			o |= oddValue(&p.Items[i], &p.Values[i])
		}
	}
	return o
}

func (c *Conn) oddReply(m *flows.Message, k shape) (o oddity) {
	p, q := m.PDU, &c.Fact.Question
	if !c.Fact.Known {
		if !c.Fact.Lapsed {
			o |= oddUnknown
		}
	} else if q.overdue || q.givenUp {
		o |= oddLate
	}
	if k == response {
		u := &p.Userdata
		if c.Fact.Known && (u.Group != q.group || u.Subfunction != q.sub) {
			o |= oddFunction
		}
		if u.Error != 0 {
			o |= oddError
		}
		return o
	}
	if p.S7.Error != 0 {
		o |= oddError
	}
	if k == ack || !c.Fact.Known {
		return o | oddCode&oddCodes(p)
	}
	if p.Function != q.function {
		return o | oddFunction
	}
	switch k {
	case answerRead:
		if len(p.Values) != int(q.items) && p.S7.Error == 0 {
			return o | oddCount
		}
		asked := m.Request != nil && m.Request.Frame == q.Frame && len(m.Request.Items) == len(p.Values)
		for i := range p.Values {
			if v := &p.Values[i]; v.ReturnCode != s7comm.ReturnSuccess {
				o |= oddCode
			} else if asked {
				o |= oddValue(&m.Request.Items[i], v)
			}
		}
	case answerWrite:
		if len(p.Data) != int(q.items) && p.S7.Error == 0 {
			o |= oddCount
		}
		o |= oddCodes(p)
	}
	return o
}

// oddCodes looks for a return code that is an error.
func oddCodes(p *s7comm.PDU) oddity {
	for i := range p.Values {
		if p.Values[i].ReturnCode != s7comm.ReturnSuccess {
			return oddCode
		}
	}
	return 0
}

// oddValue holds a value against the item that asked for it or addresses it.
func oddValue(i *s7comm.Item, v *s7comm.Value) (o oddity) {
	if !comparable(i) {
		return 0
	}
	if int(v.Length) != i.Bytes() {
		o |= oddLength
	}
	if want := dataSizes[i.TransportSize]; want != 0 && v.TransportSize != want {
		o |= oddType
	}
	return o
}

// comparable reports whether it is known how the values of an item look.
func comparable(i *s7comm.Item) bool {
	switch i.Area {
	case s7comm.AreaInput, s7comm.AreaOutput, s7comm.AreaFlag, s7comm.AreaDB, s7comm.AreaDI, s7comm.AreaPeripheral, s7comm.AreaLocal,
		s7comm.AreaTimer, s7comm.AreaCounter:
	default:
		return false
	}
	return i.Known && i.Syntax == s7comm.SyntaxS7Any && i.TransportSize.Size() > 0 && (i.TransportSize != s7comm.SizeBit || i.Count == 1)
}

// dataSizes are the transport sizes in which the values of an item come, as
// controllers of the families 300, 400, 1200 and 1500 send them; 0 where that is
// not known for certain.
var dataSizes = [256]s7comm.DataSize{
	s7comm.SizeBit:     s7comm.DataBit,
	s7comm.SizeByte:    s7comm.DataByte,
	s7comm.SizeChar:    s7comm.DataOctets,
	s7comm.SizeWord:    s7comm.DataByte,
	s7comm.SizeInt:     s7comm.DataInteger,
	s7comm.SizeDWord:   s7comm.DataByte,
	s7comm.SizeDInt:    s7comm.DataInteger,
	s7comm.SizeReal:    s7comm.DataReal,
	s7comm.SizeCounter: s7comm.DataOctets,
	s7comm.SizeTimer:   s7comm.DataOctets,
}

// answerSize is the length of the S7 message that brings the values of items, 0 when
// that cannot be told. It stops counting beyond most.
func answerSize(items []s7comm.Item, most int) int {
	n := 14 // header of 12 bytes, function, number of items
	for i := range items {
		if !comparable(&items[i]) {
			return 0
		}
		n += n & 1 // all but the last are padded to even length
		if n += 4 + items[i].Bytes(); n > most {
			return n
		}
	}
	return n
}
