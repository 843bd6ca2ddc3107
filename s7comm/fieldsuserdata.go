package s7comm

import "plcscope/internal/wire"

func blockTypeValue(v uint64) string { return BlockType(v).String() }

// Fragments of userdata messages.
var (
	fFragmentData   = Fields.Bytes("s7comm.fragment.data", "Fragment data") // no field of Wireshark
	fFragments      = Fields.None("s7comm.fragments", "S7COMM Fragments")
	fFragment       = Fields.Uint("s7comm.fragment", "S7COMM Fragment", 4, wire.Dec, nil)
	fFragmentCount  = Fields.Uint("s7comm.fragment.count", "Fragment count", 4, wire.Dec, nil)
	fReassembledUD  = Fields.Uint("s7comm.reassembled.length", "Reassembled S7COMM length", 4, wire.Dec, nil)
	fTS             = Fields.Add(wire.Field{Name: "s7comm.data.ts", Title: "S7 Timestamp", Type: wire.String, Text: timestampText})
	fTSReserved     = Fields.Uint("s7comm.data.ts_reserved", "Reserved", 1, wire.Hex, nil)
	fTSYear1        = Fields.Uint("s7comm.data.ts_year1", "Century", 1, wire.Dec, nil)
	fTSYear2        = Fields.Uint("s7comm.data.ts_year2", "Year", 1, wire.Dec, nil)
	fTSMonth        = Fields.Uint("s7comm.data.ts_month", "Month", 1, wire.Dec, nil)
	fTSDay          = Fields.Uint("s7comm.data.ts_day", "Day", 1, wire.Dec, nil)
	fTSHour         = Fields.Uint("s7comm.data.ts_hour", "Hour", 1, wire.Dec, nil)
	fTSMinute       = Fields.Uint("s7comm.data.ts_minute", "Minute", 1, wire.Dec, nil)
	fTSSecond       = Fields.Uint("s7comm.data.ts_second", "Second", 1, wire.Dec, nil)
	fTSMillisecond  = Fields.Uint("s7comm.data.ts_millisecond", "Milliseconds", 2, wire.Dec, nil)
	fTSWeekday      = Fields.Uint("s7comm.data.ts_weekday", "Weekday", 2, wire.Dec, weekdayName)
	fListBlockType  = Fields.Add(wire.Field{Name: "s7comm.blockinfo.blocktype", Title: "Block type", Type: wire.String})
	fListBlockCount = Fields.Uint("s7comm.blockinfo.block_count", "Block count", 2, wire.Dec, nil)
)

// Block functions.
var (
	fInfoBlockNumber   = Fields.Uint("s7comm.blockinfo.block_num", "Block number", 2, wire.Dec, nil)
	fInfoListFlags     = Fields.Uint("s7comm.blockinfo.flags", "Block flags (unknown)", 1, wire.Hex, nil)
	fInfoLanguage      = Fields.Uint("s7comm.blockinfo.block_lang", "Block language", 1, wire.Dec, func(v uint64) string { return Language(v).String() })
	fInfoAskedNumber   = Fields.String("s7comm.data.blockinfo.block_number", "Block number")
	fInfoAskedFile     = Fields.String("s7comm.data.blockinfo.filesys", "Filesystem")
	fInfoLength        = Fields.Uint("s7comm.blockinfo.res_infolength", "Length of info", 2, wire.Dec, nil)
	fInfoUnknown2      = Fields.Uint("s7comm.blockinfo.res_unknown2", "Unknown", 2, wire.Hex, nil)
	fInfoConstant      = Fields.String("s7comm.blockinfo.res_const3", "Constant")
	fInfoUnknown       = Fields.Bytes("s7comm.blockinfo.res_unknown", "Unknown")
	fInfoFlags         = Fields.Uint("s7comm.param.userdata.blockinfo.flags", "Block flags", 1, wire.Hex, nil)
	fInfoLinked        = Fields.Bool("s7comm.param.userdata.blockinfo.linked", "Linked")
	fInfoStandard      = Fields.Bool("s7comm.param.userdata.blockinfo.standard_block", "Standard block")
	fInfoNonRetain     = Fields.Bool("s7comm.param.userdata.blockinfo.nonretain", "Not retentive")
	fInfoType          = Fields.Uint("s7comm.blockinfo.subblk_type", "Block type", 1, wire.Dec, blockTypeValue)
	fInfoLoadMemory    = Fields.Uint("s7comm.blockinfo.load_mem_len", "Length in load memory", 4, wire.Dec, nil)
	fInfoSecurity      = Fields.Uint("s7comm.blockinfo.blocksecurity", "Block security", 4, wire.Dec, nil)
	fInfoCodeTime      = Fields.Add(wire.Field{Name: "s7comm.blockinfo.code_timestamp", Title: "Code timestamp", Type: wire.String, Text: blockTimestampText})
	fInfoInterfaceTime = Fields.Add(wire.Field{Name: "s7comm.blockinfo.interface_timestamp", Title: "Interface timestamp", Type: wire.String, Text: blockTimestampText})
	fInfoSSB           = Fields.Uint("s7comm.blockinfo.ssb_len", "SSB length", 2, wire.Dec, nil)
	fInfoADD           = Fields.Uint("s7comm.blockinfo.add_len", "ADD length", 2, wire.Dec, nil)
	fInfoLocalData     = Fields.Uint("s7comm.blockinfo.localdata_len", "Local data length", 2, wire.Dec, nil)
	fInfoCode          = Fields.Uint("s7comm.blockinfo.mc7_len", "MC7 code length", 2, wire.Dec, nil)
	fInfoAuthor        = Fields.String("s7comm.blockinfo.author", "Author")
	fInfoFamily        = Fields.String("s7comm.blockinfo.family", "Family")
	fInfoName          = Fields.String("s7comm.blockinfo.headername", "Name")
	fInfoVersion       = Fields.Add(wire.Field{Name: "s7comm.blockinfo.headerversion", Title: "Version", Type: wire.String, Text: versionText})
	fInfoChecksum      = Fields.Uint("s7comm.blockinfo.checksum", "Checksum", 2, wire.Hex, nil)
	fInfoReserved1     = Fields.Uint("s7comm.blockinfo.reserved1", "Reserved", 4, wire.Hex, nil)
	fInfoReserved2     = Fields.Uint("s7comm.blockinfo.reserved2", "Reserved", 4, wire.Hex, nil)
)

