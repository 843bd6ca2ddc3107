package s7comm

import "plcscope/internal/wire"

// Setup is what both sides agree on before any other job: the request proposes, the
// answer grants the same values or lower ones.
type Setup struct {
	Reserved   uint8
	AMQCalling uint16 // jobs that the client may leave unanswered at one time
	AMQCalled  uint16 // the same for the server
	PDULength  uint16 // longest S7 message in bytes: header, parameter and data
}

func (p *PDU) setup(n int, t *wire.Tree) error {
	p.Setup = Setup{}
	c := wire.NewCursor(p.Param, t)
	base := t.Base(p.origin + n)
	c.Seek(1)
	p.Setup.Reserved = c.U8(fSetupReserved)
	p.Setup.AMQCalling = c.U16(fAMQCalling)
	p.Setup.AMQCalled = c.U16(fAMQCalled)
	p.Setup.PDULength = c.U16(fPDULength)
	t.Base(base)
	return p.finish(&c, n, t)
}

// finish ends the reading of a parameter part at offset n of the TSDU: bytes that are
// left over are kept, a field that did not fit is a violation.
func (p *PDU) finish(c *wire.Cursor, n int, t *wire.Tree) error {
	if !c.OK() {
		f, off, _, _ := c.Failed()
		return p.fail(p.origin+n+off, f, "is cut off", "")
	}
	if c.Len() > 0 {
		t.Data(fParamBytes, n+c.Off(), c.Rest())
	}
	return nil
}
