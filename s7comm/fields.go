package s7comm

import "plcscope/internal/wire"

// Fields lists every field that Dissect can add, under Wireshark's names.
var Fields wire.Table

// Parts of Fields that each message has, or that stand often in one: they are passed over
// together when nobody asks for one of them.
var (
	transportFields = Fields.Part() // TPKT and COTP
	headerFields    = Fields.Part() // of S7
	itemFields      = Fields.Part() // of S7ANY addresses, beside fSurplus
	valueFields     = Fields.Part() // of data items, beside fSurplus
)

// The headings of the protocols.
var (
	fTPKT = transportFields.None("tpkt", "TPKT")
	fCOTP = transportFields.None("cotp", "ISO 8073/X.224 COTP Connection-Oriented Transport Protocol")
	fS7   = Fields.None("s7comm", "S7 Communication")
)

var (
	fTPKTVersion  = transportFields.Uint("tpkt.version", "Version", 1, wire.Dec, nil)
	fTPKTReserved = transportFields.Uint("tpkt.reserved", "Reserved", 1, wire.Dec, nil)
	fTPKTLength   = transportFields.Uint("tpkt.length", "Length", 2, wire.Dec, nil)
)

var (
	fLI              = transportFields.Uint("cotp.li", "Length", 1, wire.Dec, nil)
	fType            = transportFields.Uint("cotp.type", "PDU Type", 1, wire.Hex, func(v uint64) string { return TPDUType(v << 4).String() })
	fDstRef          = transportFields.Uint("cotp.destref", "Destination reference", 2, wire.Hex, nil)
	fSrcRef          = transportFields.Uint("cotp.srcref", "Source reference", 2, wire.Hex, nil)
	fClass           = transportFields.Uint("cotp.class", "Class", 1, wire.Dec, nil)
	fExtendedFormats = transportFields.Bool("cotp.opts.extended_formats", "Extended formats")
	fNoFlowControl   = transportFields.Bool("cotp.opts.no_explicit_flow_control", "No explicit flow control")
	fNumber          = transportFields.Uint("cotp.tpdu-number", "TPDU number", 1, wire.Hex, nil)
	fEOT             = transportFields.Bool("cotp.eot", "Last data unit")
	fCause           = transportFields.Uint("cotp.cause", "Cause", 1, wire.Dec, func(v uint64) string { return DisconnectReason(v).String() })
	fRejectCause     = transportFields.Uint("cotp.reject_cause", "Reject cause", 1, wire.Dec, func(v uint64) string { return RejectCause(v).String() })
	fOptionCode      = transportFields.Uint("cotp.parameter_code", "Parameter code", 1, wire.Hex, func(v uint64) string { return OptionCode(v).String() })
	fOptionLength    = transportFields.Uint("cotp.parameter_length", "Parameter length", 1, wire.Dec, nil)
	fOptionValue     = transportFields.Bytes("cotp.parameter_value", "Parameter value")
	fTPDUSize        = transportFields.Uint("cotp.tpdu_size", "TPDU size", 1, wire.Dec, nil)
	fSrcTSAP         = transportFields.Add(wire.Field{Name: "cotp.src-tsap", Title: "Source TSAP", Type: wire.String, Text: tsapText})
	fSrcTSAPBytes    = transportFields.Bytes("cotp.src-tsap-bytes", "Source TSAP")
	fDstTSAP         = transportFields.Add(wire.Field{Name: "cotp.dst-tsap", Title: "Destination TSAP", Type: wire.String, Text: tsapText})
	fDstTSAPBytes    = transportFields.Bytes("cotp.dst-tsap-bytes", "Destination TSAP")
	fSegmentData     = Fields.Bytes("cotp.segment_data", "COTP segment data")
	fSegments        = Fields.None("cotp.segments", "COTP Segments")
	fSegment         = Fields.Uint("cotp.segment", "COTP Segment", 4, wire.Dec, nil)
	fSegmentCount    = Fields.Uint("cotp.segment.count", "Segment count", 4, wire.Dec, nil)
	fReassembledLen  = Fields.Uint("cotp.reassembled.length", "Reassembled COTP length", 4, wire.Dec, nil)
	fCOTPSurplus     = transportFields.Bytes("cotp.surplus", "Undecoded bytes") // no field of Wireshark

	fUnknownData = Fields.Bytes("data.data", "Data")
	fUnknownLen  = Fields.Uint("data.len", "Length", 4, wire.Dec, nil)
)

