package s7rules

import (
	"plcscope/rules"
	"plcscope/s7comm"
)

// tpktConversations: TPKT, COTP headers and the header of S7.
var tpktConversations = []conversation{
	{rule: "iso-tpkt-version", name: "lost count of lengths", want: rules.Fail, say: func(t *line) {
		t.login(1).poll(1).c(append(read(2, db(4)), 0, 0, 0, 0, 0)).bye()
	}},
	{rule: "iso-tpkt-version", name: "sound", want: rules.Pass, say: func(t *line) { t.login(1).poll(1, 2).bye() }},
	{rule: "iso-tpkt-missing", name: "S7 over plain TCP", want: rules.Fail, say: func(t *line) {
		t.c(setup(1, 240)[7:]).conn.FIN(false)
	}},
	{rule: "iso-tpkt-missing", name: "sound", want: rules.Pass, say: func(t *line) { t.login(1).poll(1).bye() }},
	{rule: "iso-tpkt-length", name: "without the header", want: rules.Fail, say: func(t *line) {
		t.login(1).c(patch(emptyDTBytes, 3, 3)).bye()
	}},
	{rule: "iso-tpkt-length", name: "sound", want: rules.Pass, say: func(t *line) { t.login(1).c(emptyDTBytes).poll(1).bye() }},
	{rule: "iso-tpkt-reserved", name: "stale byte", want: rules.Fail, say: func(t *line) {
		t.login(1).c(patch(read(1, db(4)), 1, 0x20)).s(values(1, octets(4))).bye()
	}},
	{rule: "iso-tpkt-reserved", name: "sound", want: rules.Pass, say: func(t *line) { t.login(1).poll(1).bye() }},

	{rule: "s7-header-lengths", name: "parameter part too long", want: rules.Fail, say: func(t *line) {
		t.login(1).c(patch(read(1, db(4)), 13, 0, 99)).s(refused(1, 0x8500)).bye()
	}, also: []string{"s7-frame-refused"}},
	{rule: "s7-header-lengths", name: "bytes behind the end", want: rules.Fail, say: func(t *line) {
		p := append(read(1, db(4)), 0xAA, 0xBB)
		t.login(1).c(patch(p, 3, byte(len(p)))).s(values(1, octets(4))).bye()
	}},
	{rule: "s7-header-lengths", name: "sound", want: rules.Pass, say: func(t *line) { t.login(1).poll(1).bye() }},
	{rule: "s7-rosctr", name: "unknown", want: rules.Fail, say: func(t *line) {
		t.login(1).c(patch(read(1, db(4)), 8, 5)).bye()
	}},
	{rule: "s7-rosctr", name: "sound", want: rules.Pass, say: func(t *line) { t.login(1).poll(1).bye() }},
	{rule: "s7-redundancy-id", name: "set", want: rules.Fail, say: func(t *line) {
		t.login(1).c(patch(read(1, db(4)), 9, 0, 1)).s(values(1, octets(4))).bye()
	}},
	{rule: "s7-redundancy-id", name: "sound", want: rules.Pass, say: func(t *line) { t.login(1).poll(1).bye() }},
}

