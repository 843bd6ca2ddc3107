package suggest

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"plcscope/internal/wire"
)

// Item is something that may stand in the place of a part of the filter.
type Item struct {
	Text     string
	Note     string // what it is
	From, To int    // the part, in bytes
}

// Value is something that a field may be.
type Value struct {
	Text string // as it is, without quotation marks
	Note string
}

// Most bounds how many items are proposed.
const Most = 500

// Filter proposes for display filters. It belongs to one goroutine.
type Filter struct {
	// Values returns what a field is in the capture, the likely ones first; may be nil.
	Values func(f *wire.Field) []Value

	fields []*wire.Field
	byName map[string]*wire.Field
	named  map[*wire.Field][]Value // names of numbers
}

// New makes a Filter that knows fields.
func New(fields []*wire.Field) *Filter {
	s := &Filter{byName: map[string]*wire.Field{}, named: map[*wire.Field][]Value{}}
	for _, f := range fields {
		if s.byName[f.Name] == nil {
			s.byName[f.Name] = f
			s.fields = append(s.fields, f)
		}
	}
	slices.SortFunc(s.fields, func(a, b *wire.Field) int { return cmp.Compare(a.Name, b.Name) })
	return s
}

// At proposes what may stand at a place, in bytes, of a filter.
func (s *Filter) At(text string, at int) []Item {
	l := scan(text[:at])
	typed, from := "", at
	if n := len(l); n > 0 && l[n-1].to == at && (l[n-1].open || !l[n-1].quoted && !strings.Contains("(){}[],", l[n-1].text)) {
		typed, from = l[n-1].text, l[n-1].from
		if last := behind(l[:n]); last.want == value && !l[n-1].quoted && !isWord(typed[0]) {
			typed, from = "", at // a whole operator: a value follows
		} else {
			l = l[:n-1]
		}
	}
	to := at
	if typed != "" {
		for to < len(text) && isWord(typed[0]) && isWord(text[to]) {
			to++
		}
		if typed[0] == '"' {
			if i := strings.IndexByte(text[to:], '"'); i >= 0 {
				to += i + 1
			}
		}
	}
	p := behind(l)
	var items []Item
	switch p.want {
	case operand:
		items = s.operands(typed)
	case operator:
		items = s.operators(typed, s.byName[p.field])
	case value:
		items = s.values(typed, s.byName[p.field])
	case next:
		items = match(typed, joining)
	}
	if len(items) == 1 && items[0].Text == typed {
		return nil
	}
	for i := range items {
		items[i].From, items[i].To = from, to
	}
	return items[:min(len(items), Most)]
}

var joining = []Item{{Text: "and", Note: "both tests hold"}, {Text: "or", Note: "one of them"}, {Text: "xor", Note: "exactly one"}}

// match keeps the items that begin with what was typed.
func match(typed string, of []Item) (l []Item) {
	for _, x := range of {
		if strings.HasPrefix(x.Text, typed) {
			l = append(l, x)
		}
	}
	return l
}

// kinds are what types of fields are called.
var kinds = map[wire.Type]string{
	wire.None: "protocol or heading", wire.Uint: "number", wire.Bool: "flag", wire.String: "text", wire.Bytes: "bytes",
	wire.IPv4: "IPv4 address", wire.IPv6: "IPv6 address", wire.Ether: "MAC address", wire.Time: "time", wire.Epoch: "time in seconds",
}

var functions = []Item{
	{Text: "len(", Note: "length of each value"}, {Text: "count(", Note: "how often the field occurs"},
	{Text: "lower(", Note: "text in small letters"}, {Text: "upper(", Note: "text in capitals"}, {Text: "string(", Note: "the value as text"},
	{Text: "max(", Note: "the greatest value"}, {Text: "min(", Note: "the least"}, {Text: "abs(", Note: "without the sign"},
}

