package suggest

import "strings"

// expecting is what the language wants next.
type expecting uint8

const (
	operand  expecting = iota // a field, a function, not
	operator                  // behind a field: a comparison, or what follows a test
	value                     // behind a comparison
	next                      // behind a test: and, or
	nothing                   // what cannot be proposed: numbers, sets that begin
)

// token is a word, a symbol or a text between quotation marks.
type token struct {
	text     string
	from, to int
	quoted   bool
	open     bool // the closing quotation mark is missing
}

// scan cuts text into tokens.
func scan(text string) (l []token) {
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == ' ' || c == '\t':
			i++
			continue
		case c == '"' || c == '\'' || c == 'r' && i+1 < len(text) && text[i+1] == '"':
			t := token{from: i, quoted: true, open: true}
			quote := c
			if c == 'r' {
				i++
				quote = '"'
			}
			for i++; i < len(text); i++ {
				if text[i] == '\\' {
					i++
				} else if text[i] == quote {
					i++
					t.open = false
					break
				}
			}
			i = min(i, len(text))
			t.to, t.text = i, text[t.from:i]
			l = append(l, t)
			continue
		case isWord(c):
			from := i
			for i < len(text) && isWord(text[i]) && !strings.HasPrefix(text[i:], "..") {
				i++
			}
			if i == from { // a range
				i += 2
			}
			l = append(l, token{text: text[from:i], from: from, to: i})
			continue
		}
		n := 1
		for n < 3 && i+n < len(text) && strings.IndexByte("=!<>&|^~", text[i]) >= 0 && strings.IndexByte("=&|^", text[i+n]) >= 0 {
			n++
		}
		l = append(l, token{text: text[i : i+n], from: i, to: i + n})
		i += n
	}
	return l
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == ':' || c == '-' || c >= 0x80
}

// place is what is known of a place in a filter.
type place struct {
	want  expecting
	field string // that is compared, "" when it is none
	set   bool   // between braces
}

// Comparisons and the words that join tests.
const (
	comparisons = " == != === !== < > <= >= ~= eq ne gt lt ge le all_eq any_ne contains matches ~ "
	joins       = " and or xor && || ^^ "
	prefixes    = " not ! any all ( "
	arithmetic  = " & + * / % # bitand "
)

func in(list, word string) bool { return strings.Contains(list, " "+word+" ") }

// behind tells what is wanted behind the tokens.
func behind(l []token) (p place) {
	slice := false
	for i, t := range l {
		word := t.text
		switch {
		case slice:
			slice = word != "]"
		case t.quoted:
			p.want = next
			if p.set {
				p.want = nothing
			}
		case word == "[":
			slice, p.field = true, ""
		case p.set && (word == "," || word == ".."):
			p.want = value
		case word == "{":
			p.set, p.want = true, value
		case word == "}":
			p.set, p.want = false, next
		case in(joins, word):
			p = place{}
		case in(prefixes, word) && p.want == operand:
		case word == "(":
			p.want, p.field = operand, "" // of a function
		case word == ")":
			if p.want != next {
				p.want, p.field = operator, ""
			}
		case in(comparisons, word):
			p.want = value
		case word == "in":
			p.want = nothing
		case word == "not" && p.want == operator: // not in
		case in(arithmetic, word):
			p.want = nothing
		case p.want == operand && i+1 < len(l) && l[i+1].text == "(":
		case p.want == operand:
			p.want, p.field = operator, word
		case p.set:
			p.want = nothing
		default:
			p.want = next
		}
	}
	return p
}
