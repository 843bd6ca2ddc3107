package profile

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"plcscope/mqtt"
	"plcscope/rules"
	"plcscope/rules/siterules"
	"plcscope/s7comm"
)

// parse reads a profile whose first line is added.
func parse(t testing.TB, body string) (*Profile, error) {
	t.Helper()
	return Parse("p.yaml", "version: 1\n"+body, fstest.MapFS{
		"number.json": {Data: []byte(`{"type": "number", "maximum": 100}`)},
		"far.json":    {Data: []byte(`{"$ref": "https://example.com/x.json"}`)},
		"bad.json":    {Data: []byte(`{"type": 7}`)},
	}.Open)
}

func TestValidProfiles(t *testing.T) {
	names, err := filepath.Glob("testdata/valid/*.yaml")
	if err != nil || len(names) < 3 {
		t.Fatalf("%d profiles, %v", len(names), err)
	}
	for _, name := range names {
		if _, err := Read(name); err != nil {
			t.Errorf("%v", err)
		}
	}
}

func TestFullProfile(t *testing.T) {
	p, err := Read("testdata/valid/full.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want := Tolerances{
		Answer: 10 * time.Second, Close: 20 * time.Second, KeepAliveClient: 2 * time.Second, KeepAliveServer: 10 * time.Second,
		Resend: time.Minute, RefusedSubscription: 45 * time.Second, ReconnectStorm: Storm{10, 2 * time.Minute},
		ClientIDQuarrel: Storm{3, 10 * time.Minute}, PingsTooEarly: 5, Sessions: 5000, S7GiveUp: 750 * time.Millisecond,
		Reply: 2 * time.Second, DeliveryWindow: 90 * time.Second, DeliveryResend: 45 * time.Second,
	}
	if d := cmp.Diff(want, p.Tolerances); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string]Severity{"mqtt-disconnect-missing": {}, "plc-ping-interval": {Off: true}, "s7-control": {Weight: rules.Error}}, p.Severity); d != "" {
		t.Error(d)
	}
	type short struct{ Rule, About, Fingerprint, Reason, Expires string }
	var waivers []short
	for _, w := range p.Waivers {
		waivers = append(waivers, short{w.Rule, w.About(), w.Fingerprint, w.Reason, w.Expires})
	}
	if d := cmp.Diff([]short{
		{"mqtt-connect-once", "press7", "", "The supplier corrects the block in its next release.", "2026-12-31"},
		{"plc-payload-length", "old-*, 10.0.0.0/8", "", "replaced with the line in autumn", "2026-10-01"},
		{"s7-late-answer", "", "0123456789abcdef0123456789abcdef", "a controller at its limit", "2026-08-01"},
	}, waivers); d != "" {
		t.Error(d)
	}
	yes, no := true, false
	publish := []siterules.Publish{
		{Topic: "plant/+/state", QoS: []mqtt.QoS{1, 2}, Retain: &yes, Payload: siterules.Payload{Kind: siterules.JSON, Length: siterules.Length{Min: 2, Max: 1000}}, Interval: siterules.Span{Min: 500 * time.Millisecond, Max: time.Minute}},
		{Topic: "plant/+/raw", Payload: siterules.Payload{Kind: siterules.S7Data, Type: "REAL", Length: siterules.Length{Min: 8, Max: 8}}},
		{Topic: "plant/+/log", QoS: []mqtt.QoS{0}, Retain: &no, Payload: siterules.Payload{Kind: siterules.Text, Length: siterules.Length{Max: 200}}},
	}
	part := func(s siterules.Selector) siterules.MQTT {
		return siterules.MQTT{
			For: s, KeepAlive: siterules.Span{Min: 10 * time.Second, Max: 2 * time.Minute}, Publish: publish,
			Subscribe: []string{"plant/+/cmd", "$share/g/plant/#"}, AckLatency: siterules.Span{Max: 2 * time.Second},
		}
	}
	data := func(db uint16, first, last uint64) siterules.Range {
		return siterules.Range{Area: s7comm.AreaDB, DB: db, First: first, Last: last}
	}
	policy := siterules.Policy{
		MQTT: []siterules.MQTT{
			part(siterules.Selector{Name: "press7", Addresses: []netip.Prefix{netip.MustParsePrefix("192.168.10.17/32")}, ClientIDs: []string{"press7", "press7-*"}}),
			part(siterules.Selector{ClientIDs: []string{"cell?-*"}}),
			{Subscribe: []string{}},
		},
		S7: []siterules.S7{{
			For:       siterules.Selector{Addresses: []netip.Prefix{netip.MustParsePrefix("192.168.10.17/32")}},
			Hosts:     []netip.Prefix{netip.MustParsePrefix("192.168.10.40/32"), netip.MustParsePrefix("192.168.10.0/28")},
			Functions: []siterules.Function{"read", "write", "info"},
			Writable: []siterules.Range{
				data(10, 0, lastBit), data(11, 0, 799), data(12, 0, 799),
				{Area: s7comm.AreaFlag, First: 800, Last: 1607}, {Area: s7comm.AreaOutput, Last: lastBit},
			},
			Answer: siterules.Span{Max: 200 * time.Millisecond},
		}},
	}
	if d := cmp.Diff(policy, p.Policy, cmpopts.IgnoreFields(siterules.MQTT{}, "ClientID"), cmpopts.IgnoreFields(siterules.Payload{}, "Schema"), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); d != "" {
		t.Error(d)
	}
	if r := p.Policy.MQTT[0].ClientID; !r.MatchString("press7") || r.MatchString("xpress7 ") {
		t.Errorf("client identifiers match %s", r)
	}
	schema := p.Policy.MQTT[0].Publish[0].Payload.Schema
	for payload, want := range map[string]string{`{"state": "run"}`: "", `{"state": 1}`: "at '/state': got number, want string", `{}`: "missing property 'state'", `{"state"`: "unexpected EOF"} {
		err := schema([]byte(payload))
		if got := ""; err != nil {
			if got = err.Error(); want == "" || !strings.Contains(got, want) || strings.Contains(got, "\n") {
				t.Errorf("%s: %q, want %q", payload, got, want)
			}
		} else if want != "" {
			t.Errorf("%s is valid, want %q", payload, want)
		}
	}
	if len(p.Replies) != 1 || p.Replies[0].String() != "plant/+/req=>plant/+/rsp" {
		t.Errorf("replies %v", p.Replies)
	}
}

