package fingerprint

import "testing"

// Changing, adding or taking away any one byte changes the fingerprint, at every length
// around the borders of its steps, and so does what it goes on from.
func TestEveryByteCounts(t *testing.T) {
	for n := range 200 {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(i)
		}
		h := Of(0, b)
		if Of(1, b) == h {
			t.Errorf("%d bytes: the start does not count", n)
		}
		for i := range b {
			b[i] ^= 1
			if Of(0, b) == h {
				t.Errorf("%d bytes: byte %d does not count", n, i)
			}
			b[i] ^= 1
		}
		if Of(0, append(b, 0)) == h {
			t.Errorf("%d bytes: one more does not count", n)
		}
	}
}
