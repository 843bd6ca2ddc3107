package write

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Limits say when a Ring begins the next file and how many it keeps. What is 0 limits
// nothing.
type Limits struct {
	Bytes    int64  // as they lie on disk
	Duration int64  // nanoseconds since the first frame of the file
	Interval int64  // nanoseconds: a file ends where the time is a multiple of it
	Packets  uint64 // in one file
	Files    int    // kept, the one that is being written among them
}

// several reports whether there is more than one file.
func (l *Limits) several() bool {
	return l.Bytes > 0 || l.Duration > 0 || l.Interval > 0 || l.Packets > 0
}

// Set adds a limit as the flag -b of tshark has it: filesize:KB (of 1000 bytes),
// duration:SECONDS, interval:SECONDS, packets:COUNT or files:COUNT.
func (l *Limits) Set(text string) error {
	key, value, ok := strings.Cut(text, ":")
	if !ok {
		return fmt.Errorf("limit %q has no value: write it as in duration:3600", text)
	}
	var err error
	switch key {
	case "filesize":
		l.Bytes, err = whole(text, value, math.MaxInt64/1000)
		l.Bytes *= 1000
	case "duration":
		l.Duration, err = seconds(text, value)
	case "interval":
		l.Interval, err = seconds(text, value)
	case "packets":
		var n int64
		n, err = whole(text, value, math.MaxInt64)
		l.Packets = uint64(n)
	case "files":
		var n int64
		n, err = whole(text, value, maxFiles)
		l.Files = int(n)
	default:
		return fmt.Errorf("limit %q is not known; filesize, duration, interval, packets and files are", key)
	}
	return err
}

// maxFiles is as many as tshark keeps.
const maxFiles = 99_999

func whole(text, value string, most int64) (int64, error) {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < 1 || n > most {
		return 0, fmt.Errorf("limit %q: %q is not a number from 1 to %d", text, value, most)
	}
	return n, nil
}

func seconds(text, value string) (int64, error) {
	s, err := strconv.ParseFloat(value, 64)
	if err != nil || !(s >= 1e-9 && s <= 1e9) {
		return 0, fmt.Errorf("limit %q: %q is not a number of seconds", text, value)
	}
	return int64(s * 1e9), nil
}
