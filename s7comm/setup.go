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

// setup reads the parameter part of FunctionSetup, request or answer.
func (p *PDU) setup(n int, t *wire.Tree) {
	s := &p.Setup
	base := enter(t, n)
	c := wire.NewCursor(p.Param, t)
	c.Seek(1)
	s.Reserved = c.U8(fSetupReserved)
	s.AMQCalling = c.U16(fAMQCalling)
	s.AMQCalled = c.U16(fAMQCalled)
	s.PDULength = c.U16(fPDULength)
	p.finish(&c, p.Param, p.origin+n, fSurplus, "")
	t.Base(base)
}
