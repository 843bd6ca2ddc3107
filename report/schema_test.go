package report

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"plcscope/rules"
)

// schemaName is where the schema of the JSON report lies. It is made from the
// types that are written, so that the two cannot differ.
var schemaName = filepath.Join("..", "docs", "schema", "check.schema.json")

// described says what cannot be read off a name: TYPE.FIELD, as in JSON.
var described = map[string]string{
	"jsonReport.schema":             "Version of this shape. It changes when a field changes its meaning or goes; new fields do not change it.",
	"jsonReport.tool":               "Name and version of the program.",
	"jsonReport.failed":             "Whether a certain finding reaches fail_on.",
	"jsonReport.fail_on":            "The least severity that makes the run fail.",
	"jsonReport.interrupted":        "Whether somebody has ended the run before the capture ended.",
	"jsonReport.filter":             "Has chosen the connections that were judged; capture counts all.",
	"jsonReport.files":              "The files of the capture.",
	"jsonReport.notes":              "What about the capture bears on its verdicts: missing bytes, bounds that were reached.",
	"jsonReport.coverage":           "Rules by verdict: each counts once, with the highest verdict over all subjects.",
	"jsonReport.subjects":           "Those judged, clients before servers, by address and name.",
	"jsonReport.delivery":           "What became of messages with QoS 1 and 2.",
	"jsonCapture.first":             "Capture time of the earliest frame, RFC 3339, UTC.",
	"jsonCapture.last":              "Capture time of the latest frame.",
	"jsonCapture.iso_pdus":          "PDUs of ISO-on-TCP, S7comm among them.",
	"jsonSubject.address":           "IP address; a server also has a port.",
	"jsonSubject.client_id":         "MQTT client identifier, when it is known.",
	"jsonResult.rule":               "Stable identifier; never used again for something else.",
	"jsonResult.severity":           "Of the gravest certain case; of the rule when there is none.",
	"jsonResult.catalogue_severity": "Of the rule without the profile; left out when that has not changed it.",
	"jsonResult.exercised":          "How often the capture put the rule to the test.",
	"jsonResult.failed":             "How often it was broken for certain.",
	"jsonResult.inconclusive":       "How often it looks broken, but the capture cannot decide.",
	"jsonResult.reason":             "Why the verdict is inconclusive.",
	"jsonResult.clauses":            "Statements that the rule checks, by standard.",
	"jsonResult.findings":           "The cases that were kept in full; the rest is counted.",
	"jsonCount.excused":             "Of fail, the rules that were broken by no case that counts.",
	"jsonProfile.switched_off":      "Rules whose severity the profile sets to off.",
	"jsonProfile.severity":          "Rules whose severity the profile changes.",
	"jsonSeverity.catalogue":        "What the rule weighs without the profile.",
	"jsonSeverity.here":             "What it weighs by the profile.",
	"jsonWaiver.until":              "The last day on which it holds.",
	"jsonWaiver.cases":              "Certain cases that it is about; those of an expired waiver count again.",
	"jsonBaseline.known":            "Certain cases that the baseline excuses.",
	"jsonBaseline.new":              "Certain cases that neither the baseline nor a waiver excuses.",
	"jsonBaseline.gone":             "Findings of the baseline that did not occur.",
	"jsonSubject.name":              "What the profile calls it.",
	"jsonResult.excused":            "How many of the failed cases do not count.",
	"jsonResult.excuse":             "Why, the first time.",
	"jsonFinding.excuse":            "Why the case does not count.",
	"jsonFinding.fingerprint":       "The same for the same defect in another capture.",
	"jsonFinding.frame":             "Number of the frame in the whole capture, from 1, as Wireshark numbers it.",
	"jsonFinding.record_offset":     "Offset of the frame's record in the decompressed file.",
	"jsonFinding.clause":            "The clause in the version of the connection.",
	"jsonFinding.names":             "What the S7 data are called of which detail speaks, by --symbols.",
	"jsonFinding.offset":            "Offset of the offending byte in the message.",
	"jsonFinding.bytes":             "The first bytes of the message in hexadecimal; left out when they may hold a password.",
	"jsonFinding.related":           "Earlier messages that matter.",
	"jsonLedger.lost":               "Never acknowledged and not sent again though the client came back; the capture shows all of it.",
	"jsonLedger.delivered_twice":    "Acknowledged more than once as messages of their own.",
	"jsonLedger.open":               "In flight at the end of the capture.",
	"jsonLedger.unknown":            "The capture does not tell.",
	"jsonLatency.bars":              "Values by size: how many are at most up_to_ns and above the bar before.",
	"jsonDeliverySession.down_ns":   "Time without a connection after outages.",
}

