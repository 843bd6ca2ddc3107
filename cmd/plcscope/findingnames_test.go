package main

import (
	"testing"

	"plcscope/rules"
	"plcscope/s7comm/symbol"
)

// TestNamesOfFindings: the data of which a finding speaks, in the notations of items and
// of variables, and nothing of other protocols, other controllers and what has no name.
func TestNamesOfFindings(t *testing.T) {
	table := symbol.NewTable()
	for name, text := range map[string]string{
		"a.csv": "Ready,M21.2,BOOL\nMode,MB20,BYTE\nOven,DB10\n",
		"b.awl": "DATA_BLOCK \"Oven\"\nSTRUCT\n a : ARRAY[1..9] OF INT ;\n t : REAL ;\nEND_STRUCT ;\nBEGIN\nEND_DATA_BLOCK\n",
	} {
		if err := table.Add(name, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := table.Resolve(); err != nil {
		t.Fatal(err)
	}
	n := &naming{others: table}
	for _, tt := range []struct {
		detail, want string
	}{
		{"item 1, M21.2: refused", "M21.2 is Ready"},
		{"item 1, MB20 BYTE: refused", "MB20 is Mode"},
		{"item 2, DB10.DBD18 REAL: refused", "DB10.DBD18 is Oven.t"},
		{"P#DB10.DBX0.0 BYTE 4: refused", "P#DB10.DBX0.0 BYTE 4 is Oven.a[1], Oven.a[2]"},
		{"P#DB10.DBX0.0 WORD 6", "P#DB10.DBX0.0 WORD 6 is Oven.a[1], Oven.a[2], Oven.a[3], and 3 more"},
		{"P#M 20.0 BYTE 1 is no notation of ours", ""},
		{"P#M20.0 BYTE 2", "P#M20.0 BYTE 2 is Mode, Ready"},
		{"DB10.DBW400: out of range", "DB10 is Oven"},
		{"writes MB20 and M21.2", "MB20 is Mode; M21.2 is Ready"},
		{"DB11.DBW0, MB99 and P#DB10.DBX0.0 NOTYPE 4", "DB10 is Oven"},
		{"P#DB99999.DBX0.0 BYTE 4 and DB10.DBX0.9", ""},
		{"frame 12 of the XDB10.DBD18", ""},
	} {
		f := &rules.Finding{Subject: &rules.Subject{Protocol: rules.S7comm}, Server: "10.0.0.5:102", Detail: tt.detail}
		if got := n.ofFinding(f); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.detail, got, tt.want)
		}
		f.Subject = &rules.Subject{Protocol: rules.MQTT}
		if got := n.ofFinding(f); got != "" {
			t.Errorf("a finding on MQTT names %q", got)
		}
	}
}
