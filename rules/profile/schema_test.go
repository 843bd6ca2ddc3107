package profile

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"plcscope/rules/siterules"
)

var update = flag.Bool("update", false, "write the schema of the profile")

// schemaName is where the schema lies by which editors complete a profile. It is made
// of the types of shape.go, so that the two cannot differ.
var schemaName = filepath.Join("..", "..", "docs", "schema", "profile.schema.json")

// described tells of each key what its name does not: TYPE.KEY.
var described = map[string]string{
	"file.version":                    "Version of this shape.",
	"file.subjects":                   "Partners that have a name at the site: it stands in reports.",
	"file.tolerances":                 "How much partners are granted.",
	"file.severity":                   "What a rule weighs at this site; off: it is not judged.",
	"file.waivers":                    "Findings that pass for a time.",
	"file.site":                       "What the site has laid down for itself.",
	"file.replies":                    "Which topic answers which, for versions before MQTT 5: plant/+/req=>plant/+/rsp.",
	"file.symbols":                    "Files that name the data of S7 controllers, for read, flows and check: FILE, or ADDRESS=FILE for one controller.",
	"file.values":                     "Which value of a controller is published where, for flows: it tells how long changes take.",
	"carried.controller":              "IP address of the controller; the first that shows the value without.",
	"carried.address":                 "Address as in STEP 7: DB1.DBD4, MW10, M10.3.",
	"carried.symbol":                  "Name in a symbol table (--symbols) instead of an address.",
	"carried.type":                    "S7 type of what lies at the address; a word without.",
	"carried.topic":                   "Topic filter.",
	"carried.path":                    "Where the value stands in a JSON payload: press.values[2]; the payload is the value without.",
	"subject.name":                    "Stands in reports; other keys refer to it.",
	"subject.addresses":               "IP addresses or networks, one of which holds its address.",
	"subject.client-ids":              "Globs (* and ?), one of which fits its MQTT client identifier.",
	"tolerances.answer":               "Until an answer counts as missing. Default 5s; --grace goes before it.",
	"tolerances.close":                "Until a connection that is to be closed counts as left open. Default: as answer.",
	"tolerances.keep-alive-client":    "By which a client may overstep its keep alive, at least a tenth of it. Default 1s.",
	"tolerances.keep-alive-server":    "By which a server may overstep one and a half times the keep alive, at least a tenth of it. Default 5s.",
	"tolerances.resend":               "Until who resumes a session must have sent again what was open. Default: six times answer.",
	"tolerances.refused-subscription": "Until a client must have done something about a SUBACK that refuses. Default 30s.",
	"tolerances.reconnect-storm":      "How many connections of a client are a storm. Default: 6 within 1m.",
	"tolerances.client-id-quarrel":    "How many take-overs between two hosts are a quarrel. Default: 2 within 10m.",
	"tolerances.pings-too-early":      "After how many short intervals in a row the ping timer is noted. Default 3.",
	"tolerances.sessions":             "Sessions without a connection that are remembered. Default 100000.",
	"tolerances.s7-give-up":           "After which an S7 client that sends another job has given up the one before. Default 500ms.",
	"tolerances.reply":                "Until a reply over topics is late. Default 5s.",
	"tolerances.delivery-window":      "What a message may take from its publisher to a subscriber. Default 60s.",
	"tolerances.delivery-resend":      "What a client that is back may take to send again what was in flight. Default 30s.",
	"storm.count":                     "This many are too many.",
	"storm.within":                    "Within this time.",
	"waiver.rule":                     "The rule that is waived.",
	"waiver.for":                      "Whom it is waived for; everybody without.",
	"waiver.fingerprint":              "Only this finding; the JSON report and the baseline show it.",
	"waiver.reason":                   "Why; stands in reports.",
	"waiver.expires":                  "The last day. From the next on the findings count again.",
	"selector.subject":                "A name under subjects, or an address.",
	"selector.address":                "An IP address or a network.",
	"selector.client-id":              "A glob (* and ?) for the MQTT client identifier.",
	"site.mqtt":                       "For MQTT clients; all parts that choose a client apply.",
	"site.s7":                         "For S7 controllers.",
	"siteMQTT.for":                    "Whom this is about; everybody without.",
	"siteMQTT.client-id":              "Regular expression that the client identifier matches as a whole.",
	"siteMQTT.keep-alive":             "Range of Keep Alive in CONNECT, as in 10s..2m.",
	"siteMQTT.publish":                "What may be published: the first entry whose topic fits judges. A topic that none fits is not allowed.",
	"siteMQTT.subscribe":              "What may be subscribed to, as filters which cover it.",
	"siteMQTT.ack-latency":            "Range of the time from PUBLISH to the end of its exchange, as in ..2s.",
	"publish.topic":                   "Topic filter.",
	"publish.qos":                     "Allowed ones; any without.",
	"publish.retain":                  "What the flag must be; either without.",
	"publish.payload":                 "What the application message must be.",
	"publish.interval":                "Range of the time from one PUBLISH on a topic to the next, as in 500ms..10s.",
	"payload.kind":                    "How it is written; s7: as values lie in the controller, big-endian.",
	"payload.length":                  "Range of bytes, as in 2..1000, ..64, 4.. or 8.",
	"payload.schema":                  "File of a JSON schema, relative to the profile.",
	"payload.type":                    "S7 type that the payload is made of.",
	"siteS7.for":                      "Which controllers this is about, by address; all without.",
	"siteS7.hosts":                    "Who may talk to the controller: addresses, networks, names under subjects.",
	"siteS7.functions":                "Which requests are allowed.",
	"siteS7.writable":                 "Which data may be written, as in STEP 7: DB10, DB10.DBX0.0..DB10.DBX99.7, MB100..MB200, Q.",
	"siteS7.answer":                   "Range of the time from a request to its answer, as in ..200ms.",
}

