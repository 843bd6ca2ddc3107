package pcaps

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

// Records reads single records of a plain capture file again, from the offsets that
// Frame.Offset told when the file was read. The zero value is of no use.
type Records struct {
	ng   bool
	swap bool // pcap: the file is big-endian
}

// RecordHead is how many bytes of a file NewRecords looks at.
const RecordHead = 4

// RecordOverhead is the most bytes that stand before the data of a frame in its record.
const RecordOverhead = 8 + enhancedFixed

// errNoRecord is what a file that has changed since may lead to.
var errNoRecord = errors.New("no frame begins here: the file has changed since it was read")

// NewRecords tells the format of a file by its first bytes.
func NewRecords(head []byte) (Records, error) {
	switch {
	case isPcap(head):
		return Records{swap: head[0] == 0xa1}, nil
	case len(head) >= 4 && binary.LittleEndian.Uint32(head) == blockSection:
		return Records{ng: true}, nil
	}
	return Records{}, errNoRecord
}

// Parse finds the frame in the record that b begins with: the bytes that were captured of
// it, borrowed from b, and how many it had on the wire. When b holds less than the
// record up to the end of the data, data is nil and need says how much that is.
// Of a simple packet block, data may end in up to three bytes of padding.
func (r Records) Parse(b []byte) (data []byte, length uint32, need int, err error) {
	if !r.ng {
		if len(b) < pcapRecordLen {
			return nil, 0, pcapRecordLen, nil
		}
		n, length := binary.LittleEndian.Uint32(b[8:]), binary.LittleEndian.Uint32(b[12:])
		if r.swap {
			n, length = bits.ReverseBytes32(n), bits.ReverseBytes32(length)
		}
		return cutRecord(b, pcapRecordLen, n, length)
	}
	if len(b) < RecordOverhead {
		return nil, 0, RecordOverhead, nil
	}
	var order binary.ByteOrder = binary.LittleEndian
	if b[0] == 0 { // no type of a packet block has an upper byte
		order = binary.BigEndian
	}
	switch order.Uint32(b) {
	case blockEnhanced, blockPacket:
		return cutRecord(b, RecordOverhead, order.Uint32(b[20:]), order.Uint32(b[24:]))
	case blockSimple:
		total, length := order.Uint32(b[4:]), order.Uint32(b[8:])
		if total < blockOverhead+4 {
			return nil, 0, 0, errNoRecord
		}
		return cutRecord(b, 12, min(length, total-blockOverhead-4), length)
	}
	return nil, 0, 0, errNoRecord
}

// cutRecord takes n bytes behind a header of size bytes.
func cutRecord(b []byte, size int, n, length uint32) ([]byte, uint32, int, error) {
	if n > 1<<30 {
		return nil, 0, 0, fmt.Errorf("record says %d bytes: %w", n, errNoRecord)
	}
	end := size + int(n)
	if end > len(b) {
		return nil, 0, end, nil
	}
	return b[size:end:end], length, end, nil
}
