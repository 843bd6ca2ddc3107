package s7comm

import "plcscope/internal/wire"

// SZLID names a partial list of the system status list: the kind of module in the high
// nibble (0 CPU, 4 IM, 8 FM, 12 CP), the extract in the next, the list in the low byte.
type SZLID uint16

// The lists.
const (
	SZLIndex           = 0x00 // the identifiers that there are
	SZLModule          = 0x11 // module identification
	SZLCharacteristics = 0x12
	SZLMemory          = 0x13
	SZLAreas           = 0x14
	SZLBlockTypes      = 0x15
	SZLLocalLEDs       = 0x19
	SZLComponent       = 0x1C // component identification: names, serial numbers
	SZLInterrupts      = 0x22
	SZLModes           = 0x24 // operating mode and its changes
	SZLCapabilities    = 0x31
	SZLCommunication   = 0x32 // communication status; index 4: protection
	SZLLEDs            = 0x74
	SZLModuleStatus    = 0x91
	SZLStations        = 0x92
	SZLStationsPN      = 0x94
	SZLModuleStatusPN  = 0x96
	SZLDiagnostics     = 0xA0 // diagnostic buffer
)

var szlNames = map[uint8]string{
	0x00: "list of SZL-IDs", 0x11: "module identification", 0x12: "CPU characteristics", 0x13: "memory areas", 0x14: "system areas",
	0x15: "block types", 0x16: "priority classes", 0x17: "SDBs", 0x18: "I/O configuration", 0x19: "LEDs of the module",
	0x1C: "component identification", 0x21: "interrupt and error assignment", 0x22: "interrupt status", 0x23: "priority classes",
	0x24: "operating modes", 0x25: "process image partitions", 0x31: "communication capabilities", 0x32: "communication status",
	0x33: "nodes logged on", 0x37: "Ethernet details", 0x71: "H CPU group", 0x74: "LEDs", 0x75: "switched DP slaves",
	0x81: "start information", 0x82: "start events", 0x90: "DP master systems", 0x91: "module status", 0x92: "rack and station status",
	0x94: "rack and station status", 0x95: "extended DP and PROFINET systems", 0x96: "module status", 0x9C: "tool changers",
	0xA0: "diagnostic buffer", 0xB1: "diagnostic data record 0", 0xB2: "diagnostic data record 1", 0xB3: "diagnostic data of a module",
	0xB4: "diagnostic data of a DP slave",
}

// List is what the list is about, or "" when that is not known.
func (i SZLID) List() string { return szlNames[uint8(i)] }

// Extract is the second nibble: 0 all records, 15 the head only; the others depend on
// the list.
func (i SZLID) Extract() uint8 { return uint8(i>>8) & 15 }

// Append adds the identifier and what the list is about.
func (i SZLID) Append(b []byte) []byte {
	b = append(b, "0x"...)
	b = append(b, hexDigits[i>>12], hexDigits[i>>8&15], hexDigits[i>>4&15], hexDigits[i&15])
	if name := i.List(); name != "" {
		b = append(append(b, ' '), name...)
	}
	return b
}

func (i SZLID) String() string { return string(i.Append(nil)) }

// SZL is the answer to a request to read a partial list.
type SZL struct {
	ID        SZLID
	Index     uint16
	RecordLen int    // bytes of a record
	Count     int    // records, as stated; all of them are in Records unless Extract is 15
	Records   []byte // borrowed
}

const (
	subReadSZL = 1
	szlHead    = 8
)

// SZLRequest is what a request to read a partial list asks for; ok is false for other
// messages, such as requests for the next fragment.
func (u *Userdata) SZLRequest() (id SZLID, index uint16, ok bool) {
	b := u.Content
	if u.Group != GroupCPU || u.Subfunction != subReadSZL || u.Type != UserdataRequest || u.ReturnCode != ReturnSuccess || len(b) < 4 {
		return 0, 0, false
	}
	return SZLID(be16(b)), be16(b[2:]), true
}