// forms are what a word looks like, as a part of a schema.
var forms = map[string]map[string]any{
	"waiver.expires":     {"pattern": `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`},
	"waiver.fingerprint": {"pattern": `^[0-9a-f]{32}$`},
	"waiver.reason":      {"minLength": 1},
	"payload.kind":       {"enum": kindNames},
	"siteS7.functions":   {"enum": siterules.Functions()},
	"file.severity":      {"enum": []string{"info", "warning", "error", "off"}},
}

// needed are the keys that must stand there.
var needed = map[string][]string{
	"file": {"version"}, "subject": {"name"}, "waiver": {"rule", "reason", "expires"}, "publish": {"topic"}, "carried": {"topic"},
}

func schemaOf(t reflect.Type, key string, defs map[string]any) map[string]any {
	word := map[string]any{"type": []string{"string", "number"}}
	if f := forms[key]; f != nil {
		word = map[string]any{"type": "string"}
		for k, v := range f {
			word[k] = v
		}
	}
	switch {
	case t == wordType:
		return word
	case t == durationType:
		return map[string]any{"type": "string", "pattern": `^([0-9.]+(ns|us|µs|ms|s|m|h))+$`}
	case key == "file.version":
		return map[string]any{"const": 1}
	case key == "publish.qos":
		n := map[string]any{"type": "integer", "minimum": 0, "maximum": 2}
		return map[string]any{"anyOf": []any{n, map[string]any{"type": "array", "items": n}}}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return schemaOf(t.Elem(), key, defs)
	case reflect.Int:
		return map[string]any{"type": "integer", "minimum": 0}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": word}
	case reflect.Slice: // one thing may stand in the place of a list
		x := schemaOf(t.Elem(), key, defs)
		return map[string]any{"anyOf": []any{map[string]any{"type": "array", "items": x}, x}}
	}
	if _, ok := defs[t.Name()]; !ok {
		defs[t.Name()] = nil
		defs[t.Name()] = objectOf(t, defs)
	}
	ref := map[string]any{"$ref": "#/$defs/" + t.Name()}
	if t == selectorType {
		return map[string]any{"anyOf": []any{map[string]any{"type": "string"}, ref}}
	}
	return ref
}

func objectOf(t reflect.Type, defs map[string]any) map[string]any {
	properties := map[string]any{}
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Type == placeType {
			continue
		}
		key := f.Tag.Get("yaml")
		x := schemaOf(f.Type, t.Name()+"."+key, defs)
		x["description"] = described[t.Name()+"."+key]
		properties[key] = x
	}
	o := map[string]any{"type": "object", "additionalProperties": false, "properties": properties}
	if l := needed[t.Name()]; l != nil {
		o["required"] = l
	}
	return o
}

// keys lists TYPE.KEY of a type and of all below it.
func keys(t reflect.Type, seen map[string]bool) {
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t == wordType || t == durationType {
		return
	}
	for i := range t.NumField() {
		if f := t.Field(i); f.Type != placeType {
			seen[t.Name()+"."+f.Tag.Get("yaml")] = true
			keys(f.Type, seen)
		}
	}
}

