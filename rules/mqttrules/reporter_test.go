package mqttrules

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plcscope/flows"
	"plcscope/mqtt"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
	"plcscope/rules"
)

// What a rule says of a violation that it then does not report is said of no other
// rule's, whichever hook that one speaks from.
func TestWhatIsNotReportedIsForgotten(t *testing.T) {
	everywhere := rules.Clauses{V31: {"-"}, V311: {"-"}, V5: {"-"}}
	hint := func(c *Conn, r *Reporter) {
		r.At(1).Related(c.Connect).As(rules.Info).Across()
	}
	silent := &Rule{
		Rule:   rules.Rule{ID: "silent", Clauses: everywhere, Severity: rules.Error},
		On:     on(fromClient),
		Check:  func(c *Conn, m *flows.Message, r *Reporter) { hint(c, r) },
		Ended:  func(c *Conn, e *flows.End, r *Reporter) { hint(c, r) },
		Closed: hint,
	}
	outspoken := &Rule{
		Rule:   rules.Rule{ID: "outspoken", Clauses: everywhere, Role: rules.Both, Severity: rules.Warning},
		On:     on(fromClient, mqtt.PINGREQ),
		Check:  func(c *Conn, m *flows.Message, r *Reporter) { r.Violation(m, "check") },
		Ended:  func(c *Conn, e *flows.End, r *Reporter) { r.Late(rules.Ref{}, "ended") },
		Closed: func(c *Conn, r *Reporter) { r.Late(rules.Ref{}, "closed") },
		Owes:   owesPingresp,
	}
	say := &talk{v: mqtt.V311, capture: craft.New()}
	say.dial()
	// A session of before the capture: whatever rests on it is inconclusive.
	say.c(say.connect(lasting)).s(say.connack(0, sessionPresent)).c(say.packet(mqtt.PINGREQ))
	say.after(20 * time.Second).c(say.publish("a", "1", 0, 0)).bye()

	type finding struct {
		Detail   string
		Verdict  rules.Verdict
		Severity rules.Severity
		Offset   int
		Related  int
	}
	var got []finding
	for _, f := range judge(say.capture.Frames(), []*Rule{silent, outspoken}).Findings() {
		got = append(got, finding{f.Detail, f.Verdict, f.Severity, f.Offset, len(f.Related)})
	}
	want := []finding{
		{"check", rules.Fail, rules.Warning, -1, 0},
		{"no PINGRESP after PINGREQ: nothing came for 20.0 s while the connection stayed open", rules.Fail, rules.Warning, -1, 0},
		{"ended", rules.Fail, rules.Warning, -1, 0},
		{"ended", rules.Fail, rules.Warning, -1, 0},
		{"closed", rules.Fail, rules.Warning, -1, 0},
	}
	sort := func(a, b finding) int { return bytes.Compare([]byte(a.Detail), []byte(b.Detail)) }
	slices.SortFunc(got, sort)
	slices.SortFunc(want, sort)
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// A suspicion that ripens leads to the publication that it is about and to what the rule
// has said before it.
func TestSuspicionsKeepWhatIsRelated(t *testing.T) {
	i := slices.IndexFunc(forwardConversations, func(c conversation) bool {
		return c.rule == orderServerDelivery.ID && c.want == rules.Fail
	})
	say := &talk{v: mqtt.V311, capture: craft.New()}
	say.dial()
	forwardConversations[i].say(say)
	var related []uint64
	for _, f := range judge(say.capture.Frames(), []*Rule{orderServerDelivery}).Findings() {
		for _, at := range f.Related {
			related = append(related, at.Frame)
		}
	}
	if len(related) != 2 || related[0] == 0 || related[0] >= related[1] {
		t.Errorf("related are frames %d, want that of the message and that of a later one, which it comes after", related)
	}
}

// Where the capture holds two versions of the same bytes, nobody knows which of them
// the receiver took: what would be wrong by one of them is no violation.
func TestConflictingCopiesAccuseNobody(t *testing.T) {
	for _, tt := range []struct {
		name   string
		forge  func(b []byte) // the second copy
		want   rules.Verdict
		reason rules.Reason
	}{
		{"the same again", func([]byte) {}, rules.Fail, rules.Certain},
		// Words change places, which leaves the checksum as it was.
		{"another version", func(b []byte) { slices.Reverse(b[len(b)-3:]) }, rules.Inconclusive, rules.Conflict},
	} {
		t.Run(tt.name, func(t *testing.T) {
			say := &talk{v: mqtt.V311, capture: craft.New()}
			say.dial()
			say.login().c(say.publish("a/b", "1", 0, 0), say.publish("a/#", "123", 0, 0)).bye()
			frames := say.capture.Frames()
			with := func(topic string) int {
				return slices.IndexFunc(frames, func(f pcaps.Frame) bool { return bytes.Contains(f.Data, []byte(topic)) })
			}
			first, second := with("a/b"), with("a/#")
			copied := frames[second]
			copied.Data = bytes.Clone(copied.Data)
			tt.forge(copied.Data)
			// Both copies come before what they follow in the stream.
			late := frames[first]
			frames = slices.Concat(frames[:first], frames[first+1:second+1], []pcaps.Frame{copied, late}, frames[second+1:])

			b := judge(frames, nil)
			if got := verdictOn(b, "mqtt-publish-topic-no-wildcard"); got != tt.want {
				t.Errorf("verdict %v, want %v\n%q", got, tt.want, findings(b))
			}
			for _, f := range b.Findings() {
				if f.Rule.ID == "mqtt-publish-topic-no-wildcard" && f.Reason != tt.reason {
					t.Errorf("reason %v, want %v", f.Reason, tt.reason)
				}
			}
		})
	}
}
