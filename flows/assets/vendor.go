package assets

// vendorOf is who made the interface with the hardware address, as far as it is one
// that is met on the network of a plant, or "".
func vendorOf(a [6]byte) string {
	if a[0]&2 != 0 {
		return "" // given by an administrator, or by a virtual machine
	}
	return vendors[uint32(a[0])<<16|uint32(a[1])<<8|uint32(a[2])]
}

// vendors are the blocks of addresses that the IEEE Registration Authority has
// assigned to them (MA-L registry, standards-oui.ieee.org).
var vendors = map[uint32]string{
	0x0001E3: "Siemens", 0x000519: "Siemens", 0x000BA3: "Siemens", 0x000E8C: "Siemens",
	0x001106: "Siemens", 0x001133: "Siemens", 0x001928: "Siemens", 0x001B1B: "Siemens",
	0x001C06: "Siemens", 0x001FF8: "Siemens", 0x00A003: "Siemens", 0x00C0E4: "Siemens",
	0x080006: "Siemens", 0x10DFFC: "Siemens", 0x208756: "Siemens", 0x20A8B9: "Siemens",
	0x286336: "Siemens", 0x301389: "Siemens", 0x384B24: "Siemens", 0x40ECF8: "Siemens",
	0x4486C1: "Siemens", 0x681FD8: "Siemens", 0x683E02: "Siemens", 0x703811: "Siemens",
	0x789F87: "Siemens", 0x883F99: "Siemens", 0x8CF319: "Siemens", 0x90DAF9: "Siemens",
	0xAC6417: "Siemens", 0xB4B15A: "Siemens", 0xB87AC9: "Siemens", 0xD4F527: "Siemens",
	0xDC0575: "Siemens", 0xE0DCA0: "Siemens", 0xE8EF22: "Siemens", 0xEC1C5D: "Siemens",
	0x000105: "Beckhoff",
	0x0000BC: "Rockwell Automation", 0x001D9C: "Rockwell Automation", 0x086195: "Rockwell Automation", 0x184C08: "Rockwell Automation",
	0x34C0F9: "Rockwell Automation", 0x404101: "Rockwell Automation", 0x5C2167: "Rockwell Automation", 0x5C8816: "Rockwell Automation",
	0x68C8EB: "Rockwell Automation", 0xE49069: "Rockwell Automation", 0xF45433: "Rockwell Automation",
	0x000054: "Schneider Electric", 0x000123: "Schneider Electric", 0x000C81: "Schneider Electric", 0x001100: "Schneider Electric",
	0x001324: "Schneider Electric", 0x20443A: "Schneider Electric", 0x942E17: "Schneider Electric",
	0x0030DE: "WAGO",
	0x00A045: "Phoenix Contact", 0xA8741D: "Phoenix Contact",
	0x0002A2: "Hilscher",
	0x000EF0: "Festo",
	0x0090E8: "Moxa",
	0x008063: "Hirschmann", 0x00D026: "Hirschmann", 0x646038: "Hirschmann", 0x94AEE3: "Hirschmann",
	0xA0B086: "Hirschmann", 0xEC74BA: "Hirschmann", 0xECE555: "Hirschmann",
	0x00000A: "Omron", 0x3CF7D1: "Omron",
	0x000A66: "Mitsubishi Electric", 0x002692: "Mitsubishi Electric", 0x104B46: "Mitsubishi Electric", 0x28E98E: "Mitsubishi Electric",
	0x30BE3B: "Mitsubishi Electric", 0x38E08E: "Mitsubishi Electric", 0x58528A: "Mitsubishi Electric",
	0x0020B5: "Yaskawa",
	0x000594: "HMS Industrial Networks", 0x003011: "HMS Industrial Networks", 0x003056: "HMS Industrial Networks", 0xCC3F1D: "HMS Industrial Networks",
	0x24EA40: "Helmholz",
	0x00157E: "Weidmüller",
	0x0020D5: "VIPA",
	0x000248: "Pilz",
	0x000BAB: "Advantech", 0x001453: "Advantech", 0x00D0C9: "Advantech", 0x74FE48: "Advantech",
	0xC400AD: "Advantech", 0xCC827F: "Advantech",
	0x000569: "VMware", 0x000C29: "VMware", 0x001C14: "VMware", 0x005056: "VMware",
	0x28CDC1: "Raspberry Pi", 0xB827EB: "Raspberry Pi", 0xDCA632: "Raspberry Pi", 0xE45F01: "Raspberry Pi",
	0x006065: "B&R",
	0x000023: "ABB", 0x00022C: "ABB", 0x00032C: "ABB", 0x000C02: "ABB",
	0x000C62: "ABB", 0x000CDE: "ABB", 0x000D97: "ABB", 0x001293: "ABB",
	0x001386: "ABB", 0x001B45: "ABB", 0x001C01: "ABB", 0x0021C1: "ABB",
	0x002459: "ABB", 0x00904F: "ABB", 0x4CBCB4: "ABB", 0x5031AD: "ABB",
	0x54F876: "ABB", 0x60391F: "ABB", 0x78AB60: "ABB", 0x803B2A: "ABB",
	0x807A7F: "ABB", 0x9803A0: "ABB", 0xACD364: "ABB", 0xB89BE4: "ABB",
	0xE002A5: "ABB",
	0x000B0F: "Bosch Rexroth",
	0x000A86: "Lenze",
	0x000746: "Turck",
	0x000677: "SICK",
	0x000201: "ifm electronic", 0x74731D: "ifm electronic",
	0x00054B: "Eaton", 0x000CC1: "Eaton", 0x001345: "Eaton", 0x001864: "Eaton",
	0x002085: "Eaton", 0x0022D5: "Eaton", 0x008099: "Eaton",
	0x000060: "Kontron", 0x000E32: "Kontron", 0x001013: "Kontron", 0x0025A8: "Kontron",
	0x003059: "Kontron", 0x003092: "Kontron", 0x00B338: "Kontron", 0x08855B: "Kontron",
}
