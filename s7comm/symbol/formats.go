package symbol

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Add takes in one file. What it is, its contents say: a symbol table of STEP 7 (SDF,
// ASC, SEQ), a source (AWL, SCL, DB, UDT), a tag table of the TIA Portal (XML, CSV), or
// a table with the columns name, address, type and comment. A file of which no row can
// be read is an error; single rows are warnings. name is for messages.
func (t *Table) Add(name string, data []byte) error {
	text := decodeText(data)
	before, rows, told := len(t.blocks), t.rows, len(t.Warnings)
	err := t.addText(strings.ToLower(path.Ext(name)), text)
	if err == nil && t.rows.given > rows.given && t.rows.read == rows.read { // whatever it is, it is no symbol table
		err = errors.New("no row of it names an address")
		if len(t.Warnings) > told {
			err = fmt.Errorf("%w: %s", err, t.Warnings[told])
		}
	}
	for _, b := range t.blocks[before:] {
		b.Source = name
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func (t *Table) addText(ext, text string) error {
	start := strings.TrimSpace(text)
	switch {
	case start == "":
		return errors.New("the file is empty")
	case ext == ".xml" || strings.HasPrefix(start, "<?xml") || strings.HasPrefix(start, "<Tagtable"):
		return t.addXML(text)
	case ext == ".asc" || strings.HasPrefix(start, "126,"):
		return t.addASC(text)
	case ext == ".seq":
		return t.addSEQ(text)
	case ext == ".sdf":
		return t.addRows(text, ',', [4]int{0, 1, 2, 3})
	case declares(text):
		return t.addSource(text)
	case strings.Count(start, "\n") == 0 && !strings.ContainsAny(start, ",;\t"):
		return errors.New("this is no symbol table and no source of data blocks or types")
	}
	return t.addTable(text)
}

// declares reports whether a text is a source.
func declares(text string) bool {
	upper := strings.ToUpper(text)
	for _, w := range []string{"DATA_BLOCK", "END_TYPE", "FUNCTION_BLOCK"} {
		if strings.Contains(upper, w) {
			return true
		}
	}
	return false
}

// decodeText makes UTF-8 of what Windows programs write: UTF-16 and UTF-8 with a mark
// at the start, and else Windows-1252.
func decodeText(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}), bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		big := b[0] == 0xfe
		var u []uint16
		for i := 2; i+1 < len(b); i += 2 {
			lo, hi := b[i], b[i+1]
			if big {
				lo, hi = hi, lo
			}
			u = append(u, uint16(hi)<<8|uint16(lo))
		}
		return string(utf16.Decode(u))
	case utf8.Valid(b):
		return strings.TrimPrefix(string(b), "\ufeff")
	}
	var s strings.Builder
	for _, c := range b {
		r := rune(c)
		if c >= 0x80 && c < 0xa0 {
			r = windows1252[c-0x80]
		}
		s.WriteRune(r)
	}
	return s.String()
}

// windows1252 are the characters 80 to 9F, where it differs from Latin-1.
var windows1252 = [32]rune{
	'€', 0xfffd, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0xfffd, 'Ž', 0xfffd,
	0xfffd, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0xfffd, 'ž', 'Ÿ',
}

// addASC reads lines of fixed columns: 126, a name of 24 characters, an address of 12,
// a type of 10, a comment.
func (t *Table) addASC(text string) error {
	n := 0
	for line := range strings.Lines(text) {
		r := []rune(strings.TrimRight(strings.TrimPrefix(line, "126,"), "\r\n"))
		if !strings.HasPrefix(line, "126,") || len(r) < 36 {
			continue
		}
		end := min(len(r), 46)
		t.add(string(r[:24]), string(r[24:36]), string(r[36:end]), string(r[end:]))
		n++
	}
	if n == 0 {
		return errors.New("no line of this ASC file holds a symbol")
	}
	return nil
}

// addSEQ reads assignment lists: lines of an address, a name and a comment behind tabs,
// without types.
func (t *Table) addSEQ(text string) error {
	n := 0
	for line := range strings.Lines(text) {
		v := strings.Split(strings.TrimLeft(strings.TrimRight(line, "\r\n"), "\t "), "\t")
		if len(v) < 2 || strings.HasPrefix(v[0], ";") {
			continue
		}
		comment := ""
		if len(v) > 2 {
			comment = v[len(v)-1]
		}
		t.add(v[1], v[0], "", comment)
		n++
	}
	if n == 0 {
		return errors.New("no line of this SEQ file holds an address and a symbol behind tabs")
	}
	return nil
}

// addRows reads separated columns; at says which is the name, the address, the type and
// the comment.
func (t *Table) addRows(text string, comma rune, at [4]int) error {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = comma, -1, true
	for {
		row, err := r.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		var v [4]string
		for i, c := range at {
			if c >= 0 && c < len(row) {
				v[i] = row[c]
			}
		}
		t.add(v[0], v[1], v[2], v[3])
	}
}

// columns are the headings under which tables have what is needed.
var columns = [4][]string{
	{"name", "symbol", "tag", "tag name"},
	{"address", "logical address", "addr", "adresse", "logische adresse"},
	{"type", "data type", "datatype", "datentyp", "typ"},
	{"comment", "kommentar", "description"},
}

// addTable reads a table with or without headings, separated by commas, semicolons or
// tabs.
func (t *Table) addTable(text string) error {
	text = strings.TrimLeft(text, "\r\n")
	if line, rest, ok := strings.Cut(text, "\n"); ok && strings.HasPrefix(strings.ToLower(line), "sep=") { // tells Excel the separator
		text = rest
	}
	head, _, _ := strings.Cut(text, "\n")
	comma := ','
	for _, c := range []rune{';', '\t'} {
		if strings.Count(head, string(c)) > strings.Count(head, string(comma)) {
			comma = c
		}
	}
	r := csv.NewReader(strings.NewReader(head))
	r.Comma, r.LazyQuotes = comma, true
	row, err := r.Read()
	if err != nil {
		return err
	}
	at := [4]int{-1, -1, -1, -1}
	for i, h := range row {
		for c, names := range columns {
			if at[c] < 0 && slices.Contains(names, strings.ToLower(strings.TrimSpace(h))) {
				at[c] = i
			}
		}
	}
	if at[0] >= 0 && at[1] >= 0 {
		_, text, _ = strings.Cut(text, "\n")
		return t.addRows(text, comma, at)
	}
	if len(row) < 2 {
		return errors.New("a table of symbols has at least the columns name and address")
	}
	if _, err := ParseAddress(row[1]); err != nil {
		return fmt.Errorf("the first line has no headings name and address, and its second column is none: %w", err)
	}
	return t.addRows(text, comma, [4]int{0, 1, 2, 3})
}
