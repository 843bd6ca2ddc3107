package s7comm

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/internal/wire"
)

// userdata is a message of a group with its payload.
func userdata(typ UserdataType, g Group, sub uint8, change func(u *Userdata), payload string) []byte {
	u := Userdata{Type: typ, Group: g, Subfunction: sub, Extended: true, HasData: true, ReturnCode: ReturnSuccess, TransportSize: DataOctets, Payload: unhex(payload)}
	if change != nil {
		change(&u)
	}
	return AppendUserdata(nil, 1, u)
}

// fragmentOf makes a message part of a chain.
func fragmentOf(unit, last uint8) func(u *Userdata) {
	return func(u *Userdata) { u.DataUnitRef, u.LastUnit = unit, last }
}

func TestFragments(t *testing.T) {
	szl := func(unit, last uint8, payload string) []byte {
		return userdata(UserdataResponse, GroupCPU, subReadSZL, fragmentOf(unit, last), payload)
	}
	list := func(unit, last uint8, payload string) []byte {
		return userdata(UserdataResponse, GroupBlock, subListType, fragmentOf(unit, last), payload)
	}
	none := "-"
	for _, test := range []struct {
		name     string
		messages [][]byte
		want     []string // the content of each, in hexadecimal
	}{
		{"whole", [][]byte{szl(0, 0, "0011")}, []string{"0011"}},
		{"two", [][]byte{szl(3, 1, "0011"), szl(3, 0, "2233")}, []string{none, "00112233"}},
		{"three", [][]byte{szl(3, 1, "00"), szl(3, 1, "11"), szl(3, 0, "22")}, []string{none, none, "001122"}},
		{"one after the other", [][]byte{szl(3, 1, "00"), szl(3, 0, "11"), szl(3, 1, "22"), szl(3, 0, "33")}, []string{none, "0011", none, "2233"}},
		{"interleaved by reference", [][]byte{szl(3, 1, "00"), szl(4, 1, "aa"), szl(3, 0, "11"), szl(4, 0, "bb")}, []string{none, none, "0011", "aabb"}},
		{"interleaved by group", [][]byte{szl(3, 1, "00"), list(3, 1, "aa"), szl(3, 0, "11"), list(3, 0, "bb")}, []string{none, none, "0011", "aabb"}},
		{"last alone", [][]byte{szl(3, 0, "2233")}, []string{"2233"}},
		{"whole between", [][]byte{szl(3, 1, "00"), szl(0, 0, "ff"), szl(3, 0, "11")}, []string{none, "ff", "0011"}},
		{"BSEND by R_ID", [][]byte{
			userdata(UserdataRequest, GroupPBC, 1, fragmentOf(1, 1), "1206130000000007 0004 0102"),
			userdata(UserdataRequest, GroupPBC, 1, fragmentOf(1, 1), "1206130000000008 0002 aa"),
			userdata(UserdataRequest, GroupPBC, 1, fragmentOf(1, 0), "1206130000000007 0304"),
			userdata(UserdataRequest, GroupPBC, 1, fragmentOf(1, 0), "1206130000000008 bb"),
		}, []string{none, none, "000401020304", "0002aabb"}},
		{"NC by sequence number", [][]byte{
			userdata(UserdataRequest, GroupNC, 2, func(u *Userdata) { u.Sequence, u.DataUnitRef, u.LastUnit = 5, 1, 1 }, "0000"),
			userdata(UserdataRequest, GroupNC, 2, func(u *Userdata) { u.Sequence, u.DataUnitRef, u.LastUnit = 5, 2, 0 }, "1111"),
		}, []string{none, "00001111"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var p PDU
			var asm Assembler
			for i, b := range test.messages {
				if err := p.Decode(b, &asm); err != nil {
					t.Fatal(err)
				}
				got := none
				if p.Userdata.Content != nil {
					got = string(appendHexDigits(nil, p.Userdata.Content))
				}
				if got != test.want[i] {
					t.Errorf("message %d: content %s, want %s", i, got, test.want[i])
				}
				var a, b wire.Tree
				p.Tree(&a)
				p.Tree(&b)
				if printed(&a) != printed(&b) {
					t.Errorf("message %d: the second tree differs", i)
				}
			}
		})
	}
}

