package metrics

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"plcscope/flows/watch"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
	"plcscope/report/events"
)

// Metrics are what is shown. Its methods may be called from any goroutine.
type Metrics struct {
	registry *prometheus.Registry
	findings *prometheus.CounterVec
	latency  *prometheus.HistogramVec
}

// latencies are the borders of the acknowledgement histogram, in seconds: from a broker
// on the same switch to a modem link.
var latencies = []float64{.0005, .001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 30}

// New makes metrics. At each scrape counts is asked for the counts of the run, unless it
// says that there are none any more; messages are read as they are.
func New(version string, counts func() (events.Counts, bool), messages *watch.Counts) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		findings: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "plcscope_findings_total", Help: "Cases of rules that were broken (fail), or look broken where the capture cannot decide (inconclusive); excused are those of fail that a waiver or the baseline excuses.",
		}, []string{"rule", "severity", "verdict"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "plcscope_acknowledgement_seconds", Help: "Time from the only sending of an MQTT message to its first acknowledgement, at the capture point, by who has sent the message.",
			Buckets: latencies,
		}, []string{"sender", "qos"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "plcscope_build_info", Help: "1, with the version.", ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	m.registry.MustRegister(
		m.findings, m.latency, build, &collector{counts, messages},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

// Finding counts a case of a rule.
func (m *Metrics) Finding(rule, severity, verdict string) {
	m.findings.WithLabelValues(rule, severity, verdict).Inc()
}

// Acknowledged takes in how long an acknowledgement took, in nanoseconds.
func (m *Metrics) Acknowledged(sender session.Side, qos mqtt.QoS, took int64) {
	m.latency.WithLabelValues(sender.String(), strconv.Itoa(int(qos))).Observe(float64(took) / 1e9)
}
