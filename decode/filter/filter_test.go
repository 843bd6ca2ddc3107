package filter

import (
	"errors"
	"strings"
	"testing"

	"plcscope/internal/wire"
)

// The fields of a small frame: Ethernet, IP, TCP, an MQTT PUBLISH.
var (
	table    wire.Table
	fFrame   = table.None("frame", "Frame")
	fTime    = table.Add(wire.Field{Name: "frame.time", Type: wire.Time})
	fDelta   = table.Add(wire.Field{Name: "frame.time_delta", Type: wire.Epoch})
	fEth     = table.None("eth", "Ethernet")
	fSource  = table.Add(wire.Field{Name: "eth.src", Type: wire.Ether})
	fIP      = table.None("ip", "IP")
	fAddr    = table.Add(wire.Field{Name: "ip.addr", Type: wire.IPv4})
	_        = table.Add(wire.Field{Name: "ipv6.addr", Type: wire.IPv6})
	fTTL     = table.Uint("ip.ttl", "TTL", 1, wire.Dec, nil)
	fPort    = table.Uint("tcp.port", "Port", 2, wire.Dec, nil)
	fFlags   = table.Uint("tcp.flags", "Flags", 2, wire.Hex, nil)
	fSyn     = table.Bool("tcp.flags.syn", "Syn")
	fMQTT    = table.None("mqtt", "MQTT")
	fMsgType = table.Uint("mqtt.msgtype", "Type", 1, wire.Dec, func(v uint64) string {
		return map[uint64]string{1: "CONNECT", 3: "PUBLISH"}[v]
	})
	fTopic   = table.String("mqtt.topic", "Topic")
	_        = table.String("mqtt.clientid", "Client ID")
	fMsg     = table.Bytes("mqtt.msg", "Message")
	known    = NewFields(table.All())
	message  = []byte("\x30\x10\x00\x07plant/7reading")
	twoAddrs = []byte{10, 0, 0, 5, 192, 168, 1, 1}
)