// operands are fields whose name begins with what was typed, then those that hold it in
// their name or title, then words of the language.
func (s *Filter) operands(typed string) []Item {
	low := strings.ToLower(typed)
	var begin, hold, titled []Item
	for _, f := range s.fields {
		x := Item{Text: f.Name, Note: cmp.Or(f.Title, f.Name) + " · " + kinds[f.Type]}
		switch {
		case strings.HasPrefix(f.Name, low):
			begin = append(begin, x)
		case strings.Contains(f.Name, low):
			hold = append(hold, x)
		case len(low) > 2 && strings.Contains(strings.ToLower(f.Title), low):
			titled = append(titled, x)
		}
	}
	words := []Item{{Text: "not", Note: "the test does not hold"}, {Text: "any", Note: "one value is enough"}, {Text: "all", Note: "every value"}}
	if typed != "" {
		begin = append(begin, match(typed, append(words, functions...))...)
	}
	return slices.Concat(begin, hold, titled)
}

// operators are what can follow a field of its type.
func (s *Filter) operators(typed string, f *wire.Field) []Item {
	equal := []Item{{Text: "==", Note: "equal"}, {Text: "!=", Note: "all values differ"}}
	order := []Item{{Text: "<", Note: "less"}, {Text: "<=", Note: "at most"}, {Text: ">", Note: "more"}, {Text: ">=", Note: "at least"}}
	part := []Item{{Text: "contains", Note: "has this part"}, {Text: "matches", Note: "regular expression"}}
	set := []Item{{Text: "in {", Note: "one of several values"}}
	bits := []Item{{Text: "&", Note: "has this bit"}}
	var l []Item
	switch typ := typeOf(f); typ {
	case wire.None:
		l = slices.Concat(joining, part)
	case wire.Bool:
		l = slices.Concat(equal, joining)
	case wire.String, wire.Bytes, wire.Ether:
		l = slices.Concat(equal, part, set, joining)
	case wire.Uint:
		l = slices.Concat(equal, order, set, bits, joining)
	default:
		l = slices.Concat(equal, order, set, joining)
	}
	return match(typed, l)
}

func typeOf(f *wire.Field) wire.Type {
	if f == nil {
		return wire.Epoch // the result of a computation: numbers and order
	}
	return f.Type
}

// values are what the field may be: the names of its numbers, and what is in the capture.
func (s *Filter) values(typed string, f *wire.Field) []Item {
	if f == nil {
		return nil
	}
	l := s.names(f)
	if f.Type == wire.Bool {
		l = []Value{{"1", "set"}, {"0", "not set"}}
	}
	if s.Values != nil {
		l = append(slices.Clip(l), s.Values(f)...)
	}
	low := strings.ToLower(strings.TrimPrefix(strings.TrimPrefix(typed, `r"`), `"`))
	var begin, hold []Item
	for _, v := range l {
		x := Item{Text: written(f, v.Text), Note: v.Note}
		switch have := strings.ToLower(v.Text); {
		case strings.HasPrefix(have, low), v.Note != "" && strings.HasPrefix(v.Note, low):
			begin = append(begin, x)
		case strings.Contains(have, low):
			hold = append(hold, x)
		}
		if len(begin) >= Most {
			break
		}
	}
	return append(begin, hold...)
}

// names are those that a field gives its numbers.
func (s *Filter) names(f *wire.Field) []Value {
	if f.Value == nil || f.Type != wire.Uint {
		return nil
	}
	if l, ok := s.named[f]; ok {
		return l
	}
	l := []Value{}
	seen := map[string]bool{}
	for n := range uint64(1) << (8 * min(max(f.Width, 1), 2)) {
		if name := f.Value(n); name != "" && !seen[name] {
			seen[name] = true
			note := strconv.FormatUint(n, 10)
			if f.Base == wire.Hex {
				note = fmt.Sprintf("0x%0*x", 2*int(max(f.Width, 1)), n)
			}
			if l = append(l, Value{name, note}); len(l) == Most {
				break
			}
		}
	}
	s.named[f] = l
	return l
}

// written is a value as it stands in a filter.
func written(f *wire.Field, text string) string {
	switch f.Type {
	case wire.String, wire.None:
		return quote(text)
	case wire.Uint:
		for i := range len(text) {
			if !isWord(text[i]) {
				return quote(text)
			}
		}
	}
	return text
}

// quote puts a text between quotation marks, so that the language reads it as it is.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// Quote is a text as filters write it.
func Quote(s string) string { return quote(s) }
