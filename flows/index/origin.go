package index

import "plcscope/pcaps"

// origin is where frames come from that differ in nothing but their place: a file and
// one of its interfaces.
type origin struct {
	file    uint16
	link    pcaps.LinkType
	iface   uint32
	spooled bool // it is read from the spool
}

// maxOrigins is how many a place can name; frames of further ones are not kept.
const maxOrigins = 1 << 16

// originTable numbers origins in the order of their first frames.
type originTable struct {
	last   origin
	number uint32
	any    bool // last is set
	all    map[origin]uint32
	files  []fileKind
}

// fileKind says whether a file of the capture can be read again.
type fileKind uint8

const (
	unknown fileKind = iota
	plain
	spooled
)

// spools reports whether frames of a file are kept in the spool, because the file is a
// pipe or compressed.
func (b *Builder) spools(file uint16) bool {
	t := &b.kinds
	for len(t.files) <= int(file) {
		t.files = append(t.files, unknown)
	}
	if t.files[file] == unknown {
		t.files[file] = spooled
		if c := b.ix.capture; c != nil {
			if f := c.Files(); int(file) < len(f) && f[file].Size > 0 && f[file].Compression == "" {
				t.files[file] = plain
			}
		}
	}
	return t.files[file] == spooled
}

// place says where the bytes of f can be found again, and keeps them if nowhere.
func (b *Builder) place(f *pcaps.Frame) uint64 {
	t := &b.kinds
	o := origin{file: f.File, link: f.Link, iface: f.Iface}
	if t.any {
		o.spooled = t.last.spooled
	}
	if !t.any || o != t.last {
		o.spooled = b.spools(f.File)
		n, ok := t.all[o]
		if !ok {
			if n = uint32(len(t.all)); n >= maxOrigins {
				b.lost.Unkept++
				return markUnkept
			}
			if t.all == nil {
				t.all = map[origin]uint32{}
			}
			t.all[o] = n
			*b.ix.origins.push() = o
		}
		t.last, t.number, t.any = o, n, true
	}
	at := f.Offset
	if o.spooled {
		at = b.ix.spool.add(f)
	}
	if at < 0 || at > maxOffset {
		b.lost.Unkept++
		return markUnkept | uint64(t.number)
	}
	return uint64(at)<<20 | uint64(t.number)
}
