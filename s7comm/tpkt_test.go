package s7comm

import "testing"

func TestLooksLikeTPKT(t *testing.T) {
	for _, test := range []struct {
		name, hex string
		want      Match
	}{
		{"nothing", "", Maybe},
		{"version", "03", Maybe},
		{"other version", "02", No},
		{"MQTT CONNECT", "101000044D515454", No},
		{"TLS", "160301", No},
		{"reserved", "0301", No},
		{"three bytes", "030000", Maybe},
		{"too short a length", "03000006", No},
		{"length", "03000016", Maybe},
		{"LI of a CR", "0300001611", Maybe},
		{"LI too long", "0300001613", No},
		{"CR without its class", "0300001611E000000001", Maybe},
		{"CR", "0300001611E00000000100C0010A", Yes},
		{"CR with a destination", "0300001611E00001000100", No},
		{"CR with user data", "0300001711E00000000100", No},
		{"CC", "0300001611D00001000100", Yes},
		{"DT", "0300001902F0", Yes},
		{"empty DT", "0300000702F000", Yes},
		{"DT of other classes", "0300001904F0", No},
		{"DT with credit", "0300001902F1", No},
		{"DR", "0300000B0680", Yes},
		{"ER", "030000090470", Yes},
		{"ER with user data", "0300000A0470", No},
		{"AK", "030000090460", No},
		{"unknown TPDU", "030000090400", No},
		{"zeros", "00000000", No},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := LooksLikeTPKT(unhex(test.hex)); got != test.want {
				t.Errorf("%v, want %v", got, test.want)
			}
		})
	}
}

// Every TPKT of the captures is recognised, and no prefix of one is refused; of the
// other offsets of S7 traffic next to none is taken for a beginning.
func TestLooksLikeTPKTInCaptures(t *testing.T) {
	right, wrong, offsets := 0, 0, 0
	everyTPKT(t, func(b []byte, _ *Assembler) {
		right++
		if LooksLikeTPKT(b) != Yes {
			t.Fatalf("not recognised: %x", b)
		}
		for n := range min(len(b), 16) {
			if LooksLikeTPKT(b[:n]) == No {
				t.Fatalf("prefix refused: %x", b[:n])
			}
			if n > 0 && len(b)-n >= 11 {
				offsets++
				if LooksLikeTPKT(b[n:]) == Yes {
					wrong++
					t.Logf("%x in %x", b[n:min(n+16, len(b))], b[:min(len(b), 40)])
				}
			}
		}
	})
	t.Logf("%d TPKTs, %d of %d other offsets taken for one", right, wrong, offsets)
	if wrong != 0 {
		t.Errorf("%d offsets inside TPKTs look like one", wrong)
	}
}
