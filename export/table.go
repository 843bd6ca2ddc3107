package export

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Bounds of a table.
const (
	maxOpen  = 4    // days that are written at once
	maxParts = 4096 // files; later days share the folder that Hive has for what has none
	rowGroup = 1 << 17
)

// noDay is the name that Hive gives to a partition without a value.
const noDay = "__HIVE_DEFAULT_PARTITION__"

// anyTable is a table of whatever rows.
type anyTable interface {
	count() Count
	drain() error // waits until all rows are written
	complete() error
	publish() error
	discard()
}

// table writes rows of one kind, a folder a day, on a goroutine of its own.
type table[T any, R interface {
	*T
	row
}] struct {
	name string
	opt  *Options
	feed feed[T]

	// The rest belongs to the goroutine, and after drain to who has called that.
	open  []*part[T] // the one used last at the end
	from  int64      // its times, when it is that of a day
	until int64
	parts map[string]int
	most  int // maxParts
	files []*file
	made  *folders
	rows  uint64
	err   error
}

// part is the file, or one of each format, of a day.
type part[T any] struct {
	day     string
	outs    []encoder[T]
	rows    int
	waiting int // bytes since the last flush
}

// encoder writes rows in one format.
type encoder[T any] interface {
	write(*T) error
	flush() error // hands on what waits
	close() error // completes the file
}

func newTable[T any, R interface {
	*T
	row
}](name string, opt *Options, made *folders) *table[T, R] {
	t := &table[T, R]{name: name, opt: opt, parts: map[string]int{}, most: maxParts, made: made}
	t.feed.take = func(r *T) { t.write(r) }
	return t
}

// put takes a row. What it has borrowed is copied.
func (t *table[T, R]) put(r R) {
	r.own()
	t.feed.put((*T)(r), r.size())
}

// write writes a row.
func (t *table[T, R]) write(r R) {
	if t.err != nil {
		return
	}
	p, err := t.part(r.day())
	if err == nil {
		for _, o := range p.outs {
			err = errors.Join(err, o.write((*T)(r)))
		}
		t.rows++
		p.rows++
		p.waiting += r.size()
		err = errors.Join(err, t.spill(p))
	}
	if err != nil {
		t.err = fmt.Errorf("table %s: %w", t.name, err)
		if t.opt.Failed != nil {
			t.opt.Failed()
		}
	}
}

// spill hands rows on when there are enough for a group, or too many in all.
func (t *table[T, R]) spill(p *part[T]) error {
	waiting, most := 0, p
	for _, x := range t.open {
		waiting += x.waiting
		if x.waiting > most.waiting {
			most = x
		}
	}
	switch {
	case p.rows >= rowGroup:
		return p.flush()
	case waiting >= t.opt.Buffer:
		return most.flush()
	}
	return nil
}

func (p *part[T]) flush() (err error) {
	p.rows, p.waiting = 0, 0
	for _, o := range p.outs {
		err = errors.Join(err, o.flush())
	}
	return err
}

// part finds or begins the file for a time.
func (t *table[T, R]) part(ns int64) (*part[T], error) {
	if len(t.open) > 0 && t.from <= ns && ns < t.until {
		return t.open[len(t.open)-1], nil
	}
	midnight := time.Unix(0, ns).UTC().Truncate(24 * time.Hour)
	t.from, t.until = midnight.UnixNano(), midnight.Add(24*time.Hour).UnixNano()
	day := midnight.Format(time.DateOnly)
	i := slices.IndexFunc(t.open, func(p *part[T]) bool { return p.day == day })
	if i < 0 && len(t.files) >= t.most*t.formats() {
		day = noDay
		i = slices.IndexFunc(t.open, func(p *part[T]) bool { return p.day == day })
	}
	if i >= 0 {
		p := t.open[i]
		if i < len(t.open)-1 {
			t.open = append(slices.Delete(t.open, i, i+1), p)
		}
		return p, nil
	}
	if len(t.open) == maxOpen {
		if err := t.open[0].close(); err != nil {
			return nil, err
		}
		t.open = slices.Delete(t.open, 0, 1)
	}
	p := &part[T]{day: day}
	t.open = append(t.open, p) // at once, so that what was begun of it is closed
	name := t.opt.Tap
	if name == "" {
		name = "part"
	}
	name = fmt.Sprintf("%s-%d", name, t.parts[day])
	t.parts[day]++
	if t.opt.Parquet {
		f, err := t.create(filepath.Join(t.opt.Dir, t.name), day, name+".parquet")
		if err != nil {
			return nil, err
		}
		p.outs = append(p.outs, newParquet[T](f, t.opt.Tool))
	}
	if t.opt.JSON {
		f, err := t.create(filepath.Join(t.opt.Dir, "jsonl", t.name), day, name+".jsonl")
		if err != nil {
			return nil, err
		}
		p.outs = append(p.outs, newJSON[T](f))
	}
	return p, nil
}

// formats is how many files a part has.
func (t *table[T, R]) formats() int {
	if t.opt.Parquet && t.opt.JSON {
		return 2
	}
	return 1
}

func (t *table[T, R]) create(dir, day, name string) (*file, error) {
	dir = filepath.Join(dir, "date="+day)
	if err := t.made.mkdir(dir); err != nil {
		return nil, err
	}
	f := &file{name: filepath.Join(dir, name)}
	if _, err := os.Lstat(f.name); err == nil {
		return nil, fmt.Errorf("%s exists; name another --dir, or this one by --tap", f.name)
	}
	var err error
	f.f, err = os.OpenFile(f.partial(), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("%s exists: another export writes there, or was interrupted; remove it then", f.partial())
	}
	if err != nil {
		return nil, err
	}
	t.files = append(t.files, f)
	return f, nil
}

func (p *part[T]) close() (err error) {
	for _, o := range p.outs {
		err = errors.Join(err, o.close())
	}
	p.outs = nil
	return err
}

func (t *table[T, R]) count() Count { return Count{t.name, t.rows, len(t.files) / t.formats()} }

func (t *table[T, R]) drain() error {
	t.feed.end()
	return t.err
}

func (t *table[T, R]) complete() (err error) {
	for _, p := range t.open {
		err = errors.Join(err, p.close())
	}
	t.open = nil
	return err
}

func (t *table[T, R]) publish() error {
	for _, f := range t.files {
		if err := f.publish(); err != nil {
			return err
		}
	}
	return nil
}

func (t *table[T, R]) discard() {
	for _, p := range t.open {
		_ = p.close() // it is removed
	}
	t.open = nil
	for _, f := range t.files {
		f.discard()
	}
}
