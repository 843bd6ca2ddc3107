package s7comm

// Append adds the address in STEP 7 notation: DB1.DBX2.3, DB1.DBD4 REAL, MW100, T5, C3,
// and as a pointer when there are several elements: P#DB1.DBX0.0 BYTE 4.
func (i *Item) Append(b []byte) []byte {
	if !i.Known {
		b = append(b, i.Syntax.String()...)
		b = append(b, ' ')
		return appendData(b, i.Raw[min(3, len(i.Raw)):], 16)
	}
	switch i.Syntax {
	case SyntaxS7Any:
		return i.appendAny(b)
	case SyntaxDriveES:
		a, _ := i.DriveES()
		b = append(b, "drive parameter "...)
		b = appendUint(b, uint64(a.Parameter))
		return appendIndex(b, uint64(a.Index))
	case SyntaxDBRead:
		for n := range i.DBReads() {
			if n > 0 {
				b = append(b, ", "...)
			}
			a := i.DBRead(n)
			b = append(b, "P#DB"...)
			b = appendUint(b, uint64(a.DB))
			b = append(b, ".DBX"...)
			b = appendUint(b, uint64(a.Start))
			b = append(b, ".0 BYTE "...)
			b = appendUint(b, uint64(a.Length))
		}
		return b
	case SyntaxSymbolic:
		return i.appendSymbol(b)
	}
	return i.appendNCK(b)
}

func (i *Item) String() string { return string(i.Append(nil)) }

// letters of the memory areas whose addresses are byte and bit.
func areaLetter(a Area) string {
	switch a {
	case AreaInput:
		return "I"
	case AreaOutput:
		return "Q"
	case AreaFlag:
		return "M"
	case AreaPeripheral:
		return "P"
	case AreaLocal:
		return "L"
	case AreaV:
		return "V"
	case AreaSystemInfo:
		return "SYSINFO"
	case AreaSystemFlags:
		return "SM"
	case AreaAnalogIn:
		return "AI"
	case AreaAnalogOut:
		return "AQ"
	}
	return ""
}

func (i *Item) appendAny(b []byte) []byte {
	switch i.Area {
	case AreaTimer:
		return i.appendNumbered(b, "T")
	case AreaCounter:
		return i.appendNumbered(b, "C")
	case AreaIECCounter:
		return i.appendNumbered(b, "IEC counter ")
	case AreaIECTimer:
		return i.appendNumbered(b, "IEC timer ")
	case AreaRecord:
		b = append(b, "record "...)
		b = appendUint(b, uint64(i.DB))
		b = append(b, " of module "...)
		b = appendUint(b, uint64(i.Address))
		b = append(b, ", at most "...)
		b = appendUint(b, uint64(i.Count))
		return append(b, " bytes"...)
	}
	width := byte(0)
	if i.Count == 1 {
		switch i.TransportSize.Size() {
		case 1:
			width = 'B'
			if i.TransportSize == SizeBit {
				width = 'X'
			}
		case 2:
			width = 'W'
		case 4:
			width = 'D'
		}
	}
	if width != 'X' && i.Bit() != 0 { // only a bit can begin inside a byte
		width = 0
	}
	if width == 0 {
		b = append(b, "P#"...)
	}
	b = i.appendStart(b, width)
	b = appendUint(b, uint64(i.Byte()))
	if width == 0 || width == 'X' {
		b = append(b, '.', '0'+i.Bit())
	}
	if width == 0 {
		b = append(b, ' ')
		b = append(b, i.TransportSize.String()...)
		b = append(b, ' ')
		return appendUint(b, uint64(i.Count))
	}
	switch i.TransportSize {
	case SizeBit, SizeByte, SizeWord, SizeDWord: // the width says it all
		return b
	}
	b = append(b, ' ')
	return append(b, i.TransportSize.String()...)
}

// appendStart adds area and width: DB1.DBW, MW, or M for a bit or pointer.
func (i *Item) appendStart(b []byte, width byte) []byte {
	if i.Area == AreaDB || i.Area == AreaDI {
		name := [2]string{"DB", ".DB"}
		if i.Area == AreaDI {
			name = [2]string{"DI", ".DI"}
		}
		b = append(b, name[0]...)
		b = appendUint(b, uint64(i.DB))
		b = append(b, name[1]...)
		if width == 0 {
			width = 'X'
		}
		return append(b, width)
	}
	letter := areaLetter(i.Area)
	if letter == "" {
		b = append(b, i.Area.String()...)
		return append(b, ' ')
	}
	b = append(b, letter...)
	if width != 0 && width != 'X' {
		b = append(b, width)
	}
	return b
}

func (i *Item) appendNumbered(b []byte, name string) []byte {
	b = append(b, name...)
	b = appendUint(b, uint64(i.Address))
	if i.Count != 1 {
		b = append(b, ' ')
		b = append(b, i.TransportSize.String()...)
		b = append(b, ' ')
		b = appendUint(b, uint64(i.Count))
	}
	return b
}

func (i *Item) appendSymbol(b []byte) []byte {
	s, _ := i.Symbol()
	switch {
	case s.Root == symbolDB:
		b = append(b, "DB"...)
		b = appendUint(b, uint64(s.DB))
	case s.Root == 0 && s.Area >= 0x50 && s.Area <= 0x54:
		b = append(b, "IQMCT"[s.Area-0x50])
	default:
		b = append(b, "area 0x"...)
		b = appendHexDigits(b, i.Raw[4:8])
	}
	for n := range s.Steps() {
		kind, value := s.Step(n)
		if kind == 3 || kind == 5 {
			b = appendIndex(b, uint64(value))
			continue
		}
		b = append(b, ".LID"...)
		b = appendUint(b, uint64(value))
	}
	b = append(b, " (CRC "...)
	b = appendHexDigits(b, i.Raw[8:12])
	return append(b, ')')
}

func (i *Item) appendNCK(b []byte) []byte {
	a, _ := i.NCK()
	b = append(b, "NCK "...)
	b = append(b, nckAreas[a.Area])
	b = appendUint(b, uint64(a.Unit))
	b = append(b, " module "...)
	if name := a.ModuleName(); name != "" {
		b = append(b, name...)
	} else {
		b = append(b, "0x"...)
		b = appendHexDigits(b, i.Raw[8:9])
	}
	b = append(b, " column "...)
	b = appendUint(b, uint64(a.Column))
	b = append(b, " line "...)
	b = appendUint(b, uint64(a.Line))
	if a.LineCount > 1 {
		b = append(b, " lines "...)
		b = appendUint(b, uint64(a.LineCount))
	}
	return b
}

func appendIndex(b []byte, v uint64) []byte {
	b = append(b, '[')
	b = appendUint(b, v)
	return append(b, ']')
}
