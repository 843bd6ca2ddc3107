package events

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

var update = flag.Bool("update", false, "write the schema")

// schemaName is where the schema lies. It is made from the types that are written, so
// that the two cannot differ.
var schemaName = filepath.Join("..", "..", "docs", "schema", "events.schema.json")

// every is one of each event.
var every = []event{
	new(Start), new(Finding), new(Connection), new(Session), new(Outage), new(Action),
	new(Statistics), new(Loss), new(Notice), new(Report), new(End),
}

// about says what each event is.
var about = map[string]string{
	"start":      "The run begins.",
	"finding":    "A rule was broken, or looks broken where the capture cannot decide. Of the same rule and subject, the first cases are told, later one now and then.",
	"connection": "A TCP connection with MQTT or ISO-on-TCP begins; one of these, or one that is encrypted, is over.",
	"session":    "An MQTT client is accepted or refused, or its connection is over.",
	"outage":     "An MQTT connection broke without DISCONNECT; its client is back.",
	"action":     "Somebody stops, starts, loads or forces a controller, or does something like that; what became of it.",
	"statistics": "Counts, now and then.",
	"loss":       "The system has dropped frames: what they touch is judged inconclusive.",
	"notice":     "Something about the program that its operator must know.",
	"report":     "A report was written.",
	"end":        "The run is over.",
}

func schemaOf(t reflect.Type, defs map[string]any) map[string]any {
	switch t.Kind() {
	case reflect.Pointer:
		return schemaOf(t.Elem(), defs)
	case reflect.Slice:
		return map[string]any{"type": "array", "items": schemaOf(t.Elem(), defs)}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Uint16, reflect.Uint64:
		return map[string]any{"type": "integer", "minimum": 0}
	case reflect.Int, reflect.Int64:
		return map[string]any{"type": "integer"}
	case reflect.Struct:
		if _, ok := defs[t.Name()]; !ok {
			defs[t.Name()] = objectOf(t, defs)
		}
		return map[string]any{"$ref": "#/$defs/" + t.Name()}
	}
	panic("no schema for " + t.String())
}

func objectOf(t reflect.Type, defs map[string]any) map[string]any {
	properties, required := map[string]any{}, []string{}
	var fields func(reflect.Type)
	fields = func(s reflect.Type) {
		for i := range s.NumField() {
			f := s.Field(i)
			if f.Anonymous {
				fields(f.Type)
				continue
			}
			name, rest, _ := strings.Cut(f.Tag.Get("json"), ",")
			x := schemaOf(f.Type, defs)
			if l := f.Tag.Get("enum"); l != "" {
				x["enum"] = strings.Split(l, "|")
			}
			if d := f.Tag.Get("doc"); d != "" {
				x["description"] = d
			}
			properties[name] = x
			if !strings.Contains(rest, "omitempty") {
				required = append(required, name)
			}
		}
	}
	fields(t)
	return map[string]any{"type": "object", "properties": properties, "required": required}
}

func TestSchemaIsUpToDate(t *testing.T) {
	defs := map[string]any{}
	var choices []any
	for _, e := range every {
		x := objectOf(reflect.TypeOf(e).Elem(), defs)
		x["properties"].(map[string]any)["event"] = map[string]any{"const": e.kind()}
		x["description"] = about[e.kind()]
		if about[e.kind()] == "" {
			t.Errorf("nothing is said about %s", e.kind())
		}
		name := reflect.TypeOf(e).Elem().Name()
		if _, ok := defs[name]; ok {
			t.Fatalf("two definitions of %s", name)
		}
		defs[name] = x
		choices = append(choices, map[string]any{"$ref": "#/$defs/" + name})
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(map[string]any{
		"$schema":     "https://json-schema.org/draft/2020-12/schema",
		"title":       "Events of plcscope live",
		"description": "One object a line. Readers pass over events and fields that they do not know.",
		"oneOf":       choices,
		"$defs":       defs,
	})
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(schemaName, b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(schemaName)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, b.Bytes()) {
		t.Errorf("%s is not what the types say: run go test ./report/events -update", schemaName)
	}
}

// compiled is the schema as it lies in docs.
func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile(schemaName)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// valid holds a line against the schema and returns it decoded.
func valid(t *testing.T, s *jsonschema.Schema, line []byte) map[string]any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
	if err != nil {
		t.Fatalf("%v\n%s", err, line)
	}
	if err := s.Validate(v); err != nil {
		t.Fatalf("%v\n%s", err, line)
	}
	return v.(map[string]any)
}
