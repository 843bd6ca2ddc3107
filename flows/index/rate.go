package index

// Buckets is how many values a Rate has.
const Buckets = 32

// Rate counts events over the time that they take. As time goes on, two buckets become
// one, so that there are always between half of them and all.
type Rate struct {
	Start  int64           // time of the first event, nanoseconds since 1970-01-01 UTC
	Counts [Buckets]uint32 // of the events in each bucket
	shift  uint8
	began  bool
}

// firstWidth is the shift from nanoseconds to the buckets of a short time: 2^27 ns or
// 0.13 s.
const firstWidth = 27

// Width is the length of a bucket in nanoseconds.
func (r *Rate) Width() int64 { return 1 << r.shift }

func (r *Rate) add(t int64) {
	if !r.began {
		r.began, r.Start, r.shift = true, t, firstWidth
	}
	age := uint64(max(t-r.Start, 0))
	for age>>r.shift >= Buckets {
		for i := range Buckets / 2 {
			r.Counts[i] = r.Counts[2*i] + r.Counts[2*i+1]
		}
		clear(r.Counts[Buckets/2:])
		r.shift++
	}
	r.Counts[age>>r.shift]++
}
