package variable

import (
	"plcscope/s7comm"
	"plcscope/s7comm/datatype"
)

// Act is what a message has to do with a variable.
type Act uint8

const (
	Read   Act = iota // Read Var
	Write             // Write Var
	Cyclic            // sent again and again, or when it changes
	Watch             // in a variable table of an engineer
	Modify            // changed from such a table
	Force             // held at a value
	Send              // sent by the user program with BSEND
)

func (a Act) String() string {
	return [...]string{"read", "write", "cyclic", "watch", "modify", "force", "bsend"}[min(a, Send)]
}

// Changes reports whether the act gives the variable a value.
func (a Act) Changes() bool { return a == Write || a == Modify || a == Force }

// Variable is one address of a message, with what the message says of it.
type Variable struct {
	Act      Act
	Answer   bool // the message answers, or pushes; else it asks
	OfClient bool // it lies in the client of the connection, else in the server

	// Item is the address; it is not Known when the request is not in the capture. Of an
	// address that cannot be laid out, Place.Bits is 0.
	Item  s7comm.Item
	Place Place
	Type  datatype.Type // of one element, None when the address does not say
	Count int           // elements, from 1

	// Raw are the bytes of the value: those in the message or, in the answer to a change,
	// those that were asked to be written. It is nil when there are none.
	Raw  []byte
	Code s7comm.ReturnCode // what became of it, when Coded
	// Coded reports that the message has a return code for it.
	Coded bool
	Stamp string // the time stamp that a record brings along, as STEP 7 writes it

	Names     []Name // what lies there, ascending; at most Joiner.Most
	More      int    // how many names were left out, at most 4096
	Optimised bool   // the block has optimised access: the address means nothing
}

// Named is the one name of the variable, when it covers exactly what the name stands
// for, and else nil.
func (v *Variable) Named() *Name {
	if len(v.Names) == 1 && v.More == 0 && v.Names[0].Place == v.Place {
		return &v.Names[0]
	}
	return nil
}

// Accepted reports whether the partner has said that the act succeeded.
func (v *Variable) Accepted() bool { return v.Coded && v.Answer && v.Code == s7comm.ReturnSuccess }

// Refused reports whether the partner has said that it did not.
func (v *Variable) Refused() bool { return v.Coded && v.Answer && v.Code != s7comm.ReturnSuccess }

// elements are the types of the elements that an address names.
var elements = map[s7comm.TransportSize]datatype.Type{
	s7comm.SizeBit: datatype.Bool, s7comm.SizeByte: datatype.Byte, s7comm.SizeChar: datatype.Char, s7comm.SizeWord: datatype.Word,
	s7comm.SizeInt: datatype.Int, s7comm.SizeDWord: datatype.DWord, s7comm.SizeDInt: datatype.DInt, s7comm.SizeReal: datatype.Real,
	s7comm.SizeDate: datatype.Date, s7comm.SizeTOD: datatype.TimeOfDay, s7comm.SizeTime: datatype.Time, s7comm.SizeS5Time: datatype.S5Time,
	s7comm.SizeDateAndTime: datatype.DateAndTime, s7comm.SizeWChar: datatype.WChar, s7comm.SizeCounter: datatype.Count, s7comm.SizeTimer: datatype.S5Time,
}

// at sets the address.
func (v *Variable) at(i s7comm.Item) {
	v.Item, v.Count = i, 1
	if !i.Known || i.Syntax != s7comm.SyntaxS7Any {
		return
	}
	v.Type, v.Count = elements[i.TransportSize], max(int(i.Count), 1)
	if i.Numbered() {
		v.Type = datatype.S5Time
		if i.Area == s7comm.AreaCounter {
			v.Type = datatype.Count
		}
		v.Place = Place{Area: i.Area, Bit: uint64(i.Address), Bits: uint64(i.Count)}
		return
	}
	switch i.Area {
	case s7comm.AreaRecord, s7comm.AreaIECCounter, s7comm.AreaIECTimer:
		v.Type = datatype.None
		return
	}
	v.Place = Place{Area: i.Area, DB: i.DB, Bit: uint64(i.Address), Bits: uint64(i.Count)}
	if i.TransportSize != s7comm.SizeBit {
		v.Place.Bits *= uint64(i.TransportSize.Size()) * 8
	}
}

// guessed is the type of a value whose address is not known, by how it was transferred.
func guessed(x *s7comm.Value) (t datatype.Type, count int) {
	switch {
	case x.TransportSize == s7comm.DataBit && len(x.Data) == 1:
		return datatype.Bool, 1
	case x.TransportSize == s7comm.DataReal && len(x.Data) > 0 && len(x.Data)%4 == 0:
		return datatype.Real, len(x.Data) / 4
	}
	return datatype.None, 1
}

// with sets the value and the return code.
func (v *Variable) with(x *s7comm.Value, coded bool) {
	v.Code, v.Coded = x.ReturnCode, coded
	if x.Data != nil && (len(x.Data) > 0 || x.TransportSize != s7comm.DataNull) {
		v.Raw = x.Data
	}
	if !v.Item.Known {
		v.Type, v.Count = guessed(x)
	}
}