// words are the values that a field may have.
var words = map[string][]string{
	"jsonReport.schema":             {SchemaVersion},
	"jsonReport.fail_on":            {"info", "warning", "error"},
	"jsonResult.severity":           {"info", "warning", "error"},
	"jsonResult.catalogue_severity": {"info", "warning", "error"},
	"jsonSeverity.catalogue":        {"info", "warning", "error"},
	"jsonSeverity.here":             {"info", "warning", "error"},
	"jsonFinding.severity":          {"info", "warning", "error"},
	"jsonResult.verdict":            {rules.NotExercised.String(), rules.Pass.String(), rules.Inconclusive.String(), rules.Fail.String()},
	"jsonFinding.verdict":           {rules.Inconclusive.String(), rules.Fail.String()},
	"jsonExcuse.kind":               {rules.Waived.String(), rules.Known.String()},
	"jsonSubject.protocol":          {"MQTT", "S7"},
	"jsonSubject.role":              {"client", "server", "both"},
}

// schemaOf describes a type; structs go into defs.
func schemaOf(t reflect.Type, defs map[string]any) map[string]any {
	switch t.Kind() {
	case reflect.Pointer:
		return schemaOf(t.Elem(), defs)
	case reflect.Slice:
		return map[string]any{"type": "array", "items": schemaOf(t.Elem(), defs)}
	case reflect.Array:
		return map[string]any{"type": "array", "items": schemaOf(t.Elem(), defs), "minItems": t.Len(), "maxItems": t.Len()}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": schemaOf(t.Elem(), defs)}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return map[string]any{"type": "integer", "minimum": 0}
	case reflect.Int, reflect.Int64:
		return map[string]any{"type": "integer"}
	case reflect.Struct:
		name := strings.TrimPrefix(t.Name(), "json")
		if _, ok := defs[name]; !ok {
			defs[name] = nil // it may hold itself
			defs[name] = objectOf(t, defs)
		}
		return map[string]any{"$ref": "#/$defs/" + name}
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
			if l := words[t.Name()+"."+name]; l != nil {
				x["enum"] = l
			}
			if d := described[t.Name()+"."+name]; d != "" {
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
	schema := objectOf(reflect.TypeFor[jsonReport](), defs)
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	schema["title"] = "JSON report of plcscope check"
	schema["$defs"] = defs
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(schema); err != nil {
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
		t.Errorf("%s is not what the types say: run go test ./report -update", schemaName)
	}
	for what := range described {
		if typ, field, _ := strings.Cut(what, "."); typ != "jsonReport" {
			d, ok := defs[strings.TrimPrefix(typ, "json")].(map[string]any)
			if !ok || d["properties"].(map[string]any)[field] == nil {
				t.Errorf("%s is described and does not exist", what)
			}
		}
	}
}

// TestReportsMatchTheSchema validates real reports.
func TestReportsMatchTheSchema(t *testing.T) {
	schema, err := os.ReadFile(schemaName)
	if err != nil {
		t.Fatal(err)
	}
	for _, sample := range []string{"mqtt31-plc-healthy.pcap", "mqtt31-plc-faulty.pcap", "s7-poll.pcapng", "mixed-plant.pcapng.zst"} {
		checkSchema(t, string(schema), written(t, analysed(t, sample), (*Report).JSON))
	}
	checkSchema(t, string(schema), written(t, hostileReport(), (*Report).JSON))
	checkSchema(t, string(schema), written(t, &Report{Book: &rules.Book{}}, (*Report).JSON))
}
