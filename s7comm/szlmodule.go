package s7comm

// What a module is and has: lists 0x00, 0x11 to 0x15, 0x1C.

var szlList = szlRecord("s7comm.szl.0000.0000",
	szlHex(2, "szl_id", "SZL ID that exists"),
)

var szlModule = szlRecord("s7comm.szl.xy11.0001",
	szlHex(2, "index", "Index").named(moduleIndex),
	szlText(20, "anz", "Order number of the module"),
	szlHex(2, "bgtyp", "Module type ID"),
	szlDec(2, "ausbg", "Version of the module or its firmware"),
	szlDec(2, "ausbe", "Version of the description file"),
)

var szlCharacteristic = szlRecord("s7comm.szl.xy12.0x00",
	szlHex(2, "charac", "Characteristic"),
)

var szlMemory = szlRecord("s7comm.szl.0013.0000",
	szlHex(2, "index", "Index"),
	szlHex(2, "code", "Memory type").named(memoryCode),
	szlDec(4, "size", "Bytes of both areas"),
	szlDec(2, "mode", "Mode"),
	szlFlags("vol_mem nvol_mem mixed_mem cd_sep cd_tog"),
	szlHex(2, "granu", "Granu"),
	szlDec(4, "ber1", "Bytes of the volatile area"),
	szlDec(4, "belegt1", "Bytes used of the volatile area"),
	szlDec(4, "block1", "Largest free block of the volatile area"),
	szlDec(4, "ber2", "Bytes of the non-volatile area"),
	szlDec(4, "belegt2", "Bytes used of the non-volatile area"),
	szlDec(4, "block2", "Largest free block of the non-volatile area"),
)

var szlArea = szlRecord("s7comm.szl.xy14.000x",
	szlHex(2, "index", "Index"),
	szlHex(2, "code", "Memory type"),
	szlDec(2, "quantity", "Number of elements of the system area"),
	szlDec(2, "reman", "Number of retentive elements"),
)

var szlBlockType = szlRecord("s7comm.szl.xy15.000x",
	szlHex(2, "index", "Index"),
	szlDec(2, "maxanz", "Most blocks of the type"),
	szlDec(2, "maxlng", "Largest object to be loaded in KB"),
	szlDec(4, "maxabl", "Most bytes of a block in work memory"),
)

var szlComponentOther = szlRecord("s7comm.szl.001c.000x",
	szlHex(2, "index", "Index").named(componentIndex),
	szlRaw(32, "res", "Reserved"),
)

var szlComponent1 = szlRecord("s7comm.szl.001c.000x",
	szlHex(2, "index", "Index").named(componentIndex),
	szlText(24, "s7comm.szl.001c.0001.name", "Name of the PLC"),
	szlRaw(8, "res", "Reserved"),
)

var szlComponent2 = szlRecord("s7comm.szl.001c.000x",
	szlHex(2, "index", "Index").named(componentIndex),
	szlText(24, "s7comm.szl.001c.0002.name", "Name of the module"),
	szlRaw(8, "res", "Reserved"),
)

var szlComponent3 = szlRecord("s7comm.szl.001c.000x",
	szlHex(2, "index", "Index").named(componentIndex),
	szlText(32, "s7comm.szl.001c.0003.tag", "Plant identification of the module"),
)

var szlComponent4 = szlRecord("s7comm.szl.001c.000x",
	szlHex(2, "index", "Index").named(componentIndex),
	szlText(26, "s7comm.szl.001c.0004.copyright", "Copyright"),
	szlRaw(6, "res", "Reserved"),
)

var szlComponent5 = szlRecord("s7comm.szl.001c.000x",
	szlHex(2, "index", "Index").named(componentIndex),
	szlText(24, "s7comm.szl.001c.0005.serialn", "Serialnumber of the module"),
	szlRaw(8, "res", "Reserved"),
)

var szlComponent7 = szlRecord("s7comm.szl.001c.000x",
	szlHex(2, "index", "Index").named(componentIndex),
	szlText(32, "s7comm.szl.001c.0007.cputypname", "Module type"),
)

var szlComponent8 = szlRecord("s7comm.szl.001c.000x",
	szlHex(2, "index", "Index").named(componentIndex),
	szlText(32, "s7comm.szl.001c.0008.snmcmmc", "Serial number of the Memory Card/Micro Memory Card"),
)

var szlComponent9 = szlRecord("s7comm.szl.001c.000x",
	szlHex(2, "index", "Index").named(componentIndex),
	szlHex(2, "s7comm.szl.001c.0009.manufacturer_id", "Manufacturer_id"),
	szlHex(2, "s7comm.szl.001c.0009.profile_id", "Profile_id"),
	szlHex(2, "s7comm.szl.001c.0009.profile_spec_typ", "Profile_spec_typ"),
	szlRaw(26, "res", "Reserved"),
)

var szlComponentA = szlRecord("s7comm.szl.001c.000x",
	szlHex(2, "index", "Index").named(componentIndex),
	szlText(26, "s7comm.szl.001c.000a.oem_copyright_string", "OEM Copyright ID"),
	szlHex(2, "s7comm.szl.001c.000a.oem_id", "OEM ID"),
	szlHex(4, "s7comm.szl.001c.000a.oem_add_id", "OEM additional ID"),
)

var szlComponentB = szlRecord("s7comm.szl.001c.000x",
	szlHex(2, "index", "Index").named(componentIndex),
	szlText(32, "s7comm.szl.001c.000b.loc_id", "Location designation"),
)

// szlComponents are the layouts of component identification by index.
var szlComponents = map[uint16]*szlLayout{
	0x1: szlComponent1, 0x2: szlComponent2, 0x3: szlComponent3, 0x4: szlComponent4, 0x5: szlComponent5, 0x7: szlComponent7, 0x8: szlComponent8, 0x9: szlComponent9, 0xA: szlComponentA, 0xB: szlComponentB,
}
