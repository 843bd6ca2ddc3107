package write

import (
	"github.com/klauspost/compress/zstd"
)

// part is the file that is being written. It takes whole blocks and keeps the file a
// sequence of whole blocks, or of whole zstd frames of them, whatever the disk does.
type part struct {
	f      file
	name   string // that it is going to have
	size   int64  // bytes that are good
	err    error  // of the disk; nothing is written behind it
	pipe   bool   // cannot be cut
	packer *zstd.Encoder
	plain  []byte // blocks that are not packed yet
	packed []byte
	wrote  func() // called when all that was handed over is in the file
}

// packSize is how many bytes are packed at once unless flushed before.
const packSize = 1 << 20

// Write takes whole blocks. It is what a pcaps.Writer writes to.
func (p *part) Write(b []byte) (int, error) {
	if p.err != nil {
		return 0, p.err
	}
	if p.packer == nil {
		return len(b), p.put(b)
	}
	p.plain = append(p.plain, b...)
	if len(p.plain) < packSize {
		return len(b), nil
	}
	return len(b), p.flush()
}

// flush packs what waits.
func (p *part) flush() error {
	if p.err != nil || len(p.plain) == 0 {
		return p.err
	}
	p.packed = p.packer.EncodeAll(p.plain, p.packed[:0])
	p.plain = p.plain[:0]
	return p.put(p.packed)
}

func (p *part) put(b []byte) error {
	_, p.err = p.f.Write(b)
	if p.err == nil {
		p.size += int64(len(b))
		p.wrote()
	} else if !p.pipe {
		_ = p.f.Truncate(p.size) // when that fails, too, readers meet a block that was cut off
	}
	return p.err
}
