package symbol

import (
	"strings"
	"testing"

	"plcscope/s7comm"
)

// TestQuirks reads what tools of different age and language write.
func TestQuirks(t *testing.T) {
	const db, m = s7comm.AreaDB, s7comm.AreaFlag
	for _, tt := range []struct {
		name  string
		files []string
		area  s7comm.Area
		db    uint16
		byte  uint64
		bits  uint64
		want  string
	}{
		{
			"an assignment list begins with the address",
			[]string{"a.seq", "\tMW 10\tLevel\tof the tank\r\n\tT 2\tgreen phase\t\r\n"},
			m, 0, 10, 16, "Level:WORD@10.0",
		},
		{
			"fixed widths and German mnemonics",
			[]string{"a.sdf", "\"Motor_ein               \",\"A       4.3 \",\"BOOL      \",\"Sch\xfctz                   \"\r\n\"Rest\",\"PEW   256\",\"WORD\",\"\"\r\n"},
			s7comm.AreaPeripheral, 0, 256, 16, "Rest:WORD@256.0",
		},
		{
			"a data block of the TIA Portal that declares with VAR",
			[]string{"a.db", "\ufeffDATA_BLOCK \"x y\"\r\n{ S7_Optimized_Access := 'FALSE' }\r\nVERSION : 0.1\r\nNON_RETAIN\r\n   VAR \r\n      \"a b\" { ExternalAccessible := 'False'} : Bool;\r\n      n {S7_SetPoint := 'True'} : DInt := 5;   // text: with; signs\r\n   END_VAR\r\nBEGIN\r\n   n := 7;\r\nEND_DATA_BLOCK\r\n", "n.csv", "x y,DB3\n"},
			db, 3, 2, 32, "x y.n:DINT@2.0",
		},
		{
			"programs with quotes that do not end",
			[]string{"a.awl", "FUNCTION FC 1 : VOID\nTITLE = it's mine\nBEGIN\nNETWORK\nTITLE = don't\n L 'a$'b';\nEND_FUNCTION\nDATA_BLOCK DB 4\nTITLE = it's mine\nSTRUCT\n s : STRING [3] := 'a$'' ;\n b : BYTE ;\nEND_STRUCT ;\nBEGIN\nEND_DATA_BLOCK\n"},
			db, 4, 5, 8, "DB4.b:BYTE@5.0",
		},
		{
			"parameters by reference",
			[]string{"a.scl", "FUNCTION_BLOCK FB 9\nVAR_INPUT\n t : TIMER;\nEND_VAR\nVAR_IN_OUT\n when : DATE_AND_TIME;\n n : INT;\nEND_VAR\nVAR_TEMP\n x : INT;\nEND_VAR\nVAR\n last : REAL;\nEND_VAR\nBEGIN\n x := 'it$'s';\nEND_FUNCTION_BLOCK\nDATA_BLOCK DB 5 FB 9\nBEGIN\nEND_DATA_BLOCK\n"},
			db, 5, 8, 48, "DB5.n:INT@8.0 | DB5.last:REAL@10.0",
		},
		{
			"an array up to a constant ends what is known",
			[]string{"a.scl", "DATA_BLOCK DB 6\nSTRUCT\n a : INT;\n b : ARRAY[0..\"MAX\"] OF INT;\n c : INT;\nEND_STRUCT;\nBEGIN\nEND_DATA_BLOCK\n"},
			db, 6, 0, 64, "DB6.a:INT@0.0",
		},
		{
			"an instance of which only the symbol table tells",
			[]string{"a.sdf", "\"Pump\",\"FB 3\",\"FB 3\",\"\"\n\"Pump_1\",\"DB 44\",\"FB     3\",\"\"\n", "a.scl", "FUNCTION_BLOCK \"Pump\"\nVAR_INPUT\n on : BOOL; (/* en: on (really); */)\nEND_VAR\nVAR_OUTPUT\n speed : REAL;\nEND_VAR\nBEGIN\nEND_FUNCTION_BLOCK\n"},
			db, 44, 2, 32, "Pump_1.speed:REAL@2.0",
		},
		{
			"a type by the number that the symbol table gives it",
			[]string{"a.awl", "TYPE \"Axis\"\nSTRUCT\n x : DINT;\nEND_STRUCT;\nEND_TYPE\nDATA_BLOCK DB 3\nSTRUCT\n a : UDT 7;\nEND_STRUCT;\nBEGIN\nEND_DATA_BLOCK\n", "a.sdf", "\"Axis\",\"UDT 7\",\"UDT 7\",\"\"\n"},
			db, 3, 0, 32, "DB3.a.x:DINT@0.0",
		},
		{
			"what Excel writes",
			[]string{"a.csv", "sep=;\r\nName;Adresse;Datentyp;Kommentar\r\nLevel;%MW10;Int;x\r\n"},
			m, 0, 10, 16, "Level:INT@10.0",
		},
		{
			"rows of BOOL begin at a byte",
			[]string{"a.awl", "DATA_BLOCK DB 7\nSTRUCT\n a : BYTE;\n b : ARRAY[1..3, 1..2] OF BOOL;\n c : BYTE;\nEND_STRUCT;\nBEGIN\nEND_DATA_BLOCK\n"},
			db, 7, 3, 40, "DB7.b[2,1]:BOOL@3.0 | DB7.b[2,2]:BOOL@3.1 | DB7.b[3,1]:BOOL@4.0 | DB7.b[3,2]:BOOL@4.1 | DB7.c:BYTE@6.0",
		},
		{
			"rows of BYTE follow each other",
			[]string{"a.awl", "DATA_BLOCK DB 7\nSTRUCT\n a : BYTE;\n b : ARRAY[0..1, 0..2] OF BYTE;\n s : STRING[3];\n on : BOOL;\nEND_STRUCT;\nBEGIN\nEND_DATA_BLOCK\n"},
			db, 7, 4, 80, "DB7.b[0,2]:BYTE@4.0 | DB7.b[1,0]:BYTE@5.0 | DB7.b[1,1]:BYTE@6.0 | DB7.b[1,2]:BYTE@7.0 | DB7.s:STRING[3]@8.0 | DB7.on:BOOL@13.0",
		},
		{
			"strings of odd length begin at even bytes in an array",
			[]string{"a.awl", "DATA_BLOCK DB 7\nSTRUCT\n s : ARRAY[1..2] OF STRING[3];\n b : BYTE;\nEND_STRUCT;\nBEGIN\nEND_DATA_BLOCK\n"},
			db, 7, 6, 56, "DB7.s[2]:STRING[3]@6.0 | DB7.b:BYTE@12.0",
		},
		{
			"characters are a text",
			[]string{"a.awl", "DATA_BLOCK DB 7\nSTRUCT\n a : INT;\n code : ARRAY[1..3] OF CHAR;\n z : INT;\nEND_STRUCT;\nBEGIN\nEND_DATA_BLOCK\n"},
			db, 7, 2, 32, "DB7.code:ARRAY[1..3] OF CHAR@2.0",
		},
		{
			"some of them are not",
			[]string{"a.awl", "DATA_BLOCK DB 7\nSTRUCT\n code : ARRAY[1..3] OF CHAR;\nEND_STRUCT;\nBEGIN\nEND_DATA_BLOCK\n"},
			db, 7, 1, 8, "DB7.code[2]:CHAR@1.0",
		},
		{
			"a tag of a type that a later file declares",
			[]string{"t.csv", "Name,Logical Address,Data Type\nDrive,%M20.0,\"\"\"Axis\"\"\"\n", "u.udt", "TYPE \"Axis\"\nSTRUCT\n speed : Real;\n on : Bool;\nEND_STRUCT;\nEND_TYPE\n"},
			m, 0, 20, 33, "Drive.speed:REAL@20.0 | Drive.on:BOOL@24.0",
		},
		{
			"a tag of an unknown type is what its address says",
			[]string{"t.csv", "Name,Logical Address,Data Type\nDrive,%MB20,\"\"\"Axis\"\"\"\n"},
			m, 0, 20, 8, "Drive:Axis@20.0",
		},
		{
			"peripheral access at once",
			[]string{"t.csv", "Level,%IW64:P\n"},
			s7comm.AreaInput, 0, 64, 16, "Level:WORD@64.0",
		},
		{
			"blocks and types of the programming interface",
			[]string{"db.xml", simaticML},
			db, 12, 0, 8 * 30, "Press.on:BOOL@0.0 | Press.axis.speed:REAL@2.0 | Press.axis.ready:BOOL@6.0 | Press.list[0].n:INT@8.0 | Press.list[0].s:STRING[3]@10.0 | Press.list[1].n:INT@16.0 | Press.list[1].s:STRING[3]@18.0 | Press.last:INT@24.0",
		},
		{
			"tags of the programming interface",
			[]string{"db.xml", simaticML},
			m, 0, 20, 16, "Level:INT@20.0",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x := table(t, tt.files...)
			if got := x.describe(tt.area, tt.db, tt.byte*8, tt.bits); got != tt.want {
				t.Errorf("is %s, want %s; warnings %q", got, tt.want, x.Warnings)
			}
		})
	}
}

