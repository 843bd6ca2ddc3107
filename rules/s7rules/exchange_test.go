package s7rules

import (
	"time"

	"plcscope/rules"
	"plcscope/s7comm"
)

var setupConversations = []conversation{
	{rule: "s7-setup-first", name: "read at once", want: rules.Fail, say: func(t *line) {
		t.iso().poll(1).bye()
	}},
	{rule: "s7-setup-first", name: "sound", want: rules.Pass, say: func(t *line) { t.login(1).poll(1).bye() }},
	{rule: "s7-server-waits", name: "push before anything", want: rules.Fail, say: func(t *line) {
		t.iso().s(message(s7comm.ROSCTRJob, 1, s7comm.FunctionRead, func(p *s7comm.PDU) { p.Items = dbs(1, 4) })).bye()
	}},
	{rule: "s7-server-waits", name: "sound", want: rules.Pass, say: func(t *line) { t.login(1).poll(1).bye() }},
	{rule: "s7-setup-granted", name: "longer", want: rules.Fail, say: func(t *line) {
		t.iso().c(setup(1, 240)).s(granted(1, 480)).bye()
	}},
	{rule: "s7-setup-granted", name: "more jobs", want: rules.Fail, say: func(t *line) {
		t.iso().c(setup(1, 240)).s(granted(8, 240)).bye()
	}},
	{rule: "s7-setup-granted", name: "more jobs of the server", want: rules.Fail, say: func(t *line) {
		t.iso().c(setup(1, 240)).s(s7comm.AppendSetup(nil, s7comm.ROSCTRAckData, 0xFFFF, s7comm.Setup{AMQCalling: 1, AMQCalled: 2, PDULength: 240})).bye()
	}},
	{rule: "s7-setup-granted", name: "lower", want: rules.Pass, say: func(t *line) {
		t.iso().c(setup(8, 960)).s(granted(3, 480)).bye()
	}},
	{rule: "s7-setup-reduced", name: "1920 to 240", want: rules.Fail, say: func(t *line) {
		t.iso().c(setup(1, 1920)).s(granted(1, 240)).bye()
	}},
	{rule: "s7-setup-reduced", name: "as asked", want: rules.Pass, say: func(t *line) { t.login(1).bye() }},
	{rule: "s7-pdu-length", name: "long write", want: rules.Fail, say: func(t *line) {
		t.login(1).c(write(1, db(230), octets(230))).s(refused(1, 0x8500)).bye()
	}, also: []string{"s7-frame-refused"}},
	{rule: "s7-pdu-length", name: "long answer", want: rules.Fail, say: func(t *line) {
		t.login(1).c(read(1, db(230))).s(values(1, octets(230))).bye()
	}, also: []string{"s7-answer-fits"}},
	{rule: "s7-pdu-length", name: "just fits", want: rules.Pass, say: func(t *line) {
		t.login(1).c(read(1, db(222))).s(values(1, octets(222))).c(write(2, db(212), octets(212))).s(written(2, s7comm.ReturnSuccess)).bye()
	}},
	{rule: "s7-pdu-length", name: "agreed anew", want: rules.Pass, say: func(t *line) {
		t.login(1).c(setup(1, 480)).s(granted(1, 480)).c(read(1, db(400))).s(values(1, octets(400))).bye()
	}},
}

