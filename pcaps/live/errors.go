package live

import "errors"

// ErrRights is in the error of Open when the system does not let this program
// capture. ErrUnsupported is in it when this build cannot capture at all.
var (
	ErrRights      = errors.New("no right to capture")
	ErrUnsupported = errors.New("this build of plcscope cannot capture on this system; capture with Wireshark or dumpcap and read the file")
)
