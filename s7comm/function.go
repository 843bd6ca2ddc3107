package s7comm

import "plcscope/internal/wire"

// Function is the first byte of the parameter part of a job and its answer.
type Function uint8

const (
	FunctionCPU             Function = 0x00 // userdata only
	FunctionModeTransition  Function = 0x01 // userdata only
	FunctionRead            Function = 0x04
	FunctionWrite           Function = 0x05
	FunctionRequestDownload Function = 0x1A
	FunctionDownloadBlock   Function = 0x1B // job sent by the controller
	FunctionDownloadEnded   Function = 0x1C // job sent by the controller
	FunctionStartUpload     Function = 0x1D
	FunctionUpload          Function = 0x1E
	FunctionEndUpload       Function = 0x1F
	FunctionPI              Function = 0x28
	FunctionStop            Function = 0x29
	FunctionSetup           Function = 0xF0
)

var functionNames = map[Function]string{
	0x00: "CPU services", 0x01: "Mode transition", 0x04: "Read Var", 0x05: "Write Var",
	0x1A: "Request download", 0x1B: "Download block", 0x1C: "Download ended",
	0x1D: "Start upload", 0x1E: "Upload", 0x1F: "End upload",
	0x28: "PI-Service", 0x29: "PLC Stop", 0xF0: "Setup communication",
}

func (f Function) String() string {
	if s, ok := functionNames[f]; ok {
		return s
	}
	return unknown("function", uint64(f))
}

// function reads parameter and data of a job or its answer; n is the header's length.
func (p *PDU) function(n int, t *wire.Tree) error {
	if len(p.Param) == 0 {
		p.Function = 0
		return p.tail(t, nil)
	}
	p.Function = Function(p.Param[0])
	t.Uint(fFunction, n, 1, uint64(p.Function))
	switch p.Function {
	case FunctionRead, FunctionWrite:
		return p.variables(n, t)
	case FunctionSetup:
		return p.setup(n, t)
	}
	return nil
}
