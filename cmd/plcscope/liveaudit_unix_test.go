//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"plcscope/mqtt"
	"plcscope/pcaps/craft"
)

// A report on the way has the delivery audit as it is then, in which nothing is lost that is
// still open, and which goes on undisturbed; what a profile read anew grants holds at once.
func TestLiveAuditOnTheWay(t *testing.T) {
	packet := func(kind mqtt.PacketType, id uint16, change func(*mqtt.Packet)) []byte {
		return spoken(mqtt.V311, kind, func(p *mqtt.Packet) {
			p.ID, p.HasID = id, id > 0
			if change != nil {
				change(p)
			}
		})
	}
	login := packet(mqtt.CONNECT, 0, func(p *mqtt.Packet) {
		p.Connect.ClientID, p.Connect.KeepAlive = []byte("plc7"), 600
		p.Connect.SetCleanSession(true)
	})
	accepted, acknowledged := packet(mqtt.CONNACK, 0, nil), packet(mqtt.PUBACK, 1, nil)
	publish := func(id uint16) []byte {
		return packet(mqtt.PUBLISH, id, func(p *mqtt.Packet) { p.QoS, p.Topic, p.Payload = 1, []byte("a"), []byte{byte(id)} })
	}
	ping, pong := packet(mqtt.PINGREQ, 0, nil), packet(mqtt.PINGRESP, 0, nil)

	capture := craft.New()
	type mark struct{ bytes, frames int }
	here := func() mark { return mark{len(capture.Bytes()), len(capture.Frames())} }
	plc := func(host string) *craft.Conn {
		return capture.Connect(craft.Host(host), craft.Host("10.0.0.1:1883")).Client(login).Server(accepted)
	}
	c := plc("10.0.0.5:2001").Client(publish(1)).Client(ping).Server(pong)
	inFlight := here()
	c.Server(acknowledged).Client(publish(2)).FIN(craft.ByClient)
	away := here()
	capture.After(5 * time.Second)
	c = plc("10.0.0.5:2002")
	capture.After(20 * time.Second) // less than the usual 30
	c.Client(ping).Server(pong)
	back := here()
	c.Client(publish(3)).FIN(craft.ByClient)
	end := here()

	dir := t.TempDir()
	write := profileIn(t, dir)
	w := startLive(t, dir, nil, "-r", "-", "--profile", "plant.yaml", "--audit", "--output", "json=report.json", "--stats-every", "1s")
	fed, reports := 0, 0
	feed := func(to mark) {
		t.Helper()
		w.feed(capture.Bytes()[fed:to.bytes])
		fed = to.bytes
		w.await("statistics", fmt.Sprintf(`"frames":%d,`, to.frames))
	}
	type ledger struct{ Sent, Completed, Lost, Open uint64 }
	told := func(what string, want ledger) {
		t.Helper()
		b, err := os.ReadFile(filepath.Join(dir, "report.json"))
		if err != nil {
			t.Fatal(err)
		}
		var r struct{ Delivery struct{ Total []ledger } }
		if err := json.Unmarshal(b, &r); err != nil {
			t.Fatal(err)
		}
		if len(r.Delivery.Total) != 2 || r.Delivery.Total[0] != want {
			t.Errorf("%s: %+v, want %+v", what, r.Delivery.Total, want)
		}
	}
	report := func(what string, want ledger) {
		t.Helper()
		w.signal(syscall.SIGUSR1)
		reports++
		count := func() (n int) {
			for _, e := range w.events() {
				if e["event"] == "report" {
					n++
				}
			}
			return n
		}
		for late := time.Now().Add(20 * time.Second); count() < reports; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(late) {
				t.Fatalf("%s: no report\n%s", what, w.stderr())
			}
		}
		told(what, want)
	}
	feed(inFlight)
	report("in flight", ledger{Sent: 1, Open: 1})
	feed(away)
	report("the client is away", ledger{Sent: 2, Completed: 1, Open: 1})
	write("version: 1\ntolerances:\n  delivery-resend: 10s\n")
	w.signal(syscall.SIGHUP)
	w.await("notice", "the profile was read anew")
	feed(back)
	report("it is back, and does not send again", ledger{Sent: 2, Completed: 1, Lost: 1})
	feed(end)
	report("in flight again", ledger{Sent: 3, Completed: 1, Lost: 1, Open: 1})
	w.in.Close()
	w.end(nil)
	told("at the end", ledger{Sent: 3, Completed: 1, Lost: 1, Open: 1})
}
