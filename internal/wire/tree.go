package wire

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Node is one decoded field of a message and where its bytes are.
type Node struct {
	Field *Field
	Off   int32 // offset of the first byte from the start of the message
	Len   int32 // bytes that the field covers; several fields may share a byte
	Depth uint8 // nesting, 0 at the outside

	// Hidden marks a second name for bytes that another node shows already, as
	// "ip.addr" is for "ip.src": for filters and fields, not for a protocol tree.
	Hidden bool

	Num  uint64 // the value of a Uint, Bool, Time or Epoch
	Data []byte // the value of a String, Bytes or address: borrowed from the message
}

// Tree collects the fields of one message in the order in which they stand on
// the wire. A nil *Tree is a valid receiver that collects nothing, so decoders
// need no second path for callers who only want the decoded struct. A Tree is
// reused from message to message: Reset keeps its storage.
type Tree struct {
	Nodes []Node
	only  *Selection // nil: all fields
	base  int32
	depth uint8
}

// Limit makes the tree leave out, from here on, what is not in s, and returns the
// earlier limit; nil is none. What a decoder says of fields that are left out costs
// next to nothing.
func (t *Tree) Limit(s *Selection) (earlier *Selection) {
	if t == nil {
		return nil
	}
	earlier = t.only
	t.only = s
	return earlier
}

// Wants reports whether the tree takes field f.
func (t *Tree) Wants(f *Field) bool { return t != nil && (t.only == nil || t.only.Has(f)) }

// WantsAny reports whether the tree takes any field of table p.
func (t *Tree) WantsAny(p *Table) bool { return t != nil && (t.only == nil || t.only.HasAny(p)) }

// Reset empties the tree. The limit stays.
func (t *Tree) Reset() {
	t.Nodes = t.Nodes[:0]
	t.base, t.depth = 0, 0
}

// Base makes off the origin of the offsets that are added from here on, and
// returns the earlier origin. A decoder that stands inside another one, as S7
// stands inside COTP, counts from its own first byte.
func (t *Tree) Base(off int) (earlier int) {
	if t == nil {
		return 0
	}
	earlier = int(t.base)
	t.base = int32(off)
	return earlier
}

// Uint adds a number.
func (t *Tree) Uint(f *Field, off, n int, v uint64) {
	if t.Wants(f) {
		t.Nodes = append(t.Nodes, Node{Field: f, Off: t.base + int32(off), Len: int32(n), Depth: t.depth, Num: v})
	}
}

// Bool adds a flag that is held in the byte at off.
func (t *Tree) Bool(f *Field, off int, v bool) {
	if t == nil {
		return
	}
	var n uint64
	if v {
		n = 1
	}
	t.Uint(f, off, 1, n)
}

// Data adds a string, bytes or an address. b is borrowed.
func (t *Tree) Data(f *Field, off int, b []byte) {
	if t.Wants(f) {
		t.Nodes = append(t.Nodes, Node{Field: f, Off: t.base + int32(off), Len: int32(len(b)), Depth: t.depth, Data: b})
	}
}

// AlsoUint adds a number as a second name for what another node shows: a hidden one.
func (t *Tree) AlsoUint(f *Field, off, n int, v uint64) {
	if t.Wants(f) {
		t.Uint(f, off, n, v)
		t.Nodes[len(t.Nodes)-1].Hidden = true
	}
}

// AlsoBool is AlsoUint for a flag that is held in the byte at off.
func (t *Tree) AlsoBool(f *Field, off int, v bool) {
	if t.Wants(f) {
		t.Bool(f, off, v)
		t.Nodes[len(t.Nodes)-1].Hidden = true
	}
}

// AlsoData is AlsoUint for a string, bytes or an address.
func (t *Tree) AlsoData(f *Field, off int, b []byte) {
	if t.Wants(f) {
		t.Data(f, off, b)
		t.Nodes[len(t.Nodes)-1].Hidden = true
	}
}

// Open adds a heading and nests what follows under it until Close. It returns a
// handle for Close, SetNum and SetData.
func (t *Tree) Open(f *Field, off int) int {
	if t == nil {
		return leftOut
	}
	h := leftOut
	if t.Wants(f) {
		h = len(t.Nodes)
		t.Nodes = append(t.Nodes, Node{Field: f, Off: t.base + int32(off), Depth: t.depth})
	}
	t.depth++
	return h
}

// leftOut is the handle of a heading that the tree does not take.
const leftOut = -1

// SetNum gives the heading that Open returned h for a number: one whose bits stand
// beneath it.
func (t *Tree) SetNum(h int, v uint64) {
	if h != leftOut {
		t.Nodes[h].Num = v
	}
}

// SetData gives the heading that Open returned h for bytes that filters compare, when
// those it covers are not what they mean. b is borrowed.
func (t *Tree) SetData(h int, b []byte) {
	if h != leftOut {
		t.Nodes[h].Data = b
	}
}

