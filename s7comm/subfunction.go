package s7comm

// SubfunctionName is the name of a subfunction of a function group.
func SubfunctionName(g Group, sub uint8) string {
	if s, ok := subfunctionNames[uint16(g)<<8|uint16(sub)]; ok {
		return s
	}
	return unknown("subfunction", uint64(sub))
}

var subfunctionNames = map[uint16]string{
	0x0101: "Block status", 0x0102: "Variable status", 0x0103: "Read ISTACK", 0x0104: "Read BSTACK", 0x0105: "Read LSTACK",
	0x0106: "Time measurement", 0x0107: "Force selection", 0x0108: "Modify variable", 0x0109: "Force", 0x010A: "Breakpoint",
	0x010B: "Exit HOLD", 0x010C: "Memory reset", 0x010D: "Disable job", 0x010E: "Enable job", 0x010F: "Delete job",
	0x0110: "Read job list", 0x0111: "Read job", 0x0112: "Replace job", 0x0113: "Block status v2", 0x0116: "Flash LED",

	0x0201: "Cyclic transfer", 0x0204: "Unsubscribe", 0x0205: "Change-driven transfer", 0x0207: "Change-driven modify",
	0x0208: "Read record",

	0x0301: "List blocks", 0x0302: "List blocks of type", 0x0303: "Get block info",

	0x0401: "Read SZL", 0x0402: "Message service", 0x0403: "Diagnostic message", 0x0405: "ALARM_8 indication",
	0x0406: "NOTIFY indication", 0x0407: "ALARM_8 lock", 0x0408: "ALARM_8 unlock", 0x0409: "SCAN indication",
	0x040B: "Alarm acknowledge", 0x040C: "Alarm acknowledge indication", 0x040D: "Alarm lock indication",
	0x040E: "Alarm unlock indication", 0x0410: "AR_SEND indication", 0x0411: "ALARM_SQ indication",
	0x0412: "ALARM_S indication", 0x0413: "Alarm query", 0x0416: "NOTIFY_8 indication",

	0x0501: "PLC password", 0x0502: "Drop password",

	0x0601: "BSEND",

	0x0701: "Read clock", 0x0702: "Set clock", 0x0703: "Read clock (following)", 0x0704: "Set clock (following)",

	0x2001: "Init", 0x2002: "Finish", 0x2003: "Data",

	0x3F01: "Request download", 0x3F02: "Download block", 0x3F03: "Continue download", 0x3F04: "Download ended",
	0x3F06: "Start upload", 0x3F07: "Upload", 0x3F08: "Continue upload",
}
