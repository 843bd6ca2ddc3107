package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"plcscope/rules"
)

const root = "../.."

// TestDocumentsAreUpToDate compares the documents in the repository with what would
// be written now.
func TestDocumentsAreUpToDate(t *testing.T) {
	made, err := files(root)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range made {
		got, err := os.ReadFile(filepath.Join(root, name))
		if err != nil || string(got) != want {
			t.Errorf("%s is stale: run go generate ./internal/mkdocs", name)
		}
	}
	pages, err := filepath.Glob(filepath.Join(root, "docs", "rules", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pages {
		if _, ok := made["docs/rules/"+filepath.Base(p)]; !ok {
			t.Errorf("nothing makes docs/rules/%s: run go generate ./internal/mkdocs", filepath.Base(p))
		}
	}
}

// TestLinksLeadSomewhere follows the links between the pages.
func TestLinksLeadSomewhere(t *testing.T) {
	made, err := files(root)
	if err != nil {
		t.Fatal(err)
	}
	links := 0
	for name, text := range made {
		for _, part := range strings.Split(text, "](")[1:] {
			to, _, _ := strings.Cut(part, ")")
			file, anchor, _ := strings.Cut(to, "#")
			page, ok := made[filepath.ToSlash(filepath.Join(filepath.Dir(name), file))]
			if !ok || anchor != "" && !strings.Contains(page, "\n## "+anchor+"\n") {
				t.Errorf("%s: the link %s leads nowhere", name, to)
			}
			links++
		}
	}
	if links < 1000 {
		t.Errorf("only %d links", links)
	}
}

// TestEveryRuleIsTested demands of every rule a conversation that violates it and
// one that keeps it.
func TestEveryRuleIsTested(t *testing.T) {
	conversations, err := recorded(root, "conversations.tsv")
	if err != nil {
		t.Fatal(err)
	}
	tested := count(conversations)
	for _, r := range catalogue() {
		switch c := tested[r.ID]; {
		case c == nil:
			t.Errorf("%s: no conversation", r.ID)
		case c.violating == 0 || c.keeping == 0:
			t.Errorf("%s: %d conversations violate it, %d keep it", r.ID, c.violating, c.keeping)
		}
	}
}

// TestEveryStatementIsAccountedFor demands for each statement and each test purpose
// a rule, or the reason why there is none.
func TestEveryStatementIsAccountedFor(t *testing.T) {
	all := catalogue()
	numbered := map[string]int{}
	known := map[string]bool{}
	for _, row := range rows(statementData) {
		if strings.HasPrefix(row[1], "MQTT-") {
			numbered[row[0]]++
		}
		if known[row[0]+row[1]] {
			t.Errorf("%s %s stands twice", row[0], row[1])
		}
		known[row[0]+row[1]] = true
		for _, s := range []rules.Standard{rules.V31, rules.V311, rules.V5} {
			if s.String() != row[0] {
				continue
			}
			if by, why := judging(all, s, row[1], row[2]); len(by) == 0 && len(why) == 0 {
				t.Errorf("%s %s: no rule of %s is in the catalogue and no reason is given", row[0], row[1], row[2])
			}
		}
	}
	if numbered[rules.V311.String()] != 141 || numbered[rules.V5.String()] != 251 {
		t.Errorf("there are %v numbered statements, want 141 of 3.1.1 and 251 of 5.0", numbered)
	}
	for _, r := range all {
		for s, list := range r.Clauses {
			for _, x := range list {
				if strings.HasPrefix(x, "MQTT-") && !known[s.String()+x] {
					t.Errorf("%s: %s has no statement %s", r.ID, s, x)
				}
			}
		}
	}
	because := reasons()
	purposes := map[string]int{}
	for _, row := range rows(etsiData) {
		purposes[row[1]]++
		for id := range strings.FieldsSeq(row[2]) {
			if named(all, id) == nil && because[id] == "" {
				t.Errorf("%s: %s is no rule and has no reason", row[0], id)
			}
		}
	}
	if purposes["client"] != 41 || purposes["broker"] != 124 {
		t.Errorf("there are %v test purposes, want 41 for clients and 124 for brokers", purposes)
	}
}
