package mqttrules

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/mqtt"
	"plcscope/pcaps"
	"plcscope/pcaps/craft"
	"plcscope/rules"
)

var update = flag.Bool("update", false, "write the tables that the documentation is made of into testdata")

// golden compares a generated table with the one in testdata, or writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v: run go generate ./internal/mkdocs", err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s is stale: run go generate ./internal/mkdocs\n%s", file, diff)
	}
}

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
	golden(t, "conversations.tsv", b.String())
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
