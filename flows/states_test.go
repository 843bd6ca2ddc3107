package flows_test

import (
	"testing"

	"plcscope/flows"
)

type state struct {
	name   string
	buffer []byte
}

var stateSlot = flows.NewSlot()

func TestStates(t *testing.T) {
	states := flows.NewStates[state](stateSlot)
	var a, b, c flows.Connection
	if x := states.Get(&a); x != nil {
		t.Fatalf("a connection that was never met has the state %+v", x)
	}
	x, y := states.Add(&a), states.Add(&b)
	x.name, x.buffer = "a", make([]byte, 0, 64)
	y.name = "b"
	if got := states.Get(&a); got != x || got.name != "a" {
		t.Errorf("the state of a is %+v", got)
	}
	if got := states.Get(&b); got != y || got.name != "b" {
		t.Errorf("the state of b is %+v", got)
	}

	*x = state{buffer: x.buffer[:0]}
	states.Free(x)
	if z := states.Add(&c); z != x || z.name != "" || cap(z.buffer) != 64 {
		t.Errorf("the state of c is %+v, want what a has left", z)
	}
	if z := states.Add(new(flows.Connection)); z == x || z == y || z.buffer != nil {
		t.Errorf("a state of two connections: %+v", z)
	}
}

// What a burst of connections leaves is kept within bounds.
func TestStatesAreBounded(t *testing.T) {
	states := flows.NewStates[state](stateSlot)
	const burst = 100_000
	freed := map[*state]bool{}
	for range burst {
		freed[new(state)] = true
	}
	for x := range freed {
		states.Free(x)
	}
	kept := 0
	var c flows.Connection
	for range burst {
		if freed[states.Add(&c)] {
			kept++
		}
	}
	if kept == 0 || kept > burst/10 {
		t.Errorf("%d of %d states were kept", kept, burst)
	}
}

func TestStatesAllocateNothing(t *testing.T) {
	states := flows.NewStates[state](stateSlot)
	var c flows.Connection
	states.Free(states.Add(&c))
	n := testing.AllocsPerRun(100, func() {
		x := states.Add(&c)
		x.buffer = append(x.buffer[:0], "bytes"...)
		states.Free(states.Get(&c))
	})
	if n != 0 {
		t.Errorf("%v allocations a connection", n)
	}
}
