package filter

import "golang.org/x/net/bpf"

// test is a condition on a frame: code that goes on at yes or at no, which lie
// behind it.
type test interface {
	code(c *coder, yes, no label)
}

type (
	both   struct{ a, b test }
	either struct{ a, b test }
	not    struct{ a test }
	always bool

	// field compares bytes at a fixed place, masked, with a number.
	field struct {
		off       uint32
		size      int
		mask      uint32 // 0 for all bits
		cond      bpf.JumpTest
		k         uint32
		transport uint32 // when not 0: off counts behind the IPv4 header, which begins here; 1 + its offset
	}
	protocol struct{ k uint32 } // what the kernel says that a packet without link header is

	// relation compares two values. What they read must be there.
	relation struct {
		guard       test
		cond        bpf.JumpTest
		left, right value
	}
)

func (t both) code(c *coder, yes, no label) {
	next := c.label()
	t.a.code(c, next, no)
	c.here(next)
	t.b.code(c, yes, no)
}

func (t either) code(c *coder, yes, no label) {
	next := c.label()
	t.a.code(c, yes, next)
	c.here(next)
	t.b.code(c, yes, no)
}

func (t not) code(c *coder, yes, no label) { t.a.code(c, no, yes) }

func (t always) code(c *coder, yes, no label) {
	to := yes
	if !t {
		to = no
	}
	c.jump(bpf.JumpEqual, 0, to, to)
}

func (t field) code(c *coder, yes, no label) {
	if t.transport != 0 {
		l3 := c.real(t.transport - 1)
		c.emit(bpf.LoadMemShift{Off: l3})
		c.emit(bpf.LoadIndirect{Off: l3 + t.off, Size: t.size})
	} else {
		c.load(t.off, t.size)
	}
	if t.mask != 0 {
		c.emit(bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: t.mask})
	}
	c.jump(t.cond, t.k, yes, no)
}

func (t protocol) code(c *coder, yes, no label) {
	c.emit(bpf.LoadExtension{Num: bpf.ExtProto})
	c.jump(bpf.JumpEqual, t.k, yes, no)
}

func (t relation) code(c *coder, yes, no label) {
	if t.guard != nil {
		next := c.label()
		t.guard.code(c, next, no)
		c.here(next)
	}
	t.right.code(c, 0)
	c.emit(bpf.StoreScratch{Src: bpf.RegA, N: 0})
	t.left.code(c, 1)
	c.emit(bpf.LoadScratch{Dst: bpf.RegX, N: 0})
	c.steps = append(c.steps, step{cond: t.cond, withX: true, yes: yes, no: no})
}

func all(tests ...test) test { return fold(tests, func(a, b test) test { return both{a, b} }) }
func one(tests ...test) test { return fold(tests, func(a, b test) test { return either{a, b} }) }

func fold(tests []test, f func(a, b test) test) test {
	t := tests[0]
	for _, x := range tests[1:] {
		t = f(t, x)
	}
	return t
}

// value is arithmetic: code that leaves its result in A. Memory below depth is in use.
type value interface {
	code(c *coder, depth int)
}

// maxDepth is how deep arithmetic may nest: memory 14 is kept for load, 13 for loads
// at computed places.
const maxDepth = 12

type (
	number      uint32
	length      struct{}
	calculation struct {
		op   bpf.ALUOp
		a, b value
	}
	// bytesAt reads bytes at a place in a header that begins at base, or for
	// transport behind the IPv4 header that does.
	bytesAt struct {
		base      uint32
		transport bool
		index     value
		size      int
	}
)

func (v number) code(c *coder, _ int) { c.emit(bpf.LoadConstant{Dst: bpf.RegA, Val: uint32(v)}) }

func (length) code(c *coder, _ int) {
	c.emit(bpf.LoadExtension{Num: bpf.ExtLen})
	if c.stripped {
		c.emit(bpf.ALUOpConstant{Op: bpf.ALUOpAdd, Val: 4})
	}
}

func (v calculation) code(c *coder, depth int) {
	v.b.code(c, depth)
	c.emit(bpf.StoreScratch{Src: bpf.RegA, N: depth})
	v.a.code(c, depth+1)
	c.emit(bpf.LoadScratch{Dst: bpf.RegX, N: depth})
	c.emit(bpf.ALUOpX{Op: v.op})
}

func (v bytesAt) code(c *coder, depth int) {
	if n, ok := v.index.(number); ok && !v.transport {
		c.load(v.base+uint32(n), v.size)
		return
	}
	v.index.code(c, depth)
	if v.transport {
		c.emit(bpf.StoreScratch{Src: bpf.RegA, N: 13})
		c.emit(bpf.LoadMemShift{Off: c.real(v.base)})
		c.emit(bpf.LoadScratch{Dst: bpf.RegA, N: 13})
		c.emit(bpf.ALUOpX{Op: bpf.ALUOpAdd})
	}
	c.emit(bpf.TAX{})
	c.emit(bpf.LoadIndirect{Off: c.real(v.base), Size: v.size})
}

func depthOf(v value) int {
	switch v := v.(type) {
	case calculation:
		return max(depthOf(v.b), 1+depthOf(v.a))
	case bytesAt:
		return depthOf(v.index)
	}
	return 0
}