var (
	fHeader   = headerFields.None("s7comm.header", "Header")
	fProtID   = headerFields.Uint("s7comm.header.protid", "Protocol Id", 1, wire.Hex, nil)
	fROSCTR   = headerFields.Uint("s7comm.header.rosctr", "ROSCTR", 1, wire.Dec, func(v uint64) string { return ROSCTR(v).String() })
	fRedID    = headerFields.Uint("s7comm.header.redid", "Redundancy Identification (Reserved)", 2, wire.Hex, nil)
	fPDURef   = headerFields.Uint("s7comm.header.pduref", "Protocol Data Unit Reference", 2, wire.Dec, nil)
	fParamLen = headerFields.Uint("s7comm.header.parlg", "Parameter length", 2, wire.Dec, nil)
	fDataLen  = headerFields.Uint("s7comm.header.datlg", "Data length", 2, wire.Dec, nil)
	fErrClass = headerFields.Uint("s7comm.header.errcls", "Error class", 1, wire.Hex, nil)
	fErrCode  = headerFields.Uint("s7comm.header.errcod", "Error code", 1, wire.Hex, nil)
)

var (
	fParam         = Fields.None("s7comm.param", "Parameter")
	fFunction      = Fields.Uint("s7comm.param.func", "Function", 1, wire.Hex, func(v uint64) string { return Function(v).String() })
	fItemCount     = Fields.Uint("s7comm.param.itemcount", "Item count", 1, wire.Dec, nil)
	fSetupReserved = Fields.Uint("s7comm.param.setup_reserved1", "Reserved", 1, wire.Hex, nil)
	fAMQCalling    = Fields.Uint("s7comm.param.maxamq_calling", "Max AmQ (parallel jobs with ack) calling", 2, wire.Dec, nil)
	fAMQCalled     = Fields.Uint("s7comm.param.maxamq_called", "Max AmQ (parallel jobs with ack) called", 2, wire.Dec, nil)
	fPDULength     = Fields.Uint("s7comm.param.pdu_length", "PDU length", 2, wire.Dec, nil)
	fParamBytes    = Fields.Bytes("s7comm.param.data", "Parameter data")

	fItem          = itemFields.None("s7comm.param.item", "Item")
	fVarSpec       = itemFields.Uint("s7comm.param.item.varspec", "Variable specification", 1, wire.Hex, nil)
	fVarSpecLength = itemFields.Uint("s7comm.param.item.varspec_length", "Length of following address specification", 1, wire.Dec, nil)
	fSyntax        = itemFields.Uint("s7comm.param.item.syntaxid", "Syntax Id", 1, wire.Hex, func(v uint64) string { return Syntax(v).String() })
	fItemTransport = itemFields.Uint("s7comm.param.item.transp_size", "Transport size", 1, wire.Dec, func(v uint64) string { return TransportSize(v).String() })
	fItemLength    = itemFields.Uint("s7comm.param.item.length", "Length", 2, wire.Dec, nil)
	fItemDB        = itemFields.Uint("s7comm.param.item.db", "DB number", 2, wire.Dec, nil)
	fItemArea      = itemFields.Uint("s7comm.param.item.area", "Area", 1, wire.Hex, func(v uint64) string { return Area(v).String() })
	fItemAddress   = itemFields.Uint("s7comm.param.item.address", "Address", 3, wire.Hex, nil)
	fItemByte      = itemFields.Uint("s7comm.param.item.address.byte", "Byte Address", 3, wire.Dec, nil)
	fItemBit       = itemFields.Uint("s7comm.param.item.address.bit", "Bit Address", 3, wire.Dec, nil)
	fRecordLength  = itemFields.Uint("s7comm.readrec.mlen", "Rdrec Mlen", 2, wire.Dec, nil)
	fRecordIndex   = itemFields.Uint("s7comm.readrec.index", "Rdrec Index", 2, wire.Hex, nil)
	fRecordID      = itemFields.Uint("s7comm.readrec.id", "Rdrec ID", 3, wire.Dec, nil)
	fItemNumber    = itemFields.Uint("s7comm.param.item.address.number", "Number (T/C/BLOCK)", 3, wire.Dec, nil)
)

