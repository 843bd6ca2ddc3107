package websocket

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHeader(t *testing.T) {
	key := [4]byte{1, 2, 3, 4}
	for _, tt := range []struct {
		name string
		in   string
		want Header
		err  error
	}{
		{"binary of a server", "\x82\x02", Header{Fin: true, Opcode: Binary, Length: 2, Size: 2}, nil},
		{"masked text", "\x81\x85\x01\x02\x03\x04", Header{Fin: true, Opcode: Text, Masked: true, Key: key, Length: 5, Size: 6}, nil},
		{"first fragment, compressed", "\x42\x7e\x01\x00", Header{RSV: Compressed, Opcode: Binary, Length: 256, Size: 4}, nil},
		{"65536 bytes", "\x82\xff\x00\x00\x00\x00\x00\x01\x00\x00\x01\x02\x03\x04", Header{Fin: true, Opcode: Binary, Masked: true, Key: key, Length: 65536, Size: 14}, nil},
		{"longest ping", "\x89\x7d", Header{Fin: true, Opcode: Ping, Length: 125, Size: 2}, nil},
		{"nothing", "", Header{}, ErrShort},
		{"no length", "\x82", Header{}, ErrShort},
		{"no key", "\x82\x85\x01\x02\x03", Header{}, ErrShort},
		{"half a length", "\x82\x7f\x00\x00\x00\x00\x00\x01\x00", Header{}, ErrShort},
		{"opcode 3", "\x83\x00", Header{}, ErrFrame},
		{"opcode 11", "\x8b\x00", Header{}, ErrFrame},
		{"fragmented close", "\x08\x00", Header{}, ErrFrame},
		{"long ping", "\x89\x7e\x00\x7e", Header{}, ErrFrame},
		{"125 in two bytes", "\x82\x7e\x00\x7d", Header{}, ErrFrame},
		{"65535 in eight", "\x82\x7f\x00\x00\x00\x00\x00\x00\xff\xff", Header{}, ErrFrame},
		{"highest bit", "\x82\x7f\x80\x00\x00\x00\x00\x01\x00\x00", Header{}, ErrFrame},
	} {
		var h Header
		err := h.Parse([]byte(tt.in))
		if !errors.Is(err, tt.err) {
			t.Errorf("%s: error %v, want %v", tt.name, err, tt.err)
		}
		if err == nil {
			if d := cmp.Diff(tt.want, h); d != "" {
				t.Errorf("%s: (-want +got)\n%s", tt.name, d)
			}
		}
	}
}

// TestUnmask takes the example of RFC 6455 5.7 and cuts a longer one anywhere.
func TestUnmask(t *testing.T) {
	h := Header{Masked: true, Key: [4]byte{0x37, 0xfa, 0x21, 0x3d}}
	if got := h.Unmask(nil, []byte("\x7f\x9f\x4d\x51\x58"), 0); string(got) != "Hello" {
		t.Errorf("%q", got)
	}
	long := []byte(strings.Repeat("plant/3/level", 9))
	masked := h.Unmask(nil, long, 0)
	for i := range long {
		if got := h.Unmask(h.Unmask([]byte{}, masked[:i], 0), masked[i:], uint64(i)); !bytes.Equal(got, long) {
			t.Fatalf("cut at %d: %q", i, got)
		}
	}
}

const request = "GET /mqtt HTTP/1.1\r\nHost: broker:9001\r\nupgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n" +
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" +
	"Sec-WebSocket-Protocol: mqtt, mqttv3.1\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n"

const response = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
	"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"

func TestHead(t *testing.T) {
	list := func(l ...string) (out [][]byte) {
		for _, s := range l {
			out = append(out, []byte(s))
		}
		return out
	}
	for _, tt := range []struct {
		name, in string
		want     Head
		err      error
	}{
		{"request", request + "\x82", Head{Request: true, Target: []byte("/mqtt"), Upgrade: true, Protocols: list("mqtt", "mqttv3.1"), Deflate: true, Size: len(request)}, nil},
		{"response", response, Head{Status: 101, Upgrade: true, Protocols: list("mqtt"), Size: len(response)}, nil},
		{"a page", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", Head{Request: true, Target: []byte("/"), Size: 27}, nil},
		{"refused", "HTTP/1.1 404 Not Found\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n", Head{Status: 404, Size: 67}, nil},
		{"no reason phrase", "HTTP/1.1 101\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n", Head{Status: 101, Upgrade: true, Size: 57}, nil},
		{"two lines of protocols", "GET /a HTTP/1.1\r\nSec-WebSocket-Protocol: a,\r\nSec-WebSocket-Protocol: b\r\n\r\n", Head{Request: true, Target: []byte("/a"), Protocols: list("a", "b"), Size: 74}, nil},
		{"cut", request[:100], Head{}, ErrShort},
		{"G", "G", Head{}, ErrShort},
		{"POST", "POST / HTTP/1.1\r\n\r\n", Head{}, ErrHead},
		{"HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", Head{}, ErrHead},
		{"no colon", "GET / HTTP/1.1\r\nHost\r\n\r\n", Head{}, ErrHead},
		{"bare line feed", "GET / HTTP/1.1\r\nSec-WebSocket-Protocol: a,\nb\r\n\r\n", Head{}, ErrHead},
		{"status 42", "HTTP/1.1 42 x\r\n\r\n", Head{}, ErrHead},
		{"too long", "GET / HTTP/1.1\r\nX: " + strings.Repeat("x", MaxHead), Head{}, ErrHead},
	} {
		var h Head
		err := h.Parse([]byte(tt.in))
		if !errors.Is(err, tt.err) {
			t.Errorf("%s: error %v, want %v", tt.name, err, tt.err)
		}
		if err == nil {
			if d := cmp.Diff(tt.want, h); d != "" {
				t.Errorf("%s: (-want +got)\n%s", tt.name, d)
			}
		}
	}
}

func TestManyProtocolsAreCounted(t *testing.T) {
	var h Head
	if err := h.Parse([]byte("GET / HTTP/1.1\r\nSec-WebSocket-Protocol: " + strings.Repeat("a,", 1000) + "\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	if len(h.Protocols) != maxProtocols || !h.More {
		t.Errorf("%d protocols, more: %t", len(h.Protocols), h.More)
	}
}