func TestSchemaIsUpToDate(t *testing.T) {
	defs := map[string]any{}
	schema := objectOf(reflect.TypeFor[file](), defs)
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	schema["title"] = "Profile of plcscope"
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
	if err != nil || !bytes.Equal(got, b.Bytes()) {
		t.Errorf("%s is not what the types say: run go test ./rules/profile -update (%v)", schemaName, err)
	}
	all := map[string]bool{}
	keys(reflect.TypeFor[file](), all)
	for k := range all {
		if described[k] == "" {
			t.Errorf("%s is not described", k)
		}
	}
	for k := range described {
		if !all[k] {
			t.Errorf("%s is described and does not exist", k)
		}
	}
}

// TestEveryKeyIsDocumented: docs/profile.md tells of all keys.
func TestEveryKeyIsDocumented(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "profile.md"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	keys(reflect.TypeFor[file](), all)
	for k := range all {
		if _, key, _ := strings.Cut(k, "."); !strings.Contains(string(text), key+":") {
			t.Errorf("docs/profile.md does not show %s", k)
		}
	}
	// Its examples are profiles, or parts of one.
	blocks := strings.Split(string(text), "```yaml\n")[1:]
	for _, x := range blocks {
		x, _, _ = strings.Cut(x, "```")
		if !strings.HasPrefix(x, "subjects:") {
			x = "subjects: [{name: press7, addresses: 192.168.10.17}, {name: panel, addresses: 192.168.10.40}]\n" + x
		}
		if !strings.Contains(x, "version:") {
			x = "version: 1\n" + x
		}
		if _, err := Parse("docs/profile.md", x, os.DirFS(filepath.Join("testdata", "valid")).Open); err != nil {
			t.Errorf("%v\nin\n%s", err, x)
		}
	}
}

// TestProfilesMatchTheSchema: what is read is what an editor takes for valid.
func TestProfilesMatchTheSchema(t *testing.T) {
	c := jsonschema.NewCompiler()
	text, err := os.ReadFile(schemaName)
	if err != nil {
		t.Fatal(err)
	}
	s, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.AddResource("https://plcscope.invalid/profile.json", s); err != nil {
		t.Fatal(err)
	}
	compiled := c.MustCompile("https://plcscope.invalid/profile.json")
	validate := func(profile string) error {
		j, err := yaml.YAMLToJSON([]byte(profile))
		if err != nil {
			t.Fatal(err)
		}
		x, err := jsonschema.UnmarshalJSON(bytes.NewReader(j))
		if err != nil {
			t.Fatal(err)
		}
		return compiled.Validate(x)
	}
	names, _ := filepath.Glob("testdata/valid/*.yaml")
	profiles := []string{Starting()}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		profiles = append(profiles, string(text))
	}
	for _, p := range profiles {
		if err := validate(p); err != nil {
			t.Errorf("%v\nin\n%s", err, p)
		}
	}
	for _, bad := range []string{
		"severity: {}", "version: 2", "{version: 1, subject: []}", "{version: 1, severity: {a: fatal}}", "{version: 1, waivers: [{rule: a}]}",
		"{version: 1, tolerances: {answer: 5}}", "{version: 1, site: {s7: [{functions: [raed]}]}}", "{version: 1, site: {mqtt: [{publish: [{qos: 1}]}]}}",
	} {
		if validate(bad) == nil {
			t.Errorf("the schema takes %s", bad)
		}
		if _, err := Parse("p.yaml", bad, nil); err == nil {
			t.Errorf("%s is read", bad)
		}
	}
}

// TestStarting: the profile to start from is one, and so is what it shows in its
// comments.
func TestStarting(t *testing.T) {
	if p, err := Parse("p.yaml", Starting(), nil); err != nil || len(p.Waivers)+len(p.Subjects)+len(p.Severity) != 0 {
		t.Fatalf("%v", err)
	}
	var lines []string
	for line := range strings.Lines(Starting()) {
		if rest, ok := strings.CutPrefix(line, "#"); ok && (!strings.HasPrefix(rest, " ") || strings.HasPrefix(rest, "  ")) {
			line = rest // one blank begins prose
		}
		lines = append(lines, line)
	}
	p, err := Parse("p.yaml", strings.Join(lines, ""), nil)
	if err != nil {
		t.Fatalf("%v", err)
	}
	if len(p.Subjects) == 0 || len(p.Waivers) == 0 || len(p.Severity) == 0 || len(p.Policy.MQTT) == 0 || len(p.Policy.S7) == 0 || len(p.Replies) == 0 || p.Tolerances == (Tolerances{}) {
		t.Errorf("the examples show too little: %+v", p)
	}
	if !slices.Contains(lines, "version: 1\n") {
		t.Error("no version")
	}
}
