package manual

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/rules"
)

var (
	once = &rules.Rule{
		ID: "mqtt-once", Title: "Once | only", Exercised: "It is sent.", Why: "Because.", Fix: "Mend it.",
		Role: rules.Client, Severity: rules.Error, Needs: rules.Connection,
		Clauses: rules.Clauses{rules.V31: {"§3.1"}, rules.V5: {"MQTT-3.1.0-2"}},
	}
	closes = &rules.Rule{
		ID: "mqtt-closes", Title: "Closes", Exercised: "It comes.", Why: "So.", Fix: "Close.",
		Role: rules.Server, Severity: rules.Warning, Clauses: rules.Clauses{rules.V5: {"MQTT-3.1.0-2"}},
	}
	whoever = &rules.Rule{
		ID: "s7-whoever", Title: "Whoever", Exercised: "Any.", Why: "So.", Fix: "Do.",
		Role: rules.Both, Severity: rules.Info, Clauses: rules.Clauses{rules.S7: {"setup"}},
	}
	all = []*rules.Rule{once, closes, whoever}
)

func TestFilter(t *testing.T) {
	for _, tt := range []struct {
		name string
		f    Filter
		want []*rules.Rule
	}{
		{"all", Filter{}, all},
		{"standard", Filter{Standard: "3.1"}, []*rules.Rule{once}},
		{"standard 5.0", Filter{Standard: "5.0"}, []*rules.Rule{once, closes}},
		{"a side and whoever", Filter{Role: "client"}, []*rules.Rule{once, whoever}},
		{"whoever alone", Filter{Role: "both"}, []*rules.Rule{whoever}},
		{"severity", Filter{Severity: "warning"}, []*rules.Rule{closes}},
		{"protocol", Filter{Protocol: "s7"}, []*rules.Rule{whoever}},
		{"words", Filter{Text: "mqtt-3.1.0-2 CLOSE"}, []*rules.Rule{closes}},
		{"a word that is nowhere", Filter{Text: "once closes"}, nil},
	} {
		if err := tt.f.Check(); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if diff := cmp.Diff(ids(tt.want), ids(tt.f.Apply(all))); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
	if err := (&Filter{Role: "broker"}).Check(); err == nil || !strings.Contains(err.Error(), "client, server, both") {
		t.Errorf("role broker: %v", err)
	}
}

func ids(list []*rules.Rule) (l []string) {
	for _, r := range list {
		l = append(l, r.ID)
	}
	return l
}

func TestJSON(t *testing.T) {
	var b bytes.Buffer
	if err := JSON(&b, []*rules.Rule{once}, all); err != nil {
		t.Fatal(err)
	}
	var got []described
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := []described{{
		ID: "mqtt-once", Title: "Once | only", Protocol: "mqtt", Judges: "client", Severity: "error", Needs: "connection",
		Clauses:   []statement{{"MQTT 3.1", []string{"§3.1"}}, {"MQTT 5.0", []string{"MQTT-3.1.0-2"}}},
		Exercised: "It is sent.", Violated: []string{}, Kept: []string{}, Why: "Because.", Fix: "Mend it.",
		Related: []string{"mqtt-closes"}, Page: "docs/rules/connect.md#mqtt-once",
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestMarkdown(t *testing.T) {
	var b bytes.Buffer
	Table(&b, []*rules.Rule{once}, (*rules.Rule).Page)
	if want := `| [mqtt-once](docs/rules/connect.md#mqtt-once) | error | client | 3.1 5 | Once \| only |`; !strings.Contains(b.String(), want) {
		t.Errorf("the table has no line %s\n%s", want, b.String())
	}
	b.Reset()
	Section(&b, once, all, (*rules.Rule).Page)
	for _, want := range []string{"## mqtt-once\n", "| MQTT 5.0 | MQTT-3.1.0-2 |", "*See also:* [mqtt-closes](docs/rules/connect.md#mqtt-closes)"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the section has no %q\n%s", want, b.String())
		}
	}
}

func TestFold(t *testing.T) {
	text := strings.Repeat("word ", 40)
	for line := range strings.Lines(fold(text, 13)) {
		if len(strings.TrimRight(line, "\n")) > width {
			t.Errorf("%d columns: %q", len(line), line)
		}
	}
	if got := strings.Fields(fold(text, 13)); len(got) != 40 {
		t.Errorf("%d words are left of 40", len(got))
	}
}
