package assets

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"plcscope/decode"
	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
	"plcscope/s7comm"
)

// talk builds a capture of a client and a controller.
type talk struct {
	capture *craft.Capture
	conn    *craft.Conn
	ref     uint16
	rtt     time.Duration
}

const plcAddr = "192.168.0.1:102"

func newTalk() *talk { return &talk{capture: craft.New(), rtt: 2 * time.Millisecond} }

// dial opens a connection without a word of S7.
func (t *talk) dial(from string, opts ...craft.Option) *talk {
	t.conn = t.capture.Connect(craft.Host(from), craft.Host(plcAddr), append([]craft.Option{craft.RTT(t.rtt)}, opts...)...)
	return t
}

// login connects to rack 0 slot 2 and negotiates.
func (t *talk) login(s s7comm.Setup) *talk {
	t.c(s7comm.AppendCR(nil, 1, s7comm.TSAP{1, 0}, s7comm.TSAP{1, 2}, 1024)).s(s7comm.AppendCC(nil, 1, 2, s7comm.TSAP{1, 0}, s7comm.TSAP{1, 2}, 1024))
	t.c(s7comm.AppendSetup(nil, s7comm.ROSCTRJob, t.next(), s)).s(s7comm.AppendSetup(nil, s7comm.ROSCTRAckData, t.ref, s))
	return t
}

var usual = s7comm.Setup{AMQCalling: 1, AMQCalled: 1, PDULength: 240}

func (t *talk) c(b ...[]byte) *talk { t.conn.Client(b...); return t }
func (t *talk) s(b ...[]byte) *talk { t.conn.Server(b...); return t }

func (t *talk) after(d time.Duration) *talk { t.capture.After(d); return t }

func (t *talk) next() uint16 { t.ref++; return t.ref }

func word(db uint16, at uint32) s7comm.Item {
	return s7comm.AnyItem(s7comm.AreaDB, db, s7comm.SizeWord, at, 0, 1)
}

func value(b ...byte) s7comm.Value {
	return s7comm.Value{ReturnCode: s7comm.ReturnSuccess, TransportSize: s7comm.DataByte, Data: b}
}

func (t *talk) read(items ...s7comm.Item) *talk {
	values := make([]s7comm.Value, len(items))
	for i := range values {
		values[i] = value(0, 1)
	}
	return t.c(s7comm.AppendReadJob(nil, t.next(), items...)).s(s7comm.AppendReadAnswer(nil, t.ref, values...))
}

func (t *talk) write(item s7comm.Item, code s7comm.ReturnCode) *talk {
	v := value(0, 2)
	v.ReturnCode = 0
	return t.c(s7comm.AppendWriteJob(nil, t.next(), []s7comm.Item{item}, []s7comm.Value{v})).s(s7comm.AppendWriteAnswer(nil, t.ref, code))
}

// job sends a job that has only a function and a parameter part, and its answer.
func (t *talk) job(p s7comm.PDU, answer s7comm.PDU) *talk {
	ready := func(p s7comm.PDU, r s7comm.ROSCTR) []byte {
		p.COTP = s7comm.COTP{Type: s7comm.DT, EOT: true}
		p.Kind, p.S7.ROSCTR, p.S7.PDURef = s7comm.KindS7, r, t.ref
		return p.Append(nil)
	}
	t.next()
	return t.c(ready(p, s7comm.ROSCTRJob)).s(ready(answer, s7comm.ROSCTRAckData))
}

// ask sends a userdata request and its answer.
func (t *talk) ask(g s7comm.Group, sub uint8, request, answer []byte, e s7comm.ErrorCode) *talk {
	q := s7comm.Userdata{Type: s7comm.UserdataRequest, Group: g, Subfunction: sub, HasData: true, ReturnCode: s7comm.ReturnSuccess, TransportSize: s7comm.DataOctets, Payload: request}
	a := q
	a.Type, a.Extended, a.Error, a.Payload = s7comm.UserdataResponse, true, e, answer
	if answer == nil {
		a.ReturnCode, a.TransportSize = s7comm.ReturnNoObject, 0
	}
	return t.c(s7comm.AppendUserdata(nil, t.next(), q)).s(s7comm.AppendUserdata(nil, t.ref, a))
}

