//go:build !unix

package outlet

import "errors"

// Syslog is not there on this system.
type Syslog struct{ Sink }

// NewSyslog reports that there is none.
func NewSyslog(string) (*Syslog, error) {
	return nil, errors.New("this system has no syslog")
}
