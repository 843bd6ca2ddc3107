package main

import (
	"fmt"
	"strings"
	"time"

	"plcscope/mqtt"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
)

// morning is when the samples begin.
var morning = time.Date(2024, 3, 4, 6, 0, 0, 0, time.UTC)

// pieces are the cuts of a PLC whose communication processor sends at most 240
// bytes at a time.
func pieces(b []byte) (cuts []int) {
	for n := 240; n < len(b); n += 240 {
		cuts = append(cuts, n)
	}
	return cuts
}

// telemetry is a JSON document of n measurements.
func telemetry(at time.Time, n int) string {
	var values []string
	for i := range n {
		values = append(values, fmt.Sprintf(`{"t":"%s","temperature":%.1f,"pressure":%.2f}`,
			at.Add(time.Duration(i-n)*time.Second).Format(time.RFC3339), 71+float64(i%7)/10, 2.3+float64(i%5)/100))
	}
	return `{"line":4,"count":` + fmt.Sprint(n) + `,"values":[` + strings.Join(values, ",") + `]}`
}

// healthyPLC is a PLC that speaks MQTT 3.1 as it should: two connections of one
// session, all qualities of service in both directions, long messages in pieces.
func healthyPLC() []pcaps.Frame {
	c := craft.New().At(morning)
	client := login{
		id: "line4-filler", flags: withUser | withPassword | willRetain | willQoS1 | will,
		will: [2]string{"plant/line4/state", "offline"}, user: "line4", password: "Qx7-filler", keepAlive: 30,
	}
	rtt := craft.RTT(4 * time.Millisecond)

	plc := c.Connect(craft.Host("192.168.10.14:2000"), craft.Host("192.168.10.2:1883"), rtt, craft.MSS(1460))
	plc.After(20 * time.Millisecond).Client(client.bytes()).Server(connack(0))
	plc.After(40 * time.Millisecond).Client(subscribe(1, "plant/line4/cmd/#", 1)).Server(suback(1, 1))
	plc.After(40 * time.Millisecond).Client(retained(publish(1, 2, "plant/line4/state", "online"))).Server(answer(mqtt.PUBACK, 2))
	id := uint16(2)
	at := morning
	for i := range 6 {
		plc.After(time.Second).Client(publish(0, 0, "plant/line4/telemetry", telemetry(at.Add(time.Duration(i)*time.Second), 1)))
	}
	for i := range 3 {
		id++
		batch := publish(1, id, "plant/line4/batch", telemetry(at.Add(time.Duration(10+10*i)*time.Second), 10+5*i))
		plc.After(3*time.Second).ClientSegments(pieces(batch), batch).Server(answer(mqtt.PUBACK, id))
	}
	plc.After(time.Second).Server(publish(1, 1, "plant/line4/cmd/setpoint", `{"temperature":72.5}`)).Client(answer(mqtt.PUBACK, 1))
	for i := range 2 {
		id++
		plc.After(2 * time.Second).Client(publish(2, id, "plant/line4/produced", fmt.Sprintf(`{"order":"A-1178","bottles":%d}`, 1040+24*i))).
			Server(answer(mqtt.PUBREC, id)).Client(answer(mqtt.PUBREL, id)).Server(answer(mqtt.PUBCOMP, id))
	}
	for range 3 {
		plc.After(28 * time.Second).Client(pingreq).Server(pingresp)
	}
	// A command with one half of its text in each of two segments, and one that
	// comes together with the answer to a ping.
	command := publish(1, 2, "plant/line4/cmd/recipe", `{"recipe":"juice-1l","fill":1.002,"speed":5400}`)
	plc.After(5*time.Second).ServerSegments([]int{30}, command).Client(answer(mqtt.PUBACK, 2))
	plc.After(20 * time.Second).Client(pingreq).Server(craft.Coalesce(pingresp, publish(1, 3, "plant/line4/cmd/start", "1"))).Client(answer(mqtt.PUBACK, 3))
	plc.After(time.Second).Client(craft.Coalesce(publish(0, 0, "plant/line4/telemetry", telemetry(at.Add(150*time.Second), 2)), disconnect)).FIN(craft.ByClient)

	// The line is restarted; the broker has kept a command for the session.
	plc = c.After(90*time.Second).Connect(craft.Host("192.168.10.14:2001"), craft.Host("192.168.10.2:1883"), rtt)
	plc.After(20 * time.Millisecond).Client(client.bytes()).
		Server(craft.Coalesce(connack(0), publish(1, 4, "plant/line4/cmd/setpoint", `{"temperature":71.0}`))).Client(answer(mqtt.PUBACK, 4))
	plc.After(40 * time.Millisecond).Client(subscribe(10, "plant/line4/cmd/#", 1)).Server(suback(10, 1))
	plc.After(40 * time.Millisecond).Client(retained(publish(1, 11, "plant/line4/state", "online"))).Server(answer(mqtt.PUBACK, 11))
	for i := range 4 {
		plc.After(time.Second).Client(publish(0, 0, "plant/line4/telemetry", telemetry(at.Add(time.Duration(250+i)*time.Second), 1)))
	}
	long := publish(1, 12, "plant/line4/batch", telemetry(at.Add(260*time.Second), 20))
	plc.After(time.Second).ClientSegments(pieces(long), long).Server(answer(mqtt.PUBACK, 12))
	plc.After(29 * time.Second).Client(pingreq).Server(pingresp)
	plc.After(10 * time.Second).Client(retained(publish(1, 13, "plant/line4/state", "stopped"))).Server(answer(mqtt.PUBACK, 13))
	plc.After(time.Second).Client(disconnect).FIN(craft.ByClient)
	return c.Frames()
}
