package replay

import (
	"errors"
	"fmt"
	"strings"
)

var (
	// ErrRights is in the error of Open when the system does not let this program send.
	ErrRights = errors.New("no right to send frames")
	// ErrUnsupported is in it when this build cannot send at all.
	ErrUnsupported = errors.New("this build of plcscope cannot send frames on this system")
)

// Counts are what has become of the frames given to a Sender.
type Counts struct {
	Sent, Bytes uint64
	Cut         uint64 // left out: the capture does not hold all of it
	Strange     uint64 // left out: no Ethernet frame
	Long        uint64 // left out: longer than the interface takes
	Refused     uint64 // given up: the interface was busy for too long, or has no link
}

// Left is how many frames were not sent.
func (c *Counts) Left() uint64 { return c.Cut + c.Strange + c.Long + c.Refused }

// String says why frames were not sent; "" when all were.
func (c *Counts) String() string {
	var l []string
	for _, x := range []struct {
		n   uint64
		why string
	}{
		{c.Cut, "cut by the snap length"}, {c.Strange, "no Ethernet"}, {c.Long, "longer than the interface takes"}, {c.Refused, "refused by an interface that is busy or has no link"},
	} {
		if x.n > 0 {
			l = append(l, fmt.Sprintf("%d %s", x.n, x.why))
		}
	}
	return strings.Join(l, ", ")
}
