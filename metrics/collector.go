package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"plcscope/flows/watch"
	"plcscope/report/events"
)

// collector turns the counts of a run into metrics, when they are asked for.
type collector struct {
	counts   func() (events.Counts, bool)
	messages *watch.Counts
}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("plcscope_"+name, help, labels, nil)
}

var (
	ifaceFrames   = desc("interface_frames_total", "Frames that passed the capture filter, those dropped included.", "interface")
	ifaceDropped  = desc("interface_dropped_frames_total", "Frames that the kernel lost because they were not taken in time.", "interface")
	ifaceDowns    = desc("interface_downs_total", "Times that the interface went down.", "interface")
	frames        = desc("frames_total", "Frames analysed.")
	octets        = desc("bytes_total", "Bytes of the frames taken, on the wire.")
	segments      = desc("tcp_segments_total", "TCP segments analysed.")
	open          = desc("connections_open", "TCP connections that are followed now, those included that ended a little while ago.")
	opened        = desc("connections_total", "TCP connections seen.")
	forgotten     = desc("connections_forgotten_total", "TCP connections no longer followed, because they were idle or because there were too many.", "reason")
	messageCount  = desc("messages_total", "MQTT packets and ISO-on-TCP PDUs.", "protocol", "type", "sender")
	gaps          = desc("gaps_total", "Places where bytes of a stream are missing in the capture, of connections that are closed.")
	bounds        = desc("bounds_total", "What was given up to keep memory within its bounds.", "bound")
	eventsSent    = desc("events_sent_total", "Events that a consumer has taken.", "consumer")
	eventsDropped = desc("events_dropped_total", "Events that a consumer did not get because it was too slow or away.", "consumer")
	keptFrames    = desc("kept_frames_total", "Frames written to capture files.")
	keptLost      = desc("kept_lost_frames_total", "Frames that could not be written to capture files.")
	keptFiles     = desc("kept_files_total", "Capture files begun.")
	memory        = desc("memory_bytes", "Memory that the program has taken from the system, the kernel's capture buffers left out.")
	behind        = desc("behind_seconds", "How far the analysis is behind the wire.")
)

// Describe implements prometheus.Collector: the metrics depend on what comes.
func (c *collector) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	x, ok := c.counts()
	if !ok {
		return
	}
	count := func(d *prometheus.Desc, n uint64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
	}
	gauge := func(d *prometheus.Desc, v float64) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v)
	}
	for _, i := range x.Interfaces {
		count(ifaceFrames, i.Received, i.Name)
		count(ifaceDropped, i.Dropped, i.Name)
		count(ifaceDowns, i.Downs, i.Name)
	}
	count(frames, x.Frames)
	count(octets, x.Bytes)
	count(segments, x.Segments)
	gauge(open, float64(x.Connections.Open))
	count(opened, x.Connections.Total)
	count(forgotten, x.Connections.Idle, "idle")
	count(forgotten, x.Connections.Evicted, "full")
	c.messages.Each(func(protocol, kind string, fromClient bool, n uint64) {
		sender := "server"
		if fromClient {
			sender = "client"
		}
		count(messageCount, n, protocol, kind, sender)
	})
	count(gaps, x.Gaps)
	count(bounds, x.Bounds.Subjects, "subjects")
	count(bounds, x.Bounds.Reassembly, "reassembly")
	count(bounds, x.Bounds.Oversized, "oversized")
	count(bounds, x.Bounds.Sessions, "sessions")
	for _, k := range x.Consumers {
		count(eventsSent, k.Sent, k.Name)
		count(eventsDropped, k.Dropped, k.Name)
	}
	if k := x.Kept; k != nil {
		count(keptFrames, k.Frames)
		count(keptLost, k.Lost)
		count(keptFiles, k.Files)
	}
	gauge(memory, float64(x.Memory))
	gauge(behind, float64(x.Behind)/1e9)
}
