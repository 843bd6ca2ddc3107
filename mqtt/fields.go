package mqtt

import (
	"strconv"

	"plcscope/internal/wire"
)

// Fields are the fields that Dissect adds, under Wireshark's names. They print
// as tshark 4.0 prints them, but for mqtt.property_len above 127: tshark 4.0
// takes the bytes of that variable length integer as a plain number, we decode
// it. Wireshark's mqtt.msg_text, mqtt.willmsg_text and mqtt.msg_decoded_as exist
// only under a preference that is off, and are left out.
var Fields wire.Table

var (
	fMQTT           = Fields.None("mqtt", "MQ Telemetry Transport Protocol")
	fUnknownVersion = Fields.None("mqtt.unknown_version", "Unknown version (missing the CONNECT packet?)")

	// Fixed header.
	fHdrFlags       = Fields.Uint("mqtt.hdrflags", "Header Flags", 1, wire.Hex, nil)
	fMsgType        = Fields.Uint("mqtt.msgtype", "Message Type", 1, wire.Dec, func(v uint64) string { return PacketType(v).String() })
	fHdrReserved    = Fields.Uint("mqtt.hdr_reserved", "Reserved", 1, wire.Dec, nil)
	fDup            = Fields.Bool("mqtt.dupflag", "DUP Flag")
	fQoS            = Fields.Uint("mqtt.qos", "QoS Level", 1, wire.Dec, qosName)
	fRetain         = Fields.Bool("mqtt.retain", "Retain")
	fRetainReserved = Fields.Uint("mqtt.retain_reserved", "Reserved", 1, wire.Dec, nil)
	fLen            = Fields.Uint("mqtt.len", "Remaining Length", 8, wire.Dec, nil)
	fID             = Fields.Uint("mqtt.msgid", "Packet Identifier", 2, wire.Dec, nil)

	// CONNECT.
	fProtoLen        = Fields.Uint("mqtt.proto_len", "Protocol Name Length", 2, wire.Dec, nil)
	fProtoName       = Fields.String("mqtt.protoname", "Protocol Name")
	fLevel           = Fields.Uint("mqtt.ver", "Protocol Level", 1, wire.Dec, levelName)
	fConFlags        = Fields.Uint("mqtt.conflags", "Connect Flags", 1, wire.Hex, nil)
	fConFlagUserName = Fields.Bool("mqtt.conflag.uname", "User Name Flag")
	fConFlagPassword = Fields.Bool("mqtt.conflag.passwd", "Password Flag")
	fConFlagRetain   = Fields.Bool("mqtt.conflag.retain", "Will Retain")
	fConFlagQoS      = Fields.Uint("mqtt.conflag.qos", "Will QoS", 1, wire.Dec, qosName)
	fConFlagWill     = Fields.Bool("mqtt.conflag.willflag", "Will Flag")
	fConFlagClean    = Fields.Bool("mqtt.conflag.cleansess", "Clean Session Flag")
	fConFlagReserved = Fields.Bool("mqtt.conflag.reserved", "(Reserved)")
	fKeepAlive       = Fields.Uint("mqtt.kalive", "Keep Alive", 2, wire.Dec, nil)
	fClientIDLen     = Fields.Uint("mqtt.clientid_len", "Client Identifier Length", 2, wire.Dec, nil)
	fClientID        = Fields.String("mqtt.clientid", "Client Identifier")
	fWillTopicLen    = Fields.Uint("mqtt.willtopic_len", "Will Topic Length", 2, wire.Dec, nil)
	fWillTopic       = Fields.String("mqtt.willtopic", "Will Topic")
	fWillMessageLen  = Fields.Uint("mqtt.willmsg_len", "Will Message Length", 2, wire.Dec, nil)
	fWillMessage     = Fields.Bytes("mqtt.willmsg", "Will Message")
	fUserNameLen     = Fields.Uint("mqtt.username_len", "User Name Length", 2, wire.Dec, nil)
	fUserName        = Fields.String("mqtt.username", "User Name")
	fPasswordLen     = Fields.Uint("mqtt.passwd_len", "Password Length", 2, wire.Dec, nil)
	fPassword        = Fields.Secret("mqtt.passwd", "Password")
	fIllegalTopicLen = Fields.None("mqtt.illegal_topic_length", "Length cannot be 0")
	fUnknownAlias    = Fields.None("mqtt.unknown_topic_alias", "Unknown topic alias")

	// CONNACK.
	fAckFlags         = Fields.Uint("mqtt.conack.flags", "Acknowledge Flags", 1, wire.Hex, nil)
	fAckReserved      = Fields.Bool("mqtt.conack.flags.reserved", "Reserved")
	fAckSession       = Fields.Bool("mqtt.conack.flags.sp", "Session Present")
	fReturnCode       = Fields.Uint("mqtt.conack.val", "Return Code", 1, wire.Dec, reasonName(CONNACK))
	fReasonConnack    = Fields.Uint("mqtt.connack.reason_code", "Reason Code", 1, wire.Dec, reasonName(CONNACK))
	fReasonPuback     = Fields.Uint("mqtt.puback.reason_code", "Reason Code", 1, wire.Dec, reasonName(PUBACK))
	fReasonPubrec     = Fields.Uint("mqtt.pubrec.reason_code", "Reason Code", 1, wire.Dec, reasonName(PUBREC))
	fReasonPubrel     = Fields.Uint("mqtt.pubrel.reason_code", "Reason Code", 1, wire.Dec, reasonName(PUBREL))
	fReasonPubcomp    = Fields.Uint("mqtt.pubcomp.reason_code", "Reason Code", 1, wire.Dec, reasonName(PUBCOMP))
	fReasonSuback     = Fields.Uint("mqtt.suback.reason_code", "Reason Code", 1, wire.Dec, reasonName(SUBACK))
	fReasonUnsuback   = Fields.Uint("mqtt.unsuback.reason_code", "Reason Code", 1, wire.Dec, reasonName(UNSUBACK))
	fReasonDisconnect = Fields.Uint("mqtt.disconnect.reason_code", "Reason Code", 1, wire.Dec, reasonName(DISCONNECT))
	fReasonAuth       = Fields.Uint("mqtt.auth.reason_code", "Reason Code", 1, wire.Dec, reasonName(AUTH))

	// PUBLISH, SUBSCRIBE, SUBACK, UNSUBSCRIBE.
	fTopicLen    = Fields.Uint("mqtt.topic_len", "Topic Length", 2, wire.Dec, nil)
	fTopic       = Fields.String("mqtt.topic", "Topic")
	fMessage     = Fields.Bytes("mqtt.msg", "Message")
	fSubQoS      = Fields.Uint("mqtt.sub.qos", "Requested QoS", 1, wire.Dec, qosName)
	fSubackQoS   = Fields.Uint("mqtt.suback.qos", "Granted QoS", 1, wire.Dec, reasonName(SUBACK))
	fSubOptions  = Fields.Uint("mqtt.subscription_options", "Subscription Options", 1, wire.Hex, nil)
	fSubReserved = Fields.Uint("mqtt.subscription_options_reserved", "Reserved", 1, wire.Hex, nil)
	fSubRetain   = Fields.Uint("mqtt.subscription_options_retain", "Retain Handling", 1, wire.Dec, retainHandlingName)
	fSubRAP      = Fields.Bool("mqtt.subscription_options_rap", "Retain As Published")
	fSubNoLocal  = Fields.Bool("mqtt.subscription_options_nl", "No Local")
	fSubMaxQoS   = Fields.Uint("mqtt.subscription_options_qos", "QoS", 1, wire.Dec, qosName)

	// Properties.
	fProperties      = Fields.None("mqtt.properties", "Properties")
	fWillProperties  = Fields.None("mqtt.will_properties", "Will Properties")
	fPropertyLen     = Fields.Uint("mqtt.property_len", "Total Length", 8, wire.Dec, nil)
	fPropertyID      = Fields.Uint("mqtt.property_id", "ID", 1, wire.Hex, func(v uint64) string { return PropertyID(v).String() })
	fPropNumber      = Fields.Uint("mqtt.prop_number", "Value", 4, wire.Dec, nil)
	fPropContentType = Fields.String("mqtt.property.content_type", "Content Type")
	fPropMaxQoS      = Fields.Uint("mqtt.property.max_qos", "QoS", 1, wire.Dec, qosName)
	fPropTopicAlias  = Fields.Uint("mqtt.property.topic_alias", "Topic Alias", 2, wire.Dec, nil)
	fPropUnknown     = Fields.String("mqtt.prop_unknown", "Unknown Property")
	fPropStringLen   = Fields.Uint("mqtt.prop_string_len", "Length", 4, wire.Dec, nil)
	fPropString      = Fields.String("mqtt.prop_string", "Value")
	fPropKeyLen      = Fields.Uint("mqtt.prop_key_len", "Key Length", 4, wire.Dec, nil)
	fPropKey         = Fields.String("mqtt.prop_key", "Key")
	fPropValueLen    = Fields.Uint("mqtt.prop_value_len", "Value Length", 4, wire.Dec, nil)
	fPropValue       = Fields.String("mqtt.prop_value", "Value")
)

// fReason is the field of each packet type's reason code.
var fReason = [16]*wire.Field{
	CONNACK: fReasonConnack, PUBACK: fReasonPuback, PUBREC: fReasonPubrec, PUBREL: fReasonPubrel,
	PUBCOMP: fReasonPubcomp, SUBACK: fReasonSuback, UNSUBACK: fReasonUnsuback,
	DISCONNECT: fReasonDisconnect, AUTH: fReasonAuth,
}

func qosName(v uint64) string { return QoS(v).String() }

func reasonName(t PacketType) func(uint64) string {
	return func(v uint64) string { return ReasonCode(v).Name(t) }
}

func levelName(v uint64) string {
	name := versionOfLevel(uint8(v)).String()
	if v&bridgeBit != 0 {
		return name + ", bridge"
	}
	return name
}

func retainHandlingName(v uint64) string {
	switch v {
	case 0:
		return "send retained messages"
	case 1:
		return "send retained messages to a new subscription"
	case 2:
		return "do not send retained messages"
	}
	return "retain handling " + strconv.FormatUint(v, 10)
}
