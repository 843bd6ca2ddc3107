package e2e

import (
	"flag"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

var (
	update = flag.Bool("update", false, "write docs/interoperability.md")
	keep   = flag.String("keep", "", "keep the captures in this `directory`")
	only   = flag.String("peers", "", "only the kinds of clients with these `names`, separated by commas")
)

// A row is what came of one scenario, for the table.
type row struct {
	scenario, broker, where string
	verdict                 *verdict
	exercised               int
	errors, remarks         int // findings: of severity error, and lighter ones
	defects                 []*defect
}

// TestRealSoftware lets well-behaved clients and brokers play every scenario. Nothing
// may be held against them but what is known to be true.
func TestRealSoftware(t *testing.T) {
	need(t, "tcpdump", "tshark", "mosquitto", "mosquitto_pub", "mosquitto_sub", "mosquitto_rr")
	all := peers(t)
	if *only != "" {
		all = slices.DeleteFunc(all, func(p peer) bool { return !slices.Contains(strings.Split(*only, ","), p.name) })
	}
	occurred := &seen{what: map[*defect]bool{}}
	var (
		mu   sync.Mutex
		rows []row
	)
	done := t.Run("scenarios", func(t *testing.T) {
		for _, b := range brokers {
			for _, sc := range scenarios {
				t.Run(sc.name+" with "+b.name, func(t *testing.T) {
					t.Parallel()
					l := perform(t, sc, b, all, occurred)
					mu.Lock()
					defer mu.Unlock()
					rows = append(rows, l...)
				})
			}
		}
	})
	slices.SortFunc(rows, func(a, b row) int {
		return strings.Compare(a.broker+a.scenario+a.where, b.broker+b.scenario+b.where)
	})
	t.Log("\n" + table(rows))
	if !done || *only != "" || t.Failed() || !complete(rows) {
		return
	}
	for i := range known {
		if d := &known[i]; !occurred.what[d] && !d.seldom && plays(d, all) {
			t.Errorf("the known defect of %s under %s did not occur: is it still one?", d.by, d.rule)
		}
	}
	if *update {
		document(t, all, rows)
	}
}

// perform plays one scenario with all kinds of clients at once, captured once, or
// twice where connections are cut: near the clients and near the broker.
func perform(t *testing.T, sc scenario, b broker, all []peer, occurred *seen) []row {
	port := freePort(t)
	if sc.web {
		b.start(t, freePort(t), port) // mosquitto 2.0.11 does not serve WebSocket alone
	} else {
		b.start(t, port, 0)
	}
	ports := []int{port}
	var k *link
	if sc.cuts {
		k = startLink(t, port)
		ports = append(ports, k.port)
	}
	dump := startCapture(t, ports...)
	var (
		players sync.WaitGroup
		hitched atomic.Bool
		stages  []*stage
	)
	if sc.tools {
		all = []peer{{name: "mosq", versions: []version{3, 4, 5}}}
	}
	for _, p := range all {
		for _, v := range p.versions {
			if sc.web && !p.web || sc.only5 && v != 5 {
				continue
			}
			s := &stage{t: t, peer: p, version: v, broker: b.name, port: port, link: k, web: sc.web}
			stages = append(stages, s)
			players.Go(func() {
				defer func() {
					f, failed := recover().(failure)
					if h := hitchOf(s.name()+"-", sc.name, f); failed && h != nil {
						t.Logf("%s; known: %s", f.text, h.why)
						hitched.Store(true)
					} else if failed {
						t.Error(f.text)
					}
				}()
				sc.play(s)
			})
		}
	}
	players.Wait()
	dump.stop(t)
	var rows []row
	for i, where := range []string{"at the broker", "at the clients"}[:len(ports)] {
		file := dump.part(t, []string{"broker", "clients"}[i], ports[i])
		if *keep != "" {
			name := strings.ReplaceAll(fmt.Sprintf("%s %s %s.pcap", b.name, sc.name, []string{"broker", "clients"}[i]), " ", "_")
			if out, err := exec.Command("cp", file, filepath.Join(*keep, name)).CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		}
		r := row{scenario: sc.name, broker: b.name, verdict: judge(t, file, ports[i], sc.web)}
		if sc.cuts {
			r.where = where
		}
		n := agree(t, file, ports[i], sc.web)
		r.defects = hold(t, sc, b, r.verdict, hitched.Load(), occurred)
		if !sc.cuts && !sc.torn && !hitched.Load() && len(r.defects) == 0 && !t.Failed() {
			var c count
			for _, s := range stages {
				c.add(s.counts())
			}
			c.meets(t, n)
		}
		r.exercised = len(r.verdict.exercised())
		_, errors, _ := r.verdict.findings("fail", "error")
		_, remarks, _ := r.verdict.findings("fail", "warning", "info")
		r.errors, r.remarks = len(errors), len(remarks)
		rows = append(rows, r)
	}
	return rows
}

// hold demands that a verdict accuses nobody of what is not a known defect, and
// doubts nothing where the capture is whole.
func hold(t *testing.T, sc scenario, b broker, v *verdict, hitched bool, occurred *seen) []*defect {
	t.Helper()
	if v.Capture.Malformed > 0 {
		t.Errorf("%d malformed packets", v.Capture.Malformed)
	}
	var l []*defect
	who, what, rules := v.findings("fail", "error")
	for i, f := range what {
		if d := occurred.find(rules[i], sc.name, b.name, who[i]); d == nil {
			t.Errorf("%s is held to break %s (%s) in frame %d: %s", who[i], rules[i], f.Clause, f.Frame, f.Detail)
		} else if !slices.Contains(l, d) {
			l = append(l, d)
		}
	}
	if sc.cuts || sc.torn || hitched {
		return l
	}
	who, what, rules = v.findings("inconclusive", "error", "warning", "info")
	for i, f := range what {
		if occurred.find(rules[i], sc.name, b.name, who[i]) != nil {
			continue
		}
		t.Errorf("%s may break %s (%s) in frame %d: %s", who[i], rules[i], f.Clause, f.Frame, f.Detail)
	}
	for side, x := range v.Delivery.Total {
		if x.Completed != x.Sent && !(sc.lapses && x.Completed+x.Unknown == x.Sent) {
			t.Errorf("the audit has %d messages sent by %s, %d completed", x.Sent, []string{"clients", "brokers"}[side], x.Completed)
		}
	}
	return l
}

// complete reports whether all scenarios were played: -run may have chosen some.
func complete(rows []row) bool {
	for _, b := range brokers {
		for _, sc := range scenarios {
			if !slices.ContainsFunc(rows, func(r row) bool { return r.broker == b.name && r.scenario == sc.name }) {
				return false
			}
		}
	}
	return true
}

// plays reports whether the software of a defect is here: only then can it occur.
func plays(d *defect, all []peer) bool {
	return slices.ContainsFunc(brokers, func(b broker) bool { return b.name == d.by }) ||
		slices.ContainsFunc(all, func(p peer) bool { return strings.HasPrefix(d.by, p.name+"-") })
}

func table(rows []row) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| broker | scenario | captured | connections | packets | rules exercised | pass | fail | inconclusive | errors | remarks |\n")
	b.WriteString("|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, r := range rows {
		where := r.where
		if where == "" {
			where = "at the broker"
		}
		v := r.verdict
		fmt.Fprintf(&b, "| %s | %s | %s | %d | %d | %d | %d | %d | %d | %d | %d |\n", r.broker, r.scenario, where, v.Capture.Connections, v.Capture.MQTT,
			r.exercised, v.Coverage.Pass, v.Coverage.Fail, v.Coverage.Inconclusive, r.errors, r.remarks)
	}
	return b.String()
}