// TestErrors: what is not understood is told with its place.
func TestErrors(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"unknown key", "tolerance:\n  answer: 1s", `p.yaml:2:1: there is no key "tolerance" here; near it: tolerances`},
		{"unknown key below", "waivers:\n  - rule: a\n    reason: b\n    expire: 2026-01-01", `p.yaml:5:5: there is no key "expire" here; near it: expires`},
		{"syntax", "subjects: [", "p.yaml:2:"},
		{"a key twice", "severity: {}\nseverity: {}", "p.yaml:3:1: "},
		{"alias", "severity: &a {}\n", "p.yaml:2:11: anchors"},
		{"two documents", "---\nversion: 1", "one document"},
		{"wrong kind", "severity: [a]", "p.yaml:2:11: want keys with values, not a list"},
		{"list wanted", "waivers: {rule: a}", "a waiver has a reason"},
		{"nothing", "waivers:", "nothing is written here"},
		{"severity", "severity: {a: fatal}", `p.yaml:2:15: "fatal" is no severity`},
		{"duration", "tolerances: {answer: 5}", `p.yaml:2:22: "5" is no span of time`},
		{"negative duration", "tolerances: {answer: -5s}", `"-5s" is no span`},
		{"number", "tolerances: {sessions: many}", `"many" is no whole number`},
		{"waiver without reason", "waivers:\n  - rule: a\n    expires: 2026-01-01", "p.yaml:3:5: a waiver has a reason"},
		{"blank reason", "waivers: [{rule: a, reason: ' ', expires: 2026-01-01}]", "a waiver has a reason"},
		{"waiver without end", "waivers: [{rule: a, reason: b}]", "a waiver expires"},
		{"date", "waivers: [{rule: a, reason: b, expires: 31.12.2026}]", `p.yaml:2:41: "31.12.2026" is no date`},
		{"no such day", "waivers: [{rule: a, reason: b, expires: 2026-02-30}]", `"2026-02-30" is no date`},
		{"fingerprint", "waivers: [{rule: a, reason: b, expires: 2026-01-01, fingerprint: abc}]", "32 digits"},
		{"unknown subject", "subjects: [{name: press7, client-ids: x}]\nwaivers: [{rule: a, for: pres7, reason: b, expires: 2026-01-01}]", `p.yaml:3:26: "pres7" is no address and no name under subjects; near it: press7`},
		{"subject without anything", "subjects: [{name: a}]", "what it is known by"},
		{"subject without name", "subjects: [{addresses: 10.0.0.1}]", "a subject has a name"},
		{"two of a name", "subjects: [{name: a, client-ids: a}, {name: a, client-ids: b}]", `two subjects are called "a"`},
		{"address", "subjects: [{name: a, addresses: 10.0.0.300}]", `p.yaml:2:33: "10.0.0.300" is no IP address`},
		{"both ways", "subjects: [{name: a, client-ids: a}]\nwaivers: [{rule: a, for: {subject: a, address: 10.0.0.1}, reason: b, expires: 2026-01-01}]", "not both"},
		{"nobody", "waivers: [{rule: a, for: {}, reason: b, expires: 2026-01-01}]", "say whom"},
		{"topic", "site: {mqtt: [{publish: [{topic: a/#/b}]}]}", `topic filter "a/#/b"`},
		{"no topic", "site: {mqtt: [{publish: [{qos: 1}]}]}", "topic is missing"},
		{"qos", "site: {mqtt: [{publish: [{topic: a, qos: 3}]}]}", "QoS 3 does not exist"},
		{"range of time", "site: {mqtt: [{keep-alive: 10s}]}", "no range of time"},
		{"reversed", "site: {mqtt: [{keep-alive: 10s..5s}]}", "no range of time"},
		{"zero", "site: {mqtt: [{keep-alive: ..0s}]}", "no range of time"},
		{"open", "site: {mqtt: [{keep-alive: ..}]}", "no range of time"},
		{"length", "site: {mqtt: [{publish: [{topic: a, payload: {length: 9..2}}]}]}", "no range of bytes"},
		{"length of nothing", "site: {mqtt: [{publish: [{topic: a, payload: {length: 0}}]}]}", "kind: empty"},
		{"kind", "site: {mqtt: [{publish: [{topic: a, payload: {kind: xml}}]}]}", `no kind "xml"`},
		{"type", "site: {mqtt: [{publish: [{topic: a, payload: {type: REEL}}]}]}", "near it: REAL"},
		{"type of json", "site: {mqtt: [{publish: [{topic: a, payload: {kind: json, type: INT}}]}]}", "a type is for kind: s7"},
		{"schema of text", "site: {mqtt: [{publish: [{topic: a, payload: {kind: text, schema: number.json}}]}]}", "a schema is for kind: json"},
		{"no schema", "site: {mqtt: [{publish: [{topic: a, payload: {schema: absent.json}}]}]}", "absent.json"},
		{"schema outside", "site: {mqtt: [{publish: [{topic: a, payload: {schema: ../x.json}}]}]}", "in the folder of the profile or below it"},
		{"schema from the network", "site: {mqtt: [{publish: [{topic: a, payload: {schema: far.json}}]}]}", "beside the profile only"},
		{"no schema at all", "site: {mqtt: [{publish: [{topic: a, payload: {schema: bad.json}}]}]}", "bad.json"},
		{"expression", "site: {mqtt: [{client-id: '[a'}]}", `"[a" is no regular expression of RE2: missing closing ]: ` + "`[a`"},
		{"expression without an end", `site: {mqtt: [{client-id: '\Qa'}]}`, "no regular expression"},
		{"function", "site: {s7: [{functions: [raed]}]}", "near it: read"},
		{"range", "site: {s7: [{writable: [DB0]}]}", "DB0 does not exist"},
		{"controller without address", "subjects: [{name: a, client-ids: a}]\nsite: {s7: [{for: a}]}", "by its address"},
		{"host without address", "subjects: [{name: a, client-ids: a}]\nsite: {s7: [{hosts: a}]}", "has no address"},
		{"reply", "replies: [a]", "REQUEST=>REPLY"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := parse(t, c.body)
			if err == nil {
				t.Fatalf("it is understood: %+v", p)
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("error\n%v\nwant %q", err, c.want)
			}
		})
	}
}

