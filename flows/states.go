package flows

// States are what one observer knows of the open connections, each in the slot of its
// kind of observers. What a closed connection leaves serves for another, so that
// connections that come and go cost no memory.
type States[T any] struct {
	slot  Slot
	spare []*T
}

// maxSpare bounds the states that wait for another connection.
const maxSpare = 4096

// NewStates keeps states in slot s. No other observer of the same connections may do so
// at the same time.
func NewStates[T any](s Slot) States[T] { return States[T]{slot: s} }

// Get returns the state of c, or nil before Add.
func (s *States[T]) Get(c *Connection) *T {
	x, _ := s.slot.Get(c).(*T)
	return x
}

// Add returns a state for c, which holds what was left in one at Free, and else nothing.
func (s *States[T]) Add(c *Connection) *T {
	var x *T
	if n := len(s.spare); n > 0 {
		x, s.spare = s.spare[n-1], s.spare[:n-1]
	} else {
		x = new(T)
	}
	s.slot.Put(c, x)
	return x
}

// Free takes back the state of a connection that is closed. The caller has emptied it,
// but for buffers that are worth keeping.
func (s *States[T]) Free(x *T) {
	if len(s.spare) < maxSpare {
		s.spare = append(s.spare, x)
	}
}
