package delivery_test

import (
	"slices"
	"testing"

	"plcscope/decode"
	"plcscope/flows"
	"plcscope/flows/delivery"
	"plcscope/mqtt/session"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
	"plcscope/pcaps/samples"
)

// sample returns the frames of a sample.
func sample(t *testing.T, name string) (frames []pcaps.Frame) {
	t.Helper()
	c, err := samples.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var b pcaps.Batch
	for c.Next(&b) == nil {
		for _, f := range b.Frames {
			f.Data = slices.Clone(f.Data)
			frames = append(frames, f)
		}
	}
	return frames
}

func audited(frames []pcaps.Frame) delivery.Result {
	a := delivery.New(delivery.Options{})
	tracker, dec := flows.New(flows.Options{}, a), decode.New(decode.Options{})
	var s decode.Segment
	for i := range frames {
		if dec.Decode(&frames[i], &s) {
			tracker.Add(&s)
		}
	}
	tracker.Flush()
	return a.Result()
}

// TestSamples: in the samples without a fault every message is acknowledged, and
// however the captures are damaged, none is called lost.
func TestSamples(t *testing.T) {
	for name, sent := range map[string][2]uint64{
		"mqtt31-plc-healthy.pcap": {9, 4},
		"mixed-plant.pcapng.zst":  {30, 6},
	} {
		frames := sample(t, name)
		for _, h := range craft.Hazards() {
			r := audited(h.Apply(frames))
			for side := range r.Total {
				l := &r.Total[side]
				if l.Lost+l.Abandoned+l.Twice+l.Refused > 0 || !h.Lossy && (l.Sent != sent[side] || l.Completed != l.Sent) {
					t.Errorf("%s, %s: %v: %+v", name, h.Name, session.Side(side), l)
				}
			}
		}
	}
}

// TestFaultySample: the PLC of the sample loses one message that it does not send
// again, and leaves one of QoS 2 unfinished.
func TestFaultySample(t *testing.T) {
	r := audited(sample(t, "mqtt31-plc-faulty.pcap"))
	type short struct {
		kind  string
		frame uint64
		topic string
	}
	var got []short
	for _, i := range r.Incidents {
		got = append(got, short{i.Kind.String(), i.First.Frame, i.Topic})
	}
	want := []short{{"abandoned", 138, "plant/press7/order"}, {"lost", 146, "plant/press7/cmd"}, {"lost", 295, "plant/press7/stroke"}}
	if !slices.Equal(got, want) {
		t.Errorf("incidents %v, want %v", got, want)
	}
}
