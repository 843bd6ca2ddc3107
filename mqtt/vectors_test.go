package mqtt

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// bin turns spaced hexadecimal digits into bytes; 'text' in quotes stands for
// itself.
func bin(s string) []byte {
	var b []byte
	for i, part := range strings.Split(s, "'") {
		if i%2 == 1 {
			b = append(b, part...)
			continue
		}
		h, err := hex.DecodeString(strings.ReplaceAll(part, " ", ""))
		if err != nil {
			panic(err)
		}
		b = append(b, h...)
	}
	return b
}

func str(s string) []byte { return []byte(s) }

// good are packets and their bytes: each decodes to the packet and is encoded
// from it. Remaining, HeaderLen and offsets follow from the bytes and are left
// out.
var good = []struct {
	name string
	wire string
	p    Packet
}{
	{"connect 3.1 minimum", "10 0f 0006 'MQIsdp' 03 00 0000 0001 'a'",
		Packet{Type: CONNECT, Version: V31, Connect: Connect{ProtocolName: str("MQIsdp"), Level: 3, ClientID: str("a")}}},
	{"connect 3.1 maximum", "10 25 0006 'MQIsdp' 03 f6 ffff 0002 'id' 0002 'wt' 0003 'wm1' 0004 'user' 0004 'pass'",
		Packet{Type: CONNECT, Version: V31, Connect: Connect{ProtocolName: str("MQIsdp"), Level: 3, Flags: 0xf6, KeepAlive: 0xffff,
			ClientID: str("id"), HasWill: true, WillTopic: str("wt"), WillMessage: str("wm1"),
			HasUserName: true, UserName: str("user"), HasPassword: true, Password: str("pass")}}},
	{"connect 3.1 credentials announced and missing", "10 0f 0006 'MQIsdp' 03 c2 003c 0001 'a'",
		Packet{Type: CONNECT, Version: V31, Connect: Connect{ProtocolName: str("MQIsdp"), Level: 3, Flags: 0xc2, KeepAlive: 60, ClientID: str("a")}}},
	{"connect 3.1 password announced and missing", "10 12 0006 'MQIsdp' 03 c2 003c 0001 'a' 0001 'u'",
		Packet{Type: CONNECT, Version: V31, Connect: Connect{ProtocolName: str("MQIsdp"), Level: 3, Flags: 0xc2, KeepAlive: 60, ClientID: str("a"),
			HasUserName: true, UserName: str("u")}}},
	{"connect 3.1.1 minimum", "10 0c 0004 'MQTT' 04 02 0000 0000",
		Packet{Type: CONNECT, Version: V311, Connect: Connect{ProtocolName: str("MQTT"), Level: 4, Flags: 2, ClientID: str("")}}},
	{"connect 3.1.1 bridge", "10 0d 0004 'MQTT' 84 02 0000 0001 'b'",
		Packet{Type: CONNECT, Version: V311, Connect: Connect{ProtocolName: str("MQTT"), Level: 0x84, Flags: 2, ClientID: str("b")}}},
	{"connect 3.1.1 empty will, empty credentials", "10 14 0004 'MQTT' 04 c4 0000 0000 0000 0000 0000 0000",
		Packet{Type: CONNECT, Version: V311, Connect: Connect{ProtocolName: str("MQTT"), Level: 4, Flags: 0xc4, ClientID: str(""),
			HasWill: true, WillTopic: str(""), WillMessage: str(""), HasUserName: true, UserName: str(""), HasPassword: true, Password: str("")}}},
	{"connect unknown level", "10 0d 0004 'MQTT' 06 02 0000 0001 'b'",
		Packet{Type: CONNECT, Connect: Connect{ProtocolName: str("MQTT"), Level: 6, Flags: 2, ClientID: str("b")}}},
	{"connect surplus", "10 0f 0004 'MQTT' 04 02 0000 0001 'b' ffff",
		Packet{Type: CONNECT, Version: V311, Connect: Connect{ProtocolName: str("MQTT"), Level: 4, Flags: 2, ClientID: str("b")}, Surplus: []byte{255, 255}}},
	{"connect 5 minimum", "10 0d 0004 'MQTT' 05 02 0000 00 0000",
		Packet{Type: CONNECT, Version: V5, HasProps: true, Connect: Connect{ProtocolName: str("MQTT"), Level: 5, Flags: 2, ClientID: str("")}}},
	{"connect 5 maximum", "10 42 0004 'MQTT' 05 ee 003c 1b 11 0000000a 21 0014 27 00010000 22 0005 19 01 17 00 15 0001 'x' 16 0000 0001 'c' " +
		"0c 18 00000005 01 01 26 0000 0000 0001 't' 0001 'm' 0001 'u' 0001 'p'",
		Packet{Type: CONNECT, Version: V5, HasProps: true,
			Props: NewProperties(Property{ID: SessionExpiryInterval, Num: 10}, Property{ID: ReceiveMaximum, Num: 20},
				Property{ID: MaximumPacketSize, Num: 65536}, Property{ID: TopicAliasMaximum, Num: 5},
				Property{ID: RequestResponseInformation, Num: 1}, Property{ID: RequestProblemInformation, Num: 0},
				Property{ID: AuthenticationMethod, Data: str("x")}, Property{ID: AuthenticationData}),
			Connect: Connect{ProtocolName: str("MQTT"), Level: 5, Flags: 0xee, KeepAlive: 60, ClientID: str("c"), HasWill: true,
				WillProps: NewProperties(Property{ID: WillDelayInterval, Num: 5}, Property{ID: PayloadFormatIndicator, Num: 1}, Property{ID: UserProperty}),
				WillTopic: str("t"), WillMessage: str("m"), HasUserName: true, UserName: str("u"), HasPassword: true, Password: str("p")}}},

	{"connack 3.1 reserved byte set", "20 02 01 05", Packet{Type: CONNACK, Version: V31, AckFlags: 1, Code: 5}},
	{"connack 3.1.1", "20 02 01 00", Packet{Type: CONNACK, Version: V311, AckFlags: 1, SessionPresent: true}},
	{"connack 3.1.1 reserved bits", "20 02 80 02", Packet{Type: CONNACK, Version: V311, AckFlags: 0x80, Code: 2}},
	{"connack 5 minimum", "20 03 00 87 00", Packet{Type: CONNACK, Version: V5, Code: 0x87, HasProps: true}},
	{"connack 5 properties", "20 0c 01 00 09 24 01 12 0002 'id' 25 00",
		Packet{Type: CONNACK, Version: V5, AckFlags: 1, SessionPresent: true, HasProps: true,
			Props: NewProperties(Property{ID: MaximumQoS, Num: 1}, Property{ID: AssignedClientIdentifier, Data: str("id")}, Property{ID: RetainAvailable})}},

	{"publish qos 0", "30 04 0001 'a' 'x'", Packet{Type: PUBLISH, Version: V311, Topic: str("a"), Payload: str("x")}},
	{"publish qos 0, no payload, retained", "31 03 0001 'a'", Packet{Type: PUBLISH, Version: V31, Flags: 1, Retain: true, Topic: str("a")}},
	{"publish qos 1 dup", "3a 06 0001 'a' ffff 'x'",
		Packet{Type: PUBLISH, Version: V311, Flags: 10, Dup: true, QoS: 1, HasID: true, ID: 0xffff, Topic: str("a"), Payload: str("x")}},
	{"publish qos 2, padded length", "34 86 80 80 00 0001 'a' 0001 'x'",
		Packet{Type: PUBLISH, Version: V311, Flags: 4, QoS: 2, HasID: true, ID: 1, Topic: str("a"), Payload: str("x"), HeaderLen: 5}},
	{"publish qos 3, identifier 0", "36 05 0001 'a' 0000",
		Packet{Type: PUBLISH, Version: V311, Flags: 6, QoS: 3, HasID: true, Topic: str("a")}},
	{"publish empty topic", "30 03 0000 'x'", Packet{Type: PUBLISH, Version: V311, Topic: str(""), Payload: str("x")}},
	{"publish unknown version", "30 04 0001 'a' 00", Packet{Type: PUBLISH, Topic: str("a"), Payload: []byte{0}}},
	{"publish 5 without properties", "30 05 0001 'a' 00 'x'", Packet{Type: PUBLISH, Version: V5, HasProps: true, Topic: str("a"), Payload: str("x")}},
	{"publish 5 alias, subscription identifiers", "32 0e 0000 0007 09 23 0001 0b 01 0b 80 80 01",
		Packet{Type: PUBLISH, Version: V5, Flags: 2, QoS: 1, HasID: true, ID: 7, Topic: str(""), HasProps: true,
			Props: NewProperties(Property{ID: TopicAlias, Num: 1}, Property{ID: SubscriptionIdentifier, Num: 1}, Property{ID: SubscriptionIdentifier, Num: 16384})}},
	{"publish 5 all properties", "30 27 0001 'a' 22 01 01 02 0000ffff 03 0001 't' 08 0001 'r' 09 0002 00ff 26 0001 'k' 0003 'val' 0b ff ff ff 7f 'p'",
		Packet{Type: PUBLISH, Version: V5, Topic: str("a"), HasProps: true, Payload: str("p"),
			Props: NewProperties(Property{ID: PayloadFormatIndicator, Num: 1}, Property{ID: MessageExpiryInterval, Num: 65535},
				Property{ID: ContentType, Data: str("t")}, Property{ID: ResponseTopic, Data: str("r")}, Property{ID: CorrelationData, Data: []byte{0, 255}},
				Property{ID: UserProperty, Data: str("k"), Value2: str("val")}, Property{ID: SubscriptionIdentifier, Num: MaxRemaining})}},

	{"puback 3.1", "40 02 0001", Packet{Type: PUBACK, Version: V31, HasID: true, ID: 1}},
	{"puback identifier 0", "40 02 0000", Packet{Type: PUBACK, Version: V311, HasID: true}},
	{"puback wrong flags, surplus", "4f 03 0001 00",
		Packet{Type: PUBACK, Version: V311, Flags: 15, Dup: true, QoS: 3, Retain: true, HasID: true, ID: 1, Surplus: []byte{0}}},
	{"puback 5 reason omitted", "40 02 0001", Packet{Type: PUBACK, Version: V5, HasID: true, ID: 1}},
	{"puback 5 properties omitted", "40 03 0001 10", Packet{Type: PUBACK, Version: V5, HasID: true, ID: 1, HasReason: true, Reason: 0x10}},
	{"puback 5 no properties", "40 04 0001 00 00", Packet{Type: PUBACK, Version: V5, HasID: true, ID: 1, HasReason: true, HasProps: true}},
	{"pubrec 5 reason string", "50 09 0001 97 05 1f 0002 'no'",
		Packet{Type: PUBREC, Version: V5, HasID: true, ID: 1, HasReason: true, Reason: 0x97, HasProps: true, Props: NewProperties(Property{ID: ReasonString, Data: str("no")})}},
	{"pubrec 3.1.1", "50 02 0102", Packet{Type: PUBREC, Version: V311, HasID: true, ID: 258}},
	{"pubrel 3.1 dup", "6a 02 0001", Packet{Type: PUBREL, Version: V31, Flags: 10, Dup: true, QoS: 1, HasID: true, ID: 1}},
	{"pubrel 3.1.1", "62 02 0001", Packet{Type: PUBREL, Version: V311, Flags: 2, QoS: 1, HasID: true, ID: 1}},
	{"pubrel 5", "62 03 0001 92", Packet{Type: PUBREL, Version: V5, Flags: 2, QoS: 1, HasID: true, ID: 1, HasReason: true, Reason: 0x92}},
	{"pubcomp 3.1.1", "70 02 0001", Packet{Type: PUBCOMP, Version: V311, HasID: true, ID: 1}},
	{"pubcomp 5", "70 02 0001", Packet{Type: PUBCOMP, Version: V5, HasID: true, ID: 1}},

	{"subscribe 3.1 dup", "8a 06 0001 0001 'a' 02",
		Packet{Type: SUBSCRIBE, Version: V31, Flags: 10, Dup: true, QoS: 1, HasID: true, ID: 1, Filters: []Filter{{Filter: str("a"), Options: 2}}}},
	{"subscribe 3.1.1 two filters, one empty, reserved bits", "82 09 0001 0001 '#' ff 0000 00",
		Packet{Type: SUBSCRIBE, Version: V311, Flags: 2, QoS: 1, HasID: true, ID: 1, Filters: []Filter{{Filter: str("#"), Options: 255}, {Filter: str("")}}}},
	{"subscribe 3.1.1 no filter", "82 02 0001", Packet{Type: SUBSCRIBE, Version: V311, Flags: 2, QoS: 1, HasID: true, ID: 1}},
	{"subscribe 5", "82 09 0001 02 0b 05 0001 'a' 2d",
		Packet{Type: SUBSCRIBE, Version: V5, Flags: 2, QoS: 1, HasID: true, ID: 1, HasProps: true,
			Props: NewProperties(Property{ID: SubscriptionIdentifier, Num: 5}), Filters: []Filter{{Filter: str("a"), Options: 0x2d}}}},
	{"suback 3.1", "90 04 0001 0002", Packet{Type: SUBACK, Version: V31, HasID: true, ID: 1, Codes: []byte{0, 2}}},
	{"suback 3.1.1 failure", "90 03 0001 80", Packet{Type: SUBACK, Version: V311, HasID: true, ID: 1, Codes: []byte{0x80}}},
	{"suback 5", "90 05 0001 00 01 97", Packet{Type: SUBACK, Version: V5, HasID: true, ID: 1, HasProps: true, Codes: []byte{1, 0x97}}},
	{"unsubscribe 3.1", "a2 05 0001 0001 'a'", Packet{Type: UNSUBSCRIBE, Version: V31, Flags: 2, QoS: 1, HasID: true, ID: 1, Filters: []Filter{{Filter: str("a")}}}},
	{"unsubscribe 3.1.1", "a2 08 0001 0001 'a' 0001 'b'",
		Packet{Type: UNSUBSCRIBE, Version: V311, Flags: 2, QoS: 1, HasID: true, ID: 1, Filters: []Filter{{Filter: str("a")}, {Filter: str("b")}}}},
	{"unsubscribe 5", "a2 06 0001 00 0001 'a'",
		Packet{Type: UNSUBSCRIBE, Version: V5, Flags: 2, QoS: 1, HasID: true, ID: 1, HasProps: true, Filters: []Filter{{Filter: str("a")}}}},
	{"unsuback 3.1", "b0 02 0001", Packet{Type: UNSUBACK, Version: V31, HasID: true, ID: 1}},
	{"unsuback 3.1.1 with codes", "b0 03 0001 00", Packet{Type: UNSUBACK, Version: V311, HasID: true, ID: 1, Surplus: []byte{0}}},
	{"unsuback 5", "b0 04 0001 00 11", Packet{Type: UNSUBACK, Version: V5, HasID: true, ID: 1, HasProps: true, Codes: []byte{0x11}}},

	{"pingreq 3.1", "c0 00", Packet{Type: PINGREQ, Version: V31}},
	{"pingreq surplus", "c0 01 00", Packet{Type: PINGREQ, Version: V311, Surplus: []byte{0}}},
	{"pingresp 3.1.1", "d0 00", Packet{Type: PINGRESP, Version: V311}},
	{"pingresp 5 padded length", "d0 80 00", Packet{Type: PINGRESP, Version: V5, HeaderLen: 3}},
	{"disconnect 3.1.1", "e0 00", Packet{Type: DISCONNECT, Version: V311}},
	{"disconnect 3.1 surplus", "e0 01 04", Packet{Type: DISCONNECT, Version: V31, Surplus: []byte{4}}},
	{"disconnect 5 omitted", "e0 00", Packet{Type: DISCONNECT, Version: V5}},
	{"disconnect 5 reason", "e0 01 04", Packet{Type: DISCONNECT, Version: V5, HasReason: true, Reason: 4}},
	{"disconnect 5 maximum", "e0 0d 8e 0b 11 00000000 1c 0003 'b:1'",
		Packet{Type: DISCONNECT, Version: V5, HasReason: true, Reason: 0x8e, HasProps: true,
			Props: NewProperties(Property{ID: SessionExpiryInterval}, Property{ID: ServerReference, Data: str("b:1")})}},
	{"disconnect 5 surplus", "e0 03 00 00 aa", Packet{Type: DISCONNECT, Version: V5, HasReason: true, HasProps: true, Surplus: []byte{0xaa}}},
	{"auth 5 omitted", "f0 00", Packet{Type: AUTH, Version: V5}},
	{"auth 5", "f0 0b 18 09 15 0003 'abc' 16 0000",
		Packet{Type: AUTH, Version: V5, HasReason: true, Reason: 0x18, HasProps: true,
			Props: NewProperties(Property{ID: AuthenticationMethod, Data: str("abc")}, Property{ID: AuthenticationData})}},
}