// szl reads a partial list.
func (t *talk) szl(id, index uint16, records ...[]byte) *talk {
	return t.ask(s7comm.GroupCPU, 1, binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, id), index), list(id, index, records...), 0)
}

func list(id, index uint16, records ...[]byte) []byte {
	b := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, id), index)
	b = binary.BigEndian.AppendUint16(b, uint16(len(records[0])))
	b = binary.BigEndian.AppendUint16(b, uint16(len(records)))
	for _, r := range records {
		b = append(b, r...)
	}
	return b
}

func moduleRecord(index uint16, order string, version, file uint16) []byte {
	b := binary.BigEndian.AppendUint16(nil, index)
	b = append(b, fmt.Sprintf("%-20s", order)...)
	return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(append(b, 0, 0xc0), version), file)
}

func componentRecord(index uint16, text string) []byte {
	b := binary.BigEndian.AppendUint16(nil, index)
	return append(append(b, text...), make([]byte, 32-len(text))...)
}

// modeRecord is the list of operating modes; mode is the present one.
func modeRecord(event uint16, mode byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, event)
	return append(b, 0xff, mode, 0, 0, 0, 0, 0, 0, 0, 0, 0x26, 0x01, 0x31, 0x12, 0, 0, 0, 0x07)
}

// login to a broker.
func connect(id string) []byte {
	p := &mqtt.Packet{Type: mqtt.CONNECT, Version: mqtt.V311}
	p.Connect.ClientID, p.Connect.KeepAlive = []byte(id), 60
	p.Connect.SetCleanSession(true)
	b, err := p.Append(nil)
	if err != nil {
		panic(err)
	}
	return b
}

// take lets an inventory see a capture.
func take(frames []pcaps.Frame, opt Options) Result {
	v := New(opt)
	lister := &flows.Lister{}
	tracker := flows.New(flows.Options{}, v, lister)
	dec := decode.New(decode.Options{})
	var s decode.Segment
	for i := range frames {
		if dec.Decode(&frames[i], &s) {
			tracker.Add(&s)
		}
	}
	tracker.Flush()
	return v.Result(flows.Hosts(lister.Rows()))
}

// text is a function in a line, without times.
func (f *Function) text() string {
	s := fmt.Sprintf("%s %d answered %d", f.Name, f.Requests, f.Answered)
	for _, x := range []struct {
		n    uint64
		what string
	}{{f.Refused, "refused"}, {f.ItemsRefused, "items"}, {f.Late, "late"}, {f.Unanswered, "unanswered"}, {f.Open, "open"}, {f.Unknown, "unknown"}} {
		if x.n > 0 {
			s += fmt.Sprintf(" %s %d", x.what, x.n)
		}
	}
	return s
}

// counts are the functions of all pairs.
func counts(r *Result) string {
	var l []string
	for i := range r.Transactions {
		for j := range r.Transactions[i].Functions {
			l = append(l, r.Transactions[i].Functions[j].text())
		}
	}
	return strings.Join(l, "; ")
}

func deeds(r *Result) []string {
	var l []string
	for i := range r.Actions {
		a := &r.Actions[i]
		l = append(l, strings.Trim(fmt.Sprintf("%s|%s|%s|%s", a.Kind, a.Detail, a.Outcome, a.Error), "|"))
	}
	return l
}

// asset finds a host.
func (r *Result) asset(addr string) *Asset {
	for i := range r.Assets {
		if r.Assets[i].Addr.String() == addr {
			return &r.Assets[i]
		}
	}
	return &Asset{}
}
