package export

import (
	"bytes"
	"encoding/hex"
	"strconv"

	"plcscope/flows"
	"plcscope/mqtt"
)

// MQTT is an MQTT control packet.
type MQTT struct {
	At
	Link
	Shape
	Type           string     `parquet:"type,dict" json:"type" doc:"PUBLISH, CONNECT and so on"`
	Version        string     `parquet:"version,dict" json:"version" doc:"of MQTT by which it was read: 3.1, 3.1.1 or 5.0"`
	VersionGuessed bool       `parquet:"version_guessed" json:"version_guessed" doc:"no CONNECT was seen that tells the version"`
	WebSocket      bool       `parquet:"websocket" json:"websocket" doc:"it came in frames of WebSocket"`
	ClientID       string     `parquet:"client_id,optional,dict" json:"client_id,omitzero" doc:"client identifier of the connection, once it is known"`
	QoS            *int64     `parquet:"qos,optional" json:"qos,omitzero" doc:"of a PUBLISH, 0 to 2"`
	Dup            *bool      `parquet:"dup,optional" json:"dup,omitzero" doc:"of a PUBLISH: sent again"`
	Retain         *bool      `parquet:"retain,optional" json:"retain,omitzero" doc:"of a PUBLISH: retained"`
	PacketID       *int64     `parquet:"packet_id,optional" json:"packet_id,omitzero" doc:"packet identifier"`
	Topic          string     `parquet:"topic,optional,dict" json:"topic,omitzero" doc:"of a PUBLISH, also where an alias stands for it"`
	Payload        []byte     `parquet:"payload,optional" json:"payload,omitzero" doc:"of a PUBLISH, as on the wire"`
	Filters        []string   `parquet:"filters,list,optional" json:"filters,omitzero" doc:"of SUBSCRIBE and UNSUBSCRIBE, in their order"`
	FilterOptions  []int64    `parquet:"filter_options,list,optional" json:"filter_options,omitzero" doc:"of SUBSCRIBE: the options of each filter as on the wire; the two lowest bits are the QoS asked for"`
	Codes          []int64    `parquet:"codes,list,optional" json:"codes,omitzero" doc:"of SUBACK and UNSUBACK: the answer to each filter"`
	ReasonCode     *int64     `parquet:"reason_code,optional" json:"reason_code,omitzero" doc:"return code of a CONNACK, reason code of 5.0"`
	Reason         string     `parquet:"reason,optional,dict" json:"reason,omitzero" doc:"the same in words"`
	SessionPresent *bool      `parquet:"session_present,optional" json:"session_present,omitzero" doc:"of a CONNACK"`
	CleanSession   *bool      `parquet:"clean_session,optional" json:"clean_session,omitzero" doc:"of a CONNECT, Clean Start in 5.0"`
	KeepAlive      *int64     `parquet:"keep_alive,optional" json:"keep_alive,omitzero" doc:"of a CONNECT, in seconds"`
	UserName       string     `parquet:"user_name,optional,dict" json:"user_name,omitzero" doc:"of a CONNECT; passwords are not exported"`
	HasPassword    *bool      `parquet:"has_password,optional" json:"has_password,omitzero" doc:"of a CONNECT: it carries a password"`
	WillTopic      string     `parquet:"will_topic,optional,dict" json:"will_topic,omitzero" doc:"of a CONNECT with a will"`
	WillPayload    []byte     `parquet:"will_payload,optional" json:"will_payload,omitzero" doc:"of the will, as on the wire"`
	WillQoS        *int64     `parquet:"will_qos,optional" json:"will_qos,omitzero" doc:"of the will"`
	WillRetain     *bool      `parquet:"will_retain,optional" json:"will_retain,omitzero" doc:"of the will"`
	Properties     []Property `parquet:"properties,list,optional" json:"properties,omitzero" doc:"of 5.0, in their order, without those of a will; binary ones in hexadecimal, authentication data left out"`
	UserProperties []Property `parquet:"user_properties,list,optional" json:"user_properties,omitzero" doc:"of 5.0, in their order"`
}

// Property is a property of MQTT 5.0.
type Property struct {
	Name  string `parquet:"name" json:"name" doc:"as the standard names it, or the sender"`
	Value string `parquet:"value" json:"value" doc:"as text"`
}

