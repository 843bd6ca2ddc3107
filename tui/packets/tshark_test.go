package packets

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"plcscope/pcaps"
	"plcscope/tui/pane"
)

var bareInfo = regexp.MustCompile(`^((?:\[[^\]]*\] ?)*)(\d+ → \d+ .* Len=\d+)`)

// TestBareSegmentsAsTshark compares what the list says of segments without messages with
// tshark's column, up to the options.
func TestBareSegmentsAsTshark(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("there is no tshark")
	}
	files, _ := filepath.Glob("../../../shared/pcaps/*/*.pcap*")
	if len(files) == 0 {
		t.Skip("there are no captures in ../shared/pcaps")
	}
	same := 0
	for _, name := range files {
		if i, err := os.Stat(name); err != nil || i.Size() < 12_000 || i.Size() > 1_000_000 {
			continue // what tshark takes to start is more than it is worth
		}
		out, err := exec.Command("tshark", "-r", name, "-T", "fields", "-e", "frame.number", "-e", "_ws.col.Protocol", "-e", "_ws.col.Info").Output()
		if err != nil {
			t.Fatal(err)
		}
		c, err := pcaps.Open([]string{name}, pcaps.Options{})
		if err != nil {
			t.Fatal(err)
		}
		ix := build(t, c)
		r := ix.NewReader()
		x := describer{ix: ix, reader: r, words: &pane.Words{}, rules: func(uint32) [][2]string { return nil }}
		for line := range strings.Lines(string(out)) {
			f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
			if len(f) < 3 || f[1] != "TCP" {
				continue
			}
			n, _ := strconv.Atoi(f[0])
			row := x.describe(uint32(n))
			want, got := bareInfo.FindString(f[2]), bareInfo.FindString(row.info.String())
			if row.completes > 0 || want == "" {
				continue // a message that tshark takes for data
			}
			want = regexp.MustCompile(`(Dup ACK) \d+(#\d+)`).ReplaceAllString(want, "$1 $2")
			if got != want {
				t.Errorf("%s, frame %d:\ntshark %q\n    we %q", filepath.Base(name), n, want, got)
			}
			same++
		}
		r.Close()
	}
	if same < 200 {
		t.Errorf("%d segments were compared, too few", same)
	}
}
