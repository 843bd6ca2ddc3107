package e2e

import (
	"strings"
	"sync"
)

// A defect is a finding that is true: what a client or a broker of the test does
// wrong, as its standard has it.
type defect struct {
	rule string
	// by is whose defect it is: the beginning of a client's identifier, or the
	// name of a broker.
	by string
	// scenario and broker restrict it; empty means any.
	scenario, broker string
	why              string
	// seldom is set when it depends on chance, so that a run may do without.
	seldom bool
}

// known are the defects that the software has, and that plcscope is right to tell.
var known = []defect{
	{
		rule: "m5-receive-maximum-client", by: "mqttjs-5-", broker: "mosquitto",
		why: "MQTT.js does not heed the Receive Maximum of CONNACK: mosquitto allows 20 messages in flight, MQTT.js sends 40 at once (MQTT-3.3.4-7, MQTT-4.9.0-2)",
	},
	{
		rule: "mqtt-dup-on-redelivery", by: "mqttjs-", seldom: true,
		why: "MQTT.js sends what its store holds after a reconnect as it was first sent, with DUP 0 (MQTT-3.3.1-1); seen as such where the first sending got as far as the capture",
	},
	{
		rule: "m5-no-resend-in-connection", by: "pahoc-5-", seldom: true,
		why: "Paho C repeats PUBLISH and PUBREL on the same connection, at times within one segment, when its two threads both find them due (MQTT-4.4.0-1)",
	},
	{
		rule: "m5-no-retransmit-after-error", by: "pahoc-5-", broker: "mochi", seldom: true,
		why: "the same repetition: mochi refuses the second PUBLISH with reason 0x91, Paho C sends it once more (MQTT-4.4.0-2)",
	},
	{
		rule: "mqtt-keepalive-client", by: "pahoc-", scenario: "keep-alive", seldom: true,
		why: "Paho C looks at its keep-alive clock every few seconds only: an idle client with a keep-alive of 4 s is at times silent for 6 s and longer, and mochi then drops it (MQTT-3.1.2-23; MQTT-3.1.2-20 in 5.0)",
	},
	{
		rule: "mqtt-packet-direction", by: "mochi",
		why: "mochi sends DISCONNECT to clients of 3.1 and 3.1.1, too, when another takes over their session; only 5.0 has it (§3.14 of 3.1.1)",
	},
	{
		rule: "mqtt-first-send-dup0", by: "mochi",
		why: "mochi sets DUP on all that it sends when a session is resumed, on messages that came while the client was away as well (clients.go, ResendInflightMessages; MQTT-3.3.1-3)",
	},
	{
		rule: "mqtt-order-resend", by: "mochi", seldom: true,
		why: "mochi orders what it sends again by the second in which it was made, and takes that from a map: within a second the order is chance (inflight.go, GetAll; MQTT-4.6.0-1)",
	},
	{
		rule: "mqtt-order-resend", by: "pahogo-", seldom: true,
		why: "paho.mqtt.golang keeps messages in a map unless told to use its OrderedMemoryStore, and sends them again in the order that the map gives (MQTT-4.6.0-1)",
	},
	{
		rule: "mqtt-qos2-no-publish-after-pubrel", by: "pahogo-", broker: "mochi", seldom: true,
		why: "mochi repeats PUBREC as soon as a session is resumed; paho.mqtt.golang answers it with PUBREL while it goes through its store, and then sends the PUBLISH that it read there (MQTT-4.3.3-1)",
	},
	{
		rule: "mqtt-suback-code-valid", by: "mochi", scenario: "mosquitto's tools", seldom: true,
		why: "mochi takes identifiers of clients and its own for one set: SUBSCRIBE with the identifier of a message that it has in flight itself is refused with 0x91, a code of 5.0, in 3.1.1, too (MQTT-3.9.3-2)",
	},
	{
		rule: "m31-suback-code-valid", by: "mochi", scenario: "mosquitto's tools", seldom: true,
		why: "the same in 3.1 (§3.9)",
	},
}

// A hitch is what clients cannot get through for a defect of their own: the rest of
// the scenario is then not played, and what they counted is no measure. No scenario
// means any.
type hitch struct {
	by, scenario string
	text         string // in what the client failed with
	why          string
}

var hitches = []hitch{
	{"pahoc-", "keep-alive", "", "Paho C does not ping in time, and brokers drop the client"},
	{"pahoc-", "", ": no ", "Paho C repeats messages on one connection; brokers end it, or PUBLISH and PUBREL cross and a message stays open"},
	{"pahoc-", "broken while the client sends", "failed_", "the same, as soon as the session is resumed: mosquitto resets the connection before Paho C has told that it is there"},
	{"pahogo5-", "unsubscribe while messages come", "identifier in use", "mochi takes identifiers of clients and its own for one set, and refuses UNSUBSCRIBE with that of a message that it has in flight itself"},
	{"mqttjs-3-", "over WebSocket", "no answer", "MQTT.js asks for the subprotocol mqttv3.1 in 3.1, and does without when mochi, which knows mqtt alone, chooses none"},
}

// hitchOf finds the hitch that explains why a scenario ended for a client.
func hitchOf(id, scenario string, f failure) *hitch {
	for i := range hitches {
		if h := &hitches[i]; (h.scenario == "" || h.scenario == scenario) && strings.HasPrefix(id, h.by) && strings.Contains(f.text, h.text) {
			return h
		}
	}
	return nil
}

// seen notes which of the known defects occurred.
type seen struct {
	mu   sync.Mutex
	what map[*defect]bool
}

// find returns the known defect that explains a finding against a subject.
func (s *seen) find(rule, scenario, broker string, who subject) *defect {
	for i := range known {
		d := &known[i]
		whose := who.Role == "server" && d.by == broker || who.Role == "client" && who.Client != "" && strings.HasPrefix(who.Client, d.by)
		if d.rule == rule && whose && (d.scenario == "" || d.scenario == scenario) && (d.broker == "" || d.broker == broker) {
			s.mu.Lock()
			s.what[d] = true
			s.mu.Unlock()
			return d
		}
	}
	return nil
}
