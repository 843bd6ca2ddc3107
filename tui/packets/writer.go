package packets

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"plcscope/internal/wire"
	"plcscope/tui/pane"
)

// writer writes fields as a protocol tree shows them.
type writer struct {
	words   *pane.Words
	secrets bool
}

// maxValue is how many bytes of a value a line shows.
const maxValue = 256

const mask = "********"

// messageField holds what devices send each other, which is text more often than not.
var messageField = lookup("mqtt.msg")

// line is a field with its name and its value.
func (w *writer) line(n *wire.Node) string {
	f := n.Field
	if f == payloadField {
		return fmt.Sprintf("%s (%s)", f.Title, stretch(int(n.Len)))
	}
	if f.Type == wire.None {
		return f.Title
	}
	return f.Title + ": " + w.value(n)
}

// value is the value of a field in words, and behind it the number that the wire has.
func (w *writer) value(n *wire.Node) string {
	f := n.Field
	switch {
	case f.Mask && !w.secrets:
		return mask
	case f.Type == wire.IPv4, f.Type == wire.IPv6:
		if a, ok := netip.AddrFromSlice(n.Data); ok {
			return w.address(a)
		}
	case w.words.Private && personal(f):
		if f.Type == wire.Ether {
			return "‹address›"
		}
		return w.words.Payload(n.Data)
	case f.Type == wire.Bool && n.Num == 0:
		return "Not set"
	case f.Type == wire.Bool:
		return "Set"
	case f.Type == wire.Time, f.Name == "frame.time_epoch":
		if f.Type == wire.Time {
			return time.Unix(0, int64(n.Num)).In(zone(w.words)).Format(timeForm)
		}
	case f.Type == wire.Epoch:
		return pane.Span(int64(n.Num))
	case f.Type == wire.Bytes && len(n.Data) == 0:
		return "none"
	case f == messageField && readable(n.Data[:min(len(n.Data), maxValue)]):
		if len(n.Data) > maxValue {
			return string(n.Data[:maxValue]) + "…"
		}
		return string(n.Data)
	case f.Type == wire.Bytes && len(n.Data) > maxValue/2:
		cut := *n
		cut.Data = n.Data[:maxValue/2]
		return cut.String() + "…"
	case f.Type == wire.String && f.Text == nil && len(n.Data) > maxValue:
		cut := *n
		cut.Data = n.Data[:maxValue]
		return strings.ToValidUTF8(cut.String(), "\ufffd") + "…"
	}
	s := n.String()
	if m := n.Meaning(); m != "" && m != s {
		return m + " (" + s + ")"
	}
	return s
}

// short is the value of a field for a column: as tshark prints it, with the meaning of
// numbers that have one.
func (w *writer) short(n *wire.Node) string {
	if m := n.Meaning(); m != "" {
		return m
	}
	switch n.Field.Type {
	case wire.None:
		return "✓"
	case wire.Bool, wire.Uint:
		return n.String()
	}
	return w.value(n)
}

// address is an address as it is, or what stands for it; labels go beside it.
func (w *writer) address(a netip.Addr) string {
	named := w.words.Addr(a.Unmap())
	if w.words.Private || named == a.Unmap().String() {
		return named
	}
	return named + " (" + a.String() + ")"
}
