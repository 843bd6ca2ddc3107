package s7rules

import (
	"testing"
	"time"

	"plcscope/internal/talk"
	"plcscope/pcaps/craft"
	"plcscope/rules"
	"plcscope/s7comm"
)

// In a stream that was joined midway a sound S7 message is certain, a broken one is
// perhaps none.
func TestMidStream(t *testing.T) {
	for _, tt := range []struct {
		rule string
		bad  []byte
		want rules.Verdict
	}{
		{"s7-redundancy-id", patch(read(1, db(4)), 9, 0, 1), rules.Fail},
		{"s7-item-form", patch(read(1, db(4)), 18, 3), rules.Inconclusive},
	} {
		line := &line{capture: craft.New()}
		line.dial(craft.MidStream()).poll(1, 2).c(tt.bad)
		if got := talk.Verdict(judge(line.capture.Frames()), tt.rule); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.rule, got, tt.want)
		}
	}
}

// Who speaks another protocol on port 102 is no bad S7 partner.
func TestOtherProtocol(t *testing.T) {
	line := &line{capture: craft.New()}
	line.dial().c([]byte("GET / HTTP/1.1\r\n\r\n"))
	l := talk.Only(judge(line.capture.Frames()), "iso-tpkt-version")
	if len(l) != 1 || l[0].Severity != rules.Warning {
		t.Errorf("%+v", l)
	}
}

// The number of connections is told when it reaches 8 and when it has doubled.
func TestConnectionsAreToldSeldom(t *testing.T) {
	line := &line{capture: craft.New()}
	line.dial().login(1)
	for range 2*manyConnections + 3 {
		line.after(time.Second).dial().login(1)
	}
	if l := talk.Only(judge(line.capture.Frames()), "s7-connections-held"); len(l) != 2 {
		t.Errorf("%d findings, want 2", len(l))
	}
}

// One cause, one finding: the general rule on errors is silent where another speaks.
func TestTheSpecificRuleSpeaks(t *testing.T) {
	for _, tt := range []struct {
		name string
		say  func(t *line)
	}{
		{"0x8104 to a read", func(t *line) { t.login(1).c(read(1, db(4))).s(refused(1, 0x8104)) }},
		{"0x8104 to an upload", func(t *line) {
			t.login(1).c(blockJob(2, s7comm.FunctionStartUpload, 0, db1)).s(refused(2, 0x8104))
		}},
		{"0xD241", func(t *line) {
			t.login(1).c(blockJob(2, s7comm.FunctionStartUpload, 0, db1)).s(refused(2, 0xD241))
		}},
		{"0x8500", func(t *line) { t.login(1).c(read(1, db(4))).s(refused(1, 0x8500)) }},
	} {
		line := &line{capture: craft.New()}
		tt.say(line.dial())
		if l := talk.Findings(judge(line.capture.Frames())); len(l) != 1 {
			t.Errorf("%s: %q", tt.name, l)
		}
	}
}

// An answer that the capture has missed was given, whatever shows that it was: the
// end of the connection, or an acknowledgement in a keep-alive probe.
func TestUnseenAnswers(t *testing.T) {
	ends := map[string]func(c *craft.Conn){
		"server closes": func(c *craft.Conn) { c.FIN(false) },
		"client closes": func(c *craft.Conn) { c.FIN(true) },
		"keep-alive":    func(c *craft.Conn) { c.KeepAliveProbe(true).After(time.Second).KeepAliveProbe(true) },
		"silence":       func(c *craft.Conn) {},
	}
	for _, tt := range []struct {
		rule string
		say  func(t *line) []byte // returns the answer
	}{
		{"iso-connection-refused", func(t *line) []byte { t.c(cr()); return cc() }},
		{"iso-connect-answered", func(t *line) []byte { t.c(cr()); return cc() }},
		{"s7-answered", func(t *line) []byte { t.login(1).c(read(1, db(4))); return values(1, octets(4)) }},
	} {
		for name, end := range ends {
			line := &line{capture: craft.New()}
			answer := tt.say(line.dial())
			line.conn.ServerUnseen(answer)
			end(line.conn.After(20 * time.Second))
			if b := judge(line.capture.Frames()); talk.Verdict(b, tt.rule) == rules.Fail {
				t.Errorf("%s, %s: %q", tt.rule, name, talk.Findings(b))
			}
		}
	}
}

// A password is marked, so that reports do not show its bytes.
func TestPasswordIsMarked(t *testing.T) {
	line := &line{capture: craft.New()}
	line.dial().login(1).c(ask(1, s7comm.GroupSecurity, 1, 1, 2, 3, 4, 5, 6, 7, 8))
	l := talk.Only(judge(line.capture.Frames()), "s7-password-visible")
	if len(l) != 1 || !l[0].Secret {
		t.Errorf("%+v", l)
	}
}
