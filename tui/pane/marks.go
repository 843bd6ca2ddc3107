package pane

import "slices"

// Marks are frames that the user wants to find again.
type Marks struct {
	frames []uint32 // ascending
	Note   map[uint32]string
}

// Toggle marks a frame, or takes the mark away, and reports whether it is marked now.
func (m *Marks) Toggle(frame uint32) bool {
	i, ok := slices.BinarySearch(m.frames, frame)
	if ok {
		m.frames = slices.Delete(m.frames, i, i+1)
		delete(m.Note, frame)
		return false
	}
	m.frames = slices.Insert(m.frames, i, frame)
	return true
}

// Has reports whether a frame is marked.
func (m *Marks) Has(frame uint32) bool {
	_, ok := slices.BinarySearch(m.frames, frame)
	return ok
}

// All returns the marked frames, ascending. They are not to be changed.
func (m *Marks) All() []uint32 { return m.frames }

// Next returns the first marked frame behind a frame, or before it, going round at the
// ends, and false when nothing is marked.
func (m *Marks) Next(frame uint32, backwards bool) (uint32, bool) {
	if len(m.frames) == 0 {
		return 0, false
	}
	i, ok := slices.BinarySearch(m.frames, frame)
	switch {
	case backwards:
		i += len(m.frames) - 1
	case ok:
		i++
	}
	return m.frames[i%len(m.frames)], true
}

// Chosen are sessions that the user has selected to be looked at together, by number.
type Chosen struct {
	sessions []uint32
	Current  uint32 // the one that the user looked at last, which serves while none is selected; 0: none
}

// Toggle selects a session, or no longer, and reports whether it is selected now.
func (c *Chosen) Toggle(session uint32) bool {
	i, ok := slices.BinarySearch(c.sessions, session)
	if ok {
		c.sessions = slices.Delete(c.sessions, i, i+1)
		return false
	}
	c.sessions = slices.Insert(c.sessions, i, session)
	return true
}

// Has reports whether a session is selected.
func (c *Chosen) Has(session uint32) bool {
	_, ok := slices.BinarySearch(c.sessions, session)
	return ok
}

// Set selects these sessions alone.
func (c *Chosen) Set(sessions ...uint32) {
	c.sessions = slices.Compact(slices.Sorted(slices.Values(sessions)))
}

// All returns the selected sessions, ascending. They are not to be changed.
func (c *Chosen) All() []uint32 { return c.sessions }
