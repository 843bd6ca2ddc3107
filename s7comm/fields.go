package s7comm

import "plcscope/internal/wire"

// Fields lists every field that Dissect can add, under Wireshark's names.
var Fields wire.Table

var (
	fTPKTVersion  = Fields.Uint("tpkt.version", "Version", 1, wire.Dec, nil)
	fTPKTReserved = Fields.Uint("tpkt.reserved", "Reserved", 1, wire.Dec, nil)
	fTPKTLength   = Fields.Uint("tpkt.length", "Length", 2, wire.Dec, nil)
)

var (
	fLI              = Fields.Uint("cotp.li", "Length", 1, wire.Dec, nil)
	fType            = Fields.Uint("cotp.type", "PDU Type", 1, wire.Hex, func(v uint64) string { return TPDUType(v << 4).String() })
	fDstRef          = Fields.Uint("cotp.destref", "Destination reference", 2, wire.Hex, nil)
	fSrcRef          = Fields.Uint("cotp.srcref", "Source reference", 2, wire.Hex, nil)
	fClass           = Fields.Uint("cotp.class", "Class", 1, wire.Dec, nil)
	fExtendedFormats = Fields.Bool("cotp.opts.extended_formats", "Extended formats")
	fNoFlowControl   = Fields.Bool("cotp.opts.no_explicit_flow_control", "No explicit flow control")
	fNumber          = Fields.Uint("cotp.tpdu-number", "TPDU number", 1, wire.Hex, nil)
	fEOT             = Fields.Bool("cotp.eot", "Last data unit")
	fCause           = Fields.Uint("cotp.cause", "Cause", 1, wire.Dec, func(v uint64) string { return DisconnectReason(v).String() })
	fRejectCause     = Fields.Uint("cotp.reject_cause", "Reject cause", 1, wire.Dec, func(v uint64) string { return RejectCause(v).String() })
	fOptionCode      = Fields.Uint("cotp.parameter_code", "Parameter code", 1, wire.Hex, func(v uint64) string { return OptionCode(v).String() })
	fOptionLength    = Fields.Uint("cotp.parameter_length", "Parameter length", 1, wire.Dec, nil)
	fOptionValue     = Fields.Bytes("cotp.parameter_value", "Parameter value")
	fTPDUSize        = Fields.Uint("cotp.tpdu_size", "TPDU size", 1, wire.Dec, nil)
	fSrcTSAP         = Fields.String("cotp.src-tsap", "Source TSAP")
	fSrcTSAPBytes    = Fields.Bytes("cotp.src-tsap-bytes", "Source TSAP")
	fDstTSAP         = Fields.String("cotp.dst-tsap", "Destination TSAP")
	fDstTSAPBytes    = Fields.Bytes("cotp.dst-tsap-bytes", "Destination TSAP")
	fSegmentData     = Fields.Bytes("cotp.segment_data", "COTP segment data")
)

var (
	fProtID   = Fields.Uint("s7comm.header.protid", "Protocol Id", 1, wire.Hex, nil)
	fROSCTR   = Fields.Uint("s7comm.header.rosctr", "ROSCTR", 1, wire.Dec, func(v uint64) string { return ROSCTR(v).String() })
	fRedID    = Fields.Uint("s7comm.header.redid", "Redundancy Identification (Reserved)", 2, wire.Hex, nil)
	fPDURef   = Fields.Uint("s7comm.header.pduref", "Protocol Data Unit Reference", 2, wire.Dec, nil)
	fParamLen = Fields.Uint("s7comm.header.parlg", "Parameter length", 2, wire.Dec, nil)
	fDataLen  = Fields.Uint("s7comm.header.datlg", "Data length", 2, wire.Dec, nil)
	fErrClass = Fields.Uint("s7comm.header.errcls", "Error class", 1, wire.Hex, nil)
	fErrCode  = Fields.Uint("s7comm.header.errcod", "Error code", 1, wire.Hex, nil)
)

var (
	fFunction      = Fields.Uint("s7comm.param.func", "Function", 1, wire.Hex, func(v uint64) string { return Function(v).String() })
	fItemCount     = Fields.Uint("s7comm.param.itemcount", "Item count", 1, wire.Dec, nil)
	fSetupReserved = Fields.Uint("s7comm.param.setup_reserved1", "Reserved", 1, wire.Hex, nil)
	fAMQCalling    = Fields.Uint("s7comm.param.maxamq_calling", "Max AmQ (parallel jobs with ack) calling", 2, wire.Dec, nil)
	fAMQCalled     = Fields.Uint("s7comm.param.maxamq_called", "Max AmQ (parallel jobs with ack) called", 2, wire.Dec, nil)
	fPDULength     = Fields.Uint("s7comm.param.pdu_length", "PDU length", 2, wire.Dec, nil)
	fParamBytes    = Fields.Bytes("s7comm.param.data", "Parameter data")

	fItem          = Fields.None("s7comm.param.item", "Item")
	fVarSpec       = Fields.Uint("s7comm.param.item.varspec", "Variable specification", 1, wire.Hex, nil)
	fVarSpecLength = Fields.Uint("s7comm.param.item.varspec_length", "Length of following address specification", 1, wire.Dec, nil)
	fSyntax        = Fields.Uint("s7comm.param.item.syntaxid", "Syntax Id", 1, wire.Hex, func(v uint64) string { return Syntax(v).String() })
	fItemTransport = Fields.Uint("s7comm.param.item.transp_size", "Transport size", 1, wire.Dec, func(v uint64) string { return TransportSize(v).String() })
	fItemLength    = Fields.Uint("s7comm.param.item.length", "Length", 2, wire.Dec, nil)
	fItemDB        = Fields.Uint("s7comm.param.item.db", "DB number", 2, wire.Dec, nil)
	fItemArea      = Fields.Uint("s7comm.param.item.area", "Area", 1, wire.Hex, func(v uint64) string { return Area(v).String() })
	fItemAddress   = Fields.Uint("s7comm.param.item.address", "Address", 3, wire.Hex, nil)
	fItemByte      = Fields.Uint("s7comm.param.item.address.byte", "Byte Address", 3, wire.Dec, nil)
	fItemBit       = Fields.Uint("s7comm.param.item.address.bit", "Bit Address", 3, wire.Dec, nil)
	fItemNumber    = Fields.Uint("s7comm.param.item.address.number", "Number (T/C/BLOCK)", 3, wire.Dec, nil)
)

var (
	fDataItem      = Fields.None("s7comm.data.item", "Item")
	fReturnCode    = Fields.Uint("s7comm.data.returncode", "Return code", 1, wire.Hex, func(v uint64) string { return ReturnCode(v).String() })
	fDataTransport = Fields.Uint("s7comm.data.transportsize", "Transport size", 1, wire.Hex, func(v uint64) string { return DataSize(v).String() })
	fDataLength    = Fields.Uint("s7comm.data.length", "Length", 2, wire.Dec, nil)
	fRespData      = Fields.Bytes("s7comm.resp.data", "Data")
	fFillByte      = Fields.Uint("s7comm.data.fillbyte", "Fill byte", 1, wire.Hex, nil)
	fDataBytes     = Fields.Bytes("s7comm.data.userdata", "Data")
)
