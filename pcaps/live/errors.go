package live

import "errors"

// ErrRights is in the error of Open when the system does not let this program
// capture, ErrLibrary when it would with Npcap, which Windows lacks. ErrUnsupported is
// in it when this build cannot capture at all.
var (
	ErrRights      = errors.New("no right to capture")
	ErrLibrary     = errors.New("capturing needs Npcap, which is not installed; install it from https://npcap.com, or capture elsewhere and read the file")
	ErrUnsupported = errors.New("this build of plcscope cannot capture on this system; build it with cgo and -tags libpcap, or capture with Wireshark or dumpcap and read the file")
)
