package s7comm

import "plcscope/internal/wire"

const (
	syntaxRID = 0x13
	ridLength = 8 // 12 06 13, a byte of unknown meaning, R_ID
)

// hasRID reports whether b begins with the identifier of a block transfer.
func hasRID(b []byte) bool {
	return len(b) >= ridLength && b[0] == varSpec && b[1] == 6 && b[2] == syntaxRID
}

// BSend is a message from one user program to another: the block BSEND gives it to the
// block BRECV whose R_ID is the same.
type BSend struct {
	RID    uint32
	Length uint16 // bytes, as the sender states
	Data   []byte // borrowed
}

// BSend reads a message of BSEND that is complete; ok is false for its fragments but
// the last, and for other messages.
func (u *Userdata) BSend() (s BSend, ok bool) {
	if u.Group != GroupPBC || u.Type == UserdataResponse || !hasRID(u.Payload) || len(u.Content) < 2 {
		return BSend{}, false
	}
	return BSend{RID: u.RID, Length: be16(u.Content), Data: u.Content[2:]}, true
}

// pbc shows a message of GroupPBC that came in one piece.
func (u *Userdata) pbc(c *wire.Cursor) {
	if !hasRID(c.Rest()) {
		undecoded(c)
		return
	}
	ridFields(c)
	pbcData(c)
}

// pbcData shows the length that stands once, and the data.
func pbcData(c *wire.Cursor) {
	c.U16(fPBCLength)
	undecoded(c)
}

func ridFields(c *wire.Cursor) {
	c.U8(fVarSpec)
	c.U8(fVarSpecLength)
	c.U8(fSyntax)
	c.U8(fPBCUnknown)
	c.U32(fPBCRID)
}
