package s7comm

import "plcscope/internal/wire"

// interruptedFields shows the block in which the program was interrupted.
func interruptedFields(c *wire.Cursor) {
	words(c, fStackInterruptedType, fStackInterrupted, fStackInterruptedAt)
}

// dbRegisterFields shows which data blocks were open.
func dbRegisterFields(c *wire.Cursor) {
	c.U8(fDB1Type)
	c.U8(fDB2Type)
	words(c, fDB1Number, fDB2Number)
}

// iStackFields shows an entry of the interrupt stack: registers, the block that goes on
// and the one that was interrupted, and the start information of the OB.
func iStackFields(c *wire.Cursor) {
	words(c, fStackContinuedType, fStackContinued, fStackContinuedAt)
	dbRegisterFields(c)
	c.Bytes(fIStackReserved, 4)
	c.U32(fACCU1)
	c.U32(fACCU2)
	c.U32(fACCU3)
	c.U32(fACCU4)
	c.U32(fAR1)
	c.U32(fAR2)
	c.Bytes(fIStackReserved, 2)
	c.U16(fSTW)
	interruptedFields(c)
	c.Bytes(fIStackReserved, 2)
	c.Bytes(fIStackReserved, 4)
	startInformation(c)
}

// bStackFields shows the entries of the block stack, and behind them the priority class
// and the time.
func bStackFields(c *wire.Cursor) {
	const entry, end = 16, 12
	for t := c.Tree(); c.Len() > entry; {
		h := t.Open(fDataItem, c.Off())
		interruptedFields(c)
		dbRegisterFields(c)
		c.Bytes(fBStackReserved, 4)
		t.Close(h, c.Off())
	}
	if c.Len() < end {
		return
	}
	c.U8(fStackPriority)
	c.Bytes(fBStackReserved, 1)
	c.Bytes(fBStackReserved, 2)
	timestampFields(c.Tree(), c.Off(), c.Rest()[:8])
	c.Skip(fTS, 8)
}

// lStackFields shows the local data of a block.
func lStackFields(c *wire.Cursor) {
	interruptedFields(c)
	size := int(c.U16(fLStackSize))
	c.Bytes(fLStackData, size)
	c.U8(fStackPriority)
	if c.Len() > 0 {
		c.Bytes(fLStackReserved, 1)
	}
}

// breakpointFields shows where the program stands and what the registers hold.
func breakpointFields(c *wire.Cursor) {
	interruptedFields(c)
	words(c, fBreakType, fBreakNumber, fBreakAt)
	c.Bytes(fBreakReserved, 2)
	c.U16(fSTW)
	c.U32(fACCU1)
	c.U32(fACCU2)
	c.U32(fAR1)
	c.U32(fAR2)
	dbRegisterFields(c)
}