// Close ends the heading that Open returned h for; end is the offset behind its
// last byte.
func (t *Tree) Close(h, end int) {
	if t == nil {
		return
	}
	t.depth--
	if h == leftOut {
		return
	}
	t.Nodes[h].Len = t.base + int32(end) - t.Nodes[h].Off
}

// Append adds the value as tshark's -T fields prints it. The text may hold
// control characters that came from the wire: escape it before a terminal.
func (n *Node) Append(b []byte) []byte {
	switch f := n.Field; f.Type {
	case Uint:
		if f.Base == Hex {
			return appendHex(b, n.Num, int(f.Width)*2)
		}
		return strconv.AppendUint(b, n.Num, 10)
	case Bool:
		return strconv.AppendUint(b, n.Num, 10)
	case String:
		if f.Text != nil {
			return append(b, f.Text(n.Data)...)
		}
		return appendUTF8(b, n.Data)
	case Bytes:
		if len(n.Data) == 0 {
			return append(b, "<MISSING>"...) // what tshark prints for a field of no bytes
		}
		return hex.AppendEncode(b, n.Data)
	case IPv4, IPv6:
		if len(n.Data) == 4 {
			return appendIPv4(b, [4]byte(n.Data))
		}
		if a, ok := netip.AddrFromSlice(n.Data); ok {
			return a.AppendTo(b)
		}
		return hex.AppendEncode(b, n.Data)
	case Ether:
		for i, c := range n.Data {
			if i > 0 {
				b = append(b, ':')
			}
			b = hex.AppendEncode(b, []byte{c})
		}
		return b
	case Time:
		return time.Unix(0, int64(n.Num)).AppendFormat(b, "Jan _2, 2006 15:04:05.000000000 MST")
	case Epoch:
		return appendEpoch(b, int64(n.Num))
	}
	if strings.IndexByte(n.Field.Name, '.') >= 0 {
		return append(b, '1') // a heading: it is there
	}
	return append(b, n.Field.Title...) // a protocol
}

// String is Append as a string.
func (n *Node) String() string { return string(n.Append(nil)) }

// Meaning returns the name of a number's value, or "".
func (n *Node) Meaning() string {
	if n.Field.Value == nil {
		return ""
	}
	return n.Field.Value(n.Num)
}

func appendEpoch(b []byte, ns int64) []byte {
	u := uint64(ns)
	if ns < 0 {
		b = append(b, '-')
		u = -u
	}
	b = strconv.AppendUint(b, u/1e9, 10)
	b = append(b, '.')
	for d := uint64(1e8); d > 0; d /= 10 {
		b = append(b, '0'+byte(u/d%10))
	}
	return b
}

func appendIPv4(b []byte, a [4]byte) []byte {
	for i, c := range a {
		if i > 0 {
			b = append(b, '.')
		}
		if c >= 100 {
			b = append(b, '0'+c/100)
		}
		if c >= 10 {
			b = append(b, '0'+c/10%10)
		}
		b = append(b, '0'+c%10)
	}
	return b
}

func appendHex(b []byte, v uint64, digits int) []byte {
	b = append(b, '0', 'x')
	for d := digits - 1; d >= 0; d-- {
		b = append(b, "0123456789abcdef"[v>>(4*d)&15])
	}
	return b
}

// appendUTF8 adds s up to its first NUL. Each maximal part of s that could begin
// a character but does not becomes one U+FFFD, as Unicode 3.9 recommends and as
// tshark shows it.
func appendUTF8(b, s []byte) []byte {
	if i := bytes.IndexByte(s, 0); i >= 0 {
		s = s[:i]
	}
	if utf8.Valid(s) {
		return append(b, s...)
	}
	for len(s) > 0 {
		r, size := utf8.DecodeRune(s)
		if r == utf8.RuneError && size == 1 {
			size = invalidLen(s)
		}
		b = utf8.AppendRune(b, r)
		s = s[size:]
	}
	return b
}

// invalidLen is the number of bytes at the start of s, which begins no valid
// character, that one U+FFFD stands for: those that a longer s could complete.
func invalidLen(s []byte) int {
	n, lo, hi := 0, byte(0x80), byte(0xbf) // continuation bytes, range of the first
	switch c := s[0]; {
	case c >= 0xc2 && c <= 0xdf:
		n = 1
	case c >= 0xe0 && c <= 0xef:
		n = 2
		if c == 0xe0 {
			lo = 0xa0
		} else if c == 0xed {
			hi = 0x9f
		}
	case c >= 0xf0 && c <= 0xf4:
		n = 3
		if c == 0xf0 {
			lo = 0x90
		} else if c == 0xf4 {
			hi = 0x8f
		}
	}
	i := 1
	for ; i <= n && i < len(s) && s[i] >= lo && s[i] <= hi; i++ {
		lo, hi = 0x80, 0xbf
	}
	return i
}
