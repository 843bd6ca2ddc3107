package wire

import "testing"

// The texts are those that tshark 4.0.17 printed for the same bytes.
func TestPrint(t *testing.T) {
	var table Table
	text := table.String("p.text", "Text")
	raw := table.Bytes("p.raw", "Raw")
	heading := table.None("p.heading", "Heading")
	proto := table.None("p", "Protocol")
	for _, tt := range []struct {
		name string
		node Node
		want string
	}{
		{"plain", Node{Field: text, Data: []byte("ä€𝄞")}, "ä€𝄞"},
		{"nothing", Node{Field: text}, ""},
		{"up to the first NUL", Node{Field: text, Data: []byte("a\x00b")}, "a"},
		{"one stray byte", Node{Field: text, Data: []byte("a\xffb")}, "a\uFFFDb"},
		{"stray continuations, one each", Node{Field: text, Data: []byte("b\x80\x81ä")}, "b\uFFFD\uFFFDä"},
		{"overlong", Node{Field: text, Data: []byte("\xc0\x80\\")}, "\uFFFD\uFFFD\\"},
		{"surrogate, then a cut sequence as one", Node{Field: text, Data: []byte("\xed\xa0\x80\xf0\x90\x80")}, "\uFFFD\uFFFD\uFFFD\uFFFD"},
		{"no bytes", Node{Field: raw}, "<MISSING>"},
		{"bytes", Node{Field: raw, Data: []byte{0, 0xaf}}, "00af"},
		{"heading", Node{Field: heading}, "1"},
		{"protocol", Node{Field: proto}, "Protocol"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.node.String(); got != tt.want {
				t.Errorf("prints %q, want %q", got, tt.want)
			}
		})
	}
}
