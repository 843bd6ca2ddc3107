package report

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	_ "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif" // its source holds the schema
	"github.com/santhosh-tekuri/jsonschema/v6"

	"plcscope/pcaps"
	"plcscope/rules"
)

// sarifSchemaText is the schema of OASIS as the library go-sarif carries it, in a
// constant that only its source shows.
var sarifSchemaText = sync.OnceValues(func() (string, error) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/owenrumney/go-sarif/v3").Output()
	if err != nil {
		return "", err
	}
	name := filepath.Join(strings.TrimSpace(string(dir)), "pkg", "report", "v210", "sarif", "schema.go")
	f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	if err != nil {
		return "", err
	}
	text := ""
	ast.Inspect(f, func(n ast.Node) bool {
		if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
			if s, err := strconv.Unquote(l.Value); err == nil && len(s) > len(text) {
				text = s
			}
		}
		return true
	})
	return text, nil
})

// checkSARIF validates a report against the schema of OASIS.
func checkSARIF(t *testing.T, report string) {
	t.Helper()
	text, err := sarifSchemaText()
	if err != nil || !strings.Contains(text, "sarif-schema-2.1.0") {
		t.Fatalf("no schema: %v", err)
	}
	checkSchema(t, text, report)
}

// checkSchema validates a JSON document against a schema.
func checkSchema(t *testing.T, schema, document string) {
	t.Helper()
	s, err := jsonschema.UnmarshalJSON(strings.NewReader(schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("https://plcscope.invalid/schema.json", s); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("https://plcscope.invalid/schema.json")
	if err != nil {
		t.Fatal(err)
	}
	x, err := jsonschema.UnmarshalJSON(strings.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiled.Validate(x); err != nil {
		t.Error(err)
	}
}

// TestSARIFSchemaBites: the schema rejects what it should.
func TestSARIFSchemaBites(t *testing.T) {
	text, err := sarifSchemaText()
	if err != nil {
		t.Fatal(err)
	}
	s, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("https://plcscope.invalid/schema.json", s); err != nil {
		t.Fatal(err)
	}
	compiled := c.MustCompile("https://plcscope.invalid/schema.json")
	for _, bad := range []string{`{}`, `{"version":"2.1.0"}`, `{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}},"results":[{"kind":"broken","message":{"text":"x"}}]}]}`} {
		x, err := jsonschema.UnmarshalJSON(strings.NewReader(bad))
		if err != nil {
			t.Fatal(err)
		}
		if compiled.Validate(x) == nil {
			t.Errorf("%s passes", bad)
		}
	}
}

func TestSARIFSchema(t *testing.T) {
	for _, sample := range []string{"mqtt31-plc-healthy.pcap", "mqtt31-plc-faulty.pcap", "s7-poll.pcapng"} {
		for _, all := range []bool{false, true} {
			var b strings.Builder
			if err := analysed(t, sample).SARIF(&b, SARIFOptions{All: all}); err != nil {
				t.Fatal(err)
			}
			checkSARIF(t, b.String())
		}
	}
}

// TestSARIFResults looks at what code scanning lives on.
func TestSARIFResults(t *testing.T) {
	var b strings.Builder
	if err := analysed(t, "mqtt31-plc-faulty.pcap").SARIF(&b, SARIFOptions{}); err != nil {
		t.Fatal(err)
	}
	var log sarifLog
	if err := json.Unmarshal([]byte(b.String()), &log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	if len(run.Results) == 0 || len(run.Artifacts) != 1 || len(run.Artifacts[0].Hashes["sha-256"]) != 64 {
		t.Fatalf("%d results, artifacts %+v", len(run.Results), run.Artifacts)
	}
	flows := 0
	for _, x := range run.Results {
		place := x.Locations[0].Physical
		switch {
		case x.Kind != "fail" || x.Level == "" || x.Level == "none":
			t.Errorf("%s: kind %s, level %s", x.RuleID, x.Kind, x.Level)
		case run.Tool.Driver.Rules[x.RuleIndex].ID != x.RuleID:
			t.Errorf("%s: the index leads to %s", x.RuleID, run.Tool.Driver.Rules[x.RuleIndex].ID)
		case place == nil || place.Region.StartLine == 0 || place.Artifact.URI != "mqtt31-plc-faulty.pcap":
			t.Errorf("%s: place %+v", x.RuleID, place)
		case x.Properties.Packet != "" && place.Region.ByteOffset == nil:
			t.Errorf("%s: frame %d has no offset", x.RuleID, place.Region.StartLine)
		case x.Fingerprints["plcscope/v1"] == "":
			t.Errorf("%s: no fingerprint", x.RuleID)
		}
		flows += len(x.CodeFlows)
	}
	if flows < len(run.Results)/2 {
		t.Errorf("%d of %d results show what was said around them", flows, len(run.Results))
	}
}

func TestFileURI(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"bench.pcap", "bench.pcap"}, {"./a/../b c.pcap", "b%20c.pcap"}, {"/var/cap#1.pcap", "file:///var/cap%231.pcap"},
		{"a:b.pcap", "./a:b.pcap"}, {"50%.pcap", "50%25.pcap"},
	} {
		if got := fileURI(c.name); got != c.want {
			t.Errorf("%q: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestFingerprint: what differs between two captures of a defect does not matter,
// what the defect is does.
func TestFingerprint(t *testing.T) {
	rule, other := &rules.Rule{ID: "a"}, &rules.Rule{ID: "b"}
	plc, plc2 := &rules.Subject{Name: "plc7", Address: "10.0.0.5"}, &rules.Subject{Name: "plc7", Address: "10.0.0.6"}
	base := rules.Finding{Rule: rule, Subject: plc, Detail: `PUBLISH with identifier 7 to "plant/1", first byte 0x3b; nothing came for 21.0 s (frame 12)`}
	same := []rules.Finding{
		{Rule: rule, Subject: plc2, Detail: `PUBLISH with identifier 65535 to "plant/1", first byte 0x00; nothing came for 350 ms (frame 99999)`},
		{Rule: rule, Subject: plc, Ref: rules.Ref{Frame: 5, Time: 6}, Detail: base.Detail},
	}
	differ := []rules.Finding{
		{Rule: other, Subject: plc, Detail: base.Detail},
		{Rule: rule, Subject: &rules.Subject{Name: "plc8", Address: "10.0.0.5"}, Detail: base.Detail},
		{Rule: rule, Subject: &rules.Subject{Name: "plc7", Address: "10.0.0.5", Role: rules.Server}, Detail: base.Detail},
		{Rule: rule, Subject: plc, Detail: strings.ReplaceAll(base.Detail, "plant/1", "plant/2")},
		{Rule: rule, Subject: plc, Detail: strings.ReplaceAll(base.Detail, "PUBLISH", "SUBSCRIBE")},
	}
	for i, f := range same {
		if Fingerprint(f) != Fingerprint(base) {
			t.Errorf("same %d: %s and %s", i, signature(f.Detail), signature(base.Detail))
		}
	}
	for i, f := range differ {
		if Fingerprint(f) == Fingerprint(base) {
			t.Errorf("differ %d: the same fingerprint", i)
		}
	}
}

// TestSARIFOfSeveralFiles: a frame whose file is not known has no place.
func TestSARIFOfSeveralFiles(t *testing.T) {
	r := &Report{Files: []pcaps.File{{Name: "a.pcap"}, {Name: "b.pcap.gz", Compression: "gzip"}}}
	if p := r.sarifPlace(7, 0, 0); p != nil {
		t.Errorf("a place in %s", p.Artifact.URI)
	}
	if p := r.sarifPlace(7, 1, 40); p == nil || p.Artifact.Index != 1 || p.Region.ByteOffset != nil {
		t.Errorf("place %+v: an offset into the compressed file helps nobody", p)
	}
	if p := r.sarifPlace(7, 0, 40); p == nil || *p.Region.ByteOffset != 40 {
		t.Errorf("place %+v", p)
	}
}
