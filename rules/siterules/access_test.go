package siterules

import (
	"time"

	"plcscope/rules"
	"plcscope/s7comm"
)

var (
	hosts   = func(l ...string) Policy { return cpu(S7{For: Selector{Name: "press"}, Hosts: prefixes(l...)}) }
	onlooks = cpu(S7{Functions: []Function{Read, Info}})
	quick   = cpu(S7{Answer: Span{Max: 200 * ms}})
)

var accessConversations = []conversation{
	{rule: "site-s7-host", name: "stranger", policy: hosts("10.0.0.8/32", "10.1.0.0/16"), want: rules.Fail, say: func(t *line) {
		t.s7().setup().read(1).values(1)
	}, detail: `10.0.0.9 talks to the controller 10.0.0.7; the profile for "press" allows 10.0.0.8 or 10.1.0.0/16`},
	{rule: "site-s7-host", name: "nobody may", policy: cpu(S7{Hosts: prefixes()[:0:0]}), want: rules.NotExercised, say: func(t *line) { t.s7().setup() }},
	{rule: "site-s7-host", name: "known", policy: hosts("10.0.0.0/29", "10.0.0.9/32"), want: rules.Pass, say: func(t *line) { t.s7().setup() }},
	{rule: "site-s7-function", name: "stop", policy: onlooks, want: rules.Fail, say: func(t *line) {
		t.s7().setup().c(job(2, s7comm.FunctionStop, func(p *s7comm.PDU) { p.PI.Service = []byte("P_PROGRAM") }))
	}, detail: "stops the controller (stop) at the controller 10.0.0.7; the profile allows read or info"},
	{rule: "site-s7-function", name: "clock", policy: onlooks, want: rules.Fail, say: func(t *line) { t.s7().setup().c(ask(2, s7comm.GroupTime, 2)) }},
	{rule: "site-s7-function", name: "looks only", policy: onlooks, want: rules.Pass, say: func(t *line) {
		t.s7().setup().read(2).values(2).c(ask(3, s7comm.GroupCPU, 1))
	}},
	{rule: "site-s7-function", name: "setup only", policy: onlooks, want: rules.NotExercised, say: func(t *line) { t.s7().setup() }},
	{rule: "site-s7-answer-latency", name: "late", policy: quick, want: rules.Fail, say: func(t *line) {
		t.s7().setup().read(2).after(400 * ms).values(2)
	}},
	{rule: "site-s7-answer-latency", name: "in time", policy: quick, want: rules.Pass, say: func(t *line) {
		t.s7().setup().read(2).after(100 * ms).values(2)
	}},
	{rule: "site-s7-answer-latency", name: "a hole", policy: quick, want: rules.Pass, say: func(t *line) {
		t.s7().setup().read(2)
		t.conn.ServerUnseen(make([]byte, 40)).ClientUnseen(make([]byte, 31))
		t.after(time.Second).values(2)
	}},
	{rule: "site-s7-answer-latency", name: "never", policy: quick, want: rules.Pass, say: func(t *line) { t.s7().setup().read(2).after(time.Second) }},
}
