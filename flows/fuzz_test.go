package flows_test

import (
	"slices"
	"testing"

	"plcscope/decode"
	"plcscope/flows"
	"plcscope/internal/wire"
	"plcscope/mqtt"
	"plcscope/pcaps/craft"
	"plcscope/rules/mqttrules"
)

// stream makes the segments of a connection on which the client sends b, cut at
// the given places.
func stream(port uint16, b []byte, cuts ...int) []decode.Segment {
	client, server := decode.Addr{15: 5, 12: 10, 10: 0xFF, 11: 0xFF}, decode.Addr{15: 1, 12: 10, 10: 0xFF, 11: 0xFF}
	seq := uint32(1000)
	segment := func(flags decode.Flags, payload []byte) decode.Segment {
		s := decode.Segment{Version: 4, Flags: flags, Src: client, Dst: server, SrcPort: 2000, DstPort: port,
			Seq: seq, Ack: 5001, Window: 8192, Payload: payload}
		seq += uint32(len(payload))
		return s
	}
	l := []decode.Segment{segment(decode.SYN, nil)}
	seq++
	l = append(l, decode.Segment{Version: 4, Flags: decode.SYN | decode.ACK, Src: server, Dst: client, SrcPort: port, DstPort: 2000, Seq: 5000, Ack: seq, Window: 8192})
	from := 0
	for _, at := range append(cuts, len(b)) {
		if at > from {
			l = append(l, segment(decode.ACK|decode.PSH, b[from:at]))
			from = at
		}
	}
	for i := range l {
		l[i].Frame, l[i].Time, l[i].IPID = uint64(i+1), int64(i)*1e6, uint16(i+1)
	}
	return l
}

func run(segments []decode.Segment, o ...flows.Observer) {
	t := flows.New(flows.Options{Trees: wire.Everything, MaxMessage: 1 << 12}, o...)
	for i := range segments {
		t.Add(&segments[i])
	}
	t.Flush()
}

// FuzzStream sends any bytes on any port: nothing may panic, and however the
// stream is cut, the same messages come out.
func FuzzStream(f *testing.F) {
	for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
		c, s := mqttTalk(v)
		f.Add(craft.Coalesce(c...), uint16(1883), uint16(7), uint16(30))
		f.Add(craft.Coalesce(s...), uint16(1883), uint16(1), uint16(2))
		f.Add(craft.Coalesce(c...), uint16(999), uint16(3), uint16(40))
	}
	for _, s := range scripts() {
		if s.wire != nil {
			client, server := s.written()
			f.Add(craft.Coalesce(client...), uint16(1883), uint16(3), uint16(200))
			f.Add(craft.Coalesce(client...), uint16(999), uint16(190), uint16(210))
			f.Add(craft.Coalesce(server...), uint16(1883), uint16(100), uint16(180))
			f.Add(craft.Coalesce(client[1:]...), uint16(999), uint16(20), uint16(60))
		}
	}
	c, s := s7Talk()
	f.Add(craft.Coalesce(c...), uint16(102), uint16(5), uint16(22))
	f.Add(craft.Coalesce(s...), uint16(999), uint16(3), uint16(9))
	f.Add([]byte{0x10, 0x9A, 0x00, 0x06, 'M', 'Q'}, uint16(1883), uint16(1), uint16(2))
	f.Fuzz(func(t *testing.T, b []byte, port, i, j uint16) {
		if len(b) == 0 || len(b) > 1<<16 || port == 0 {
			return
		}
		cuts := []int{int(i) % len(b), int(j) % len(b)}
		slices.Sort(cuts)
		whole, cut := new(record), new(record)
		run(stream(port, b), whole, mqttrules.New(mqttrules.Options{}))
		run(stream(port, b, cuts...), cut, mqttrules.New(mqttrules.Options{}))
		if port == flows.PortMQTT || port == flows.PortISO {
			// Where framing is lost, it is found again at segment borders, so
			// only what comes before must be equal. On other ports the first
			// segments also decide what the stream is.
			n := min(len(whole.messages[0]), len(cut.messages[0]))
			if whole.unframed == 0 && cut.unframed == 0 {
				n = max(len(whole.messages[0]), len(cut.messages[0]))
			} else {
				n = max(0, n-1)
			}
			for k := range n {
				if k >= len(whole.messages[0]) || k >= len(cut.messages[0]) || whole.messages[0][k] != cut.messages[0][k] {
					t.Fatalf("cut at %v: message %d differs\n%q\n%q", cuts, k, whole.messages[0], cut.messages[0])
				}
			}
		}
	})
}
