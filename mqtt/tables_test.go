package mqtt

import (
	"bytes"
	"testing"
)

func TestValidReason(t *testing.T) {
	for _, tt := range []struct {
		t          PacketType
		fromServer bool
		c          ReasonCode
		want       bool
	}{
		{CONNACK, true, 0x00, true},
		{CONNACK, false, 0x00, false},
		{CONNACK, true, 0x01, false},
		{CONNACK, true, 0x8a, true},
		{CONNACK, true, 0x8b, false},
		{CONNACK, true, 0x9f, true},
		{PUBACK, false, 0x00, true},
		{PUBACK, false, 0x10, false},
		{PUBACK, true, 0x10, true},
		{PUBREC, false, 0x97, true},
		{PUBREC, false, 0x92, false},
		{PUBREL, false, 0x92, true},
		{PUBREL, false, 0x97, false},
		{PUBCOMP, true, 0x92, true},
		{SUBACK, true, 0x02, true},
		{SUBACK, true, 0x03, false},
		{SUBACK, true, 0xa2, true},
		{SUBACK, true, 0x11, false},
		{UNSUBACK, true, 0x11, true},
		{UNSUBACK, true, 0x01, false},
		{UNSUBACK, true, 0x97, false},
		{DISCONNECT, false, 0x04, true},
		{DISCONNECT, true, 0x04, false},
		{DISCONNECT, true, 0x8e, true},
		{DISCONNECT, false, 0x8e, false},
		{DISCONNECT, false, 0x81, true},
		{DISCONNECT, true, 0x84, false},
		{AUTH, true, 0x00, true},
		{AUTH, false, 0x00, false},
		{AUTH, false, 0x18, true},
		{AUTH, true, 0x19, false},
		{AUTH, false, 0x19, true},
		{PUBLISH, false, 0x00, false},
		{PINGRESP, true, 0x00, false},
		{PacketType(200), true, 0x00, false},
	} {
		if got := ValidReason(tt.t, tt.fromServer, tt.c); got != tt.want {
			t.Errorf("%s in %s, from server %t: %t", tt.c, tt.t, tt.fromServer, got)
		}
	}
}

// The numbers of codes that the sections of 5.0 list.
func TestReasonCounts(t *testing.T) {
	for _, tt := range []struct {
		t              PacketType
		client, server int
	}{
		{CONNACK, 0, 22}, {PUBACK, 8, 9}, {PUBREC, 8, 9}, {PUBREL, 2, 2}, {PUBCOMP, 2, 2},
		{SUBACK, 0, 12}, {UNSUBACK, 0, 7}, {DISCONNECT, 14, 29}, {AUTH, 2, 2},
	} {
		client, server := 0, 0
		for c := range 256 {
			if ValidReason(tt.t, false, ReasonCode(c)) {
				client++
			}
			if ValidReason(tt.t, true, ReasonCode(c)) {
				server++
			}
		}
		if client != tt.client || server != tt.server {
			t.Errorf("%s: %d by the client, %d by the server, want %d and %d", tt.t, client, server, tt.client, tt.server)
		}
	}
}

func TestReasonName(t *testing.T) {
	for _, tt := range []struct {
		t    PacketType
		c    ReasonCode
		want string
	}{
		{PUBACK, 0, "Success"},
		{SUBACK, 0, "Granted QoS 0"},
		{SUBACK, 2, "Granted QoS 2"},
		{DISCONNECT, 0, "Normal disconnection"},
		{CONNACK, 0, "Success"},
		{CONNACK, 5, "Not authorized"},
		{CONNACK, 0x87, "Not authorized"},
		{CONNACK, 0x42, "reason 0x42"},
	} {
		if got := tt.c.Name(tt.t); got != tt.want {
			t.Errorf("0x%02x in %s: %q", uint8(tt.c), tt.t, got)
		}
	}
}

func TestPropertyAllowed(t *testing.T) {
	for _, tt := range []struct {
		t    PacketType
		will bool
		want []PropertyID
	}{
		{CONNECT, false, []PropertyID{0x11, 0x15, 0x16, 0x17, 0x19, 0x21, 0x22, 0x26, 0x27}},
		{CONNECT, true, []PropertyID{0x01, 0x02, 0x03, 0x08, 0x09, 0x18, 0x26}},
		{CONNACK, false, []PropertyID{0x11, 0x12, 0x13, 0x15, 0x16, 0x1a, 0x1c, 0x1f, 0x21, 0x22, 0x24, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a}},
		{PUBLISH, false, []PropertyID{0x01, 0x02, 0x03, 0x08, 0x09, 0x0b, 0x23, 0x26}},
		{PUBLISH, true, nil},
		{PUBACK, false, []PropertyID{0x1f, 0x26}},
		{PUBREC, false, []PropertyID{0x1f, 0x26}},
		{PUBREL, false, []PropertyID{0x1f, 0x26}},
		{PUBCOMP, false, []PropertyID{0x1f, 0x26}},
		{SUBSCRIBE, false, []PropertyID{0x0b, 0x26}},
		{SUBACK, false, []PropertyID{0x1f, 0x26}},
		{UNSUBSCRIBE, false, []PropertyID{0x26}},
		{UNSUBACK, false, []PropertyID{0x1f, 0x26}},
		{PINGREQ, false, nil},
		{DISCONNECT, false, []PropertyID{0x11, 0x1c, 0x1f, 0x26}},
		{AUTH, false, []PropertyID{0x15, 0x16, 0x1f, 0x26}},
	} {
		var got []PropertyID
		for id := range 256 {
			if PropertyAllowed(PropertyID(id), tt.t, tt.will) {
				got = append(got, PropertyID(id))
			}
		}
		if string(got) != string(tt.want) {
			t.Errorf("%s, will %t: % x, want % x", tt.t, tt.will, got, tt.want)
		}
	}
}

