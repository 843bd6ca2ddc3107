package packets

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"plcscope/internal/wire"
)

// expression is a display filter that a field's value passes; why not, where there is none.
func (v *view) expression(n *node) (string, error) {
	switch {
	case n.field == nil:
		return "", fmt.Errorf("what is selected is no field")
	case n.field.Mask && !v.d.Words().Secrets:
		return "", fmt.Errorf("%s is a secret; --show-secrets shows it", n.field.Name)
	case v.d.Words().Private && personal(n.field):
		return "", fmt.Errorf("%s is hidden in privacy mode", n.field.Name)
	}
	return expression(n.wire()), nil
}

// maxLiteral is how many bytes of a value a filter names; a longer one is compared by its
// beginning.
const maxLiteral = 64

func expression(n *wire.Node) string {
	name := n.Field.Name
	switch n.Field.Type {
	case wire.None:
		return name
	case wire.Bytes:
		switch {
		case len(n.Data) == 0:
			return name
		case len(n.Data) > maxLiteral:
			return fmt.Sprintf("%s[0:%d] == %s", name, maxLiteral, octets(n.Data[:maxLiteral]))
		}
		return name + " == " + octets(n.Data)
	case wire.String:
		text := n.String()
		if len(text) > maxLiteral {
			return name + " contains " + quote(strings.ToValidUTF8(text[:maxLiteral], ""))
		}
		return name + " == " + quote(text)
	case wire.Ether, wire.IPv4, wire.IPv6, wire.Bool:
		return name + " == " + n.String()
	case wire.Time, wire.Epoch:
		sign, ns := "", int64(n.Num)
		if ns < 0 {
			sign, ns = "-", -ns
		}
		return fmt.Sprintf("%s == %s%d.%09d", name, sign, uint64(ns)/1e9, uint64(ns)%1e9)
	}
	if n.Field.Base == wire.Hex {
		return name + " == " + n.String()
	}
	return name + " == " + strconv.FormatUint(n.Num, 10)
}

func octets(b []byte) string {
	l := make([]string, len(b))
	for i, c := range b {
		l[i] = hex.EncodeToString([]byte{c})
	}
	if len(b) == 1 { // which the language would take for a number
		return `"\x` + l[0] + `"`
	}
	return strings.Join(l, ":")
}

// quote writes text as the language of filters reads it.
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

// selectedExpression is the filter of the selected field; it complains when there is none.
func (v *view) selectedExpression() (string, bool) {
	k := v.tree.node()
	if k < 0 {
		v.d.Complain(errNoFrame)
		return "", false
	}
	e, err := v.expression(&v.shown.nodes[k])
	if err != nil {
		v.d.Complain(err)
		return "", false
	}
	return e, true
}

// asFilter makes the selected field the display filter.
func (v *view) asFilter() {
	if e, ok := v.selectedExpression(); ok {
		v.d.SetFilter(e)
	}
}

// joinFilter joins the selected field to the display filter as the user chooses.
func (v *view) joinFilter() {
	e, ok := v.selectedExpression()
	if !ok {
		return
	}
	now, _ := v.d.Filter()
	l := []string{e, negate(e)}
	names := []string{"Selected", "Not selected"}
	if now != "" {
		l = append(l, group(now)+" and "+group(e), group(now)+" or "+group(e), group(now)+" and "+negate(e), group(now)+" or "+negate(e))
		names = append(names, "… and selected", "… or selected", "… and not selected", "… or not selected")
	}
	items := make([]string, len(l))
	for i := range l {
		items[i] = fmt.Sprintf("%-18s  %s", names[i], l[i])
	}
	v.d.Choose("Apply as filter", items, func(i int) { v.d.SetFilter(l[i]) })
}

func negate(e string) string { return "not " + brackets(e) }

// group puts an expression that is joined to another into brackets, unless it is simple.
func group(e string) string {
	for _, s := range []string{" and ", " or ", " xor ", "&&", "||", "^^"} {
		if strings.Contains(e, s) {
			return brackets(e)
		}
	}
	return e
}

func brackets(e string) string {
	if !strings.Contains(e, " ") {
		return e
	}
	return "(" + e + ")"
}
