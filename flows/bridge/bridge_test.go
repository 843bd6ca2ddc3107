package bridge

import (
	"encoding/binary"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plcscope/decode"
	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
	"plcscope/s7comm"
)

// talk is a gateway that reads a controller and publishes what it reads.
type talk struct {
	capture   *craft.Capture
	plc, mqtt *craft.Conn
	ref       uint16
}

func newTalk() *talk {
	c := craft.New()
	k := &talk{capture: c}
	k.plc = c.Connect(craft.Host("10.0.0.2:3000"), craft.Host("10.0.0.1:102"), craft.RTT(time.Millisecond))
	k.mqtt = c.Connect(craft.Host("10.0.0.2:3001"), craft.Host("10.0.0.9:1883"), craft.RTT(time.Millisecond))
	p := &mqtt.Packet{Type: mqtt.CONNECT, Version: mqtt.V311}
	p.Connect.ClientID = []byte("gateway")
	p.Connect.SetCleanSession(true)
	k.mqtt.Client(packet(p)).Server(packet(&mqtt.Packet{Type: mqtt.CONNACK, Version: mqtt.V311}))
	return k
}

func packet(p *mqtt.Packet) []byte {
	b, err := p.Append(nil)
	if err != nil {
		panic(err)
	}
	return b
}

// holds lets the controller answer a read of DB1, bytes 0 to 7: a REAL and two words.
func (k *talk) holds(real float32, word uint16) *talk {
	k.ref++
	item := s7comm.AnyItem(s7comm.AreaDB, 1, s7comm.SizeByte, 0, 0, 8)
	b := binary.BigEndian.AppendUint32(nil, math.Float32bits(real))
	b = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, word), 0)
	k.plc.Client(s7comm.AppendReadJob(nil, k.ref, item)).
		Server(s7comm.AppendReadAnswer(nil, k.ref, s7comm.Value{ReturnCode: s7comm.ReturnSuccess, TransportSize: s7comm.DataByte, Data: b}))
	return k
}

func (k *talk) says(topic, payload string) *talk {
	k.mqtt.Client(packet(&mqtt.Packet{Type: mqtt.PUBLISH, Version: mqtt.V311, Topic: []byte(topic), Payload: []byte(payload)}))
	return k
}

func (k *talk) after(d time.Duration) *talk { k.capture.After(d); return k }

func mapping(s Spec) Mapping {
	m, err := s.Mapping()
	if err != nil {
		panic(err)
	}
	return m
}

var force = Spec{Address: "DB1.DBD0", Type: "REAL", Topic: "plant/press/state", Path: "press.force"}

func follow(frames []pcaps.Frame, specs ...Spec) []Carriage {
	var l []Mapping
	for _, s := range specs {
		l = append(l, mapping(s))
	}
	b := New(Options{Mappings: l})
	tracker := flows.New(flows.Options{}, b)
	dec := decode.New(decode.Options{})
	var s decode.Segment
	for i := range frames {
		if dec.Decode(&frames[i], &s) {
			tracker.Add(&s)
		}
	}
	tracker.Flush()
	return b.Result()
}

func (c *Carriage) text() string {
	return fmt.Sprintf("changes %d carried %d early %d missed %d unknown %d open %d", c.Changes, c.Carried, c.Early, c.Missed, c.Unknown, c.Open)
}