func TestTwiceDeclared(t *testing.T) {
	const text = "DATA_BLOCK DB 4\nSTRUCT\n a : INT;\nEND_STRUCT;\nBEGIN\nEND_DATA_BLOCK\n"
	x := table(t, "old.awl", text, "new.awl", strings.ReplaceAll(text, "a : INT", "b : INT"))
	if got := x.describe(s7comm.AreaDB, 4, 0, 16); got != "DB4.b:INT@0.0" {
		t.Errorf("is %s", got)
	}
	if len(x.Warnings) != 1 || !strings.Contains(x.Warnings[0], "twice, in old.awl and in new.awl") {
		t.Errorf("warnings are %q", x.Warnings)
	}
}

const simaticML = `<?xml version="1.0" encoding="utf-8"?>
<Document>
  <SW.Types.PlcStruct ID="0"><AttributeList><Interface><Sections xmlns="http://www.siemens.com/automation/Openness/SW/Interface/v3">
    <Section Name="None"><Member Name="speed" Datatype="Real" /><Member Name="ready" Datatype="Bool" /></Section>
  </Sections></Interface><Name>Axis</Name></AttributeList></SW.Types.PlcStruct>
  <SW.Blocks.GlobalDB ID="1"><AttributeList><Interface><Sections xmlns="http://www.siemens.com/automation/Openness/SW/Interface/v3">
    <Section Name="Static">
      <Member Name="on" Datatype="Bool"><Comment><MultiLanguageText Lang="en-US">x</MultiLanguageText></Comment></Member>
      <Member Name="axis" Datatype="&quot;Axis&quot;"><Sections><Section Name="None"><Member Name="speed" Datatype="Real" /></Section></Sections></Member>
      <Member Name="list" Datatype="Array[0..1] of Struct"><Member Name="n" Datatype="Int" /><Member Name="s" Datatype="String[3]" /></Member>
      <Member Name="last" Datatype="Int"><StartValue>5</StartValue></Member>
    </Section>
  </Sections></Interface><MemoryLayout>Standard</MemoryLayout><Name>Press</Name><Number>12</Number></AttributeList></SW.Blocks.GlobalDB>
  <SW.Tags.PlcTagTable><ObjectList><SW.Tags.PlcTag><AttributeList><DataTypeName>Int</DataTypeName><LogicalAddress>%MW20</LogicalAddress><Name>Level</Name></AttributeList></SW.Tags.PlcTag></ObjectList></SW.Tags.PlcTagTable>
</Document>`
