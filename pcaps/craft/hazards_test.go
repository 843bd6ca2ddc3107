package craft

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"plcscope/pcaps"
)

// conversation is a capture of two connections that speak in turn, with messages
// of all sizes.
func conversation(link pcaps.LinkType, hosts [3]string, opts ...Option) []pcaps.Frame {
	c := New().Link(link)
	a := c.Connect(Host(hosts[0]), Host(hosts[2]), opts...)
	b := c.Connect(Host(hosts[1]), Host(hosts[2]), opts...)
	for i := range 12 {
		request := fmt.Appendf(nil, "request %d of a%s", i, bytes.Repeat([]byte{'.'}, i*i*20))
		a.Client(request)
		b.ClientSegments([]int{3, 9}, fmt.Appendf(nil, "request %d of b", i))
		a.Server(fmt.Appendf(nil, "answer %d", i), []byte("!"))
		b.Server(fmt.Appendf(nil, "answer %d to b", i))
		c.After(100 * time.Millisecond)
	}
	b.KeepAliveProbe(ByServer).FIN(ByClient)
	a.RST(ByServer)
	return c.Frames()
}

var (
	hosts4 = [3]string{"10.0.0.5:2000", "10.0.0.6:2000", "10.0.0.1:1883"}
	hosts6 = [3]string{"[fd00::5]:2000", "[fd00::6]:2000", "[fd00::1]:1883"}
)

// streams joins the data of every flow in the order of its sequence numbers, IPv4
// fragments put together first. It is written without the help of the hazards'
// own code where that matters: what it finds must be what was said.
func streams(frames []pcaps.Frame) map[string]string {
	type piece struct {
		at   int32
		data []byte
	}
	base := map[string]uint32{}
	pieces := map[string][]piece{}
	for _, f := range defragment(frames) {
		s, ok := segmentOf(&f)
		if !ok {
			continue
		}
		flow := s.flow()
		if _, known := base[flow]; !known {
			base[flow] = s.seq()
			if s.flags()&syn != 0 {
				base[flow]++
			}
		}
		pieces[flow] = append(pieces[flow], piece{int32(s.seq() - base[flow]), s.data()})
	}
	out := map[string]string{}
	for flow, list := range pieces {
		slices.SortStableFunc(list, func(a, b piece) int { return cmp.Compare(a.at, b.at) })
		var data []byte
		for _, p := range list {
			p.data = p.data[min(max(0, len(data)-int(p.at)), len(p.data)):]
			data = append(data, p.data...)
		}
		s := []byte(flow)
		name := fmt.Sprintf("%x:%d", s[:len(s)-4], binary.BigEndian.Uint16(s[len(s)-4:]))
		out[name] = string(data)
	}
	return out
}

func defragment(frames []pcaps.Frame) []pcaps.Frame {
	type key struct{ id, addresses string }
	parts := map[key][]pcaps.Frame{}
	var out []pcaps.Frame
	for _, f := range frames {
		at, ok := networkOffset(f.Link, f.Data)
		if !ok || len(f.Data) < at+20 || f.Data[at]>>4 != 4 || binary.BigEndian.Uint16(f.Data[at+6:])&0x3fff == 0 {
			out = append(out, f)
			continue
		}
		k := key{string(f.Data[at+4 : at+6]), string(f.Data[at+12 : at+20])}
		parts[k] = append(parts[k], f)
		where := func(f pcaps.Frame) uint16 { return binary.BigEndian.Uint16(f.Data[at+6:]) }
		list := parts[k]
		slices.SortFunc(list, func(a, b pcaps.Frame) int { return cmp.Compare(where(a)&0x1fff, where(b)&0x1fff) })
		if where(list[0])&0x1fff != 0 || where(list[len(list)-1])&0x2000 != 0 {
			continue
		}
		whole := list[0]
		whole.Data = bytes.Clone(whole.Data[:at+20])
		for _, p := range list {
			if int(where(p)&0x1fff)*8 != len(whole.Data)-at-20 {
				whole.Data = nil
				break
			}
			n := int(binary.BigEndian.Uint16(p.Data[at+2:]))
			whole.Data = append(whole.Data, p.Data[at+20:at+n]...)
		}
		if whole.Data == nil {
			continue
		}
		binary.BigEndian.PutUint16(whole.Data[at+2:], uint16(len(whole.Data)-at))
		binary.BigEndian.PutUint16(whole.Data[at+6:], 0)
		whole.Length = uint32(len(whole.Data))
		out = append(out, whole)
	}
	return out
}

func TestHazardsKeepTheStreams(t *testing.T) {
	captures := []struct {
		name   string
		frames []pcaps.Frame
	}{
		{"IPv4", conversation(pcaps.LinkEthernet, hosts4)},
		{"IPv6", conversation(pcaps.LinkEthernet, hosts6)},
		{"VLAN", conversation(pcaps.LinkEthernet, hosts4, VLAN(5))},
		{"small segments", conversation(pcaps.LinkEthernet, hosts4, MSS(100))},
		{"sequence wrap", conversation(pcaps.LinkEthernet, hosts4, ISN(1<<32-300, 1<<32-5))},
		{"raw IP", conversation(pcaps.LinkRaw, hosts4)},
		{"Linux cooked", conversation(pcaps.LinkLinuxSLL, hosts6)},
		{"Linux cooked v2", conversation(pcaps.LinkLinuxSLL2, hosts4)},
		{"loopback", conversation(pcaps.LinkNull, hosts6)},
		{"PPP", conversation(pcaps.LinkPPP, hosts4)},
		{"PPPoE", conversation(pcaps.LinkPPPoE, hosts4)},
	}
	for _, c := range captures {
		want := streams(c.frames)
		if len(want) != 4 {
			t.Fatalf("%s: %d flows, want 4", c.name, len(want))
		}
		before := Bytes(c.frames)
		for _, h := range Hazards() {
			t.Run(c.name+"/"+h.Name, func(t *testing.T) {
				frames := h.Apply(c.frames)
				if !bytes.Equal(before, Bytes(c.frames)) {
					t.Fatal("the hazard has changed its argument")
				}
				if !bytes.Equal(Bytes(frames), Bytes(h.Apply(c.frames))) {
					t.Fatal("applied twice, the hazard differs")
				}
				for i := range frames {
					if frames[i].Number != uint64(i)+1 || i > 0 && frames[i].Time < frames[i-1].Time {
						t.Fatalf("frame %d: number %d, time %d", i+1, frames[i].Number, frames[i].Time)
					}
				}
				got := streams(frames)
				if h.Lossy {
					if gocmp.Equal(want, got) && len(frames) == len(c.frames) {
						t.Error("nothing was lost")
					}
					return
				}
				if d := gocmp.Diff(want, got); d != "" {
					t.Errorf("streams differ (-want +got):\n%s", d)
				}
			})
		}
	}
}

// TestHazardsDoSomething guards against hazards that find nothing to do.
func TestHazardsDoSomething(t *testing.T) {
	plain := conversation(pcaps.LinkEthernet, hosts4)
	for _, h := range Hazards() {
		same := bytes.Equal(Bytes(plain), Bytes(h.Apply(plain)))
		if same != (h.Name == "none") {
			t.Errorf("%s: capture unchanged: %v", h.Name, same)
		}
	}
}
