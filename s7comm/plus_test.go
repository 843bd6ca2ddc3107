package s7comm

import "testing"

// What controllers say of themselves in the captures.
func TestPlusIdentity(t *testing.T) {
	found := map[string]int{}
	everyTPKT(t, func(b []byte, asm *Assembler) {
		var p PDU
		if p.Decode(b, asm); p.Kind != KindS7Plus {
			return
		}
		if s, ok := p.Plus.Identity(); ok {
			order, firmware, _ := PlusParts(s)
			found[order+" "+firmware]++
		}
		if p.Plus.HasHeader && p.Plus.Opcode != PlusNotification && p.Plus.Flags == 0 {
			t.Errorf("%s without flags", p.Summary(nil))
		}
	})
	t.Log(found)
	if len(found) == 0 {
		t.Error("no controller says what it is")
	}
}

func TestPlusIdentityCutOff(t *testing.T) {
	whole := append([]byte{0x34}, plusIdentity...)
	whole = append(whole, 27)
	whole = append(whole, "1;6ES7 211-1BE31-0XB0 ;V3.0"...)
	m := Plus{Version: 1, Opcode: PlusResponse, Function: PlusCreateObject}
	for n := range len(whole) {
		if m.Payload = whole[:n]; true {
			if s, ok := m.Identity(); ok {
				t.Errorf("%q from %d of %d bytes", s, n, len(whole))
			}
		}
	}
	m.Payload = whole
	s, ok := m.Identity()
	order, firmware, parts := PlusParts(s)
	if !ok || !parts || order != "6ES7 211-1BE31-0XB0" || firmware != "V3.0" {
		t.Errorf("%q %q %q", s, order, firmware)
	}
}