// bad are packets that do not decode, and why not.
var bad = []struct {
	name   string
	v      Version
	wire   string
	offset int
	field  string
	clause string
}{
	{"type 0, 3.1", V31, "00 00", 0, "mqtt.msgtype", "3.1 §2.1"},
	{"type 0, 3.1.1", V311, "0f 02 0000", 0, "mqtt.msgtype", "3.1.1 §2.2.1"},
	{"type 0, 5", V5, "00 00", 0, "mqtt.msgtype", "5.0 §2.1.2"},
	{"auth before 5", V311, "f0 00", 0, "mqtt.msgtype", "3.1.1 §2.2.1"},
	{"remaining length of five bytes", V5, "30 80 80 80 80 00", 1, "mqtt.len", "5.0 §1.5.5"},

	{"connect empty, level unknown yet", V5, "10 00", 2, "mqtt.proto_len", "3.1.1 §2.2.3"},
	{"connect name past end", 0, "10 04 0004 'MQ'", 4, "mqtt.protoname", "3.1.1 §2.2.3"},
	{"connect 3.1 no keep alive", 0, "10 0b 0006 'MQIsdp' 03 00 00", 12, "mqtt.kalive", "3.1 §2.1"},
	{"connect 3.1.1 no client id", 0, "10 0a 0004 'MQTT' 04 00 0000", 12, "mqtt.clientid_len", "MQTT-3.1.3-3"},
	{"connect 3.1 client id past end", 0, "10 0e 0006 'MQIsdp' 03 00 0000 0001", 16, "mqtt.clientid", "3.1 §3.1"},
	{"connect 5 no properties", 0, "10 0a 0004 'MQTT' 05 00 0000", 12, "mqtt.property_len", "MQTT-2.2.2-1"},
	{"connect 3.1.1 no will", 0, "10 0c 0004 'MQTT' 04 04 0000 0000", 14, "mqtt.willtopic_len", "MQTT-3.1.2-9"},
	{"connect 3.1 will message past end", 0, "10 14 0006 'MQIsdp' 03 04 0000 0001 'a' 0001 't' 0005", 22, "mqtt.willmsg", "3.1 §3.1"},
	{"connect 3.1.1 no user name", 0, "10 0c 0004 'MQTT' 04 80 0000 0000", 14, "mqtt.username_len", "MQTT-3.1.2-19"},
	{"connect 5 no user name", 0, "10 0d 0004 'MQTT' 05 80 0000 00 0000", 15, "mqtt.username_len", "MQTT-3.1.2-17"},
	{"connect 3.1.1 no password", 0, "10 0e 0004 'MQTT' 04 c0 0000 0000 0000", 16, "mqtt.passwd_len", "MQTT-3.1.2-21"},
	{"connect 5 no password", 0, "10 0d 0004 'MQTT' 05 40 0000 00 0000", 15, "mqtt.passwd_len", "MQTT-3.1.2-19"},
	{"connect 3.1.1 user name past end", 0, "10 0f 0004 'MQTT' 04 80 0000 0000 0004 'u'", 16, "mqtt.username", "3.1.1 §2.2.3"},
	{"connect 3.1 user name cut in its length", 0, "10 10 0006 'MQIsdp' 03 80 0000 0001 'a' 00", 17, "mqtt.username_len", "3.1 §2.1"},
	{"connect 5 unknown property goes on", 0, "10 0f 0004 'MQTT' 05 00 0000 02 7f00 0000", 13, "mqtt.property_id", "5.0 §2.2.2.2"},

	{"connack empty", V311, "20 00", 2, "mqtt.conack.flags", "3.1.1 §2.2.3"},
	{"connack no code", V31, "20 01 00", 3, "mqtt.conack.val", "3.1 §2.1"},
	{"connack 5 no property length", V5, "20 02 00 00", 4, "mqtt.property_len", "MQTT-2.2.2-1"},

	{"publish empty", V31, "30 00", 2, "mqtt.topic_len", "3.1 §2.1"},
	{"publish topic past end", V311, "30 03 0002 'a'", 4, "mqtt.topic", "3.1.1 §2.2.3"},
	{"publish no identifier", V311, "32 03 0001 'a'", 5, "mqtt.msgid", "3.1.1 §2.2.3"},
	{"publish half an identifier", V5, "32 04 0001 'a' 00", 5, "mqtt.msgid", "5.0 §2.1.4"},
	{"publish 5 no property length", V5, "30 03 0001 'a'", 5, "mqtt.property_len", "MQTT-2.2.2-1"},
	{"publish 5 properties past end", V5, "30 04 0001 'a' 01", 5, "mqtt.property_len", "5.0 §2.2.2.1"},
	{"publish 5 property length of five bytes", V5, "30 08 0001 'a' 80 80 80 80 00", 5, "mqtt.property_len", "5.0 §1.5.5"},
	{"publish 5 property length cut", V5, "30 04 0001 'a' 80", 5, "mqtt.property_len", "5.0 §2.1.4"},
	{"publish 5 property runs into the payload", V5, "30 09 0001 'a' 02 02 01 23 4567", 6, "mqtt.property_id", "5.0 §2.2.2.1"},
	{"publish 5 string runs into the payload", V5, "30 0a 0001 'a' 03 03 0003 'abc'", 6, "mqtt.property_id", "5.0 §2.2.2.1"},
	{"publish 5 string past end", V5, "30 09 0001 'a' 05 08 0003 'ab'", 9, "mqtt.prop_string", "5.0 §2.1.4"},
	{"publish 5 unknown property", V5, "30 08 0001 'a' 03 7f 0102 'x'", 6, "mqtt.property_id", "5.0 §2.2.2.2"},
	{"publish 5 property 0", V5, "30 05 0001 'a' 01 00", 6, "mqtt.property_id", "5.0 §2.2.2.2"},
	{"publish 5 subscription identifier of five bytes", V5, "30 0a 0001 'a' 06 0b ffffffff 7f", 7, "mqtt.prop_number", "5.0 §1.5.5"},
	{"publish 5 subscription identifier cut", V5, "30 06 0001 'a' 02 0b 80", 7, "mqtt.prop_number", "5.0 §2.1.4"},

	{"puback empty", V31, "40 00", 2, "mqtt.msgid", "3.1 §2.1"},
	{"puback half", V311, "40 01 00", 2, "mqtt.msgid", "3.1.1 §2.2.3"},
	{"puback 5 properties past end", V5, "40 04 0001 00 03", 5, "mqtt.property_len", "5.0 §2.2.2.1"},
	{"pubrel 5 half", V5, "62 01 00", 2, "mqtt.msgid", "5.0 §2.1.4"},

	{"subscribe empty", V311, "82 00", 2, "mqtt.msgid", "3.1.1 §2.2.3"},
	{"subscribe no options", V311, "82 05 0001 0001 'a'", 7, "mqtt.sub.qos", "3.1.1 §2.2.3"},
	{"subscribe second filter past end", V31, "82 09 0001 0001 'a' 00 0002 'b'", 10, "mqtt.topic", "3.1 §2.1"},
	{"subscribe 5 no options", V5, "82 06 0001 00 0001 'a'", 8, "mqtt.subscription_options", "5.0 §2.1.4"},
	{"subscribe 5 no property length", V5, "82 02 0001", 4, "mqtt.property_len", "MQTT-2.2.2-1"},
	{"suback half an identifier", V311, "90 01 00", 2, "mqtt.msgid", "3.1.1 §2.2.3"},
	{"suback 5 no property length", V5, "90 02 0001", 4, "mqtt.property_len", "MQTT-2.2.2-1"},
	{"unsubscribe filter past end", V311, "a2 05 0001 0002 'a'", 6, "mqtt.topic", "3.1.1 §2.2.3"},
	{"unsubscribe half a filter length", V31, "a2 03 0001 00", 4, "mqtt.topic_len", "3.1 §2.1"},
	{"unsuback empty", V31, "b0 00", 2, "mqtt.msgid", "3.1 §2.1"},
	{"unsuback 5 no property length", V5, "b0 02 0001", 4, "mqtt.property_len", "MQTT-2.2.2-1"},
	{"disconnect 5 properties past end", V5, "e0 03 00 05 11", 3, "mqtt.property_len", "5.0 §2.2.2.1"},
	{"auth 5 method past end", V5, "f0 06 18 04 15 0003 'a'", 7, "mqtt.prop_string", "5.0 §2.1.4"},
}

