package s7rules

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"plcscope/flows"
	"plcscope/internal/talk"
	"plcscope/pcaps"
	"plcscope/pcaps/samples"
	"plcscope/rules"
)

// captured runs a capture through the engine.
func captured(t *testing.T, src *pcaps.Capture) *rules.Book {
	t.Helper()
	defer src.Close()
	e := New(Options{})
	if _, err := flows.Analyse(context.Background(), src, flows.Config{}, e); err != nil {
		t.Fatal(err)
	}
	return e.Book()
}

// sayings lists what a book holds against somebody at or over a severity.
func sayings(b *rules.Book, v rules.Verdict, least rules.Severity) []string {
	var l []string
	for _, s := range b.Subjects() {
		for _, x := range b.Results(s) {
			if x.Verdict == v && x.Severity >= least && !slices.Contains(l, x.Rule.ID) {
				l = append(l, x.Rule.ID)
			}
		}
	}
	slices.Sort(l)
	return l
}

// TestRealTraffic judges captures of real controllers. They keep all requirements;
// what is said of them is true, and why is told here.
func TestRealTraffic(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "pcaps", "s7")
	for _, tt := range []struct {
		file         string
		fail         []string // warnings and errors
		inconclusive []string
		remarks      []string // of severity info
		exercised    int      // least number of rules that were put to the test
	}{
		{file: "S7-1200-Uploading-OB1-TIAV12.pcap", exercised: 15}, // S7comm-plus: only its transport is judged
		{file: "S7-1511_db2_var1_HMI.pcap", exercised: 15},
		{file: "icsnpp_s7comm_plus.pcap", exercised: 25},
		// Begins in mid-stream; asks for 1008 bytes and gets 240. Its DT carry
		// numbers, which nobody minds.
		{file: "plc4x_manual.pcapng", remarks: []string{"s7-setup-reduced"}, exercised: 25},
		// STEP 7 asks every S7-300 for 480 bytes and gets 240; it looks for DB1
		// before it loads and activates it.
		{file: "s7comm_downloading_block_db1.pcap", remarks: []string{"s7-control", "s7-service-error", "s7-setup-reduced"}, exercised: 25},
		{file: "s7comm_program_blocklist_onlineview.pcap", remarks: []string{"s7-service-error", "s7-setup-reduced"}, exercised: 25},
		// Asks for status list 0C91 of a module that is not there.
		{file: "s7comm_reading_plc_status.pcap", remarks: []string{"s7-service-error", "s7-setup-reduced"}, exercised: 25},
		{file: "s7comm_reading_setting_plc_time.pcap", remarks: []string{"s7-control", "s7-setup-reduced"}, exercised: 25},
		{file: "s7comm_varservice_libnodavedemo.pcap", remarks: []string{"s7-setup-reduced"}, exercised: 30},
		{file: "s7comm_varservice_libnodavedemo_bench.pcap", remarks: []string{"s7-setup-reduced"}, exercised: 30},
		// Writes timers, which the CPU does not allow (03): a warning. Stops,
		// starts and compresses, asks for blocks that do not exist.
		{file: "snap7_s300_everything.pcapng", fail: []string{"s7-item-denied"}, remarks: []string{"s7-control", "s7-service-error", "s7-setup-reduced"}, exercised: 25},
		{file: "step7_s300_AuthPassword.pcapng", remarks: []string{"s7-password-visible"}, exercised: 10},
		{file: "step7_s300_download.pcapng", remarks: []string{"s7-control", "s7-setup-reduced"}, exercised: 20},
		{file: "step7_s300_readDiagData.pcapng", exercised: 10},
		{file: "step7_s300_rwVarTab.pcapng", remarks: []string{"s7-control"}, exercised: 10},
		{file: "tia_s300_downloadOb1.pcapng", remarks: []string{"s7-control"}, exercised: 20},
		// Two jobs at one time, with 1 and 2 granted.
		{file: "wincc_s300_setup-alarm-read-write.pcapng", exercised: 25},
	} {
		t.Run(tt.file, func(t *testing.T) {
			name := filepath.Join(dir, tt.file)
			if _, err := os.Stat(name); err != nil {
				t.Skip("../shared/pcaps/s7 is absent")
			}
			src, err := pcaps.Open([]string{name}, pcaps.Options{})
			if err != nil {
				t.Fatal(err)
			}
			b := captured(t, src)
			if got := sayings(b, rules.Fail, rules.Warning); !slices.Equal(got, tt.fail) {
				t.Errorf("broken are %q, want %q\n%q", got, tt.fail, talk.Findings(b))
			}
			if got := sayings(b, rules.Inconclusive, rules.Info); !slices.Equal(got, tt.inconclusive) {
				t.Errorf("inconclusive are %q, want %q\n%q", got, tt.inconclusive, talk.Findings(b))
			}
			remarks := slices.DeleteFunc(sayings(b, rules.Fail, rules.Info), func(id string) bool { return slices.Contains(tt.fail, id) })
			if !slices.Equal(remarks, tt.remarks) {
				t.Errorf("remarks are %q, want %q\n%q", remarks, tt.remarks, talk.Findings(b))
			}
			n := 0
			for _, s := range b.Subjects() {
				for _, x := range b.Results(s) {
					if x.Verdict != rules.NotExercised {
						n++
					}
				}
			}
			if n < tt.exercised {
				t.Errorf("only %d results, want %d or more", n, tt.exercised)
			}
		})
	}
}

// TestSamples judges our own captures: what their notes tell is found.
func TestSamples(t *testing.T) {
	for name, want := range map[string][]string{
		"mixed-plant.pcapng.zst": {"s7-item-missing", "s7-item-range", "s7-server-closed"},
		"s7-poll.pcapng":         {"s7-item-missing", "s7-item-range", "s7-server-closed"},
	} {
		src, err := samples.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		b := captured(t, src)
		if got := sayings(b, rules.Fail, rules.Warning); !slices.Equal(got, want) {
			t.Errorf("%s: broken are %q, want %q\n%q", name, got, want, talk.Findings(b))
		}
	}
}
