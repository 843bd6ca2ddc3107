package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plcscope/pcaps/craft"
	"plcscope/s7comm"
)

// motorSource declares DB123; the offsets in its comments are what STEP 7 gives them,
// and what motorImage is made by.
const motorSource = `
TYPE "AxisType"
  STRUCT
   xAxis : DINT ;	// +0
   yAxis : DINT ;	// +4
   ready : BOOL ;	// +8.0
   fault : BOOL ;	// +8.1
  END_STRUCT ;
END_TYPE

DATA_BLOCK "MotorData"
TITLE = it's the motor
  STRUCT
   running : BOOL ;	// 0.0
   direction : BOOL ;	// 0.1
   mode : BYTE ;	// 1
   speed : REAL ;	// 2
   order : STRING [9 ] ;	// 6
   limits : ARRAY [1..5] OF BOOL ;	// 18.0
   shift : STRUCT
    number : INT ;	// 20
   END_STRUCT ;
   Position1 : "AxisType" ;	// 22
   Position2 : "AxisType" ;	// 32
   history : ARRAY [0..39] OF INT ;	// 42
   started : DATE_AND_TIME ;	// 122
   pause : S5TIME ;	// 130
   cycle : TIME ;	// 132
  END_STRUCT ;
BEGIN
END_DATA_BLOCK
`

// motorImage is the data of DB123.
func motorImage() []byte {
	b := make([]byte, 136)
	put := func(at int, v ...byte) { copy(b[at:], v) }
	put(0, 0x02, 0x1f)             // direction
	put(2, 0x41, 0x48, 0x00, 0x00) // 12.5
	put(6, 9, 3, 'B', '-', '7')
	put(18, 0x12)                   // 2 and 5
	put(20, 0xff, 0xfe)             // -2
	put(22, 0x00, 0x00, 0x05, 0xdc) // 1500
	put(26, 0xff, 0xff, 0xff, 0xff) // -1
	put(30, 0x02)                   // fault
	put(32, 0x00, 0x00, 0x00, 0x07)
	put(122, 0x26, 0x01, 0x31, 0x12, 0x00, 0x00, 0x00, 0x07)
	put(130, 0x21, 0x27)             // 127 s
	put(132, 0x00, 0x00, 0x09, 0xc4) // 2500 ms
	for i := range 40 {
		put(42+2*i, 0, byte(i))
	}
	return b
}

const plcAddress = "10.0.0.7"

// motorCapture is a panel that reads ranges of DB123, each once.
func motorCapture(t *testing.T, items ...s7comm.Item) string {
	c := craft.Connection("10.0.0.5:2000", plcAddress+":102")
	image := motorImage()
	for i, it := range items {
		v := s7comm.Value{ReturnCode: s7comm.ReturnSuccess, TransportSize: s7comm.DataByte}
		if it.TransportSize == s7comm.SizeBit {
			v.TransportSize, v.Data = s7comm.DataBit, []byte{image[it.Byte()] >> it.Bit() & 1}
		} else {
			v.Data = image[it.Byte() : int(it.Byte())+it.Bytes()]
		}
		c.After(time.Millisecond).Client(s7comm.AppendReadJob(nil, uint16(i), it)).Server(s7comm.AppendReadAnswer(nil, uint16(i), v))
	}
	return file(t, c.FIN(craft.ByClient).Frames())
}

func db123(size s7comm.TransportSize, offset uint32, bit uint8, count uint16) s7comm.Item {
	return s7comm.AnyItem(s7comm.AreaDB, 123, size, offset, bit, count)
}

