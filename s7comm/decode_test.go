package s7comm

import (
	"encoding/hex"
	"strings"
	"testing"
)

// unhex turns hexadecimal digits, spaces allowed, into bytes.
func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

func TestDecodeRead(t *testing.T) {
	var p PDU
	if err := p.Decode(unhex("0300001F 02F080 320100000100000E0000 0401120A10020001000082000008"), nil); err != nil {
		t.Fatal(err)
	}
	if p.Kind != KindS7 || p.Function != FunctionRead || len(p.Items) != 1 || p.Items[0].Area != AreaOutput || p.Items[0].Byte() != 1 {
		t.Errorf("decoded %+v", p)
	}
	if err := p.Decode(unhex("0300001A 02F080 320300000100000200050000 0401 FF04000800"), nil); err != nil {
		t.Fatal(err)
	}
	if p.Function != FunctionRead || len(p.Values) != 1 || p.Values[0].ReturnCode != ReturnSuccess || len(p.Values[0].Data) != 1 {
		t.Errorf("decoded %+v", p)
	}
}
