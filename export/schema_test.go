package export

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"plcscope/pcaps/samples"
)

var update = flag.Bool("update", false, "write the schema and the columns in the documentation")

func unix(ns int64) time.Time { return time.Unix(0, ns) }

// The schema and the description of the columns are made from the types that are
// written, so that they cannot differ.
var (
	schemaName = filepath.Join("..", "docs", "schema", "export.schema.json")
	manualName = filepath.Join("..", "docs", "export.md")
)

var documented = []struct {
	name, title string
	row         any
}{
	{"mqtt", "An MQTT control packet.", MQTT{}},
	{"s7", "A PDU of ISO-on-TCP: S7comm, or the COTP that carries it.", S7{}},
	{"values", "One address in an S7 message, or one symbol that lies there.", Value{}},
	{"findings", "One case of a rule that was broken, or that looks broken.", Finding{}},
	{"deliveries", "What became of one message of QoS 1 or 2 between a client and its broker. Time and frame are those of its first sending.", Delivery{}},
}

// column is one of a table.
type column struct {
	name, doc string
	null      bool
	typ       reflect.Type
	field     string
}

// columnsOf are the columns of a row, those of embedded structs among them.
func columnsOf(t *testing.T, typ reflect.Type) (l []column) {
	for i := range typ.NumField() {
		f := typ.Field(i)
		if f.Anonymous {
			l = append(l, columnsOf(t, f.Type)...)
			continue
		}
		name, zero, _ := strings.Cut(f.Tag.Get("json"), ",")
		inParquet, rest, _ := strings.Cut(f.Tag.Get("parquet"), ",")
		c := column{name, f.Tag.Get("doc"), zero == "omitzero", f.Type, f.Name}
		if name != inParquet || c.doc == "" || c.null != strings.Contains(rest, "optional") {
			t.Errorf("%s.%s: the tags differ, or it is not described", typ.Name(), f.Name)
		}
		l = append(l, c)
	}
	return l
}

// kind is the type of a column in words, and as JSON schema.
func kind(t *testing.T, typ reflect.Type) (string, map[string]any) {
	switch typ {
	case reflect.TypeFor[Stamp]():
		return "timestamp", map[string]any{"type": "string", "format": "date-time"}
	case reflect.TypeFor[[]byte]():
		return "bytes", map[string]any{"type": "string", "contentEncoding": "base64"}
	}
	switch typ.Kind() {
	case reflect.Pointer:
		return kind(t, typ.Elem())
	case reflect.String:
		return "string", map[string]any{"type": "string"}
	case reflect.Bool:
		return "boolean", map[string]any{"type": "boolean"}
	case reflect.Int32:
		return "int32", map[string]any{"type": "integer"}
	case reflect.Int64:
		return "int64", map[string]any{"type": "integer"}
	case reflect.Float64:
		return "double", map[string]any{"type": "number"}
	case reflect.Slice:
		word, s := kind(t, typ.Elem())
		return "list of " + word, map[string]any{"type": "array", "items": s}
	case reflect.Struct:
		return "(name, value)", object(t, typ)
	}
	t.Fatalf("no word for %s", typ)
	return "", nil
}

func object(t *testing.T, typ reflect.Type) map[string]any {
	properties, required := map[string]any{}, []string{}
	for _, c := range columnsOf(t, typ) {
		_, s := kind(t, c.typ)
		s["description"] = c.doc
		properties[c.name] = s
		if !c.null {
			required = append(required, c.name)
		}
	}
	return map[string]any{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
}

func schema(t *testing.T) []byte {
	defs := map[string]any{}
	for _, d := range documented {
		o := object(t, reflect.TypeOf(d.row))
		o["description"] = d.title
		defs[d.name] = o
	}
	b, err := json.MarshalIndent(map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"title":   "Tables of plcscope export: a row of TABLE fits #/$defs/TABLE",
		"$defs":   defs,
	}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(b, '\n')
}

const mark = "<!-- columns: written by go test ./export -update -->\n"

// columns is the part of the manual behind the mark.
func columns(t *testing.T) string {
	var b strings.Builder
	for _, d := range documented {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| column | type | |\n| --- | --- | --- |\n", d.name, d.title)
		for _, c := range columnsOf(t, reflect.TypeOf(d.row)) {
			word, _ := kind(t, c.typ)
			if c.null {
				word += ", null"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", c.name, word, c.doc)
		}
	}
	return b.String()
}

func TestTheSchemaIsThatOfTheTypes(t *testing.T) {
	want := schema(t)
	manual, err := os.ReadFile(manualName)
	if err != nil {
		t.Fatal(err)
	}
	head, tail, ok := strings.Cut(string(manual), mark)
	if !ok {
		t.Fatalf("%s has no mark", manualName)
	}
	if *update {
		if err := os.WriteFile(schemaName, want, 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(manualName, []byte(head+mark+columns(t)), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(schemaName)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is not what the types say (%v): run go test ./export -update", schemaName, err)
	}
	if tail != columns(t) {
		t.Errorf("%s is not what the types say: run go test ./export -update", manualName)
	}
}

func TestRowsFitTheSchema(t *testing.T) {
	f, err := os.Open(schemaName)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	doc, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("export", doc); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, name := range samples.Names() {
		c, err := samples.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		if err := exported(t, c, Options{Dir: dir, JSON: true, Tap: "t"}).Close(); err != nil {
			t.Fatal(err)
		}
		for file, b := range files(t, dir) {
			table := strings.Split(file, "/")[1]
			s, err := compiler.Compile("export#/$defs/" + table)
			if err != nil {
				t.Fatal(err)
			}
			for line := range bytes.Lines(b) {
				v, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
				if err == nil {
					err = s.Validate(v)
				}
				if err != nil {
					t.Fatalf("%s: %v\n%s", file, err, line)
				}
				seen[table]++
			}
		}
	}
	for _, d := range documented {
		if seen[d.name] == 0 {
			t.Errorf("no sample has a row of %s", d.name)
		}
	}
}
