package main

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"plcscope/internal/manual"
	"plcscope/rules"
)

//go:embed data/statements.tsv
var statementData string

//go:embed data/unobservable.tsv
var unobservableData string

//go:embed data/etsi.tsv
var etsiData string

// rows reads a table with tabs between its columns; lines with # are remarks.
func rows(text string) (l [][]string) {
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if line != "" && line[0] != '#' {
			l = append(l, strings.Split(line, "\t"))
		}
	}
	return l
}

// reasons says of what is not in the catalogue why.
var reasons = sync.OnceValue(func() map[string]string {
	m := map[string]string{}
	for _, r := range rows(unobservableData) {
		m[r[0]] = r[1]
	}
	return m
})

// named finds a rule, or nil.
func named(all []*rules.Rule, id string) *rules.Rule {
	if i := slices.IndexFunc(all, func(r *rules.Rule) bool { return r.ID == id }); i >= 0 {
		return all[i]
	}
	return nil
}

// tests counts the conversations of a rule.
type tests struct {
	violating, keeping, undecided, silent int
	doubted                               int
}

func count(conversations string) map[string]*tests {
	m := map[string]*tests{}
	for _, c := range manual.ParseConversations(conversations) {
		t := m[c.Rule]
		if t == nil {
			t = &tests{}
			m[c.Rule] = t
		}
		n := max(1, len(strings.Fields(c.Versions)))
		switch c.Verdict {
		case rules.Fail.String():
			t.violating += n
		case rules.Pass.String():
			t.keeping += n
		case rules.Inconclusive.String():
			t.undecided += n
		default:
			t.silent += n
		}
		t.doubted += c.Doubted
	}
	return m
}

// coverage is the page that accounts for every rule, every statement of the
// standards and every test purpose.
func coverage(all []*rules.Rule, conversations string) string {
	var b strings.Builder
	b.WriteString(generated + `# Coverage

What the catalogue judges, what tests it, and what of the standards it leaves out and
why. Each rule is held to conversations that violate it and that keep it; each of
them runs, besides, under all hazards of captures, where no rule may be held broken
that was not. [Mutations](mutations.md) and [damage](damage.md) go the other ways.

`)
	ruleTable(&b, all, count(conversations))
	for _, s := range []rules.Standard{rules.V5, rules.V311, rules.V31} {
		statementTable(&b, all, s)
	}
	etsiTable(&b, all)
	return b.String()
}

func ruleTable(b *strings.Builder, all []*rules.Rule, tested map[string]*tests) {
	fmt.Fprint(b, "## Rules\n\nConversations count once for each version of MQTT that they are held in. *Inconclusive*\nare conversations made for that verdict, and behind the plus damaged captures of violating\nones in which the violation is told as a suspicion only.\n\n")
	fmt.Fprint(b, "| rule | severity | violating | keeping | not exercised | inconclusive |\n| --- | --- | --: | --: | --: | --: |\n")
	var sum tests
	for _, r := range all {
		t := tested[r.ID]
		if t == nil {
			t = &tests{}
		}
		fmt.Fprintf(b, "| [%s](%s) | %s | %d | %d | %d | %d + %d |\n", r.ID, fromDocs(r), r.Severity, t.violating, t.keeping, t.silent, t.undecided, t.doubted)
		sum.violating += t.violating
		sum.keeping += t.keeping
		sum.silent += t.silent
		sum.undecided += t.undecided
		sum.doubted += t.doubted
	}
	fmt.Fprintf(b, "| **%d rules** | | %d | %d | %d | %d + %d |\n", len(all), sum.violating, sum.keeping, sum.silent, sum.undecided, sum.doubted)
}

// judging returns the rules of the catalogue on a statement, and for what is not in
// the catalogue the reasons.
func judging(all []*rules.Rule, s rules.Standard, statement, about string) (by []*rules.Rule, why []string) {
	for _, r := range all {
		if slices.Contains(r.Clauses[s], statement) {
			by = append(by, r)
		}
	}
	because := reasons()
	for id := range strings.FieldsSeq(about) {
		if r := named(all, id); r != nil {
			if !slices.Contains(by, r) {
				by = append(by, r)
			}
		} else if reason, ok := because[id]; ok && !slices.Contains(why, reason) {
			why = append(why, reason)
		}
	}
	return by, why
}

func statementTable(b *strings.Builder, all []*rules.Rule, s rules.Standard) {
	fmt.Fprintf(b, "\n## Statements of %s\n\n", s)
	if s == rules.V31 {
		b.WriteString("MQTT 3.1 does not number its statements: its sections are listed.\n\n")
	}
	var table strings.Builder
	judged, left := 0, 0
	for _, row := range rows(statementData) {
		if row[0] != s.String() {
			continue
		}
		by, why := judging(all, s, row[1], row[2])
		cell := links(by)
		if len(by) == 0 {
			left++
			cell = "*not judged:* " + strings.Join(why, "; ")
		} else {
			judged++
		}
		fmt.Fprintf(&table, "| %s | %s |\n", row[1], cell)
	}
	fmt.Fprintf(b, "%d judged, %d not.\n\n| statement | judged by |\n| --- | --- |\n%s", judged, left, table.String())
}

func links(list []*rules.Rule) string {
	l := make([]string, len(list))
	for i, r := range list {
		l[i] = fmt.Sprintf("[%s](%s)", r.ID, fromDocs(r))
	}
	return strings.Join(l, ", ")
}

func etsiTable(b *strings.Builder, all []*rules.Rule) {
	b.WriteString(`
## Test purposes of ETSI

ETSI TS 103 597-1 tests clients and brokers of MQTT 3.1.1 by taking part. What of it
can be judged by looking on: *passive* in any capture, *opportunistic* where the scene
occurs, *active* only by somebody who takes part.

| purpose | how | about | judged by |
| --- | --- | --- | --- |
`)
	because := reasons()
	for _, row := range rows(etsiData) {
		var by []*rules.Rule
		cell := ""
		for id := range strings.FieldsSeq(row[2]) {
			if r := named(all, id); r != nil {
				by = append(by, r)
			} else if cell == "" {
				cell = "*not judged:* " + because[id]
			}
		}
		if len(by) > 0 {
			cell = links(by)
		} else if cell == "" {
			cell = "*not judged:* it tests what an end survives, not what it sends"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", strings.TrimPrefix(row[0], "TP_MQTT_"), row[3], manual.Cell(row[4]), cell)
	}
}
