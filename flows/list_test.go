package flows_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/flows"
	"plcscope/flows/tcp"
	"plcscope/mqtt"
	"plcscope/pcaps/craft"
)

func encoded(t *testing.T, p mqtt.Packet) []byte {
	t.Helper()
	b, err := p.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// listed runs a crafted capture through a Lister.
func listed(t *testing.T, c *craft.Capture, l *flows.Lister) []flows.ConnInfo {
	t.Helper()
	if _, err := flows.Analyse(context.Background(), c.Capture(), flows.Config{}, l); err != nil {
		t.Fatal(err)
	}
	return l.Rows()
}

func TestLister(t *testing.T) {
	connect := encoded(t, mqtt.Packet{Type: mqtt.CONNECT, Version: mqtt.V31, Connect: mqtt.Connect{Flags: 2, ClientID: []byte("plc-7")}})
	connack := encoded(t, mqtt.Packet{Type: mqtt.CONNACK, Version: mqtt.V31, Code: 5})
	publish := encoded(t, mqtt.Packet{Type: mqtt.PUBLISH, Version: mqtt.V31, Topic: []byte("a"), Payload: []byte("12")})
	ping := encoded(t, mqtt.Packet{Type: mqtt.PINGREQ, Version: mqtt.V31})

	c := craft.New()
	c.Connect(craft.Host("10.0.0.5:2000"), craft.Host("10.0.0.1:1883")).
		Client(connect).Server(connack).FIN(craft.ByServer)
	// Joined midway, and the port of the client is the lower one.
	c.Connect(craft.Host("10.0.0.6:1024"), craft.Host("10.0.0.1:1883"), craft.MidStream()).
		Client(publish, publish, ping).Server(publish)
	c.Connect(craft.Host("10.0.0.7:40000"), craft.Host("10.0.0.1:8883")).RST(craft.ByClient)
	c.Connect(craft.Host("10.0.0.8:40000"), craft.Host("10.0.0.1:8080")).Client([]byte("GET / HTTP/1.1\r\n\r\n")).FIN(craft.ByClient)

	rows := listed(t, c, &flows.Lister{})
	if len(rows) != 3 {
		t.Fatalf("%d rows, want those of MQTT and TLS", len(rows))
	}
	a, b, s := rows[0], rows[1], rows[2]
	if a.Client.String() != "10.0.0.5:2000" || string(a.MQTT.ClientID) != "plc-7" || a.MQTT.Version != mqtt.V31 || a.MQTT.VersionGuessed ||
		!a.MQTT.Answered || a.MQTT.Code != 5 || !a.FromStart || a.RTT == 0 || a.Evidence != flows.ByPort {
		t.Errorf("first row is %+v", a)
	}
	if a.Close != tcp.ClosedFIN || !a.CloserKnown || a.ClosedByClient {
		t.Errorf("closed %v, by client %v; the server sent the first FIN", a.Close, a.ClosedByClient)
	}
	if b.Client.String() != "10.0.0.6:1024" || b.FromStart || !b.MQTT.VersionGuessed || b.MQTT.ClientID != nil || b.Close != tcp.ClosedByCapture || b.CloserKnown {
		t.Errorf("second row is %+v", b)
	}
	client := flows.SideInfo{Messages: 3, Publishes: 2, Bytes: uint64(2*len(publish) + len(ping))}
	server := flows.SideInfo{Messages: 1, Publishes: 1, Bytes: uint64(len(publish))}
	for i, want := range []flows.SideInfo{client, server} {
		got := b.Sent[i]
		got.Segments = 0
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("side %d (-want +got):\n%s", i, diff)
		}
	}
	if s.Proto != flows.TLS || s.Close != tcp.ClosedRST || !s.ClosedByClient {
		t.Errorf("third row is %+v", s)
	}

	hosts := map[string]string{}
	for _, h := range flows.Hosts(rows) {
		for _, r := range h.Roles {
			hosts[h.Addr.String()] += r.String() + ";"
		}
	}
	want := map[string]string{"10.0.0.1": "broker;encrypted;", "10.0.0.5": "MQTT client;", "10.0.0.6": "MQTT client;", "10.0.0.7": "encrypted;"}
	if diff := cmp.Diff(want, hosts); diff != "" {
		t.Errorf("hosts (-want +got):\n%s", diff)
	}

	if rows := listed(t, c, &flows.Lister{All: true}); len(rows) != 4 || rows[3].Proto != flows.Other {
		t.Errorf("with All: %d rows", len(rows))
	}
	bounded := &flows.Lister{All: true, Limit: 1}
	if rows := listed(t, c, bounded); len(rows) != 1 || bounded.Overflow != 3 {
		t.Errorf("with a limit of 1: %d rows and %d over", len(rows), bounded.Overflow)
	}
}

// A topic alias is resolved in the direction that defined it, and a redefinition
// replaces it.
func TestAliases(t *testing.T) {
	alias := func(topic string, n uint32) []byte {
		return encoded(t, mqtt.Packet{Type: mqtt.PUBLISH, Version: mqtt.V5, Topic: []byte(topic), Props: mqtt.NewProperties(mqtt.Property{ID: mqtt.TopicAlias, Num: n})})
	}
	var a flows.Aliases
	var p mqtt.Packet
	for _, tt := range []struct {
		topic string
		alias uint32
		want  string
	}{
		{"", 1, ""},
		{"a/b", 1, "a/b"},
		{"", 1, "a/b"},
		{"c", 2, "c"},
		{"", 2, "c"},
		{"longer/than/before", 1, "longer/than/before"},
		{"", 1, "longer/than/before"},
		{string(make([]byte, 60000)), 3, string(make([]byte, 60000))},
	} {
		if err := p.Decode(alias(tt.topic, tt.alias), mqtt.V5); err != nil {
			t.Fatal(err)
		}
		a.Resolve(&p, nil)
		if string(p.Topic) != tt.want {
			t.Errorf("topic %.20q with alias %d is %.20q, want %.20q", tt.topic, tt.alias, p.Topic, tt.want)
		}
	}
	// A sender of ever new long topics fills no memory: the bound is reached
	// and the alias stays unknown.
	for n := uint32(10); n < 20; n++ {
		p.Decode(alias(string(make([]byte, 60000)), n), mqtt.V5)
		a.Resolve(&p, nil)
	}
	p.Decode(alias("", 19), mqtt.V5)
	if a.Resolve(&p, nil); len(p.Topic) != 0 {
		t.Error("a topic beyond the bound was remembered")
	}
	p.Decode(alias("", 2), mqtt.V5)
	if a.Resolve(&p, nil); string(p.Topic) != "c" {
		t.Error("a topic within the bound was forgotten")
	}
}