func frame() []Part {
	head := make([]byte, 54)
	copy(head[6:], "\x00\x1b\x1b\x01\x02\x03")
	t := new(wire.Tree)
	h := t.Open(fFrame, 0)
	t.Uint(fTime, 0, 0, 1_767_225_600_500_000_000) // 2026-01-01 00:00:00.5 UTC
	t.Uint(fDelta, 0, 0, 1_500_000_000)
	t.Close(h, 54)
	h = t.Open(fEth, 0)
	t.Data(fSource, 6, head[6:12])
	t.Close(h, 14)
	h = t.Open(fIP, 14)
	t.Data(fAddr, 26, twoAddrs[:4])
	t.Data(fAddr, 30, twoAddrs[4:])
	t.Uint(fTTL, 22, 1, 64)
	t.Close(h, 34)
	t.Uint(fPort, 34, 2, 2000)
	t.Uint(fPort, 36, 2, 1883)
	t.Uint(fFlags, 46, 2, 0x18)
	t.Bool(fSyn, 47, false)
	m := new(wire.Tree)
	h = m.Open(fMQTT, 0)
	m.Uint(fMsgType, 0, 1, 3)
	m.Data(fTopic, 4, message[4:11])
	m.Data(fMsg, 11, message[11:])
	m.Close(h, len(message))
	return []Part{{t, head}, {m, message}}
}

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		filter string
		want   bool
	}{
		{"", true},
		{"  ", true},
		{"mqtt", true},
		{"!mqtt", false},
		{"not mqtt.clientid", true},
		{"mqtt.clientid", false},
		{"tcp.flags.syn", true}, // it is there, whatever its value
		{"tcp.flags.syn == 0", true},
		{"tcp.flags.syn == True", false},

		{"tcp.port == 1883", true},
		{"tcp.port eq 0x75b", true},
		{"tcp.port == 03533", true}, // octal
		{"tcp.port != 1883", false}, // the other one differs, but not all do
		{"tcp.port !== 1883", true}, // one differs
		{"tcp.port === 1883", false},
		{"any tcp.port != 1883", true},
		{"all tcp.port > 1000", true},
		{"all tcp.port > 1900", false},
		{"tcp.port != 80", true},
		{"mqtt.clientid != \"x\"", false}, // nothing holds of what is not there
		{"1883 == tcp.port", true},
		{"1000 < tcp.port < 1900", true},
		{"1950 < tcp.port < 1900", true}, // one is above, another below
		{"2000 < tcp.port < 3000", false},
		{"tcp.port == tcp.port", true},
		{"tcp.port in {80, 1880..1890}", true},
		{"tcp.port in {80,443}", false},
		{"tcp.port not in {80,443}", true},
		{"all tcp.port in {1..1900}", false},
		{"tcp.port == 'A'", false},
		{"ip.ttl == '@'", true},

		{"tcp.flags & 0x10", true},
		{"tcp.flags & 2", false},
		{"tcp.flags & 0x18 == 0x18", true},
		{"tcp.port - 1000 == 883", true},
		{"tcp.port % 1000 == 0", true},
		{"ip.ttl * 2 == 128 and ip.ttl / 2 == 32", true},
		{"ip.ttl / 0 == 1", false},
		{"ip.ttl == 2 * (30 + 2)", true},
		{"ip.ttl == 2 * {30 + 2}", true},
		{"-ip.ttl < -63", true},
		{"(ip.ttl + 1) > 64", true},
		{"(ip.ttl) == 64", true},
		{"(ip.ttl == 64)", true},

		{"ip.addr == 10.0.0.5", true},
		{"ip.addr == 10.0.0.0/8", true},
		{"ip.addr == 10.0.0.6/31", false},
		{"ip.addr == 10.0.0.4/31", true},
		{"ip.addr in {10.0.0.0..10.0.0.9}", true},
		{"ip.addr > 192.0.0.0", true},
		{"ip.addr[0] == 0a", true},
		{"ip.addr#1 == 10.0.0.5", true},
		{"ip.addr#2 == 10.0.0.5", false},
		{"ip.addr#-1 == 10.0.0.5", true},
		{"ip.addr#[1-2] == 10.0.0.5", true},
		{"ipv6.addr == fe80::/10", false},
		{"eth.src == 00:1b:1b:01:02:03", true},
		{"eth.src == 00-1b-1b-01-02-03", true},
		{"eth.src[0:3] == 00:1b:1b", true},
		{"eth.src[1-2] == 1b:1b", true},
		{"eth.src[:3] == 00.1b.1b", true},
		{"eth.src[3:] == 01:02:03", true},
		{"eth.src[-2:] == 02:03", true},
		{"eth.src[-2:1] == 02", true},
		{"eth.src[-3--2] == 01:02", true},
		{"eth.src[0,5] == 00:03", true},
		{"eth.src[5:2] == 00:03", false}, // there is only one byte
		{"eth[6:3] == 00:1b:1b", true},

		{`mqtt.topic == "plant/7"`, true},
		{`mqtt.topic == "Plant/7"`, false},
		{`upper(mqtt.topic) == "PLANT/7"`, true},
		{`lower(upper(mqtt.topic)) == "plant/7"`, true},
		{`mqtt.topic contains "ant"`, true},
		{`mqtt.topic matches "^PLANT/\d$"`, true},
		{`mqtt.topic matches r"^plant/\d$"`, true},
		{`mqtt.topic ~ "(?-i)PLANT"`, false},
		{`mqtt.topic[0:5] == "plant"`, true},
		{`mqtt.topic > "plant/6"`, true},
		{`mqtt.topic in {"a", "plant/7"}`, true},
		{`len(mqtt.topic) == 7`, true},
		{`string(tcp.port) matches "^18"`, true},
		{`string(ip.addr) contains "168"`, true},
		{`mqtt.msg == "reading"`, true},
		{`mqtt.msg == 72:65:61:64:69:6e:67`, true},
		{`mqtt.msg contains 61:64`, true},
		{`mqtt.msg matches "ding$"`, true},
		{`mqtt contains "7read"`, true},
		{`mqtt[0] == 30`, true},
		{`mqtt.msgtype == PUBLISH`, true},
		{`mqtt.msgtype == "connect"`, false},
		{`count(tcp.port) == 2`, true},
		{`len(tcp.port) == 2`, true},
		{`tcp.flags.syn == 2`, false}, // any number but 0 is true
		{`tcp.port ~= 1883`, true},
		{`mqtt.topic[0] == 70`, true}, // a part of text is bytes
		{`eth.src[1] & 0f == 0b`, true},
		{`eth.src & 00:00:00:00:00:03`, true},
		{`eth.src[0] & ff`, false},
		{`eth.src[4] == 2`, true},
		{`ip.addr & 255.0.0.0 == 10.0.0.0`, true},
		{`count(mqtt.clientid) == 0`, false},
		{`max(tcp.port, 5) == 2000 && min(tcp.port) == 1883`, true},
		{`abs(ip.ttl - 100) == 36`, true},

		{"frame.time_delta > 1.4 && frame.time_delta < 1.6", true},
		{"frame.time_delta == 1.5", true},
		{`frame.time > "2025-12-31 23:59:59Z"`, true},
		{`frame.time >= "2026-01-01T00:00:00.5Z" and frame.time <= "2026-01-01 00:00:00.5 UTC"`, true},

		{"ip or mqtt.clientid and mqtt.clientid", true}, // and binds more tightly
		{"(ip or mqtt.clientid) and mqtt.clientid", false},
		{"ip xor mqtt", false},
		{"ip ^^ mqtt.clientid", true},
		{"not ip and mqtt.clientid", false},
		{"! ( ip && mqtt.clientid )", true},
	} {
		t.Run(tt.filter, func(t *testing.T) {
			f, err := Compile(tt.filter, known)
			if err != nil {
				t.Fatal(err)
			}
			if got := f.Matcher().Match(frame()); got != tt.want {
				t.Errorf("matches: %t", got)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	for _, tt := range []struct {
		filter string
		column int
		text   string // part of the message
	}{
		{"=== 1", 1, "not ==="},
		{"mqtt.topik", 1, "near it: mqtt.topic"},
		{`ip and mqtt.topik == "x"`, 8, "no field mqtt.topik"},
		{"mqtt.topic ==", 14, "ends where"},
		{"mqtt.topic = 5", 12, "has no meaning"},
		{"tcp.port == blue", 13, "wants a number"},
		{`mqtt.msgtype == "Banana"`, 17, "name of one of its values"},
		{"ip.addr == 10.0.0", 12, "wants an address"},
		{"ip.addr == fe80::1", 12, "wants an address"},
		{"eth.src == 00:11", 12, "MAC"},
		{"tcp.port contains 5", 1, "contains wants"},
		{`mqtt.topic matches "("`, 20, "regular expression"},
		{"mqtt.topic matches abc", 20, "quotation marks"},
		{"tcp.port[0:1] == 5", 9, "can be cut"},
		{"(ip", 4, ") is missing"},
		{"ip)", 3, "should end here"},
		{"ip amd mqtt", 4, "near it: and"},
		{"tcp.port in {}", 14, "empty"},
		{"tcp.port in {1 2}", 16, "comma"},
		{"tcp.port in 5", 13, "braces"},
		{`mqtt.topic == "x`, 15, "closing quotation mark"},
		{`mqtt.topic == "\q"`, 16, "escape"},
		{"lem(mqtt.topic) == 1", 1, "near it: len"},
		{"upper(tcp.port) == 1", 7, "upper wants"},
		{"len(mqtt.topic)", 1, "must be compared"},
		{"len(mqtt.topic, ip) == 1", 15, "one argument"},
		{"mqtt.topic == tcp.port", 15, "cannot be compared"},
		{"1 == 2", 1, "neither"},
		{"any mqtt", 5, "before a comparison"},
		{"'ab' == tcp.port", 1, "one byte"},
		{`mqtt.topic == "größe" or == 1`, 26, "not =="},
		{"eth.src[3-1] == 00", 9, "ends before it begins"},
		{"(ip.ttl == 64) > 1", 16, "cannot be compared"},
		{strings.Repeat("(", 300) + "ip", 201, "too deeply"},
		{strings.Repeat("!", 300) + "ip", 201, "too deeply"},
	} {
		t.Run(tt.filter, func(t *testing.T) {
			_, err := Compile(tt.filter, known)
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("error is %v", err)
			}
			if e.Column() != tt.column || !strings.Contains(e.Error(), tt.text) {
				t.Errorf("column %d, want %d with %q: %v\n%s", e.Column(), tt.column, tt.text, err, e.Pointer())
			}
		})
	}
}

// TestOnlyPossibleTexts: a text that a field can never be is refused where a filter asks
// whether the field is that, and nowhere else.
func TestOnlyPossibleTexts(t *testing.T) {
	fields := NewFields(table.All())
	fields.Only("mqtt.topic", []string{"plant/7", "plant/8"})
	for _, tt := range []struct {
		filter string
		column int // 0: it is a filter
	}{
		{`mqtt.topic == "plant/7"`, 0},
		{`mqtt.topic == "PLANT/9"`, 15},
		{`"plant/9" == mqtt.topic`, 1},
		{`mqtt.topic != plant`, 15},
		{`all mqtt.topic == "plant/9"`, 19},
		{`mqtt.topic in {"plant/7", "x"}`, 27},
		{`mqtt.topic not in {"x"}`, 20},
		{`mqtt.topic in {"plant/7".."q"}`, 0},
		{`mqtt.topic >= "x"`, 0},
		{`mqtt.topic contains "9"`, 0},
		{`mqtt.topic matches "9$"`, 0},
		{`mqtt.topic[0:1] == "x"`, 0},
		{`upper(mqtt.topic) == "PLANT/7"`, 0},
		{`mqtt.clientid == "x"`, 0},
	} {
		t.Run(tt.filter, func(t *testing.T) {
			_, err := Compile(tt.filter, fields)
			var e *Error
			switch {
			case tt.column == 0:
				if err != nil {
					t.Error(err)
				}
			case !errors.As(err, &e) || e.Column() != tt.column || !strings.Contains(e.Error(), "is never") || !strings.Contains(e.Error(), "near it: plant/"):
				t.Errorf("%v", err)
			}
		})
	}
}

func TestFieldsAreTold(t *testing.T) {
	f, err := Compile("mqtt.topic == \"x\" or (tcp.port + 1) in {ip.ttl}", known)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, x := range f.Fields() {
		names = append(names, x.Name)
	}
	if got := strings.Join(names, " "); got != "ip.ttl tcp.port mqtt.topic" {
		t.Errorf("fields are %s", got)
	}
}

func TestMatchingAllocatesNothing(t *testing.T) {
	parts := frame()
	for _, text := range []string{
		`mqtt.topic == "plant/7" and ip.addr == 10.0.0.0/8`, `mqtt.topic matches "^plant" && len(mqtt.msg) > 3`,
		`upper(mqtt.topic) contains "PLANT" and eth.src[0:3,5] == 00:1b:1b:03`, `tcp.port in {1..5, 1883} and tcp.flags & 0x10`,
	} {
		f, err := Compile(text, known)
		if err != nil {
			t.Fatal(err)
		}
		m := f.Matcher()
		if !m.Match(parts) {
			t.Errorf("%s does not match", text)
		}
		if n := testing.AllocsPerRun(100, func() { m.Match(parts) }); n != 0 {
			t.Errorf("%s: %v allocations", text, n)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	f, err := Compile(`mqtt.topic contains "plant" and ip.addr == 10.0.0.0/8`, known)
	if err != nil {
		b.Fatal(err)
	}
	m, parts := f.Matcher(), frame()
	b.ReportAllocs()
	for b.Loop() {
		m.Match(parts)
	}
}

// FuzzCompile holds that any text compiles or yields an error that points into it, that
// what compiled matches without harm, and that its negation says the opposite.
func FuzzCompile(f *testing.F) {
	for _, s := range []string{
		"mqtt.topic == \"a\\x41\"", "tcp.port in {1, 2..3}", "eth.src[0:3,1-2] == 00:11:22", "!(ip && mqtt) or len(mqtt.msg) > 2",
		"all ip.addr != 10.0.0.0/8", "ip.addr#[1-2] == ::1", "{1+2}*tcp.port % 7 >= -3", "mqtt ~ r\"a\\\"b\"", "max(tcp.port, 1) == 'A'",
	} {
		f.Add(s)
	}
	parts := frame()
	f.Fuzz(func(t *testing.T, s string) {
		x, err := Compile(s, known)
		if err != nil {
			e := err.(*Error)
			if e.Offset < 0 || e.Offset > len(s) || e.Length < 1 || e.Reason == "" {
				t.Fatalf("%+v", e)
			}
			e.Pointer()
			return
		}
		m := x.Matcher()
		got := m.Match(parts)
		if again := m.Match(parts); again != got {
			t.Fatal("matches and does not")
		}
		if x.root == nil {
			return
		}
		not, err := Compile("!("+s+")", known)
		if err != nil {
			t.Fatalf("negated: %v", err)
		}
		if not.Matcher().Match(parts) == got {
			t.Fatal("the negation says the same")
		}
	})
}
