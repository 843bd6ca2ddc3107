package watch_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/flows"
	"plcscope/flows/watch"
	"plcscope/mqtt"
	"plcscope/pcaps/craft"
)

func encoded(t *testing.T, p mqtt.Packet) []byte {
	t.Helper()
	p.Version = mqtt.V311
	b, err := p.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func connect(t *testing.T, id string) []byte {
	return encoded(t, mqtt.Packet{Type: mqtt.CONNECT, Connect: mqtt.Connect{Flags: 2, ClientID: []byte(id), KeepAlive: 60}})
}

// TestSessions tells how clients come and go.
func TestSessions(t *testing.T) {
	ok := encoded(t, mqtt.Packet{Type: mqtt.CONNACK})
	no := encoded(t, mqtt.Packet{Type: mqtt.CONNACK, Code: 5})
	bye := encoded(t, mqtt.Packet{Type: mqtt.DISCONNECT})
	for _, x := range []struct {
		name string
		say  func(c *craft.Conn)
		want []string
	}{
		{"says goodbye", func(c *craft.Conn) { c.Client(connect(t, "a")).Server(ok).Client(bye).FIN(craft.ByClient) },
			[]string{"open", "accepted a", "gone a goodbye by client", "closed"}},
		{"refused", func(c *craft.Conn) { c.Client(connect(t, "a")).Server(no).FIN(craft.ByServer) },
			[]string{"open", "refused a 5", "closed"}},
		{"closed without a word", func(c *craft.Conn) { c.Client(connect(t, "a")).Server(ok).FIN(craft.ByClient) },
			[]string{"open", "accepted a", "gone a closed by client", "closed"}},
		{"reset by the broker", func(c *craft.Conn) { c.Client(connect(t, "a")).Server(ok).RST(craft.ByServer) },
			[]string{"open", "accepted a", "gone a reset by server", "closed"}},
		{"open at the end", func(c *craft.Conn) { c.Client(connect(t, "a")).Server(ok) },
			[]string{"open", "accepted a", "gone a end of capture", "closed"}},
		{"no answer", func(c *craft.Conn) { c.Client(connect(t, "a")).RST(craft.ByClient) },
			[]string{"open", "closed"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			capture := craft.New()
			x.say(capture.Connect(craft.Host("10.0.0.5:2000"), craft.Host("10.0.0.1:1883")))
			var got []string
			w := &watch.Watcher{
				Begin: func(*flows.ConnInfo) { got = append(got, "open") },
				Over:  func(*flows.ConnInfo) { got = append(got, "closed") },
				Session: func(s *watch.Session) {
					l := fmt.Sprintf("%v %s", s.State, s.ClientID)
					switch s.State {
					case watch.Refused:
						l += fmt.Sprintf(" %d", s.Code)
					case watch.Gone:
						l += " " + s.How.String()
						if s.How < watch.Silent {
							l += " by " + [...]string{"server", "client"}[index(s.ByClient)]
						}
					}
					if s.KeepAlive != 60 || !s.Clean || s.Version != mqtt.V311 || s.Broker.String() != "10.0.0.1:1883" {
						t.Errorf("%+v", s)
					}
					got = append(got, l)
				},
			}
			if _, err := flows.Analyse(context.Background(), capture.Capture(), flows.Config{}, w); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(x.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func index(b bool) int {
	if b {
		return 1
	}
	return 0
}

// TestCounts counts messages by type and sender.
func TestCounts(t *testing.T) {
	ping, pong := encoded(t, mqtt.Packet{Type: mqtt.PINGREQ}), encoded(t, mqtt.Packet{Type: mqtt.PINGRESP})
	capture := craft.New()
	capture.Connect(craft.Host("10.0.0.5:2000"), craft.Host("10.0.0.1:1883")).
		Client(connect(t, "a")).Server(encoded(t, mqtt.Packet{Type: mqtt.CONNACK})).
		Client(ping).Server(pong).Client(ping).Server(pong).Client([]byte{0x36, 0})
	capture.Connect(craft.Host("10.0.0.5:2001"), craft.Host("10.0.0.2:102")).
		Client([]byte("\x03\x00\x00\x16\x11\xe0\x00\x00\x00\x01\x00\xc1\x02\x01\x00\xc2\x02\x01\x02\xc0\x01\x0a")).
		Server([]byte("\x03\x00\x00\x16\x11\xd0\x00\x01\x00\x02\x00\xc0\x01\x0a\xc1\x02\x01\x00\xc2\x02\x01\x02")).
		Client([]byte("\x03\x00\x00\x19\x02\xf0\x80\x32\x01\x00\x00\x00\x00\x00\x08\x00\x00\xf0\x00\x00\x01\x00\x01\x01\xe0"))
	w := new(watch.Watcher)
	if _, err := flows.Analyse(context.Background(), capture.Capture(), flows.Config{}, w); err != nil {
		t.Fatal(err)
	}
	got := map[string]uint64{}
	w.Counts.Each(func(protocol, kind string, fromClient bool, n uint64) {
		got[fmt.Sprintf("%s %s %v", protocol, kind, fromClient)] = n
	})
	want := map[string]uint64{
		"mqtt CONNECT true": 1, "mqtt CONNACK false": 1, "mqtt PINGREQ true": 2, "mqtt PINGRESP false": 2, "mqtt malformed true": 1,
		"iso CR true": 1, "iso CC false": 1, "iso Job Setup communication true": 1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
