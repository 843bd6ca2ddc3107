package report

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"plcscope/rules"
)

// BaselineVersion names the shape of a baseline file.
const BaselineVersion = "plcscope-baseline/1"

// MaxBaseline is how many findings a baseline holds.
const MaxBaseline = 100_000

// maxBaselineFile bounds what is read of a baseline.
const maxBaselineFile = 256 << 20

// Baseline holds the findings that are known. There is one entry for each defect of
// a subject, however often it occurs; frames and times do not matter.
type Baseline struct {
	File  string
	Known uint64 // cases that it excused
	New   uint64 // cases that it does not know and no waiver excuses
	Over  uint64 // cases that found no room when it was collected

	entries map[string]*baselineEntry
}

// BaselineEntry is a finding that is known. What stands beside the fingerprint is for
// people.
type BaselineEntry struct {
	Rule        string `json:"rule"`
	Subject     string `json:"subject"`
	What        string `json:"what"` // with # for what differs between captures
	Fingerprint string `json:"fingerprint"`
}

type baselineEntry struct {
	BaselineEntry
	met bool
}

// baselineFile is the file as a whole.
type baselineFile struct {
	Schema   string          `json:"schema"`
	Findings []BaselineEntry `json:"findings"`
}

// NewBaseline makes an empty baseline.
func NewBaseline() *Baseline { return &Baseline{entries: map[string]*baselineEntry{}} }

// ReadBaseline reads a baseline as Write has written it. The name is for messages.
func ReadBaseline(r io.Reader, name string) (*Baseline, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxBaselineFile+1))
	if err == nil && len(text) > maxBaselineFile {
		err = fmt.Errorf("it is larger than %d MB", maxBaselineFile>>20)
	}
	var of *fs.PathError
	if errors.As(err, &of) {
		err = of.Err // the name is told already
	}
	if err != nil {
		return nil, fmt.Errorf("baseline %s: %w", name, err)
	}
	file, err := parseBaseline(text)
	if err != nil {
		return nil, fmt.Errorf("baseline %s: %w", name, err)
	}
	b := NewBaseline()
	b.File = name
	for i, e := range file.Findings {
		if e.Fingerprint == "" {
			return nil, fmt.Errorf("baseline %s: finding %d has no fingerprint", name, i+1)
		}
		b.entries[e.Fingerprint] = &baselineEntry{BaselineEntry: e}
	}
	return b, nil
}

// parseBaseline reads the text of a baseline.
func parseBaseline(text []byte) (file baselineFile, err error) {
	var what struct{ Schema string }
	var syntax *json.SyntaxError
	switch err := json.Unmarshal(text, &what); {
	case len(bytes.TrimSpace(text)) == 0:
		return file, errors.New("it is empty; plcscope baseline write makes one")
	case errors.As(err, &syntax):
		return file, fmt.Errorf("it is no JSON document: %w at byte %d", err, syntax.Offset)
	case err != nil:
		return file, errors.New("it is JSON, but no baseline; plcscope baseline write makes one")
	case what.Schema == SchemaVersion:
		return file, errors.New("it is a report of check, not a baseline; plcscope baseline write makes one")
	case what.Schema != BaselineVersion:
		return file, fmt.Errorf("schema %q is not known; %s is", what.Schema, BaselineVersion)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err = d.Decode(&file); err == nil && len(file.Findings) > MaxBaseline {
		err = fmt.Errorf("it has %d findings; %d is the most", len(file.Findings), MaxBaseline)
	}
	return file, err
}

// Add takes in a certain case.
func (b *Baseline) Add(f *rules.Finding) {
	name := Fingerprint(*f)
	if b.entries[name] != nil {
		return
	}
	if len(b.entries) >= MaxBaseline {
		b.Over++
		return
	}
	b.entries[name] = &baselineEntry{BaselineEntry: BaselineEntry{
		Rule: f.Rule.ID, Subject: Clean(f.Subject.String()), What: Clean(signature(f.Detail)), Fingerprint: name,
	}}
}

// Len is the number of findings in it.
func (b *Baseline) Len() int { return len(b.entries) }

// Write writes the baseline, one finding a line, by rule and subject: what changes
// between two of them is what changed in the plant.
func (b *Baseline) Write(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "{\"schema\": %q,\n \"findings\": [", BaselineVersion)
	for i, e := range b.list(func(*baselineEntry) bool { return true }) {
		line := &bytes.Buffer{}
		enc := json.NewEncoder(line)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(e); err != nil {
			return err
		}
		if i > 0 {
			out.WriteByte(',')
		}
		fmt.Fprintf(out, "\n  %s", bytes.TrimSpace(line.Bytes()))
	}
	out.WriteString("\n]}\n")
	return out.Flush()
}

// Gone lists what is known and did not occur.
func (b *Baseline) Gone() []BaselineEntry {
	return b.list(func(e *baselineEntry) bool { return !e.met })
}

// Has reports whether a fingerprint is known.
func (b *Baseline) Has(fingerprint string) bool { return b.entries[fingerprint] != nil }

// meet is Has for a case that occurs.
func (b *Baseline) meet(fingerprint string) bool {
	e := b.entries[fingerprint]
	if e != nil {
		e.met = true
	}
	return e != nil
}

func (b *Baseline) list(want func(*baselineEntry) bool) []BaselineEntry {
	l := []BaselineEntry{}
	for _, e := range b.entries {
		if want(e) {
			l = append(l, e.BaselineEntry)
		}
	}
	slices.SortFunc(l, func(a, b BaselineEntry) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.What, b.What), cmp.Compare(a.Fingerprint, b.Fingerprint))
	})
	return l
}
