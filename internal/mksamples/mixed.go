package main

import (
	"fmt"
	"time"

	"github.com/klauspost/compress/zstd"

	"plcscope/mqtt"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
)

// mixedPlant is what a probe with two mirror ports sees in a plant: MQTT of three
// PLCs, one of them over IPv6, and a panel polling one of these over S7, in VLANs,
// among other traffic, with retransmissions, in another order, and some frames
// twice. Nothing of it is a fault of a PLC.
func mixedPlant() []byte {
	c := craft.New().At(morning.Add(2 * time.Hour))
	hosts := []string{"192.168.10.14:2000", "192.168.10.17:2000", "[fd00:10::21]:2000"}
	servers := []string{broker, broker, "[fd00:10::2]:1883"}
	var plcs []*craft.Conn
	for i, host := range hosts {
		plc := c.Connect(craft.Host(host), craft.Host(servers[i]), craft.VLAN(10), craft.RTT(3*time.Millisecond))
		plc.Client(login{id: fmt.Sprintf("cell%d", i+1), flags: clean, keepAlive: 30}.bytes()).Server(connack(0))
		plc.Client(subscribe(1, fmt.Sprintf("plant/cell%d/cmd", i+1), 1)).Server(suback(1, 1))
		plcs = append(plcs, plc)
	}
	panel(c, "192.168.10.40:49400", 4)
	for n := range 10 {
		for i, plc := range plcs {
			id := uint16(n + 2)
			topic := fmt.Sprintf("plant/cell%d/telemetry", i+1)
			message := publish(1, id, topic, telemetry(morning.Add(2*time.Hour+time.Duration(n)*time.Second), 1+(n+i)%4*3))
			plc.ClientSegments(pieces(message), message).Server(answer(mqtt.PUBACK, id))
			if n%5 == 4 {
				plc.Server(publish(1, uint16(n), fmt.Sprintf("plant/cell%d/cmd", i+1), "run")).Client(answer(mqtt.PUBACK, uint16(n)))
			}
		}
		c.After(time.Second)
	}
	for _, plc := range plcs {
		plc.Client(disconnect).FIN(craft.ByClient)
	}
	frames := craft.Then(
		craft.ResegmentEvery(200), craft.Retransmit(0.05, 31), craft.Reorder(0.1, 32), craft.Noise(20, 33),
	)(c.Frames())

	// Every tenth frame is seen by the second port, too.
	var seen []pcaps.Frame
	for i, f := range frames {
		seen = append(seen, f)
		if i%10 == 9 {
			f.Iface = 1
			f.Time += 1500
			seen = append(seen, f)
		}
	}
	file := pcapng(seen, pcaps.Interface{Name: "span0", Link: pcaps.LinkEthernet}, pcaps.Interface{Name: "span1", Link: pcaps.LinkEthernet})
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedBestCompression))
	if err != nil {
		panic(err)
	}
	defer w.Close()
	return w.EncodeAll(file, nil)
}
