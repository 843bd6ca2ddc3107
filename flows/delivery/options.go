package delivery

import (
	"plcscope/mqtt"
	"plcscope/mqtt/session"
)

// Options of an Audit; the zero value serves. Times are nanoseconds of capture
// time.
type Options struct {
	// Resend is how long a client that is back may take to send again what was
	// in flight. Default: 30 s.
	Resend int64
	// Window is how long a message may take from its publisher to a subscriber
	// that is connected, to be matched by content. Default: 60 s.
	Window int64
	// ReplyTime is when a reply over topics is late. A request that has no
	// reply after ten times as long is given up. Default: 5 s.
	ReplyTime int64
	// Patterns tell requests and replies of versions before 5.0 by their
	// topics; see ParsePattern.
	Patterns []Pattern
	Limits   Limits

	// Outage, when set, is told of each outage when it begins, and again when its
	// client is back. It must not keep x.
	Outage func(x *Outage)
	// Acknowledged, when set, is told how long the first acknowledgement of a message
	// took, in nanoseconds, where Ledger.Latency counts it.
	Acknowledged func(sender session.Side, qos mqtt.QoS, took int64)
	// Settled, when set, is told of each message of QoS 1 and 2 once what became of it
	// is decided, the last ones by Result. It must not keep x.
	Settled func(x *Settled)
}

// Grant puts the times and the patterns of o in force from now on. What a client that is
// back already has to send again keeps its time.
func (a *Audit) Grant(o Options) {
	o.setDefaults()
	a.opt.Resend, a.opt.Window, a.opt.ReplyTime, a.opt.Patterns = o.Resend, o.Window, o.ReplyTime, o.Patterns
}

// Limits bound the memory of an Audit. In each field 0 stands for the default.
// Reaching one is counted in Result.Bounds.
type Limits struct {
	// Sessions are those kept apart. Beyond, the one that was without a
	// connection for longest is counted in Result.Rest. Default: 20,000.
	Sessions int
	// Histograms of 26 kB each hold latencies of more than a few dozen values.
	// Beyond, percentiles are those of the first few dozen. Default: 2,000.
	Histograms int
	Outages    int // kept one by one. Default: 2,000.
	Incidents  int // messages kept one by one. Default: 2,000.
	Pairs      int // publisher and subscriber. Default: 5,000.
}

// MaxPatterns bounds Options.Patterns; what is beyond is ignored.
const MaxPatterns = 32

const second = int64(1_000_000_000)

// Bounds without a knob.
const (
	maxEntries    = 4096    // messages in flight per direction of a session; mqtt/session forgets beyond 2048
	maxHeld       = 1 << 20 // of them in all sessions
	maxPending    = 1024    // messages of an ended session whose fate is undecided
	maxTopic      = 128     // bytes kept of a topic
	maxBrokers    = 64      // brokers whose legs are matched
	maxFilters    = 2048    // subscriptions per broker, of at most maxFilter bytes
	maxFilter     = 512
	maxRoutes     = 16384 // topics per broker whose subscribers are remembered
	maxExpected   = 512   // messages that a subscriber is yet to get
	maxAliases    = 32    // topic aliases per direction of a connection
	maxCalls      = 64    // requests of a session without a reply
	published     = 1024  // latest publications per broker, a power of two
	maxLive       = 16    // connections of a session that the tracker has not closed
	maxRepeated   = 16    // repeated messages per direction that are remembered after their end
	maxReplyStats = 64    // patterns and roles per session
)

func (o *Options) setDefaults() {
	span := func(p *int64, v int64) {
		if *p <= 0 {
			*p = v
		}
	}
	number := func(p *int, v int) {
		if *p <= 0 {
			*p = v
		}
	}
	span(&o.Resend, 30*second)
	span(&o.Window, 60*second)
	span(&o.ReplyTime, 5*second)
	number(&o.Limits.Sessions, 20_000)
	number(&o.Limits.Histograms, 2_000)
	number(&o.Limits.Outages, 2_000)
	number(&o.Limits.Incidents, 2_000)
	number(&o.Limits.Pairs, 5_000)
	o.Patterns = o.Patterns[:min(len(o.Patterns), MaxPatterns)]
}

// Bounds counts what was not kept because a limit was reached.
type Bounds struct {
	Sessions      uint64 // sessions that were added to Rest
	Histograms    uint64 // latencies whose percentiles rest on the first values only
	Outages       uint64 // outages counted, but not kept one by one
	Incidents     uint64 // messages counted, but not kept one by one
	Pairs         uint64 // deliveries between pairs that were not kept
	Messages      uint64 // messages in flight beyond what is remembered of a session
	Subscriptions uint64 // subscriptions that were not matched
	Expected      uint64 // deliveries no longer waited for, because too many were
	Requests      uint64 // requests no longer waited for, because too many were
	Brokers       uint64 // brokers whose publishers and subscribers were not matched
}
