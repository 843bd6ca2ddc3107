package filter

import (
	"cmp"
	"math/bits"
)

// number is a whole number of 64 bits and a sign: fields are unsigned, what a filter
// computes from them need not be.
type number struct {
	mag uint64
	neg bool // never for 0
}

func signed(neg bool, mag uint64) number { return number{mag, neg && mag != 0} }

func (a number) compare(b number) int {
	switch {
	case a.neg != b.neg:
		if a.neg {
			return -1
		}
		return 1
	case a.neg:
		return cmp.Compare(b.mag, a.mag)
	}
	return cmp.Compare(a.mag, b.mag)
}

func (a number) negated() number { return signed(!a.neg, a.mag) }

// add saturates: a sum that does not fit is larger than all that do.
func (a number) add(b number) number {
	if a.neg == b.neg {
		sum, carry := bits.Add64(a.mag, b.mag, 0)
		if carry != 0 {
			sum = ^uint64(0)
		}
		return signed(a.neg, sum)
	}
	if a.mag >= b.mag {
		return signed(a.neg, a.mag-b.mag)
	}
	return signed(b.neg, b.mag-a.mag)
}

func (a number) times(b number) number {
	hi, lo := bits.Mul64(a.mag, b.mag)
	if hi != 0 {
		lo = ^uint64(0)
	}
	return signed(a.neg != b.neg, lo)
}

// over divides towards zero; ok is false for a division by zero.
func (a number) over(b number) (n number, ok bool) {
	if b.mag == 0 {
		return number{}, false
	}
	return signed(a.neg != b.neg, a.mag/b.mag), true
}

// modulo has the sign of a; ok is false for a division by zero.
func (a number) modulo(b number) (n number, ok bool) {
	if b.mag == 0 {
		return number{}, false
	}
	return signed(a.neg, a.mag%b.mag), true
}
