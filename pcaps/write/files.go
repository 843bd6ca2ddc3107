package write

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"plcscope/pcaps"
)

// stream is a file that is none: a pipe, standard output.
type stream struct{ io.Writer }

func (stream) Truncate(int64) error { return nil }
func (stream) Sync() error          { return nil }
func (stream) Close() error         { return nil }

// createOne creates the file of a ring of one. A pipe or device is written as it is.
func (r *Ring) createOne() (*part, error) {
	name := r.opt.Name
	if st, err := os.Stat(name); err == nil && !st.Mode().IsRegular() {
		if st.IsDir() {
			return nil, fmt.Errorf("%s: is a directory; name a file in it", name)
		}
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		return &part{f: f, name: name, pipe: true}, err
	}
	f, err := r.disk.create(name + partial)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("%s exists: an interrupted capture has left it, or another one writes it now; it is readable, move it away", name+partial)
	}
	return &part{f: f, name: name}, err
}

// next begins the next file of a ring.
func (r *Ring) next(t int64) bool {
	var name string
	for {
		r.number++
		name = r.names.file(r.number, t)
		if !exists(name) && !exists(name+partial) {
			break
		}
	}
	f, err := r.disk.create(name + partial)
	if err != nil {
		r.number--
		r.stop(t, name, err)
		return false
	}
	r.files = append(r.files, name)
	if n := r.opt.Limits.Files; n > 0 {
		for len(r.files) > n {
			old := r.files[0]
			r.files = append(r.files[:0], r.files[1:]...)
			r.jobs <- func() { r.delete(old) }
		}
	}
	r.begin(&part{f: f, name: name})
	r.flushed, r.synced = t, t
	return true
}

// begin begins a section in p.
func (r *Ring) begin(p *part) {
	p.packer = r.packer
	p.wrote = func() {
		r.written.Add(r.pending)
		r.pending = 0
	}
	r.part, r.packets = p, 0
	r.begunFiles.Add(1)
	r.section()
}

// section begins a section: of a file, or of what follows a failure in it.
func (r *Ring) section() {
	s := r.opt.Section
	if r.missed > 0 {
		if s.Comment != "" {
			s.Comment += "\n"
		}
		s.Comment += fmt.Sprintf("%d packets before these were captured and could not be written", r.missed)
	}
	r.missed = 0
	r.w = pcaps.NewNGSection(r.part, s, r.opt.Describe, r.opt.Interfaces...)
}

// complete ends the file.
func (r *Ring) complete(now int64) {
	if r.failed == nil && r.opt.Statistics != nil {
		for n := range r.opt.Interfaces {
			s := pcaps.Statistics{Time: now}
			r.opt.Statistics(n, &s)
			_ = r.w.WriteStatistics(n, &s) // its errors are those of part
		}
	}
	if r.failed == nil && r.flush(now) {
		r.hand()
	}
}

// hand gives the file to those who complete it.
func (r *Ring) hand() {
	p := r.part
	r.part = nil
	r.jobs <- func() {
		if err := r.finish(p); err != nil {
			r.alert(Alert{File: p.name, Err: err})
		}
	}
}

func (r *Ring) finish(p *part) error {
	err := p.f.Sync()
	if e := p.f.Close(); err == nil {
		err = e
	}
	if p.pipe {
		return nil // there is nothing to synchronise
	}
	if e := r.disk.rename(p.name+partial, p.name); err == nil {
		err = e
	}
	return err
}

func (r *Ring) delete(name string) {
	switch err := r.disk.remove(name); {
	case err == nil:
		r.deleted.Add(1)
	case !errors.Is(err, fs.ErrNotExist): // somebody was quicker
		r.alert(Alert{File: name, Err: err})
	}
}