var (
	fData          = Fields.None("s7comm.data", "Data")
	fDataItem      = valueFields.None("s7comm.data.item", "Item")
	fReturnCode    = valueFields.Uint("s7comm.data.returncode", "Return code", 1, wire.Hex, func(v uint64) string { return ReturnCode(v).String() })
	fDataTransport = valueFields.Uint("s7comm.data.transportsize", "Transport size", 1, wire.Hex, func(v uint64) string { return DataSize(v).String() })
	fDataLength    = valueFields.Uint("s7comm.data.length", "Length", 2, wire.Dec, nil)
	fRespData      = valueFields.Bytes("s7comm.resp.data", "Data")
	fFillByte      = valueFields.Uint("s7comm.data.fillbyte", "Fill byte", 1, wire.Hex, nil)
	fSurplus       = Fields.Bytes("s7comm.surplus", "Undecoded bytes") // no field of Wireshark
)

// Block transfer.
var (
	fBlockStatus     = Fields.Uint("s7comm.param.blockcontrol.functionstatus", "Function Status", 1, wire.Hex, nil)
	fBlockMore       = Fields.Bool("s7comm.param.blockcontrol.functionstatus.more", "More data following")
	fBlockFailed     = Fields.Bool("s7comm.param.blockcontrol.functionstatus.error", "Error")
	fBlockUnknown    = Fields.Bytes("s7comm.data.blockcontrol.unknown1", "Unknown byte(s) in blockcontrol")
	fBlockError      = Fields.Uint("s7comm.data.blockcontrol.errorcode", "Errorcode", 2, wire.Hex, func(v uint64) string { return ErrorCode(v).String() })
	fUploadID        = Fields.Uint("s7comm.data.blockcontrol.uploadid", "UploadID", 4, wire.Hex, nil)
	fFilenameLen     = Fields.Uint("s7comm.param.blockcontrol.filename_len", "Filename Length", 1, wire.Dec, nil)
	fFilename        = Fields.String("s7comm.param.blockcontrol.filename", "Filename")
	fFileIdent       = Fields.String("s7comm.data.blockcontrol.file_identifier", "File identifier")
	fBlockType       = Fields.String("s7comm.data.blockcontrol.block_type", "Block type")
	fBlockNumber     = Fields.String("s7comm.data.blockcontrol.block_number", "Block number")
	fFilesystem      = Fields.String("s7comm.data.blockcontrol.dest_filesys", "Destination filesystem")
	fPart2Len        = Fields.Uint("s7comm.data.blockcontrol.part2_len", "Length part 2", 1, wire.Dec, nil)
	fLengthsOdd      = Fields.Bytes("s7comm.blockcontrol.part2", "Part 2") // no field of Wireshark
	fPart2Unknown    = Fields.String("s7comm.data.blockcontrol.part2_unknown", "Unknown char before load mem")
	fLoadMemory      = Fields.String("s7comm.data.blockcontrol.loadmem_len", "Length of load memory")
	fCodeLength      = Fields.String("s7comm.data.blockcontrol.mc7code_len", "Length of MC7 code")
	fLengthStringLen = Fields.Uint("s7comm.param.blockcontrol.upl_lenstring_len", "Blocklengthstring Length", 1, wire.Dec, nil)
	fLengthString    = Fields.String("s7comm.param.blockcontrol.upl_lenstring", "Blocklength")
)

// Program invocation and stop; the names of the arguments are in piservices.go.
var (
	fPIUnknown   = Fields.Bytes("s7comm.param.pistart.unknown1", "Unknown bytes")
	fPIBlockLen  = Fields.Uint("s7comm.param.pistart.parameterblock_len", "Parameter block length", 2, wire.Dec, nil)
	fPIBlock     = Fields.None("s7comm.param.pistart.parameterblock", "Parameter block")
	fPIArgument  = Fields.String("s7comm.param.pistart.argument", "Argument")
	fPIStringLen = Fields.Uint("s7comm.param.pi.n_x.string_len", "String length", 1, wire.Dec, nil)
	fPIService   = Fields.String("s7comm.param.pistart.servicename", "PI (program invocation) Service")
	fBlockCount  = Fields.Uint("s7comm.data.plccontrol.block_cnt", "Number of blocks", 1, wire.Dec, nil)
	fInseUnknown = Fields.Uint("s7comm.param.pi.inse.unknown", "Unknown byte", 1, wire.Hex, nil)
	fStopLen     = Fields.Uint("s7comm.data.plccontrol.part2_len", "Length part 2", 1, wire.Dec, nil)
)

