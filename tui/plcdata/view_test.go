package plcdata_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"plcscope/internal/uitest"
	"plcscope/pcaps/craft"
	"plcscope/s7comm"
	"plcscope/tui/pane"
)

// talk is a conversation of a panel with a controller.
type talk struct {
	capture *craft.Capture
	conn    *craft.Conn
	ref     uint16
}

func dial() *talk {
	c := craft.New()
	t := &talk{c, c.Connect(craft.Host("10.0.0.5:2000"), craft.Host("10.0.0.1:102")), 0}
	setup := s7comm.Setup{AMQCalling: 1, AMQCalled: 1, PDULength: 240}
	t.conn.Client(s7comm.AppendCR(nil, 1, s7comm.TSAP{1, 0}, s7comm.TSAP{1, 2}, 1024)).Server(s7comm.AppendCC(nil, 1, 2, s7comm.TSAP{1, 0}, s7comm.TSAP{1, 2}, 1024))
	t.conn.Client(s7comm.AppendSetup(nil, s7comm.ROSCTRJob, 0, setup)).Server(s7comm.AppendSetup(nil, s7comm.ROSCTRAckData, 0, setup))
	return t
}

// read lets the panel read one item, and the controller answer with bytes, or refuse
// without any.
func (t *talk) read(it s7comm.Item, data []byte) *talk {
	t.ref++
	v := s7comm.Value{ReturnCode: s7comm.ReturnSuccess, TransportSize: s7comm.DataByte, Data: data}
	if data == nil {
		v = s7comm.Value{ReturnCode: s7comm.ReturnNoObject}
	}
	t.capture.After(time.Second)
	t.conn.Client(s7comm.AppendReadJob(nil, t.ref, it)).Server(s7comm.AppendReadAnswer(nil, t.ref, v))
	return t
}

func (t *talk) write(it s7comm.Item, data ...byte) *talk {
	t.ref++
	t.conn.Client(s7comm.AppendWriteJob(nil, t.ref, []s7comm.Item{it}, []s7comm.Value{{TransportSize: s7comm.DataByte, Data: data}}))
	t.conn.Server(s7comm.AppendWriteAnswer(nil, t.ref, s7comm.ReturnSuccess))
	return t
}

func word(db uint16, at uint32) s7comm.Item {
	return s7comm.AnyItem(s7comm.AreaDB, db, s7comm.SizeInt, at, 0, 1)
}

func (t *talk) open(x testing.TB, width, height int) *uitest.Terminal {
	name := filepath.Join(x.TempDir(), "talk.pcap")
	if err := t.capture.WriteFile(name); err != nil {
		x.Fatal(err)
	}
	return uitest.Open(x, uitest.Options{File: name, Width: width, Height: height, View: pane.Data})
}

// press is a controller with values that rise, fall, stay and are refused.
func press() *talk {
	t := dial()
	for i := range 20 {
		t.read(word(1, 0), []byte{0, byte(10 * i)}).read(word(1, 2), []byte{0, 7})
		if i%5 == 0 {
			t.write(word(2, 4), 1, byte(i))
		}
	}
	return t.read(word(9, 0), nil)
}

func TestScreens(t *testing.T) {
	for _, x := range []struct {
		name, file    string
		width, height int
		keys          []string
	}{
		{"poll-160x48", "s7-poll.pcapng", 160, 48, []string{"down", "down", "down"}},
		{"poll-80x24", "s7-poll.pcapng", 80, 24, []string{"down", "down", "down"}},
		{"plant-160x48", "mixed-plant.pcapng.zst", 160, 48, nil},
		{"none-80x24", "mqtt31-plc-faulty.pcap", 80, 24, nil},
	} {
		t.Run(x.name, func(t *testing.T) {
			o := uitest.Options{File: x.file, Width: x.width, Height: x.height, View: pane.Data}
			uitest.Open(t, o).Press(x.keys...).Golden(x.name)
		})
	}
}

func TestDetails(t *testing.T) {
	x := press().open(t, 160, 48)
	x.Has("10.0.0.1", "DB1", "DB1.DBW0", "DB9", "✖ refused", "✖ refused 1×")
	x.Press("down", "down").Has("DB1.DBW0 : INT", "read 20×, written 0×, changed 19×", "values over the capture, 0 to 190", "10.0.0.5  20 reads, 0 writes", "190  +10")
	x.Press("down").Has("DB1.DBW2 : INT", "changed 0×").HasNot("over the capture")
	x.Press("down", "down").Has("DB2.DBW4 : INT", "written 4×", "271")
}

