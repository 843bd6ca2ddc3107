package session

import "slices"

// maxOpen bounds the open exchanges that are remembered per direction. Real
// clients have a handful; brokers stop at 20 to 1000.
const maxOpen = 2048

// scanLimit is the number of open exchanges up to which a scan beats an index.
const scanLimit = 48

// minDone and maxDone bound the ended exchanges that are remembered, to explain
// answers that come twice and packets that crossed the acknowledgement on their
// way: twice as many as were open at one time.
const (
	minDone = 8
	maxDone = 2 * maxOpen
)

// ended is what remains of an exchange for a while after its end.
type ended struct {
	id      uint16
	kind    Kind
	stale   bool // both sides may have dropped it with the session
	refused bool // a failing PUBREC ended it

	sends, answers      uint16
	releases, completes uint16
	conn                uint32
	content             content
	first, last         Ref
}

// owed reports whether an answer to one of its packets may still come.
func (d *ended) owed() bool { return d.answers < d.sends || d.completes < d.releases }

// Flight holds the exchanges that one side has begun. It must not be copied.
type Flight struct {
	open    []Exchange // those that wait for an answer, then those that are parked
	ids     []uint16   // their identifiers, to be scanned; at first in few
	few     [8]uint16
	waiting int              // how many of open wait
	index   map[uint16]int32 // position in open, while indexed
	indexed bool             // there were more than scanLimit, and are at least half of that
	victim  int              // rotates over open when it is full
	peak    int              // the most that were open at one time

	done []ended // ring of ended exchanges
	next int     // where the next ended one goes
	owed int     // how many of done may still be answered

	highest uint16 // the highest identifier that was ever in use
	wrapped bool   // an exchange that has ended was forgotten

	order uint32 // exchanges begun so far

	turns [3]turns // by what is waited for: PUBACK, PUBREC, PUBREL

	freed [2]recent // identifiers of messages of QoS 1, and of QoS 2, that came to their end

	// Taken counts the identifiers taken on the present connection.
	Taken uint64
	// Forgotten counts exchanges that were dropped because there were too
	// many: an unknown identifier then proves nothing.
	Forgotten uint64
}

// turns orders the packets that one side owes.
type turns struct {
	last uint32 // number given to the latest that was owed
	top  Turn   // the answer to the latest of them that was answered
}

// Queues, as indexes of turns.
const (
	forPuback = int(QoS1)
	forPubrec = int(QoS2)
	forPubrel = 2
)

// give returns the number of a packet that waits for its answer.
func (t *turns) give() uint32 {
	t.last++
	return t.last
}

// take notes that number was answered and reports whether a later one waited too
// (overtaken) and was answered before (ahead).
func (t *turns) take(number uint32, id uint16, question, answer Ref) (overtaken bool, ahead Turn) {
	if number == 0 {
		return false, Turn{}
	}
	if number < t.top.number {
		return true, t.top
	}
	t.top = Turn{id, question, answer, number}
	return number < t.last, Turn{}
}

// Open returns the exchanges in flight, in no particular order, valid until the
// next packet.
func (f *Flight) Open() []Exchange { return f.open }

// Waiting returns those of Open that were not parked. Its owner looks at them
// for answers that do not come.
func (f *Flight) Waiting() []Exchange { return f.open[:f.waiting] }

// Park takes number i out of Waiting, where another takes its place, until a
// packet moves it.
func (f *Flight) Park(i int) {
	f.waiting--
	f.swap(i, f.waiting)
}

// find returns the position of the exchange with that identifier, or -1.
func (f *Flight) find(id uint16) int {
	if f.indexed {
		if i, ok := f.index[id]; ok {
			return int(i)
		}
		return -1
	}
	for i, x := range f.ids {
		if x == id {
			return i
		}
	}
	return -1
}

// swap exchanges two places.
func (f *Flight) swap(i, j int) {
	if i == j {
		return
	}
	f.open[i], f.open[j] = f.open[j], f.open[i]
	f.ids[i], f.ids[j] = f.ids[j], f.ids[i]
	if f.indexed {
		f.index[f.ids[i]], f.index[f.ids[j]] = int32(i), int32(j)
	}
}

// wake takes the exchange at i among the waiting ones and returns it.
func (f *Flight) wake(i int) *Exchange {
	if i >= f.waiting {
		f.swap(i, f.waiting)
		i = f.waiting
		f.waiting++
	}
	f.open[i].Overdue = false
	return &f.open[i]
}

// firstUse reports whether id was certainly never in use.
func (f *Flight) firstUse(id uint16) bool {
	switch {
	case f.Forgotten > 0:
		return false
	case id > f.highest:
		return true
	}
	return !f.wrapped && f.past(id, func(d *ended) bool { return !d.stale }) == nil
}

