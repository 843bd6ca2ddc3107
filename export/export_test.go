package export

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"plcscope/flows"
	"plcscope/flows/delivery"
	"plcscope/mqtt"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
	"plcscope/pcaps/samples"
	"plcscope/rules"
	"plcscope/rules/mqttrules"
	"plcscope/rules/s7rules"
	"plcscope/s7comm/variable"
)

// exported exports a capture and returns the exporter, which is not closed.
func exported(t *testing.T, c *pcaps.Capture, opt Options) *Exporter {
	t.Helper()
	opt.File = func(n uint16) string { return c.Files()[n].Name }
	joiners := map[*flows.Connection]*variable.Joiner{}
	opt.Variables = func(m *flows.Message) []variable.Variable {
		j := joiners[m.Conn]
		if j == nil {
			j = &variable.Joiner{}
			joiners[m.Conn] = j
		}
		return j.Variables(variable.Message{FromClient: m.FromClient, Frame: m.Frame, PDU: m.PDU, Request: m.Request})
	}
	opt.Summary = func(m *flows.Message) []byte { return m.PDU.AppendSummary(nil, m.Request) }
	e, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	mq, s7 := mqttrules.New(mqttrules.Options{}), s7rules.New(s7rules.Options{})
	for _, b := range []*rules.Book{mq.Book(), s7.Book()} {
		b.Noted = func(f *rules.Finding, _ bool) { e.Finding(f) }
	}
	audit := delivery.New(delivery.Options{Settled: e.Delivery})
	if _, err := flows.Analyse(t.Context(), c, flows.Config{}, mq, s7, audit, e); err != nil {
		t.Fatal(err)
	}
	audit.Result()
	return e
}

// files are the contents of a folder by their names.
func files(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	m := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		m[filepath.ToSlash(name)] = b
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return m
}

// compare reads a table in both formats and returns its rows.
func compare[T any](t *testing.T, all map[string][]byte, table string) (rows []T) {
	t.Helper()
	for name, b := range all {
		day, ok := strings.CutPrefix(name, table+"/")
		if !ok {
			continue
		}
		var fromJSON []map[string][]string
		other := "jsonl/" + table + "/" + strings.TrimSuffix(day, "parquet") + "jsonl"
		s := bufio.NewScanner(bytes.NewReader(all[other]))
		s.Buffer(nil, 16<<20)
		for s.Scan() {
			var r T
			d := json.NewDecoder(bytes.NewReader(s.Bytes()))
			d.DisallowUnknownFields()
			if err := d.Decode(&r); err != nil {
				t.Fatalf("%s: %v", other, err)
			}
			rows = append(rows, r)
			fromJSON = append(fromJSON, jsonRow(t, s.Bytes()))
		}
		if diff := cmp.Diff(fromJSON, parquetRows(t, b)); diff != "" {
			t.Errorf("%s differs from %s (-json +parquet):\n%.2000s", name, other, diff)
		}
	}
	return rows
}

// counter counts messages beside the exporter.
type counter struct {
	flows.Ignore
	mqtt, s7 int
	payload  int
}

func (c *counter) Message(m *flows.Message) {
	if m.Packet != nil {
		c.mqtt++
		c.payload += len(m.Packet.Payload)
	} else {
		c.s7++
	}
}

func TestBothFormatsHoldTheSame(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	rules := map[string]int{"mqtt31-plc-faulty.pcap": 5}
	for _, name := range samples.Names() {
		t.Run(name, func(t *testing.T) {
			var want counter
			c, err := samples.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := flows.Analyse(t.Context(), c, flows.Config{}, &want); err != nil {
				t.Fatal(err)
			}
			var first map[string][]byte
			for range 2 {
				c, err := samples.Open(name)
				if err != nil {
					t.Fatal(err)
				}
				dir := t.TempDir()
				e := exported(t, c, Options{Dir: filepath.Join(dir, "lake"), Parquet: true, JSON: true, Tap: "tap-1", Tool: "plcscope test"})
				if n := len(files(t, filepath.Join(dir, "lake", "x"))); n != 0 {
					t.Fatal(n)
				}
				for name := range files(t, dir) {
					if !strings.HasPrefix(filepath.Base(name), ".") {
						t.Errorf("%s bears its name before it is complete", name)
					}
				}
				if err := e.Close(); err != nil {
					t.Fatal(err)
				}
				all := files(t, filepath.Join(dir, "lake"))
				if first == nil {
					first = all
				} else if diff := cmp.Diff(first, all); diff != "" {
					t.Errorf("the same capture gives other files:\n%.500s", diff)
				}
			}
			var got counter
			for _, r := range compare[MQTT](t, first, "mqtt") {
				got.mqtt++
				got.payload += len(r.Payload)
				if r.Tap != "tap-1" || r.File != name || r.Frame < 1 || r.Client == "" || r.Time != stamp(r.TimeNs) {
					t.Errorf("%+v", r)
				}
			}
			got.s7 = len(compare[S7](t, first, "s7"))
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(counter{})); diff != "" {
				t.Errorf("rows differ from what was seen (-seen +rows):\n%s", diff)
			}
			if n := len(compare[Value](t, first, "values")); (n > 0) != (want.s7 > 0) {
				t.Errorf("%d values of %d PDUs", n, want.s7)
			}
			if n := len(compare[Finding](t, first, "findings")); n < rules[name] {
				t.Errorf("%d findings", n)
			}
			compare[Delivery](t, first, "deliveries")
		})
	}
}

