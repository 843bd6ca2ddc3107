package index

import (
	"sync"
	"sync/atomic"

	"plcscope/flows"
	"plcscope/pcaps"
)

// Options of an Index; the zero value serves. Reaching a bound is counted in
// Progress.Lost.
type Options struct {
	MaxFrames   uint32 // 0 means 32 Mi, at 32 bytes each
	MaxMessages uint32 // 0 means 16 Mi, at 40 bytes each
	MaxConns    uint32 // 0 means 100 000, at some 500 bytes each
	MaxSessions uint32 // 0 means 100 000
	MaxTopics   uint32 // 0 means 100 000; those beyond are summed up as one
	MaxGaps     uint32 // 0 means 1 Mi

	// SpoolBytes bounds what is kept in temporary files of the frames that cannot be
	// read a second time from where they came: those of pipes, of live traffic and of
	// compressed files. 0 means 4 GiB. The oldest are given up.
	SpoolBytes int64
	SpoolDir   string // "" means the system's
}

func or(n, standard uint32) uint32 {
	if n == 0 {
		return standard
	}
	return n
}

func (o *Options) maxFrames() uint32   { return min(or(o.MaxFrames, 32<<20), 1<<31) }
func (o *Options) maxMessages() uint32 { return min(or(o.MaxMessages, 16<<20), 1<<31) }
func (o *Options) maxConns() uint32    { return min(or(o.MaxConns, flows.DefaultListed), 1<<31) }
func (o *Options) maxSessions() uint32 { return or(o.MaxSessions, 100_000) }
func (o *Options) maxTopics() uint32   { return or(o.MaxTopics, 100_000) }
func (o *Options) maxGaps() uint32     { return or(o.MaxGaps, 1<<20) }

// Index is a capture as rows that lead back to its bytes. Its methods may be called
// from any goroutine at any time, while a Builder fills it and afterwards.
type Index struct {
	frames   column[frameRow]
	messages column[messageRow]
	extras   column[extraRow]
	pieces   column[uint32] // frames of messages that come in several
	gaps     column[Gap]
	hot      column[hotConn]
	origins  column[origin]

	listed atomic.Uint32 // messages whose frames are shown, too

	spool *spool

	asked atomic.Bool // somebody reads what follows

	mu       sync.Mutex // guards what follows; held for a few rows at a time
	conns    []*Conn
	sessions []*Session
	topics   []*Topic
	total    Total
	progress Progress
	capture  *pcaps.Capture
	changed  chan struct{} // closed when there is news; nil when nobody waits
}

// hotConn is what readers need of a connection to find its rows.
type hotConn struct {
	base        [2]atomic.Uint32 // what a position is added to for its sequence number
	lastFrame   atomic.Uint32
	lastMessage atomic.Uint32
}

// Lost counts what did not fit into the bounds of Options.
type Lost struct {
	Frames, Messages, Conns, Sessions, Topics, Gaps uint64
	// Unkept are frames whose bytes were not kept, because the disk was full or their
	// capture has too many interfaces.
	Unkept uint64
}

// Progress is how far an index has come.
type Progress struct {
	Frames, Messages uint32
	Read, Size       int64 // bytes of the files; Size is 0 when it is not known
	Done             bool  // nothing more will come
	Err              error // why, unless the capture has ended
	Lost             Lost
	Totals           flows.Totals // when Done
}

// Progress tells how far the index has come.
func (ix *Index) Progress() Progress {
	ix.mu.Lock()
	p, capture := ix.progress, ix.capture
	ix.mu.Unlock()
	p.Frames, p.Messages = ix.Frames(), ix.Messages()
	if capture != nil {
		p.Read, p.Size = capture.Progress()
	}
	return p
}

// Changed returns a channel that is closed at the next news, and at once when the index
// is complete.
func (ix *Index) Changed() <-chan struct{} {
	ix.asked.Store(true)
	ix.mu.Lock()
	defer ix.mu.Unlock()
	if ix.changed == nil {
		ix.changed = make(chan struct{})
		if ix.progress.Done {
			close(ix.changed)
		}
	}
	return ix.changed
}

// tell wakes who waits for news. The caller holds mu.
func (ix *Index) tell() {
	if ix.changed != nil {
		close(ix.changed)
		ix.changed = nil
	}
}

// Close gives up the temporary files. Readers must be done.
func (ix *Index) Close() error { return ix.spool.close() }
