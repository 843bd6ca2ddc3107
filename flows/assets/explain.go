package assets

import "plcscope/s7comm"

// variables reports whether k reads or writes variables.
func (k kind) variables() bool {
	return !k.userdata && (k.code == uint16(s7comm.FunctionRead) || k.code == uint16(s7comm.FunctionWrite))
}

// blocks reports whether k is a service for program blocks.
func (k kind) blocks() bool {
	if k.userdata {
		return s7comm.Group(k.code>>8) == s7comm.GroupBlock
	}
	return k.code >= uint16(s7comm.FunctionRequestDownload) && k.code <= uint16(s7comm.FunctionEndUpload)
}

// explain says what an error means and what to do about it. The same code means
// different things for different requests.
func explain(k errorKey) (text, advice string) {
	if k.item {
		return explainItem(s7comm.ReturnCode(k.code))
	}
	e := s7comm.ErrorCode(k.code)
	text = e.String()
	switch k.code {
	case 0x8104:
		switch {
		case k.variables():
			return "the service is not available in this context: PUT/GET access is not permitted, or the hardware configuration was not loaded after it was",
				"S7-1200 and S7-1500: permit access with PUT/GET communication in the protection settings of the CPU, and load the hardware configuration, not only the program"
		case k.blocks():
			return "the controller does not offer services for blocks",
				"S7-1200 and S7-1500 have none over S7 communication: read the variables, with the length from the program"
		}
		return "the controller does not offer the service, or cannot read the request", "ask the CPU, not a communication processor, and check which services its type has"
	case 0x8304:
		return text, "wait until the other upload has ended; uploads that nobody ends keep their place until their connection is closed"
	case 0x8500:
		return "the request, or the answer that it asks for, does not fit the negotiated PDU length",
			"ask for fewer or shorter items in one request; an answer takes 14 bytes, and for each item 4 and its value, padded to even length"
	case 0x8404, 0x8402, 0x8001:
		return text, "look at the operating mode and the key switch: RUN forbids what changes blocks"
	case 0xD241, 0xD0A1, 0xD217:
		return "not permitted at the present protection level", "log in with the password of the CPU before, or lower the protection level in the hardware configuration if that is wanted"
	case 0xD242:
		return text, "blocks of the fail-safe program change with their own password only"
	case 0xD209, 0x0114:
		return text, "list the blocks of the controller: the number is another, or the program was not loaded"
	case 0xD401, 0xD402, 0xD405, 0xD406:
		return "the controller does not have this partial list of the system status list, or no data for this index",
			"read list 0x0000, which says what the controller has"
	case 0xD041:
		return text, "read list 0x0000, which says what the controller has"
	case 0xD602:
		return "the password is wrong", "somebody tries a password that is none: find out who, and why"
	case 0xD605:
		return "a password was given, but the CPU has none configured", "leave the log-in out, or configure a protection level"
	case 0xD603, 0xD604, 0xD403:
		return text, "the connection has logged in before: log in once per connection"
	case 0xD805, 0x8301, 0x8302:
		return text, "end subscriptions and connections that nobody needs: the controller has a fixed number of them"
	}
	return text, ""
}

func explainItem(c s7comm.ReturnCode) (text, advice string) {
	switch c {
	case s7comm.ReturnHardware:
		return "hardware error: the module that the address belongs to does not answer", "read the diagnostic buffer"
	case s7comm.ReturnNotAllowed:
		return "access to the object is not allowed", "the block is write-protected or known to the program only; S7-1200 and S7-1500: mark the variable as accessible from HMI"
	case s7comm.ReturnOutOfRange:
		return "the address is out of range: the block or area exists, but is shorter", "take the length from the program; after a download blocks may be shorter"
	case s7comm.ReturnUnsupported:
		return "the data type is not supported", "read BYTE, WORD or DWORD and convert"
	case s7comm.ReturnMismatch:
		return "the data type does not fit the value", "write with the type and length that the address has"
	case s7comm.ReturnNoObject:
		return "the object does not exist: the data block is not loaded, or its access is optimised", "load the block, or switch optimised block access off in its properties: optimised blocks have no addresses"
	}
	return c.String(), ""
}