// connectAt is a conversation with a password at a time.
func connectAt(c *craft.Capture, ns int64) {
	p := &mqtt.Packet{Type: mqtt.CONNECT, Version: mqtt.V311}
	p.Connect = mqtt.Connect{ProtocolName: []byte("MQTT"), Level: 4, Flags: 0xc2, ClientID: []byte("plc\xff7"), UserName: []byte("oven"), Password: []byte("hunter2!"), HasUserName: true, HasPassword: true}
	connect, err := p.Append(nil)
	if err != nil {
		panic(err)
	}
	conn := c.At(unix(ns)).Connect(craft.Host(fmt.Sprintf("10.0.0.5:%d", 2000+ns/1e9%1000)), craft.Host("10.0.0.1:1883"))
	conn.Client(connect).Server([]byte{0x20, 2, 0, 0})
	conn.Client([]byte("\x32\x0a\x00\x03a/b\x00\x01\x00\xff\x01")).Server([]byte{0x40, 2, 0, 1})
	conn.Client([]byte("\x30\x05\x00\x03a/b")) // an empty payload is one
}

func TestPasswordsAreNotExported(t *testing.T) {
	c := craft.New()
	connectAt(c, 1_700_000_000e9)
	dir := t.TempDir()
	e := exported(t, c.Capture(), Options{Dir: dir, Parquet: true, JSON: true})
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	all := files(t, dir)
	for name, b := range all {
		if bytes.Contains(b, []byte("hunter2")) {
			t.Errorf("%s holds the password", name)
		}
	}
	for _, r := range compare[Finding](t, all, "findings") {
		if bytes.Contains(r.Evidence, []byte("hunter2")) || strings.Contains(r.Detail, "hunter2") {
			t.Errorf("%+v holds the password", r)
		}
	}
	rows := compare[MQTT](t, all, "mqtt")
	if len(rows) != 5 || rows[0].UserName != "oven" || rows[0].HasPassword == nil || !*rows[0].HasPassword || rows[0].ClientID != "plc\uFFFD7" {
		t.Fatalf("%+v", rows)
	}
	if rows[2].Topic != "a/b" || string(rows[2].Payload) != "\x00\xff\x01" || *rows[2].QoS != 1 || *rows[2].PacketID != 1 || rows[2].ClientID != "plc\uFFFD7" {
		t.Errorf("%+v", rows[2])
	}
	if rows[4].Payload == nil || len(rows[4].Payload) != 0 || rows[3].Payload != nil {
		t.Errorf("an empty payload and none are %v and %v", rows[4].Payload, rows[3].Payload)
	}
	d := compare[Delivery](t, all, "deliveries")
	if len(d) != 1 || d[0].Fate != "completed" || d[0].Topic != "a/b" || d[0].AckedFrame == nil {
		t.Errorf("%+v", d)
	}
}

