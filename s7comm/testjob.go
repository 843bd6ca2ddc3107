package s7comm

import "plcscope/internal/wire"

// Subfunctions of GroupProgrammer: test functions, which Siemens calls TIS.
const (
	subBlockStatus   = 0x01
	subVariables     = 0x02
	subIStack        = 0x03
	subBStack        = 0x04
	subLStack        = 0x05
	subModify        = 0x08
	subForce         = 0x09
	subBreakpoint    = 0x0A
	subExitHold      = 0x0B
	subMemoryReset   = 0x0C
	subDisableJob    = 0x0D
	subEnableJob     = 0x0E
	subDeleteJob     = 0x0F
	subReadJobList   = 0x10
	subReadJob       = 0x11
	subReplaceJob    = 0x12
	subBlockStatusV2 = 0x13
	subFlashLED      = 0x16
)

// TriggerEvent is when a test function looks at the controller.
type TriggerEvent uint16

var triggerEvents = map[TriggerEvent]string{
	0x0000: "immediately", 0x0100: "system trigger", 0x0200: "start of cycle", 0x0300: "end of cycle", 0x0400: "RUN to STOP",
	0x0500: "after a code address", 0x0600: "code address area", 0x0601: "code address area with call environment", 0x0700: "data address",
	0x0800: "data address area", 0x0900: "local data address", 0x0A00: "local data address area", 0x0B00: "range trigger",
	0x0C00: "before a code address",
}

func (e TriggerEvent) String() string {
	if s, ok := triggerEvents[e]; ok {
		return s
	}
	return "trigger 0x" + string(appendHexDigits(nil, []byte{byte(e >> 8), byte(e)}))
}

func triggerType(v uint64) string {
	switch v {
	case 0:
		return "update or activate"
	case 1:
		return "monitor or modify"
	case 2:
		return "modify permanently"
	case 0x100:
		return "force immediately"
	}
	return ""
}

func triggerFrequency(v uint64) string {
	switch v {
	case 0:
		return "permanent"
	case 1:
		return "once"
	case 2:
		return "always"
	}
	return ""
}

// TestJob is a programmer command, its answer or a result that is pushed. The fields
// from Trigger to Address are those of requests and 0 in others.
type TestJob struct {
	Function   uint8  // the subfunction, see SubfunctionName
	Parameters []byte // two-byte words, borrowed
	Data       []byte // borrowed

	Trigger     uint16 // 0 update or activate, 1 monitor or modify, 2 modify permanently, 0x100 force
	Frequency   uint16 // 0 permanent, 1 once, 2 always
	Event       TriggerEvent
	BlockType   BlockType // what is watched: block and address
	BlockNumber uint16
	Address     uint16

	request bool
}

const testHead = 4 // lengths of parameters and data

// TestJob reads a message of GroupProgrammer; ok is false for other messages and when
// its lengths pass its end.
func (u *Userdata) TestJob() (j TestJob, ok bool) {
	b := u.Content
	if u.Group != GroupProgrammer || u.ReturnCode != ReturnSuccess || len(b) < testHead {
		return TestJob{}, false
	}
	n, m := int(be16(b)), int(be16(b[2:]))
	if testHead+n+m > len(b) {
		return TestJob{}, false
	}
	j = TestJob{Function: u.Subfunction, Parameters: b[testHead : testHead+n : testHead+n], Data: b[testHead+n : testHead+n+m : testHead+n+m], request: u.Type == UserdataRequest}
	if j.request {
		j.Trigger, j.Frequency, j.Event = j.word(1), j.word(2), TriggerEvent(j.word(9))
		j.BlockType, j.BlockNumber, j.Address = BlockType(j.word(10)), j.word(11), j.word(12)
	}
	return j, true
}

// word is parameter n, from 0; 0 when there are fewer.
func (j *TestJob) word(n int) uint16 {
	if 2*n+2 > len(j.Parameters) {
		return 0
	}
	return be16(j.Parameters[2*n:])
}

// Job is the job that a request to enable, disable, delete or read one refers to: its
// function and its number, which is the sequence number of the answer that set it up.
func (j *TestJob) Job() (function, number uint8, ok bool) {
	b := j.Data
	if j.Function == subDeleteJob || j.Function == subReplaceJob {
		b = b[min(2, len(b)):]
	}
	switch j.Function {
	case subDisableJob, subEnableJob, subReadJob, subDeleteJob, subReplaceJob:
		if j.request && len(b) >= 2 {
			return b[0], b[1], true
		}
	}
	return 0, 0, false
}

