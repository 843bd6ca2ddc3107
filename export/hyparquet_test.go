package export

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/pcaps/samples"
)

// TestHyparquetReadsTheTables: a reader of Parquet that shares no code with the writer finds
// in every table, row by row, the values that stand in the JSON lines.
func TestHyparquetReadsTheTables(t *testing.T) {
	reader, err := filepath.Abs(filepath.Join("testdata", "hyparquet"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(reader, "node_modules", "hyparquet")); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("hyparquet is not installed")
		}
		t.Skip("hyparquet is not installed (npm ci in export/testdata/hyparquet): not compared")
	}
	c, err := samples.Open("mixed-plant.pcapng.zst")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := exported(t, c, Options{Dir: dir, Parquet: true, JSON: true, Tap: "tap"}).Close(); err != nil {
		t.Fatal(err)
	}
	rows := 0
	for name, lines := range files(t, dir) {
		table, ok := strings.CutPrefix(name, "jsonl/")
		if !ok {
			continue
		}
		file := filepath.Join(dir, strings.TrimSuffix(table, ".jsonl")+".parquet")
		out, err := exec.Command("node", filepath.Join(reader, "rows.mjs"), file).Output()
		if err != nil {
			t.Fatalf("%s: %v", table, err)
		}
		want, got := rowsOf(t, lines), rowsOf(t, out)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-json +hyparquet):\n%.3000s", table, d)
		}
		rows += len(got)
	}
	if rows < 200 {
		t.Errorf("only %d rows were compared", rows)
	}
}

// rowsOf are the rows of JSON lines, without what has no value, and without the time as a
// text: JavaScript knows milliseconds, and time_ns has it whole.
func rowsOf(t *testing.T, lines []byte) (l []map[string]any) {
	t.Helper()
	for line := range bytes.Lines(lines) {
		var row map[string]any
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		for name, v := range row {
			if v == nil || name == "time" {
				delete(row, name)
			}
		}
		l = append(l, row)
	}
	return l
}