var exchangeConversations = []conversation{
	{rule: "s7-parallel-jobs", name: "three for one", want: rules.Fail, say: func(t *line) {
		t.login(1).c(read(1, db(4)), read(2, db(4)), read(3, db(4))).s(values(1, octets(4)), values(2, octets(4)), values(3, octets(4))).bye()
	}},
	{rule: "s7-parallel-jobs", name: "as many as agreed", want: rules.Pass, say: func(t *line) {
		t.login(3).c(read(1, db(4)), read(2, db(4)), read(3, db(4))).s(values(1, octets(4))).c(read(4, db(4))).s(values(2, octets(4)), values(3, octets(4)), values(4, octets(4))).bye()
	}},
	{rule: "s7-parallel-jobs", name: "one segment with several jobs", want: rules.Fail, say: func(t *line) {
		t.login(2).c(append(append(read(1, db(4)), read(2, db(4))...), read(3, db(4))...)).s(values(1, octets(4)), values(2, octets(4)), values(3, octets(4))).bye()
	}},
	{rule: "s7-parallel-jobs", name: "userdata beside a job", want: rules.Pass, say: func(t *line) {
		t.login(1).c(read(1, db(4)), ask(2, s7comm.GroupTime, readClock)).s(values(1, octets(4)), clock(2)).poll(3).bye()
	}},
	{rule: "s7-parallel-jobs", name: "two where 1 and 2 were granted", want: rules.Pass, say: func(t *line) {
		t.iso().c(setup(3, 240)).s(s7comm.AppendSetup(nil, s7comm.ROSCTRAckData, 0xFFFF, s7comm.Setup{AMQCalling: 1, AMQCalled: 2, PDULength: 240}))
		t.c(read(1, db(4)), read(2, db(4))).s(values(1, octets(4)), values(2, octets(4))).bye()
	}},
	{rule: "s7-reference-reused", name: "constant reference", want: rules.Fail, say: func(t *line) {
		t.login(2).c(read(1, db(4)), read(1, db(4))).s(values(1, octets(4)), values(1, octets(4))).bye()
	}},
	{rule: "s7-reference-reused", name: "constant, one at a time", want: rules.Pass, say: func(t *line) { t.login(2).poll(1, 1, 1).bye() }},
	{rule: "s7-unknown-reference", name: "other reference", want: rules.Fail, say: func(t *line) {
		t.login(1).c(read(1, db(4))).s(values(0x0100, octets(4))).bye()
	}},
	{rule: "s7-unknown-reference", name: "answered twice", want: rules.Fail, say: func(t *line) {
		t.login(1).poll(1).s(values(1, octets(4))).poll(2).bye()
	}},
	{rule: "s7-unknown-reference", name: "other kind", want: rules.Fail, say: func(t *line) {
		t.login(1).c(read(1, db(4))).s(clock(1)).bye()
	}},
	{rule: "s7-unknown-reference", name: "more than are remembered", want: rules.Pass, say: func(t *line) {
		t.iso().c(setup(100, 240)).s(granted(100, 240))
		for i := range maxOpen + 6 {
			t.c(read(uint16(i), db(4)))
		}
		for i := range maxOpen + 6 {
			t.s(values(uint16(i), octets(4)))
		}
		t.bye()
	}},
	{rule: "s7-unknown-reference", name: "out of order", want: rules.Pass, say: func(t *line) {
		t.login(2).c(read(1, db(4)), read(2, db(4))).s(values(2, octets(4)), values(1, octets(4))).bye()
	}},
	{rule: "s7-answer-function", name: "write for read", want: rules.Fail, say: func(t *line) {
		t.login(1).c(read(1, db(4))).s(written(1, s7comm.ReturnSuccess)).bye()
	}},
	{rule: "s7-answer-function", name: "sound", want: rules.Pass, say: func(t *line) { t.login(1).poll(1).bye() }},
	{rule: "s7-answered", name: "never", want: rules.Fail, say: func(t *line) {
		t.login(1).poll(1).c(read(2, db(4))).after(20 * time.Second).bye()
	}},
	{rule: "s7-answered", name: "userdata never", want: rules.Fail, say: func(t *line) {
		t.login(1).c(ask(2, s7comm.GroupTime, readClock)).after(20 * time.Second).bye()
	}},
	{rule: "s7-answered", name: "much too late", want: rules.Fail, say: func(t *line) {
		t.login(1).poll(1).c(read(2, db(4))).after(20 * time.Second).s(values(2, octets(4))).poll(3).bye()
	}},
	{rule: "s7-answered", name: "slow", want: rules.Pass, say: func(t *line) {
		t.login(1).c(read(2, db(4))).after(4 * time.Second).s(values(2, octets(4))).bye()
	}},
	{rule: "s7-answered", name: "compressing takes a while", want: rules.Pass, say: func(t *line) {
		t.login(1).c(message(s7comm.ROSCTRJob, 1, s7comm.FunctionPI, func(p *s7comm.PDU) { p.PI.Service = []byte("_GARB") }))
		t.after(30 * time.Second).s(message(s7comm.ROSCTRAckData, 1, s7comm.FunctionPI, nil)).poll(2).bye()
	}},
	{rule: "s7-late-answer", name: "after the next job", want: rules.Fail, say: func(t *line) {
		t.login(1).poll(1).c(read(17, db(4))).after(3*time.Second).c(read(18, db(4))).after(200*time.Millisecond).s(values(17, octets(4)), values(18, octets(4))).bye()
	}},
	{rule: "s7-late-answer", name: "a request that is no job", want: rules.Pass, say: func(t *line) {
		t.login(1).poll(1).c(read(2, db(4)), ask(3, s7comm.GroupTime, readClock)).after(3 * time.Second).c(read(4, db(4))).s(clock(3)).bye()
	}},
	{rule: "s7-late-answer", name: "constant reference", want: rules.Pass, say: func(t *line) {
		t.login(1).poll(1).c(read(1, db(4))).after(3*time.Second).c(read(1, db(4))).s(values(1, octets(4)), values(1, octets(4))).bye()
	}, also: []string{"s7-reference-reused"}},
	{rule: "s7-late-answer", name: "jobs side by side", want: rules.Pass, say: func(t *line) {
		t.login(4).poll(1).c(read(17, db(4))).after(3*time.Second).c(read(18, db(4))).after(200*time.Millisecond).s(values(17, octets(4)), values(18, octets(4))).bye()
	}},
	{rule: "s7-late-answer", name: "closed and opened anew", want: rules.Pass, say: func(t *line) {
		t.login(1).poll(1).c(read(17, db(4))).after(3 * time.Second).bye().dial().login(1).poll(1).bye()
	}},
}

// clock is the answer to the question for the time.
func clock(ref uint16) []byte {
	return tell(ref, s7comm.GroupTime, readClock, nil, 0, 0x19, 0x14, 0x08, 0x20, 0x11, 0x59, 0x43, 0x91, 0x24)
}
