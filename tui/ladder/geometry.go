package ladder

import "iter"

// geometry is which part of a line has how many columns, at the present width.
type geometry struct {
	time, marks, diagram, latency, rule int
	step                                int // between two endpoints
	pinned                              int // servers that stay on the right while the others scroll
	edge                                int // column behind which the others are not drawn
	text                                int // where captions stand beside the diagram; 0: on the arrows
}

const (
	marksWidth   = 3
	latencyWidth = 8
	ruleWidth    = 28
	ruleFrom     = 110 // columns of the screen, from which on there is room for rules
	leastFitting = 18  // between two endpoints
	leastNarrow  = 12
	mostNarrow   = 24
)

func (v *view) geometry(width int) geometry {
	g := geometry{time: v.d.Words().TimeWidth(), marks: marksWidth, latency: latencyWidth}
	if width >= ruleFrom {
		g.rule = ruleWidth
		width -= ruleWidth + 1
	}
	g.diagram = max(width-g.time-g.marks-g.latency-3, 1)
	spans := max(len(v.script.lanes.list)-1, 1)
	if !v.narrow {
		if g.step = (g.diagram - 3) / spans; g.step < leastFitting {
			g.step = max(min(leastFitting, g.diagram-3), 1)
			g.pin(v.script.lanes.list)
		}
		return g
	}
	g.step = max(min(max(g.diagram/2/spans, leastNarrow), mostNarrow), 1)
	if g.text = spans*g.step + 5; g.text > g.diagram-10 {
		g.text = 0
	}
	if spans*g.step >= g.diagram {
		g.pin(v.script.lanes.list)
	}
	return g
}

// room is how many columns arrows have from endpoints that are not on the screen.
const room = 26

// pin keeps one server or two on the screen, which most of the arrows go to.
func (g *geometry) pin(list []lane) {
	for i := len(list) - 1; i >= 0 && list[i].side() == 2; i-- {
		g.pinned++
	}
	g.edge = g.diagram - 2 - (g.pinned-1)*g.step - room
	if g.pinned > 2 || g.edge < 1 {
		g.pinned = 0
	}
}

// x is the column of an endpoint in the diagram, and whether it is on the screen.
func (v *view) x(g *geometry, lane int) (int, bool) {
	x, n := 1+(lane-v.left)*g.step, len(v.script.lanes.list)
	switch {
	case g.pinned == 0:
		return x, x >= 0 && x < g.diagram
	case lane >= n-g.pinned:
		return g.diagram - 2 - (n-1-lane)*g.step, true
	case x > g.edge:
		return g.edge + 2, false
	}
	return x, x >= 0
}

// visible are the endpoints on the screen, and their columns.
func (v *view) visible(g *geometry) iter.Seq2[int, int] {
	return func(yield func(lane, x int) bool) {
		all, shown := v.columns(g)
		for n := v.left; n < min(v.left+shown, all); n++ {
			if x, ok := v.x(g, n); ok && !yield(n, x) {
				return
			}
		}
		for n := all; n < len(v.script.lanes.list); n++ {
			if x, _ := v.x(g, n); !yield(n, x) {
				return
			}
		}
	}
}

// columns is how many endpoints scroll, and how many of these are on the screen.
func (v *view) columns(g *geometry) (all, shown int) {
	all = len(v.script.lanes.list) - g.pinned
	if g.pinned == 0 {
		return all, 1 + max(g.diagram-3, 0)/g.step
	}
	return all, 1 + (g.edge-1)/g.step
}