// The head of userdata messages.
var (
	fUDHead        = Fields.Uint("s7comm.param.userdata.head", "Parameter head", 3, wire.Hex, nil)
	fUDLength      = Fields.Uint("s7comm.param.userdata.length", "Parameter length", 1, wire.Dec, nil)
	fUDMethod      = Fields.Uint("s7comm.param.userdata.reqres1", "Method (Request/Response)", 1, wire.Hex, userdataMethod)
	fUDType        = Fields.Uint("s7comm.param.userdata.type", "Type", 1, wire.Dec, func(v uint64) string { return UserdataType(v >> 2).String() })
	fUDGroup       = Fields.Uint("s7comm.param.userdata.funcgroup", "Function group", 1, wire.Dec, groupOfNibble)
	fUDSubfunction = Fields.Uint("s7comm.param.userdata.subfunc", "Subfunction", 1, wire.Dec, nil)
	fUDMode        = Fields.Uint("s7comm.param.modetrans.subfunc", "Current mode", 1, wire.Dec, func(v uint64) string { return Mode(v).String() })
	fUDSequence    = Fields.Uint("s7comm.param.userdata.seq_num", "Sequence number", 1, wire.Dec, nil)
	fUDUnitRef     = Fields.Uint("s7comm.param.userdata.dataunitref", "Data unit reference number", 1, wire.Dec, nil)
	fUDLastUnit    = Fields.Uint("s7comm.param.userdata.lastdataunit", "Last data unit", 1, wire.Hex, nil)
	fParamError    = headerFields.Uint("s7comm.param.errcod", "Error code", 2, wire.Hex, func(v uint64) string { return ErrorCode(v).String() })
	fUDData        = Fields.Bytes("s7comm.data.userdata", "Data")
	fSecret        = Fields.Add(wire.Field{Name: "s7comm.secret", Title: "Password", Type: wire.Bytes, Mask: true}) // no field of Wireshark
)

func userdataMethod(v uint64) string {
	switch Syntax(v) {
	case SyntaxShort:
		return "Req"
	case SyntaxExtended:
		return "Res"
	}
	return ""
}

func groupOfNibble(v uint64) string {
	if v == 15 {
		return GroupNC.String()
	}
	return Group(v).String()
}

// tsapText shows a TSAP as Wireshark does: as text when all of it can be printed.
func tsapText(b []byte) string {
	if TSAP(b).Text() {
		return string(b)
	}
	return "0x" + string(appendHexDigits(nil, b))
}