// SZL reads the answer to a request to read a partial list; ok is false for other
// messages, for fragments before the last, and when head and records do not fit
// together: the beginning of the answer may be missing.
func (u *Userdata) SZL() (s SZL, ok bool) {
	b := u.Content
	if u.Group != GroupCPU || u.Subfunction != subReadSZL || !u.answers() || len(b) < szlHead {
		return SZL{}, false
	}
	s = SZL{ID: SZLID(be16(b)), Index: be16(b[2:]), RecordLen: int(be16(b[4:])), Count: int(be16(b[6:])), Records: b[szlHead:]}
	return s, s.ID.Extract() == 15 && len(s.Records) == 0 || s.RecordLen*s.Count == len(s.Records)
}

// Len is the number of records that are there.
func (s *SZL) Len() int {
	if s.RecordLen == 0 {
		return 0
	}
	return min(s.Count, len(s.Records)/s.RecordLen)
}

// Record returns record n, n from 0 to Len less one.
func (s *SZL) Record(n int) []byte {
	return s.Records[n*s.RecordLen : (n+1)*s.RecordLen : (n+1)*s.RecordLen]
}

// cpu reports whether the list is that of a CPU, whose records have the layouts known
// here.
func (i SZLID) cpu() bool { return i>>12 == 0 }

// diagnostics reports whether the list is the diagnostic buffer or a part of it.
func (i SZLID) diagnostics() bool {
	e := i.Extract()
	return i.cpu() && uint8(i) == SZLDiagnostics && (e < 2 || e > 3 && e < 15)
}

// szlFields shows a request or an answer to read a partial list.
func (u *Userdata) szlFields(c *wire.Cursor) {
	if u.Type != UserdataRequest && u.Type != UserdataResponse {
		undecoded(c)
		return
	}
	id := SZLID(c.U16(fSZLID))
	if t := c.Tree(); t != nil && c.OK() {
		off := c.Off() - 2
		t.Uint(fSZLClass, off, 2, uint64(id>>12))
		t.Uint(fSZLExtract, off, 2, uint64(id&0x0fff))
		t.Uint(fSZLList, off, 2, uint64(id&0xff))
	}
	index := c.U16(fSZLIndex)
	if u.Type == UserdataRequest || !c.OK() {
		return
	}
	size := int(c.U16(fSZLRecordLen))
	count := int(c.U16(fSZLCount))
	for n := 0; n < count && c.Len() > 0 && size > 0; n++ {
		record := c.Rest()
		record = record[:min(size, len(record))]
		h := c.Tree().Open(fSZLRecord, c.Off())
		szlRecordFields(c.Tree(), c.Off(), id, index, record)
		c.Skip(fSZLRecord, len(record))
		c.Tree().Close(h, c.Off())
	}
}

// szlRecordFields shows one record of a partial list.
func szlRecordFields(t *wire.Tree, off int, id SZLID, index uint16, record []byte) {
	covered := 0
	switch layout := szlLayoutOf(id, index, record); {
	case layout != nil:
		covered = layout.fields(t, off, record)
	case id.diagnostics() && len(record) >= diagnosticLength:
		diagnosticFields(t, off, record)
		covered = diagnosticLength
	case id.cpu() && uint8(id) == SZLStations && id.Extract() <= 6 && len(record) >= 16:
		covered = stationFields(t, off, record)
	case id.cpu() && uint8(id) == SZLStationsPN && slotted[id.Extract()] && len(record) >= 258:
		covered = stationPNFields(t, off, record)
	case len(record) > 0:
		t.Data(fSZLRaw, off, record)
		return
	}
	if covered < len(record) {
		t.Data(fSurplus, off+covered, record[covered:])
	}
}

