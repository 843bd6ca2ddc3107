package s7comm

// ModuleID is a record of module identification, list 0x11.
type ModuleID struct {
	Index       uint16 // 1 module, 6 basic hardware, 7 basic firmware, 0x81 firmware extension
	OrderNumber string // "6ES7 315-2EH14-0AB0"
	Type        uint16 // of the module
	Version     uint16 // of the module; of Index 7 see Firmware
	FileVersion uint16
}

// Indices of ModuleID.
const (
	ModuleItself       = 0x0001
	ModuleHardware     = 0x0006
	ModuleFirmware     = 0x0007
	ModuleFirmwareBoot = 0x0081
)

func moduleIndex(v uint64) string {
	switch v {
	case ModuleItself:
		return "module"
	case ModuleHardware:
		return "basic hardware"
	case ModuleFirmware:
		return "basic firmware"
	case ModuleFirmwareBoot:
		return "firmware extension"
	}
	return ""
}

// Firmware is the version of a firmware as "V3.2.6"; ok is false when the record is not
// that of a firmware.
func (m *ModuleID) Firmware() (s string, ok bool) {
	if m.Index != ModuleFirmware && m.Index != ModuleFirmwareBoot || m.Version>>8 != 'V' {
		return "", false
	}
	b := appendUint([]byte{'V'}, uint64(m.Version&0xff))
	b = appendUint(append(b, '.'), uint64(m.FileVersion>>8))
	return string(appendUint(append(b, '.'), uint64(m.FileVersion&0xff))), true
}

// is reports whether the list is that of a CPU with the number given and its records
// have at least size bytes.
func (s *SZL) is(list uint8, size, n int) bool {
	return s.ID.cpu() && uint8(s.ID) == list && s.RecordLen >= size && n < s.Len()
}

// ModuleID reads record n of module identification; ok is false when the list is
// another.
func (s *SZL) ModuleID(n int) (m ModuleID, ok bool) {
	if !s.is(SZLModule, 28, n) {
		return ModuleID{}, false
	}
	b := s.Record(n)
	return ModuleID{be16(b), trimmed(b[2:22]), be16(b[22:]), be16(b[24:]), be16(b[26:])}, true
}

// Component is a record of component identification, list 0x1C.
type Component struct {
	Index uint16
	Text  string // empty for ComponentManufacturer
}

// Indices of Component.
const (
	ComponentPLC          = 0x01 // name of the controller
	ComponentModule       = 0x02 // name of the module
	ComponentPlant        = 0x03 // plant identification
	ComponentCopyright    = 0x04
	ComponentSerial       = 0x05 // serial number of the module
	ComponentType         = 0x07 // type of the module in words
	ComponentCard         = 0x08 // serial number of the memory card
	ComponentManufacturer = 0x09
	ComponentOEM          = 0x0A
	ComponentLocation     = 0x0B
)

func componentIndex(v uint64) string {
	switch v {
	case ComponentPLC:
		return "name of the PLC"
	case ComponentModule:
		return "name of the module"
	case ComponentPlant:
		return "plant identification"
	case ComponentCopyright:
		return "copyright"
	case ComponentSerial:
		return "serial number"
	case ComponentType:
		return "module type"
	case ComponentCard:
		return "serial number of the memory card"
	case ComponentManufacturer:
		return "manufacturer"
	case ComponentOEM:
		return "OEM copyright"
	case ComponentLocation:
		return "location"
	}
	return ""
}

// Component reads record n of component identification; ok is false when the list is
// another. The record of an H system has two more bytes before the text.
func (s *SZL) Component(n int) (c Component, ok bool) {
	if !s.is(SZLComponent, 34, n) {
		return Component{}, false
	}
	b := s.Record(n)
	c.Index = be16(b)
	size := 32
	switch c.Index {
	case ComponentManufacturer:
		return c, true
	case ComponentPLC, ComponentModule, ComponentSerial:
		size = 24
	case ComponentCopyright, ComponentOEM:
		size = 26
	}
	c.Text = trimmed(b[2 : 2+size])
	return c, true
}

func memoryCode(v uint64) string {
	switch v {
	case 1:
		return "RAM"
	case 2:
		return "FEPROM"
	case 3:
		return "RAM and FEPROM"
	}
	return ""
}
