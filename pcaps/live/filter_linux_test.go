package live

import (
	"bytes"
	"testing"
	"time"

	"golang.org/x/net/bpf"

	"plcscope/pcaps"
	"plcscope/pcaps/live/filter"
)

// The kernel takes the outer tag off before it asks the filter, which must not show.
func TestFiltersSeeTagsInTheKernel(t *testing.T) {
	pair(t, "va", "vb")
	s := newSender(t, "va")
	frames := [][]byte{frame(1, 60), frame(2, 90, [2]uint16{0x8100, 5}), frame(3, 90, [2]uint16{0x88a8, 7}, [2]uint16{0x8100, 5})}
	for expression, want := range map[string][]int{
		"vlan":                            {1, 2},
		"vlan 5":                          {1},
		"vlan 7 and vlan 5":               {2},
		"ip":                              {0},
		"vlan and ip":                     {1},
		"ip or (vlan and vlan and ip)":    {0, 2},
		"len = 90":                        {1, 2},
		"ether[12:4] = 0x81000005":        {1},
		"ether[10:4] = 0x000188a8":        {2},
		"ether[19] = 2 and ether[15] = 5": nil,
		"not vlan":                        {0},
	} {
		c := open(t, Options{Filter: func(l pcaps.LinkType, snap int) ([]bpf.RawInstruction, error) {
			return filter.CompileLive("ether proto 0x9999 or ("+expression+")", l, snap)
		}}, "vb")
		end := frame(9, 60)
		end[12], end[13] = 0x99, 0x99
		s.send(t, end) // libpcap filters the first frames itself, and knows less of tags
		take(t, c, 1)
		time.Sleep(20 * time.Millisecond)
		for _, f := range frames {
			s.send(t, f)
		}
		s.send(t, end)
		got := []pcaps.Frame{}
		for len(got) == 0 || got[len(got)-1].Data[12] != 0x99 {
			got = append(got, take(t, c, 1)...)
		}
		for i, f := range got[:len(got)-1] {
			if i >= len(want) || !bytes.Equal(f.Data, frames[want[i]]) {
				t.Errorf("%s: frame %d must not be selected: % x", expression, i, f.Data[:24])
			}
		}
		if len(got)-1 != len(want) {
			t.Errorf("%s: %d frames, want %d", expression, len(got)-1, len(want))
		}
		c.Close()
	}
}
