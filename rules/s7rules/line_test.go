package s7rules

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"plcscope/flows"
	"plcscope/internal/talk"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
	"plcscope/rules"
	"plcscope/s7comm"
)

// conversation is a test of one rule: what is said, and what the rule makes of it.
type conversation struct {
	rule string
	name string
	want rules.Verdict
	// also names the other rules that this conversation breaks. Any rule that
	// is broken and neither meant nor named here fails the test; remarks (info)
	// need not be named.
	also []string
	say  func(t *line)
}

// line builds a capture of an HMI and a controller.
type line struct {
	capture *craft.Capture
	conn    *craft.Conn
	ports   int
	hole    bool // login is followed by a message that the capture misses
	holed   bool
}

const (
	hmiAddr = "10.0.0.9"
	plcAddr = "10.0.0.5:102"
)

func (t *line) dial(opts ...craft.Option) *line {
	t.ports++
	t.conn = t.capture.Connect(craft.Host(fmt.Sprintf("%s:%d", hmiAddr, 2000+t.ports)), craft.Host(plcAddr), opts...)
	return t
}

// c and s let the client and the server send messages, each in a segment of its own.
func (t *line) c(messages ...[]byte) *line {
	for _, m := range messages {
		t.conn.Client(m)
	}
	return t
}

func (t *line) s(messages ...[]byte) *line {
	for _, m := range messages {
		t.conn.Server(m)
	}
	return t
}

func (t *line) after(d time.Duration) *line { t.conn.After(d); return t }

func (t *line) bye() *line { t.conn.FIN(true); return t }

var (
	pg           = s7comm.TSAP{1, 0}
	slot2        = s7comm.TSAP{1, 2}
	emptyDTBytes = []byte{3, 0, 0, 7, 2, 0xF0, 0}
)

func cr() []byte { return s7comm.AppendCR(nil, 1, pg, slot2, 1024) }
func cc() []byte { return s7comm.AppendCC(nil, 1, 7, pg, slot2, 1024) }

func setup(jobs, pdu int) []byte {
	return s7comm.AppendSetup(nil, s7comm.ROSCTRJob, 0xFFFF, s7comm.Setup{AMQCalling: uint16(jobs), AMQCalled: uint16(jobs), PDULength: uint16(pdu)})
}

func granted(jobs, pdu int) []byte {
	return s7comm.AppendSetup(nil, s7comm.ROSCTRAckData, 0xFFFF, s7comm.Setup{AMQCalling: uint16(jobs), AMQCalled: uint16(jobs), PDULength: uint16(pdu)})
}

// iso opens the ISO connection.
func (t *line) iso() *line { return t.c(cr()).s(cc()) }

// login opens the connection as far as the setup, with so many jobs and 240 bytes.
func (t *line) login(jobs int) *line {
	t.iso().c(setup(jobs, 240)).s(granted(jobs, 240))
	if t.hole {
		t.holed = true
		t.conn.ServerUnseen(emptyDTBytes)
		t.s(emptyDTBytes)
	}
	return t
}

// db is n bytes of DB1.
func db(n int) s7comm.Item {
	return s7comm.AnyItem(s7comm.AreaDB, 1, s7comm.SizeByte, 0, 0, uint16(n))
}

func dbs(count, n int) []s7comm.Item { return slices.Repeat([]s7comm.Item{db(n)}, count) }

func octets(n int) s7comm.Value {
	return s7comm.Value{ReturnCode: s7comm.ReturnSuccess, TransportSize: s7comm.DataByte, Data: make([]byte, n)}
}

func failed(code s7comm.ReturnCode) s7comm.Value { return s7comm.Value{ReturnCode: code} }

func read(ref uint16, items ...s7comm.Item) []byte { return s7comm.AppendReadJob(nil, ref, items...) }

func values(ref uint16, v ...s7comm.Value) []byte { return s7comm.AppendReadAnswer(nil, ref, v...) }

func write(ref uint16, i s7comm.Item, v s7comm.Value) []byte {
	v.ReturnCode = s7comm.ReturnReserved
	return s7comm.AppendWriteJob(nil, ref, []s7comm.Item{i}, []s7comm.Value{v})
}

func written(ref uint16, codes ...s7comm.ReturnCode) []byte {
	return s7comm.AppendWriteAnswer(nil, ref, codes...)
}

func refused(ref uint16, e s7comm.ErrorCode) []byte { return s7comm.AppendAck(nil, ref, e) }

// poll is a read and its answer.
func (t *line) poll(refs ...uint16) *line {
	for _, ref := range refs {
		t.c(read(ref, db(4))).s(values(ref, octets(4)))
	}
	return t
}

