package index_test

import (
	"testing"

	"plcscope/flows/index"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
)

// FuzzRead sends any bytes under any hazard: whatever the tracker made of them is read
// again, byte by byte.
func FuzzRead(f *testing.F) {
	hazards := craft.Hazards()
	mqtt := craft.Coalesce(connect(4, "fuzz"), publish(4, "a/b", 1, 7, []byte("payload")), publish(4, "a/b", 0, 0, nil))
	f.Add(mqtt, []byte{0x20, 2, 0, 0, 0x40, 2, 0, 7}, uint8(0), uint8(5), uint8(9))
	f.Add(mqtt, []byte{0x20, 2, 0, 0, 0x30, 0xff, 0xff, 0xff, 0xff, 1}, uint8(0), uint8(9), uint8(3))
	s7 := []byte("\x03\x00\x00\x16\x11\xe0\x00\x00\x00\x01\x00\xc1\x02\x01\x00\xc2\x02\x01\x02\xc0\x01\x0a\x03\x00\x00\x07\x02\xf0\x00\x03\x00\x00\x07\x02\xf0\x80")
	f.Add(s7, s7, uint8(1), uint8(8), uint8(4))
	web := framesPayload(overWebSocket())
	f.Add(web[0][:min(len(web[0]), 3000)], web[1], uint8(2), uint8(7), uint8(200))
	for i := range hazards {
		f.Add(mqtt, s7, uint8(i%3), uint8(i), uint8(20))
	}
	ports := []string{"1883", "102", "9001"}
	f.Fuzz(func(t *testing.T, client, server []byte, port, hazard, cut uint8) {
		if len(client) > 4096 || len(server) > 4096 {
			return
		}
		n := craft.Connection("10.0.0.5:2000", "10.0.0.1:"+ports[int(port)%len(ports)])
		step := int(cut) + 1
		for len(client)+len(server) > 0 {
			if k := min(step*3, len(client)); k > 0 {
				n.Client(client[:k])
				client = client[k:]
			}
			if k := min(step*2, len(server)); k > 0 {
				n.Server(server[:k])
				server = server[k:]
			}
		}
		h := hazards[int(hazard)%len(hazards)]
		frames := h.Apply(n.FIN(true).Frames())
		if len(frames) > 1000 {
			return
		}
		c := capture{open: func(testing.TB) *pcaps.Capture { return craft.Open(frames) }}
		w := new(witness)
		held(t, c.index(t, w, index.Options{SpoolDir: t.TempDir()}), w)
	})
}

// framesPayload is what the two sides of a connection say, by direction.
func framesPayload(frames []pcaps.Frame) (b [2][]byte) {
	for i := range frames {
		d := frames[i].Data
		if len(d) < 54 {
			continue
		}
		side := 0
		if d[26+3] == 1 { // from 10.0.0.1
			side = 1
		}
		head := 34 + int(d[46]>>4)*4
		end := 14 + int(d[16])<<8 + int(d[17])
		b[side] = append(b[side], d[min(head, end):end]...)
	}
	return b
}
