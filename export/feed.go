package export

// feed hands rows over to another goroutine, some hundred at a time. The zero value with
// take set is ready.
type feed[T any] struct {
	take func(*T) // called on the goroutine

	rows  []T // that wait
	bytes int // about that many in them
	full  chan []T
	empty chan []T
	gone  chan struct{} // closed when the goroutine has ended
}

// Bounds of the rows that are handed over at once.
const (
	feedRows  = 256
	feedBytes = 1 << 20
	feeds     = 3 // on the way
)

// put takes a row of about size bytes, which owns what it holds.
func (f *feed[T]) put(r *T, size int) {
	f.rows = append(f.rows, *r)
	f.bytes += size
	if len(f.rows) >= feedRows || f.bytes >= feedBytes {
		f.hand()
	}
}

// hand hands over the rows that wait.
func (f *feed[T]) hand() {
	if f.full == nil {
		f.full, f.empty, f.gone = make(chan []T, feeds), make(chan []T, feeds+1), make(chan struct{})
		for range feeds {
			f.empty <- make([]T, 0, feedRows)
		}
		go f.run()
	}
	f.full <- f.rows
	f.rows, f.bytes = <-f.empty, 0
}

func (f *feed[T]) run() {
	defer close(f.gone)
	for rows := range f.full {
		for i := range rows {
			f.take(&rows[i])
		}
		clear(rows)
		f.empty <- rows[:0]
	}
}

// end hands over the last rows and waits until all were taken. It may be called again.
func (f *feed[T]) end() {
	if len(f.rows) > 0 {
		f.hand()
	}
	if f.full != nil {
		close(f.full)
		<-f.gone
		f.full = nil
	}
}
