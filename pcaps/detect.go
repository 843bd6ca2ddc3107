package pcaps

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

const (
	sniffLen  = 4096 // read at once to tell the format of a file
	refuseLen = 512  // looked at to say what a file is that is no capture
)

// detect finds out by content what the stream is, unpacks it and sets the decoder.
// What it has read is left in carry.
func (s *stream) detect() error {
	if err := s.sniff(4); err != nil {
		return err
	}
	if kind := compression(s.carry); kind != "" {
		// A decompressor reads on from what was looked at.
		packed := io.MultiReader(bytes.NewReader(bytes.Clone(s.carry)), s.raw)
		if s.err != nil {
			packed = bytes.NewReader(bytes.Clone(s.carry))
		}
		u, err := unpack(kind, packed, s.raw)
		if err != nil {
			return err
		}
		ahead := newReadAhead(u)
		s.hold.Lock()
		s.ahead = ahead
		s.hold.Unlock()
		s.learn(func(f *File) { f.Compression = kind })
		s.src, s.carry, s.err = ahead, s.carry[:0], nil
		if err := s.sniff(4); err != nil {
			return s.within(err)
		}
	}
	dec, err := s.recognise()
	s.dec = dec
	return s.within(err)
}

// within says of an error about decompressed data that it is.
func (s *stream) within(err error) error {
	var packed *packedError
	if err == nil || s.file.Compression == "" || errors.As(err, &packed) {
		return err
	}
	return fmt.Errorf("%s data: %w", s.file.Compression, err)
}

func (s *stream) recognise() (decoder, error) {
	switch {
	case isPcap(s.carry):
		if err := s.sniff(pcapHeaderLen); err != nil {
			return nil, err
		}
		var d decoder
		var err error
		s.learn(func(f *File) { d, err = newPcapDecoder(s.carry, f, s.opt.maxRecord()) })
		if err != nil {
			return nil, err
		}
		s.carry = append(s.carry[:0], s.carry[pcapHeaderLen:]...)
		s.off = pcapHeaderLen
		return d, nil
	case bytes.HasPrefix(s.carry, []byte{0x0a, 0x0d, 0x0d, 0x0a}):
		if err := s.sniff(12); err != nil {
			return nil, err
		}
		s.learn(func(f *File) { f.Format = "pcapng" })
		return newNGDecoder(s.opt.maxRecord()), nil
	}
	return nil, s.refuse()
}

// sniff makes sure that carry holds the first n bytes of the stream.
func (s *stream) sniff(n int) error {
	s.readUpTo(n)
	switch {
	case len(s.carry) >= n:
		return nil
	case s.err != io.EOF:
		return s.err
	case len(s.carry) == 0:
		return errEmpty
	case len(s.carry) < 4:
		return s.refuse()
	}
	return fmt.Errorf("the file ends within its header, after %d bytes: nothing of the capture is there", len(s.carry))
}

// readUpTo reads until carry holds n bytes or the stream ends.
func (s *stream) readUpTo(n int) {
	for idle := 0; len(s.carry) < n && s.err == nil; idle++ {
		have := len(s.carry)
		s.carry = append(s.carry, make([]byte, sniffLen-have)...)
		var m int
		m, s.err = s.src.Read(s.carry[have:])
		s.carry = s.carry[:have+m]
		if m > 0 {
			idle = 0
		} else if idle > 100 {
			s.err = errNoProgress
		}
	}
}

var errEmpty = errors.New("is empty (0 bytes): nothing was captured, or the capture was not written")

func isPcap(b []byte) bool {
	if len(b) < 4 {
		return false
	}
	for _, magic := range []string{"\xa1\xb2\xc3\xd4", "\xd4\xc3\xb2\xa1", "\xa1\xb2\x3c\x4d", "\x4d\x3c\xb2\xa1"} {
		if string(b[:4]) == magic {
			return true
		}
	}
	return false
}

func compression(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte{0x1f, 0x8b}):
		return "gzip"
	case bytes.HasPrefix(b, []byte{0x28, 0xb5, 0x2f, 0xfd}),
		len(b) >= 4 && b[0]&0xf0 == 0x50 && string(b[1:4]) == "\x2a\x4d\x18": // begins with a skippable frame
		return "zstd"
	}
	return ""
}

const useEditcap = "convert it first: `editcap -F pcapng IN OUT`"

// foreign are the beginnings of files that people take for captures, and of
// captures that are not read here.
var foreign = []struct{ magic, what string }{
	{"\xa1\xb2\xcd\x34", "a pcap file of the modified kind (Kuznetzov's patched libpcap), which is not read; " + useEditcap},
	{"\x34\xcd\xb2\xa1", "a pcap file of the modified kind (Kuznetzov's patched libpcap), which is not read; " + useEditcap},
	{"\x1c\x00\x01\xac", "an Ixia capture, which is not read; " + useEditcap},
	{"\xac\x01\x00\x1c", "an Ixia capture, which is not read; " + useEditcap},
	{"snoop\x00\x00\x00", "a snoop capture, which is not read; " + useEditcap},
	{"GMBU", "a Microsoft Network Monitor capture, which is not read; " + useEditcap},
	{"RTSS", "a Microsoft Network Monitor capture, which is not read; " + useEditcap},
	{"TRSNIFF data", "a Sniffer capture, which is not read; " + useEditcap},
	{"XCP\x00", "a NetXray capture, which is not read; " + useEditcap},
	{"\x13\x00\x00\x00Logman", "an event trace, not a capture; convert it first with etl2pcapng"},
	{"\xfd7zXZ\x00", "compressed with xz, which is not read; unpack it first: `unxz FILE`"},
	{"BZh", "compressed with bzip2, which is not read; unpack it first: `bunzip2 FILE`"},
	{"\x04\x22\x4d\x18", "compressed with lz4, which is not read; unpack it first: `unlz4 FILE`"},
	{"PK\x03\x04", "a zip archive; unpack it first: `unzip FILE`"},
	{"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it first"},
	{"Rar!", "a rar archive; unpack it first"},
	{"\x7fELF", "a program, not a capture"},
	{"%PDF", "a PDF document, not a capture"},
	{"\x89PNG", "a picture, not a capture"},
}

// refuse says what the stream is that is no capture to be read here. It looks at
// some more of it, so that the answer does not depend on how much came at once.
func (s *stream) refuse() error {
	if s.readUpTo(refuseLen); s.err != nil && s.err != io.EOF {
		return s.err
	}
	b := s.carry[:min(len(s.carry), refuseLen)]
	for _, f := range foreign {
		if bytes.HasPrefix(b, []byte(f.magic)) {
			return errors.New("is " + f.what)
		}
	}
	switch kind := compression(b); {
	case kind != "" && s.file.Compression == "": // too short to have been unpacked
		return &packedError{kind, io.ErrUnexpectedEOF}
	case kind != "":
		return fmt.Errorf("is compressed a second time, with %s; unpack it first", kind)
	case looksLikeText(b):
		return errors.New("is text, not a capture; pcap and pcapng files are read, plain or compressed with gzip or zstd")
	}
	return fmt.Errorf("is no capture file that is known here (it begins with the bytes % x); pcap and pcapng files are read, plain or compressed with gzip or zstd", b[:min(len(b), 4)])
}

func looksLikeText(b []byte) bool {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 && i+utf8.UTFMax < len(b) || r < ' ' && r != '\n' && r != '\r' && r != '\t' {
			return false
		}
		i += n
	}
	return len(b) > 0
}
