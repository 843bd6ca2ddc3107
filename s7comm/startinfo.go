package s7comm

import "plcscope/internal/wire"

// The start information of organisation blocks: what a block knows about why it was
// called. Twelve bytes that depend on the block, then the time. Wireshark 4.0 reads those
// of OB 20 to 23 a byte too far; here they are as the others.

// obRecord begins as every start information does: class and what happened, priority,
// number of the block.
func obRecord(second szlSpec, rest ...szlSpec) *szlLayout {
	specs := []szlSpec{szlHex(1, "ev_class", "Event class"), second, szlDec(1, "priority", "Priority class"), szlDec(1, "number", "OB number")}
	return szlRecord("s7comm.ob", append(specs, rest...)...)
}

var (
	obStart     = szlHex(1, "strt_info", "Start information")
	obFault     = szlHex(1, "flt_id", "Fault")
	obSoftware  = szlHex(1, "sw_flt", "Programming fault")
	obReserved1 = szlHex(1, "reserved_1", "Reserved")
	obReserved2 = szlHex(1, "reserved_2", "Reserved")
	obReserved3 = szlHex(2, "reserved_3", "Reserved")
	obReserved4 = szlHex(2, "reserved_4", "Reserved")
	obReservedD = szlHex(4, "reserved_4_dw", "Reserved")
	obIO        = szlDec(1, "io_flag", "Input or output")
	obModule    = szlHex(2, "mdl_addr", "Address of the module")
	obFlags     = szlHex(1, "8x_fault_flags", "Fault flags")
	obBlockType = szlHex(1, "blk_type", "Type of the block with the fault")
	obBlock     = szlDec(2, "flt_blk_num", "Number of the block with the fault")
	obAddress   = szlDec(2, "prg_addr", "Address in the block")
	obCause     = []szlSpec{szlDec(1, "err_ev_class", "Class of the event"), szlDec(1, "err_ev_num", "Number of the event"),
		szlDec(1, "err_ob_priority", "Priority class of the OB"), szlDec(1, "err_ob_num", "Number of the OB")}
)

var (
	obOther = szlRecord("s7comm.ob", szlHex(1, "ev_class", "Event class"), szlRaw(1, "s7comm.tis.istack.reserved", ""),
		szlDec(1, "priority", "Priority class"), szlDec(1, "number", "OB number"), szlRaw(2, "s7comm.tis.istack.reserved", ""),
		szlRaw(2, "s7comm.tis.istack.reserved", ""), szlRaw(2, "s7comm.tis.istack.reserved", ""), szlRaw(2, "s7comm.tis.istack.reserved", ""))
	obCycle = obRecord(szlHex(1, "scan_1", "Kind of cycle"), obReserved1, obReserved2, szlDec(2, "prev_cycle", "Last cycle in ms"),
		szlDec(2, "min_cycle", "Shortest cycle in ms"), szlDec(2, "max_cycle", "Longest cycle in ms"))
	obTimeOfDay = obRecord(obStart, obReserved1, obReserved2, szlHex(2, "period_exe", "Period"), obReserved3, obReserved4)
	obDelay     = obRecord(obStart, obReserved1, obReserved2, szlHex(2, "sign", "Identifier given to SRT_DINT"), szlDec(4, "dtime", "Delay in ms"))
	obCyclic    = obRecord(obStart, obReserved1, obReserved2, szlDec(2, "phase_offset", "Phase offset in ms"), obReserved3,
		szlDec(2, "exec_freq", "Interval in ms"))
	obProcess = obRecord(obStart, obReserved1, obIO, obModule, szlHex(4, "point_addr", "Interrupt point"))
	obAlarm   = obRecord(obStart, obReserved1, obIO, obModule, szlDec(1, "inf_len", "Length of information"), szlDec(1, "alarm_type", "Type of alarm"),
		szlDec(1, "alarm_slot", "Slot"), szlDec(1, "alarm_spec", "Specifier"))
	obTimeError  = obRecord(obFault, append([]szlSpec{obReserved1, obReserved2, szlHex(2, "error_info", "Error information")}, obCause...)...)
	obPower      = obRecord(obFault, obReserved1, obReserved2, szlHex(2, "rack_cpu", "Rack or CPU"), obReserved3, obReserved4)
	obDiagnosis  = obRecord(obFault, obReserved1, obIO, obModule, obFlags, szlHex(1, "mdl_type_b", "Type of module"), obFlags, obFlags)
	obPlug       = obRecord(obFault, obReserved1, obIO, obModule, szlDec(2, "rack_num", "Rack"), szlHex(2, "mdl_type_w", "Type of module"))
	obHardware   = obRecord(obFault, obReserved1, obReserved2, obReserved3, obReservedD)
	obSequence   = obRecord(obFault, append([]szlSpec{obReserved1, obReserved2, obReserved3}, obCause...)...)
	obRack       = obRecord(obFault, obReserved1, obReserved2, obModule, szlHex(4, "racks_flt", "Racks in fault"))
	obBackground = obRecord(obStart, obReserved1, obReserved2, obReserved3, obReservedD)
	obStartUp    = obRecord(szlHex(1, "strtup", "Kind of start-up"), obReserved1, obReserved2, szlHex(2, "stop", "Event that caused the stop"),
		szlHex(4, "strt_info", "Start information"))
	obProgramming = obRecord(obSoftware, obBlockType, obReserved1, szlHex(2, "flt_reg", "Register or block of the fault"), obBlock, obAddress)
	obAccess      = obRecord(obSoftware, obBlockType, szlHex(1, "mem_area", "Memory area"), szlHex(2, "mem_addr", "Memory address"), obBlock, obAddress)
)

// obLayout is the layout of the start information of an OB.
func obLayout(ob uint8) *szlLayout {
	switch {
	case ob == 1:
		return obCycle
	case ob >= 10 && ob <= 17:
		return obTimeOfDay
	case ob >= 20 && ob <= 23:
		return obDelay
	case ob >= 30 && ob <= 38:
		return obCyclic
	case ob >= 40 && ob <= 48:
		return obProcess
	case ob >= 55 && ob <= 57:
		return obAlarm
	case ob >= 100 && ob <= 102:
		return obStartUp
	}
	switch ob {
	case 80:
		return obTimeError
	case 81:
		return obPower
	case 82:
		return obDiagnosis
	case 83:
		return obPlug
	case 84:
		return obHardware
	case 85, 87:
		return obSequence
	case 86:
		return obRack
	case 90:
		return obBackground
	case 121:
		return obProgramming
	case 122:
		return obAccess
	}
	return obOther
}

const (
	startInfoLength = 20
	startInfoHead   = 12 // bytes before the time
)

// startInformation shows the start information of an OB and passes over it.
func startInformation(c *wire.Cursor) {
	b, off := c.Rest(), c.Off()
	if len(b) < startInfoLength {
		return
	}
	t := c.Tree()
	obLayout(b[3]).fields(t, off, b[:startInfoHead])
	timestampFields(t, off+startInfoHead, b[startInfoHead:startInfoLength])
	c.Skip(fTS, startInfoLength)
}
