package s7comm

import "testing"

func TestTSAP(t *testing.T) {
	for _, test := range []struct{ hex, want string }{
		{"0102", "PG rack 0 slot 2"},
		{"0222", "OP rack 1 slot 2"},
		{"03E1", "other rack 7 slot 1"},
		{"1000", "resource 0x10 rack 0 slot 0"},
		{"4D57", "MW"},
		{"0002", "0x0002"},
		{"", "0x"},
		{"01", "0x01"},
		{"53494D415449432D524F4F542D484D49", "SIMATIC-ROOT-HMI"},
		{"534E00", "0x534e00"},
	} {
		if got := TSAP(unhex(test.hex)).String(); got != test.want {
			t.Errorf("%s: %q, want %q", test.hex, got, test.want)
		}
	}
}

func TestBlockName(t *testing.T) {
	for _, test := range []struct{ name, want string }{
		{"_0A00001P", "DB1"},
		{"$0800121A", "OB121 header"},
		{"0E00007B", "FB7"},
		{"_0F99999B", "SFB99999"},
		{"_0A0000XP", "_0A0000XP"},
		{"_1A00001P", "_1A00001P"},
		{"_0G00001P", "_0G00001P"},
		{"A0A00001P", "A0A00001P"},
		{"/_N_MPF_DIR", "/_N_MPF_DIR"},
		{"a\x1b[2Jb", `a\x1b[2Jb`},
	} {
		if got := BlockName(test.name).String(); got != test.want {
			t.Errorf("%q: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestItemNotation(t *testing.T) {
	for _, test := range []struct {
		item Item
		want string
	}{
		{AnyItem(AreaDB, 1, SizeBit, 2, 3, 1), "DB1.DBX2.3"},
		{AnyItem(AreaDB, 1, SizeByte, 2, 0, 1), "DB1.DBB2"},
		{AnyItem(AreaDB, 1, SizeWord, 4, 0, 1), "DB1.DBW4"},
		{AnyItem(AreaDB, 1, SizeInt, 4, 0, 1), "DB1.DBW4 INT"},
		{AnyItem(AreaDB, 1, SizeReal, 4, 0, 1), "DB1.DBD4 REAL"},
		{AnyItem(AreaDB, 10, SizeByte, 0, 0, 4), "P#DB10.DBX0.0 BYTE 4"},
		{AnyItem(AreaDI, 10, SizeWord, 8, 0, 1), "DI10.DIW8"},
		{AnyItem(AreaFlag, 0, SizeWord, 100, 0, 1), "MW100"},
		{AnyItem(AreaFlag, 0, SizeBit, 16, 7, 1), "M16.7"},
		{AnyItem(AreaFlag, 0, SizeByte, 16, 7, 1), "P#M16.7 BYTE 1"},
		{AnyItem(AreaInput, 0, SizeByte, 3, 0, 1), "IB3"},
		{AnyItem(AreaOutput, 0, SizeDWord, 3, 0, 1), "QD3"},
		{AnyItem(AreaPeripheral, 0, SizeWord, 256, 0, 1), "PW256"},
		{AnyItem(AreaTimer, 0, SizeTimer, 5, 0, 1), "T5"},
		{AnyItem(AreaCounter, 0, SizeCounter, 3, 0, 1), "C3"},
		{AnyItem(AreaCounter, 0, SizeCounter, 3, 0, 2), "C3 COUNTER 2"},
		{AnyItem(AreaDB, 1, SizeDateAndTime, 0, 0, 1), "P#DB1.DBX0.0 DATE_AND_TIME 1"},
		{AnyItem(AreaDB, 1, 0x7f, 0, 0, 1), "P#DB1.DBX0.0 transport size 0x7f 1"},
		{AnyItem(0x99, 0, SizeByte, 0, 0, 2), "P#area 0x99 0.0 BYTE 2"},
	} {
		if got := test.item.String(); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}
