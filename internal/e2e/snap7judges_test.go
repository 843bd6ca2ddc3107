package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// lines runs plcscope and returns the JSON objects that it prints, one a line.
func lines(t *testing.T, args ...string) []map[string]any {
	t.Helper()
	out, err := exec.Command(plcscope, args...).Output()
	if err != nil {
		t.Fatalf("plcscope %v: %v", args, err)
	}
	var list []map[string]any
	for line := range bytes.Lines(out) {
		var x map[string]any
		if err := json.Unmarshal(line, &x); err != nil {
			t.Fatalf("%v: %.200s", err, line)
		}
		list = append(list, x)
	}
	return list
}

func asISO(port int) string { return fmt.Sprintf("tcp.port==%d,tpkt", port) }

// written are the values as STEP 7 writes them, by address and type.
var written = map[string]string{
	"DB1.DBX2.3 BOOL": "TRUE", "DB1.DBB3 BYTE": "16#A5", "DB1.DBD4 REAL": "12.5", "DB1.DBW14 WORD": "16#BEEF", "DB1.DBD16 DWORD": "16#DEADBEEF",
	"P#DB1.DBX30.0 BYTE 12 BYTE x 12": "0a 05 48 61 6c 6c 6f 00 00 00 00 00", "P#DB1.DBX50.0 REAL 3 REAL x 3": "[1.0, 2.0, 3.0]",
	"MB10 BYTE": "16#7F", "MW20 WORD": "16#1234", "Q4.1 BOOL": "TRUE", "T5 S5TIME": "S5T#1s230ms", "C3 COUNTER": "C#42",
}

func valuesAreThoseWritten(t *testing.T, file string, port int) {
	got := valuesOf(t, file, port)
	for place, want := range written {
		if got[place] != want {
			t.Errorf("%s is %q, %q was written", place, got[place], want)
		}
	}
}

// valuesOf are the last values that a capture shows, by address and type.
func valuesOf(t *testing.T, file string, port int) map[string]string {
	t.Helper()
	m := map[string]string{}
	for _, x := range lines(t, "flows", "--values", "-T", "jsonl", "-d", asISO(port), file) {
		if x["kind"] == "value" {
			m[fmt.Sprintf("%v %v", x["address"], x["type"])], _ = x["last_value"].(string)
		}
	}
	return m
}

// differences are those that stay, with their reasons: the field, what is printed here,
// and what tshark prints.
var differences = []struct{ field, ours, theirs, why string }{
	{"s7comm.data.userdata", "", "*", "a password has a field of its own, s7comm.secret; Wireshark shows it as payload"},
	{"s7comm.blockinfo.blocktype", `\x01`, "\x01", "the block type that an answer repeats is the byte 01, which Wireshark prints as it is; we escape what a terminal could act on"},
	{"s7comm.data.length", "4", "0", "Snap7's server states 4 bytes where an address is out of range, and brings none; tshark prints 0 for this return code, and for others what stands there"},
}

func excused(field, ours, theirs string) bool {
	for _, d := range differences {
		if d.field == field && d.ours == ours && (d.theirs == theirs || d.theirs == "*") {
			return true
		}
	}
	return false
}

// fieldsAreTsharks compares every field of the protocol that tshark finds.
func fieldsAreTsharks(t *testing.T, file string, port, least int) {
	t.Helper()
	names := fieldsThatOccur(t, file, port)
	if len(names) < least {
		t.Fatalf("tshark finds only %d fields: %v", len(names), names)
	}
	ask := func(tool string, args ...string) []string {
		args = append(args, "-d", asISO(port), "-T", "fields", "-e", "frame.number")
		for _, n := range names {
			args = append(args, "-e", n)
		}
		out, err := exec.Command(tool, args...).Output()
		if err != nil {
			t.Fatalf("%s: %v", tool, err)
		}
		return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	}
	ours := ask(plcscope, "read", "--show-secrets", "-r", file)
	theirs := ask("tshark", "-n", "-Y", "tpkt or cotp", "-r", file)
	if len(ours) != len(theirs) {
		t.Fatalf("%d rows of ours, %d of tshark's", len(ours), len(theirs))
	}
	for i := range ours {
		we, they := strings.Split(ours[i], "\t"), strings.Split(theirs[i], "\t")
		if len(we) != len(names)+1 || len(they) != len(names)+1 {
			t.Fatalf("%d and %d columns of %d", len(we), len(they), len(names)+1)
		}
		for j, name := range append([]string{"frame.number"}, names...) {
			if we[j] != they[j] && !excused(name, we[j], they[j]) {
				t.Errorf("frame %s: %s is %.80q, tshark prints %.80q", they[0], name, we[j], they[j])
			}
		}
	}
	t.Logf("%d fields in %d frames", len(names), len(theirs))
}