// cotpConversations: the transport connection.
var cotpConversations = []conversation{
	{rule: "iso-cotp-form", name: "option passes the header", want: rules.Fail, say: func(t *line) {
		t.c(patch(cr(), 12, 99)).s(cc()).c(setup(1, 240)).s(granted(1, 240)).poll(1).bye()
	}},
	{rule: "iso-cotp-form", name: "sound", want: rules.Pass, say: func(t *line) { t.login(1).bye() }},
	{rule: "iso-dt-header", name: "header of class 4", want: rules.Fail, say: func(t *line) {
		t.iso().c(tpdu(4, 0xF0, 0, 7, 0x80, 0x32)).bye()
	}},
	{rule: "iso-dt-header", name: "numbered DT", want: rules.Pass, say: func(t *line) {
		t.login(1).c(patch(read(1, db(4)), 6, 0x85)).s(values(1, octets(4))).bye()
	}},
	{rule: "iso-tpdu-type", name: "AK", want: rules.Fail, say: func(t *line) {
		t.login(1).poll(1).c(tpdu(4, 0x60, 0, 7, 1)).bye()
	}},
	{rule: "iso-tpdu-type", name: "sound", want: rules.Pass, say: func(t *line) { t.login(1).poll(1).bye() }},
	{rule: "iso-connect-first", name: "setup without CR", want: rules.Fail, say: func(t *line) {
		t.c(setup(1, 240)).conn.FIN(false)
	}},
	{rule: "iso-connect-first", name: "sound", want: rules.Pass, say: func(t *line) { t.login(1).bye() }},
	{rule: "iso-connect-once", name: "CR on a timer", want: rules.Fail, say: func(t *line) {
		t.iso().c(cr()).conn.FIN(false)
	}},
	{rule: "iso-connect-once", name: "CR of the server", want: rules.Fail, say: func(t *line) {
		t.c(cr()).s(cr()).bye()
	}, also: []string{"iso-cr-answer"}},
	{rule: "iso-connect-once", name: "sound", want: rules.Pass, say: func(t *line) { t.login(1).bye() }},
	{rule: "iso-class-0", name: "class 4", want: rules.Fail, say: func(t *line) {
		t.c(patch(cr(), 10, 0x40)).s(cc()).bye()
	}},
	{rule: "iso-class-0", name: "sound", want: rules.Pass, say: func(t *line) { t.login(1).bye() }},
	{rule: "iso-cc-reference", name: "wrong reference", want: rules.Fail, say: func(t *line) {
		t.c(cr()).s(s7comm.AppendCC(nil, 9, 7, pg, slot2, 1024)).c(setup(1, 240)).s(granted(1, 240)).bye()
	}},
	{rule: "iso-cc-reference", name: "sound", want: rules.Pass, say: func(t *line) { t.login(1).bye() }},
	{rule: "iso-cc-tpdu-size", name: "raised", want: rules.Fail, say: func(t *line) {
		t.c(s7comm.AppendCR(nil, 1, pg, slot2, 512)).s(cc()).bye()
	}},
	{rule: "iso-cc-tpdu-size", name: "lowered", want: rules.Pass, say: func(t *line) {
		t.c(cr()).s(s7comm.AppendCC(nil, 1, 7, pg, slot2, 512)).bye()
	}},
	{rule: "iso-dt-size", name: "too long", want: rules.Fail, say: func(t *line) {
		t.c(s7comm.AppendCR(nil, 1, pg, slot2, 128)).s(s7comm.AppendCC(nil, 1, 7, pg, slot2, 128)).c(setup(1, 240)).s(granted(1, 240))
		t.c(read(1, db(200))).s(values(1, octets(200))).bye()
	}},
	{rule: "iso-dt-size", name: "just fits", want: rules.Pass, say: func(t *line) {
		t.c(s7comm.AppendCR(nil, 1, pg, slot2, 128)).s(s7comm.AppendCC(nil, 1, 7, pg, slot2, 128)).c(setup(1, 240)).s(granted(1, 240))
		t.c(read(1, db(107))).s(values(1, octets(107))).bye()
	}},
	{rule: "iso-dt-size", name: "sound", want: rules.Pass, say: func(t *line) { t.login(1).c(read(1, db(200))).s(values(1, octets(200))).bye() }},
	{rule: "iso-data-before-cc", name: "setup at once", want: rules.Fail, say: func(t *line) {
		t.c(cr(), setup(1, 240)).s(cc(), granted(1, 240)).bye()
	}},
	{rule: "iso-data-before-cc", name: "sound", want: rules.Pass, say: func(t *line) { t.login(1).bye() }},
	{rule: "iso-cr-answer", name: "DT", want: rules.Fail, say: func(t *line) { t.c(cr()).s(emptyDTBytes).bye() }},
	{rule: "iso-cr-answer", name: "DT and close", want: rules.Fail, say: func(t *line) { t.c(cr()).s(emptyDTBytes).conn.FIN(false) }},
	{rule: "iso-cr-answer", name: "sound", want: rules.Pass, say: func(t *line) { t.login(1).bye() }},
	{rule: "iso-dt-fragments", name: "in two", want: rules.Fail, say: func(t *line) {
		p := read(1, db(4))
		a := append([]byte{3, 0, 0, 17, 2, 0xF0, 0}, p[7:17]...)
		b := append([]byte{3, 0, 0, byte(7 + len(p) - 17), 2, 0xF0, 0x80}, p[17:]...)
		t.login(1).c(a, b).s(values(1, octets(4))).bye()
	}},
	{rule: "iso-dt-fragments", name: "empty ones", want: rules.Pass, say: func(t *line) {
		t.login(1).c(emptyDTBytes).poll(1).c(emptyDTBytes).bye()
	}},
}
