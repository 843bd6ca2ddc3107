package filter

import (
	"golang.org/x/net/bpf"
)

// label is a place to jump to: an index into coder.places.
type label int

// step is an instruction, or a condition with the places that follow it.
type step struct {
	plain    bpf.Instruction // nil for a condition
	cond     bpf.JumpTest
	k        uint32
	withX    bool
	yes, no  label
	far      bool // the places are too far for a conditional jump
	position int
}

// coder lays down instructions. Where stripped is set, frames come without their
// outer tag, which is asked for aside; offsets still count it.
type coder struct {
	steps    []step
	places   []int // index of a step, by label
	stripped bool
}

func (c *coder) label() label {
	c.places = append(c.places, -1)
	return label(len(c.places) - 1)
}

func (c *coder) here(l label)           { c.places[l] = len(c.steps) }
func (c *coder) emit(i bpf.Instruction) { c.steps = append(c.steps, step{plain: i}) }

func (c *coder) jump(cond bpf.JumpTest, k uint32, yes, no label) {
	c.steps = append(c.steps, step{cond: cond, k: k, yes: yes, no: no})
}

// load puts size bytes at off of the frame, as it will be seen, into A. Memory
// 14 is used.
func (c *coder) load(off uint32, size int) {
	switch {
	case !c.stripped || off+uint32(size) <= 12:
		c.emit(bpf.LoadAbsolute{Off: off, Size: size})
	case off >= 16:
		c.emit(bpf.LoadAbsolute{Off: off - 4, Size: size})
	case off == 12 && size == 2:
		c.emit(bpf.LoadExtension{Num: bpf.ExtVLANProto})
	case off == 14 && size == 2:
		c.emit(bpf.LoadExtension{Num: bpf.ExtVLANTag})
	default:
		for i := range uint32(size) {
			c.byteAt(off + i)
			if i > 0 {
				c.emit(bpf.TAX{})
				c.emit(bpf.LoadScratch{Dst: bpf.RegA, N: 14})
				c.emit(bpf.ALUOpConstant{Op: bpf.ALUOpShiftLeft, Val: 8})
				c.emit(bpf.ALUOpX{Op: bpf.ALUOpOr})
			}
			c.emit(bpf.StoreScratch{Src: bpf.RegA, N: 14})
		}
	}
}

func (c *coder) byteAt(off uint32) {
	if off < 12 || off >= 16 {
		c.load(off, 1)
		return
	}
	ext := bpf.ExtVLANProto
	if off >= 14 {
		ext = bpf.ExtVLANTag
	}
	c.emit(bpf.LoadExtension{Num: ext})
	if off%2 == 0 {
		c.emit(bpf.ALUOpConstant{Op: bpf.ALUOpShiftRight, Val: 8})
	} else {
		c.emit(bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 0xff})
	}
}

// real is where an offset lies that does not touch the tag.
func (c *coder) real(off uint32) uint32 {
	if c.stripped && off >= 16 {
		return off - 4
	}
	return off
}

// finish resolves the jumps. Conditions reach 255 instructions; where that is not
// enough, they jump over long jumps.
func (c *coder) finish() []bpf.Instruction {
	at := func(l label) int { return c.steps[c.places[l]].position }
	for again := true; again; {
		again = false
		n := 0
		for i := range c.steps {
			c.steps[i].position = n
			n++
			if c.steps[i].far {
				n += 2
			}
		}
		for i := range c.steps {
			s := &c.steps[i]
			if s.plain == nil && !s.far && (at(s.yes)-s.position > 255 || at(s.no)-s.position > 255) {
				s.far, again = true, true
			}
		}
	}
	var out []bpf.Instruction
	for i := range c.steps {
		s := &c.steps[i]
		switch {
		case s.plain != nil:
			out = append(out, s.plain)
			continue
		case s.far:
			out = append(out, s.condition(0, 1),
				bpf.Jump{Skip: uint32(at(s.yes) - s.position - 2)},
				bpf.Jump{Skip: uint32(at(s.no) - s.position - 3)})
		default:
			out = append(out, s.condition(at(s.yes)-s.position-1, at(s.no)-s.position-1))
		}
	}
	return out
}

func (s *step) condition(yes, no int) bpf.Instruction {
	if s.withX {
		return bpf.JumpIfX{Cond: s.cond, SkipTrue: uint8(yes), SkipFalse: uint8(no)}
	}
	return bpf.JumpIf{Cond: s.cond, Val: s.k, SkipTrue: uint8(yes), SkipFalse: uint8(no)}
}
