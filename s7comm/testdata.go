package s7comm

import "plcscope/internal/wire"

const maxJobDepth = 4 // jobs within jobs; real ones end at one

// testRequestFields shows the data of a request.
func testRequestFields(c *wire.Cursor, function uint8, depth int) {
	switch function {
	case subBlockStatus:
		blockStatusRequest(c, false)
	case subBlockStatusV2:
		blockStatusRequest(c, true)
	case subVariables, subModify, subForce:
		testVariableFields(c, function != subVariables)
	case subIStack:
		c.Bytes(fIStackReserved, min(2, c.Len()))
	case subBStack:
		c.Bytes(fBStackReserved, min(2, c.Len()))
	case subLStack:
		c.U8(fStackPriority)
		c.U8(fBStackDepth)
	case subBreakpoint:
		c.Bytes(fBreakReserved, min(2, c.Len()))
	case subExitHold:
		c.U8(fTestHoldUntil)
		c.U8(fTestHoldReserve)
	case subDisableJob, subEnableJob, subReadJob:
		c.U8(fTestJobFunction)
		c.U8(fTestJob)
	case subDeleteJob:
		c.Bytes(fTestJobReserved, 2)
		c.U8(fTestJobFunction)
		c.U8(fTestJob)
	case subReplaceJob:
		c.Bytes(fTestJobReserved, 2)
		replaced := c.U8(fTestJobFunction)
		c.U8(fTestJob)
		if c.Len() > 0 && depth < maxJobDepth {
			testJobFields(c, replaced, UserdataRequest, depth+1)
		}
	case subReadJobList:
		c.Bytes(fTestJobReserved, 2)
		c.Bytes(fTestJobReserved, 2)
	default:
		c.Bytes(fTestUnknown, c.Len())
	}
}

// testResultFields shows the data of an answer or of a result that is pushed.
func testResultFields(c *wire.Cursor, function uint8, typ UserdataType) {
	push := typ == UserdataPush
	switch function {
	case subBlockStatus, subBlockStatusV2:
		if !push {
			c.Bytes(fStatusReserved, c.Len())
			return
		}
		c.U16(fTestAddress)
		if c.Len() > 0 {
			c.Bytes(fStatusData, c.Len())
		}
	case subVariables:
		if push {
			readValues(c, int(c.U16(fTestItemCount)), padAlways, nil)
		}
	case subModify, subForce:
		if push {
			testReturnCodes(c)
		}
	case subIStack:
		iStackFields(c)
	case subBStack:
		bStackFields(c)
	case subLStack:
		lStackFields(c)
	case subBreakpoint:
		breakpointFields(c)
	case subReadJobList:
		listed(c, func() {
			c.U8(fTestJobFunction)
			c.U8(fTestJob)
			c.Bytes(fTestJobReserved, 2)
		})
	case subReadJob:
		storedJobFields(c)
	case subExitHold, subDisableJob, subEnableJob, subDeleteJob, subReplaceJob:
	default:
		c.Bytes(fTestUnknown, c.Len())
	}
}

// storedJobFields shows a job as it was set up; which function it has is not said.
func storedJobFields(c *wire.Cursor) {
	t := c.Tree()
	n, m := int(c.U16(fTestParamSize)), int(c.U16(fTestDataSize))
	if !c.OK() || n+m > c.Len() {
		return
	}
	h := t.Open(fTestParam, c.Off())
	part := openPart(c, n)
	testParameterFields(&part.Cursor)
	part.close()
	c.Seek(c.Off() + n)
	t.Close(h, c.Off())
	h = t.Open(fTestData, c.Off())
	if m > 0 {
		c.Bytes(fTestJobReserved, m)
	}
	t.Close(h, c.Off())
}

// testReturnCodes shows a return code for each variable, padded to even length.
func testReturnCodes(c *wire.Cursor) {
	t := c.Tree()
	n := int(c.U16(fTestItemCount))
	for i := range n {
		if c.Len() == 0 {
			return
		}
		h := t.Open(fDataItem, c.Off())
		c.U8(fReturnCode)
		if i == n-1 && n&1 == 1 && c.Len() > 0 {
			c.U8(fFillByte)
		}
		t.Close(h, c.Off())
	}
}

// blockStatusRequest shows which registers are asked for at which lines of a block.
func blockStatusRequest(c *wire.Cursor, v2 bool) {
	t := c.Tree()
	if v2 {
		c.U8(fStatusFlags)
		c.U8(fStatusLines)
	}
	c.Bytes(fStatusReserved, 1)
	registerFields(c)
	size := 2
	if v2 {
		size = 4
	}
	for c.Len() >= size {
		h := t.Open(fDataItem, c.Off())
		if v2 {
			c.U16(fStatusAddress)
		}
		c.Bytes(fStatusReserved, 1)
		registerFields(c)
		t.Close(h, c.Off())
	}
}

func registerFields(c *wire.Cursor) {
	off := c.Off()
	v := c.U8(fRegisters)
	if t := c.Tree(); t != nil && c.OK() {
		for bit, f := range fRegisterBits {
			t.Bool(f, off, v>>bit&1 != 0)
		}
	}
}
