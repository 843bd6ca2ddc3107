package write

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/zstd"

	"plcscope/pcaps"
)

// Options say what a Ring writes, and where. Times are in nanoseconds.
type Options struct {
	Name     string    // of the file; of a ring, as in NAME.pcapng, what its files are called after
	Out      io.Writer // written to in place of files, when not nil
	Limits   Limits    // without one that ends a file, there is one file
	Compress bool      // pack with zstd; also done when Name ends in .zst
	Continue bool      // count the files that an earlier ring of this name has left as files of this one

	Section    pcaps.Section
	Interfaces []pcaps.Interface                               // described in each file, see pcaps.NewNGSection
	Describe   func(file uint16, iface uint32) pcaps.Interface // of interfaces that are not among them; may be nil
	Statistics func(iface int, s *pcaps.Statistics)            // asked for the counters of each of Interfaces at the end of a file; may be nil

	FlushEvery int64          // longest time that frames wait in memory; 0 means a second
	SyncEvery  int64          // synchronise with the disk this often; 0 means when a file is complete
	RetryEvery int64          // how often a disk that failed is tried again; 0 means five seconds
	Zone       *time.Location // of the times in names; nil means the local one
	Alert      func(Alert)    // told of trouble, one call at a time, from any goroutine; may be nil
}

// Alert is trouble with the disk, or its end.
type Alert struct {
	File string
	Err  error  // nil when writing goes on again
	Lost uint64 // frames that were not written since writing was last sound
}

// String is the alert as a line for the operator.
func (a Alert) String() string {
	if a.Err == nil {
		return fmt.Sprintf("%s: writing goes on; %d frames before were not written", a.File, a.Lost)
	}
	return fmt.Sprintf("%s: %v; frames are not written until that changes", a.File, a.Err)
}

// Counts are what has become of the frames so far.
type Counts struct {
	Written uint64 // frames that are in a file
	Lost    uint64 // frames that could not be written
	Files   uint64 // begun
	Deleted uint64 // files deleted to make room for newer ones
}

// Ring writes frames to a file, or to one file after the other. Its methods, Counts
// aside, belong to one goroutine. They wait for the disk to take bytes, but not for it
// to synchronise, unless SyncEvery asks for that, and never for room.
type Ring struct {
	opt   Options
	disk  disk
	names naming

	part    *part // nil between files
	w       *pcaps.Writer
	packer  *zstd.Encoder
	pending uint64 // frames handed over that are not in the file yet
	packets uint64 // in the file
	begun   int64  // the file, by the time of its first frame
	flushed int64  // when last
	synced  int64

	failed  error  // why nothing is written
	tried   int64  // when last
	missed  uint64 // frames that were not written since it failed
	refused bool   // a frame that no file can hold was told
	first   error  // trouble that Close returns

	number int
	files  []string // of the ring that are on the disk, the oldest first

	jobs chan func() // files to complete, in order
	gone chan struct{}
	mu   sync.Mutex // guards calls of Alert and first

	written, lost, begunFiles, deleted atomic.Uint64
}

// maxJobs bounds the complete files that wait for the disk; a ring that is faster than
// that waits.
const maxJobs = 16

// New begins to write. An error means that nothing can be written there at all.
func New(opt Options) (*Ring, error) { return newRing(opt, realDisk{}) }

func newRing(opt Options, d disk) (*Ring, error) {
	for _, x := range []struct {
		v     *int64
		usual int64
	}{{&opt.FlushEvery, 1e9}, {&opt.RetryEvery, 5e9}} {
		if *x.v <= 0 {
			*x.v = x.usual
		}
	}
	if opt.Limits.Files > 0 && !opt.Limits.several() {
		return nil, errors.New("a number of files to keep needs a limit at which the next one begins: filesize, duration, interval or packets")
	}
	if opt.Out != nil && opt.Limits.several() {
		return nil, errors.New("a stream cannot be written as several files")
	}
	r := &Ring{opt: opt, disk: d, names: newNaming(opt.Name, opt.Compress, opt.Zone), gone: make(chan struct{})}
	if opt.Compress || len(opt.Name) > 4 && opt.Name[len(opt.Name)-4:] == ".zst" {
		var err error
		if r.packer, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1)); err != nil {
			return nil, err
		}
	}
	switch {
	case opt.Out != nil:
		r.begin(&part{f: stream{opt.Out}, name: opt.Name, pipe: true})
	case !opt.Limits.several():
		p, err := r.createOne()
		if err != nil {
			return nil, err
		}
		r.begin(p)
	default:
		if err := d.room(r.names.stem); err != nil {
			return nil, err
		}
		if opt.Continue {
			var err error
			if r.files, r.number, err = r.names.earlier(); err != nil {
				return nil, err
			}
		}
	}
	r.jobs = make(chan func(), maxJobs)
	go func() {
		defer close(r.gone)
		for job := range r.jobs {
			job()
		}
	}()
	return r, nil
}

