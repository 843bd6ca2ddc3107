package websocket

import (
	"bytes"
	"errors"
)

// Bounds of what is kept of an upgrade.
const (
	// MaxHead bounds the head of a request or a response, in bytes. Browsers
	// send cookies; servers refuse more than this.
	MaxHead = 16 << 10

	maxProtocols = 16 // subprotocols that a request names
)

// ErrHead means that the bytes are no HTTP/1.1 head, or a longer one than MaxHead.
var ErrHead = errors.New("websocket: not the head of an HTTP message")

// Head is what the head of an HTTP request or response says of an upgrade. Its
// slices point into the bytes that it was parsed from.
type Head struct {
	Request bool   // a GET; else a response
	Status  int    // of a response, 100 to 999
	Target  []byte // of a request, "/mqtt"
	Upgrade bool   // it asks for, or grants, an upgrade to WebSocket

	Protocols [][]byte // subprotocols offered or, in a response, selected; at most 16 of them
	More      bool     // there are further ones
	Deflate   bool     // permessage-deflate is offered or selected
	Size      int      // bytes, with the empty line at its end
}

// Begins reports whether b, which is not empty, is the beginning of a GET request
// or of an HTTP/1.1 response; sure is false while b is too short to tell.
func Begins(b []byte) (match, sure bool) {
	for _, p := range [][]byte{get, httpVersion} {
		n := min(len(b), len(p))
		if bytes.Equal(b[:n], p[:n]) {
			return true, n == len(p)
		}
	}
	return false, true
}

var (
	get         = []byte("GET ")
	httpVersion = []byte("HTTP/1.1 ")
	lineEnd     = []byte("\r\n")
	headEnd     = []byte("\r\n\r\n")
)

// Parse reads the head that begins at b[0], reusing the storage of h. ErrShort
// means that the head does not end in b; ErrHead, that it is none.
func (h *Head) Parse(b []byte) error {
	*h = Head{Protocols: h.Protocols[:0]}
	if match, sure := Begins(b); len(b) > 0 && !match {
		return ErrHead
	} else if !sure {
		return ErrShort
	}
	end := bytes.Index(b[:min(len(b), MaxHead)], headEnd)
	switch {
	case end < 0 && len(b) >= MaxHead:
		return ErrHead
	case end < 0:
		return ErrShort
	}
	h.Size = end + len(headEnd)
	line, rest, _ := bytes.Cut(b[:end+len(lineEnd)], lineEnd)
	if !h.first(line) {
		return ErrHead
	}
	upgrade, connection := false, false
	for len(rest) > 0 {
		line, rest, _ = bytes.Cut(rest, lineEnd)
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || bytes.ContainsFunc(line, control) {
			return ErrHead
		}
		switch {
		case named(name, "Upgrade"):
			upgrade = upgrade || lists(value, "websocket")
		case named(name, "Connection"):
			connection = connection || lists(value, "upgrade")
		case named(name, "Sec-WebSocket-Protocol"):
			h.protocols(value)
		case named(name, "Sec-WebSocket-Extensions"):
			h.Deflate = h.Deflate || lists(value, "permessage-deflate")
		}
	}
	h.Upgrade = upgrade && connection && (h.Request || h.Status == 101)
	return nil
}

// first reads the request line or the status line.
func (h *Head) first(line []byte) bool {
	if after, ok := bytes.CutPrefix(line, get); ok {
		target, version, ok := bytes.Cut(after, []byte(" "))
		h.Request, h.Target = true, target
		return ok && len(target) > 0 && bytes.Equal(version, httpVersion[:len(httpVersion)-1])
	}
	code, ok := bytes.CutPrefix(line, httpVersion)
	if !ok || len(code) < 3 || len(code) > 3 && code[3] != ' ' {
		return false
	}
	for _, c := range code[:3] {
		if c < '0' || c > '9' {
			return false
		}
		h.Status = h.Status*10 + int(c-'0')
	}
	return h.Status >= 100
}

func (h *Head) protocols(list []byte) {
	for item := range bytes.SplitSeq(list, []byte(",")) {
		item = bytes.Trim(item, " \t")
		switch {
		case len(item) == 0:
		case len(h.Protocols) == maxProtocols:
			h.More = true
			return
		default:
			h.Protocols = append(h.Protocols, item)
		}
	}
}

// control recognises what no field of a head may hold (RFC 9110 5.5): a line that
// one program ends where another goes on is no head.
func control(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

// named compares the name of a header field, whose letters may be of either case.
func named(name []byte, want string) bool {
	return len(name) == len(want) && bytes.EqualFold(name, []byte(want))
}

// lists reports whether a list of tokens, with or without parameters, names want.
func lists(list []byte, want string) bool {
	for item := range bytes.SplitSeq(list, []byte(",")) {
		token, _, _ := bytes.Cut(item, []byte(";"))
		if bytes.EqualFold(bytes.Trim(token, " \t"), []byte(want)) {
			return true
		}
	}
	return false
}