// comparable leaves out what follows from the bytes.
var samePacket = cmp.Options{
	cmpopts.IgnoreUnexported(Packet{}),
	cmpopts.IgnoreFields(Packet{}, "Remaining", "HeaderLen", "SurplusOffset"),
	cmpopts.IgnoreFields(Filter{}, "Offset"),
	cmpopts.IgnoreFields(Properties{}, "Offset", "LengthBytes"),
	cmpopts.EquateEmpty(),
}

func TestDecode(t *testing.T) {
	var p Packet
	for _, tt := range good {
		t.Run(tt.name, func(t *testing.T) {
			b := bin(tt.wire)
			if err := p.Decode(b, tt.p.Version); err != nil {
				t.Fatal(err)
			}
			if p.Type != CONNECT {
				p.Connect = Connect{}
			}
			if d := cmp.Diff(tt.p, p, samePacket); d != "" {
				t.Errorf("decoded (-want +got):\n%s", d)
			}
			if p.HeaderLen+p.Remaining != len(b) {
				t.Errorf("fixed header %d and remaining length %d make no packet of %d", p.HeaderLen, p.Remaining, len(b))
			}
		})
	}
}

func TestAppend(t *testing.T) {
	for _, tt := range good {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.p.Append([]byte("before"))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(bin(tt.wire), got[len("before"):]); d != "" {
				t.Errorf("encoded (-want +got):\n%s", d)
			}
		})
	}
}

