package s7comm

import (
	"bytes"

	"plcscope/internal/wire"
)

// Subfunctions of GroupNC: the transfer of part programs.
const (
	subNCRequestDownload  = 1
	subNCDownloadBlock    = 2
	subNCContinueDownload = 3
	subNCDownloadEnded    = 4
	subNCStartUpload      = 6
	subNCUpload           = 7
	subNCContinueUpload   = 8
)

// NCFile is a file of a numerical control as it is transferred.
type NCFile struct {
	Length string // digits, as stated
	Time   string // sixteen digits
	Path   string
	Data   []byte // borrowed
}

// NCRequest is the file that a request to begin a transfer names, borrowed; ok is false
// for other messages.
func (u *Userdata) NCRequest() (name []byte, ok bool) {
	if u.Group != GroupNC || u.Type != UserdataRequest {
		return nil, false
	}
	switch {
	case u.Subfunction == subNCRequestDownload && len(u.Content) > 0:
		return u.Content, true
	case u.Subfunction == subNCStartUpload && len(u.Content) > 2:
		return u.Content[2:], true
	}
	return nil, false
}

const (
	ncUnknown = 2      // bytes of unknown meaning, before each piece of an upload
	ncHead    = 8 + 16 // length, time
)

// ncUpload reports whether the message brings a piece of a file.
func (u *Userdata) ncUpload() bool { return u.Group == GroupNC && u.Subfunction == subNCUpload }

// NCFile reads an uploaded file that is complete.
func (u *Userdata) NCFile() (f NCFile, ok bool) {
	b := u.Content
	if !u.ncUpload() || u.ReturnCode != ReturnSuccess || len(b) < ncHead {
		return NCFile{}, false
	}
	end := bytes.IndexByte(b[ncHead:], '\n')
	if end < 0 {
		return NCFile{}, false
	}
	return NCFile{trimmed(b[:8]), trimmed(b[8:24]), string(b[ncHead : ncHead+end]), b[ncHead+end+1:]}, true
}

// ncProgram shows a message of GroupNC.
func (u *Userdata) ncProgram(c *wire.Cursor) {
	request := u.Type == UserdataRequest
	switch u.Subfunction {
	case subNCRequestDownload:
		if request {
			c.Bytes(fFilename, c.Len())
			return
		}
		ncAcknowledged(c)
	case subNCStartUpload:
		ncAcknowledged(c)
		if request && c.Len() > 0 {
			c.Bytes(fFilename, c.Len())
		}
	case subNCUpload:
		c.Bytes(fBlockUnknown, ncUnknown)
		ncFile(c)
	case subNCDownloadBlock:
		c.Bytes(fBlockUnknown, 2)
		undecoded(c)
	case subNCContinueDownload, subNCDownloadEnded, subNCContinueUpload:
		c.Bytes(fBlockUnknown, min(2, c.Len()))
	default:
		undecoded(c)
	}
}

func ncAcknowledged(c *wire.Cursor) {
	c.U8(fNCUnacked)
	if c.Len() > 0 {
		c.Bytes(fBlockUnknown, 1)
	}
}

// ncFile shows the head of a file, which ends with a line feed, and the file.
func ncFile(c *wire.Cursor) {
	b := c.Rest()
	if len(b) < ncHead {
		undecoded(c)
		return
	}
	path := bytes.IndexByte(b[ncHead:], '\n')
	if path < 0 {
		undecoded(c)
		return
	}
	c.Bytes(fNCLength, 8)
	c.Bytes(fNCTime, 16)
	c.Bytes(fNCPath, path+1)
	if c.Len() > 0 {
		c.Bytes(fNCData, c.Len())
	}
}
