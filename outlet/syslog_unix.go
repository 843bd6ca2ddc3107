//go:build unix

package outlet

import (
	"bytes"
	"log/syslog"
)

// Syslog writes lines to the system's log, with the facility for daemons.
type Syslog struct{ w *syslog.Writer }

// NewSyslog connects to the system's log.
func NewSyslog(tag string) (*Syslog, error) {
	w, err := syslog.New(syslog.LOG_DAEMON|syslog.LOG_INFO, tag)
	if err != nil {
		return nil, err
	}
	return &Syslog{w}, nil
}

// Deliver implements Sink.
func (s *Syslog) Deliver(items []Item) (int, error) {
	for i, x := range items {
		if _, err := s.w.Write(bytes.TrimSuffix(x.Line, []byte("\n"))); err != nil {
			return i, err
		}
	}
	return len(items), nil
}

// Close implements Sink.
func (s *Syslog) Close() error { return s.w.Close() }
