package pcaps

import "testing"

func TestBatchIsFilledFromOutside(t *testing.T) {
	var b Batch
	b.Reset(100)
	first, second := b.Add(60), b.Add(40)
	if first == nil || second == nil || b.Add(1) != nil {
		t.Fatal("100 bytes must take 60 and 40 and no more")
	}
	first.Data[59], second.Data[0] = 1, 2
	if b.Frames[0].Data[59] != 1 || len(b.Frames[1].Data) != 40 || cap(b.Frames[0].Data) != 60 {
		t.Error("frames do not lie side by side")
	}
	b.Reset(100)
	if f := b.Add(5000); f == nil || len(f.Data) != 5000 {
		t.Error("an empty batch must take a frame of any length")
	}
	if n := testing.AllocsPerRun(100, func() { b.Reset(100); b.Add(60); b.Add(40) }); n != 0 {
		t.Errorf("%v allocations on a buffer used again", n)
	}
}
