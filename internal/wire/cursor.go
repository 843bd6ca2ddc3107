package wire

// Cursor reads big-endian fields from borrowed bytes. The first read that would
// pass the end fails, and every read after it returns zero, so a decoder parses
// straight on and asks Failed once at the end of a group. A read names its field
// once: the name serves the error and, when a tree is attached, the node.
//
// Cursor is a value to keep on the stack:
//
//	c := wire.NewCursor(b, tree)
//	id := c.U16(fPacketID)
type Cursor struct {
	b    []byte
	off  int
	tree *Tree

	failed *Field // the first field that could not be read
	at     int    // its offset
	need   int    // the bytes that it needs
}

// NewCursor reads b from its start; tree may be nil.
func NewCursor(b []byte, tree *Tree) Cursor { return Cursor{b: b, tree: tree} }

// Off is the offset of the next byte to read.
func (c *Cursor) Off() int { return c.off }

// Len is the number of bytes left.
func (c *Cursor) Len() int { return len(c.b) - c.off }

// Tree is the tree that the cursor fills, or nil.
func (c *Cursor) Tree() *Tree { return c.tree }

// Seek moves to an absolute offset, at most the end.
func (c *Cursor) Seek(off int) { c.off = min(max(off, 0), len(c.b)) }

// Rest returns what is left without consuming it.
func (c *Cursor) Rest() []byte { return c.b[c.off:len(c.b):len(c.b)] }

// Failed returns the first field that could not be read, the offset at which it
// should have begun, and how many bytes it needs of how many that were left.
func (c *Cursor) Failed() (f *Field, off, need, have int) {
	return c.failed, c.at, c.need, len(c.b) - c.at
}

// OK reports whether every read so far succeeded.
func (c *Cursor) OK() bool { return c.failed == nil }

//go:noinline
func (c *Cursor) short(f *Field, need int) {
	if c.failed == nil {
		c.failed, c.at, c.need = f, c.off, need
	}
	c.off = len(c.b)
}

// U8 reads one byte.
func (c *Cursor) U8(f *Field) uint8 {
	v := c.Bits(f)
	if c.tree != nil && c.failed == nil {
		c.tree.Uint(f, c.off-1, 1, uint64(v))
	}
	return v
}

// Bits reads one byte whose bits have names of their own. It makes no node: the caller
// adds one for f with those of the bits beneath it.
func (c *Cursor) Bits(f *Field) uint8 {
	o := c.off
	if len(c.b)-o < 1 || c.failed != nil {
		c.short(f, 1)
		return 0
	}
	c.off = o + 1
	return c.b[o]
}

// U16 reads two bytes.
func (c *Cursor) U16(f *Field) uint16 {
	o := c.off
	if len(c.b)-o < 2 || c.failed != nil {
		c.short(f, 2)
		return 0
	}
	c.off = o + 2
	v := uint16(c.b[o])<<8 | uint16(c.b[o+1])
	if c.tree != nil {
		c.tree.Uint(f, o, 2, uint64(v))
	}
	return v
}

// U24 reads three bytes.
func (c *Cursor) U24(f *Field) uint32 {
	o := c.off
	if len(c.b)-o < 3 || c.failed != nil {
		c.short(f, 3)
		return 0
	}
	c.off = o + 3
	v := uint32(c.b[o])<<16 | uint32(c.b[o+1])<<8 | uint32(c.b[o+2])
	if c.tree != nil {
		c.tree.Uint(f, o, 3, uint64(v))
	}
	return v
}

// U32 reads four bytes.
func (c *Cursor) U32(f *Field) uint32 {
	o := c.off
	if len(c.b)-o < 4 || c.failed != nil {
		c.short(f, 4)
		return 0
	}
	c.off = o + 4
	v := uint32(c.b[o])<<24 | uint32(c.b[o+1])<<16 | uint32(c.b[o+2])<<8 | uint32(c.b[o+3])
	if c.tree != nil {
		c.tree.Uint(f, o, 4, uint64(v))
	}
	return v
}

// Bytes reads n bytes; the result is borrowed and its capacity ends with it, so
// that an append cannot reach the next field.
func (c *Cursor) Bytes(f *Field, n int) []byte {
	o := c.off
	if n < 0 || len(c.b)-o < n || c.failed != nil {
		c.short(f, n)
		return nil
	}
	c.off = o + n
	v := c.b[o : o+n : o+n]
	if c.tree != nil {
		c.tree.Data(f, o, v)
	}
	return v
}

// Skip passes over n bytes that belong to field f without making a node.
func (c *Cursor) Skip(f *Field, n int) {
	if n < 0 || len(c.b)-c.off < n || c.failed != nil {
		c.short(f, n)
		return
	}
	c.off += n
}
