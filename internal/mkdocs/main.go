// Command mkdocs writes the part of the documentation that is made of the catalogue
// and of what the tests have recorded: the rule reference, the coverage table, the
// tables of mutations and of damage. Run all of it with go generate ./internal/mkdocs.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// The tests record, the record goes into package manual, and the documents are made
// of both.
//
//go:generate go test plcscope/rules/mqttrules plcscope/rules/s7rules plcscope/rules/siterules -count=1 -run Table$ -update
//go:generate go run . record ../..
//go:generate go run . docs ../..

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: mkdocs record|docs ROOT")
		os.Exit(2)
	}
	if err := write(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "mkdocs:", err)
		os.Exit(1)
	}
}

func write(what, root string) error {
	made, err := files(root)
	if err != nil {
		return err
	}
	if what == "record" {
		made = map[string]string{recordFile: made[recordFile]}
	} else if err := os.RemoveAll(filepath.Join(root, "docs", "rules")); err != nil {
		return err
	}
	for name, text := range made {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			return err
		}
	}
	return nil
}

// recordFile is what package manual embeds.
const recordFile = "internal/manual/conversations.tsv"

// files are the documents by their paths from the root of the project.
func files(root string) (map[string]string, error) {
	conversations, err := recorded(root, "conversations.tsv")
	if err != nil {
		return nil, err
	}
	mutations, err := recorded(root, "mutations.tsv")
	if err != nil {
		return nil, err
	}
	damage, err := recorded(root, "damage.tsv")
	if err != nil {
		return nil, err
	}
	made := map[string]string{
		recordFile:          conversations,
		"docs/coverage.md":  coverage(catalogue(), conversations),
		"docs/mutations.md": mutationPage(mutations),
		"docs/damage.md":    damagePage(damage),
	}
	reference(made, catalogue())
	return made, nil
}

// recorded joins what the tests of the rule packages have written under that name.
func recorded(root, name string) (string, error) {
	paths, err := filepath.Glob(filepath.Join(root, "rules", "*", "testdata", name))
	if err != nil {
		return "", err
	}
	all := ""
	for _, p := range paths {
		text, err := os.ReadFile(p)
		if err != nil {
			return "", err
		}
		all += string(text)
	}
	return all, nil
}
