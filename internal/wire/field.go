package wire

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
)

// Type says what the value of a field is and therefore how it is printed.
type Type uint8

const (
	None   Type = iota // a heading without a value of its own, such as "mqtt.properties"
	Uint               // an unsigned number
	Bool               // printed as 0 or 1
	String             // text; bytes that are no valid UTF-8 print as U+FFFD
	Bytes              // raw bytes, printed as hexadecimal digits
	IPv4               // four bytes, printed dotted
	IPv6               // sixteen bytes, printed as RFC 5952 says
	Ether              // six bytes, printed with colons
	Time               // nanoseconds since 1970-01-01 UTC, printed as a local date
	Epoch              // nanoseconds since 1970-01-01 UTC, printed as seconds with nine decimals
)

// Base is how a number is printed.
type Base uint8

const (
	Dec Base = iota
	Hex      // 0x and as many digits as the field's width has
)

// Field describes one decodable element. Fields are compared by address: each
// exists once, in the table of its protocol.
type Field struct {
	Name  string // Wireshark's filter name, "mqtt.topic"
	Title string // what a protocol tree calls it, "Topic"
	Type  Type
	Base  Base
	Width uint8               // bytes of a Uint; Hex prints twice as many digits
	Value func(uint64) string // the meaning of a number ("Read Var"), or nil
	Text  func([]byte) string // how a String shows bytes that are not plain text, or nil
	Mask  bool                // a secret: hidden unless the user asks to see secrets

	number int    // from 0, in the order of declaration over all tables
	table  *Table // that declares it, perhaps a part
}

// declared counts the fields of all tables.
var declared atomic.Int32

// Table is the list of the fields of one protocol, in the order of declaration.
// Declare one in a var block and let the fields of the package register in it:
//
//	var Fields wire.Table
//	var fTopic = Fields.String("mqtt.topic", "Topic")
type Table struct {
	list   []*Field
	byName map[string]*Field
	whole  *Table // of which this is a part, or nil
}

// Part returns a table for some of t's fields: what is declared in it is declared in t.
// A decoder asks Tree.WantsAny for a part and, when it is not wanted, passes over all of
// it at once.
func (t *Table) Part() *Table { return &Table{whole: t} }

// All returns the fields in the order in which they were declared.
func (t *Table) All() []*Field { return slices.Clone(t.list) }

// Lookup returns the field with that name, or nil.
func (t *Table) Lookup(name string) *Field { return t.byName[name] }

// Add registers f. Two fields of one name are a mistake in the program.
func (t *Table) Add(f Field) *Field {
	if !strings.Contains(f.Name, ".") && f.Type != None {
		panic(fmt.Sprintf("wire: field %q has no protocol", f.Name))
	}
	p := &f
	p.number, p.table = int(declared.Add(1))-1, t
	p.enter(t)
	if t.whole != nil {
		p.enter(t.whole)
	}
	return p
}

// enter puts f into the list of t.
func (f *Field) enter(t *Table) {
	if t.Lookup(f.Name) != nil {
		panic("wire: field " + f.Name + " declared twice")
	}
	if t.byName == nil {
		t.byName = map[string]*Field{}
	}
	t.list = append(t.list, f)
	t.byName[f.Name] = f
}

// None declares a heading.
func (t *Table) None(name, title string) *Field {
	return t.Add(Field{Name: name, Title: title, Type: None})
}

// Uint declares a number of width bytes; value may be nil.
func (t *Table) Uint(name, title string, width uint8, base Base, value func(uint64) string) *Field {
	return t.Add(Field{Name: name, Title: title, Type: Uint, Width: width, Base: base, Value: value})
}

// Bool declares a flag.
func (t *Table) Bool(name, title string) *Field {
	return t.Add(Field{Name: name, Title: title, Type: Bool})
}

// String declares a text.
func (t *Table) String(name, title string) *Field {
	return t.Add(Field{Name: name, Title: title, Type: String})
}

// Secret declares a text that is hidden unless asked for.
func (t *Table) Secret(name, title string) *Field {
	return t.Add(Field{Name: name, Title: title, Type: String, Mask: true})
}

// Bytes declares raw bytes.
func (t *Table) Bytes(name, title string) *Field {
	return t.Add(Field{Name: name, Title: title, Type: Bytes})
}