func TestVersion(t *testing.T) {
	for text, want := range map[string]string{"": "empty", "# nothing\n": "empty", "severity: {}": "no version", "version: 2": "version 2 is not known", "version: one": `"one" is no whole number`, "7": "want keys"} {
		if _, err := Parse("p.yaml", text, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// TestExcerpt: an error shows its line, with a mark under the place; all errors are
// told at once.
func TestExcerpt(t *testing.T) {
	_, err := Parse("plant.yaml", "version: 1\ntolerances:\n\tanswer: 5s\n", nil)
	if err == nil || !strings.HasPrefix(err.Error(), "plant.yaml:3:") {
		t.Errorf("a tab: %v", err)
	}
	_, err = parse(t, "tolerances:\n  anwser: 5s\n  close: never\n")
	want := `p.yaml:3:3: there is no key "anwser" here; near it: answer, close
    3 |   anwser: 5s
          ^
p.yaml:4:10: "never" is no span of time; want one such as 500ms, 5s or 1m30s
    4 |   close: never
                 ^`
	if err == nil {
		t.Fatal("it is understood")
	}
	if d := cmp.Diff(want, err.Error()); d != "" {
		t.Error(d)
	}
}

func TestCheck(t *testing.T) {
	p, err := parse(t, "severity: {mqtt-conect-once: off, s7-control: info}\nwaivers: [{rule: s7-controll, reason: a, expires: 2026-01-01}]")
	if err != nil {
		t.Fatal(err)
	}
	catalogue := []*rules.Rule{{ID: "mqtt-connect-once"}, {ID: "s7-control"}}
	err = p.Check(catalogue)
	if l, ok := err.(Errors); !ok || len(l) != 2 || !strings.Contains(l[0].Text, "near it: mqtt-connect-once") || l[1].Line != 3 {
		t.Errorf("%v", err)
	}
	p.rules = nil
	if err := p.Check(catalogue); err != nil {
		t.Errorf("%v", err)
	}
}

func TestSubjects(t *testing.T) {
	p, err := parse(t, `subjects:
  - {name: press, addresses: 10.0.0.5, client-ids: ["press?", "p*x"]}
  - {name: net, addresses: [10.0.0.0/24, "::ffff:10.9.9.9"]}
  - {name: named, client-ids: "a.b"}
`)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		s    rules.Subject
		want string
	}{
		{rules.Subject{Address: "10.0.0.5", Name: "press7"}, "press"},
		{rules.Subject{Address: "10.0.0.5", Name: "p/\nx"}, "press"},
		{rules.Subject{Address: "10.0.0.5", Name: "press77"}, "net"},
		{rules.Subject{Address: "10.0.0.5"}, "net"},
		{rules.Subject{Address: "10.0.0.5:1883", Role: rules.Server}, "net"},
		{rules.Subject{Address: "10.9.9.9"}, "net"},
		{rules.Subject{Address: "[fe80::1]:1883", Role: rules.Server}, ""},
		{rules.Subject{Address: "10.1.0.5", Name: "a.b"}, "named"},
		{rules.Subject{Address: "10.1.0.5", Name: "axb"}, ""},
		{rules.Subject{Address: "(further subjects)"}, ""},
	} {
		if got := p.Label(&c.s); got != c.want {
			t.Errorf("%s: %q, want %q", &c.s, got, c.want)
		}
	}
}

func TestExpired(t *testing.T) {
	w := Waiver{Expires: "2026-12-31"}
	for day, want := range map[string]bool{"2026-12-30": false, "2026-12-31": false, "2027-01-01": true} {
		if w.Expired(day) != want {
			t.Errorf("on %s: %t", day, !want)
		}
	}
}

func TestRanges(t *testing.T) {
	const db, m, q, i = s7comm.AreaDB, s7comm.AreaFlag, s7comm.AreaOutput, s7comm.AreaInput
	for _, c := range []struct {
		text string
		want siterules.Range
		err  string
	}{
		{"DB10", siterules.Range{Area: db, DB: 10, Last: lastBit}, ""},
		{"db65535", siterules.Range{Area: db, DB: 65535, Last: lastBit}, ""},
		{"M", siterules.Range{Area: m, Last: lastBit}, ""},
		{"E", siterules.Range{Area: i, Last: lastBit}, ""},
		{"DB10.DBX3.5", siterules.Range{Area: db, DB: 10, First: 29, Last: 29}, ""},
		{"DB10.DBW4", siterules.Range{Area: db, DB: 10, First: 32, Last: 47}, ""},
		{"DB10.DBX0.0..DB10.DBX99.7", siterules.Range{Area: db, DB: 10, Last: 799}, ""},
		{"DB10.DBB0 .. DBB99", siterules.Range{Area: db, DB: 10, Last: 799}, ""},
		{"DB10.DBB0..DBD96", siterules.Range{Area: db, DB: 10, Last: 799}, ""},
		{"MB100..MB200", siterules.Range{Area: m, First: 800, Last: 1607}, ""},
		{"M10.3", siterules.Range{Area: m, First: 83, Last: 83}, ""},
		{"AW2", siterules.Range{Area: q, First: 16, Last: 31}, ""},
		{"QD0..QB9", siterules.Range{Area: q, Last: 79}, ""},
		{"ID0..I1.0", siterules.Range{Area: i, Last: 31}, ""},
		{"MB2097151", siterules.Range{Area: m, First: lastBit - 7, Last: lastBit}, ""},
		{text: "DB0", err: "does not exist"}, {text: "DB65536", err: "does not exist"}, {text: "DB", err: "no S7 address"},
		{text: "DBB4", err: "no data block"}, {text: "DB10.DBX3", err: "has no bit"}, {text: "DB10.DBX3.8", err: "bits are 0 to 7"},
		{text: "DB10.DBB3.1", err: "is no bit"}, {text: "M3", err: "has no bit"}, {text: "MB2097152", err: "beyond"}, {text: "MD2097149", err: "beyond"},
		{text: "DB10..DB11", err: "all of an area"}, {text: "MB10..MB9", err: "lies before"}, {text: "MB1..QB2", err: "does not lie where"},
		{text: "DB1.DBB0..DB2.DBB9", err: "does not lie where"}, {text: "MB1..DBB2", err: "no data block"}, {text: "MB1..", err: "no S7 address"}, {text: "", err: "no S7 address"},
		{text: "DB1.DBB0..M", err: "no S7 address"},
	} {
		got, err := parseRange(c.text)
		switch {
		case c.err == "" && (err != nil || got != c.want):
			t.Errorf("%q: %+v, %v", c.text, got, err)
		case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
			t.Errorf("%q: error %v, want %q", c.text, err, c.err)
		}
	}
}

// FuzzParse: whatever is in a profile, it is read or refused, with all errors at
// places that exist.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"full", "flow", "least"} {
		text, err := os.ReadFile(filepath.Join("testdata", "valid", name+".yaml"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add("version: 1\nwaivers:\n  - <<: *a\n    ? [a]\n    : |\n     x\n")
	f.Add(strings.Repeat("[", 500))
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse("p.yaml", text, fstest.MapFS{}.Open)
		if (p == nil) == (err == nil) {
			t.Fatalf("profile %v, error %v", p, err)
		}
		if err == nil {
			for i := range p.Waivers {
				if w := &p.Waivers[i]; w.Rule == "" || w.Reason == "" || len(w.Expires) != 10 {
					t.Errorf("waiver %+v", w)
				}
			}
			return
		}
		l, ok := err.(Errors)
		if !ok || len(l) == 0 || len(l) > maxErrors {
			t.Fatalf("error %T, %v", err, err)
		}
		for _, e := range l {
			if e.Line > strings.Count(text, "\n")+strings.Count(text, "\r")+1 || e.Line < 0 || e.Text == "" || strings.ContainsAny(e.Source, "\n\x1b") {
				t.Errorf("error %+v of %d lines", e, strings.Count(text, "\n"))
			}
		}
	})
}
