package variable

import (
	"net/netip"
	"testing"
	"unicode"
	"unicode/utf8"

	"plcscope/s7comm"
	"plcscope/s7comm/datatype"
)

const fuzzBlock = `DATA_BLOCK DB 1
STRUCT
 a, b : BOOL;
 s : STRING[5];
 c : ARRAY[0..3, 1..2] OF BOOL;
 t : ARRAY[1..9] OF CHAR;
 d : STRUCT
  when : DATE_AND_TIME;
  w : ARRAY[0..99] OF INT;
 END_STRUCT;
END_STRUCT;
BEGIN
END_DATA_BLOCK
`

// FuzzJoiner holds that whatever two sides send, variables can be told: in printable
// characters, with bytes that lie in the message, and without anything growing.
func FuzzJoiner(f *testing.F) {
	db1 := s7comm.AnyItem(s7comm.AreaDB, 1, s7comm.SizeByte, 0, 0, 40)
	bytes40 := s7comm.Value{ReturnCode: s7comm.ReturnSuccess, TransportSize: s7comm.DataByte, Data: make([]byte, 40)}
	conversation := func(list ...[]byte) (b []byte) { // a byte says who speaks
		for i, tpkt := range list {
			b = append(append(b, byte(^i&1)), tpkt...)
		}
		return b
	}
	f.Add(conversation(s7comm.AppendReadJob(nil, 1, db1), s7comm.AppendReadAnswer(nil, 1, bytes40)))
	f.Add(conversation(s7comm.AppendWriteJob(nil, 1, []s7comm.Item{db1}, []s7comm.Value{bytes40}), s7comm.AppendWriteAnswer(nil, 1, 0xff)))
	f.Add(conversation(
		userdata(request, s7comm.GroupCyclic, 1, 0, 7, "0002 00 0a 120a10060001000184000020 120a10040001000083000050"),
		userdata(response, s7comm.GroupCyclic, 1, 3, 7, "0002 ff040020 41480000 ff040010 0005"),
		userdata(request, s7comm.GroupCyclic, 4, 0, 9, "01 03"),
		userdata(push, s7comm.GroupCyclic, 1, 3, 0, "0002 ff040020 41400000 0a000000")))
	f.Add(conversation(
		userdata(request, s7comm.GroupCyclic, 1, 0, 8, "0001 00 01 120c b0 02 04 0001 0004 01 0001 0000"),
		userdata(response, s7comm.GroupCyclic, 1, 4, 8, "0001 ff090007 ff41480000 ff02")))
	f.Add(conversation(
		userdata(request, s7comm.GroupProgrammer, 2, 0, 1, testJob("0014000000010000000000000000000000000000", "0002 02 01 0000 000a 73 01 0001 0004")),
		userdata(response, s7comm.GroupProgrammer, 2, 5, 1, testJob("00000000", "")),
		userdata(request, s7comm.GroupProgrammer, 15, 0, 4, testJob("0014000000010000000000000000000000000000", "0000 02 05")),
		userdata(push, s7comm.GroupProgrammer, 2, 5, 0, testJob("00000000", "0002 ff040010 0007 ff040020 41480000"))))
	f.Add(conversation(userdata(request, s7comm.GroupPBC, 1, 0, 1, "12061300 00000007 0014 0000 0010 2601311200000007 0001 0002 0005 fffe")))
	names := table(f, "f.awl", fuzzBlock, "n.csv", "Level,MW10,INT\nWait,T5,TIMER\n")
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1<<16 {
			return
		}
		j := Joiner{Server: names, Client: names, Templates: []Template{{RID: 7, Header: 4, RecordAt: 2, Time: datatype.DateAndTime, DB: Number{At: 8}, Start: Number{At: 10}, DataAt: 12}}}
		l := Ledger{Limit: 50}
		var x s7comm.Transactions
		var asm [2]s7comm.Assembler
		var p s7comm.PDU
		for frame := uint64(1); len(b) > 1; frame++ {
			side := b[0] & 1
			n, err := s7comm.Next(b[1:])
			if err != nil {
				return
			}
			tpkt := b[1 : 1+n]
			b = b[1+n:]
			p.Decode(tpkt, &asm[side])
			m := Message{FromClient: side == 1, Frame: frame, PDU: &p}
			if r, ok := x.Answered(m.FromClient, &p); ok {
				m.Request = r
			} else {
				x.Sent(m.FromClient, &p, frame, 0)
			}
			for _, v := range j.Variables(m) {
				checkVariable(t, &v)
				l.Add(&v, netip.IPv4Unspecified(), netip.IPv4Unspecified(), Sight{frame, 0})
			}
			if len(j.open) > maxOpen || len(j.jobs) > maxJobs || len(j.list) > maxVariables || len(l.Entries()) > 50 {
				t.Fatalf("%d requests, %d jobs, %d variables, %d entries", len(j.open), len(j.jobs), len(j.list), len(l.Entries()))
			}
		}
	})
}

func checkVariable(t *testing.T, v *Variable) {
	text := v.String()
	if !utf8.ValidString(text) || v.Address() == "" {
		t.Fatalf("text is %q", text)
	}
	for _, r := range text {
		if !unicode.IsPrint(r) {
			t.Fatalf("%q has a character that does not print", text)
		}
	}
	if v.Count < 1 || v.Answer == false && v.Refused() {
		t.Fatalf("%+v", v)
	}
	for i := range v.Names {
		n := &v.Names[i]
		if n.Place.Bit >= v.Place.Bit+v.Place.Bits || n.Place.Bit+n.Place.Bits <= v.Place.Bit {
			t.Fatalf("%s does not lie in %s", n.Place, v.Address())
		}
		size := int(n.Place.Bits+7) / 8
		if n.Place.numbered() {
			size = int(n.Place.Bits) * 2
		}
		if n.From+len(n.Raw) > size || n.Told() && n.Raw == nil {
			t.Fatalf("%s has %d bytes from %d on", n.Path, len(n.Raw), n.From)
		}
	}
}
