package pcaps_test

import (
	"bytes"
	"io"
	"testing"

	"plcscope/pcaps"
	"plcscope/pcaps/samples"
)

// whatIsRead holds a file's records, read one by one, to its frames.
func whatIsRead(t *testing.T, file []byte) {
	t.Helper()
	records, err := pcaps.NewRecords(file)
	if err != nil {
		return
	}
	c, err := pcaps.NewReader(bytes.NewReader(file), "x", pcaps.Options{})
	if err != nil {
		return
	}
	var b pcaps.Batch
	for {
		err := c.Next(&b)
		if err != nil {
			if err != io.EOF {
				t.Fatal(err)
			}
			return
		}
		for i := range b.Frames {
			f := &b.Frames[i]
			record := file[f.Offset:]
			data, length, need, err := records.Parse(record)
			if err != nil || need > len(record) || len(data) < len(f.Data) || !bytes.Equal(data[:len(f.Data)], f.Data) || length != f.Length {
				t.Fatalf("frame %d: %d bytes of %d, needs %d (%v); want %d of %d", f.Number, len(data), length, need, err, len(f.Data), f.Length)
			}
			for cut := range min(need, 64) {
				if data, _, more, err := records.Parse(record[:cut]); data != nil || more <= cut || err != nil {
					t.Fatalf("frame %d cut after %d bytes: needs %d (%v)", f.Number, cut, more, err)
				}
			}
			if data, _, _, _ := records.Parse(record[:need]); data == nil {
				t.Fatalf("frame %d: %d bytes are not enough", f.Number, need)
			}
		}
	}
}

func TestRecords(t *testing.T) {
	for _, name := range samples.Names() {
		whatIsRead(t, samples.Bytes(name))
	}
	if _, err := pcaps.NewRecords([]byte("PK\x03\x04")); err == nil {
		t.Error("an archive is a capture")
	}
}

func FuzzRecords(f *testing.F) {
	for _, name := range samples.Names() {
		b := samples.Bytes(name)
		f.Add(b[:min(len(b), 2000)])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		whatIsRead(t, b)
		for _, head := range []string{"\xa1\xb2\xc3\xd4", "\xd4\xc3\xb2\xa1", "\x0a\x0d\x0d\x0a"} {
			r, err := pcaps.NewRecords([]byte(head))
			if err != nil {
				t.Fatal(err)
			}
			if data, _, need, err := r.Parse(b); err == nil && data != nil && (need > len(b) || len(data) > need) || err == nil && data == nil && need <= len(b) {
				t.Fatalf("%d bytes of %d, needs %d", len(data), len(b), need)
			}
		}
	})
}
