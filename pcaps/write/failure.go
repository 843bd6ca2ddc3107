package write

// fail takes note that the disk did not take what was handed over. The file keeps what
// it has, unless it has nothing.
func (r *Ring) fail(t int64) {
	p := r.part
	r.lose(r.pending)
	r.pending = 0
	if r.opt.Limits.several() {
		if p.size == 0 {
			r.part = nil
			r.files = r.files[:len(r.files)-1]
			r.jobs <- func() {
				_ = p.f.Close() // nothing is in it
				r.delete(p.name + partial)
			}
		} else {
			r.hand()
		}
	}
	r.stop(t, p.name, p.err)
}

// stop ends writing until the disk has been tried again.
func (r *Ring) stop(t int64, name string, err error) {
	again := r.failed != nil
	r.failed, r.tried = err, t
	if !again {
		r.alert(Alert{File: name, Err: err, Lost: r.missed})
	}
}

func (r *Ring) lose(n uint64) {
	r.missed += n
	r.lost.Add(n)
}

// resume tries whether frames can be written again, when it is time for that.
func (r *Ring) resume(t int64) bool {
	if !away(t, r.tried, r.opt.RetryEvery) {
		return false
	}
	r.tried = t
	if r.part != nil && r.part.pipe || r.disk.room(r.names.stem) != nil {
		return false
	}
	missed := r.missed
	if p := r.part; p == nil {
		if !r.next(t) {
			return false
		}
	} else { // a single file goes on where it was sound
		if err := p.f.Truncate(p.size); err != nil {
			return false
		}
		p.err, p.plain = nil, p.plain[:0]
		r.section()
	}
	r.failed = nil
	r.flushed, r.synced = t, t
	r.alert(Alert{File: r.part.name, Lost: missed})
	return true
}
