package export

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// Rows are compared as texts by column, those of Parquet as they lie in its columns: null
// is a column that is not there, a list a text for each element and column of it.

// parquetRows are the rows of a Parquet file.
func parquetRows(t *testing.T, b []byte) (l []map[string][]string) {
	t.Helper()
	f, err := parquet.OpenFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	leaves := f.Schema().Columns()
	for _, g := range f.RowGroups() {
		rows := g.Rows()
		for {
			var buf [16]parquet.Row
			n, err := rows.ReadRows(buf[:])
			for _, r := range buf[:n] {
				m := map[string][]string{}
				for _, v := range r {
					path := leaves[v.Column()]
					name := path[0]
					if len(path) == 4 { // an element that is a struct
						name += "." + path[3]
					}
					leaf, _ := f.Schema().Lookup(path...)
					if !v.IsNull() {
						m[name] = append(m[name], parquetText(leaf.Node.Type(), v))
					}
				}
				l = append(l, m)
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		rows.Close()
	}
	return l
}

func parquetText(typ parquet.Type, v parquet.Value) string {
	logical := typ.LogicalType()
	switch v.Kind() {
	case parquet.Boolean:
		return strconv.FormatBool(v.Boolean())
	case parquet.Int32:
		return strconv.Itoa(int(v.Int32()))
	case parquet.Int64:
		if logical != nil && strings.HasPrefix(logical.String(), "TIMESTAMP") {
			b, _ := Stamp(v.Int64()).MarshalText()
			return string(b)
		}
		return strconv.FormatInt(v.Int64(), 10)
	case parquet.Double:
		return strconv.FormatFloat(v.Double(), 'g', -1, 64)
	}
	if logical != nil && logical.String() == "STRING" {
		return string(v.ByteArray())
	}
	return base64.StdEncoding.EncodeToString(v.ByteArray())
}

// jsonRow is a line of a JSON file.
func jsonRow(t *testing.T, line []byte) map[string][]string {
	t.Helper()
	var m map[string]any
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	if err := d.Decode(&m); err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for name, v := range m {
		jsonText(out, name, v)
	}
	return out
}

func jsonText(out map[string][]string, name string, v any) {
	switch x := v.(type) {
	case []any:
		for _, y := range x {
			jsonText(out, name, y)
		}
	case map[string]any:
		for n, y := range x {
			jsonText(out, name+"."+n, y)
		}
	case json.Number:
		s := x.String()
		if name == "number" {
			f, _ := x.Float64()
			s = strconv.FormatFloat(f, 'g', -1, 64)
		}
		out[name] = append(out[name], s)
	case bool:
		out[name] = append(out[name], strconv.FormatBool(x))
	case string:
		out[name] = append(out[name], x)
	}
}
