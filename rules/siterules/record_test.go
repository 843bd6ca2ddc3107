package siterules

import (
	"fmt"
	"strings"
	"testing"

	"plcscope/internal/talk"
	"plcscope/pcaps/craft"
	"plcscope/rules"
)

// TestConversationTable keeps a table of what tests each rule, of which the
// documentation is made: rule, verdict, versions (there are none), in how many
// damaged captures a violation is doubted, name.
func TestConversationTable(t *testing.T) {
	var b strings.Builder
	for _, c := range conversations() {
		l, doubted := newLine(), 0
		c.say(l)
		frames := l.capture.Frames()
		for _, h := range craft.Hazards() {
			if c.want == rules.Fail && h.Lossy && talk.Verdict(judge(c.policy)(h.Apply(frames)), c.rule) == rules.Inconclusive {
				doubted++
			}
		}
		fmt.Fprintf(&b, "%s\t%s\t\t%d\t%s\n", c.rule, c.want, doubted, c.name)
	}
	talk.Golden(t, "conversations.tsv", b.String())
}
