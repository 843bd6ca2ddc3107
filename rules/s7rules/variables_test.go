package s7rules

import (
	"plcscope/rules"
	"plcscope/s7comm"
)

// item is one element of a type in DB1.
func item(size s7comm.TransportSize) s7comm.Item {
	return s7comm.AnyItem(s7comm.AreaDB, 1, size, 0, 0, 1)
}

func value(size s7comm.DataSize, n int) s7comm.Value {
	return s7comm.Value{ReturnCode: s7comm.ReturnSuccess, TransportSize: size, Data: make([]byte, n)}
}

// every type with the value that controllers send for it.
var everyType = []struct {
	size  s7comm.TransportSize
	value s7comm.Value
}{
	{s7comm.SizeBit, value(s7comm.DataBit, 1)},
	{s7comm.SizeByte, value(s7comm.DataByte, 1)},
	{s7comm.SizeChar, value(s7comm.DataOctets, 1)},
	{s7comm.SizeWord, value(s7comm.DataByte, 2)},
	{s7comm.SizeInt, value(s7comm.DataInteger, 2)},
	{s7comm.SizeDWord, value(s7comm.DataByte, 4)},
	{s7comm.SizeDInt, value(s7comm.DataInteger, 4)},
	{s7comm.SizeReal, value(s7comm.DataReal, 4)},
	{s7comm.SizeDateAndTime, value(s7comm.DataOctets, 8)}, // not known for certain: any will do
}

var variableConversations = []conversation{
	{rule: "s7-item-form", name: "more items than there are", want: rules.Fail, say: func(t *line) {
		t.login(1).c(patch(read(1, db(4)), 18, 3)).s(refused(1, 0x8500)).bye()
	}, also: []string{"s7-frame-refused"}},
	{rule: "s7-item-form", name: "value passes the end", want: rules.Fail, say: func(t *line) {
		t.login(1).c(read(1, db(4))).s(patch(values(1, octets(4)), 23, 1, 0)).bye()
	}},
	{rule: "s7-item-form", name: "too few return codes", want: rules.Fail, say: func(t *line) {
		t.login(1).c(write(1, db(4), octets(4))).s(patch(written(1, s7comm.ReturnSuccess), 20, 2)).bye()
	}},
	{rule: "s7-item-form", name: "sound", want: rules.Pass, say: func(t *line) { t.login(1).poll(1).bye() }},

	{rule: "s7-item-count", name: "one value too few", want: rules.Fail, say: func(t *line) {
		t.login(1).c(read(1, dbs(3, 2)...)).s(values(1, octets(2), octets(2))).bye()
	}},
	{rule: "s7-item-count", name: "two return codes for one", want: rules.Fail, say: func(t *line) {
		t.login(1).c(write(1, db(2), octets(2))).s(written(1, s7comm.ReturnSuccess, s7comm.ReturnSuccess)).bye()
	}},
	{rule: "s7-item-count", name: "surplus return code", want: rules.Fail, say: func(t *line) {
		b := patch(written(1, s7comm.ReturnSuccess, s7comm.ReturnSuccess), 20, 1)
		t.login(1).c(write(1, db(2), octets(2))).s(b).bye()
	}},
	{rule: "s7-item-count", name: "sound", want: rules.Pass, say: func(t *line) {
		t.login(1).c(read(1, dbs(3, 3)...)).s(values(1, octets(3), octets(3), octets(3))).c(write(2, db(2), octets(2))).s(written(2, s7comm.ReturnSuccess)).bye()
	}},

	{rule: "s7-data-length", name: "short answer", want: rules.Fail, say: func(t *line) {
		t.login(1).c(read(1, db(4))).s(values(1, octets(2))).bye()
	}},
	{rule: "s7-data-length", name: "short write", want: rules.Fail, say: func(t *line) {
		t.login(1).c(write(1, db(4), octets(3))).s(written(1, s7comm.ReturnMismatch)).bye()
	}, also: []string{"s7-item-type"}},
	{rule: "s7-data-length", name: "every type", want: rules.Pass, say: func(t *line) {
		t.login(1)
		for i, x := range everyType {
			t.c(read(uint16(i), item(x.size))).s(values(uint16(i), x.value))
		}
		t.bye()
	}},
	{rule: "s7-data-length", name: "an item that failed", want: rules.Pass, say: func(t *line) {
		t.login(1).c(read(1, dbs(2, 4)...)).s(values(1, failed(s7comm.ReturnNoObject), octets(4))).bye()
	}, also: []string{"s7-item-missing"}},
	{rule: "s7-data-type", name: "bytes for REAL", want: rules.Fail, say: func(t *line) {
		t.login(1).c(read(1, item(s7comm.SizeReal))).s(values(1, octets(4))).bye()
	}},
	{rule: "s7-data-type", name: "written as octets", want: rules.Fail, say: func(t *line) {
		t.login(1).c(write(1, db(4), value(s7comm.DataOctets, 4))).s(written(1, s7comm.ReturnSuccess)).bye()
	}},
	{rule: "s7-data-type", name: "every type", want: rules.Pass, say: func(t *line) {
		t.login(1)
		for i, x := range everyType {
			t.c(read(uint16(i), item(x.size))).s(values(uint16(i), x.value))
			t.c(write(uint16(i), item(x.size), x.value)).s(written(uint16(i), s7comm.ReturnSuccess))
		}
		t.bye()
	}},

	{rule: "s7-items-20", name: "21", want: rules.Fail, say: func(t *line) {
		t.iso().c(setup(1, 480)).s(granted(1, 480)).c(read(1, dbs(21, 1)...)).s(refused(1, 0x8500)).bye()
	}, also: []string{"s7-frame-refused"}},
	{rule: "s7-items-20", name: "20", want: rules.Pass, say: func(t *line) {
		t.iso().c(setup(1, 480)).s(granted(1, 480)).c(read(1, dbs(20, 1)...)).s(refused(1, 0x8404)).bye()
	}},
	{rule: "s7-answer-fits", name: "many items", want: rules.Fail, say: func(t *line) {
		t.login(1).c(read(1, dbs(18, 16)...)).s(refused(1, 0x8500)).bye()
	}, also: []string{"s7-frame-refused"}},
	{rule: "s7-answer-fits", name: "one item", want: rules.Fail, say: func(t *line) {
		t.login(1).c(read(1, db(223))).s(values(1, failed(s7comm.ReturnOutOfRange))).bye()
	}, also: []string{"s7-item-range"}},
	{rule: "s7-answer-fits", name: "but for the fill bytes", want: rules.Fail, say: func(t *line) {
		t.login(1).c(read(1, dbs(9, 21)...)).s(refused(1, 0x8500)).bye()
	}, also: []string{"s7-frame-refused"}},
	{rule: "s7-answer-fits", name: "just fits", want: rules.Pass, say: func(t *line) {
		t.login(1).c(read(1, db(222))).s(values(1, octets(222))).bye()
	}},
}
