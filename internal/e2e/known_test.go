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
}

// known are the defects that the software has, and that plcscope is right to tell.
var known = []defect{
	{
		rule: "m5-receive-maximum-client", by: "mqttjs-5-", broker: "mosquitto", scenario: "publish and subscribe",
		why: "MQTT.js reads the Receive Maximum of CONNACK (mosquitto's is 20) and sends every message at once all the same.",
	},
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
		whose := who.Role == "broker" && d.by == broker || who.Role == "client" && who.Client != "" && strings.HasPrefix(who.Client, d.by)
		if d.rule == rule && whose && (d.scenario == "" || d.scenario == scenario) && (d.broker == "" || d.broker == broker) {
			s.mu.Lock()
			s.what[d] = true
			s.mu.Unlock()
			return d
		}
	}
	return nil
}
