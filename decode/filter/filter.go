package filter

import (
	"plcscope/internal/near"
	"plcscope/internal/wire"
)

// Fields are the fields that filters may name.
type Fields struct {
	byName map[string][]*wire.Field
	names  []string
	only   map[string][]string // by name: the texts that a field may be
}

// NewFields makes fields known by their names. Of fields with the same name, all are
// meant when it is used.
func NewFields(tables ...[]*wire.Field) *Fields {
	f := &Fields{byName: map[string][]*wire.Field{}}
	for _, t := range tables {
		for _, x := range t {
			if f.byName[x.Name] == nil {
				f.names = append(f.names, x.Name)
			}
			f.byName[x.Name] = append(f.byName[x.Name], x)
		}
	}
	return f
}

// Only says which texts the field of that name may be: a filter that asks whether it is
// another one, which would never match, is refused.
func (f *Fields) Only(name string, texts []string) {
	if f.only == nil {
		f.only = map[string][]string{}
	}
	f.only[name] = texts
}

// Names returns the names of all fields in the order in which they were given.
func (f *Fields) Names() []string { return f.names }

func (f *Fields) near(name string) []string { return near.Names(name, f.names, 3) }

// Filter is a compiled filter. It never changes and may be shared.
type Filter struct {
	text   string
	root   test
	fields []*wire.Field

	contents bool // see Contents
}

// Compile reads a filter. A filter of blanks alone matches everything. The error is an
// *Error.
func Compile(text string, fields *Fields) (*Filter, error) {
	p := &parser{lex: lexer{text: text}, fields: fields, used: map[*wire.Field]bool{}}
	root, err := p.filter()
	if err != nil {
		err.Text = text
		return nil, err
	}
	f := &Filter{text: text, root: root, contents: p.contents}
	for _, name := range fields.names {
		for _, x := range fields.byName[name] {
			if p.used[x] {
				f.fields = append(f.fields, x)
			}
		}
	}
	return f, nil
}

// String is the filter as it was written.
func (f *Filter) String() string { return f.text }

// Fields are those that the filter looks at. Trees that lack others match as well.
func (f *Filter) Fields() []*wire.Field { return f.fields }

// Part is a piece of a frame with its decoded fields: the headers, or a message.
type Part struct {
	Tree  *wire.Tree
	Bytes []byte // what the offsets of the tree count in; for slices of protocols
}

// Matcher matches frames against one filter. It belongs to one goroutine.
type Matcher struct {
	filter *Filter
	parts  []Part
	lists  [][]value // scratch, by depth
	depth  int
	text   []byte // scratch of values that must be made
}

// Matcher returns a new matcher.
func (f *Filter) Matcher() *Matcher { return &Matcher{filter: f} }

// Match reports whether the frame that consists of parts, from the outside inwards,
// passes the filter.
func (m *Matcher) Match(parts []Part) bool {
	if m.filter.root == nil {
		return true
	}
	m.parts, m.depth, m.text = parts, 0, m.text[:0]
	ok := m.filter.root.holds(m)
	m.parts = nil
	return ok
}

// list lends a scratch list until giveBack.
func (m *Matcher) list() []value {
	if m.depth == len(m.lists) {
		m.lists = append(m.lists, make([]value, 0, 8))
	}
	m.depth++
	return m.lists[m.depth-1][:0]
}

func (m *Matcher) giveBack(l []value) {
	m.depth--
	m.lists[m.depth] = l
}

// Contents reports whether the filter looks into the bytes of protocols, so that Part
// needs them: mqtt[0] == 30, or mqtt contains "x".
func (f *Filter) Contents() bool { return f.contents }
