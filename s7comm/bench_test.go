package s7comm

import "testing"

// The messages of an ordinary poll: one to four items.
var polls = []struct {
	name string
	tpkt []byte
}{
	{"ReadJob1", AppendReadJob(nil, 1, AnyItem(AreaDB, 1, SizeByte, 0, 0, 64))},
	{"ReadJob4", AppendReadJob(nil, 1, AnyItem(AreaDB, 1, SizeByte, 0, 0, 4), AnyItem(AreaFlag, 0, SizeWord, 10, 0, 1),
		AnyItem(AreaOutput, 0, SizeBit, 1, 3, 1), AnyItem(AreaTimer, 0, SizeTimer, 5, 0, 1))},
	{"ReadAnswer1", AppendReadAnswer(nil, 1, Value{ReturnCode: ReturnSuccess, TransportSize: DataByte, Data: make([]byte, 64)})},
	{"ReadAnswer4", AppendReadAnswer(nil, 1, Value{ReturnCode: ReturnSuccess, TransportSize: DataByte, Data: make([]byte, 4)},
		Value{ReturnCode: ReturnSuccess, TransportSize: DataByte, Data: make([]byte, 2)},
		Value{ReturnCode: ReturnSuccess, TransportSize: DataBit, Data: make([]byte, 1)},
		Value{ReturnCode: ReturnSuccess, TransportSize: DataOctets, Data: make([]byte, 2)})},
	{"WriteJob1", AppendWriteJob(nil, 1, []Item{AnyItem(AreaDB, 1, SizeInt, 0, 0, 1)}, []Value{{TransportSize: DataInteger, Data: make([]byte, 2)}})},
	{"WriteAnswer1", AppendWriteAnswer(nil, 1, ReturnSuccess)},
	{"Empty", AppendDT(nil, nil, false)},
	{"Userdata", unhex("03000021 02F080 32070000050000080008 0001120411440100 FF09000404240000")},
	{"Malformed", unhex("0300001F 02F080 320100000100000E0000 0404120A10020001000082000008")},
}

func BenchmarkNext(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if n, err := Next(polls[0].tpkt); n == 0 || err != nil {
			b.Fatal(n, err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, m := range polls {
		b.Run(m.name, func(b *testing.B) {
			var p PDU
			var asm Assembler
			b.ReportAllocs()
			b.SetBytes(int64(len(m.tpkt)))
			for b.Loop() {
				p.Decode(m.tpkt, &asm)
			}
		})
	}
}

func BenchmarkTransaction(b *testing.B) {
	var job, answer PDU
	var x Transactions
	job.Decode(polls[1].tpkt, nil)
	answer.Decode(polls[3].tpkt, nil)
	b.ReportAllocs()
	for b.Loop() {
		x.Sent(true, &job, 1, 0)
		if _, ok := x.Answered(false, &answer); !ok {
			b.Fatal("not paired")
		}
	}
}
