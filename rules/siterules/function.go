package siterules

import (
	"strings"

	"plcscope/rules"
	"plcscope/s7comm"
)

// FunctionOf says what a request asks of a controller, "" for what is no request and
// for the setup of the communication, which everybody begins with.
func FunctionOf(p *s7comm.PDU) Function {
	if p.Kind != s7comm.KindS7 {
		return ""
	}
	switch p.S7.ROSCTR {
	case s7comm.ROSCTRJob:
		return ofJob(p)
	case s7comm.ROSCTRUserdata:
		if p.Userdata.Type == s7comm.UserdataRequest {
			return ofUserdata(&p.Userdata)
		}
	}
	return ""
}

func ofJob(p *s7comm.PDU) Function {
	switch p.Function {
	case s7comm.FunctionSetup:
		return ""
	case s7comm.FunctionRead:
		return Read
	case s7comm.FunctionWrite:
		return Write
	case s7comm.FunctionRequestDownload, s7comm.FunctionDownloadBlock, s7comm.FunctionDownloadEnded:
		return Download
	case s7comm.FunctionStartUpload, s7comm.FunctionUpload, s7comm.FunctionEndUpload:
		return Upload
	case s7comm.FunctionStop:
		return Stop
	case s7comm.FunctionPI:
		return ofInvocation(string(p.PI.Service))
	}
	return Other
}

// ofInvocation is what a program invocation asks for. To compress the memory and to
// copy it to a card changes what is loaded, as a download does.
func ofInvocation(service string) Function {
	switch service {
	case "P_PROGRAM":
		return Start
	case "_INSE", "_INS2", "_DELE", "_MODU", "_GARB":
		return Download
	case "_N_LOGIN_", "_N_LOGOUT", "_N_NEWPWD":
		return Password
	}
	if strings.HasPrefix(service, "_N_F_") { // files of a numerical control
		switch service {
		case "_N_F_OPER", "_N_F_SEEK", "_N_F_CLOS":
			return Other
		}
		return Download
	}
	return Other
}

// Subfunctions of userdata that differ from others of their group.
const (
	blockStatus, blockStatus2 = 0x01, 0x13
	variableStatus            = 0x02
	stacks, timeMeasurement   = 0x03, 0x06 // ISTACK, BSTACK, LSTACK, the time measurement
	modify, force             = 0x08, 0x09
	exitHold, memoryReset     = 0x0B, 0x0C
	disableJob, enableJob     = 0x0D, 0x0E
	deleteJob, replaceJob     = 0x0F, 0x12
	jobList, readJob          = 0x10, 0x11
	flashLED                  = 0x16

	readRecord = 0x08

	readSZL = 0x01

	readClock, readClockFollowing = 0x01, 0x03

	ncUpload = 0x06
)

// ofTest is what a programmer command asks for.
func ofTest(sub uint8) Function {
	switch {
	case sub == variableStatus:
		return Read
	case sub == blockStatus || sub == blockStatus2 || sub >= stacks && sub <= timeMeasurement || sub == jobList || sub == readJob:
		return Info
	case sub == exitHold:
		return Start
	case sub == memoryReset:
		return Download // it deletes the program
	case sub == flashLED || sub == 0:
		return Other
	}
	return Force
}

// ofTestJob is what the job does that a command enables, disables, deletes or replaces:
// to watch variables is not to force them.
func ofTestJob(u *s7comm.Userdata) Function {
	command, _ := u.TestJob()
	function, _, ok := command.Job()
	if !ok {
		return Other
	}
	switch function {
	case disableJob, enableJob, deleteJob, replaceJob: // a job that is none
		return Other
	}
	return ofTest(function)
}

func ofUserdata(u *s7comm.Userdata) Function {
	sub := u.Subfunction
	switch u.Group {
	case s7comm.GroupProgrammer:
		switch sub {
		case disableJob, enableJob, deleteJob, replaceJob:
			return ofTestJob(u)
		}
		return ofTest(sub)
	case s7comm.GroupCyclic:
		if sub == readRecord {
			return Read
		}
		return Cyclic
	case s7comm.GroupBlock:
		return Info
	case s7comm.GroupCPU:
		if sub == readSZL {
			return Info
		}
		return Message
	case s7comm.GroupSecurity:
		return Password
	case s7comm.GroupPBC:
		return BSend
	case s7comm.GroupTime:
		if sub == readClock || sub == readClockFollowing {
			return Info
		}
		return SetTime
	case s7comm.GroupNC:
		if sub >= ncUpload {
			return Upload
		}
		return Download
	}
	return Other
}

// does says in words what a request does to the controller.
func does(p *s7comm.PDU, f Function) string {
	switch {
	case p.S7.ROSCTR == s7comm.ROSCTRUserdata:
		u := &p.Userdata
		return "asks for " + u.Group.String() + ": " + s7comm.SubfunctionName(u.Group, u.Subfunction)
	case f == Stop:
		return "stops the controller"
	case p.Function == s7comm.FunctionPI:
		what := "invokes " + rules.Excerpt(p.PI.Service)
		if title := p.PI.Title(); title != "" {
			what += " (" + title + ")"
		}
		return what
	case len(p.Block.Name) > 0 && (f == Download || f == Upload):
		return "asks for " + p.Function.String() + " of " + p.Block.Name.String()
	}
	return "asks for " + p.Function.String()
}