// CPU functions: system status list, diagnostics, messages.
var (
	fSZLID          = Fields.Uint("s7comm.data.userdata.szl_id", "SZL-ID", 2, wire.Hex, func(v uint64) string { return SZLID(v).String() })
	fSZLClass       = Fields.Uint("s7comm.data.userdata.szl_id.diag_type", "Kind of module", 2, wire.Hex, nil)
	fSZLExtract     = Fields.Uint("s7comm.data.userdata.szl_id.partlist_ex", "Extract of the partial list", 2, wire.Hex, nil)
	fSZLList        = Fields.Uint("s7comm.data.userdata.szl_id.partlist_num", "Partial list", 2, wire.Hex, func(v uint64) string { return SZLID(v).List() })
	fSZLIndex       = Fields.Uint("s7comm.data.userdata.szl_index", "SZL-Index", 2, wire.Hex, nil)
	fSZLRecordLen   = Fields.Uint("s7comm.data.userdata.szl_id.partlist_len", "Length of a record", 2, wire.Dec, nil)
	fSZLCount       = Fields.Uint("s7comm.data.userdata.szl_id.partlist_cnt", "Records", 2, wire.Dec, nil)
	fSZLRecord      = Fields.None("s7comm.data.userdata.szl_data_tree", "Record")
	fSZLRaw         = Fields.Bytes("s7comm.param.userdata.szl_part_list", "Partial list data")
	fSZLStation     = Fields.None("s7comm.szl.xy12.xx9x.station_info", "Station")
	fDiag           = Fields.None("s7comm.cpu.diag_msg", "Diagnostic event")
	fDiagEvent      = Fields.Uint("s7comm.cpu.diag_msg.eventid", "Event ID", 2, wire.Hex, func(v uint64) string { return EventID(v).String() })
	fDiagClass      = Fields.Uint("s7comm.cpu.diag_msg.eventid.class", "Event class", 2, wire.Hex, func(v uint64) string { return EventID(v << 12).Class() })
	fDiagComing     = Fields.Bool("s7comm.cpu.diag_msg.eventid.ident.entleave", "Coming")
	fDiagBuffer     = Fields.Bool("s7comm.cpu.diag_msg.eventid.ident.diagbuf", "In the diagnostic buffer")
	fDiagInternal   = Fields.Bool("s7comm.cpu.diag_msg.eventid.ident.interr", "Internal error")
	fDiagExternal   = Fields.Bool("s7comm.cpu.diag_msg.eventid.ident.exterr", "External error")
	fDiagNumber     = Fields.Uint("s7comm.cpu.diag_msg.eventid.nr", "Event number", 2, wire.Hex, nil)
	fDiagPriority   = Fields.Uint("s7comm.cpu.diag_msg.prioclass", "Priority class", 1, wire.Dec, nil)
	fDiagOB         = Fields.Uint("s7comm.cpu.diag_msg.obnumber", "OB number", 1, wire.Dec, nil)
	fDiagDatID      = Fields.Uint("s7comm.cpu.diag_msg.datid", "DatID", 2, wire.Hex, nil)
	fDiagInfo1      = Fields.Uint("s7comm.cpu.diag_msg.info1", "Additional information 1", 2, wire.Hex, nil)
	fDiagInfo2      = Fields.Uint("s7comm.cpu.diag_msg.info2", "Additional information 2", 4, wire.Hex, nil)
	fMsgEvents      = Fields.Uint("s7comm.cpu.msg.events", "Subscribed events", 1, wire.Hex, nil)
	fMsgMode        = Fields.Bool("s7comm.cpu.msg.events.modetrans", "Mode transitions")
	fMsgSystem      = Fields.Bool("s7comm.cpu.msg.events.system", "System diagnostics")
	fMsgUser        = Fields.Bool("s7comm.cpu.msg.events.userdefined", "User diagnostics")
	fMsgAlarms      = Fields.Bool("s7comm.cpu.msg.events.alarms", "Alarms")
	fMsgReserved1   = Fields.Uint("s7comm.cpu.msg.req_reserved1", "Reserved", 1, wire.Hex, nil)
	fMsgName        = Fields.String("s7comm.cpu.msg.username", "Subscriber")
	fMsgAlarmType   = Fields.Uint("s7comm.cpu.msg.almtype", "Alarm type", 1, wire.Dec, alarmSubscription)
	fMsgReserved2   = Fields.Uint("s7comm.cpu.msg.req_reserved2", "Reserved", 1, wire.Hex, nil)
	fMsgResult      = Fields.Uint("s7comm.cpu.msg.res_result", "Result", 1, wire.Hex, nil)
	fMsgResReserv1  = Fields.Uint("s7comm.cpu.msg.res_reserved1", "Reserved", 1, wire.Hex, nil)
	fMsgResReserv2  = Fields.Uint("s7comm.cpu.msg.res_reserved2", "Reserved", 1, wire.Hex, nil)
	fMsgResReserv3  = Fields.Uint("s7comm.cpu.msg.res_reserved3", "Reserved", 1, wire.Hex, nil)
	fAlarm          = Fields.None("s7comm.alarm.message", "Alarm message")
	fAlarmObject    = Fields.None("s7comm.alarm.message_object", "Message object")
	fAlarmFunction  = Fields.Uint("s7comm.alarm.function", "Function identifier", 1, wire.Hex, nil)
	fAlarmObjects   = Fields.Uint("s7comm.alarm.nr_objects", "Message objects", 1, wire.Dec, nil)
	fAlarmValues    = Fields.Uint("s7comm.alarm.nr_add_values", "Associated values", 1, wire.Dec, nil)
	fAlarmEvent     = Fields.Uint("s7comm.alarm.event_id", "Event ID", 4, wire.Hex, nil)
	fAlarmComing    = Fields.None("s7comm.alarm.timestamp_coming", "Time coming")
	fAlarmGoing     = Fields.None("s7comm.alarm.timestamp_going", "Time going")
	fAlarmValue     = Fields.None("s7comm.alarm.associated_value", "Associated values")
	fAlarmEventStat = Fields.Uint("s7comm.alarm.eventstate", "Event state", 1, wire.Hex, nil)
	fAlarmState     = Fields.Uint("s7comm.alarm.state", "State", 1, wire.Hex, nil)
	fAlarmAckComing = Fields.Uint("s7comm.alarm.ack_state.coming", "Acknowledged coming", 1, wire.Hex, nil)
	fAlarmAckGoing  = Fields.Uint("s7comm.alarm.ack_state.going", "Acknowledged going", 1, wire.Hex, nil)
	fAlarmEvComing  = Fields.Uint("s7comm.alarm.event.coming", "Event coming", 1, wire.Hex, nil)
	fAlarmEvGoing   = Fields.Uint("s7comm.alarm.event.going", "Event going", 1, wire.Hex, nil)
	fAlarmEvLast    = Fields.Uint("s7comm.alarm.event.lastchanged", "Event last changed", 1, wire.Hex, nil)
	fAlarmEvReserve = Fields.Uint("s7comm.alarm.event.reserved", "Reserved", 1, wire.Hex, nil)
	fScanUnknown1   = Fields.Uint("s7comm.alarm.scan.unknown1", "SCAN unknown", 2, wire.Hex, nil)
	fScanUnknown2   = Fields.Uint("s7comm.alarm.scan.unknown2", "SCAN unknown", 2, wire.Hex, nil)
	fQueryUnknown1  = Fields.Uint("s7comm.alarm.query.unknown1", "Reserved", 1, wire.Hex, nil)
	fQueryType      = Fields.Uint("s7comm.alarm.query.querytype", "Query by", 1, wire.Dec, queryKind)
	fQueryUnknown2  = Fields.Uint("s7comm.alarm.query.unknown2", "Reserved", 1, wire.Hex, nil)
	fQueryAlarmType = Fields.Uint("s7comm.alarm.query.alarmtype", "Alarm type", 4, wire.Dec, alarmKind)
	fQueryLength    = Fields.Uint("s7comm.alarm.query.complete_length", "Complete data length", 4, wire.Dec, nil)
	fQueryDataset   = Fields.Uint("s7comm.alarm.query.dataset_length", "Length of data set", 1, wire.Dec, nil)
	fQueryUnknown   = Fields.Uint("s7comm.alarm.query.resunknown1", "Unknown", 2, wire.Hex, nil)
)

