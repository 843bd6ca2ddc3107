package index

import "sync/atomic"

// column is a table that one goroutine appends to while others read. Rows lie in
// chunks that never move; what was published never changes, except where the row
// itself is atomic.
type column[T any] struct {
	chunks atomic.Pointer[[][]T] // replaced, not changed, when a chunk is added
	shown  atomic.Uint32         // rows that readers may look at
	bits   uint8                 // a chunk has 1<<bits rows
	rows   uint32                // of the builder
}

// push adds a row of zeroes. It is the builder's until publish.
func (c *column[T]) push() *T {
	i := c.rows
	chunks := c.chunks.Load()
	if i>>c.bits == uint32(c.count(chunks)) {
		grown := make([][]T, 0, c.count(chunks)+1)
		if chunks != nil {
			grown = append(grown, *chunks...)
		}
		grown = append(grown, make([]T, 1<<c.bits))
		chunks = &grown
		c.chunks.Store(chunks)
	}
	c.rows++
	return &(*chunks)[i>>c.bits][i&(1<<c.bits-1)]
}

func (c *column[T]) count(chunks *[][]T) int {
	if chunks == nil {
		return 0
	}
	return len(*chunks)
}

// publish shows all rows to readers.
func (c *column[T]) publish() { c.shown.Store(c.rows) }

// len is how many rows a reader may look at.
func (c *column[T]) len() uint32 { return c.shown.Load() }

// at returns row i, which must be below len for a reader and rows for the builder.
func (c *column[T]) at(i uint32) *T {
	return &(*c.chunks.Load())[i>>c.bits][i&(1<<c.bits-1)]
}