// add makes place for an exchange with that identifier, which the caller fills in.
func (f *Flight) add(id uint16) *Exchange {
	f.highest = max(f.highest, id)
	if len(f.open) >= maxOpen {
		f.evict()
	}
	n := len(f.open)
	if n < cap(f.open) {
		f.open = f.open[:n+1]
	} else {
		f.open = append(f.open, Exchange{})
	}
	if f.ids == nil {
		f.ids = f.few[:0]
	}
	f.ids = append(f.ids, id)
	f.peak = max(f.peak, n+1)
	switch {
	case f.indexed:
		f.index[id] = int32(n)
	case n+1 > scanLimit:
		f.buildIndex()
	}
	return f.wake(n)
}

func (f *Flight) buildIndex() {
	if f.index == nil {
		f.index = make(map[uint16]int32, 4*scanLimit)
	}
	clear(f.index)
	for i, id := range f.ids {
		f.index[id] = int32(i)
	}
	f.indexed = true
}

// evict makes room by dropping one that was overdue, if there is one.
func (f *Flight) evict() {
	f.victim++
	i := f.victim % len(f.open)
	if parked := len(f.open) - f.waiting; parked > 0 {
		i = f.waiting + f.victim%parked
	}
	f.Forgotten++
	f.remove(i)
}

// remove drops the exchange at i without remembering it.
func (f *Flight) remove(i int) {
	if i < f.waiting {
		f.waiting--
		f.swap(i, f.waiting)
		i = f.waiting
	}
	n := len(f.open) - 1
	f.swap(i, n)
	if f.indexed {
		delete(f.index, f.ids[n])
		f.indexed = n >= scanLimit/2
	}
	f.open, f.ids = f.open[:n], f.ids[:n]
}

// end removes the exchange at i and remembers it for a while. Of the exchange as it
// was, e is valid until another is added.
func (f *Flight) end(i int) (d *ended, e *Exchange) {
	d = f.remember(&f.open[i])
	f.remove(i)
	n := len(f.open)
	return d, &f.open[:n+1][n]
}

// remember keeps what is worth knowing of an exchange that is over.
func (f *Flight) remember(e *Exchange) *ended {
	d := f.vacant()
	*d = ended{
		id: e.ID, kind: e.Kind, sends: e.Sends, answers: e.Answers, releases: e.Releases,
		conn: e.Conn, content: e.content, first: e.First, last: e.Last,
	}
	f.owed += count(d.owed())
	return d
}

// keep remembers an exchange of which only the end was seen.
func (f *Flight) keep(x ended) {
	d := f.vacant()
	*d = x
	f.owed += count(d.owed())
}

// vacant makes place among the ended exchanges, that of the oldest if need be.
func (f *Flight) vacant() *ended {
	if len(f.done) < min(max(2*f.peak, minDone), maxDone) {
		if f.next != 0 { // the ring grows: let the oldest come first again
			rotate(f.done, f.next)
			f.next = 0
		}
		f.done = append(f.done, ended{})
		return &f.done[len(f.done)-1]
	}
	at := &f.done[f.next]
	if f.next++; f.next == len(f.done) {
		f.next = 0
	}
	f.wrapped = f.wrapped || !at.stale
	if at.owed() {
		f.owed--
		f.Forgotten++
	}
	return at
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// rotate brings the element at n to the front.
func rotate(l []ended, n int) {
	slices.Reverse(l[:n])
	slices.Reverse(l[n:])
	slices.Reverse(l)
}

// past calls visit with the ended exchanges that had this identifier, the latest
// first, until it returns true; it returns the one for which it did, or nil.
func (f *Flight) past(id uint16, visit func(d *ended) bool) *ended {
	n := len(f.done)
	for k := 1; k <= n; k++ {
		d := &f.done[(f.next-k+n)%n]
		if d.id == id && visit(d) {
			return d
		}
	}
	return nil
}

// settle counts a further answer to d in one of its fields.
func (f *Flight) settle(d *ended, field *uint16) {
	was := d.owed()
	*field++
	f.owed -= count(was && !d.owed())
}

// recent are the identifiers that were freed last.
type recent struct {
	ids  [8]uint16
	next uint8
}

func (r *recent) has(id uint16) bool {
	return slices.Contains(r.ids[:], id)
}

// free takes note that a message was acknowledged to its end. Of a tangled one
// nobody knows.
func (f *Flight) free(tangled bool, kind Kind, id uint16) {
	if tangled || kind > QoS2 || f.freed[kind].has(id) {
		return
	}
	r := &f.freed[kind]
	r.ids[r.next%8] = id
	r.next++
}

// begin forgets what mattered on the connection before only.
func (f *Flight) begin() {
	f.turns, f.freed = [3]turns{}, [2]recent{}
	f.Taken = 0
	for i := range f.open {
		e := &f.open[i]
		e.turn, e.Overdue = 0, false
		if e.Kind == Subscribe || e.Kind == Unsubscribe {
			e.Lapsed = true // no part of a session's state
		}
	}
}

// drop ends all exchanges because the session is gone. They are remembered, for
// the answers that are still under way or come from a side that did not notice.
func (f *Flight) drop() {
	for i := range f.open {
		f.remember(&f.open[i])
	}
	for i := range f.done {
		f.done[i].stale = true
	}
	f.open, f.ids, f.waiting, f.indexed = f.open[:0], f.ids[:0], 0, false
	f.highest, f.wrapped = 0, false
}