func TestKeys(t *testing.T) {
	open := func() *uitest.Terminal { return press().open(t, 120, 40) }
	t.Run("fold", func(t *testing.T) {
		x := open().Press("down", "left").Has("▸ DB1").HasNot("DB1.DBW0").Press("right").Has("DB1.DBW0")
		x.Press("down", "left", "left").Has("▸ DB1").Press("+").Has("DB1.DBW0").Press("-").HasNot("DB1.DBW0", "DB2.DBW4")
		x.Press("up", "up", "enter").Has("▸ 10.0.0.1").HasNot("DB1")
	})
	t.Run("sort and narrow", func(t *testing.T) {
		x := open().Press("s").Has("sorted by changes", "sort:changes").Press("r").Has("the other way round")
		x.Press("\\").Press("db2", "enter").Has("DB2.DBW4").HasNot("DB1.DBW0")
		x.Press("\\").Press("ctrl-u").Press("nothing", "enter").Has(`No variable has "nothing"`)
	})
	t.Run("to the packets", func(t *testing.T) {
		x := open().Press("down", "down", "enter").HasNot("over the capture")
		x.Press("esc").Has("DB1.DBW0 : INT")
	})
	t.Run("history", func(t *testing.T) {
		x := open().Press("down", "down", "tab", "down", "enter").HasNot("over the capture")
		x.Press("esc").Has("DB1.DBW0 : INT")
	})
	t.Run("search", func(t *testing.T) {
		open().Press("-").Press("/").Press("nowhere", "enter").Has("was not found").Press("/").Press("ctrl-u").Press("DBW4", "enter").Has("DB2.DBW4 : INT")
	})
	t.Run("private", func(t *testing.T) {
		open().Press("down", "down", "P").Has("‹hidden›", "host-").HasNot("10.0.0.", "190")
	})
	t.Run("details", func(t *testing.T) {
		open().Press("down", "down").Has("first seen").Press("i").HasNot("first seen").Press("i").Has("first seen")
	})
}

// TestHostileText: characters of a controller that would do harm to a terminal.
func TestHostileText(t *testing.T) {
	const hostile = "[red]\x1b[2J\x1b]52;c;x\x07\xff\xfe[::b]\r\n\t\x00end\xe2\x80\xae"
	k := dial()
	it := s7comm.AnyItem(s7comm.AreaDB, 1, s7comm.SizeChar, 0, 0, uint16(len(hostile)))
	k.read(it, []byte(hostile)).read(it, []byte(strings.ToUpper(hostile)[:len(hostile)]))
	for _, size := range [][2]int{{160, 48}, {80, 24}} {
		x := k.open(t, size[0], size[1]).Press("down", "down", "tab").Has("[")
		for _, bad := range []string{"\x1b", "\x07", "\u202e", "\r"} {
			if strings.Contains(x.Screen(), bad) {
				t.Errorf("the screen has %q:\n%s", bad, x.Screen())
			}
		}
	}
}

// TestManyVariables shows more than are laid out on the goroutine of the interface.
func TestManyVariables(t *testing.T) {
	k := dial()
	const n = 6000
	for i := 0; i < n; i += 10 {
		k.ref++
		var items []s7comm.Item
		var values []s7comm.Value
		for j := range 10 {
			items = append(items, word(uint16((i+j)/100+1), uint32((i+j)%100*2)))
			values = append(values, s7comm.Value{ReturnCode: s7comm.ReturnSuccess, TransportSize: s7comm.DataByte, Data: []byte{0, byte(i)}})
		}
		k.conn.Client(s7comm.AppendReadJob(nil, k.ref, items...)).Server(s7comm.AppendReadAnswer(nil, k.ref, values...))
	}
	x := k.open(t, 160, 48)
	x.Has("▾ 10.0.0.1", "6000 variables", "▸ DB1", "▸ DB40").HasNot("DBW")
	x.Press("/").Press("DB33.DBW50", "enter").Has("DB33.DBW50 : INT", "▾ DB33", "▸ DB32")
	x.Press("s").Has("DB33.DBW50 : INT") // selected as before
	x.Press("\\").Press("db60.dbw19", "enter").Has("5 variables", "DB60.DBW198")
}
