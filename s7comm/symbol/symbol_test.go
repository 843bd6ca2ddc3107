package symbol

import (
	"fmt"
	"strings"
	"testing"

	"plcscope/s7comm"
)

// The offsets of these declarations follow the rules of STEP 7 for standard access.
const motors = `
TYPE "AxisType"
VERSION : 0.1
   STRUCT
      xAxis : DINT := L#0;   // counts
      yAxis : DINT;
      ready : BOOL;
      fault : BOOL;
   END_STRUCT;
END_TYPE

TYPE UDT 5
  STRUCT
   speed : REAL ;
   name : STRING [5 ];
   tail : BYTE ;
  END_STRUCT ;
END_TYPE

DATA_BLOCK "MotorData"
TITLE = motors; STRUCT of nothing
{ S7_Optimized_Access := 'FALSE' }
AUTHOR : plant
VERSION : 0.1
NON_RETAIN
  STRUCT
   bits1, bits2 : BOOL ;
   b1 : BYTE := B#16#1F ; (* a comment ; with a semicolon *)
   c1 : CHAR := 'x' ;
   w1 : WORD ;
   flags : ARRAY [0 .. 9 ] OF BOOL ;
   after : BOOL ;
   bytes : ARRAY [1..3] OF BYTE ;
   Position1 : "AxisType" ;
   Position2 : "axistype" ;
   matrix : ARRAY [1..2, -1..1] OF INT ;
   drives : ARRAY [0..2] OF UDT 5 ;
   nested : STRUCT
     when : DATE_AND_TIME := DT#90-1-1-0:0:0.000 ;
     deep : STRUCT
       t : TIME ;
       s : S5TIME
     END_STRUCT ;
   END_STRUCT ;
   last : BOOL ;
  END_STRUCT ;
BEGIN
   bits1 := TRUE ;
END_DATA_BLOCK

DATA_BLOCK DB 7
  UDT 5
BEGIN
END_DATA_BLOCK

DATA_BLOCK "Fast"
{ S7_Optimized_Access := 'TRUE' }
   STRUCT
     a : Int;
   END_STRUCT;
BEGIN
END_DATA_BLOCK

FUNCTION_BLOCK "Pump"
VAR_INPUT
  start : BOOL ;
END_VAR
VAR_IN_OUT
  axis : "AxisType" ;
END_VAR
VAR
  count : INT ;
END_VAR
VAR_TEMP
  gone : INT ;
END_VAR
BEGIN
  count := count + 1 ;
END_FUNCTION_BLOCK

DATA_BLOCK "Pump_1" "Pump"
BEGIN
END_DATA_BLOCK

DATA_BLOCK DB 9
STRUCT
  good : INT ;
  odd : "Nobody" ;
  lost : INT ;
END_STRUCT ;
BEGIN
END_DATA_BLOCK
`

const sdf = `"MotorData","DB    123","DB    123","positions"
"Fast","DB    8","DB    8",""
"Pump_1","DB    44","FB     3",""
"Pump","FB     3","FB     3",""
"Motor_on","E      4.3","BOOL","contactor"
"Level","MD   100","REAL",""
"Level_high","M    100.0","BOOL",""
"Level_word","MW   100","INT",""
"Timer_1","T      5","TIMER",""
"Cycle","OB     1","OB     1",""
`

