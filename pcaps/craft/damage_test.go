package craft

import (
	"testing"

	"plcscope/pcaps"
)

// TestDamagesLeaveTheCaptureAlone holds damages to making captures of their own, each
// of them another than the one before it.
func TestDamagesLeaveTheCaptureAlone(t *testing.T) {
	c := Connection("10.0.0.5:2000", "10.0.0.1:1883")
	c.Client([]byte("\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00")).Server([]byte{0x20, 2, 0, 0}).Client([]byte{0xE0, 0}).FIN(true)
	frames := c.Frames()
	before := string(Bytes(frames))
	for _, d := range Damages() {
		captures := 0
		d.Each(frames, func(changed []pcaps.Frame) {
			captures++
			if len(changed) > 3*len(frames)+30 {
				t.Errorf("%s: %d frames of %d", d.Name, len(changed), len(frames))
			}
		})
		if captures < 2 {
			t.Errorf("%s makes %d captures", d.Name, captures)
		}
		if string(Bytes(frames)) != before {
			t.Fatalf("%s changes the capture that it is given", d.Name)
		}
	}
}