// folder puts files into a directory of their own.
func folder(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		if err := os.WriteFile(filepath.Join(dir, files[i]), []byte(files[i+1]), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestSymbolsProveOffsets reads DB123 in all ways, and finds in each place what lies
// there.
func TestSymbolsProveOffsets(t *testing.T) {
	dir := folder(t, "motor.awl", motorSource, "symbols.sdf", `"MotorData","DB 123","DB 123",""`+"\n")
	for _, tt := range []struct {
		name string
		item s7comm.Item
		want string // the answer
	}{
		{"a variable by its very address", db123(s7comm.SizeDWord, 22, 0, 1), "MotorData.Position1.xAxis : DINT = 1500"},
		{"as another type", db123(s7comm.SizeReal, 22, 0, 1), "MotorData.Position1.xAxis : DINT = 1500"},
		{"a bit", db123(s7comm.SizeBit, 30, 1, 1), "MotorData.Position1.fault : BOOL = TRUE"},
		{"a bit of a byte", db123(s7comm.SizeByte, 0, 0, 1), "DB123.DBB0 : BYTE {MotorData.running : BOOL = FALSE; MotorData.direction : BOOL = TRUE}"},
		{"bits of an array", db123(s7comm.SizeByte, 18, 0, 1), "DB123.DBB18 : BYTE {MotorData.limits[1] : BOOL = FALSE; MotorData.limits[2] : BOOL = TRUE; MotorData.limits[3] : BOOL = FALSE; MotorData.limits[4] : BOOL = FALSE; MotorData.limits[5] : BOOL = TRUE}"},
		{"one of them", db123(s7comm.SizeBit, 18, 4, 1), "MotorData.limits[5] : BOOL = TRUE"},
		{"a string read as bytes", db123(s7comm.SizeByte, 6, 0, 11), "MotorData.order : STRING[9] = 'B-7'"},
		{"its first bytes only", db123(s7comm.SizeByte, 6, 0, 6), "P#DB123.DBX6.0 BYTE 6 {MotorData.order : STRING[9] = 'B-7'}"},
		{"too few of them", db123(s7comm.SizeByte, 6, 0, 4), "P#DB123.DBX6.0 BYTE 4 {MotorData.order : STRING[9] [bytes 0 to 3] = 09 03 42 2d}"},
		{"a structure in the block", db123(s7comm.SizeInt, 20, 0, 1), "MotorData.shift.number : INT = -2"},
		{"the second of a type", db123(s7comm.SizeDInt, 32, 0, 1), "MotorData.Position2.xAxis : DINT = 7"},
		{"a date", db123(s7comm.SizeByte, 122, 0, 8), "MotorData.started : DATE_AND_TIME = DT#2026-01-31-12:00:00.000"},
		{"durations", db123(s7comm.SizeWord, 130, 0, 3), "P#DB123.DBX130.0 WORD 3 {MotorData.pause : S5TIME = S5T#2m7s; MotorData.cycle : TIME = T#2s500ms}"},
		{"across two variables", db123(s7comm.SizeDWord, 24, 0, 1), "DB123.DBD24 : DWORD {MotorData.Position1.xAxis : DINT [bytes 2 to 3] = 05 dc; MotorData.Position1.yAxis : DINT [bytes 0 to 1] = ff ff}"},
		{"part of a variable", db123(s7comm.SizeByte, 24, 0, 1), "DB123.DBB24 : BYTE {MotorData.Position1.xAxis : DINT [bytes 2 to 2] = 05}"},
		{"an array", db123(s7comm.SizeInt, 42, 0, 40), "P#DB123.DBX42.0 INT 40 {MotorData.history[0] : INT = 0; MotorData.history[1] : INT = 1; MotorData.history[2] : INT = 2; MotorData.history[3] : INT = 3; MotorData.history[4] : INT = 4; MotorData.history[5] : INT = 5; MotorData.history[6] : INT = 6; MotorData.history[7] : INT = 7; …and 32 more}"},
		{"its last element", db123(s7comm.SizeInt, 120, 0, 1), "MotorData.history[39] : INT = 39"},
		{"the filling between", db123(s7comm.SizeByte, 17, 0, 1), "DB123.DBB17 : BYTE = 16#00"},
		{"all of it", db123(s7comm.SizeByte, 0, 0, 136), "P#DB123.DBX0.0 BYTE 136 {MotorData.running : BOOL = FALSE; MotorData.direction : BOOL = TRUE; MotorData.mode : BYTE = 16#1F; MotorData.speed : REAL = 12.5; MotorData.order : STRING[9] = 'B-7'; MotorData.limits[1] : BOOL = FALSE; MotorData.limits[2] : BOOL = TRUE; MotorData.limits[3] : BOOL = FALSE; …and 54 more}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			capture := motorCapture(t, tt.item)
			out := string(output1(t, "read", "--symbols", filepath.Join(dir, "*"), capture))
			_, got, _ := strings.Cut(out, "Ack_Data Read Var ")
			got, _, _ = strings.Cut(got, " [to frame")
			if got != tt.want {
				t.Errorf("is\n%s, want\n%s", got, tt.want)
			}
		})
	}
}

// TestSymbolsOfControllers gives two controllers different names for one address.
func TestSymbolsOfControllers(t *testing.T) {
	dir := folder(t, "a.csv", "all,DB123.DBD22,DINT\n", "b.csv", "own,DB123.DBD22,DINT\n")
	capture := motorCapture(t, db123(s7comm.SizeDInt, 22, 0, 1))
	a, b := filepath.Join(dir, "a.csv"), filepath.Join(dir, "b.csv")
	for want, args := range map[string][]string{
		"DB123.DBD22": nil,
		"all":         {"--symbols", a},
		"own":         {"--symbols", plcAddress + "=" + b},
		"all ":        {"--symbols", a, "--symbols", "10.9.9.9=" + b},
	} {
		out := string(output1(t, append([]string{"read", capture}, args...)...))
		if want = strings.TrimSpace(want) + " : DINT = 1500"; !strings.Contains(out, " "+want) {
			t.Errorf("%v: no %q in %s", args, want, out)
		}
	}
}

// TestSymbolsForPrograms is what JSON and fields tell.
func TestSymbolsForPrograms(t *testing.T) {
	dir := folder(t, "motor.awl", strings.ReplaceAll(motorSource, `DATA_BLOCK "MotorData"`, "DATA_BLOCK DB 123"))
	capture := motorCapture(t, db123(s7comm.SizeByte, 24, 0, 4), db123(s7comm.SizeReal, 2, 0, 1))
	args := []string{"read", "--symbols", filepath.Join(dir, "motor.awl"), capture}
	var messages []struct{ Variables []map[string]any }
	if err := json.Unmarshal(output1(t, append(args, "-T", "json")...), &messages); err != nil {
		t.Fatal(err)
	}
	want := []map[string]any{{
		"act": "read", "address": "P#DB123.DBX24.0 BYTE 4", "area": "data block (DB)", "db": 123.0, "type": "BYTE", "count": 4.0, "raw": "05dcffff",
		"code": "success", "return_code": 255.0,
		"symbols": []any{
			map[string]any{"address": "DB123.DBD22", "symbol": "DB123.Position1.xAxis", "type": "DINT", "part": "05dc", "from": 2.0},
			map[string]any{"address": "DB123.DBD26", "symbol": "DB123.Position1.yAxis", "type": "DINT", "part": "ffff", "from": 0.0},
		},
	}, {
		"act": "read", "address": "DB123.DBD2", "area": "data block (DB)", "db": 123.0, "symbol": "DB123.speed", "type": "REAL", "value": 12.5, "raw": "41480000",
		"code": "success", "return_code": 255.0,
	}}
	if diff := cmp.Diff(want, append(messages[1].Variables, messages[3].Variables...)); diff != "" {
		t.Error(diff)
	}
	fields := string(output1(t, append(args, "-T", "fields", "-e", "plcscope.s7.address", "-e", "plcscope.s7.value", "-e", "plcscope.symbol")...))
	if want := "DB123.DBD22,DB123.DBD26\t\tDB123.Position1.xAxis,DB123.Position1.yAxis\n" +
		"DB123.DBD22,DB123.DBD26\t,\tDB123.Position1.xAxis,DB123.Position1.yAxis\n" +
		"DB123.DBD2\t\tDB123.speed\nDB123.DBD2\t12.5\tDB123.speed\n"; fields != want {
		t.Errorf("fields are\n%s, want\n%s", fields, want)
	}
}
