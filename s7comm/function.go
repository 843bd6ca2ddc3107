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

// param reads the parameter part, which begins at offset n of the TSDU.
func (p *PDU) param(n int, t *wire.Tree) {
	if len(p.Param) == 0 {
		return
	}
	if p.S7.ROSCTR == ROSCTRUserdata {
		p.userdataHead(n, t)
		return
	}
	if t != nil {
		t.Uint(fFunction, n, 1, uint64(p.Function))
	}
	switch p.Function {
	case FunctionRead, FunctionWrite:
		p.variables(n, t)
	case FunctionSetup:
		p.setup(n, t)
	case FunctionRequestDownload, FunctionDownloadBlock, FunctionDownloadEnded,
		FunctionStartUpload, FunctionUpload, FunctionEndUpload:
		p.block(n, t)
	case FunctionPI, FunctionStop:
		p.pi(n, t)
	default:
		if len(p.Param) > 1 {
			t.Data(fParamBytes, n+1, p.Param[1:])
		}
	}
}

// data reads the data part, which begins at offset n of the TSDU.
func (p *PDU) data(n int, t *wire.Tree) {
	switch {
	case p.S7.ROSCTR == ROSCTRUserdata:
		p.userdataData(n, t)
	case p.Function == FunctionRead || p.Function == FunctionWrite:
		p.variableData(n, t)
	case len(p.Data) == 0:
	case p.carriesBlock():
		p.blockData(n, t)
	default:
		t.Data(fRespData, n, p.Data)
	}
}
