package broker

import (
	"bytes"

	"plcscope/internal/fingerprint"
	"plcscope/mqtt"
)

// WillState is what has become of a will.
type WillState uint8

const (
	NoWill    WillState = iota // the CONNECT has none
	Declared                   // a CONNECT with it was sent, and not yet accepted
	Armed                      // the CONNECT was accepted
	Dismissed                  // the client has said DISCONNECT without asking for it
	Due                        // the connection is over otherwise: it is to be published, after its delay
	Cancelled                  // the client was back before its delay was over
)

// Will is the will of a client's latest connection.
type Will struct {
	State   WillState
	Topic   []byte
	Payload []byte // at most 1024 bytes of it are kept
	Content uint64 // fingerprint.Of(0, payload)
	Length  int
	QoS     mqtt.QoS
	Retain  bool
	Version mqtt.Version
	Props   Props // with the Will Delay Interval
	At      Ref   // the CONNECT
	Until   Ref   // what has put it into its present state
	// Number is that of the publication which the model has made of it when it
	// fell due; 0: none. See Broker.Publication.
	Number uint64
}

const maxWill = 1024

// Declare takes in the will of a CONNECT. That of the connection before becomes
// LastWill, and one from before that is forgotten.
func (c *Client) Declare(k *mqtt.Connect, v mqtt.Version, at Ref) {
	c.Will, c.LastWill = c.LastWill, c.Will
	w := &c.Will
	topic, payload := w.Topic[:0], w.Payload[:0]
	*w = Will{}
	w.Topic, w.Payload = topic, payload
	if !k.WillFlag() || len(k.WillTopic) > maxName {
		return
	}
	w.State, w.Version, w.At, w.Until = Declared, v, at, at
	w.Topic = append(topic, k.WillTopic...)
	w.Payload = append(payload, k.WillMessage[:min(len(k.WillMessage), maxWill)]...)
	w.Content, w.Length = fingerprint.Of(0, k.WillMessage), len(k.WillMessage)
	w.QoS, w.Retain = k.WillQoS(), k.WillRetain()
	w.Props = PropsOf(&k.WillProps)
}

// Arm takes in the CONNACK that accepts the CONNECT of the will.
func (c *Client) Arm(at Ref) {
	if w := &c.Will; w.State == Declared {
		w.State, w.Until = Armed, at
	}
}

// Refuse takes in the CONNACK that refuses the CONNECT of the will.
func (c *Client) Refuse() {
	if w := &c.Will; w.State == Declared {
		w.State = NoWill
	}
}

// Dismiss takes in a DISCONNECT that leaves the will unpublished.
func (c *Client) Dismiss(at Ref) {
	if w := &c.Will; w.State == Declared || w.State == Armed {
		w.State, w.Until = Dismissed, at
	}
}

// WillDue takes in that the connection is over without that: the broker is to
// publish the will, after its delay. It becomes a Publication, so that what the
// subscribers get is known for it; sure says that the capture shows the
// connection whole.
func (c *Client) WillDue(at Ref, sure bool) {
	w := &c.Will
	if w.State != Armed && w.State != Declared {
		return
	}
	sure = sure && w.State == Armed
	w.State, w.Until = Due, at
	if w.Length > len(w.Payload) {
		return // matched by nothing
	}
	b := c.Broker
	if p := b.publish(c, &message{hash: fingerprint.Of(0, w.Topic), topic: w.Topic, payload: w.Payload, qos: w.QoS, retain: w.Retain, props: w.Props, version: w.Version, at: at, sure: sure, will: true}); p != nil {
		w.Number = p.Number
	}
}

// Cancel takes in that the client has continued its session before the delay of
// its will was over.
func (c *Client) Cancel(at Ref) {
	if w := &c.Will; w.State == Due && w.Props.Delay > 0 {
		w.State, w.Until = Cancelled, at
	}
}

// IsWill reports whether that topic and payload are those of the will.
func (w *Will) IsWill(topic, payload []byte) bool {
	return w.State != NoWill && w.Length == len(payload) && bytes.Equal(w.Topic, topic) && w.Content == fingerprint.Of(0, payload)
}
