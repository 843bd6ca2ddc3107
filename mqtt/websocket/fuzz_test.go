package websocket

import (
	"bytes"
	"errors"
	"testing"
)

// FuzzHeader holds that a header is what Append writes of it, whatever follows,
// and that every prefix of it is short.
func FuzzHeader(f *testing.F) {
	for _, s := range []string{"\x82\x02\xc0\x00", "\x81\x85\x01\x02\x03\x04", "\x42\x7e\x01\x00", "\x89\x00",
		"\x82\xff\x00\x00\x00\x00\x00\x01\x00\x00\x01\x02\x03\x04", "\x82\x7e\x00\x7d"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var h, again Header
		err := h.Parse(b)
		if err != nil {
			if !errors.Is(err, ErrFrame) && (!errors.Is(err, ErrShort) || len(b) >= MaxHeader) {
				t.Fatalf("%d bytes: %v", len(b), err)
			}
			return
		}
		if got := h.Append(nil); !bytes.Equal(got, b[:h.Size]) {
			t.Fatalf("% x was read from % x", got, b[:h.Size])
		}
		for i := range h.Size {
			if err := again.Parse(b[:i]); !errors.Is(err, ErrShort) {
				t.Fatalf("%d of %d bytes: %v", i, h.Size, err)
			}
		}
		rest := b[h.Size:]
		if got := h.Unmask(nil, h.Unmask(nil, rest, 5), 5); !bytes.Equal(got, rest) {
			t.Fatalf("masked twice: % x, not % x", got, rest)
		}
	})
}

// FuzzHead holds that a head is the same however much follows it, that its parts
// lie in it, and that nothing shorter is a head.
func FuzzHead(f *testing.F) {
	f.Add([]byte(request), 60)
	f.Add([]byte(response), 20)
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"), 17)
	f.Add([]byte("GET / HTTP/1.1\r\nsec-websocket-protocol:,,a\r\n\r\n"), 3)
	f.Fuzz(func(t *testing.T, b []byte, cut int) {
		var h, again Head
		if err := h.Parse(b); err != nil {
			if errors.Is(err, ErrShort) && len(b) >= MaxHead {
				t.Fatalf("%d bytes and no end", len(b))
			}
			return
		}
		if h.Size > len(b) || h.Size > MaxHead || len(h.Protocols) > maxProtocols {
			t.Fatalf("%d bytes of %d, %d protocols", h.Size, len(b), len(h.Protocols))
		}
		if h.Upgrade && !h.Request && h.Status != 101 {
			t.Fatalf("upgrade by status %d", h.Status)
		}
		for _, p := range h.Protocols {
			if len(p) == 0 || !bytes.Contains(b[:h.Size], p) || bytes.ContainsAny(p, ",\n") {
				t.Fatalf("protocol %q", p)
			}
		}
		if err := again.Parse(b[:h.Size]); err != nil || again.Size != h.Size || again.Upgrade != h.Upgrade {
			t.Fatalf("alone: %v, %+v", err, again)
		}
		if cut = max(cut, -cut) % h.Size; cut >= 0 {
			if err := again.Parse(b[:cut]); !errors.Is(err, ErrShort) {
				t.Fatalf("%d of %d bytes: %v", cut, h.Size, err)
			}
		}
	})
}
