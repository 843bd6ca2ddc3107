//go:build linux

package main

import "testing"

func TestWhatProgramsSayOfThemselves(t *testing.T) {
	for _, tt := range []struct {
		program, said string
		want          counted
	}{
		{"tcpdump", "tcpdump: listening on loss1\n10 packets captured\n12 packets received by filter\n2 packets dropped by kernel\n", counted{10, 2, 0}},
		{"dumpcap", "Packets captured: 10\nPackets received/dropped on interface 'loss1': 10/2 (pcap:2/dumpcap:0/flushed:0/ps_ifdrop:0) (83.3%)\n", counted{10, 2, 0}},
		{"plcscope", "plcscope: capturing on loss1\nplcscope: 10 frames, 2 dropped by the kernel, 7 written, 3 lost to the files\n", counted{10, 2, 3}},
		{"plcscope --audit", "plcscope: 1 frame, 0 dropped by the kernel, 1 written, 0 lost to the files\n", counted{1, 0, 0}},
	} {
		p := programs(tt.program)[0]
		if got, err := p.read(tt.said); err != nil || got != tt.want {
			t.Errorf("%s: got %+v, %v, want %+v", tt.program, got, err, tt.want)
		}
		if _, err := p.read("something else"); err == nil {
			t.Errorf("%s: counts are made up", tt.program)
		}
	}
}

func TestSearch(t *testing.T) {
	for _, limit := range []float64{500, 30_000, 123_456, 390_000, 1e9} {
		var s search
		const top = 400_000
		for range 30 {
			if s.done {
				break
			}
			rate := s.next()
			if rate == 0 {
				rate = top
			}
			s.learn(rate, rate <= limit)
		}
		want := min(limit, top)
		if !s.done || s.good > want || limit > lowest && s.good < want*0.94 {
			t.Errorf("a limit of %g: found %v, %+v", limit, s.String(), s)
		}
	}
}

func TestVerdictsOfAReport(t *testing.T) {
	v, err := readReport([]byte(`{"notes": ["the capturing interface dropped 7 packets"], "subjects": [{"protocol": "MQTT", "role": "client", "address": "10.0.0.1", "client_id": "plc",
		"results": [{"rule": "a", "verdict": "pass"}, {"rule": "b", "verdict": "fail"}, {"rule": "c", "verdict": "inconclusive"}]}]}`))
	if err != nil || v.fail != 1 || v.unsure != 1 || !v.accused["MQTT client 10.0.0.1 plc b"] || v.notes != "the capturing interface dropped 7 packets" {
		t.Errorf("got %+v, %v", v, err)
	}
}
