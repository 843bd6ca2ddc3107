package s7rules

import (
	"strings"
	"testing"

	"plcscope/internal/talk"
	"plcscope/pcaps/craft"
	"plcscope/rules"
	"plcscope/s7comm"
)

var refusedConversations = []conversation{
	{rule: "s7-put-get-refused", name: "8104 to a read", want: rules.Fail, say: func(t *line) {
		t.login(1).c(read(1, db(4))).s(refused(1, 0x8104)).bye()
	}},
	{rule: "s7-put-get-refused", name: "works", want: rules.Pass, say: func(t *line) { t.login(1).poll(1).bye() }},
	{rule: "s7-block-services-refused", name: "8104 to an upload", want: rules.Fail, say: func(t *line) {
		t.login(1).poll(1).c(blockJob(2, s7comm.FunctionStartUpload, 0, db1)).s(refused(2, 0x8104)).bye()
	}},
	{rule: "s7-block-services-refused", name: "8104 to block info", want: rules.Fail, say: func(t *line) {
		t.login(1).c(ask(2, s7comm.GroupBlock, 3, []byte("0A00001A")...)).s(tell(2, s7comm.GroupBlock, 3, func(u *s7comm.Userdata) { u.Error = 0x8104 })).bye()
	}},
	{rule: "s7-block-services-refused", name: "works", want: rules.Pass, say: func(t *line) {
		t.login(1).c(blockJob(1, s7comm.FunctionStartUpload, 0, db1)).s(blockAnswer(1, s7comm.FunctionStartUpload, 7)).bye()
	}},
	{rule: "s7-protection-level", name: "D241", want: rules.Fail, say: func(t *line) {
		t.login(1).c(blockJob(2, s7comm.FunctionStartUpload, 0, db1)).s(refused(2, 0xD241)).bye()
	}},
	{rule: "s7-protection-level", name: "works", want: rules.Pass, say: func(t *line) { t.login(1).poll(1).bye() }},
	{rule: "s7-frame-refused", name: "8500", want: rules.Fail, say: func(t *line) {
		t.login(1).c(read(1, db(4))).s(refused(1, 0x8500)).bye()
	}},
	{rule: "s7-frame-refused", name: "works", want: rules.Pass, say: func(t *line) { t.login(1).poll(1).bye() }},
	{rule: "s7-service-error", name: "no such block", want: rules.Fail, say: func(t *line) {
		t.login(1).c(blockJob(2, s7comm.FunctionStartUpload, 0, db1)).s(refused(2, 0xD209)).bye()
	}},
	{rule: "s7-service-error", name: "no such status list", want: rules.Fail, say: func(t *line) {
		t.login(1).c(szl(1, 0x0C91)).s(szlData(1, 0x0C91, func(u *s7comm.Userdata) { u.Error, u.Payload = 0xD402, nil })).bye()
	}},
	{rule: "s7-service-error", name: "works", want: rules.Pass, say: func(t *line) { t.login(1).poll(1).bye() }},

	{rule: "s7-item-missing", name: "0A", want: rules.Fail, say: func(t *line) {
		t.login(1).c(read(1, dbs(2, 4)...)).s(values(1, octets(4), failed(s7comm.ReturnNoObject))).bye()
	}},
	{rule: "s7-item-missing", name: "works", want: rules.Pass, say: func(t *line) { t.login(1).poll(1).bye() }},
	{rule: "s7-item-range", name: "05", want: rules.Fail, say: func(t *line) {
		t.login(1).c(read(1, db(4))).s(values(1, failed(s7comm.ReturnOutOfRange))).bye()
	}},
	{rule: "s7-item-range", name: "works", want: rules.Pass, say: func(t *line) { t.login(1).poll(1).bye() }},
	{rule: "s7-item-denied", name: "03 to a write", want: rules.Fail, say: func(t *line) {
		t.login(1).c(write(1, db(4), octets(4))).s(written(1, s7comm.ReturnNotAllowed)).bye()
	}},
	{rule: "s7-item-denied", name: "works", want: rules.Pass, say: func(t *line) { t.login(1).poll(1).bye() }},
	{rule: "s7-item-type", name: "06", want: rules.Fail, say: func(t *line) {
		t.login(1).c(read(1, db(4))).s(values(1, failed(s7comm.ReturnUnsupported))).bye()
	}},
	{rule: "s7-item-type", name: "works", want: rules.Pass, say: func(t *line) { t.login(1).poll(1).bye() }},
	{rule: "s7-item-hardware", name: "01", want: rules.Fail, say: func(t *line) {
		t.login(1).c(read(1, db(4))).s(values(1, failed(s7comm.ReturnHardware))).bye()
	}},
	{rule: "s7-item-hardware", name: "works", want: rules.Pass, say: func(t *line) { t.login(1).poll(1).bye() }},
}

// TestMessages holds the words of findings that engineers act on.
func TestMessages(t *testing.T) {
	for _, tt := range []struct {
		rule string
		say  func(t *line)
		want []string
	}{
		{"s7-item-missing", func(t *line) { t.login(1).c(read(1, db(4))).s(values(1, failed(s7comm.ReturnNoObject))) },
			[]string{"DB1", "0x0a", "does not exist or is optimised"}},
		{"s7-late-answer", func(t *line) {
			t.login(1).c(read(17, db(4))).after(3e9).c(read(18, db(4))).s(values(17, octets(4)))
		}, []string{"3.0 s", "Read Var", "reference (0x0011)"}},
		{"s7-answer-fits", func(t *line) { t.login(1).c(read(1, dbs(18, 16)...)) }, []string{"374 bytes", "240", "at most 11 of these 18"}},
		{"s7-pdu-length", func(t *line) { t.login(1).c(write(1, db(248), octets(248))) }, []string{"276 bytes", "240"}},
		{"s7-setup-reduced", func(t *line) { t.iso().c(setup(1, 1920)).s(granted(1, 240)) }, []string{"asked for PDU length 1920", "granted 240", "1/1"}},
		{"s7-put-get-refused", func(t *line) { t.login(1).c(read(1, db(4))).s(refused(1, 0x8104)) }, []string{"PUT/GET", "hardware configuration"}},
		{"s7-service-error", func(t *line) {
			t.login(1).c(szl(1, 0x001C)).s(szlData(1, 0x001C, func(u *s7comm.Userdata) { u.Error, u.Payload = 0xD402, nil }))
		}, []string{"does not have status list 0x001c"}},
	} {
		line := &line{capture: craft.New()}
		tt.say(line.dial())
		b := judge(line.capture.Frames())
		text := ""
		for _, f := range b.Findings() {
			if f.Rule.ID == tt.rule {
				text = f.Detail
			}
		}
		for _, w := range tt.want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: %q does not say %q\n%q", tt.rule, text, w, talk.Findings(b))
			}
		}
	}
}