func TestPropertyRepeatable(t *testing.T) {
	for id := range 256 {
		id := PropertyID(id)
		if got := PropertyRepeatable(id, PUBLISH); got != (id == UserProperty || id == SubscriptionIdentifier) {
			t.Errorf("%s in PUBLISH: %t", id, got)
		}
		if got := PropertyRepeatable(id, SUBSCRIBE); got != (id == UserProperty) {
			t.Errorf("%s in SUBSCRIBE: %t", id, got)
		}
	}
}

func TestPropertiesFind(t *testing.T) {
	var p Packet
	if err := p.Decode(bin("30 0f 0001 'a' 0b 26 0001 'k' 0001 'v' 0b 85 00 'x'"), V5); err == nil {
		t.Fatal("a property length beyond the packet decoded")
	}
	if err := p.Decode(bin("30 0f 0001 'a' 0a 26 0001 'k' 0001 'v' 0b 85 00 'x'"), V5); err != nil {
		t.Fatal(err)
	}
	q, ok := p.Props.Find(SubscriptionIdentifier)
	if !ok || q.Num != 5 || !q.Padded || q.Offset != 13 || q.Size != 3 {
		t.Errorf("%+v", q)
	}
	q, ok = p.Props.Find(UserProperty)
	if !ok || string(q.Data) != "k" || string(q.Value2) != "v" || q.Offset != 6 {
		t.Errorf("%+v", q)
	}
	if _, ok = p.Props.Find(TopicAlias); ok {
		t.Error("found what is not there")
	}
}

func TestConnectSetters(t *testing.T) {
	var c Connect
	c.SetCleanSession(true)
	c.SetWill(str("w"), str("m"), 1, true)
	c.SetUserName(str("u"))
	c.SetPassword(str("p"))
	if c.Flags != 0xee || !c.WillFlag() || !c.WillRetain() || c.WillQoS() != 1 || !c.UserNameFlag() || !c.PasswordFlag() || !c.CleanSession() || c.Reserved() {
		t.Errorf("flags 0x%02x", c.Flags)
	}
	c.SetWill(str("w"), str("m"), 2, false)
	c.SetCleanSession(false)
	if c.Flags != 0xd4 {
		t.Errorf("flags 0x%02x", c.Flags)
	}
}

func TestSetFlags(t *testing.T) {
	p := Packet{Type: PUBLISH, Version: V311, Flags: 0xd, Dup: true, QoS: 2, Retain: true, Topic: str("a")}
	p.SetFlags(2)
	b, err := p.Append(nil)
	if err != nil || !bytes.Equal(b, bin("32 05 0001 'a' 0000")) {
		t.Errorf("% x, %v", b, err)
	}
}

func TestAppendTooLong(t *testing.T) {
	long := make([]byte, 65536)
	for _, p := range []Packet{
		{Type: PUBLISH, Version: V311, Topic: long},
		{Type: CONNECT, Version: V311, Connect: Connect{ClientID: long}},
		{Type: SUBSCRIBE, Version: V311, Filters: []Filter{{Filter: long}}},
	} {
		b, err := p.Append([]byte("before"))
		if err != ErrTooLong || string(b) != "before" {
			t.Errorf("%s: %d bytes, %v", p.Type, len(b), err)
		}
	}
	for _, n := range []int{0, 127 - 3, 128 - 3, 16383 - 3, 16384 - 3, 2097151 - 3, 2097152 - 3} {
		p := Packet{Type: PUBLISH, Version: V311, Topic: str("a"), Payload: make([]byte, n)}
		b, err := p.Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		var back Packet
		if err := back.Decode(b, V311); err != nil || len(back.Payload) != n || back.HeaderLen != 1+varintSize(uint32(n+3)) {
			t.Errorf("payload of %d: %v, %d, header %d", n, err, len(back.Payload), back.HeaderLen)
		}
	}
}
