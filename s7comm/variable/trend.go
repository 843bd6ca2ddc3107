package variable

import (
	"math"

	"plcscope/s7comm/datatype"
)

// Steps is how many steps a Trend has.
const Steps = 32

// Trend is how a variable went over the time from its first value to its last change, in
// steps of equal length. As time goes on, two steps become one, so that there are always
// between half of them and all.
type Trend struct {
	Start   int64 // when the first value was seen, nanoseconds since 1970-01-01 UTC
	Numeric bool  // the values are numbers: Base, Steps.Value, Low and High are valid
	Base    float64
	Low     float64 // the lowest value, also between the steps
	High    float64
	Steps   [Steps]Step

	shift uint8
}

// Step is a part of the time.
type Step struct {
	Changes uint32
	// Value is the last one of the step, less Base. Without Changes the value of the step
	// before holds.
	Value float32
}

// firstStep is the shift from nanoseconds to the steps of a short time: 2^27 ns or 0.13 s.
const firstStep = 27

// Width is the length of a step in nanoseconds.
func (t *Trend) Width() int64 { return 1 << t.shift }

// remember adds the value to the history.
func (e *record) remember(most int, at Sight) {
	if len(e.History) == cap(e.History) { // what was handed out lies there and stays
		kept := e.History[max(0, len(e.History)-most+1):]
		e.History = append(make([]Past, 0, min(4*len(kept)+1, 2*most)), kept...)
	}
	e.History = append(e.History, Past{e.Value, at})
	if n := len(e.History); n > most {
		e.History = e.History[n-most:]
	}
}

// chart adds the value to the trend, which begins with the second one.
func (e *record) chart(first bool, typ datatype.Type, raw []byte, at Sight) {
	n, ok := 0.0, false
	if typ != datatype.None {
		n, ok = typ.Number(raw)
		ok = ok && !math.IsNaN(n) && !math.IsInf(n, 0)
	}
	if first {
		e.number, e.numeric, e.known = n, ok, at.Time
		return
	}
	t := e.Trend
	if t == nil {
		t = &Trend{Start: e.known, Numeric: e.numeric, Base: e.number, Low: e.number, High: e.number, shift: firstStep}
		e.Trend = t
	}
	if t.Numeric && ok { // else the number before goes on
		e.number = n
		t.Low, t.High = min(t.Low, n), max(t.High, n)
	}
	s := t.step(at.Time)
	s.Changes++
	s.Value = float32(e.number - t.Base)
}

// step is the one of a time.
func (t *Trend) step(at int64) *Step {
	age := uint64(max(at-t.Start, 0))
	for age>>t.shift >= Steps {
		for i := range Steps / 2 {
			a, b := t.Steps[2*i], t.Steps[2*i+1]
			if b.Changes == 0 {
				b.Value = a.Value
			}
			t.Steps[i] = Step{a.Changes + b.Changes, b.Value}
		}
		clear(t.Steps[Steps/2:])
		t.shift++
	}
	return &t.Steps[age>>t.shift]
}

// Over spreads the trend over n columns from time from to time to, both in nanoseconds
// since 1970-01-01 UTC. Of each column it appends the value at its end, or the number of
// its changes when the trend is not Numeric, and NaN for columns before the first value.
func (t *Trend) Over(from, to int64, n int, list []float64) []float64 {
	if n <= 0 {
		return list
	}
	width := max(float64(to-from), 1) / float64(n)
	step, value, counted := 0, t.Base, 0.0
	for i := range n {
		end := from + int64(width*float64(i+1))
		counted = 0
		for ; step < Steps && (t.Start+int64(step)<<t.shift < end || i == n-1); step++ {
			s := &t.Steps[step]
			if s.Changes > 0 {
				value = t.Base + float64(s.Value)
				counted += float64(s.Changes)
			}
		}
		switch {
		case end <= t.Start && i < n-1:
			list = append(list, math.NaN())
		case t.Numeric:
			list = append(list, value)
		default:
			list = append(list, counted)
		}
	}
	return list
}
