package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// TestValuesOfRealControllers holds what flows tells of captures of an S7-300 against
// what STEP 7 and WinCC did there: an engineer modified and watched variables from a
// table, a panel polled timers, counters and a data block and switched bits.
func TestValuesOfRealControllers(t *testing.T) {
	type datum struct {
		Address, Type          string
		Value                  *string `json:"last_value"`
		Reads, Writes, Refused uint64
		Changes                uint64
	}
	type row struct {
		typ, value             string
		reads, writes, refused uint64
		changes                uint64
	}
	for file, want := range map[string]map[string]row{
		"step7_s300_rwVarTab.pcapng": {
			"MD0":           {"DWORD", "16#4133851F", 0, 3, 0, 0},
			"MW4":           {"WORD", "16#DEAD", 0, 3, 0, 0},
			"I8.1":          {"BOOL", "TRUE", 0, 3, 0, 0},
			"P#M0.0 BYTE 6": {"BYTE x 6", "41 33 85 1f de ad", 1, 0, 0, 0},
			"IB8":           {"BYTE", "16#02", 1, 0, 0, 0},
		},
		"wincc_s300_setup-alarm-read-write.pcapng": {
			"T0":         {"S5TIME", "S5T#9m36s", 38, 0, 0, 34},
			"C0":         {"COUNTER", "C#24", 38, 0, 0, 16},
			"M1.0":       {"BOOL", "TRUE", 38, 30, 0, 30},
			"M1.1":       {"BOOL", "TRUE", 38, 6, 0, 6},
			"DB1.DBW0":   {"WORD", "16#BABE", 38, 0, 0, 0},
			"DB1.DBX2.0": {"BOOL", "TRUE", 38, 0, 0, 0},
			"DB1.DBD4":   {"DWORD", "16#FEADBEEF", 38, 0, 0, 0},
			"DB1.DBD8":   {"REAL", "-3.3360025e-13", 38, 0, 0, 0},
		},
	} {
		name := filepath.Join("..", "..", "..", "shared", "pcaps", "s7", file)
		if _, err := os.Stat(name); err != nil {
			t.Skip("no captures in ../shared/pcaps")
		}
		out := output1(t, "flows", "--values", "-T", "json", name)
		var report struct{ Values []datum }
		if err := json.NewDecoder(bytes.NewReader(out)).Decode(&report); err != nil {
			t.Fatal(err)
		}
		if len(report.Values) != len(want) {
			t.Errorf("%s: %d variables, want %d", file, len(report.Values), len(want))
		}
		for _, v := range report.Values {
			got := row{v.Type, "", v.Reads, v.Writes, v.Refused, v.Changes}
			if v.Value != nil {
				got.value = *v.Value
			}
			if got != want[v.Address] {
				t.Errorf("%s: %s is %+v, want %+v", file, v.Address, got, want[v.Address])
			}
		}
	}
}