func (r *MQTT) own() { r.Payload, r.WillPayload = bytes.Clone(r.Payload), bytes.Clone(r.WillPayload) }

func (r *MQTT) size() int {
	n := 200 + len(r.Topic) + len(r.Payload) + len(r.WillTopic) + len(r.WillPayload) + len(r.UserName) + len(r.Malformed) + 8*(len(r.Codes)+len(r.FilterOptions))
	for _, f := range r.Filters {
		n += 16 + len(f)
	}
	for _, p := range r.Properties {
		n += 32 + len(p.Name) + len(p.Value)
	}
	for _, p := range r.UserProperties {
		n += 32 + len(p.Name) + len(p.Value)
	}
	return n
}

// mqtt fills in a row. What p holds is borrowed until the row is written.
func (e *Exporter) mqtt(m *flows.Message, c *connection) {
	p := m.Packet
	if m.Skipped > 0 {
		e.part.DecodePart(m.Bytes, m.Version, nil)
		p = &e.part
	}
	c.aliases[m.Dir].Resolve(p, nil)
	r := &e.rowMQTT
	*r = MQTT{At: e.at(m), Link: c.link(m), Shape: shape(m), Type: p.Type.String(), Version: m.Version.String(), VersionGuessed: m.Conn.VersionGuessed, WebSocket: m.Carrier.Frames > 0}
	if p.HasID {
		r.PacketID = number(p.ID)
	}
	switch p.Type {
	case mqtt.CONNECT:
		e.connect(r, p, c)
	case mqtt.CONNACK:
		if x, ok := p.Props.Find(mqtt.AssignedClientIdentifier); ok {
			c.id = text(x.Data)
		}
		if m.Err == nil {
			r.SessionPresent = truth(p.SessionPresent)
			r.ReasonCode, r.Reason = number(p.Code), p.Code.Name(p.Type)
		}
	case mqtt.PUBLISH:
		r.QoS, r.Dup, r.Retain = number(p.QoS), truth(p.Dup), truth(p.Retain)
		r.Topic, r.Payload = text(p.Topic), p.Payload
	case mqtt.SUBACK, mqtt.UNSUBACK:
		for _, x := range p.Codes {
			r.Codes = append(r.Codes, int64(x))
		}
	}
	for i := range p.Filters {
		f := &p.Filters[i]
		r.Filters = append(r.Filters, text(f.Filter))
		if p.Type == mqtt.SUBSCRIBE {
			r.FilterOptions = append(r.FilterOptions, int64(f.Options))
		}
	}
	if p.HasReason {
		r.ReasonCode, r.Reason = number(p.Reason), p.Reason.Name(p.Type)
	}
	r.ClientID = c.id
	r.properties(p.Props)
	e.tables.mqtt.put(r)
}

func (e *Exporter) connect(r *MQTT, p *mqtt.Packet, c *connection) {
	x := &p.Connect
	c.id = text(x.ClientID)
	r.CleanSession, r.KeepAlive, r.HasPassword = truth(x.CleanSession()), number(x.KeepAlive), truth(x.HasPassword)
	if x.HasUserName {
		r.UserName = text(x.UserName)
	}
	if x.HasWill {
		r.WillTopic, r.WillPayload = text(x.WillTopic), x.WillMessage
		r.WillQoS, r.WillRetain = number(x.WillQoS()), truth(x.WillRetain())
	}
}

func (r *MQTT) properties(ps mqtt.Properties) {
	for p := range ps.All() {
		switch p.ID.Kind() {
		case mqtt.KindPair:
			r.UserProperties = append(r.UserProperties, Property{text(p.Data), text(p.Value2)})
			continue
		case mqtt.KindBinary:
			if p.ID != mqtt.AuthenticationData {
				r.Properties = append(r.Properties, Property{p.ID.String(), hex.EncodeToString(p.Data)})
			}
		case mqtt.KindString:
			r.Properties = append(r.Properties, Property{p.ID.String(), text(p.Data)})
		default:
			r.Properties = append(r.Properties, Property{p.ID.String(), strconv.FormatUint(uint64(p.Num), 10)})
		}
	}
}
