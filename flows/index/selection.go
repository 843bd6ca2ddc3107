package index

import (
	"slices"
	"sync/atomic"
)

// Selection is a growing list of frames, in ascending order. One goroutine fills it,
// others read.
type Selection struct {
	list atomic.Pointer[column[uint32]]
	seen atomic.Uint32
	done atomic.Bool

	tail []uint32 // not shown yet, ascending
	last uint32   // the last that was shown
	late []uint32 // that belong before it
	gone []uint32 // that are among those shown by mistake
	lag  uint32   // by how many frames one may come late
}

// NewSelection makes an empty one.
func NewSelection() *Selection {
	s := &Selection{}
	s.list.Store(newList())
	return s
}

func newList() *column[uint32] { return &column[uint32]{bits: 10} }

// add takes a frame, which need not be behind those before.
func (s *Selection) add(n uint32) {
	if n <= s.last {
		s.late = append(s.late, n)
		return
	}
	if k := len(s.tail); k == 0 || s.tail[k-1] < n {
		s.tail = append(s.tail, n)
		return
	}
	if i, have := slices.BinarySearch(s.tail, n); !have {
		s.tail = slices.Insert(s.tail, i, n)
	}
}

// remove takes back a frame that turned out not to pass.
func (s *Selection) remove(n uint32) {
	if i, have := slices.BinarySearch(s.tail, n); have {
		s.tail = slices.Delete(s.tail, i, i+1)
	} else if n <= s.last {
		s.gone = append(s.gone, n)
	}
}

// looked tells that the frames up to number n have been looked at, and shows what was
// added, except what may still get company.
func (s *Selection) looked(n uint32) {
	l := s.list.Load()
	i := 0
	for ; i < len(s.tail) && (s.lag == 0 || s.tail[i]+s.lag < n); i++ {
		*l.push() = s.tail[i]
		s.last = s.tail[i]
	}
	s.tail = append(s.tail[:0], s.tail[i:]...)
	l.publish()
	s.seen.Store(n)
}

// finish shows the rest, in a list of its own when something came too late.
func (s *Selection) finish(n uint32) {
	s.lag = 0
	s.looked(n)
	if len(s.late)+len(s.gone) > 0 {
		old, l := s.list.Load(), newList()
		all := s.late
		for i := range old.len() {
			all = append(all, *old.at(i))
		}
		slices.Sort(all)
		slices.Sort(s.gone)
		for _, n := range slices.Compact(all) {
			if _, gone := slices.BinarySearch(s.gone, n); !gone {
				*l.push() = n
			}
		}
		l.publish()
		s.list.Store(l)
		s.late, s.gone = nil, nil
	}
	s.done.Store(true)
}

// Len is how many frames there are so far.
func (s *Selection) Len() int { return int(s.list.Load().len()) }

// At returns frame i, from 0; i must be below Len.
func (s *Selection) At(i int) uint32 { return *s.list.Load().at(uint32(i)) }

// Seen is the number of the last frame that was looked at.
func (s *Selection) Seen() uint32 { return s.seen.Load() }

// Done reports whether no frame will be added any more.
func (s *Selection) Done() bool { return s.done.Load() }

// Search returns the place of the first frame of the selection that is n or behind it.
func (s *Selection) Search(n uint32) int {
	low, high := 0, s.Len()
	for low < high {
		mid := int(uint(low+high) >> 1)
		if s.At(mid) < n {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}
