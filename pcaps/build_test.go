package pcaps

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// endian is both ways of writing numbers that the formats know.
type endian interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

// pcapHead is a pcap file header.
func pcapHead(o endian, magic uint32, snap, link uint32) []byte {
	b := o.AppendUint32(nil, magic)
	b = o.AppendUint16(b, 2)
	b = o.AppendUint16(b, 4)
	b = append(b, make([]byte, 8)...)
	b = o.AppendUint32(b, snap)
	return o.AppendUint32(b, link)
}

// record is a pcap record.
func record(o endian, sec, frac, wire uint32, data string) []byte {
	b := o.AppendUint32(nil, sec)
	b = o.AppendUint32(b, frac)
	b = o.AppendUint32(b, uint32(len(data)))
	b = o.AppendUint32(b, wire)
	return append(b, data...)
}

// block is a pcapng block around a body of several parts.
func block(o endian, kind uint32, body ...[]byte) []byte {
	all := bytes.Join(body, nil)
	all = append(all, make([]byte, -len(all)&3)...)
	b := o.AppendUint32(nil, kind)
	b = o.AppendUint32(b, uint32(len(all)+12))
	b = append(b, all...)
	return o.AppendUint32(b, uint32(len(all)+12))
}

// u packs numbers: each is uint8, uint16, uint32, uint64, a string or bytes.
func u(o endian, values ...any) []byte {
	var b []byte
	for _, v := range values {
		switch v := v.(type) {
		case uint8:
			b = append(b, v)
		case uint16:
			b = o.AppendUint16(b, v)
		case uint32:
			b = o.AppendUint32(b, v)
		case uint64:
			b = o.AppendUint64(b, v)
		case string:
			b = append(b, v...)
		case []byte:
			b = append(b, v...)
		default:
			panic("a number of what width?")
		}
	}
	return b
}

// option is a pcapng option.
func option(o endian, code uint16, value []byte) []byte {
	b := u(o, code, uint16(len(value)), value)
	return append(b, make([]byte, -len(b)&3)...)
}

func section(o endian, options ...[]byte) []byte {
	return block(o, blockSection, u(o, uint32(byteOrderMagic), uint16(1), uint16(0), ^uint64(0)), bytes.Join(options, nil))
}

func iface(o endian, link uint16, snap uint32, options ...[]byte) []byte {
	return block(o, blockInterface, u(o, link, uint16(0), snap), bytes.Join(options, nil))
}

func enhanced(o endian, iface uint32, stamp uint64, wire uint32, data string, options ...[]byte) []byte {
	padded := data + string(make([]byte, -len(data)&3))
	return block(o, blockEnhanced, u(o, iface, uint32(stamp>>32), uint32(stamp), uint32(len(data)), wire, padded), bytes.Join(options, nil))
}

func gz(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write(b)
	w.Close()
	return out.Bytes()
}

func zst(b []byte) []byte {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		panic(err)
	}
	defer w.Close()
	return w.EncodeAll(b, nil)
}

// generated is a pcap file of n frames of up to most bytes.
func generated(t testing.TB, n, most int) (file []byte, frames []Frame) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	w := NewWriter(&b, LinkEthernet)
	for i := range n {
		data := make([]byte, r.IntN(most+1))
		for j := range data {
			data[j] = byte(r.Uint32())
		}
		f := Frame{
			Number: uint64(i) + 1, Time: 1700000000e9 + int64(i)*1001, Length: uint32(len(data) + i%3),
			Link: LinkEthernet, Data: data, Offset: int64(b.Len() + len(w.buf)),
		}
		if err := w.WriteFrame(&f); err != nil {
			t.Fatal(err)
		}
		frames = append(frames, f)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), frames
}

// read reads a whole file from memory.
func read(t testing.TB, file []byte) ([]Frame, *Capture) {
	t.Helper()
	c, err := NewReader(bytes.NewReader(file), "test", Options{})
	if err != nil {
		t.Fatal(err)
	}
	return readAll(t, c), c
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
