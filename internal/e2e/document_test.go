package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// interoperability is the page that the tests write, with -update, in two parts.
var interoperability = filepath.Join("..", "..", "docs", "interoperability.md")

const (
	partReal       = "## Real clients against real brokers\n"
	partDeviations = "## Deviations done to a real broker\n"
)

// writePart replaces one part of the page.
func writePart(t *testing.T, part, text string) {
	t.Helper()
	old, _ := os.ReadFile(interoperability)
	parts := map[string]string{part: text}
	for _, p := range []string{partReal, partDeviations} {
		if _, ok := parts[p]; ok {
			continue
		}
		if _, body, ok := strings.Cut(string(old), p); ok {
			body, _, _ = strings.Cut(body, "\n## ")
			parts[p] = strings.TrimRight(body, "\n") + "\n"
		}
	}
	page := "# Interoperability\n\n<!-- Written by: cd internal/e2e && go test -update . -->\n\n" +
		"What plcscope says of software that many plants run, and of faults that PLC function\n" +
		"blocks are known for, captured on the wire. Every change is tested so.\n\n" +
		partReal + parts[partReal] + "\n" + partDeviations + parts[partDeviations]
	if err := os.WriteFile(interoperability, []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
}

// documented demands that the page names everything that is tested.
func documented(t *testing.T, names ...string) {
	t.Helper()
	page, err := os.ReadFile(interoperability)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if !strings.Contains(string(page), n) {
			t.Errorf("docs/interoperability.md does not name %q: run the tests with -update", n)
		}
	}
}

// TestDocumented holds the page against the lists that it is made of.
func TestDocumented(t *testing.T) {
	if *update {
		t.Skip("the page is being written")
	}
	var names []string
	for _, s := range scenarios {
		names = append(names, "| "+s.name+" |")
	}
	for _, d := range known {
		names = append(names, d.rule, d.why)
	}
	for _, d := range deviations {
		names = append(names, fmt.Sprintf("| %s | %s |", d.id, d.what))
	}
	for _, d := range unseen {
		names = append(names, d.why)
	}
	documented(t, names...)
}

// programVersion is the first line of what a program says of itself, from a word on.
func programVersion(word, name string, args ...string) string {
	out, _ := exec.Command(name, args...).CombinedOutput() // some end with an error after their help
	for line := range strings.Lines(string(out)) {
		if i := strings.Index(line, word); i >= 0 {
			return strings.TrimSpace(line[i:])
		}
	}
	return name
}

func document(t *testing.T, all []peer, rows []row) {
	t.Helper()
	var b strings.Builder
	b.WriteString("\nAll clients play each scenario at the same time, in every version that they speak, against\n" +
		"one broker. Nobody is held to break a rule of severity error but as listed below; where no\n" +
		"connection breaks, nothing is inconclusive, the packets are as many as the clients say,\n" +
		"and everywhere tshark counts the same packets.\n\n")
	b.WriteString("Brokers: " + programVersion("mosquitto version", "mosquitto", "-h") +
		"; mochi-mqtt " + moduleVersion("github.com/mochi-mqtt/server/v2") + ".\n\n")
	b.WriteString("| client | MQTT |\n|---|---|\n")
	for _, p := range all {
		var versions []string
		for _, v := range p.versions {
			versions = append(versions, v.String())
		}
		fmt.Fprintf(&b, "| %s | %s |\n", p.software, strings.Join(versions, ", "))
	}
	fmt.Fprintf(&b, "| %s (command line) | 3.1, 3.1.1, 5.0 |\n", programVersion("mosquitto_pub version", "mosquitto_pub", "--help"))
	b.WriteString("\n" + table(rows) + "\n### What is held against them, rightly\n\n| whose | rule | why |\n|---|---|---|\n")
	for _, d := range known {
		fmt.Fprintf(&b, "| %s | `%s` | %s |\n", strings.TrimSuffix(d.by, "-"), d.rule, d.why)
	}
	writePart(t, partReal, b.String())
}

// documentDeviations is given the other rules that were told of each deviation.
func documentDeviations(t *testing.T, told [][]string) {
	t.Helper()
	var b strings.Builder
	b.WriteString("\nEach is said to " + programVersion("mosquitto version", "mosquitto", "-h") +
		" over TCP and captured. Remarks are findings\nof severity info that go with it.\n\n")
	b.WriteString("| deviation | what the client does | MQTT | rule that tells it | told besides |\n|---|---|---|---|---|\n")
	for i, d := range deviations {
		slices.Sort(told[i])
		fmt.Fprintf(&b, "| %s | %s | %s | `%s` | %s |\n", d.id, d.what, d.version, d.rule, strings.Join(slices.Compact(told[i]), ", "))
	}
	b.WriteString("\n### What no capture shows\n\n| deviation | what the client does | why |\n|---|---|---|\n")
	for _, d := range unseen {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", d.id, d.what, d.why)
	}
	writePart(t, partDeviations, b.String())
}
