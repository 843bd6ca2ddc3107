package flows_test

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/flows"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
	"plcscope/pcaps/samples"
)

// book keeps the messages of each direction of each connection, and what is
// missing of them.
type book struct {
	flows.Ignore
	messages map[string][]string
	missing  map[string]bool // a gap or unframed bytes were told
	broken   map[string]bool // a message was malformed: what follows depends on segment borders
}

func key(c *flows.Connection, fromClient bool) string {
	s := c.Client().String() + " to " + c.Server().String()
	if fromClient {
		return s + ", client"
	}
	return s + ", server"
}

func (b *book) Message(m *flows.Message) {
	k := key(m.Conn, m.FromClient)
	if m.Err != nil {
		b.broken[k] = true
	}
	if m.Skipped > 0 {
		b.missing[k] = true
		return
	}
	b.messages[k] = append(b.messages[k], hex.EncodeToString(m.Bytes))
}

func (b *book) Gap(g *flows.Gap) { b.missing[key(g.Conn, g.FromClient)] = true }

func (b *book) Closed(c *flows.Connection) {
	for d := range c.Unframed {
		have, _ := c.Pending(c.ClientDir())
		if d != int(c.ClientDir()) {
			have, _ = c.Pending(c.ClientDir().Peer())
		}
		if c.Unframed[d] > 0 || have > 0 {
			b.missing[key(c, d == int(c.ClientDir()))] = true
		}
	}
}

func booked(t *testing.T, frames []pcaps.Frame) *book {
	t.Helper()
	b := &book{messages: map[string][]string{}, missing: map[string]bool{}, broken: map[string]bool{}}
	if _, err := flows.Analyse(context.Background(), craft.Open(frames), flows.Config{}, b); err != nil {
		t.Fatal(err)
	}
	return b
}

// framesOf reads a sample whole.
func framesOf(t *testing.T, name string) []pcaps.Frame {
	t.Helper()
	c, err := samples.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var all []pcaps.Frame
	var batch pcaps.Batch
	for {
		err := c.Next(&batch)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range batch.Frames {
			f.Data = slices.Clone(f.Data)
			f.Iface = 0
			all = append(all, f)
		}
	}
}

// TestSamplesUnderHazards demands of every sample under every hazard that loses
// nothing the same messages, and otherwise a part of them in order with the loss
// told.
func TestSamplesUnderHazards(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	for _, name := range samples.Names() {
		frames := framesOf(t, name)
		want := booked(t, frames)
		if len(want.messages) == 0 {
			t.Errorf("%s holds no messages", name)
		}
		for _, h := range craft.Hazards() {
			t.Run(name+"/"+h.Name, func(t *testing.T) {
				got := booked(t, h.Apply(frames))
				for k, messages := range want.messages {
					switch {
					case want.broken[k]:
						// Behind a malformed message the borders are the
						// segments', which the hazard moves.
					case !h.Lossy:
						if d := cmp.Diff(messages, got.messages[k]); d != "" {
							t.Errorf("%s: (-want +got)\n%s", k, d)
						}
					default:
						if !subsequence(got.messages[k], messages) {
							t.Errorf("%s: messages that were not sent\n%s", k, cmp.Diff(messages, got.messages[k]))
						}
						if n := len(messages) - len(got.messages[k]); n > 0 && len(got.messages[k]) > 0 && !got.missing[k] && !want.missing[k] {
							t.Errorf("%s: %d messages are missing and nothing was told", k, n)
						}
					}
				}
			})
		}
	}
}
