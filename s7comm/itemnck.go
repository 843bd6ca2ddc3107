package s7comm

import "plcscope/internal/wire"

// NCK is the address of a variable of a numerical control.
type NCK struct {
	Area      uint8 // 0 NCK, 1 mode group, 2 channel, 3 axis, 4 tool, 5 feed drive, 6 main drive, 7 MMC
	Unit      uint8 // of the area, 0 to 31
	Column    uint16
	Line      uint16
	Module    uint8 // 0x7F state data, 0x1A machine data, 0x15 R parameters ...
	LineCount uint8
}

const nckAreas = "NBCATVHM"

// nckModules names the data that are asked for most.
var nckModules = map[uint8]string{
	0x10: "Y (system data)", 0x14: "TO (tool data)", 0x15: "RP (R parameters)", 0x16: "SE (setting data)", 0x1A: "M (machine data)",
	0x1E: "DIAG (diagnostics)", 0x72: "SSP (spindle)", 0x73: "SGA (geometry axes)", 0x74: "SMA (machine axes)", 0x77: "SALA (alarms)",
	0x7D: "SPARP (program)", 0x7F: "S (state)",
}

// ModuleName is what Module stands for, or "".
func (a *NCK) ModuleName() string { return nckModules[a.Module] }

// NCK reads an item of SyntaxNCK, SyntaxNCKMetric or SyntaxNCKInch; ok is false for
// other items.
func (i *Item) NCK() (a NCK, ok bool) {
	if !i.Known || i.Syntax < SyntaxNCK || i.Syntax > SyntaxNCKInch {
		return NCK{}, false
	}
	r := i.Raw
	return NCK{Area: r[3] >> 5, Unit: r[3] & 0x1f, Column: be16(r[4:]), Line: be16(r[6:]), Module: r[8], LineCount: r[9]}, true
}

func (i *Item) nckFields(t *wire.Tree, off int) {
	a, ok := i.NCK()
	if !ok {
		return
	}
	t.Uint(fNCKAreaUnit, off+3, 1, uint64(i.Raw[3]))
	t.Uint(fNCKArea, off+3, 1, uint64(a.Area))
	t.Uint(fNCKUnit, off+3, 1, uint64(a.Unit))
	t.Uint(fNCKColumn, off+4, 2, uint64(a.Column))
	t.Uint(fNCKLine, off+6, 2, uint64(a.Line))
	t.Uint(fNCKModule, off+8, 1, uint64(a.Module))
	t.Uint(fNCKLineCount, off+9, 1, uint64(a.LineCount))
}

// DriveES is the address of a parameter of a drive.
type DriveES struct {
	Unknown1  uint8
	Unknown2  uint16
	Unknown3  uint16
	Parameter uint16
	Index     uint16
}

// DriveES reads an item of SyntaxDriveES; ok is false for other items.
func (i *Item) DriveES() (a DriveES, ok bool) {
	if !i.Known || i.Syntax != SyntaxDriveES {
		return DriveES{}, false
	}
	r := i.Raw
	return DriveES{Unknown1: r[3], Unknown2: be16(r[4:]), Unknown3: be16(r[6:]), Parameter: be16(r[8:]), Index: be16(r[10:])}, true
}

func (i *Item) driveFields(t *wire.Tree, off int) {
	a, _ := i.DriveES()
	t.Uint(fDriveUnknown1, off+3, 1, uint64(a.Unknown1))
	t.Uint(fDriveUnknown2, off+4, 2, uint64(a.Unknown2))
	t.Uint(fDriveUnknown3, off+6, 2, uint64(a.Unknown3))
	t.Uint(fDriveParameter, off+8, 2, uint64(a.Parameter))
	t.Uint(fDriveIndex, off+10, 2, uint64(a.Index))
}
