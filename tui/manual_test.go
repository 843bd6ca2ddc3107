package tui_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/decode/filter"
	"plcscope/flows/frames"
	"plcscope/internal/uitest"
	"plcscope/internal/wire"
	"plcscope/tui"
)

// made is the line of docs/tui.md below which everything is made of the program.
const made = "<!-- Made by go test ./tui -run Documentation -update; do not edit what follows. -->\n"

func TestDocumentation(t *testing.T) {
	x := open(t, uitest.Options{})
	var sections []tui.Section
	for _, view := range "12345678" { // some keys come with what is shown
		x.Press(string(view))
	}
	x.App.Do(func() { sections = x.App.Manual() })
	var b strings.Builder
	for _, s := range sections {
		fmt.Fprintf(&b, "\n## %s\n\n", s.Title)
		if s.Text != "" {
			fmt.Fprintf(&b, "%s\n\n", s.Text)
		}
		if len(s.Rows) > 0 {
			b.WriteString("| | |\n| --- | --- |\n")
		}
		for _, r := range s.Rows {
			fmt.Fprintf(&b, "| %s | %s |\n", code(r.Press), strings.ReplaceAll(strings.ReplaceAll(r.Means, "|", `\|`), "<", "&lt;"))
		}
	}
	file := filepath.Join("..", "docs", "tui.md")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(text), made)
	if !ok {
		t.Fatalf("%s lacks the line %q", file, made)
	}
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(file, []byte(head+made+b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := cmp.Diff(strings.Split(rest, "\n"), strings.Split(b.String(), "\n")); d != "" {
		t.Errorf("%s is not what the program does (-file +program); go test ./tui -run Documentation -update writes it anew:\n%s", file, d)
	}
}

// code is text as it is typed, in a table.
func code(s string) string {
	tick := "`"
	if strings.Contains(s, tick) {
		tick = "``"
	}
	return tick + strings.ReplaceAll(s, "|", `\|`) + tick
}

// TestFiltersInTheHelpAreRight: they compile, but for those of plcscope's own data, which
// the program around the interface knows.
func TestFiltersInTheHelpAreRight(t *testing.T) {
	var own wire.Table
	own.String("plcscope.symbol", "Symbol")
	names := filter.NewFields(frames.All(), own.All())
	x := open(t, uitest.Options{})
	x.App.Do(func() {
		n := 0
		for _, s := range x.App.Manual() {
			if s.Title != "Filters to start from" {
				continue
			}
			for _, r := range s.Rows {
				if n++; r.Means == "" {
					t.Errorf("%s is not explained", r.Press)
				}
				if _, err := filter.Compile(r.Press, names); err != nil {
					t.Errorf("%s: %v", r.Press, err)
				}
			}
		}
		if n < 10 {
			t.Errorf("%d filters", n)
		}
	})
}

// TestEveryKeyIsExplained: no key does something that nobody is told of, and none is
// declared twice in a view.
func TestEveryKeyIsExplained(t *testing.T) {
	x := open(t, uitest.Options{})
	x.App.Do(func() {
		for _, s := range x.App.Manual() {
			seen := map[string]bool{}
			for _, r := range s.Rows {
				if seen[r.Press] {
					t.Errorf("%s: %s is there twice", s.Title, r.Press)
				}
				seen[r.Press] = true
				if !strings.HasSuffix(r.Means, ".") && strings.HasPrefix(s.Title, "Keys") {
					t.Errorf("%s: %s is no sentence: %s", s.Title, r.Press, r.Means)
				}
			}
		}
	})
}
