package export

import (
	"plcscope/flows/delivery"
	"plcscope/mqtt/session"
)

// Delivery is what became of a message of QoS 1 or 2 between one side of a session and
// the other. Time and frame are those of its first sending.
type Delivery struct {
	At
	Broker     string `parquet:"broker,dict" json:"broker" doc:"address and port of the broker"`
	ClientID   string `parquet:"client_id,optional,dict" json:"client_id,omitzero" doc:"client identifier of the session"`
	Client     string `parquet:"client,dict" json:"client" doc:"address and port of the client on its first connection"`
	NoConnect  bool   `parquet:"no_connect" json:"no_connect" doc:"no CONNECT in the capture tells whose session it is"`
	FromClient bool   `parquet:"from_client" json:"from_client" doc:"whether the client sent the message; else the broker did"`
	PacketID   int64  `parquet:"packet_id" json:"packet_id" doc:"packet identifier"`
	QoS        int64  `parquet:"qos" json:"qos" doc:"1 or 2"`
	Topic      string `parquet:"topic,optional,dict" json:"topic,omitzero" doc:"its first 128 bytes"`
	Fate       string `parquet:"fate,dict" json:"fate" doc:"completed, refused, lost, abandoned, replaced, unknown or open, as check --audit counts them"`
	Doubt      string `parquet:"doubt,optional,dict" json:"doubt,omitzero" doc:"why the fate is unknown"`
	Sends      int64  `parquet:"sends" json:"sends" doc:"how often it was sent"`
	LastFrame  int64  `parquet:"last_frame,delta" json:"last_frame" doc:"frame of its last sending, or of the PUBREL behind it"`
	LastNs     int64  `parquet:"last_ns,delta" json:"last_ns" doc:"time of that frame, nanoseconds since 1970"`
	AckedFrame *int64 `parquet:"acked_frame,optional" json:"acked_frame,omitzero" doc:"frame of its first acknowledgement, PUBACK or PUBREC"`
	AckedNs    *int64 `parquet:"acked_after_ns,optional" json:"acked_after_ns,omitzero" doc:"how long after the first sending that came, in nanoseconds"`
	ByFrame    *int64 `parquet:"decided_frame,optional" json:"decided_frame,omitzero" doc:"frame that decided its fate; null where it was the end of the capture"`
	Reached    *bool  `parquet:"reached,optional" json:"reached,omitzero" doc:"of a lost message: the receiver's TCP had acknowledged its last byte, so that it was lost in the receiver"`
}

func (r *Delivery) size() int { return 150 + len(r.Topic) }

// Delivery takes in a message whose fate is decided.
func (e *Exporter) Delivery(x *delivery.Settled) {
	r := &e.rowDelivery
	*r = Delivery{
		At:     At{Time: stamp(x.First.Time), TimeNs: x.First.Time, Tap: e.opt.Tap, Frame: int64(x.First.Frame)},
		Broker: x.Broker.String(), ClientID: text([]byte(x.Name.Client)), Client: x.Address.String(), NoConnect: x.Stranger,
		FromClient: x.Sender == session.Client, PacketID: int64(x.ID), QoS: int64(x.QoS), Topic: text(x.Topic),
		Fate: x.Fate.String(), Doubt: x.Doubt.String(), Sends: int64(x.Sends),
		LastFrame: int64(x.Last.Frame), LastNs: x.Last.Time,
	}
	if x.Acked.Frame != 0 {
		r.AckedFrame, r.AckedNs = number(x.Acked.Frame), number(x.Acked.Time-x.First.Time)
	}
	if x.Fate == delivery.Lost {
		r.Reached = truth(x.Reached)
	}
	if x.By.Frame != 0 {
		r.ByFrame = number(x.By.Frame)
	}
	e.tables.deliveries.put(r)
}