// WriteFrame writes a frame: its Time, Length, Link, Data and interface. Trouble is
// told to Alert and counted.
func (r *Ring) WriteFrame(f *pcaps.Frame) { r.WriteComment(f, "") }

// WriteComment is WriteFrame with a comment that stands at the frame.
func (r *Ring) WriteComment(f *pcaps.Frame, comment string) {
	r.Tick(f.Time)
	if r.failed != nil && !r.resume(f.Time) || r.part == nil && !r.next(f.Time) {
		r.lose(1)
		return
	}
	err := r.w.WriteComment(f, comment)
	switch {
	case r.part.err != nil:
		r.fail(f.Time)
		r.lose(1)
		return
	case err != nil: // the frame cannot be written, others can
		r.lost.Add(1)
		if !r.refused {
			r.refused = true
			r.alert(Alert{File: r.part.name, Err: err, Lost: 1})
		}
		return
	}
	if r.packets == 0 {
		r.begun = f.Time
	}
	r.pending++
	r.packets++
	l := &r.opt.Limits
	if l.Packets > 0 && r.packets >= l.Packets || l.Bytes > 0 && r.size() >= l.Bytes {
		r.complete(f.Time)
	}
}

// size is how long the file is going to be; of packed ones, without what waits.
func (r *Ring) size() int64 {
	if r.packer != nil {
		return r.part.size
	}
	return r.part.size + int64(r.w.Buffered())
}

// Tick tells what time it is where no frames come: files are flushed and end in time.
func (r *Ring) Tick(now int64) {
	if r.part == nil || r.failed != nil {
		return
	}
	if r.packets > 0 {
		r.begun = min(r.begun, now) // the clock may have been set back
		if r.due(now) {
			r.complete(now)
			return
		}
	}
	if away(now, r.flushed, r.opt.FlushEvery) {
		r.flushed = now
		r.flush(now)
	}
	if r.opt.SyncEvery > 0 && away(now, r.synced, r.opt.SyncEvery) {
		r.synced = now
		r.sync(now)
	}
}

// away reports whether two times are at least d apart, whichever is the later.
func away(a, b, d int64) bool {
	return a >= b && uint64(a-b) >= uint64(d) || a < b && uint64(b-a) >= uint64(d)
}

// due reports whether the file ends before now.
func (r *Ring) due(now int64) bool {
	l := &r.opt.Limits
	return l.Duration > 0 && uint64(now-r.begun) >= uint64(l.Duration) ||
		l.Interval > 0 && now/l.Interval != r.begun/l.Interval
}

// Flush makes what was written readable by others, also after a kill.
func (r *Ring) Flush() {
	if r.part != nil && r.failed == nil {
		r.flush(r.flushed)
	}
}

// Sync makes what was written survive the loss of power.
func (r *Ring) Sync() {
	if r.Flush(); r.part != nil && r.failed == nil {
		r.sync(r.flushed)
	}
}

// flush hands everything over to the system.
func (r *Ring) flush(now int64) bool {
	_ = r.w.Flush() // its errors are those of part
	if r.part.err != nil || r.part.flush() != nil {
		r.fail(now)
		return false
	}
	return true
}

func (r *Ring) sync(now int64) {
	if !r.flush(now) {
		return
	}
	if err := r.part.f.Sync(); err != nil {
		r.part.err = err
		r.fail(now)
	}
}

// Counts may be called from any goroutine.
func (r *Ring) Counts() Counts {
	return Counts{r.written.Load(), r.lost.Load(), r.begunFiles.Load(), r.deleted.Load()}
}

// Err is the first trouble there was. It may be called from any goroutine.
func (r *Ring) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.first
}

// Close completes the file and waits until it is safe on the disk. It returns the first
// trouble there was.
func (r *Ring) Close() error {
	if r.part != nil {
		r.complete(r.flushed)
	}
	if r.part != nil { // it failed
		r.hand()
	}
	close(r.jobs)
	<-r.gone
	return r.Err()
}

// alert tells of trouble.
func (r *Ring) alert(a Alert) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.first == nil && a.Err != nil {
		r.first = fmt.Errorf("%s: %w", a.File, a.Err)
	}
	if r.opt.Alert != nil {
		r.opt.Alert(a)
	}
}
