package variable

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/s7comm"
	"plcscope/s7comm/datatype"
	"plcscope/s7comm/symbol"
)

// talk runs messages through what stands between the wire and a Joiner.
type talk struct {
	t     testing.TB
	j     Joiner
	x     s7comm.Transactions
	asm   [2]s7comm.Assembler
	frame uint64
}

// say decodes a TPKT and returns its variables in words.
func (k *talk) say(client bool, tpkt []byte) []string {
	k.t.Helper()
	var l []string
	for _, v := range k.variables(client, tpkt) {
		l = append(l, v.Act.String()+" "+v.String())
	}
	return l
}

func (k *talk) variables(client bool, tpkt []byte) []Variable {
	k.t.Helper()
	k.frame++
	side := 0
	if client {
		side = 1
	}
	var p s7comm.PDU
	if err := p.Decode(tpkt, &k.asm[side]); err != nil {
		k.t.Fatal(err)
	}
	m := Message{FromClient: client, Frame: k.frame, PDU: &p}
	if r, ok := k.x.Answered(client, &p); ok {
		m.Request = r
	} else {
		k.x.Sent(client, &p, k.frame, 0)
	}
	return k.j.Variables(m)
}

func table(t testing.TB, files ...string) *symbol.Table {
	t.Helper()
	x := symbol.NewTable()
	for i := 0; i < len(files); i += 2 {
		if err := x.Add(files[i], []byte(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := x.Resolve(); err != nil {
		t.Fatal(err)
	}
	return x
}

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

func value(size s7comm.DataSize, digits string) s7comm.Value {
	return s7comm.Value{ReturnCode: s7comm.ReturnSuccess, TransportSize: size, Data: unhex(digits)}
}

// userdata is a message of a function group.
func userdata(typ s7comm.UserdataType, g s7comm.Group, function, sequence uint8, ref uint16, content string) []byte {
	u := s7comm.Userdata{
		Function: s7comm.FunctionCPU, Type: typ, Group: g, Subfunction: function, Sequence: sequence, Extended: typ != s7comm.UserdataRequest,
		HasData: true, ReturnCode: s7comm.ReturnSuccess, TransportSize: s7comm.DataOctets, Payload: unhex(content),
	}
	return s7comm.AppendUserdata(nil, ref, u)
}

func equal(t *testing.T, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

const names = "Motor.speed,DB5.DBD4,REAL\nMotor.on,DB5.DBX0.1,BOOL\nLevel,MW10,INT\nWait,T5,TIMER\nParts,C3,COUNTER\n"

func TestReadAndWrite(t *testing.T) {
	k := talk{t: t}
	k.j.Server = table(t, "n.csv", names)
	items := []s7comm.Item{
		s7comm.AnyItem(s7comm.AreaDB, 5, s7comm.SizeReal, 4, 0, 1), s7comm.AnyItem(s7comm.AreaDB, 5, s7comm.SizeBit, 0, 1, 1),
		s7comm.AnyItem(s7comm.AreaTimer, 0, s7comm.SizeTimer, 5, 0, 1), s7comm.AnyItem(s7comm.AreaCounter, 0, s7comm.SizeCounter, 2, 0, 3),
		s7comm.AnyItem(s7comm.AreaDB, 260, s7comm.SizeWord, 0, 0, 1), s7comm.AnyItem(s7comm.AreaFlag, 0, s7comm.SizeInt, 10, 0, 3),
	}
	equal(t, k.say(true, s7comm.AppendReadJob(nil, 1, items...)),
		"read Motor.speed : REAL", "read Motor.on : BOOL", "read Wait : TIMER", "read C2 COUNTER 3 {Parts : COUNTER}", "read DB260.DBW0 : WORD", "read P#M10.0 INT 3 {Level : INT}")
	equal(t, k.say(false, s7comm.AppendReadAnswer(nil, 1, value(s7comm.DataReal, "41480000"), value(s7comm.DataBit, "01"), value(s7comm.DataOctets, "2127"),
		value(s7comm.DataOctets, "000100020003"), s7comm.Value{ReturnCode: s7comm.ReturnNoObject}, value(s7comm.DataByte, "fffe00050006"))),
		"read Motor.speed : REAL = 12.5", "read Motor.on : BOOL = TRUE", "read Wait : TIMER = S5T#2m7s", "read C2 COUNTER 3 {Parts : COUNTER = C#2}",
		"read DB260.DBW0 : WORD (object does not exist)", "read P#M10.0 INT 3 {Level : INT = -2}")
	k.j.Server = nil
	equal(t, k.say(true, s7comm.AppendWriteJob(nil, 2, items[:2], []s7comm.Value{value(s7comm.DataReal, "41480000"), value(s7comm.DataBit, "00")})),
		"write DB5.DBD4 : REAL = 12.5", "write DB5.DBX0.1 : BOOL = FALSE")
	answer := k.variables(false, s7comm.AppendWriteAnswer(nil, 2, s7comm.ReturnSuccess, s7comm.ReturnNotAllowed))
	if len(answer) != 2 || answer[0].Value() != "12.5" || !answer[0].Accepted() || !answer[1].Refused() || answer[1].Value() != "FALSE" {
		t.Errorf("answer is %v", answer)
	}
	if got := answer[1].String(); got != "DB5.DBX0.1 : BOOL (access not allowed)" {
		t.Errorf("is %s", got)
	}
	k.say(true, s7comm.AppendReadJob(nil, 3, items[0]))
	equal(t, k.say(false, s7comm.AppendAck(nil, 3, 0x8104)), "read DB5.DBD4 : REAL")
	// Without its request, an answer tells of no address.
	equal(t, k.say(false, s7comm.AppendReadAnswer(nil, 9, value(s7comm.DataReal, "41480000"), value(s7comm.DataByte, "0102"))), "read ? : REAL = 12.5", "read ? = 01 02")
	// The controller reads from its partner: what it asks for lies there.
	k.j.Client = table(t, "n.csv", names)
	equal(t, k.say(false, s7comm.AppendReadJob(nil, 4, items[0])), "read Motor.speed : REAL")
}

// What is asked of the values of types that STEP 7 knows.
func TestArrays(t *testing.T) {
	k := talk{t: t}
	db := func(size s7comm.TransportSize, count uint16) s7comm.Item {
		return s7comm.AnyItem(s7comm.AreaDB, 1, size, 0, 0, count)
	}
	for want, tt := range map[string]struct {
		item s7comm.Item
		v    s7comm.Value
	}{
		"read P#DB1.DBX0.0 REAL 2 = [12.5, 0.0]":                                   {db(s7comm.SizeReal, 2), value(s7comm.DataReal, "4148000000000000")},
		"read P#DB1.DBX0.0 CHAR 3 = 'a$'b'":                                        {db(s7comm.SizeChar, 3), value(s7comm.DataOctets, "612762")},
		"read P#DB1.DBX0.0 DATE_AND_TIME 1 = DT#2026-01-31-23:59:59.123":           {db(s7comm.SizeDateAndTime, 1), value(s7comm.DataOctets, "2601312359591237")},
		"read DB1.DBD0 : TIME = T#-1ms":                                            {db(s7comm.SizeTime, 1), value(s7comm.DataByte, "ffffffff")},
		"read DB1.DBW0 : INT = 05":                                                 {db(s7comm.SizeInt, 1), value(s7comm.DataByte, "05")}, // the partner sends too little
		"read P#DB1.DBX0.0 INT 10 = [0, 1, 2, 3, 4, 5, 6, 7, …and 2 more]":         {db(s7comm.SizeInt, 10), value(s7comm.DataByte, "0000000100020003000400050006000700080009")},
		"read P#DB1.DBX0.0 BYTE 34 = " + strings.Repeat("00 ", 32) + "…and 2 more": {db(s7comm.SizeByte, 34), value(s7comm.DataByte, strings.Repeat("00", 34))},
	} {
		k.say(true, s7comm.AppendReadJob(nil, 1, tt.item))
		equal(t, k.say(false, s7comm.AppendReadAnswer(nil, 1, tt.v)), want)
	}
}

const (
	request  = s7comm.UserdataRequest
	response = s7comm.UserdataResponse
	push     = s7comm.UserdataPush
)

func TestCyclic(t *testing.T) {
	k := talk{t: t}
	k.j.Server = table(t, "n.csv", names)
	memory := "0002 00 0a 120a10060001000584000020 120a10040001000083000050" // every second: DB5.DBD4, MW10
	equal(t, k.say(true, userdata(request, s7comm.GroupCyclic, 1, 0, 7, memory)), "cyclic Motor.speed : REAL", "cyclic Level : INT")
	equal(t, k.say(false, userdata(response, s7comm.GroupCyclic, 1, 3, 7, "0002 ff040020 41480000 ff040010 0005")), "cyclic Motor.speed : REAL = 12.5", "cyclic Level : INT = 5")
	equal(t, k.say(false, userdata(push, s7comm.GroupCyclic, 1, 3, 0, "0002 ff040020 41400000 0a000000")), "cyclic Motor.speed : REAL = 12.0", "cyclic Level : INT (object does not exist)")
	// Another job, another length, another number of values: nobody knows what they are.
	equal(t, k.say(false, userdata(push, s7comm.GroupCyclic, 1, 4, 0, "0001 ff040010 0006")), "cyclic ? = 00 06")
	equal(t, k.say(false, userdata(push, s7comm.GroupCyclic, 1, 3, 0, "0001 ff040010 0006")), "cyclic ? = 00 06")
	equal(t, k.say(false, userdata(push, s7comm.GroupCyclic, 1, 3, 0, "0002 ff040010 4140 ff040010 0006")), "cyclic ? = 41 40", "cyclic ? = 00 06")
	// Areas of data blocks in one address.
	equal(t, k.say(true, userdata(request, s7comm.GroupCyclic, 1, 0, 8, "0001 00 01 120c b0 02 04 0005 0004 01 0005 0000")), "cyclic Motor.speed : REAL", "cyclic DB5.DBB0 : BYTE {Motor.on : BOOL}")
	equal(t, k.say(false, userdata(response, s7comm.GroupCyclic, 1, 4, 8, "0001 ff090007 ff41480000 ff02")), "cyclic Motor.speed : REAL = 12.5", "cyclic DB5.DBB0 : BYTE {Motor.on : BOOL = TRUE}")
	// The first job ends.
	k.say(true, userdata(request, s7comm.GroupCyclic, 4, 0, 9, "01 03"))
	equal(t, k.say(false, userdata(push, s7comm.GroupCyclic, 1, 3, 0, "0002 ff040020 41400000 ff040010 0005")), "cyclic ? = 41 40 00 00", "cyclic ? = 00 05")
	equal(t, k.say(false, userdata(push, s7comm.GroupCyclic, 1, 4, 0, "0001 ff090007 ff41400000 ff00")), "cyclic Motor.speed : REAL = 12.0", "cyclic DB5.DBB0 : BYTE {Motor.on : BOOL = FALSE}")
	// A gap: the second may have ended in it.
	k.j.Reset()
	equal(t, k.say(false, userdata(push, s7comm.GroupCyclic, 1, 4, 0, "0001 ff090007 ff41400000 ff00")), "cyclic ? = ff 41 40 00 00 ff 00")
}

// testJob is the content of a request of the test functions.
func testJob(parameters, data string) string {
	n, m := len(unhex(parameters)), len(unhex(data))
	return hex.EncodeToString([]byte{byte(n >> 8), byte(n), byte(m >> 8), byte(m)}) + parameters + data
}

func TestVariableTable(t *testing.T) {
	k := talk{t: t}
	k.j.Server = table(t, "n.csv", names)
	const parameters = "0014000000010000000000000000000000000000"
	watch := "0002 02 01 0000 000a 73 01 0005 0004" // MW10, DB5.DBD4
	equal(t, k.say(true, userdata(request, s7comm.GroupProgrammer, 2, 0, 1, testJob(parameters, watch))), "watch Level : INT", "watch Motor.speed : REAL")
	k.say(false, userdata(response, s7comm.GroupProgrammer, 2, 5, 1, testJob("00000000", "")))
	values := testJob("00000000", "0002 ff040010 0007 ff040020 41480000")
	equal(t, k.say(false, userdata(push, s7comm.GroupProgrammer, 2, 5, 0, values)), "watch Level : INT = 7", "watch Motor.speed : REAL = 12.5")
	equal(t, k.say(false, userdata(push, s7comm.GroupProgrammer, 2, 6, 0, values)), "watch ? = 00 07", "watch ? = 41 48 00 00")
	equal(t, k.say(true, userdata(request, s7comm.GroupProgrammer, 8, 0, 2, testJob(parameters, "0001 02 01 0000 000a 00040010 0009"))), "modify Level : INT = 9")
	equal(t, k.say(true, userdata(request, s7comm.GroupProgrammer, 9, 0, 3, testJob(parameters, "0001 00 03 0000 0001 00030001 0100"))), "force M1.3 : BOOL = TRUE")
	k.say(false, userdata(response, s7comm.GroupProgrammer, 9, 6, 3, testJob("00000000", "")))
	result := k.variables(false, userdata(push, s7comm.GroupProgrammer, 9, 6, 0, testJob("00000000", "0001 ff00")))
	if len(result) != 1 || result[0].String() != "M1.3 : BOOL (success)" || result[0].Value() != "TRUE" || !result[0].Accepted() {
		t.Errorf("result is %v", result)
	}
	k.say(true, userdata(request, s7comm.GroupProgrammer, 15, 0, 4, testJob(parameters, "0000 02 05")))
	equal(t, k.say(false, userdata(push, s7comm.GroupProgrammer, 2, 5, 0, values)), "watch ? = 00 07", "watch ? = 41 48 00 00")
}

func TestBSend(t *testing.T) {
	k := talk{t: t}
	k.j.Client = table(t, "n.csv", "Tank.level,DB100.DBW1000,INT\nTank.flow,DB100.DBW1002,INT\n")
	payload := func(data string) string {
		n := len(unhex(data))
		return "12061300 00000007" + hex.EncodeToString([]byte{byte(n >> 8), byte(n)}) + data
	}
	head := "0000 0010"
	record := "2601311200000007 0064 03e8 0005 fffe"
	tpkt := userdata(request, s7comm.GroupPBC, 1, 0, 1, payload(head+record+record+"0102"))
	equal(t, k.say(true, tpkt))
	x := Template{RID: 7, Header: 4, RecordAt: 2, Time: datatype.DateAndTime, DB: Number{At: 8}, Start: Number{At: 10}, DataAt: 12}
	if err := x.Check(); err != nil {
		t.Fatal(err)
	}
	k.j.Templates = []Template{{RID: 8, Record: 2}, x}
	one := "bsend DT#2026-01-31-12:00:00.000 P#DB100.DBX1000.0 WORD 2 {Tank.level : INT = 5; Tank.flow : INT = -2}"
	equal(t, k.say(true, tpkt), one, one)
	x.RID, x.Record, x.DB, x.Start, x.Data, x.Time = 7, 16, Number{Fixed: true, Value: 1}, Number{Fixed: true, Value: 2}, 1, datatype.None
	k.j.Templates = []Template{x}
	equal(t, k.say(true, tpkt), "bsend DB1.DBB2 : BYTE = 16#00", "bsend DB1.DBB2 : BYTE = 16#00")
	for name, bad := range map[string]Template{
		"short":     {Record: 4, DB: Number{At: 2}, Start: Number{At: 3}, DataAt: 4},
		"no length": {DataAt: 0},
		"negative":  {Record: 4, TimeAt: -1},
		"a string":  {Record: 40, Time: datatype.String},
	} {
		if bad.Check() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// One address of the periphery has two sides.
func TestPeripheral(t *testing.T) {
	k := talk{t: t}
	k.j.Server = table(t, "n.csv", "Level,PIW256,INT\nValve,PAW256,INT\n")
	it := s7comm.AnyItem(s7comm.AreaPeripheral, 0, s7comm.SizeWord, 256, 0, 1)
	equal(t, k.say(true, s7comm.AppendReadJob(nil, 1, it)), "read Level : INT")
	equal(t, k.say(true, s7comm.AppendWriteJob(nil, 2, []s7comm.Item{it}, []s7comm.Value{value(s7comm.DataByte, "0005")})), "write Valve : INT = 5")
}

func TestOptimised(t *testing.T) {
	k := talk{t: t}
	k.j.Server = table(t, "a.scl", "DATA_BLOCK DB 8\n{ S7_Optimized_Access := 'TRUE' }\nSTRUCT\n a : INT;\nEND_STRUCT;\nBEGIN\nEND_DATA_BLOCK\n")
	k.say(true, s7comm.AppendReadJob(nil, 1, s7comm.AnyItem(s7comm.AreaDB, 8, s7comm.SizeWord, 0, 0, 1)))
	equal(t, k.say(false, s7comm.AppendReadAnswer(nil, 1, s7comm.Value{ReturnCode: s7comm.ReturnOutOfRange})), "read DB8.DBW0 : WORD (address out of range: the block has optimised access)")
}

// The steady traffic of a panel needs no memory.
func TestSteadyPathAllocatesLittle(t *testing.T) {
	k := talk{t: t}
	job := s7comm.AppendReadJob(nil, 1, s7comm.AnyItem(s7comm.AreaDB, 5, s7comm.SizeReal, 4, 0, 1), s7comm.AnyItem(s7comm.AreaDB, 5, s7comm.SizeBit, 0, 1, 1))
	answer := s7comm.AppendReadAnswer(nil, 1, value(s7comm.DataReal, "41480000"), value(s7comm.DataBit, "01"))
	var p s7comm.PDU
	n := testing.AllocsPerRun(100, func() {
		p.Decode(job, nil)
		k.x.Sent(true, &p, 1, 0)
		k.j.Variables(Message{FromClient: true, Frame: 1, PDU: &p})
		p.Decode(answer, nil)
		r, _ := k.x.Answered(false, &p)
		k.j.Variables(Message{Frame: 2, PDU: &p, Request: r})
	})
	if n > 0 {
		t.Errorf("%v allocations for a read and its answer", n)
	}
}
