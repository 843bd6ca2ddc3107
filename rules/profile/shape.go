package profile

// The shape of the file: one struct a mapping, one field a key. Defaults are those
// of the zero value. docs/schema/profile.schema.json is made from these types.

type file struct {
	Version    int           `yaml:"version"`
	Subjects   []subject     `yaml:"subjects"`
	Tolerances tolerances    `yaml:"tolerances"`
	Severity   map[word]word `yaml:"severity"`
	Waivers    []waiver      `yaml:"waivers"`
	Site       site          `yaml:"site"`
	Replies    []word        `yaml:"replies"`
	Symbols    []word        `yaml:"symbols"`
	Values     []carried     `yaml:"values"`
}

// carried is a value of a controller that is published.
type carried struct {
	At         place
	Controller word `yaml:"controller"`
	Address    word `yaml:"address"`
	Symbol     word `yaml:"symbol"`
	Type       word `yaml:"type"`
	Topic      word `yaml:"topic"`
	Path       word `yaml:"path"`
}

type subject struct {
	At        place
	Name      word   `yaml:"name"`
	Addresses []word `yaml:"addresses"`
	ClientIDs []word `yaml:"client-ids"`
}

type tolerances struct {
	Answer          duration `yaml:"answer"`
	Close           duration `yaml:"close"`
	KeepAliveClient duration `yaml:"keep-alive-client"`
	KeepAliveServer duration `yaml:"keep-alive-server"`
	Resend          duration `yaml:"resend"`
	Refused         duration `yaml:"refused-subscription"`
	Storm           storm    `yaml:"reconnect-storm"`
	Quarrel         storm    `yaml:"client-id-quarrel"`
	Pings           int      `yaml:"pings-too-early"`
	Sessions        int      `yaml:"sessions"`
	S7GiveUp        duration `yaml:"s7-give-up"`
	Reply           duration `yaml:"reply"`
	Window          duration `yaml:"delivery-window"`
	Return          duration `yaml:"delivery-resend"`
}

type storm struct {
	Count  int      `yaml:"count"`
	Within duration `yaml:"within"`
}

type waiver struct {
	At          place
	Rule        word     `yaml:"rule"`
	For         selector `yaml:"for"`
	Fingerprint word     `yaml:"fingerprint"`
	Reason      word     `yaml:"reason"`
	Expires     word     `yaml:"expires"`
}

// selector chooses by a subject's name or by what identifies it.
type selector struct {
	At       place
	Subject  word `yaml:"subject"`
	Address  word `yaml:"address"`
	ClientID word `yaml:"client-id"`
}

type site struct {
	MQTT []siteMQTT `yaml:"mqtt"`
	S7   []siteS7   `yaml:"s7"`
}

type siteMQTT struct {
	For        []selector `yaml:"for"`
	ClientID   word       `yaml:"client-id"`
	KeepAlive  word       `yaml:"keep-alive"`
	Publish    []publish  `yaml:"publish"`
	Subscribe  []word     `yaml:"subscribe"`
	AckLatency word       `yaml:"ack-latency"`
}

type publish struct {
	At       place
	Topic    word    `yaml:"topic"`
	QoS      []int   `yaml:"qos"`
	Retain   *bool   `yaml:"retain"`
	Payload  payload `yaml:"payload"`
	Interval word    `yaml:"interval"`
}

type payload struct {
	Kind   word `yaml:"kind"`
	Length word `yaml:"length"`
	Schema word `yaml:"schema"`
	Type   word `yaml:"type"`
}

type siteS7 struct {
	For       []selector `yaml:"for"`
	Hosts     []word     `yaml:"hosts"`
	Functions []word     `yaml:"functions"`
	Writable  []word     `yaml:"writable"`
	Answer    word       `yaml:"answer"`
}

// word is a scalar as it was written, and where. A word without a place was not
// written.
type word struct {
	Text string
	At   place
}

// set reports whether the word was written.
func (w word) set() bool { return w.At.line > 0 }

// duration is a span of time, "1m30s". It is never negative.
type duration struct{ ns int64 }

// place is where something stands in the file, both from 1.
type place struct{ line, column int }
