package main

import (
	"encoding/hex"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"plcscope/pcaps/craft"
	"plcscope/s7comm"
)

// TestBSend reads records with time stamps by the template of the examples, sent whole
// and in fragments.
func TestBSend(t *testing.T) {
	unhex := func(s string) []byte {
		b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	head := unhex("12061300 00000001")
	payload := unhex("0024 0000 0010 2601311200000007 0064 03e8 0005 fffe 2601311200000157 0064 03ec 41480000") // its length first
	message := func(unit, last uint8, part []byte) []byte {
		return s7comm.AppendUserdata(nil, 1, s7comm.Userdata{
			Function: s7comm.FunctionCPU, Type: s7comm.UserdataRequest, Group: s7comm.GroupPBC, Subfunction: 1, Extended: unit != 0, DataUnitRef: unit, LastUnit: last,
			HasData: true, ReturnCode: s7comm.ReturnSuccess, TransportSize: s7comm.DataOctets, Payload: append(append([]byte{}, head...), part...),
		})
	}
	capture := file(t, craft.Connection("10.0.0.7:2000", "10.0.0.5:102").
		Client(message(0, 0, payload)).After(time.Second).
		Client(message(3, 1, payload[:15])).Client(message(3, 0, payload[15:])).FIN(craft.ByClient).Frames())
	dir := folder(t, "tank.csv", "Tank.level,DB100.DBW1000,INT\nTank.drift,DB100.DBW1002,INT\nTank.flow,DB100.DBD1004,REAL\n")
	template := filepath.Join("..", "..", "docs", "examples", "bsend.yaml")
	out := string(output1(t, "read", "--bsend", template, "--symbols", "10.0.0.7="+filepath.Join(dir, "tank.csv"), capture))
	want := "R_ID 0x00000001, 36 bytes: DT#2026-01-31-12:00:00.000 P#DB100.DBX1000.0 WORD 2 {Tank.level : INT = 5; Tank.drift : INT = -2}, DT#2026-01-31-12:00:00.015 Tank.flow : REAL = 12.5"
	if strings.Count(out, want) != 2 {
		t.Errorf("no two times %q in\n%s", want, out)
	}
	out = string(output1(t, "read", capture))
	if want := "R_ID 0x00000001, 36 bytes: 00 00 00 10"; strings.Count(out, want) != 2 {
		t.Errorf("no two times %q in\n%s", want, out)
	}
	out = string(output1(t, "flows", "--values", "--bsend", template, capture))
	if want := "10.0.0.7    P#DB100.DBX1000.0 WORD 2  WORD x 2  [16#0005, 16#FFFE]      2 "; !strings.Contains(out, want) {
		t.Errorf("no %q in\n%s", want, out)
	}
}
