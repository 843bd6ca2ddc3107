package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"plcscope/mqtt"
	"plcscope/pcaps/craft"
	"plcscope/s7comm"
)

// TestFlowsFollowsValues: a gateway reads the speed of a motor and publishes it; one
// change is too short for it.
func TestFlowsFollowsValues(t *testing.T) {
	c := craft.New()
	plc := c.Connect(craft.Host("10.0.0.2:3000"), craft.Host("10.0.0.1:102"))
	broker := c.Connect(craft.Host("10.0.0.2:3001"), craft.Host("10.0.0.9:1883"))
	packet := func(p *mqtt.Packet) []byte {
		p.Version = mqtt.V311
		b, err := p.Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	login := &mqtt.Packet{Type: mqtt.CONNECT}
	login.Connect.ClientID = []byte("gateway")
	login.Connect.SetCleanSession(true)
	broker.Client(packet(login)).Server(packet(&mqtt.Packet{Type: mqtt.CONNACK}))
	for i, speed := range []byte{10, 20, 30, 40} {
		item := s7comm.AnyItem(s7comm.AreaDB, 1, s7comm.SizeInt, 2, 0, 1)
		plc.Client(s7comm.AppendReadJob(nil, uint16(i), item)).
			Server(s7comm.AppendReadAnswer(nil, uint16(i), s7comm.Value{ReturnCode: s7comm.ReturnSuccess, TransportSize: s7comm.DataInteger, Data: []byte{0, speed}}))
		if c.After(100 * time.Millisecond); speed != 30 {
			broker.Client(packet(&mqtt.Packet{Type: mqtt.PUBLISH, Topic: []byte("plant/motor"), Payload: fmt.Appendf(nil, `{"motor":[{"speed":%d}]}`, speed)}))
		}
	}
	dir := t.TempDir()
	file, profile := filepath.Join(dir, "a.pcap"), filepath.Join(dir, "plant.yaml")
	if err := c.WriteFile(file); err != nil {
		t.Fatal(err)
	}
	text := "version: 1\nvalues:\n  - address: DB1.DBW2\n    type: INT\n    topic: plant/+\n    path: motor[0].speed\n"
	if err := os.WriteFile(profile, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	out := string(output1(t, "flows", "--profile", profile, file))
	_, table, found := strings.Cut(out, "\nvalue  ")
	if !found || !strings.Contains(table, "DB1.DBW2: 30 was not published, changed at 0.2") {
		t.Fatal(out)
	}
	var carried struct {
		Changes, Carried, Missed int
		Controller               string
		Delay                    *jsonTimes
	}
	for line := range strings.Lines(string(output1(t, "flows", "-T", "jsonl", "--profile", profile, file))) {
		if strings.Contains(line, `"kind":"carried"`) {
			if err := json.Unmarshal([]byte(line), &carried); err != nil {
				t.Fatal(err)
			}
		}
	}
	if carried.Changes != 3 || carried.Carried != 2 || carried.Missed != 1 || carried.Controller != "10.0.0.1" {
		t.Errorf("%+v", carried)
	}
	if d := carried.Delay; d == nil || d.P50 < 0.1 || d.Max > 0.11 {
		t.Errorf("%+v", d)
	}
}
