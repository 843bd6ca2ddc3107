package index_test

import (
	"slices"
	"testing"
)

// TestWaysBetweenFrames holds the ways from frame to frame against the lists of the frames
// of each connection, and the parts of messages against the messages.
func TestWaysBetweenFrames(t *testing.T) {
	for name, ix := range glanced(t) {
		t.Run(name, func(t *testing.T) {
			for _, c := range ix.Conns(nil) {
				l := ix.FramesOf(c.Conn, nil, 0)
				for i, n := range l {
					before, behind := uint32(0), uint32(0)
					if i > 0 {
						before = l[i-1]
					}
					if i+1 < len(l) {
						behind = l[i+1]
					}
					if got := ix.Previous(n); got != before {
						t.Errorf("the frame before %d is %d, got %d", n, before, got)
					}
					if got := ix.Next(n, ix.Frames()); got != behind {
						t.Errorf("the frame behind %d is %d, got %d", n, behind, got)
					}
					if behind > n+1 && ix.Next(n, behind-n-1) != 0 {
						t.Errorf("the frame behind %d is not among the next %d", n, behind-n-1)
					}
				}
			}
			for k := uint32(1); k <= ix.Messages(); k++ {
				m, _ := ix.Message(k)
				l := ix.Pieces(k, nil)
				if !slices.Contains(l, uint32(m.FirstFrame)) || l[len(l)-1] != uint32(m.Frame) {
					t.Errorf("message %d from frame %d to %d came in %v", k, m.FirstFrame, m.Frame, l)
				}
				if m.FirstFrame >= m.Frame {
					continue
				}
				got := ix.Continues(uint32(m.FirstFrame))
				if x, ok := ix.Message(got); !ok || x.Conn != m.Conn || x.Dir != m.Dir || x.FirstFrame > m.FirstFrame || x.Frame <= m.FirstFrame {
					t.Errorf("frame %d begins message %d; it is said to go on in %d", m.FirstFrame, k, got)
				}
			}
			if ix.Next(0, 1) != 0 || ix.Previous(0) != 0 || ix.Continues(0) != 0 || ix.Continues(ix.Frames()+1) != 0 || len(ix.Pieces(0, nil)) != 0 {
				t.Error("what is not there leads somewhere")
			}
			if _, ok := ix.Sequence(0); ok {
				t.Error("message 0 has a sequence number")
			}
		})
	}
}
