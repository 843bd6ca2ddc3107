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

const ncHead = 2 + 8 + 16 // unknown bytes, length, time

// NCFile reads an uploaded file that is complete.
func (u *Userdata) NCFile() (f NCFile, ok bool) {
	b := u.Content
	if u.Group != GroupNC || u.Subfunction != subNCUpload || u.ReturnCode != ReturnSuccess || len(b) < ncHead {
		return NCFile{}, false
	}
	end := bytes.IndexByte(b[ncHead:], '\n')
	if end < 0 {
		return NCFile{}, false
	}
	return NCFile{trimmed(b[2:10]), trimmed(b[10:26]), string(b[ncHead : ncHead+end]), b[ncHead+end+1:]}, true
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
		c.Bytes(fBlockUnknown, 2)
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
	if len(b) < ncHead-2 {
		undecoded(c)
		return
	}
	path := bytes.IndexByte(b[ncHead-2:], '\n')
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