// Address forms other than S7ANY.
var (
	fNCKAreaUnit    = Fields.Uint("s7comm.param.item.nck.area_unit", "NCK Area/Unit", 1, wire.Hex, nil)
	fNCKArea        = Fields.Uint("s7comm.param.item.nck.area", "NCK Area", 1, wire.Dec, nil)
	fNCKUnit        = Fields.Uint("s7comm.param.item.nck.unit", "NCK Unit", 1, wire.Dec, nil)
	fNCKColumn      = Fields.Uint("s7comm.param.item.nck.column", "NCK Column number", 2, wire.Dec, nil)
	fNCKLine        = Fields.Uint("s7comm.param.item.nck.line", "NCK Line number", 2, wire.Dec, nil)
	fNCKModule      = Fields.Uint("s7comm.param.item.nck.module", "NCK Module", 1, wire.Hex, func(v uint64) string { return nckModules[uint8(v)] })
	fNCKLineCount   = Fields.Uint("s7comm.param.item.nck.linecount", "NCK Linecount", 1, wire.Dec, nil)
	fDriveUnknown1  = Fields.Uint("s7comm.param.item.driveesany.unknown1", "DriveES Unknown 1", 1, wire.Dec, nil)
	fDriveUnknown2  = Fields.Uint("s7comm.param.item.driveesany.unknown2", "DriveES Unknown 2", 2, wire.Dec, nil)
	fDriveUnknown3  = Fields.Uint("s7comm.param.item.driveesany.unknown3", "DriveES Unknown 3", 2, wire.Hex, nil)
	fDriveParameter = Fields.Uint("s7comm.param.item.driveesany.parameternr", "DriveES Parameter number", 2, wire.Dec, nil)
	fDriveIndex     = Fields.Uint("s7comm.param.item.driveesany.parameteridx", "DriveES Parameter index", 2, wire.Dec, nil)
	fDBReadAreas    = Fields.Uint("s7comm.param.item.dbread.numareas", "Number of areas", 1, wire.Dec, nil)
	fSubitem        = Fields.None("s7comm.param.subitem", "Subitem")
	fDBReadLength   = Fields.Uint("s7comm.param.item.dbread.length", "Bytes to read", 1, wire.Dec, nil)
	fDBReadDB       = Fields.Uint("s7comm.param.item.dbread.db", "DB number", 2, wire.Dec, nil)
	fDBReadStart    = Fields.Uint("s7comm.param.item.dbread.startaddress", "Start address", 2, wire.Dec, nil)
	fSymbolReserved = Fields.Uint("s7comm.tiap.item.reserved1", "1200 sym Reserved", 1, wire.Hex, nil)
	fSymbolRoot     = Fields.Uint("s7comm.tiap.item.area1", "1200 sym root area 1", 2, wire.Hex, nil)
	fSymbolArea     = Fields.Uint("s7comm.tiap.item.area2", "1200 sym root area 2", 2, wire.Hex, nil)
	fSymbolAreaOdd  = Fields.Uint("s7comm.tiap.item.area2unknown", "1200 sym root area 2 unknown", 2, wire.Hex, nil)
	fSymbolDB       = Fields.Uint("s7comm.tiap.item.dbnumber", "1200 sym root DB number", 2, wire.Dec, nil)
	fSymbolCRC      = Fields.Uint("s7comm.tiap.item.crc", "1200 sym CRC", 4, wire.Hex, nil)
	fSymbolStep     = Fields.None("s7comm.tiap.item.substructure", "Substructure")
	fSymbolKind     = Fields.Uint("s7comm.tiap.item.lid_flags", "LID flags", 1, wire.Dec, nil)
	fSymbolValue    = Fields.Uint("s7comm.tiap.item.value", "Value", 4, wire.Dec, nil)
)

// S7comm-plus. Wireshark has no dissector for it; the names are our own.
var (
	fPlus         = Fields.None("s7comm-plus", "S7 Communication Plus")
	fPlusProtID   = Fields.Uint("s7comm-plus.header.protid", "Protocol Id", 1, wire.Hex, nil)
	fPlusVersion  = Fields.Uint("s7comm-plus.header.version", "Version", 1, wire.Hex, nil)
	fPlusLength   = Fields.Uint("s7comm-plus.header.datlg", "Data length", 2, wire.Dec, nil)
	fPlusDigest   = Fields.Bytes("s7comm-plus.digest", "Integrity digest")
	fPlusOpcode   = Fields.Uint("s7comm-plus.data.opcode", "Opcode", 1, wire.Hex, func(v uint64) string { return PlusOpcode(v).String() })
	fPlusFunction = Fields.Uint("s7comm-plus.data.function", "Function", 2, wire.Hex, func(v uint64) string { return PlusFunction(v).String() })
	fPlusSequence = Fields.Uint("s7comm-plus.data.seqnum", "Sequence number", 2, wire.Dec, nil)
	fPlusSession  = Fields.Uint("s7comm-plus.data.sessionid", "Session Id", 4, wire.Hex, nil)
	fPlusObject   = Fields.Uint("s7comm-plus.data.subscription", "Subscription object Id", 4, wire.Hex, nil)
	fPlusFlags    = Fields.Uint("s7comm-plus.data.flags", "Flags", 1, wire.Hex, nil)
	fPlusData     = Fields.Bytes("s7comm-plus.data.payload", "Payload")
	fPlusTrailer  = Fields.Bytes("s7comm-plus.trailer", "Trailer")
	fPlusSurplus  = Fields.Bytes("s7comm-plus.surplus", "Undecoded bytes")
)