// fieldsThatOccur are the names that tshark has something to show for.
func fieldsThatOccur(t *testing.T, file string, port int) []string {
	t.Helper()
	out, err := exec.Command("tshark", "-n", "-r", file, "-d", asISO(port), "-T", "pdml").Output()
	if err != nil {
		t.Fatalf("tshark: %v", err)
	}
	var names []string
	for _, part := range strings.Split(string(out), `<field name="`)[1:] {
		name, _, _ := strings.Cut(part, `"`)
		protocol, _, _ := strings.Cut(name, ".")
		if (protocol == "s7comm" || protocol == "cotp" || protocol == "tpkt") && strings.Contains(name, ".") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// snap7Defects are what Snap7's server (node-snap7 1.0.9) does wrong: the rule that finds
// it, and what it is. Each is to be found, and nothing else.
var snap7Defects = map[string]string{
	"s7-unknown-reference": "when it refuses to describe a block, it repeats the PDU reference of its answer before",
	"s7-header-lengths":    "the same answer has the 78 bytes of a description behind its end",
}

// snap7IsHeldToWhatItDoes demands that no error is held against Snap7 but what it does.
func snap7IsHeldToWhatItDoes(t *testing.T, file string, port int) {
	v := judgeAs(t, file, asISO(port))
	if v.Capture.Malformed > 0 {
		t.Errorf("%d malformed messages", v.Capture.Malformed)
	}
	who, what, rules := v.findings("fail", "error")
	found := map[string]int{}
	for i, f := range what {
		if who[i].Role == "server" && snap7Defects[rules[i]] != "" {
			found[rules[i]]++
			continue
		}
		t.Errorf("%s is held to break %s (%s) in frame %d: %s", who[i], rules[i], f.Clause, f.Frame, f.Detail)
	}
	for rule, why := range snap7Defects {
		if found[rule] != 1 {
			t.Errorf("%s was found %d times in Snap7's server, which is known for it: %s", rule, found[rule], why)
		}
	}
	if n := len(v.exercised()); n < 30 {
		t.Errorf("only %d rules were exercised", n)
	}
}

// judgeAs lets plcscope check a capture.
func judgeAs(t *testing.T, file, decodeAs string) *verdict {
	t.Helper()
	out, err := exec.Command(plcscope, "check", "--format", "json", "--decode-as", decodeAs, file).Output()
	var exit *exec.ExitError
	if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1) {
		t.Fatalf("plcscope check: %v", err)
	}
	v := new(verdict)
	if err := json.Unmarshal(out, v); err != nil {
		t.Fatal(err)
	}
	return v
}

// An inventoryAsset is what plcscope flows tells of the controller.
type inventoryAsset struct {
	Kind    string   `json:"kind"`
	Roles   []string `json:"roles"`
	Modules []struct {
		Slots       []string `json:"slots"`
		OrderNumber string   `json:"order_number"`
		Serial      string   `json:"serial_number"`
		Name        string   `json:"plc_name"`
		Module      string   `json:"module_name"`
		Type        string   `json:"module_type"`
		Mode        string   `json:"mode"`
		Modes       []struct {
			Mode string `json:"mode"`
		} `json:"mode_changes"`
		Protection struct {
			Level    int    `json:"level"`
			Position string `json:"key_switch"`
		} `json:"protection"`
		Blocks []struct {
			Type   string `json:"type"`
			Number int    `json:"number"`
			Bytes  int    `json:"load_memory"`
		} `json:"blocks"`
	} `json:"modules"`
	Action  string `json:"action"`
	Outcome string `json:"outcome"`
}

// inventoryIsTheControllers holds the inventory against what Snap7's client was told.
func inventoryIsTheControllers(t *testing.T, file string, port int, deeds []deed) {
	out, err := exec.Command(plcscope, "flows", "-T", "jsonl", "-d", asISO(port), file).Output()
	if err != nil {
		t.Fatalf("plcscope flows: %v", err)
	}
	if bytes.Contains(out, []byte("gEheim12")) {
		t.Error("the password is shown")
	}
	var plc inventoryAsset
	var actions []string
	for line := range bytes.Lines(out) {
		var x inventoryAsset
		if err := json.Unmarshal(line, &x); err != nil {
			continue // other kinds have other members
		}
		switch x.Kind {
		case "asset":
			plc = x
		case "action":
			actions = append(actions, x.Action+" "+x.Outcome)
		}
	}
	if len(plc.Modules) != 1 {
		t.Fatalf("%d modules: %+v", len(plc.Modules), plc)
	}
	m := plc.Modules[0]
	var order struct{ Code string }
	var cpu struct{ ModuleTypeName, SerialNumber, ASName, ModuleName string }
	var block struct{ BlkNumber, LoadSize int }
	var protection struct {
		Level int `json:"sch_rel"`
	}
	told(t, deeds, "order code", &order)
	told(t, deeds, "CPU info", &cpu)
	told(t, deeds, "block info", &block)
	told(t, deeds, "protection", &protection)
	for _, x := range []struct{ what, got, want string }{
		{"order number", m.OrderNumber, strings.TrimSpace(order.Code)}, {"serial number", m.Serial, cpu.SerialNumber}, {"name of the PLC", m.Name, cpu.ASName},
		{"name of the module", m.Module, cpu.ModuleName}, {"type of the module", m.Type, cpu.ModuleTypeName}, {"key switch", m.Protection.Position, "RUN-P"},
		{"slots", strings.Join(m.Slots, ", "), "rack 0 slot 2"}, {"mode", m.Mode, "RUN"},
	} {
		if x.got != x.want || x.want == "" {
			t.Errorf("%s: %q, Snap7 says %q", x.what, x.got, x.want)
		}
	}
	if m.Protection.Level != protection.Level {
		t.Errorf("protection level %d, Snap7 says %d", m.Protection.Level, protection.Level)
	}
	described := false
	for _, b := range m.Blocks {
		described = described || b.Type == "DB" && b.Number == block.BlkNumber && b.Bytes == block.LoadSize
	}
	if !described {
		t.Errorf("DB%d with %d bytes is not among %+v", block.BlkNumber, block.LoadSize, m.Blocks)
	}
	var modes []string
	for _, c := range m.Modes {
		modes = append(modes, c.Mode)
	}
	if got, want := strings.Join(modes, " "), "RUN STOP RUN STOP RUN"; got != want {
		t.Errorf("modes: %s, want %s", got, want)
	}
	want := []string{"set clock done", "upload refused", "delete blocks done", "log in done", "log out done", "stop done", "start done", "stop done", "start done", "compress done", "copy RAM to ROM done"}
	if !slices.Equal(actions, want) {
		t.Errorf("actions\n%q, want\n%q", actions, want)
	}
}

// told reads what Snap7's client got from a call.
func told(t *testing.T, deeds []deed, do string, v any) {
	t.Helper()
	for i := range deeds {
		if deeds[i].Do == do {
			if err := json.Unmarshal(deeds[i].Result, v); err != nil {
				t.Errorf("%s: %v", do, err)
			}
			return
		}
	}
	t.Errorf("Snap7's client has not done %q", do)
}