// Many chains that never end keep memory bounded, and one that is too long is given up.
func TestFragmentBounds(t *testing.T) {
	var p PDU
	var asm Assembler
	payload := string(appendHexDigits(nil, bytes.Repeat([]byte{7}, 200)))
	for unit := range 200 {
		for range 3 {
			p.Decode(userdata(UserdataResponse, GroupCPU, subReadSZL, fragmentOf(uint8(unit+1), 1), payload), &asm)
		}
	}
	if len(asm.chains) > maxChains {
		t.Errorf("%d chains", len(asm.chains))
	}
	for range maxChainContent/200 + 2 {
		p.Decode(userdata(UserdataResponse, GroupCPU, subReadSZL, fragmentOf(9, 1), payload), &asm)
	}
	p.Decode(userdata(UserdataResponse, GroupCPU, subReadSZL, fragmentOf(9, 0), payload), &asm)
	if p.Userdata.Content != nil {
		t.Errorf("%d bytes of a chain beyond the bound", len(p.Userdata.Content))
	}
	for _, c := range asm.chains {
		if cap(c.content) > 2*maxChainContent {
			t.Errorf("a chain keeps %d bytes", cap(c.content))
		}
	}
	p.Decode(userdata(UserdataResponse, GroupCPU, subReadSZL, fragmentOf(9, 1), "00"), &asm)
	asm.Reset()
	p.Decode(userdata(UserdataResponse, GroupCPU, subReadSZL, fragmentOf(9, 0), "11"), &asm)
	if got := p.Userdata.Content; len(got) != 1 {
		t.Errorf("content %x across a gap", got)
	}
}

func TestBlockFunctions(t *testing.T) {
	u := decoded(t, unhex("0300006f02f080320700001200000c0052000112081283030000000000ff09004e0100004a220070700101050a0001000001f400000000029147602bb5029147602bb5001c000000000190545749000000000054657374484d490044415441444200000100c0df0000000000000000"))
	i, ok := u.BlockInfo()
	at := Timestamp{Year: 2014, Month: 8, Day: 20, Hour: 11, Minute: 57, Second: 55, Millisecond: 424}
	want := BlockInfo{Attributes: 1, Language: 5, Type: BlockDB, Number: 1, LoadMemory: 500, CodeTime: at, InterfaceTime: at, SSBLength: 28, CodeLength: 400,
		Author: "TWI", Family: "TestHMI", Name: "DATADB", Version: 1, Checksum: 0xc0df, HasAuthor: true}
	want.Version = i.Version
	if diff := cmp.Diff(want, i); !ok || diff != "" {
		t.Errorf("%v %s", ok, diff)
	}
	counts := decoded(t, userdata(UserdataResponse, GroupBlock, subListBlocks, nil, "30380001 30450000 30410003 58580001")).BlockCounts()
	if diff := cmp.Diff([]BlockCount{{BlockOB, 1}, {BlockFB, 0}, {BlockDB, 3}}, counts); diff != "" {
		t.Error(diff)
	}
	blocks := decoded(t, userdata(UserdataResponse, GroupBlock, subListType, nil, "00012203 000a4201")).ListedBlocks()
	if diff := cmp.Diff([]ListedBlock{{1, 0x22, 3}, {10, 0x42, 1}}, blocks); diff != "" {
		t.Error(diff)
	}
	typ, number, ok := decoded(t, userdata(UserdataRequest, GroupBlock, subBlockInfo, nil, "3041 3030303031 42")).BlockRequested()
	if typ != BlockDB || number != 1 || !ok {
		t.Errorf("%v %d %v", typ, number, ok)
	}
}

