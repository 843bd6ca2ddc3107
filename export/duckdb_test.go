package export

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/pcaps/samples"
)

// DuckDB reads what is written: in every column as many values, and as many different
// ones, as the JSON lines have, and payloads of the same length.
func TestDuckDBReadsTheTables(t *testing.T) {
	program, err := exec.LookPath("duckdb")
	if err != nil {
		t.Skip("duckdb is not installed: not compared")
	}
	dir := t.TempDir()
	for i, name := range samples.Names() {
		c, err := samples.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := exported(t, c, Options{Dir: dir, Parquet: true, JSON: true, Tap: fmt.Sprintf("tap%d", i)}).Close(); err != nil {
			t.Fatal(err)
		}
	}
	all := files(t, dir)
	for _, d := range documented {
		want := map[string]float64{"rows": 0}
		query := []string{`count(*) AS "rows"`}
		different := map[string]map[string]bool{}
		for _, c := range columnsOf(t, reflect.TypeOf(d.row)) {
			query = append(query, fmt.Sprintf(`count("%s") AS "%s"`, c.name, c.name))
			want[c.name] = 0
			if c.typ.Kind() == reflect.String {
				query = append(query, fmt.Sprintf(`count(DISTINCT "%s") AS "%s.different"`, c.name, c.name))
				different[c.name] = map[string]bool{}
			}
			if c.typ == reflect.TypeFor[[]byte]() {
				query = append(query, fmt.Sprintf(`coalesce(sum(octet_length("%s")), 0)::BIGINT AS "%s.bytes"`, c.name, c.name))
				want[c.name+".bytes"] = 0
			}
		}
		for name, b := range all {
			if !strings.HasPrefix(name, "jsonl/"+d.name+"/") {
				continue
			}
			for line := range bytes.Lines(b) {
				r := reflect.New(reflect.TypeOf(d.row))
				var m map[string]any
				if json.Unmarshal(line, &m) != nil || json.Unmarshal(line, r.Interface()) != nil {
					t.Fatalf("%s", line)
				}
				want["rows"]++
				for k, v := range m {
					want[k]++
					if different[k] != nil {
						different[k][v.(string)] = true
					}
				}
				for _, c := range columnsOf(t, reflect.TypeOf(d.row)) {
					if c.typ == reflect.TypeFor[[]byte]() {
						want[c.name+".bytes"] += float64(r.Elem().FieldByName(c.field).Len())
					}
				}
			}
		}
		for k, m := range different {
			want[k+".different"] = float64(len(m))
		}
		text := fmt.Sprintf("SELECT %s FROM read_parquet('%s', hive_partitioning = true)", strings.Join(query, ", "), filepath.Join(dir, d.name, "*", "*.parquet"))
		out, err := exec.Command(program, "-json", "-c", text).Output()
		if err != nil {
			t.Fatalf("duckdb: %v\n%s", err, out)
		}
		var got []map[string]float64
		if err := json.Unmarshal(out, &got); err != nil || len(got) != 1 {
			t.Fatalf("duckdb says %s (%v)", out, err)
		}
		if diff := cmp.Diff(want, got[0]); diff != "" {
			t.Errorf("%s: (-json +duckdb)\n%s", d.name, diff)
		}
	}
}
