package metrics

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"plcscope/flows/watch"
	"plcscope/mqtt/session"
	"plcscope/report/events"
)

// scrape reads the metrics as Prometheus does.
func scrape(t *testing.T, m *Metrics) map[string]*dto.MetricFamily {
	t.Helper()
	l, err := Listen(":0")
	if err != nil {
		t.Fatal(err)
	}
	if host, _, _ := net.SplitHostPort(l.Addr().String()); host != "127.0.0.1" {
		t.Errorf("it listens on %s", l.Addr())
	}
	stop := m.Serve(l, func(err error) { t.Error(err) })
	defer stop()
	r, err := http.Get("http://" + l.Addr().String() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK {
		b, _ := io.ReadAll(r.Body)
		t.Fatalf("%s\n%s", r.Status, b)
	}
	p := expfmt.NewTextParser(model.LegacyValidation)
	families, err := p.TextToMetricFamilies(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// value is that of the metric with the labels "name=value", in their order.
func value(t *testing.T, families map[string]*dto.MetricFamily, name string, labels ...string) float64 {
	t.Helper()
	f := families["plcscope_"+name]
	if f == nil {
		t.Fatalf("there is no %s", name)
	}
	for _, m := range f.Metric {
		var l []string
		for _, x := range m.Label {
			l = append(l, x.GetName()+"="+x.GetValue())
		}
		if strings.Join(l, " ") == strings.Join(labels, " ") {
			switch {
			case m.Counter != nil:
				return m.Counter.GetValue()
			case m.Gauge != nil:
				return m.Gauge.GetValue()
			}
			return float64(m.Histogram.GetSampleCount())
		}
	}
	t.Fatalf("%s has no %q: %v", name, labels, f)
	return 0
}

func TestScrape(t *testing.T) {
	m := New("plcscope 1", func() (events.Counts, bool) {
		return events.Counts{
			Interfaces: []events.Interface{{Name: "eth0", Received: 10, Dropped: 3, Downs: 1}},
			Frames:     7, Bytes: 700, Segments: 6, Gaps: 2, Memory: 5 << 20, Behind: 1500e6,
			Connections: events.Connections{Open: 4, Total: 9, Idle: 2, Evicted: 3},
			Consumers:   []events.Consumer{{Name: "ev\"ents\n.jsonl", Sent: 5, Dropped: 8}},
			Bounds:      events.Bounds{Subjects: 11}, Kept: &events.Kept{Frames: 6, Lost: 1, Files: 2},
		}, true
	}, new(watch.Counts))
	m.Finding("mqtt-connect-once", "error", "fail")
	m.Finding("mqtt-connect-once", "error", "fail")
	m.Acknowledged(session.Client, 1, 3e6)
	m.Acknowledged(session.Client, 1, 3e9)
	f := scrape(t, m)
	for _, x := range []struct {
		name   string
		labels []string
		want   float64
	}{
		{"interface_dropped_frames_total", []string{"interface=eth0"}, 3},
		{"frames_total", nil, 7},
		{"connections_open", nil, 4},
		{"connections_forgotten_total", []string{"reason=full"}, 3},
		{"events_dropped_total", []string{"consumer=ev\"ents\n.jsonl"}, 8},
		{"bounds_total", []string{"bound=subjects"}, 11},
		{"kept_lost_frames_total", nil, 1},
		{"behind_seconds", nil, 1.5},
		{"findings_total", []string{"rule=mqtt-connect-once", "severity=error", "verdict=fail"}, 2},
		{"acknowledgement_seconds", []string{"qos=1", "sender=client"}, 2},
		{"build_info", []string{"version=plcscope 1"}, 1},
	} {
		if got := value(t, f, x.name, x.labels...); got != x.want {
			t.Errorf("%s%q is %v, want %v", x.name, x.labels, got, x.want)
		}
	}
	if f["go_goroutines"] == nil {
		t.Error("nothing is said of the program itself")
	}
}

func TestListen(t *testing.T) {
	for _, bad := range []string{"", "9100", "nowhere.invalid:0", ":99999"} {
		if l, err := Listen(bad); err == nil {
			t.Errorf("it listens on %q", bad)
			l.Close()
		}
	}
}