func TestDecodeMalformed(t *testing.T) {
	var p Packet
	for _, tt := range bad {
		t.Run(tt.name, func(t *testing.T) {
			err := p.Decode(bin(tt.wire), tt.v)
			m, ok := err.(*Malformed)
			if !ok {
				t.Fatalf("got %v, want a *Malformed", err)
			}
			if m.Offset != tt.offset || m.Field != tt.field || m.Clause != tt.clause {
				t.Errorf("got %d %s %s (%v)\nwant %d %s %s", m.Offset, m.Field, m.Clause, m, tt.offset, tt.field, tt.clause)
			}
		})
	}
}

// What stands before the error, and behind it where the boundary is known, is
// decoded.
func TestDecodeBeforeError(t *testing.T) {
	var p Packet
	if err := p.Decode(bin("32 09 0001 'a' 0007 02 7f00 'x'"), V5); err == nil {
		t.Fatal("unknown property decoded")
	}
	if string(p.Topic) != "a" || p.ID != 7 || string(p.Payload) != "x" {
		t.Errorf("topic %q, identifier %d, payload %q", p.Topic, p.ID, p.Payload)
	}
	if err := p.Decode(bin("82 0b 0001 0001 'a' 01 0001 'b' 02 00"), V311); err == nil {
		t.Fatal("half a filter length decoded")
	}
	if len(p.Filters) != 2 || string(p.Filters[1].Filter) != "b" || p.Filters[1].Options != 2 {
		t.Errorf("filters %v", p.Filters)
	}
	if err := p.Decode(bin("10 0f 0004 'MQTT' 04 c0 0005 0001 'a' 0000"), 0); err == nil {
		t.Fatal("missing password decoded")
	}
	if c := p.Connect; string(c.ClientID) != "a" || c.KeepAlive != 5 || !c.HasUserName || c.HasPassword {
		t.Errorf("connect %+v", c)
	}
}

// A CONNECT that is cut leaves nothing of the CONNECT before it.
func TestDecodeShortConnect(t *testing.T) {
	var p Packet
	if err := p.Decode(bin("10 0d 0004 'MQTT' 04 02 003c 0001 'a'"), 0); err != nil {
		t.Fatal(err)
	}
	if err := p.Decode(bin("10 0d 0004"), 0); err != ErrShort || p.Connect.ClientID != nil {
		t.Errorf("%v, client id %q", err, p.Connect.ClientID)
	}
}

// Every prefix of a packet is short.
func TestEveryPrefixFails(t *testing.T) {
	var p Packet
	for _, tt := range good {
		b := bin(tt.wire)
		for i := range b {
			if err := p.Decode(b[:i], tt.p.Version); err != ErrShort {
				t.Errorf("%s: prefix of %d bytes: %v", tt.name, i, err)
			}
			if _, _, err := Next(b[:i]); err != ErrShort {
				t.Errorf("%s: Next of %d bytes: %v", tt.name, i, err)
			}
		}
	}
}
