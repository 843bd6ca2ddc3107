package s7rules

import (
	"plcscope/rules"
	"plcscope/s7comm"
)

// szl asks for a status list.
func szl(ref uint16, id uint16) []byte {
	return ask(ref, s7comm.GroupCPU, readSZL, byte(id>>8), byte(id), 0, 0)
}

// szlData is a response with one record of two bytes.
func szlData(ref uint16, id uint16, change func(u *s7comm.Userdata)) []byte {
	return tell(ref, s7comm.GroupCPU, readSZL, change, byte(id>>8), byte(id), 0, 0, 0, 2, 0, 1, 7, 7)
}

// part is a fragment.
func part(unit, last uint8) func(u *s7comm.Userdata) {
	return func(u *s7comm.Userdata) { u.DataUnitRef, u.LastUnit, u.Sequence = unit, last, 3 }
}

// next asks for the next fragment.
func next(ref uint16, sequence uint8) []byte {
	return s7comm.AppendUserdata(nil, ref, s7comm.Userdata{Type: s7comm.UserdataRequest, Group: s7comm.GroupCPU, Subfunction: readSZL, Extended: true, Sequence: sequence, HasData: true, ReturnCode: s7comm.ReturnNoObject})
}

var userdataConversations = []conversation{
	{rule: "s7-userdata-echo", name: "other subfunction", want: rules.Fail, say: func(t *line) {
		t.login(1).c(szl(1, 0x0424)).s(tell(1, s7comm.GroupCPU, 2, nil)).bye()
	}},
	{rule: "s7-userdata-echo", name: "sound", want: rules.Pass, say: func(t *line) {
		t.login(1).c(szl(1, 0x0424)).s(szlData(1, 0x0424, nil)).bye()
	}},
	{rule: "s7-fragment-request", name: "another number", want: rules.Fail, say: func(t *line) {
		t.login(1).c(szl(1, 0x00A0)).s(szlData(1, 0x00A0, part(9, 1))).c(next(2, 4)).s(tell(2, s7comm.GroupCPU, readSZL, part(9, 0), 1, 2)).bye()
	}},
	{rule: "s7-fragment-request", name: "sound", want: rules.Pass, say: func(t *line) {
		t.login(1).c(szl(1, 0x00A0)).s(szlData(1, 0x00A0, part(9, 1))).c(next(2, 3)).s(tell(2, s7comm.GroupCPU, readSZL, part(9, 0), 1, 2)).bye()
	}},
	{rule: "s7-fragment-request", name: "something new", want: rules.NotExercised, say: func(t *line) {
		t.login(1).c(szl(1, 0x00A0)).s(szlData(1, 0x00A0, part(9, 1))).c(szl(2, 0x0011)).s(szlData(2, 0x0011, nil)).bye()
	}},
	{rule: "s7-fragment-request", name: "something new in the long form", want: rules.NotExercised, say: func(t *line) {
		u := s7comm.Userdata{Type: s7comm.UserdataRequest, Group: s7comm.GroupCPU, Subfunction: readSZL, Extended: true, HasData: true, ReturnCode: s7comm.ReturnSuccess, TransportSize: s7comm.DataOctets, Payload: []byte{0, 0x11, 0, 0}}
		t.login(1).c(szl(1, 0x00A0)).s(szlData(1, 0x00A0, part(9, 1))).c(s7comm.AppendUserdata(nil, 2, u)).s(szlData(2, 0x0011, nil)).bye()
	}},
	{rule: "s7-fragment-chain", name: "another reference", want: rules.Fail, say: func(t *line) {
		t.login(1).c(szl(1, 0x00A0)).s(szlData(1, 0x00A0, part(9, 1))).c(next(2, 3)).s(tell(2, s7comm.GroupCPU, readSZL, part(10, 1), 1, 2)).bye()
	}},
	{rule: "s7-fragment-chain", name: "three fragments", want: rules.Pass, say: func(t *line) {
		t.login(1).c(szl(1, 0x00A0)).s(szlData(1, 0x00A0, part(9, 1))).c(next(2, 3)).s(tell(2, s7comm.GroupCPU, readSZL, part(9, 1), 1, 2))
		t.c(next(3, 3)).s(tell(3, s7comm.GroupCPU, readSZL, part(9, 0), 1, 2)).c(szl(4, 0x0011)).s(szlData(4, 0x0011, nil)).bye()
	}},
	{rule: "s7-szl-echo", name: "another list", want: rules.Fail, say: func(t *line) {
		t.login(1).c(szl(1, 0x0424)).s(szlData(1, 0x0011, nil)).bye()
	}},
	{rule: "s7-szl-echo", name: "sound", want: rules.Pass, say: func(t *line) {
		t.login(1).c(szl(1, 0x0424)).s(szlData(1, 0x0424, nil)).bye()
	}},
	{rule: "s7-clock-bcd", name: "binary", want: rules.Fail, say: func(t *line) {
		t.login(1).c(ask(1, s7comm.GroupTime, setClock, 0, 0x19, 0x14, 0x0C, 0x1F, 0x11, 0x3B, 0x2B, 0x91, 0x24)).s(tell(1, s7comm.GroupTime, setClock, nil)).bye()
	}},
	{rule: "s7-clock-bcd", name: "sound", want: rules.Pass, say: func(t *line) {
		t.login(1).c(ask(1, s7comm.GroupTime, readClock)).s(clock(1)).bye()
	}},
	{rule: "s7-password-visible", name: "legitimation", want: rules.Fail, say: func(t *line) {
		t.login(1).c(ask(1, s7comm.GroupSecurity, 1, 1, 2, 3, 4, 5, 6, 7, 8)).s(tell(1, s7comm.GroupSecurity, 1, nil)).bye()
	}},
	{rule: "s7-password-visible", name: "none", want: rules.Pass, say: func(t *line) {
		t.login(1).c(szl(1, 0x0424)).s(szlData(1, 0x0424, nil)).bye()
	}},
	{rule: "s7-control", name: "set the clock", want: rules.Fail, say: func(t *line) {
		t.login(1).c(ask(1, s7comm.GroupTime, setClock, 0, 0x19, 0x14, 0x08, 0x20, 0x11, 0x59, 0x43, 0x91, 0x24)).s(tell(1, s7comm.GroupTime, setClock, nil)).bye()
	}},
	{rule: "s7-control", name: "stop", want: rules.Fail, say: func(t *line) {
		t.login(1).c(message(s7comm.ROSCTRJob, 1, s7comm.FunctionStop, func(p *s7comm.PDU) { p.PI.Service = []byte("P_PROGRAM") }))
		t.s(message(s7comm.ROSCTRAckData, 1, s7comm.FunctionStop, nil)).bye()
	}},
	{rule: "s7-control", name: "only looks", want: rules.Pass, say: func(t *line) {
		t.login(1).c(szl(1, 0x0424)).s(szlData(1, 0x0424, nil)).bye()
	}},
}