func table(t testing.TB, files ...string) *Table {
	t.Helper()
	x := NewTable()
	for i := 0; i < len(files); i += 2 {
		if err := x.Add(files[i], []byte(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := x.Resolve(); err != nil {
		t.Fatal(err)
	}
	return x
}

func (t *Table) describe(area s7comm.Area, db uint16, bit, bits uint64) string {
	hits, more := t.At(area, db, bit, bits, nil, 8)
	var l []string
	for _, h := range hits {
		s := fmt.Sprintf("%s:%s@%d.%d", h.Path, h.Type.Name, h.Bit/8, h.Bit%8)
		if !h.Whole {
			s += " part"
		}
		l = append(l, s)
	}
	if more > 0 {
		l = append(l, fmt.Sprintf("…and %d more", more))
	}
	return strings.Join(l, " | ")
}

func TestNames(t *testing.T) {
	x := table(t, "motors.awl", motors, "symbols.sdf", sdf)
	const db, m = s7comm.AreaDB, s7comm.AreaFlag
	for _, tt := range []struct {
		name      string
		area      s7comm.Area
		db        uint16
		byte, bit uint64
		bits      uint64
		want      string
	}{
		{"a bit", db, 123, 0, 1, 1, "MotorData.bits2:BOOL@0.1"},
		{"a byte behind bits", db, 123, 1, 0, 8, "MotorData.b1:BYTE@1.0"},
		{"a char behind it", db, 123, 2, 0, 8, "MotorData.c1:CHAR@2.0"},
		{"a word at an even byte", db, 123, 4, 0, 16, "MotorData.w1:WORD@4.0"},
		{"one of an array of bits", db, 123, 7, 1, 1, "MotorData.flags[9]:BOOL@7.1"},
		{"behind the array, even", db, 123, 8, 0, 1, "MotorData.after:BOOL@8.0"},
		{"an array of bytes", db, 123, 10, 0, 24, "MotorData.bytes[1]:BYTE@10.0 | MotorData.bytes[2]:BYTE@11.0 | MotorData.bytes[3]:BYTE@12.0"},
		{"a type of its own", db, 123, 14, 0, 32, "MotorData.Position1.xAxis:DINT@14.0"},
		{"its bits", db, 123, 22, 1, 1, "MotorData.Position1.fault:BOOL@22.1"},
		{"the second of the type", db, 123, 24, 0, 32, "MotorData.Position2.xAxis:DINT@24.0"},
		{"a matrix", db, 123, 34, 0, 48, "MotorData.matrix[1,-1]:INT@34.0 | MotorData.matrix[1,0]:INT@36.0 | MotorData.matrix[1,1]:INT@38.0"},
		{"its second row", db, 123, 42, 0, 16, "MotorData.matrix[2,0]:INT@42.0"},
		{"an array of types", db, 123, 58, 0, 32, "MotorData.drives[1].speed:REAL@58.0"},
		{"a string in it", db, 123, 62, 0, 56, "MotorData.drives[1].name:STRING[5]@62.0"},
		{"behind the string", db, 123, 69, 0, 8, "MotorData.drives[1].tail:BYTE@69.0"},
		{"a structure in the block", db, 123, 82, 0, 64, "MotorData.nested.when:DATE_AND_TIME@82.0"},
		{"and in that", db, 123, 94, 0, 16, "MotorData.nested.deep.s:S5TIME@94.0"},
		{"the last", db, 123, 96, 0, 1, "MotorData.last:BOOL@96.0"},
		{"part of a variable", db, 123, 15, 0, 8, "MotorData.Position1.xAxis:DINT@14.0 part"},
		{"across two", db, 123, 16, 0, 32, "MotorData.Position1.xAxis:DINT@14.0 part | MotorData.Position1.yAxis:DINT@18.0 part"},
		{"the filling", db, 123, 13, 0, 8, ""},
		{"behind the end", db, 123, 500, 0, 16, ""},
		{"many", db, 123, 0, 0, 800, "MotorData.bits1:BOOL@0.0 | MotorData.bits2:BOOL@0.1 | MotorData.b1:BYTE@1.0 | MotorData.c1:CHAR@2.0 | MotorData.w1:WORD@4.0 | MotorData.flags[0]:BOOL@6.0 | MotorData.flags[1]:BOOL@6.1 | MotorData.flags[2]:BOOL@6.2 | …and 38 more"},
		{"a block without a name", db, 7, 0, 0, 32, "DB7.speed:REAL@0.0"},
		{"an optimised block", db, 8, 0, 0, 16, ""},
		{"an instance", db, 44, 0, 0, 1, "Pump_1.start:BOOL@0.0"},
		{"a pointer in it", db, 44, 2, 0, 48, "Pump_1.axis:POINTER@2.0"},
		{"its variables", db, 44, 8, 0, 16, "Pump_1.count:INT@8.0"},
		{"before an unknown type", db, 9, 0, 0, 32, "DB9.good:INT@0.0"},
		{"an unknown block", db, 10, 0, 0, 16, ""},
		{"an input by its German name", s7comm.AreaInput, 0, 4, 3, 1, "Motor_on:BOOL@4.3"},
		{"exactly one of several", m, 0, 100, 0, 32, "Level:REAL@100.0"},
		{"exactly the smaller", m, 0, 100, 0, 16, "Level_word:INT@100.0"},
		{"those inside", m, 0, 100, 0, 24, "Level_word:INT@100.0 | Level_high:BOOL@100.0"},
		{"what holds it", m, 0, 102, 0, 8, "Level:REAL@100.0 part"},
		{"a timer", s7comm.AreaTimer, 0, 0, 5, 1, "Timer_1:TIMER@0.5"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := x.describe(tt.area, tt.db, tt.byte*8+tt.bit, tt.bits)
			if got != tt.want {
				t.Errorf("is\n%s, want\n%s", got, tt.want)
			}
		})
	}
	want := []string{
		"data block Fast (DB8) has optimised access: offsets do not apply to it",
		"data block DB9 (DB9): type nobody is not declared; what lies from there on has no names",
	}
	if strings.Join(x.Warnings, "\n") != strings.Join(want, "\n") {
		t.Errorf("warnings are %q", x.Warnings)
	}
	if b := x.Block(123); b == nil || b.Type.Members[8].Type.Members[0].Comment != "counts" || b.Source != "motors.awl" {
		t.Errorf("block 123 is %+v", b)
	}
}

func TestFormats(t *testing.T) {
	const area = s7comm.AreaFlag
	for _, tt := range []struct{ file, text string }{
		{"a.sdf", "\"Level\",\"MW 10\",\"INT\",\"\"\n\"Pump on\",\"M 12.1\",\"BOOL\",\"ein\"\n"},
		{"a.asc", "126,Level                   MW     10   INT       a comment\r\n126,Pump on                 M      12.1 BOOL      \r\n"},
		{"a.csv", "Name;Path;Data Type;Logical Address;Comment\nLevel;Default;Int;%MW10;\nPump on;Default;Bool;%M12.1;\n"},
		{"b.csv", "Level,MW10,INT\nPump on,M12.1\n"},
		{"c.txt", "name\taddress\ttype\nLevel\tMW10\tINT\nPump on\tM12.1\tBOOL\n"},
		{"a.xml", `<?xml version='1.0' encoding='utf-8'?><Tagtable name='t'><Tag type='Int' hmiVisible='True' addr='%MW10'>Level</Tag><Tag type='Bool' addr='%M12.1' remark='x'>Pump on</Tag></Tagtable>`},
		{"utf16.csv", "\xff\xfeL\x00e\x00v\x00e\x00l\x00,\x00M\x00W\x001\x000\x00,\x00I\x00N\x00T\x00\n\x00P\x00u\x00m\x00p\x00 \x00o\x00n\x00,\x00M\x001\x002\x00.\x001\x00\n\x00"},
	} {
		t.Run(tt.file, func(t *testing.T) {
			x := table(t, tt.file, tt.text)
			got := x.describe(area, 0, 80, 16) + ", " + x.describe(area, 0, 97, 1)
			if got != "Level:INT@10.0, Pump on:BOOL@12.1" {
				t.Errorf("is %s; warnings %q", got, x.Warnings)
			}
		})
	}
}

func TestVariablesByAddress(t *testing.T) {
	x := table(t, "plain.csv", "name,address,type\nMotor.speed,DB5.DBD4,REAL\nMotor.on,DB5.DBX0.1,BOOL\nMotor.text,DB5.DBB10,STRING[4]\nStörung,DB5.DBW8\n")
	for want, at := range map[string][2]uint64{
		"Motor.speed:REAL@4.0": {32, 32}, "Motor.on:BOOL@0.1": {1, 1}, "Motor.text:STRING[4]@10.0": {80, 48}, "Störung:WORD@8.0": {64, 16},
	} {
		if got := x.describe(s7comm.AreaDB, 5, at[0], at[1]); got != want {
			t.Errorf("is %s, want %s", got, want)
		}
	}
}

func TestWindowsText(t *testing.T) {
	x := table(t, "a.sdf", "\"St\xf6rung \x80\",\"M 1.0\",\"BOOL\",\"\"\n")
	if got := x.describe(s7comm.AreaFlag, 0, 8, 1); got != "Störung €:BOOL@1.0" {
		t.Errorf("is %s", got)
	}
}

func TestErrors(t *testing.T) {
	for _, tt := range []struct{ name, file, text, want string }{
		{"nothing", "a.awl", " \n", "empty"},
		{"no type", "a.awl", "DATA_BLOCK DB 1\nSTRUCT\n a : ;\nEND_STRUCT;\nBEGIN\nEND_DATA_BLOCK", "line 3: a type should stand here"},
		{"no end", "a.awl", "DATA_BLOCK DB 1\nSTRUCT\n a : INT;\n", "ends where"},
		{"a comment without end", "a.awl", "DATA_BLOCK DB 1 (* x", "does not end"},
		{"itself", "a.awl", "TYPE \"A\" STRUCT a : \"B\"; END_STRUCT; END_TYPE TYPE \"B\" STRUCT b : \"A\"; END_STRUCT; END_TYPE", "contains itself"},
		{"a huge array", "a.awl", "TYPE \"A\" STRUCT a : ARRAY[0..100000,0..100000] OF DINT; END_STRUCT; END_TYPE", "larger than a data block"},
		{"no table", "a.csv", "hello", "no symbol table"},
		{"no address", "a.csv", "a,b,c\n", "no address such as"},
		{"no row in columns", "a.sdf", "this is\nno table\n", "no row of it names an address"},
		{"no row with an address", "a.sdf", "\"a\",\"x\"\n\"b\",\"y\"\n", "no row of it names an address: symbol a: \"x\" is no address"},
		{"no tag with an address", "a.xml", "<Tagtable><Tag type=\"Int\" addr=\"x\">a</Tag></Tagtable>", "no row of it names an address"},
		{"other XML", "a.xml", "<a/>", "neither an element Tag"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x := NewTable()
			err := x.Add(tt.file, []byte(tt.text))
			if err == nil {
				err = x.Resolve()
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want %q in it", err, tt.want)
			}
		})
	}
}

// TestRowsThatAreNone: one row that can be read is enough for a table, also one that
// names a program; what its other rows lack is told.
func TestRowsThatAreNone(t *testing.T) {
	for name, text := range map[string]string{
		"an address": "\"a\",\"x\"\n\"b\",\"MB 20\",\"BYTE\"\n", "a program": "\"a\",\"x\"\n\"Main\",\"OB 1\"\n",
	} {
		x := NewTable()
		if err := x.Add("a.sdf", []byte(text)); err != nil || len(x.Warnings) != 1 {
			t.Errorf("%s: error %v, warnings %q", name, err, x.Warnings)
		}
	}
	x := NewTable()
	if err := x.Add("a.csv", []byte("name,address\n")); err != nil {
		t.Errorf("a table without rows: %v", err)
	}
}

func TestParseAddress(t *testing.T) {
	for s, want := range map[string]Address{
		"M 10.3": {s7comm.AreaFlag, 0, 83, 1}, "mw100": {s7comm.AreaFlag, 0, 800, 16}, "%ID4": {s7comm.AreaInput, 0, 32, 32},
		"EB 3": {s7comm.AreaInput, 0, 24, 8}, "PEW 256": {s7comm.AreaPeripheral, 0, 2048, 16}, "Z 7": {s7comm.AreaCounter, 0, 7, 1},
		"DB12": {s7comm.AreaDB, 12, 0, 0}, "DB 12.DBX2.3": {s7comm.AreaDB, 12, 19, 1}, "%DB1.DBD22": {s7comm.AreaDB, 1, 176, 32},
		"A 0.0": {s7comm.AreaOutput, 0, 0, 1},
	} {
		if got, err := ParseAddress(s); err != nil || got != want {
			t.Errorf("%s is %+v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "M", "M10", "MW10.1", "M1.8", "DB70000", "DB1.DBQ3", "X1.0", "T", "DB1.DBX3", "M99999999.0"} {
		if a, err := ParseAddress(s); err == nil {
			t.Errorf("%q is %+v", s, a)
		}
	}
}

// FuzzTable holds that any files are read or refused, that what was laid out is found
// where it lies, and that hits overlap what was asked for.
func FuzzTable(f *testing.F) {
	f.Add(".awl", []byte(motors), uint16(123), uint32(128), uint32(32))
	f.Add(".sdf", []byte(sdf), uint16(0), uint32(800), uint32(16))
	f.Add(".csv", []byte("Motor.speed,DB5.DBD4,REAL\n"), uint16(5), uint32(32), uint32(32))
	f.Add(".xml", []byte("<Tag addr='%DB1.DBX0.0' type='Bool'>x</Tag>"), uint16(1), uint32(0), uint32(8))
	f.Add(".xml", []byte(simaticML), uint16(12), uint32(0), uint32(240))
	f.Add(".seq", []byte("\tMW 10\tLevel\tx\n"), uint16(0), uint32(80), uint32(16))
	f.Fuzz(func(t *testing.T, ext string, data []byte, db uint16, bit, bits uint32) {
		x := NewTable()
		if x.Add("f"+ext, data) != nil || x.Resolve() != nil {
			return
		}
		for _, area := range []s7comm.Area{s7comm.AreaDB, s7comm.AreaFlag} {
			hits, _ := x.At(area, db, uint64(bit), uint64(bits), nil, 20)
			if len(hits) > 20 {
				t.Fatalf("%d hits", len(hits))
			}
			for _, h := range hits {
				if h.Bit >= uint64(bit)+uint64(bits) || h.Bit+h.Bits <= uint64(bit) || h.Path == "" || h.Type == nil {
					t.Fatalf("%+v does not touch bits %d to %d", h, bit, bit+bits)
				}
			}
		}
	})
}