func TestCarriage(t *testing.T) {
	topic := force.Topic
	state := func(f string) string { return `{"press":{"force":` + f + `,"on":true}}` }
	cases := []struct {
		name string
		say  func(k *talk)
		want string
	}{
		{"carried", func(k *talk) {
			k.holds(1, 0).holds(12.5, 0).after(40*time.Millisecond).says(topic, state("12.5")).holds(12.5, 0).says(topic, state("12.5"))
		}, "changes 1 carried 1 early 0 missed 0 unknown 0 open 0"},
		{"rounded", func(k *talk) { k.holds(1, 0).holds(21.7049, 0).says(topic, state("21.70")) }, "changes 1 carried 1 early 0 missed 0 unknown 0 open 0"},
		{"the first value is no change", func(k *talk) { k.holds(1, 0).says(topic, state("1")) }, "changes 0 carried 0 early 0 missed 0 unknown 0 open 0"},
		{"another value in between", func(k *talk) { k.holds(1, 0).holds(2, 0).holds(3, 0).says(topic, state("3.0")) }, "changes 2 carried 1 early 0 missed 1 unknown 0 open 0"},
		{"all late", func(k *talk) {
			k.holds(1, 0).holds(2, 0).holds(3, 0).says(topic, state("2")).says(topic, state("3"))
		}, "changes 2 carried 2 early 0 missed 0 unknown 0 open 0"},
		{"the controller itself publishes, and is read later", func(k *talk) { k.holds(1, 0).says(topic, state("2")).after(time.Second).holds(2, 0) }, "changes 1 carried 0 early 1 missed 0 unknown 0 open 0"},
		{"never", func(k *talk) {
			k.holds(1, 0).says(topic, state("1")).holds(2, 0).after(2*time.Minute).says("other", "x")
		}, "changes 1 carried 0 early 0 missed 1 unknown 0 open 0"},
		{"not yet", func(k *talk) { k.holds(1, 0).says(topic, state("1")).holds(2, 0) }, "changes 1 carried 0 early 0 missed 0 unknown 0 open 1"},
		{"nothing on the topic", func(k *talk) { k.holds(1, 0).holds(2, 0).after(2*time.Minute).says("other", "x") }, "changes 1 carried 0 early 0 missed 0 unknown 1 open 0"},
		{"not in the payload", func(k *talk) { k.holds(1, 0).holds(2, 0).says(topic, `{"force":2}`).says(topic, "{") }, "changes 1 carried 0 early 0 missed 0 unknown 0 open 1"},
		{"lost", func(k *talk) {
			k.holds(1, 0).says(topic, state("1")).holds(2, 0)
			k.mqtt.ClientUnseen(packet(&mqtt.Packet{Type: mqtt.PUBLISH, Version: mqtt.V311, Topic: []byte(topic), Payload: []byte(state("2"))}))
			k.says(topic, state("2")).holds(3, 0).says(topic, state("3"))
		}, "changes 2 carried 2 early 0 missed 0 unknown 0 open 0"},
	}
	for _, c := range cases {
		k := newTalk()
		c.say(k)
		r := follow(k.capture.Frames(), force)
		if got := r[0].text(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestDelay(t *testing.T) {
	k := newTalk()
	for i := range 20 {
		k.holds(float32(i), 0).after(50*time.Millisecond).says("a", fmt.Sprint(i)).after(time.Second)
	}
	r := follow(k.capture.Frames(), Spec{Address: "DB1.DBD0", Type: "REAL", Topic: "a"})[0]
	if d := r.Delay; r.Carried != 19 || d.P50 < 50e6 || d.Max > 52e6 {
		t.Errorf("%s, %+v", r.text(), r.Delay)
	}
	if r.Of.String() != "10.0.0.1" || r.Seen != 20 || r.Publishes != 20 {
		t.Errorf("%+v", r)
	}
}

// TestHazards: no damage of a capture makes a change that was carried a missed one.
func TestHazards(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	say := func() []pcaps.Frame {
		k := newTalk()
		for i := range 12 {
			k.holds(float32(i), uint16(i&3)).after(20*time.Millisecond).says("a", fmt.Sprint(i)).after(300 * time.Millisecond)
		}
		return k.capture.Frames()
	}
	spec := Spec{Address: "DB1.DBD0", Type: "REAL", Topic: "a"}
	check := func(name string, r Carriage) {
		t.Helper()
		if r.Carried+r.Early+r.Missed+r.Unknown+r.Open != r.Changes || r.Missed > 0 {
			t.Errorf("%s: %s", name, r.text())
		}
	}
	for _, h := range craft.Hazards() {
		if h.Name != "coalesce" {
			check(h.Name, follow(h.Apply(say()), spec)[0])
		}
	}
	for _, d := range craft.Damages() {
		if !d.Many {
			d.Each(say(), func(frames []pcaps.Frame) { check(d.Name, follow(frames, spec)[0]) })
		}
	}
}

func TestSpecs(t *testing.T) {
	for _, c := range []struct {
		spec Spec
		want string // the place, the type and the path, or the error
	}{
		{Spec{Address: "DB1.DBD4", Type: "REAL", Topic: "t", Path: "$.a.b[2]"}, "DB1.DBD4 REAL [a b 2]"},
		{Spec{Address: "MW10", Topic: "t"}, "MW10 WORD []"},
		{Spec{Address: "M10.3", Topic: "t"}, "M10.3 BOOL []"},
		{Spec{Address: "T5", Topic: "t"}, "T5 S5TIME []"},
		{Spec{Address: "DB1.DBB20", Type: "STRING[10]", Topic: "t"}, "P#DB1.DBX20.0 BYTE 12 STRING []"},
		{Spec{Symbol: "Motor.x", Topic: "t"}, "Motor.x"},
		{Spec{Address: "DB1", Topic: "t"}, "DB1 is a whole block: a value has an address in it"},
		{Spec{Address: "DB1.DBD4", Type: "INT", Topic: "t"}, "DB1.DBD4 has 32 bits, INT only 16"},
		{Spec{Address: "DB1.DBX4.0", Type: "REAL", Topic: "t"}, "DB1.DBX4.0 and REAL do not go together: BOOL has the address of a bit, and nothing else has"},
		{Spec{Address: "MW10"}, "a value has a topic"},
		{Spec{Topic: "t"}, "a value has either an address or a symbol"},
		{Spec{Address: "MW10", Topic: "t", Path: "a..b"}, `path "a..b": want names and indices such as press.values[2]`},
		{Spec{Address: "MW10", Topic: "t", Controller: "x"}, `controller "x": want an IP address`},
	} {
		m, err := c.spec.Mapping()
		got := fmt.Sprint(m.Place.String(), " ", m.Type, " ", m.Path)
		switch {
		case err != nil:
			got = err.Error()
		case m.Symbol != "":
			got = m.Symbol
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%+v: %s", c.spec, d)
		}
	}
}

// TestCut finds values in reads of other sizes.
func TestCut(t *testing.T) {
	k := newTalk()
	k.holds(1, 0x1234).holds(1, 0x1235).says("w", "4661").says("b", "true").says("w", "x")
	r := follow(k.capture.Frames(), Spec{Address: "DB1.DBW4", Topic: "w"}, Spec{Address: "DB1.DBX5.0", Topic: "b"}, Spec{Address: "DB1.DBW6", Topic: "w"}, Spec{Address: "DB1.DBD6", Topic: "w"},
		Spec{Address: "DB1.DBW4", Topic: "w", Controller: "10.0.0.77"})
	var got []string
	for i := range r {
		got = append(got, fmt.Sprint(r[i].Seen, " ", r[i].Changes, " ", r[i].Carried))
	}
	if d := cmp.Diff([]string{"2 1 1", "2 1 1", "2 0 0", "0 0 0", "0 0 0"}, got); d != "" {
		t.Error(d)
	}
}

// FuzzPayload looks for values in any payload.
func FuzzPayload(f *testing.F) {
	f.Add([]byte(`{"a":[1,{"b":2.50}],"c":"x"}`), "a.1.b")
	f.Add([]byte(`true`), "")
	f.Add([]byte(`[[[`), "0.0")
	f.Fuzz(func(t *testing.T, payload []byte, path string) {
		steps, err := parsePath(path)
		if err != nil {
			return
		}
		v, ok := ofPayload(payload, steps)
		if ok && (len(v.text) > maxValue || !v.is(&v)) {
			t.Fatalf("%+v", v)
		}
	})
}
