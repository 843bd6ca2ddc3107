package flows

import (
	"plcscope/decode"
	"plcscope/flows/tcp"
)

// Strangers remembers MQTT connections of which it is not known whose they are, because
// their CONNECT is not in the capture: any session of a client at that address may have
// gone on there. The zero value is ready.
type Strangers struct {
	at    map[stranger]int64 // when the latest was noticed
	since int64              // what is not in the table may be this late
}

type stranger struct {
	broker tcp.Endpoint
	client decode.Addr
}

const maxStrangers = 4096

// Add takes note of a connection from client to broker that was noticed at time now.
func (s *Strangers) Add(broker tcp.Endpoint, client decode.Addr, now int64) {
	if s.at == nil || len(s.at) >= maxStrangers {
		for _, t := range s.at {
			s.Missed(t)
		}
		s.at = map[stranger]int64{}
	}
	k := stranger{broker, client}
	s.at[k] = max(s.at[k], now)
}

// Missed takes note that there may have been connections between anybody until time t.
func (s *Strangers) Missed(t int64) { s.since = max(s.since, t) }

// Since reports whether there was, or may have been, a connection from client to broker
// at time t or later.
func (s *Strangers) Since(broker tcp.Endpoint, client decode.Addr, t int64) bool {
	at, ok := s.at[stranger{broker, client}]
	return ok && at >= t || s.since > 0 && s.since >= t
}