// StoredJob is an entry of the list of jobs.
type StoredJob struct {
	Function uint8 // the subfunction that set it up
	Number   uint8 // the sequence number of the answer that set it up
	Status   uint16
}

// Jobs are the jobs that an answer to a request for the list of jobs names.
func (j *TestJob) Jobs() (list []StoredJob) {
	if j.Function != subReadJobList || j.request {
		return nil
	}
	for b := j.Data; len(b) >= 4; b = b[4:] {
		list = append(list, StoredJob{b[0], b[1], be16(b[2:])})
	}
	return list
}

// variables reports whether the job watches or changes variables.
func (j *TestJob) variables() bool {
	return j.Function == subVariables || j.changes()
}

// changes reports whether the job changes variables.
func (j *TestJob) changes() bool { return j.Function == subModify || j.Function == subForce }

// Variables are the addresses of a request to watch, modify or force variables, and the
// values to write, nil when it only watches.
func (j *TestJob) Variables() (list []TestVariable, values []Value) {
	if !j.request || !j.variables() {
		return nil, nil
	}
	c := wire.NewCursor(j.Data, nil)
	for n := int(c.U16(fTestItemCount)); n > 0 && c.Len() >= testVariableLength; n-- {
		list = append(list, readTestVariable(&c))
	}
	if j.changes() {
		readValues(&c, len(list), padAlways, &values)
	}
	return list, values
}

// Values are what a pushed variable status brings, in the order of the addresses of its
// request.
func (j *TestJob) Values() []Value {
	if j.request || j.Function != subVariables {
		return nil
	}
	c := wire.NewCursor(j.Data, nil)
	var list []Value
	readValues(&c, int(c.U16(fTestItemCount)), padAlways, &list)
	return list
}

// programmer shows a message of GroupProgrammer.
func (u *Userdata) programmer(c *wire.Cursor) {
	if c.Len() == 0 {
		return
	}
	testJobFields(c, u.Subfunction, u.Type, 0)
}

// testJobFields shows the lengths, parameters and data of a job. Jobs that are read or
// replaced hold another one.
func testJobFields(c *wire.Cursor, function uint8, typ UserdataType, depth int) {
	t := c.Tree()
	n, m := int(c.U16(fTestParamSize)), int(c.U16(fTestDataSize))
	if !c.OK() || n+m > c.Len() {
		return
	}
	start := c.Off()
	h := t.Open(fTestParam, start)
	part := openPart(c, n)
	if typ == UserdataRequest {
		testParameterFields(&part.Cursor)
	} else {
		words(&part.Cursor, fTestResult1, fTestResult2)
	}
	part.close()
	c.Seek(start + n)
	t.Close(h, start+n)
	if m == 0 {
		return
	}
	h = t.Open(fTestData, start+n)
	part = openPart(c, m)
	if typ == UserdataRequest {
		testRequestFields(&part.Cursor, function, depth)
	} else {
		testResultFields(&part.Cursor, function, typ)
	}
	part.close()
	c.Seek(start + n + m)
	t.Close(h, start+n+m)
}

// part is a cursor over some of the bytes of another.
type part struct {
	wire.Cursor
	bytes []byte
	base  int // origin of the tree before it
}

// openPart begins to read the next n bytes of c, which there must be.
func openPart(c *wire.Cursor, n int) part {
	b := c.Rest()[:n:n]
	return part{Cursor: wire.NewCursor(b, c.Tree()), bytes: b, base: enter(c.Tree(), c.Off())}
}

// close shows what was not read as bytes.
func (p *part) close() {
	leftover(&p.Cursor, p.bytes)
	p.Tree().Base(p.base)
}

// words reads a number for each field, as many as there are bytes for.
func words(c *wire.Cursor, list ...*wire.Field) {
	for _, f := range list {
		if c.Len() < 2 {
			return
		}
		c.U16(f)
	}
}

// testParameterFields shows the words of a request; the longer ones say which block is
// watched and who has to have called it.
func testParameterFields(c *wire.Cursor) {
	size := c.Len()
	words(c, fTestParam1, fTestTrigger)
	if size >= 20 {
		words(c, fTestFrequency, fTestAnswerSize, fTestParam5, fTestParam6, fTestParam7, fTestParam8, fTestParam9, fTestEvent)
	}
	if size >= 26 {
		words(c, fTestBlockType, fTestBlockNumber, fTestAddress)
	}
	if size >= 28 {
		words(c, fTestSAZ)
	}
	if size >= 36 {
		words(c, fTestCallSetup, fTestCallCond, fTestCallType, fTestCallNumber, fTestCallAddress)
	}
}
