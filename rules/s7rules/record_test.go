package s7rules

import (
	"fmt"
	"strings"
	"testing"

	"plcscope/internal/talk"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
	"plcscope/rules"
)

// TestConversationTable keeps a table of what tests each rule, of which the
// documentation is made: rule, verdict, versions (there are none), in how many
// damaged captures a violation is doubted, name.
func TestConversationTable(t *testing.T) {
	var b strings.Builder
	for _, c := range conversations() {
		doubted := 0
		if c.want == rules.Fail {
			doubted = doubts(c)
		}
		fmt.Fprintf(&b, "%s\t%s\t\t%d\t%s\n", c.rule, c.want, doubted, c.name)
	}
	// What no two hosts can say on one connection has a test of its own.
	fmt.Fprintf(&b, "%s\t%s\t\t0\t%s\n", halfOpen.ID, rules.Fail, "the cable of the controller is pulled (TestHalfOpen)")
	talk.Golden(t, "conversations.tsv", b.String())
}

// doubts counts the damages under which a violation is told as a suspicion.
func doubts(c conversation) (n int) {
	frames := captureOf(c)
	for _, h := range craft.Hazards() {
		if h.Lossy && talk.Verdict(judge(h.Apply(frames)), c.rule) == rules.Inconclusive {
			n++
		}
	}
	return n
}

// captureOf is the capture of a conversation.
func captureOf(c conversation) []pcaps.Frame {
	line := &line{capture: craft.New()}
	c.say(line.dial())
	return line.capture.Frames()
}
