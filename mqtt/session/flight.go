package session

// maxOpen bounds the open exchanges that are remembered per direction. Real
// clients have a handful; brokers stop at 20 to 1000.
const maxOpen = 2048

// scanLimit is the number of open exchanges up to which a scan beats an index.
const scanLimit = 16

// maxDone is the number of ended exchanges that are remembered, to recognise
// packets that crossed the acknowledgement on their way.
const maxDone = 16

// ended is what remains of an exchange for a while after its end.
type ended struct {
	id      uint16
	kind    Kind
	sends   uint16
	answers uint16
	content uint64
	first   Ref
	last    Ref
}

// Flight holds the exchanges that one side has begun.
type Flight struct {
	open  []Exchange
	index map[uint16]int32 // position in open; kept only beyond scanLimit
	done  []ended          // ring of ended exchanges
	next  int              // where the next ended one goes

	highest uint16 // the highest identifier that was ever in use
	wrapped bool   // an exchange that has ended was forgotten

	// Forgotten counts open exchanges that were dropped because there were too
	// many: an unknown identifier then proves nothing.
	Forgotten uint64
}

// Open returns the exchanges in flight, in no particular order, valid until the
// next packet.
func (f *Flight) Open() []Exchange { return f.open }

func (f *Flight) find(id uint16) *Exchange {
	if len(f.open) > scanLimit {
		if i, ok := f.index[id]; ok {
			return &f.open[i]
		}
		return nil
	}
	for i := range f.open {
		if f.open[i].ID == id {
			return &f.open[i]
		}
	}
	return nil
}

// firstUse reports whether id was certainly never in use.
func (f *Flight) firstUse(id uint16) bool {
	if f.Forgotten > 0 {
		return false
	}
	if !f.wrapped {
		return f.remembered(id) == nil
	}
	return id > f.highest
}

func (f *Flight) add(e Exchange) *Exchange {
	f.highest = max(f.highest, e.ID)
	if len(f.open) >= maxOpen {
		oldest := 0
		for i := range f.open {
			if f.open[i].Last.Time < f.open[oldest].Last.Time {
				oldest = i
			}
		}
		f.Forgotten++
		f.drop(&f.open[oldest])
	}
	f.open = append(f.open, e)
	n := len(f.open)
	if n > scanLimit {
		if f.index == nil {
			f.index = make(map[uint16]int32, 4*scanLimit)
		}
		if n == scanLimit+1 {
			clear(f.index)
			for i := range f.open {
				f.index[f.open[i].ID] = int32(i)
			}
		} else {
			f.index[e.ID] = int32(n - 1)
		}
	}
	return &f.open[n-1]
}

// drop removes e without remembering it.
func (f *Flight) drop(e *Exchange) {
	n := len(f.open) - 1
	last := &f.open[n]
	if n >= scanLimit {
		at := f.index[e.ID]
		delete(f.index, e.ID)
		if e != last && n > scanLimit {
			f.index[last.ID] = at
		}
	}
	*e = *last
	f.open = f.open[:n]
}

// end removes e and remembers it for a while.
func (f *Flight) end(e *Exchange) {
	d := ended{e.ID, e.Kind, e.Sends, e.Answers, e.Content, e.First, e.Last}
	if len(f.done) < maxDone {
		f.done = append(f.done, d)
	} else {
		f.wrapped = true
		f.done[f.next] = d
		f.next = (f.next + 1) % maxDone
	}
	f.drop(e)
}

// remembered returns the latest ended exchange with that identifier, or nil.
func (f *Flight) remembered(id uint16) *ended {
	var found *ended
	for i := range f.done {
		d := &f.done[i]
		if d.id == id && (found == nil || d.last.Time >= found.last.Time) {
			found = d
		}
	}
	return found
}

func (f *Flight) clear() {
	f.open = f.open[:0]
	f.done = f.done[:0]
	f.next = 0
	f.Forgotten = 0
	f.highest, f.wrapped = 0, false
	clear(f.index)
}
