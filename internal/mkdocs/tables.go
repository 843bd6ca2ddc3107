package main

import (
	"fmt"
	"strings"

	"plcscope/internal/manual"
)

// mutationPage is made of lines: protocol, versions, message, mutation, rules that tell it of
// who sent it, rules that tell it of its peer who bears with it, why nobody does.
func mutationPage(recorded string) string {
	var b strings.Builder
	b.WriteString(generated + `# Mutations

A clean conversation, in which one thing at a time is broken, and who tells. *Told of
the sender* are the rules that are held broken by the side that sends the message that
was changed; *told of the peer* those that the other side breaks, mostly because in these
conversations it goes on as if nothing were wrong. Remarks stand only where there is
nothing else.

`)
	group := ""
	detected, all := 0, 0
	var table strings.Builder
	for _, r := range rows(recorded) {
		if len(r) != 7 {
			continue
		}
		n := max(1, len(strings.Fields(r[1])))
		all += n
		sender, peer := strings.ReplaceAll(r[4], " ", ", "), strings.ReplaceAll(r[5], " ", ", ")
		if sender+peer == "" {
			sender = "*nothing:* " + r[6]
		} else {
			detected += n
		}
		if r[0] != group {
			group = r[0]
			fmt.Fprintf(&table, "\n## %s\n\n| versions | message | what is broken | told of the sender | told of the peer |\n| --- | --- | --- | --- | --- |\n", group)
		}
		fmt.Fprintf(&table, "| %s | %s | %s | %s | %s |\n", r[1], manual.Cell(r[2]), manual.Cell(r[3]), sender, peer)
	}
	fmt.Fprintf(&b, "%d mutations, %d of them told; why the others are not stands beside them.\n%s", all, detected, table.String())
	return b.String()
}

// damagePage is made of lines: protocol, what is damaged, how, captures that were
// made of it, violations that were held against somebody for the damage.
func damagePage(recorded string) string {
	var b strings.Builder
	b.WriteString(generated + `# Damage

Captures of clean traffic, damaged in the ways in which probes, mirror ports and
files damage them, and how many violations were held against somebody who had done
nothing: none may be. *Suspicions* are verdicts that are inconclusive because of it.

| protocol | traffic | damage | captures | violations | suspicions |
| --- | --- | --- | --: | --: | --: |
`)
	for _, r := range rows(recorded) {
		if len(r) == 6 {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", r[0], manual.Cell(r[1]), manual.Cell(r[2]), r[3], r[4], r[5])
		}
	}
	return b.String()
}
