package siterules

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"plcscope/flows"
	"plcscope/internal/talk"
	"plcscope/mqtt"
	"plcscope/pcaps/craft"
	"plcscope/s7comm"
)

// lessons is an observer that makes the narrowest policy by which the traffic that it
// has seen is as it should be.
type lessons struct {
	flows.Ignore
	mqtt MQTT
	s7   S7
}

func (x *lessons) Message(m *flows.Message) {
	if m.Err != nil || m.Skipped > 0 {
		return
	}
	switch {
	case m.Conn.Proto == flows.ISO && m.PDU.Kind == s7comm.KindS7:
		if m.FromClient {
			host := netip.PrefixFrom(m.Conn.Client().Addr.Netip(), m.Conn.Client().Addr.Netip().BitLen())
			if !slices.Contains(x.s7.Hosts, host) {
				x.s7.Hosts = append(x.s7.Hosts, host)
			}
			if f := FunctionOf(m.PDU); f != "" && !slices.Contains(x.s7.Functions, f) {
				x.s7.Functions = append(x.s7.Functions, f)
			}
			x.writes(m.PDU)
		} else if m.Request != nil {
			x.s7.Answer.Max = max(x.s7.Answer.Max, 2*time.Duration(m.Time-m.Request.Time)+time.Millisecond)
		}
	case m.Conn.Proto == flows.MQTT && m.FromClient:
		switch p := m.Packet; p.Type {
		case mqtt.CONNECT:
			if p.Connect.WillFlag() {
				x.mqtt.Publish = append(x.mqtt.Publish, Publish{Topic: string(p.Connect.WillTopic)})
			}
		case mqtt.PUBLISH:
			if len(p.Topic) > 0 {
				x.mqtt.Publish = append(x.mqtt.Publish, Publish{Topic: string(p.Topic), QoS: []mqtt.QoS{p.QoS}, Retain: yes(p.Retain), Interval: Span{Max: time.Hour}, Payload: Payload{Length: Length{Max: len(p.Payload) + 1}}})
			}
		case mqtt.SUBSCRIBE:
			for _, f := range p.Filters {
				x.mqtt.Subscribe = append(x.mqtt.Subscribe, string(f.Filter))
			}
		}
	}
}

func (x *lessons) writes(p *s7comm.PDU) {
	if p.Function != s7comm.FunctionWrite || p.S7.ROSCTR != s7comm.ROSCTRJob {
		return
	}
	for i := range p.Items {
		for n := range pieces(&p.Items[i]) {
			if r, ok := piece(&p.Items[i], n); ok && !slices.Contains(x.s7.Writable, r) {
				x.s7.Writable = append(x.s7.Writable, r)
			}
		}
	}
}

// moving are the hazards that give messages the times of others, which real ones do
// only within microseconds.
var moving = []string{"reorder", "coalesce", "acknowledged before captured"}

// TestDamagedRealTraffic lays down what real traffic does. It keeps to it, and when its
// capture is damaged in any way, nobody is accused either.
func TestDamagedRealTraffic(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "pcaps")
	files, _ := filepath.Glob(filepath.Join(dir, "*", "*.pcap*"))
	if len(files) == 0 {
		t.Skip("../shared/pcaps is absent")
	}
	for _, file := range files {
		frames := talk.Frames(t, file)
		if len(frames) > 1000 {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			x := &lessons{}
			talk.Run(frames, x)
			x.mqtt.AckLatency.Max = time.Minute
			judge := judge(Policy{MQTT: []MQTT{x.mqtt}, S7: []S7{x.s7}})
			if got := talk.Broken(judge(frames)); len(got) > 0 {
				t.Fatalf("broken are %q\n%q", got, talk.Findings(judge(frames)))
			}
			for _, h := range craft.Hazards() {
				if h.Name == "resegment 1" && len(frames) > 300 {
					continue
				}
				b := judge(h.Apply(frames))
				got := talk.Broken(b)
				if slices.Contains(moving, h.Name) { // which shows answers later than they came
					got = slices.DeleteFunc(got, func(id string) bool { return id == s7AnswerLatency.ID })
				}
				if len(got) > 0 {
					t.Errorf("hazard %s: broken are %q\n%q", h.Name, got, talk.Findings(b))
				}
			}
			for seed := range uint64(8) {
				if b := judge(craft.Lose(0.1, seed)(frames)); len(talk.Broken(b)) > 0 {
					t.Errorf("a tenth lost, seed %d: %q", seed, talk.Findings(b))
				}
			}
		})
	}
}

// TestRealVariableTable: STEP 7 modifies MD0, MW4 and I8.1, three times.
func TestRealVariableTable(t *testing.T) {
	file := filepath.Join("..", "..", "..", "shared", "pcaps", "s7", "step7_s300_rwVarTab.pcapng")
	if _, err := os.Stat(file); err != nil {
		t.Skip("../shared/pcaps is absent")
	}
	frames := talk.Frames(t, file)
	for _, tt := range []struct {
		last uint64 // bit of the flags up to which may be written
		want []string
	}{
		{47, []string{"item 3 modifies I8.1"}},
		{31, []string{"item 2 modifies MB4 to MB5", "item 3 modifies I8.1"}},
	} {
		var got []string
		for _, f := range talk.Only(judge(writable(bits(s7comm.AreaFlag, 0, 0, tt.last)))(frames), "site-s7-write-range") {
			said, _, _ := strings.Cut(f.Detail, " of the controller")
			got = append(got, said)
		}
		if len(got) != 3*len(tt.want) {
			t.Errorf("%d findings, want %d: %q", len(got), 3*len(tt.want), got)
			continue
		}
		for i := range got {
			if got[i] != tt.want[i%len(tt.want)] {
				t.Errorf("finding %d: %q, want %q", i, got[i], tt.want[i%len(tt.want)])
			}
		}
	}
}
