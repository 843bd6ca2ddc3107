package mqttrules

import (
	"errors"
	"io"
	"path/filepath"
	"slices"
	"testing"

	stage "plcscope/internal/talk"
	"plcscope/mqtt"
	"plcscope/pcaps"
	"plcscope/pcaps/samples"
	"plcscope/rules"
)

// cleanTraffic is what damage is tried on.
func cleanTraffic(t *testing.T) []stage.Source {
	var l []stage.Source
	for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
		l = append(l, stage.Source{Name: "all packets of MQTT " + v.String(), Captures: [][]pcaps.Frame{turns(day(v)), turns(twins(v, 1)), turns(twins(v, 2))}})
	}
	l = append(l, stage.Source{Name: "authentication", Captures: [][]pcaps.Frame{turns(evening())}})
	for _, name := range []string{"mqtt31-plc-healthy.pcap", "mixed-plant.pcapng.zst"} {
		src, err := samples.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		l = append(l, stage.Source{Name: name, Captures: [][]pcaps.Frame{framesOf(t, src)}})
	}
	// Each in one version; TestConversations has them all under all hazards.
	kept := stage.Source{Name: "conversations that keep a rule", Few: true}
	for i, c := range conversations() {
		r := ruleNamed(c.rule)
		if r == nil || c.want != rules.Pass || len(c.also) > 0 {
			continue
		}
		in := versionsOf(r, c)
		if frames := captureOf(c, in[i%len(in)]); len(frames) <= 40 {
			kept.Captures = append(kept.Captures, frames)
		}
	}
	return append(l, kept)
}

// turns is the capture of a conversation.
func turns(l []stage.Turn) []pcaps.Frame { return stage.Play(plcAddr+":2001", brokerAddr, l) }

// framesOf reads a whole capture and closes it.
func framesOf(t *testing.T, src *pcaps.Capture) (frames []pcaps.Frame) {
	t.Helper()
	defer src.Close()
	var b pcaps.Batch
	for {
		if err := src.Next(&b); errors.Is(err, io.EOF) {
			return frames
		} else if err != nil {
			t.Fatal(err)
		}
		for _, f := range b.Frames {
			f.Data = slices.Clone(f.Data)
			frames = append(frames, f)
		}
	}
}

// TestDamageTable damages clean traffic in all ways and keeps a table of what comes
// of it.
func TestDamageTable(t *testing.T) {
	if stage.Raced {
		t.Skip("as in a build without the race detector")
	}
	stage.Golden(t, "damage.tsv", stage.Damage(t, "MQTT", cleanTraffic(t), bare))
}

// TestDamagedRealTraffic does the same to captures of real clients and brokers.
func TestDamagedRealTraffic(t *testing.T) {
	if stage.Raced {
		t.Skip("as in a build without the race detector")
	}
	paths, _ := filepath.Glob(filepath.Join("..", "..", "..", "shared", "pcaps", "mqtt", "*.pcap*"))
	if len(paths) == 0 {
		t.Skip("../shared/pcaps/mqtt is absent")
	}
	var l []stage.Source
	for _, p := range paths {
		l = append(l, stage.Source{Name: filepath.Base(p), Captures: [][]pcaps.Frame{stage.Frames(t, p)}})
	}
	stage.Damage(t, "MQTT", l, bare)
}

// bare judges by the whole catalogue.
func bare(frames []pcaps.Frame) *rules.Book { return judge(frames, nil) }