func TestTestJobs(t *testing.T) {
	request := decoded(t, userdata(UserdataRequest, GroupProgrammer, subModify, nil,
		"0014 0028 0000 0001 0001 0006 0001 0001 0001 0001 0001 0200 0003 030100000000 020100000004 100100000008 00090004 4133851f 00090002 dead 00090001 01 00"))
	j, ok := request.TestJob()
	if !ok || j.Trigger != 1 || j.Frequency != 1 || j.Event != 0x0200 {
		t.Fatalf("%+v, %v", j, ok)
	}
	list, values := j.Variables()
	if len(list) != 3 || len(values) != 3 || list[0].String() != "MD0" || list[1].String() != "MW4" || list[2].String() != "I8.1" || !bytes.Equal(values[1].Data, []byte{0xde, 0xad}) {
		t.Errorf("%v %v", list, values)
	}
	push, _ := decoded(t, userdata(UserdataPush, GroupProgrammer, subVariables, nil, "0004 0012 0100 0001 0002 ff090006 4133851fdead ff090001 02 00")).TestJob()
	if v := push.Values(); len(v) != 2 || len(v[0].Data) != 6 || v[1].Data[0] != 2 {
		t.Errorf("%+v", v)
	}
	enable, _ := decoded(t, userdata(UserdataRequest, GroupProgrammer, subEnableJob, nil, "0014 0002 0000 0000 0001 0000 0000 0001 0001 0001 0001 0000 1303")).TestJob()
	if f, n, ok := enable.Job(); f != subBlockStatusV2 || n != 3 || !ok {
		t.Errorf("%d %d %v", f, n, ok)
	}
	if _, ok := decoded(t, userdata(UserdataRequest, GroupProgrammer, subModify, nil, "0014 0028 0000")).TestJob(); ok {
		t.Error("a job whose lengths pass its end")
	}
}

func TestCyclicJobs(t *testing.T) {
	j, ok := decoded(t, userdata(UserdataRequest, GroupCyclic, subCyclic, nil, "0002 00 05 1207b0010400010010 00 120a10020004000184000010")).CyclicJob()
	if !ok || j.Interval() != 500 || len(j.Items) != 2 || j.Items[0].DBReads() != 1 || j.Items[1].String() != "P#DB1.DBX2.0 BYTE 4" {
		t.Errorf("%+v, %v", j, ok)
	}
	values := decoded(t, userdata(UserdataPush, GroupCyclic, subCyclic, nil, "0002 ff090005 ff01020304 00 ff030001 01")).CyclicValues()
	if len(values) != 2 || values[1].Data[0] != 1 {
		t.Fatalf("%+v", values)
	}
	if v := j.Items[0].DBReadValues(values[0]); len(v) != 1 || v[0].ReturnCode != ReturnSuccess || !bytes.Equal(v[0].Data, []byte{1, 2, 3, 4}) {
		t.Errorf("%+v", v)
	}
	if job, ok := decoded(t, userdata(UserdataRequest, GroupCyclic, subUnsubscribe, nil, "0507")).Unsubscribed(); job != 7 || !ok {
		t.Errorf("%d, %v", job, ok)
	}
}

func TestAlarms(t *testing.T) {
	a, ok := decoded(t, userdata(UserdataPush, GroupCPU, subAlarmSQ, nil,
		"1408201159439124 00 02 120a1602 60000001 01 00 fe ff ff090003 1234ab 00 ff040010 11aa 120a1600 60000002 00 00 00 00")).Alarm()
	if !ok || a.Kind != subAlarmSQ || a.Time.String() != "2014-08-20 11:59:43.912" || len(a.Objects) != 2 {
		t.Fatalf("%+v, %v", a, ok)
	}
	o := a.Objects[0]
	if o.EventID != 0x60000001 || o.EventState != 1 || o.AckGoing != 0xfe || o.AckComing != 0xff || len(o.Values) != 2 || !bytes.Equal(o.Values[1].Data, []byte{0x11, 0xaa}) {
		t.Errorf("%+v", o)
	}
	if got := string(a.Objects[1].Append(nil)); got != "event 0x60000002 gone" {
		t.Error(got)
	}
	list, ok := decoded(t, userdata(UserdataResponse, GroupCPU, subAlarmQuery, nil,
		"00 01 ff 09 0026 24 0000 04 60000001 00 01 00 00 1408201159439124 ff090002 1234 0000000000000000 ff090002 5678")).QueriedAlarms()
	if !ok || len(list) != 1 || list[0].Type != 4 || list[0].Coming.IsZero() || !list[0].Going.IsZero() || len(list[0].Values) != 2 {
		t.Errorf("%+v, %v", list, ok)
	}
	s, ok := decoded(t, userdata(UserdataRequest, GroupCPU, subMessages, nil, "80 00 484d492020202020 09 00")).Subscription()
	if diff := cmp.Diff(Subscription{Events: 0x80, Name: "HMI", AlarmType: 9, HasAlarms: true}, s); !ok || diff != "" {
		t.Error(diff)
	}
}

