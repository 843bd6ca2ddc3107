package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadme runs the commands that the README shows and holds what they print
// against what it says they print. Blocks marked console hold a command behind
// "$ " and its output; a line "..." stands for any lines.
func TestReadme(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(t.TempDir(), "plcscope")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	blocks := strings.Split(string(text), "```console\n")[1:]
	if len(blocks) == 0 {
		t.Fatal("the README shows no command")
	}
	for _, block := range blocks {
		block, _, _ = strings.Cut(block, "```")
		line, want, _ := strings.Cut(block, "\n")
		args := strings.Fields(strings.TrimPrefix(line, "$ "))
		if len(args) == 0 || args[0] != "plcscope" {
			t.Errorf("%q is no plcscope command", line)
			continue
		}
		cmd := exec.Command(binary, args[1:]...)
		cmd.Dir = filepath.Join("..", "..")
		var out bytes.Buffer
		cmd.Stdout = &out
		_ = cmd.Run() // findings end it with 1, as the README says
		if !matches(strings.Split(strings.TrimRight(out.String(), "\n"), "\n"), strings.Split(strings.TrimRight(want, "\n"), "\n")) {
			t.Errorf("%s prints\n%s\nthe README says\n%s", line, out.String(), want)
		}
	}
}

// matches reports whether the lines are those wanted, "..." being any number.
func matches(got, want []string) bool {
	if len(want) == 0 {
		return len(got) == 0
	}
	if want[0] == "..." {
		for i := 0; i <= len(got); i++ {
			if matches(got[i:], want[1:]) {
				return true
			}
		}
		return false
	}
	return len(got) > 0 && strings.TrimRight(got[0], " ") == strings.TrimRight(want[0], " ") && matches(got[1:], want[1:])
}