// fAlarmSignals are the signals of a state byte, from bit 0 on.
var fAlarmSignals = [8]*wire.Field{
	Fields.Bool("s7comm.alarm.signal.sig1", "SIG_1"), Fields.Bool("s7comm.alarm.signal.sig2", "SIG_2"),
	Fields.Bool("s7comm.alarm.signal.sig3", "SIG_3"), Fields.Bool("s7comm.alarm.signal.sig4", "SIG_4"),
	Fields.Bool("s7comm.alarm.signal.sig5", "SIG_5"), Fields.Bool("s7comm.alarm.signal.sig6", "SIG_6"),
	Fields.Bool("s7comm.alarm.signal.sig7", "SIG_7"), Fields.Bool("s7comm.alarm.signal.sig8", "SIG_8"),
}

// Cyclic services, PBC, NC programming.
var (
	fCyclicBase     = Fields.Uint("s7comm.cyclic.interval_timebase", "Interval time base", 1, wire.Dec, func(v uint64) string { return TimeBase(v).String() })
	fCyclicFactor   = Fields.Uint("s7comm.cyclic.interval_time", "Interval time factor", 1, wire.Dec, nil)
	fCyclicFunction = Fields.Uint("s7comm.cyclic.function", "Function", 1, wire.Dec, nil)
	fCyclicJob      = Fields.Uint("s7comm.cyclic.job_id", "Job", 1, wire.Dec, nil)
	fRecordStatLen  = Fields.Uint("s7comm.readrec.statuslen", "Status length", 1, wire.Dec, nil)
	fRecordStatus   = Fields.Bytes("s7comm.readrec.status", "Status")
	fRecordDataLen  = Fields.Uint("s7comm.readrec.len", "Record length", 2, wire.Dec, nil)
	fRecordData     = Fields.Bytes("s7comm.readrec.data", "Record data")
	fRecordReserved = Fields.Bytes("s7comm.readrec.reserved1", "Reserved")
	fPBCUnknown     = Fields.Uint("s7comm.pbc.bsend.unknown", "Unknown", 1, wire.Hex, nil)
	fPBCRID         = Fields.Uint("s7comm.pbc.req.bsend.r_id", "R_ID", 4, wire.Hex, nil)
	fPBCLength      = Fields.Uint("s7comm.pbc.req.bsend.len", "Length", 4, wire.Dec, nil)
	fNCUnacked      = Fields.Uint("s7comm.data.ncprg.unackcount", "Messages without acknowledgement", 1, wire.Dec, nil)
	fNCLength       = Fields.String("s7comm.data.ncprg.filelength", "File length")
	fNCTime         = Fields.String("s7comm.data.ncprg.filetime", "File time")
	fNCPath         = Fields.String("s7comm.data.ncprg.filepath", "File path")
	fNCData         = Fields.Bytes("s7comm.data.ncprg.filedata", "File data")
)

var weekdays = [...]string{"undefined", "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}

func weekdayName(v uint64) string {
	if v < uint64(len(weekdays)) {
		return weekdays[v]
	}
	return unknown("weekday", v)
}
