package filter

import (
	"encoding/hex"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"plcscope/internal/near"
	"plcscope/internal/wire"
)

// unify gives a literal the type of the other side; two fields must be comparable.
func unify(a, b *operand) *Error {
	if a.form == formLiteral && b.form != formLiteral {
		a, b = b, a
	}
	if b.form == formLiteral {
		if a.form == formLiteral {
			return nil // the caller decides
		}
		return b.settle(a.typ, a.named())
	}
	if a.class() != b.class() && (a.class() == number_ || b.class() == number_) || a.float != b.float && a.form != formConstant && b.form != formConstant {
		return failf(b.off, b.end, "%s cannot be compared with %s", a.describe(), b.describe())
	}
	return nil
}

// possible refuses a constant that a field can never be.
func (p *parser) possible(a, b *operand) *Error {
	if a.form == formConstant {
		a, b = b, a
	}
	if a.form != formField || b.form != formConstant {
		return nil
	}
	name := a.fields[0].Name
	texts := p.fields.only[name]
	if texts == nil || slices.Contains(texts, string(b.value.data)) {
		return nil
	}
	e := failf(b.off, b.end, "%s is never %q", name, b.value.data)
	e.Near = near.Names(string(b.value.data), texts, 3)
	return e
}

// named is the field whose names of values a literal may use.
func (o *operand) named() *wire.Field {
	if o.form == formField {
		return o.fields[0]
	}
	return nil
}

// describe says what an operand is, for messages.
func (o *operand) describe() string {
	what := map[wire.Type]string{
		wire.None: "a protocol", wire.Uint: "a number", wire.Bool: "a flag (0 or 1)", wire.String: "text", wire.Bytes: "bytes",
		wire.IPv4: "an IPv4 address", wire.IPv6: "an IPv6 address", wire.Ether: "a MAC address", wire.Time: "a time", wire.Epoch: "a time",
	}[o.typ]
	switch o.form {
	case formField:
		return o.fields[0].Name + ", " + what + ","
	case formLiteral:
		return "a literal"
	}
	return what
}

// settle makes a literal a constant of type typ. f, if not nil, is the field that it is
// compared with.
func (o *operand) settle(typ wire.Type, f *wire.Field) *Error {
	v, ok := value{}, false
	s := o.tok.text
	quoted := o.tok.kind == tokString || o.tok.kind == tokRaw
	o.typ = typ
	want := ""
	switch typ {
	case wire.Uint:
		want = "a number such as 10, 0x0a or 'A'"
		if o.tok.kind == tokChar {
			v.num, ok = number{mag: uint64(s[0])}, true
		} else if v.num, ok = parseNumber(s); !ok && f != nil {
			v.num, ok = meaning(f, s)
			if f.Value != nil {
				want = "a number, or the name of one of its values"
			}
		}
	case wire.Bool:
		want = "1, 0, true or false"
		switch strings.ToLower(s) {
		case "true", "set":
			v.num, ok = number{mag: 1}, true
		case "false", "not set":
			ok = true
		default:
			v.num, ok = parseNumber(s)
			v.num.mag = min(v.num.mag, 1)
		}
	case wire.Time, wire.Epoch:
		want = `seconds, or a date such as "2026-01-31 12:00:00"`
		v.num, ok = parseTime(s)
		o.float = true
	case wire.String:
		v.data, ok = []byte(s), true
	case wire.Bytes, wire.None:
		want = "bytes such as 01:02:ff, or text in quotation marks"
		switch {
		case quoted || o.tok.kind == tokChar:
			v.data, ok = []byte(s), true
		default:
			v.data, ok = parseBytes(s)
		}
	case wire.Ether:
		want = "a MAC address such as 00:1b:1b:00:00:01"
		v.data, ok = parseBytes(s)
		ok = ok && len(v.data) == 6
	case wire.IPv4, wire.IPv6:
		want = "an address such as 10.0.0.1, or one with a prefix, 10.0.0.0/8"
		if typ == wire.IPv6 {
			want = "an address such as fe80::1, or one with a prefix, fe80::/10"
		}
		v.data, o.bits, ok = parseAddress(s, typ)
	}
	if !ok && f != nil && f.Value != nil && f.Type == wire.Uint {
		e := failf(o.off, o.end, "%q does not fit: %s wants %s", s, f.Name, want)
		e.Near = near.Names(s, names(f), 3)
		return e
	}
	if !ok {
		which := "what stands here"
		if f != nil {
			which = f.Name
		}
		return failf(o.off, o.end, "%q does not fit: %s wants %s", s, which, want)
	}
	o.form, o.value = formConstant, v
	return nil
}

