package broker

import (
	"plcscope/internal/fingerprint"
	"plcscope/mqtt"
)

// Retained is a message with RETAIN 1 as a client has published it; At.Frame is 0
// when there was none in the capture.
type Retained struct {
	Present bool   // it has a payload; without one it clears the topic
	Content uint64 // fingerprint.Of(0, payload)
	Length  int    // of the payload, in bytes
	QoS     mqtt.QoS
	Version mqtt.Version // of its publisher
	Props   Props
	From    *Client // whose session may be over by now
	At      Ref
	Number  uint64 // of the publication; see Broker.Publication
	// Taken is when the broker has acknowledged it (PUBACK; PUBREC and then
	// PUBCOMP): from there on it is certainly in force. QoS 0 has none.
	Taken   Ref
	Refused bool // by PUBACK or PUBREC of 5.0
	Sure    bool // the capture shows its connection whole
	Will    bool // it is a will: At is when it fell due at the earliest
}

// retain takes a publication with RETAIN 1 into the store.
func (b *Broker) retain(t *Topic, p *Publication, payload []byte) {
	was := t.Retained.Present
	t.Before = t.Retained
	t.Retained = Retained{
		Present: len(payload) > 0, Content: fingerprint.Of(0, payload), Length: len(payload), QoS: p.QoS, Version: p.Version,
		Props: p.Props, From: p.From, At: p.At, Number: p.Number, Sure: p.Sure, Will: p.Will,
	}
	if now := t.Retained.Present; now != was {
		if now {
			b.retained++
		} else {
			b.retained--
		}
	}
}