func TestTimestamps(t *testing.T) {
	for _, test := range []struct {
		hex, want string
		ok        bool
	}{
		{"1408201159439124", "2014-08-20 11:59:43.912", true},
		{"9001010000000002", "1990-01-01 00:00:00.000", true},
		{"8912312359599994", "2089-12-31 23:59:59.999", true},
		{"0002290000000003", "2000-02-29 00:00:00.000", true},
		{"0102290000000003", "", false}, // no leap year
		{"14082a1159439124", "", false},
		{"1413201159439124", "", false},
		{"1408201160439124", "2014-08-20 11:60", false},
		{"0000000000000000", "", false},
	} {
		got, ok := DateAndTime(unhex(test.hex))
		if ok != test.ok || ok && got.String() != test.want || !ok && !got.IsZero() {
			t.Errorf("%s: %v, %v", test.hex, got, ok)
		}
	}
	at, _ := DateAndTime(unhex("1408201159439124"))
	if got := at.Nanoseconds(); got != 1408535983912e6 {
		t.Errorf("%d nanoseconds", got)
	}
	if got := blockTimestamp(unhex("029147602bb5")).String(); got != "2014-08-20 11:57:55.424" {
		t.Error(got)
	}
	clock, ok := decoded(t, userdata(UserdataResponse, GroupTime, subReadClock, nil, "00191408201159439124")).Clock()
	if !ok || clock != at {
		t.Errorf("%v, %v", clock, ok)
	}
	// Every day from 1970 on, there and back.
	for days := range 60000 {
		d := dateOf(days)
		if got := daysSince1970(d.Year, int(d.Month), int(d.Day)); got != days {
			t.Fatalf("day %d is %v, which is day %d", days, d, got)
		}
	}
}

// The structs of messages that were cut anywhere are refused or hold what was there.
func TestContentsCutOff(t *testing.T) {
	for _, v := range vectors {
		b := unhex(v.hex)
		var p PDU
		if p.Decode(b, nil); p.Kind != KindS7 || p.S7.ROSCTR != ROSCTRUserdata {
			continue
		}
		whole := p.Userdata
		for n := range len(whole.Payload) {
			u := whole
			u.Payload = whole.Payload[:n]
			var q PDU
			q.Decode(AppendUserdata(nil, 1, u), new(Assembler))
			readContents(&q.Userdata)
			var tree wire.Tree
			q.Tree(&tree)
		}
	}
}

// readContents calls every reader of contents.
func readContents(u *Userdata) {
	if s, ok := u.SZL(); ok {
		for i := range s.Len() {
			s.ModuleID(i)
			s.Component(i)
			s.Protection(i)
			s.ModeChange(i)
			s.LED(i)
			s.Diagnostic(i)
		}
	}
	u.SZLRequest()
	u.BlockCounts()
	u.ListedBlocks()
	u.BlockRequested()
	u.BlockInfo()
	if j, ok := u.TestJob(); ok {
		j.Job()
		j.Variables()
		j.Values()
		j.Jobs()
	}
	if j, ok := u.CyclicJob(); ok {
		for i := range j.Items {
			j.Items[i].DBReadValues(Value{Data: u.Content})
		}
	}
	u.CyclicValues()
	u.RecordRequest()
	u.Record()
	u.NCRequest()
	u.ARSend()
	u.Unsubscribed()
	u.Diagnostic()
	u.Alarm()
	u.AlarmQuery()
	u.QueriedAlarms()
	u.Subscription()
	u.BSend()
	u.Clock()
	u.NCFile()
}