// parseNumber reads decimal, hexadecimal (0x), octal (0) and binary (0b) numbers.
func parseNumber(s string) (number, bool) {
	neg := strings.HasPrefix(s, "-")
	n, err := strconv.ParseUint(strings.TrimPrefix(s, "-"), 0, 64)
	if err != nil || strings.Contains(s, "_") {
		return number{}, false
	}
	return signed(neg, n), true
}

// names are those that the field gives its values, one each.
func names(f *wire.Field) (l []string) {
	for n := range uint64(1) << (8 * min(f.Width, 2)) {
		if s := f.Value(n); s != "" && !slices.Contains(l, s) {
			if l = append(l, s); len(l) == 64 {
				break
			}
		}
	}
	return l
}

// meaning finds the number that the field calls name.
func meaning(f *wire.Field, name string) (number, bool) {
	if f.Value == nil {
		return number{}, false
	}
	for n := range uint64(1) << (8 * min(f.Width, 2)) {
		if strings.EqualFold(f.Value(n), name) {
			return number{mag: n}, true
		}
	}
	return number{}, false
}

// parseTime reads seconds with decimals, or a date: in UTC when a Z or an offset says
// so, and else in local time.
func parseTime(s string) (number, bool) {
	sec := strings.TrimPrefix(s, "-")
	if whole, frac, _ := strings.Cut(sec, "."); allDigits(whole) && whole != "" && len(frac) <= 9 && (frac == "" || allDigits(frac)) {
		n, err := strconv.ParseUint(whole+frac+strings.Repeat("0", 9-len(frac)), 10, 64)
		return signed(sec != s, n), err == nil
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil && math.Abs(f) < 9e9 {
		return signed(f < 0, uint64(math.Abs(f)*1e9+0.5)), true
	}
	utc := strings.HasSuffix(s, "Z") || strings.HasSuffix(s, " UTC")
	if s = strings.TrimSuffix(strings.TrimSuffix(s, " UTC"), "Z"); utc {
		s += " +0000"
	}
	if len(s) > 10 && s[10] == 'T' {
		s = s[:10] + " " + s[11:]
	}
	for _, layout := range []string{
		"2006-01-02 15:04:05.999999999 -0700", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999",
		"2006-01-02 15:04 -0700", "2006-01-02 15:04", "2006-01-02 -0700", "2006-01-02", "Jan _2, 2006 15:04:05.999999999", "Jan _2, 2006 15:04:05",
	} {
		if t, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			n := t.UnixNano()
			return signed(n < 0, uint64(max(n, -n))), true
		}
	}
	return number{}, false
}

func allDigits(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// parseBytes reads hexadecimal digits in pairs, with colons, minus signs or dots
// between the pairs or nothing.
func parseBytes(s string) ([]byte, bool) {
	for _, sep := range []string{":", "-", "."} {
		if !strings.Contains(s, sep) {
			continue
		}
		var b []byte
		for part := range strings.SplitSeq(s, sep) {
			if len(part) == 1 {
				part = "0" + part
			}
			x, err := hex.DecodeString(part)
			if err != nil || len(x) == 0 {
				return nil, false
			}
			b = append(b, x...)
		}
		return b, true
	}
	if s = strings.TrimPrefix(s, "0x"); len(s) == 1 {
		s = "0" + s
	}
	b, err := hex.DecodeString(s)
	return b, err == nil && len(b) > 0
}

// parseAddress reads an address with or without the length of a prefix.
func parseAddress(s string, typ wire.Type) (b []byte, bits int, ok bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		if p.Addr().Is4() == (typ == wire.IPv4) {
			return p.Addr().AsSlice(), p.Bits(), true
		}
		return nil, 0, false
	}
	a, err := netip.ParseAddr(s)
	if err != nil || a.Is4() != (typ == wire.IPv4) || a.Zone() != "" {
		return nil, 0, false
	}
	return a.AsSlice(), -1, true
}

// unknownField explains a literal where a field must stand.
func (p *parser) unknownField(o *operand) *Error {
	return p.unknownFieldOr(o, "a field should stand here")
}

// likeField reports whether a literal looks like the name of a field.
func (o *operand) likeField() bool {
	return o.tok.kind == tokWord && wordStart(o.tok.text[0])
}

func wordStart(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' }

func (p *parser) unknownFieldOr(o *operand, otherwise string) *Error {
	if !o.likeField() {
		return failf(o.off, o.end, "%s, not %q", otherwise, o.tok.text)
	}
	return &Error{Offset: o.off, Length: o.end - o.off, Reason: "there is no field " + o.tok.text, Near: p.fields.near(o.tok.text)}
}
