package mqttrules

import (
	"fmt"
	"strings"
	"testing"

	stage "plcscope/internal/talk"
	"plcscope/mqtt"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
	"plcscope/rules"
)

// TestConversationTable keeps a table of what tests each rule, of which the
// documentation is made: rule, verdict, versions, in how many damaged captures a
// violation is doubted, name.
func TestConversationTable(t *testing.T) {
	var b strings.Builder
	for _, c := range conversations() {
		r := ruleNamed(c.rule)
		if r == nil {
			continue // TestConversations says so
		}
		var versions []string
		doubted := 0
		for _, v := range versionsOf(r, c) {
			versions = append(versions, v.String())
			if c.want == rules.Fail {
				doubted += doubts(c, v)
			}
		}
		fmt.Fprintf(&b, "%s\t%s\t%s\t%d\t%s\n", c.rule, c.want, strings.Join(versions, " "), doubted, c.name)
	}
	stage.Golden(t, "conversations.tsv", b.String())
}

// doubts counts the damages under which a violation is told as a suspicion.
func doubts(c conversation, v mqtt.Version) (n int) {
	frames := captureOf(c, v)
	for _, h := range craft.Hazards() {
		if h.Lossy && verdictOn(judge(h.Apply(frames), nil), c.rule) == rules.Inconclusive {
			n++
		}
	}
	return n
}

// captureOf is the capture of a conversation.
func captureOf(c conversation, v mqtt.Version) []pcaps.Frame {
	talk := &talk{v: v, capture: craft.New()}
	talk.dial()
	c.say(talk)
	return talk.capture.Frames()
}
