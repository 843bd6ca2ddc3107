package gen

// Plan says what a capture holds. The zero value is an empty capture.
type Plan struct {
	Seed int64

	Publishers  int // MQTT clients that publish with QoS 1
	Subscribers int // MQTT clients to which the broker forwards that, each its share
	Messages    int // of each publisher
	Payload     int // bytes of each message, or as many as its number takes; 0 means 24

	Pollers int // S7 connections
	Polls   int // reads on each

	Idle  int // MQTT clients that connect and are silent but for their pings
	Pings int // of each of them

	// Levels are the MQTT protocol levels that clients take in turns: 3, 4 or 5. None
	// means 4.
	Levels []byte

	// Shares, from 0 to 1, of the segments with data from publishers, subscribers and
	// pollers: those captured twice because they were sent twice, those of which the
	// halves are captured the other way round, and those that the capture lacks.
	Retransmitted, Reordered, Lost float64

	VLAN uint16 // identifier of an 802.1Q tag, 0 for none
}

// Truth counts what was made; what the capture lacks counts as Lost alone.
type Truth struct {
	Frames      uint64            `json:"frames"`
	Bytes       int64             `json:"bytes"` // of the file
	Connections uint64            `json:"connections"`
	MQTT        map[string]uint64 `json:"mqtt"` // packets by type
	ISO         uint64            `json:"iso"`  // TPKTs
	Jobs        uint64            `json:"s7_jobs"`
	Answers     uint64            `json:"s7_answers"`

	Retransmitted uint64 `json:"retransmitted"`
	Reordered     uint64 `json:"reordered"`
	Lost          uint64 `json:"lost"` // segments, each with one message
}

// Packets is the number of MQTT packets.
func (t *Truth) Packets() uint64 {
	var n uint64
	for _, k := range t.MQTT {
		n += k
	}
	return n
}