// job and answer are messages of any other function.
func message(r s7comm.ROSCTR, ref uint16, f s7comm.Function, change func(p *s7comm.PDU)) []byte {
	p := s7comm.PDU{COTP: s7comm.COTP{Type: s7comm.DT, EOT: true}, Kind: s7comm.KindS7, S7: s7comm.Header{ROSCTR: r, PDURef: ref}, Function: f}
	if change != nil {
		change(&p)
	}
	return p.Append(nil)
}

func ask(ref uint16, group s7comm.Group, sub uint8, payload ...byte) []byte {
	u := s7comm.Userdata{Type: s7comm.UserdataRequest, Group: group, Subfunction: sub, HasData: true, ReturnCode: s7comm.ReturnSuccess, TransportSize: s7comm.DataOctets, Payload: payload}
	if len(payload) == 0 {
		u.ReturnCode, u.TransportSize = s7comm.ReturnNoObject, 0
	}
	return s7comm.AppendUserdata(nil, ref, u)
}

// tell is a response; change may be nil.
func tell(ref uint16, group s7comm.Group, sub uint8, change func(u *s7comm.Userdata), payload ...byte) []byte {
	u := s7comm.Userdata{Type: s7comm.UserdataResponse, Group: group, Subfunction: sub, Extended: true, Sequence: 1, HasData: true, ReturnCode: s7comm.ReturnSuccess, TransportSize: s7comm.DataOctets, Payload: payload}
	if change != nil {
		change(&u)
	}
	return s7comm.AppendUserdata(nil, ref, u)
}

// patch changes bytes of a message.
func patch(b []byte, at int, v ...byte) []byte {
	b = slices.Clone(b)
	copy(b[at:], v)
	return b
}

// tpdu is any TPDU in a TPKT.
func tpdu(b ...byte) []byte { return append([]byte{3, 0, 0, byte(len(b) + 4)}, b...) }

// judge runs frames through the whole way, from bytes to verdicts.
func judge(frames []pcaps.Frame) *rules.Book {
	e := New(Options{})
	talk.Run(frames, e)
	return e.Book()
}

func TestConversations(t *testing.T) {
	for _, c := range conversations() {
		r := ruleNamed(c.rule)
		if r == nil {
			t.Errorf("%s: no such rule", c.rule)
			continue
		}
		t.Run(c.rule+"/"+c.name, func(t *testing.T) {
			line := &line{capture: craft.New()}
			c.say(line.dial())
			frames := line.capture.Frames()
			e := New(Options{})
			if _, err := flows.Analyse(context.Background(), craft.Open(frames), flows.Config{}, e); err != nil {
				t.Fatal(err)
			}
			b := e.Book()
			if got := talk.Verdict(b, c.rule); got != c.want {
				t.Errorf("verdict %v, want %v\n%q", got, c.want, talk.Findings(b))
			}
			want := slices.Clone(c.also)
			if c.want == rules.Fail && r.Severity > rules.Info {
				want = append(want, c.rule)
			}
			slices.Sort(want)
			got := talk.Broken(b)
			if !slices.Equal(got, slices.Compact(want)) {
				t.Errorf("broken are %q, want %q\n%q", got, want, talk.Findings(b))
			}
			talk.Hazards(t, frames, judge, got)
			if c.want == rules.Fail && r.Needs >= rules.Connection {
				checkDamage(t, c, frames)
			}
		})
	}
}

// checkDamage holds a rule on sequences to its modesty: where the capture misses a
// message after the login, the violation is inconclusive; where it misses the
// handshake, it is at least none.
func checkDamage(t *testing.T, c conversation, frames []pcaps.Frame) {
	t.Helper()
	if b := judge(frames[3:]); talk.Verdict(b, c.rule) == rules.Fail {
		t.Errorf("without the handshake of TCP it is held broken\n%q", talk.Findings(b))
	}
	holed := &line{capture: craft.New(), hole: true}
	c.say(holed.dial())
	if !holed.holed {
		return
	}
	b := judge(holed.capture.Frames())
	if got := talk.Verdict(b, c.rule); got != rules.Inconclusive {
		t.Errorf("with a hole in the capture the verdict is %v, want inconclusive\n%q", got, talk.Findings(b))
	}
}

func TestRulesAreTested(t *testing.T) {
	verdicts := map[string][]rules.Verdict{halfOpen.ID: {rules.Fail}} // TestHalfOpen
	for _, c := range conversations() {
		verdicts[c.rule] = append(verdicts[c.rule], c.want)
	}
	talk.Tested(t, Catalogue(), verdicts)
}

func TestCatalogueIsComplete(t *testing.T) {
	if err := rules.Validate(Catalogue()); err != nil {
		t.Error(err)
	}
}

func ruleNamed(id string) *Rule {
	for _, r := range All {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// conversations joins the tables of the chapters.
func conversations() []conversation {
	return slices.Concat(
		tpktConversations,
		cotpConversations,
		connectConversations,
		setupConversations,
		exchangeConversations,
		variableConversations,
		userdataConversations,
		blockConversations,
		refusedConversations,
	)
}
