package s7comm

import (
	"strconv"

	"plcscope/internal/wire"
)

// In what state a module is: lists 0x19, 0x22, 0x24, 0x74, 0x91, 0x96.

var szlLED = szlRecord("s7comm.szl.xy74.0000",
	szlHex(2, "cpu_led_id", "LED"),
	szlDecPart(0x0700, "cpu_led_id.rackno", "Rack number"),
	szlDecPart(0x0800, "cpu_led_id.cputype", "Master"),
	szlDecPart(0x00ff, "cpu_led_id.id", "LED ID").named(ledName),
	szlDec(1, "led_on", "Status of the LED"),
	szlDec(1, "led_blink", "Flashing status of the LED").named(blinkName),
)

var (
	szlModuleStatus   = moduleStatus(szlHex(2, "res1", "Reserved"))
	szlModuleStatus0C = moduleStatus(szlDec(2, "res1_0c_4c_4d", "Interface modules that are there"))
	szlModuleStatus0D = moduleStatus(szlDec(2, "res1_0d", "Interface modules"))
)

// moduleStatus describes the records of the lists xx91; the sixth word depends on the
// extract.
func moduleStatus(sixth szlSpec) *szlLayout {
	return szlRecord("s7comm.szl.0091.0000",
		szlHex(2, "adr1", "Address 1"),
		szlHex(2, "adr2", "Address 2"),
		szlDec(2, "logadr", "Logical address"),
		szlHex(2, "exptype", "Expected type"),
		szlHex(2, "acttype", "Actual type"),
		sixth,
		szlHex(2, "eastat", "I/O status"),
		szlFlags("moderror modexists modnotav moddisabl staterr cirbusy res modlocseg"),
		szlHexPart(0xff00, "eastat.dataid", "Input (B4) or output (B5)"),
		szlHex(2, "berbgbr", "Area ID/module width"),
		szlDecPart(0x0007, "berbgbr.width", "Module width"),
		szlFlag(0x0008, "berbgbr.bit3_res", "Reserved"),
		szlDecPart(0x0070, "berbgbr.areaid", "Area ID"),
		szlFlag(0x0080, "berbgbr.bit7_res", "Reserved"),
	)
}

var szlMode = szlRecord("s7comm.szl.0424.0000",
	szlHex(2, "ereig", "Event"),
	szlHex(1, "ae", "Identifier"),
	szlHex(1, "bzu_id", "Change of mode"),
	szlHexPart(0x0f, "bzu_id.req", "Requested mode").named(modeNibble),
	szlHexPart(0xf0, "bzu_id.pre", "Previous mode").named(modeNibble),
	szlRaw(4, "res", "Reserved"),
	szlHex(1, "anlinfo1", "Start-up information 1"),
	szlHex(1, "anlinfo2", "Start-up information 2"),
	szlHex(1, "anlinfo3", "Start-up information 3"),
	szlHex(1, "anlinfo4", "Start-up information 4"),
	szlRaw(8, "time", "Time"),
)

var szlInterrupt = szlRecord("s7comm.szl.xy22.00xx",
	szlRaw(20, "info", "Start information of the OB"),
	szlHex(2, "al1", "Processing identifiers"),
	szlFlags("evpd iel isia"),
	szlFlag(0x0010, "al1.ioil", "Interrupt OB is loaded"),
	szlFlag(0x0020, "al1.ioilbt", "Interrupt OB is locked by TIS"),
	szlFlag(0x0040, "al1.eidbl", "Entry in diagnostic buffer locked"),
	szlHex(2, "al2", "Reaction when the OB is missing or locked"),
	szlFlags("lis giee gism iod"),
	szlHex(4, "al3", "Discarded by TIS functions"),
)

var szlModuleStatusPN = szlRecord("s7comm.szl.xx96.xxxx",
	szlSkip(2),
	szlHexPart(0x7fff, "logadr.adr", "Address of the module"),
	szlFlag(0x8000, "logadr.area", "Area"),
	szlDec(2, "system", "Central module, DP or PROFINET IO system"),
	szlHex(4, "api", "Configured Application Profile"),
	szlDec(2, "station", "Rack, station or device"),
	szlDec(2, "slot", "Slot number"),
	szlDec(2, "subslot", "Interface module slot"),
	szlDec(2, "offset", "Offset in the address range"),
	szlHex(2, "solltyp1", "Expected: manufacturer or profile"),
	szlHex(2, "solltyp2", "Expected: device"),
	szlDec(2, "solltyp3", "Expected: number or profile index"),
	szlHex(4, "solltyp4_5", "Expected: module"),
	szlHex(4, "solltyp6_7", "Expected: submodule"),
	szlHex(2, "expactid", "Expected/actual identifier"),
	szlHex(2, "reserve1", "Reserve 1"),
	szlHex(2, "eastat", "I/O status"),
	szlFlags("moddisrupt modexists modnotav moddisabl statproblem ciractive res modlocseg modmaintreq modmaintdem"),
	szlHex(2, "berbgbr", "Area ID/module width"),
	szlDecPart(0x0007, "berbgbr.width", "Module width"),
	szlFlag(0x0008, "berbgbr.bit3_res", "Reserved"),
	szlDecPart(0x0070, "berbgbr.areaid", "Area ID"),
	szlFlag(0x0080, "berbgbr.bit7_res", "Reserved"),
	szlRaw(10, "reserve2", "Reserved"),
)

// Bits of racks and stations: lists 0x92 and 0x94.
var (
	fSZLStationBytes = stationBytes()
	fSZLStationIndex = szlField(wire.Field{Name: "s7comm.szl.0094.xxxx.index", Title: "Index", Type: wire.Uint, Width: 2, Base: wire.Hex})
	fSZLStationGroup = Fields.Bool("s7comm.szl.0094.xxxx.status_0", "Group information")
	fSZLStationList  = Fields.Bytes("s7comm.szl.0094.xxxx.status_1_2047", "Stations")
)

func stationBytes() (list [16]*wire.Field) {
	for i := range list {
		list[i] = Fields.Uint("s7comm.szl.0092.xxxx.status_"+strconv.Itoa(i), "Stations "+strconv.Itoa(8*i+1)+" to "+strconv.Itoa(8*i+8), 1, wire.Hex, nil)
	}
	return list
}
