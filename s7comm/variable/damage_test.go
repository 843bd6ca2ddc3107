package variable_test

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"plcscope/flows"
	"plcscope/flows/tcp"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
	"plcscope/s7comm"
	"plcscope/s7comm/variable"
)

// The values of this conversation are the addresses that they lie at, so that a value
// under the wrong address is found.

func item(at uint16) s7comm.Item {
	return s7comm.AnyItem(s7comm.AreaFlag, 0, s7comm.SizeWord, uint32(at), 0, 1)
}

func val(at uint16) s7comm.Value {
	return s7comm.Value{ReturnCode: s7comm.ReturnSuccess, TransportSize: s7comm.DataByte, Data: binary.BigEndian.AppendUint16(nil, at)}
}

func cyclic(typ s7comm.UserdataType, function, job uint8, ref uint16, content string) []byte {
	payload, err := hex.DecodeString(strings.ReplaceAll(content, " ", ""))
	if err != nil {
		panic(err)
	}
	return s7comm.AppendUserdata(nil, ref, s7comm.Userdata{
		Function: s7comm.FunctionCPU, Type: typ, Group: s7comm.GroupCyclic, Subfunction: function, Sequence: job, Extended: typ != s7comm.UserdataRequest,
		HasData: true, ReturnCode: s7comm.ReturnSuccess, TransportSize: s7comm.DataOctets, Payload: payload,
	})
}

// conversation reads, writes, and has values sent under job numbers that are used again.
func conversation() []pcaps.Frame {
	c := craft.Connection("10.0.0.5:2000", "10.0.0.7:102")
	ref := uint16(0)
	say := func(client, server []byte) {
		c.After(10 * time.Millisecond).Client(client).After(time.Millisecond).Server(server)
	}
	const subscribe, unsubscribe = 1, 4
	for round := range uint16(4) {
		a, b := 100+round*20, 102+round*20
		for range 2 {
			ref++
			say(s7comm.AppendReadJob(nil, ref, item(a), item(b)), s7comm.AppendReadAnswer(nil, ref, val(a), val(b)))
		}
		ref = 1 // references come again, too
		say(s7comm.AppendWriteJob(nil, ref, []s7comm.Item{item(b)}, []s7comm.Value{val(b)}), s7comm.AppendWriteAnswer(nil, ref, s7comm.ReturnSuccess))
		values := fmt.Sprintf("0002 ff040010%04x ff040010%04x", a, b)
		say(cyclic(s7comm.UserdataRequest, subscribe, 0, 7, fmt.Sprintf("0002 00 01 120a100400010000 83%06x 120a100400010000 83%06x", int(a)*8, int(b)*8)),
			cyclic(s7comm.UserdataResponse, subscribe, 1, 7, values))
		for range 2 {
			c.After(100 * time.Millisecond).Server(cyclic(s7comm.UserdataPush, subscribe, 1, 0, values))
		}
		say(cyclic(s7comm.UserdataRequest, unsubscribe, 0, 8, "01 01"), cyclic(s7comm.UserdataResponse, unsubscribe, 1, 8, ""))
	}
	return c.FIN(craft.ByClient).Frames()
}

// watcher counts values under addresses, and finds those under wrong ones.
type watcher struct {
	flows.Ignore
	j            variable.Joiner
	known, wrong int
}

func (w *watcher) Message(m *flows.Message) {
	vars := w.j.Variables(variable.Message{FromClient: m.FromClient, Frame: m.Frame, PDU: m.PDU, Request: m.Request})
	for i := range vars {
		v := &vars[i]
		if !v.Item.Known || v.Raw == nil {
			continue
		}
		w.known++
		if at := binary.BigEndian.Uint16(v.Raw); uint64(at)*8 != v.Place.Bit {
			w.wrong++
		}
	}
}

func (w *watcher) Gap(g *flows.Gap) {
	if g.Why != tcp.MidStream {
		w.j.Reset()
	}
}

func watch(t *testing.T, frames []pcaps.Frame) *watcher {
	t.Helper()
	c := craft.Open(frames)
	defer c.Close()
	w := &watcher{}
	if _, err := flows.Analyse(context.Background(), c, flows.Config{}, w); err != nil {
		t.Fatal(err)
	}
	return w
}

// TestDamagedCaptures holds that no value comes under the address of another, whatever
// the capture lacks, and that all come where it lacks nothing.
func TestDamagedCaptures(t *testing.T) {
	frames := conversation()
	const all = 4 * (2*2 + 1 + 1 + 3*2)
	for _, h := range craft.Hazards() {
		w := watch(t, h.Apply(frames))
		if w.wrong > 0 || !h.Lossy && w.known != all {
			t.Errorf("%s: %d values of %d have addresses, %d wrong ones", h.Name, w.known, all, w.wrong)
		}
	}
	for _, d := range craft.Damages() {
		captures := 0
		d.Each(frames, func(damaged []pcaps.Frame) {
			captures++
			if w := watch(t, damaged); w.wrong > 0 {
				t.Errorf("%s, capture %d: %d values of %d have wrong addresses", d.Name, captures, w.wrong, w.known)
			}
		})
	}
}