func TestPartitions(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	const day = 86_400e9
	c := craft.New()
	want := map[string]int{}
	for i, d := range []int64{0, 1, 2, 3, 4, 5, 0, 5} { // the first comes again after its file was completed
		connectAt(c, 1_700_006_400e9+d*day+int64(i)*1e9)
	}
	for _, d := range []string{"2023-11-15", "2023-11-16", "2023-11-17", "2023-11-18", "2023-11-19", "2023-11-20"} {
		want["mqtt/date="+d+"/part-0.parquet"] = 5
	}
	want["mqtt/date=2023-11-15/part-1.parquet"] = 5
	want["mqtt/date=2023-11-20/part-0.parquet"] = 10
	dir := t.TempDir()
	e, err := New(Options{Dir: dir, Parquet: true, Buffer: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := flows.Analyse(t.Context(), c.Capture(), flows.Config{}, e); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for name, b := range files(t, dir) {
		rows := parquetRows(t, b)
		got[name] = len(rows)
		f, err := parquet.OpenFile(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		if n := len(f.RowGroups()); n != len(rows) { // the buffer takes no row
			t.Errorf("%s: %d rows in %d groups", name, len(rows), n)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows by file (-want +got):\n%s", diff)
	}
}

// A clock that jumps about does not make files without end.
func TestFilesAreBounded(t *testing.T) {
	c := craft.New()
	for i := range int64(9) {
		connectAt(c, 1_700_006_400e9+i*86_401e9)
	}
	dir := t.TempDir()
	e, err := New(Options{Dir: dir, JSON: true})
	if err != nil {
		t.Fatal(err)
	}
	e.tables.mqtt.most = 6
	if _, err := flows.Analyse(t.Context(), c.Capture(), flows.Config{}, e); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	lines := 0
	all := files(t, dir)
	for _, b := range all {
		lines += bytes.Count(b, []byte("\n"))
	}
	rest := bytes.Count(all["jsonl/mqtt/date="+noDay+"/part-0.jsonl"], []byte("\n"))
	if len(all) != 7 || lines != 45 || rest != 15 {
		t.Errorf("%d files with %d rows, %d of them without a day", len(all), lines, rest)
	}
}

func TestNothingIsOverwrittenOrLeftBehind(t *testing.T) {
	open := func(dir, tap string) *Exporter {
		c, err := samples.Open("mixed-plant.pcapng.zst")
		if err != nil {
			t.Fatal(err)
		}
		return exported(t, c, Options{Dir: dir, Parquet: true, JSON: true, Tap: tap})
	}
	dir := filepath.Join(t.TempDir(), "a", "lake")
	if err := open(dir, "").Close(); err != nil {
		t.Fatal(err)
	}
	before := files(t, dir)
	if err := open(dir, "").Close(); err == nil || !strings.Contains(err.Error(), "exists") {
		t.Errorf("the second export ends with %v", err)
	}
	open(dir, "other").Discard()
	if diff := cmp.Diff(before, files(t, dir)); diff != "" {
		t.Errorf("files have changed:\n%.500s", diff)
	}
	if err := open(dir, "other").Close(); err != nil {
		t.Error(err)
	}
	if n := len(files(t, dir)); n != 2*len(before) {
		t.Errorf("%d files of two taps, %d of one", n, len(before))
	}
	gone := filepath.Join(t.TempDir(), "a", "lake")
	open(gone, "").Discard()
	if _, err := os.Stat(filepath.Dir(gone)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Discard leaves the folder: %v", err)
	}
	for _, tap := range []string{"../x", "a b", ".hidden", strings.Repeat("x", 65)} {
		if _, err := New(Options{Dir: dir, Parquet: true, Tap: tap}); err == nil {
			t.Errorf("tap %q is accepted", tap)
		}
	}
}

func TestAFailingDiskIsTold(t *testing.T) {
	c, err := samples.Open("mixed-plant.pcapng.zst")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	failed := 0
	e := exported(t, c, Options{Dir: file, Parquet: true, Failed: func() { failed++ }})
	if err := e.Close(); err == nil || failed == 0 {
		t.Errorf("%v, told %d times", err, failed)
	}
}

// Whatever happens to a capture, there is a row for each message.
func TestRowsUnderEveryHazard(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	for _, h := range craft.Hazards() {
		for _, name := range []string{"mqtt31-plc-faulty.pcap", "s7-poll.pcapng"} {
			var frames []pcaps.Frame
			c, err := samples.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			for {
				var b pcaps.Batch
				if c.Next(&b) != nil {
					break
				}
				frames = append(frames, b.Frames...)
			}
			frames = h.Apply(frames)
			var want counter
			if _, err := flows.Analyse(t.Context(), craft.Open(slices.Clone(frames)), flows.Config{}, &want); err != nil {
				t.Fatal(err)
			}
			e := exported(t, craft.Open(frames), Options{Dir: t.TempDir(), JSON: true})
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
			n := e.Counts()
			if n[0].Rows != uint64(want.mqtt) || n[1].Rows != uint64(want.s7) {
				t.Errorf("%s, %s: rows %+v, seen %+v", name, h.Name, n, want)
			}
		}
	}
}