// szlLayoutOf finds the layout of the records of a list, or nil.
func szlLayoutOf(id SZLID, index uint16, record []byte) *szlLayout {
	if !id.cpu() {
		return nil
	}
	extract := id.Extract()
	all := extract <= 1 // every record, or the one with the index
	switch uint8(id) {
	case SZLCapabilities, SZLCommunication:
		if extract == 1 {
			return szlIndexed[uint32(id)<<16|uint32(index)]
		}
	case SZLIndex:
		if extract == 0 {
			return szlList
		}
	case SZLModule:
		if all {
			return szlModule
		}
	case SZLCharacteristics:
		if all {
			return szlCharacteristic
		}
	case SZLMemory:
		if all && index == 0 {
			return szlMemory
		}
	case SZLAreas:
		if all {
			return szlArea
		}
	case SZLBlockTypes:
		if all {
			return szlBlockType
		}
	case SZLLocalLEDs, SZLLEDs:
		if all {
			return szlLED
		}
	case SZLComponent:
		if extract <= 3 {
			return szlComponent(record)
		}
	case SZLInterrupts:
		if extract == 2 {
			return szlInterrupt
		}
	case SZLModes:
		if (extract == 1 || extract == 4) && index == 0 {
			return szlMode
		}
	case SZLModuleStatus:
		return szlModuleStatuses[extract]
	case SZLModuleStatusPN:
		if extract == 6 || extract == 12 {
			return szlModuleStatusPN
		}
	}
	return nil
}

// szlIndexed are the layouts that depend on the index: identifier and index.
var szlIndexed = map[uint32]*szlLayout{
	0x01310001: szlCapability1, 0x01310002: szlCapability2, 0x01310003: szlCapability3, 0x01310004: szlCapability4,
	0x01310005: szlCapability5, 0x01310006: szlCapability6, 0x01310007: szlCapability7, 0x01310008: szlCapability8,
	0x01310009: szlCapability9, 0x01310010: szlCapability10,
	0x01320001: szlCommunication1, 0x01320002: szlCommunication2, 0x01320004: szlCommunication4, 0x01320005: szlCommunication5,
	0x01320006: szlCommunication6, 0x01320008: szlCommunication8, 0x0132000B: szlCommunicationB, 0x0132000C: szlCommunicationC,
}

// szlModuleStatuses are the layouts of the extracts of the list of module status.
var szlModuleStatuses = [16]*szlLayout{
	0: szlModuleStatus, 1: szlModuleStatus, 2: szlModuleStatus, 3: szlModuleStatus, 4: szlModuleStatus, 5: szlModuleStatus,
	9: szlModuleStatus, 10: szlModuleStatus, 12: szlModuleStatus0C, 13: szlModuleStatus0D, 14: szlModuleStatus,
}

// slotted are the extracts of the list of stations that say which stations there are.
var slotted = [16]bool{0: true, 1: true, 2: true, 6: true, 7: true}

// szlComponent is the layout of a record of component identification, which depends on
// the index that it begins with.
func szlComponent(record []byte) *szlLayout {
	if len(record) >= 2 {
		if l := szlComponents[be16(record)]; l != nil {
			return l
		}
	}
	return szlComponentOther
}

// stationFields shows sixteen bytes of which each bit is a rack or station.
func stationFields(t *wire.Tree, off int, record []byte) int {
	for i, f := range fSZLStationBytes {
		t.Uint(f, off+i, 1, uint64(record[i]))
		stationBits(t, off+i, record[i], 0)
	}
	return len(fSZLStationBytes)
}

// stationPNFields shows an index, a bit for the group and one for each of 2047 stations.
func stationPNFields(t *wire.Tree, off int, record []byte) int {
	t.Uint(fSZLStationIndex, off, 2, uint64(be16(record)))
	t.Bool(fSZLStationGroup, off+2, record[2]&1 != 0)
	t.Data(fSZLStationList, off+2, record[2:258])
	for i, c := range record[2:258] {
		first := 0
		if i == 0 {
			first = 1
		}
		stationBits(t, off+2+i, c, first)
	}
	return 258
}

func stationBits(t *wire.Tree, off int, c byte, first int) {
	for bit := first; bit < 8; bit++ {
		if c>>bit&1 != 0 {
			t.Close(t.Open(fSZLStation, off), off+1)
		}
	}
}
