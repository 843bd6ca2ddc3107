package export

import (
	"fmt"
	"strings"
	"time"

	"plcscope/mqtt"
	"plcscope/s7comm"
)

// row is a line of a table.
type row interface {
	day() int64 // time by which it is put into a folder, nanoseconds since 1970
	size() int  // about how many bytes it takes
	own()       // copies what it has borrowed
}

// Stamp is a time in microseconds since 1970-01-01 UTC: what every engine can read. In
// JSON it is RFC 3339.
type Stamp int64

const stampLayout = "2006-01-02T15:04:05.000000Z07:00"

// MarshalText writes RFC 3339 in UTC.
func (s Stamp) MarshalText() ([]byte, error) {
	return time.UnixMicro(int64(s)).UTC().AppendFormat(nil, stampLayout), nil
}

// UnmarshalText reads it.
func (s *Stamp) UnmarshalText(b []byte) error {
	t, err := time.Parse(time.RFC3339Nano, string(b))
	*s = Stamp(t.UnixMicro())
	return err
}

// stamp makes a Stamp of nanoseconds. It rounds down, also before 1970.
func stamp(ns int64) Stamp {
	s := ns / 1000
	if ns%1000 < 0 {
		s--
	}
	return Stamp(s)
}

// At is when and where something was seen.
type At struct {
	Time   Stamp  `parquet:"time,timestamp(microsecond)" json:"time" doc:"capture time in UTC, to the microsecond"`
	TimeNs int64  `parquet:"time_ns,delta" json:"time_ns" doc:"the same in nanoseconds since 1970-01-01"`
	Tap    string `parquet:"tap,optional,dict" json:"tap,omitzero" doc:"where it was captured, as --tap names it"`
	File   string `parquet:"file,optional,dict" json:"file,omitzero" doc:"the capture file that holds the frame"`
	Frame  int64  `parquet:"frame,delta" json:"frame" doc:"number of the frame in the whole capture, from 1; of a message the one that completes it"`
}

func (a *At) day() int64 { return a.TimeNs }
func (a *At) own()       {}

// Link is the connection of a message.
type Link struct {
	Stream     int64  `parquet:"stream,delta" json:"stream" doc:"number of the TCP connection in the capture, tcp.stream of Wireshark"`
	Client     string `parquet:"client,dict" json:"client" doc:"IP address of the client"`
	ClientPort int32  `parquet:"client_port" json:"client_port" doc:"its TCP port"`
	Server     string `parquet:"server,dict" json:"server" doc:"IP address of the broker or controller"`
	ServerPort int32  `parquet:"server_port" json:"server_port" doc:"its TCP port"`
	FromClient bool   `parquet:"from_client" json:"from_client" doc:"whether the client sent it"`
}

// Shape is how a message came.
type Shape struct {
	Bytes           int64  `parquet:"bytes" json:"bytes" doc:"length of the message on the wire"`
	FirstFrame      int64  `parquet:"first_frame,delta" json:"first_frame" doc:"the frame that holds its first byte"`
	Missing         int64  `parquet:"missing,optional" json:"missing,omitzero" doc:"bytes at its end that the capture lacks or that were too many to keep"`
	Found           bool   `parquet:"found" json:"found" doc:"its start was recognised in the middle of a stream: plausible, not certain"`
	Malformed       string `parquet:"malformed,optional,dict" json:"malformed,omitzero" doc:"what is wrong with it; the columns behind the fault are null"`
	MalformedField  string `parquet:"malformed_field,optional,dict" json:"malformed_field,omitzero" doc:"the field at fault, under the name that Wireshark has for it"`
	MalformedAt     *int64 `parquet:"malformed_offset,optional" json:"malformed_offset,omitzero" doc:"where, in bytes from the start of the message"`
	MalformedClause string `parquet:"malformed_clause,optional,dict" json:"malformed_clause,omitzero" doc:"the clause that it breaks"`
}

// blame fills in what is wrong with a message.
func (s *Shape) blame(err error) {
	switch e := err.(type) {
	case nil:
		return
	case *mqtt.Malformed:
		s.Malformed, s.MalformedField, s.MalformedClause = e.Reason, e.Field, e.Clause
		if e.Need > 0 {
			s.Malformed += fmt.Sprintf(": it needs %d, %d are left", e.Need, e.Have)
		}
		s.MalformedAt = number(e.Offset)
	case *s7comm.Malformed:
		s.Malformed, s.MalformedField, s.MalformedClause = e.Reason, e.Field, e.Clause
		s.MalformedAt = number(e.Offset)
	default:
		s.Malformed = err.Error()
	}
}

// number is a value that may also be null.
func number[T ~int | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64](v T) *int64 {
	n := int64(v)
	return &n
}

// truth is one that is true or false.
func truth(v bool) *bool { return &v }

// text makes a string of bytes from the wire; what is no UTF-8 becomes U+FFFD.
func text(b []byte) string { return strings.ToValidUTF8(string(b), "\uFFFD") }
