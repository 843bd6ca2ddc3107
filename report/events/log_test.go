package events

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/flows"
	"plcscope/flows/assets"
	"plcscope/flows/delivery"
	"plcscope/flows/watch"
	"plcscope/pcaps"
	"plcscope/pcaps/samples"
	"plcscope/rules"
	"plcscope/rules/mqttrules"
	"plcscope/rules/s7rules"
)

// told runs a sample through everybody who has something to tell and returns the
// events, each of which was held against the schema.
func told(t *testing.T, sample string) []map[string]any {
	t.Helper()
	schema := compiled(t)
	var list []map[string]any
	log := &Log{Out: func(_ any, line []byte) {
		if bytes.Count(line, []byte("\n")) != 1 || !bytes.HasSuffix(line, []byte("\n")) {
			t.Fatalf("%q is not one line", line)
		}
		list = append(list, valid(t, schema, line))
	}}
	gate := Gate{Every: 60e9}
	noted := func(f *rules.Finding, kept bool) {
		if further, ok := gate.Pass(f, kept); ok {
			log.Tell(f.Time, NewFinding(f, further))
		}
	}
	mqtt, s7 := mqttrules.New(mqttrules.Options{}), s7rules.New(s7rules.Options{})
	mqtt.Book().Noted, s7.Book().Noted = noted, noted
	w := &watch.Watcher{
		Begin:   func(c *flows.ConnInfo) { log.Tell(c.FirstTime, NewConnection(c, false)) },
		Over:    func(c *flows.ConnInfo) { log.Tell(c.LastTime, NewConnection(c, true)) },
		Session: func(s *watch.Session) { log.Tell(s.Time, NewSession(s)) },
	}
	audit := delivery.New(delivery.Options{Outage: func(o *delivery.Outage) { log.Tell(o.At.Time, NewOutage(o)) }})
	inventory := assets.New(assets.Options{Acted: func(a *assets.Action, settled bool) { log.Tell(a.Time, NewAction(a, settled)) }})
	src, err := pcaps.NewReader(bytes.NewReader(samples.Bytes(sample)), sample, pcaps.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	if _, err := flows.Analyse(context.Background(), src, flows.Config{}, w, mqtt, s7, audit, inventory); err != nil {
		t.Fatal(err)
	}
	if int(log.Told()) != len(list) {
		t.Errorf("%d events were told, %d came", log.Told(), len(list))
	}
	return list
}

func count(list []map[string]any, event, state string) (n int) {
	for _, e := range list {
		if e["event"] == event && (state == "" || e["state"] == state) {
			n++
		}
	}
	return n
}

func TestEventsOfSamples(t *testing.T) {
	for _, sample := range samples.Names() {
		list := told(t, sample)
		for i, e := range list {
			if n, _ := e["number"].(json.Number).Int64(); int(n) != i+1 {
				t.Fatalf("%s: event %d has number %d", sample, i+1, n)
			}
		}
		if open, closed := count(list, "connection", "open"), count(list, "connection", "closed"); open == 0 || closed < open {
			t.Errorf("%s: %d connections begin, %d end", sample, open, closed)
		}
		if in, out := count(list, "session", "accepted"), count(list, "session", "gone"); in != out {
			t.Errorf("%s: %d clients come, %d go", sample, in, out)
		}
	}
}

// TestFindings tells of the broken controller what its report does.
func TestFindings(t *testing.T) {
	var rules []string
	for _, e := range told(t, "mqtt31-plc-faulty.pcap") {
		if e["event"] == "finding" && e["verdict"] == "fail" {
			rules = append(rules, e["rule"].(string))
		}
	}
	slices.Sort(rules)
	if len(rules) == 0 {
		t.Fatal("nothing was found")
	}
	for _, e := range told(t, "mqtt31-plc-healthy.pcap") {
		if e["event"] == "finding" && e["severity"] != "info" {
			t.Errorf("of clean traffic: %v", e)
		}
	}
}

func TestEveryEventIsValid(t *testing.T) {
	schema := compiled(t)
	var lines [][]byte
	log := &Log{Out: func(_ any, line []byte) { lines = append(lines, line) }}
	down := int64(5)
	counts := Counts{Interfaces: []Interface{{Name: "eth0"}}, Consumers: []Consumer{{Name: "-"}}, Kept: &Kept{}}
	for _, e := range []event{
		&Start{Interfaces: []string{"eth0"}}, &Statistics{Counts: counts}, &Loss{Interface: "eth0", Dropped: 1, Total: 2},
		&Notice{Level: "warning", Text: "bell \a, \x1b[31m, broken \xff, U+2028 \u2028"}, &Report{Files: []string{}}, &End{Total: counts},
		&Outage{State: "over", Down: &down},
	} {
		log.Tell(1700000000123456789, e)
	}
	for _, l := range lines {
		v := valid(t, schema, l)
		if v["time"] != "2023-11-14T22:13:20.123456789Z" {
			t.Errorf("time %v", v["time"])
		}
	}
	for _, bad := range []string{
		`{}`, `{"schema":"plcscope-events/1","event":"nothing","number":1,"time":""}`,
		`{"schema":"plcscope-events/2","event":"loss","number":1,"time":"","interface":"","dropped":1,"total":1}`,
	} {
		v, err := decoded(bad)
		if err != nil {
			t.Fatal(err)
		}
		if schema.Validate(v) == nil {
			t.Errorf("%s is valid", bad)
		}
	}
}

func decoded(s string) (v any, err error) { return v, json.Unmarshal([]byte(s), &v) }

// TestGate lets the first cases through, then one a minute with the number of those
// between.
func TestGate(t *testing.T) {
	g := Gate{Every: 60e9}
	rule, who, other := &rules.Rule{ID: "r"}, &rules.Subject{}, &rules.Subject{}
	type pass struct {
		Second  int
		Further uint64
	}
	var got []pass
	for s := range 150 {
		f := rules.Finding{Rule: rule, Subject: who, Ref: rules.Ref{Time: int64(s) * 1e9}, Detail: "x"}
		if further, ok := g.Pass(&f, s < 3); ok {
			got = append(got, pass{s, further})
		}
	}
	if diff := cmp.Diff([]pass{{0, 0}, {1, 0}, {2, 0}, {62, 59}, {122, 59}}, got); diff != "" {
		t.Error(diff)
	}
	f := rules.Finding{Rule: rule, Subject: other, Detail: "x"}
	if _, ok := g.Pass(&f, false); !ok {
		t.Error("the first case of another subject is not told")
	}
	for range 2 * maxGates {
		f := rules.Finding{Rule: rule, Subject: &rules.Subject{}, Detail: "x"}
		g.Pass(&f, false)
	}
	if len(g.held) > maxGates {
		t.Errorf("%d are remembered", len(g.held))
	}
}
