package report

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path"
	"path/filepath"
	"strings"

	"plcscope/rules"
)

// SARIF 2.1.0 is made for source files. A capture is given as a binary artifact;
// a place in it as the offset of the frame's record, and, because viewers want a
// line, as the line with the frame's number.
const (
	sarifVersion = "2.1.0"
	sarifSchema  = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool        sarifTool         `json:"tool"`
	Invocations []sarifInvocation `json:"invocations"`
	Artifacts   []sarifArtifact   `json:"artifacts"`
	Results     []sarifResult     `json:"results"`
	ColumnKind  string            `json:"columnKind"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name    string      `json:"name"`
	Version string      `json:"version,omitempty"`
	Rules   []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID         string             `json:"id"`
	Short      sarifText          `json:"shortDescription"`
	Full       sarifText          `json:"fullDescription"`
	HelpURI    string             `json:"helpUri,omitempty"`
	Help       sarifText          `json:"help"`
	Default    sarifDefault       `json:"defaultConfiguration"`
	Properties sarifRuleContained `json:"properties"`
}

type sarifRuleContained struct {
	Tags  []string `json:"tags"`
	Role  string   `json:"role"`
	Needs string   `json:"needs"`
}

type sarifDefault struct {
	Level string `json:"level"`
}

type sarifText struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown,omitempty"`
}

type sarifInvocation struct {
	Successful    bool                `json:"executionSuccessful"`
	Overrides     []sarifOverride     `json:"ruleConfigurationOverrides,omitempty"`
	Notifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
}

// sarifOverride is what the profile has made of a rule's severity.
type sarifOverride struct {
	Configuration sarifDefault       `json:"configuration"`
	Descriptor    sarifRuleReference `json:"descriptor"`
}

type sarifRuleReference struct {
	ID    string `json:"id"`
	Index int    `json:"index"`
}

type sarifNotification struct {
	Level   string    `json:"level"`
	Message sarifText `json:"message"`
}

type sarifArtifact struct {
	Location sarifArtifactLocation `json:"location"`
	Length   int64                 `json:"length,omitempty"`
	Roles    []string              `json:"roles"`
	MIME     string                `json:"mimeType,omitempty"`
	Hashes   map[string]string     `json:"hashes,omitempty"`
}

type sarifArtifactLocation struct {
	URI         string     `json:"uri,omitempty"`
	Index       int        `json:"index"`
	Description *sarifText `json:"description,omitempty"`
}

type sarifResult struct {
	RuleID       string              `json:"ruleId"`
	RuleIndex    int                 `json:"ruleIndex"`
	Kind         string              `json:"kind"`
	Level        string              `json:"level"`
	Message      sarifText           `json:"message"`
	Locations    []sarifLocation     `json:"locations"`
	Related      []sarifLocation     `json:"relatedLocations,omitempty"`
	CodeFlows    []sarifCodeFlow     `json:"codeFlows,omitempty"`
	Fingerprints map[string]string   `json:"partialFingerprints,omitempty"`
	Suppressions []sarifSuppression  `json:"suppressions,omitempty"`
	Baseline     string              `json:"baselineState,omitempty"`
	Properties   sarifResultContents `json:"properties"`
}

type sarifSuppression struct {
	Kind          string `json:"kind"`
	Status        string `json:"status"`
	Justification string `json:"justification"`
}

type sarifResultContents struct {
	Subject string `json:"subject"`
	Clause  string `json:"clause,omitempty"`
	Client  string `json:"client,omitempty"`
	Server  string `json:"server,omitempty"`
	Time    string `json:"time,omitempty"`
	Packet  string `json:"packet,omitempty"`
	Offset  *int   `json:"packetOffset,omitempty"`
	Reason  string `json:"reason,omitempty"`
	Cases   uint64 `json:"cases,omitempty"`
}

type sarifLocation struct {
	ID       *int           `json:"id,omitempty"`
	Physical *sarifPhysical `json:"physicalLocation,omitempty"`
	Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	Message  *sarifText     `json:"message,omitempty"`
}

type sarifPhysical struct {
	Artifact sarifArtifactLocation `json:"artifactLocation"`
	Region   *sarifRegion          `json:"region,omitempty"`
}

type sarifRegion struct {
	StartLine  uint64 `json:"startLine,omitempty"`
	ByteOffset *int64 `json:"byteOffset,omitempty"`
}

type sarifLogical struct {
	Name string `json:"name"`
	Full string `json:"fullyQualifiedName"`
	Kind string `json:"kind"`
}

type sarifCodeFlow struct {
	Message sarifText         `json:"message"`
	Threads []sarifThreadFlow `json:"threadFlows"`
}

type sarifThreadFlow struct {
	ID        string       `json:"id"`
	Message   sarifText    `json:"message"`
	Locations []sarifVisit `json:"locations"`
}

type sarifVisit struct {
	Location sarifLocation `json:"location"`
	Order    int           `json:"executionOrder"`
}

// SARIFOptions choose what SARIF holds.
type SARIFOptions struct {
	All bool // every verdict, not only what failed
}

// SARIF writes the report for code scanning: a result for each finding, or, with
// All, at least one for each verdict.
func (r *Report) SARIF(w io.Writer, o SARIFOptions) error {
	name, version, _ := strings.Cut(r.Tool, " ")
	run := sarifRun{
		Tool:        sarifTool{sarifDriver{Name: name, Version: version, Rules: []sarifRule{}}},
		Invocations: []sarifInvocation{{Successful: !r.Interrupted}},
		Artifacts:   []sarifArtifact{}, Results: []sarifResult{}, ColumnKind: "unicodeCodePoints",
	}
	index := map[*rules.Rule]int{}
	own := map[*rules.Rule]rules.Severity{}
	for _, x := range r.Book.Weighed() {
		own[x.Rule] = x.Own
	}
	for i, x := range r.Book.Rules() {
		index[x] = i
		weight, changed := own[x]
		if changed {
			o := sarifOverride{sarifDefault{sarifLevel(x.Severity)}, sarifRuleReference{x.ID, i}}
			run.Invocations[0].Overrides = append(run.Invocations[0].Overrides, o)
		} else {
			weight = x.Severity
		}
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRuleOf(x, weight))
	}
	for _, n := range r.Notes() {
		inv := &run.Invocations[0]
		inv.Notifications = append(inv.Notifications, sarifNotification{"note", sarifText{Text: Clean(n)}})
	}
	for _, m := range r.remarks() {
		inv, level := &run.Invocations[0], "note"
		if m.Grave {
			level = "warning"
		}
		inv.Notifications = append(inv.Notifications, sarifNotification{level, sarifText{Text: Clean(m.Text)}})
	}
	for i := range r.Files {
		run.Artifacts = append(run.Artifacts, r.sarifArtifact(i))
	}
	for _, s := range r.Book.Subjects() {
		for _, x := range r.Book.Results(s) {
			if x.Verdict != rules.Fail && !o.All {
				continue
			}
			some := false
			for _, f := range x.Findings {
				if f.Verdict == rules.Fail || o.All {
					run.Results = append(run.Results, r.sarifFinding(s, x, f, index[x.Rule]))
					some = true
				}
			}
			if !some {
				run.Results = append(run.Results, r.sarifVerdict(s, x, index[x.Rule]))
			}
		}
	}
	text, err := json.MarshalIndent(sarifLog{sarifSchema, sarifVersion, []sarifRun{run}}, "", "  ")
	if err == nil {
		_, err = w.Write(append(escapeJSON(text), '\n'))
	}
	return err
}

// sarifRuleOf describes a rule that weighs own where no profile says otherwise.
func sarifRuleOf(x *rules.Rule, own rules.Severity) sarifRule {
	md := fmt.Sprintf("**%s.**\n\n**Why:** %s\n\n**Do:** %s\n\n", mdText(x.Title), mdText(x.Why), mdText(x.Fix))
	for _, s := range x.Clauses.Standards() {
		md += fmt.Sprintf("- %s: %s\n", s, mdText(x.Clauses.In(s)))
	}
	return sarifRule{
		ID: x.ID, Short: sarifText{Text: x.Title + "."}, Full: sarifText{Text: x.Title + ". " + x.Why},
		HelpURI: document(x), Help: sarifText{x.Title + ".\nWhy: " + x.Why + "\nDo: " + x.Fix, md},
		Default:    sarifDefault{sarifLevel(own)},
		Properties: sarifRuleContained{statements(x), x.Role.String(), x.Needs.String()},
	}
}

func sarifLevel(s rules.Severity) string { return [...]string{"note", "warning", "error"}[s] }

// sarifKind is the kind and the level of a verdict: what did not fail has none.
func sarifKind(v rules.Verdict, s rules.Severity) (kind, level string) {
	if v == rules.Fail {
		return "fail", sarifLevel(s)
	}
	return [...]string{rules.NotExercised: "notApplicable", rules.Pass: "pass", rules.Inconclusive: "open"}[v], "none"
}

// sarifArtifact describes a file of the capture.
func (r *Report) sarifArtifact(i int) sarifArtifact {
	f := &r.Files[i]
	a := sarifArtifact{Location: r.sarifFile(uint16(i)), Length: f.Size, Roles: []string{"analysisTarget"}}
	switch {
	case f.Compression != "":
		a.MIME = "application/" + f.Compression
	case f.Format != "":
		a.MIME = "application/vnd.tcpdump.pcap"
	}
	if i < len(r.Hashes) && r.Hashes[i] != "" {
		a.Hashes = map[string]string{"sha-256": r.Hashes[i]}
	}
	return a
}

// sarifFile refers to a file of the capture.
func (r *Report) sarifFile(i uint16) sarifArtifactLocation {
	l := sarifArtifactLocation{Index: int(i)}
	if r.Files[i].Name == "-" {
		l.Description = &sarifText{Text: "standard input"}
		return l
	}
	l.URI = fileURI(r.Files[i].Name)
	return l
}

// fileURI is the name of a file as a URI, relative when the name is.
func fileURI(name string) string {
	absolute := filepath.IsAbs(name)
	name = filepath.ToSlash(name)
	if !absolute {
		return (&url.URL{Path: path.Clean(name)}).String()
	}
	if !strings.HasPrefix(name, "/") { // C:/captures
		name = "/" + name
	}
	return (&url.URL{Scheme: "file", Path: path.Clean(name)}).String()
}

// sarifPlace is the place of a frame, by its record where that is known. The line
// is the frame's number in the whole capture, as in all that plcscope prints.
func (r *Report) sarifPlace(frame uint64, file uint16, record int64) *sarifPhysical {
	if len(r.Files) == 0 || int(file) >= len(r.Files) {
		return nil
	}
	if record == 0 && len(r.Files) > 1 {
		return nil // which of the files is not known
	}
	p := &sarifPhysical{Artifact: r.sarifFile(file)}
	if frame == 0 {
		return p
	}
	p.Region = &sarifRegion{StartLine: frame}
	if record > 0 && r.Files[file].Compression == "" {
		p.Region.ByteOffset = &record
	}
	return p
}

func (r *Report) sarifFinding(s *rules.Subject, x rules.Result, f rules.Finding, index int) sarifResult {
	kind, level := sarifKind(f.Verdict, f.Severity)
	text := fmt.Sprintf("%s: %s.", Clean(r.detail(&f)), x.Rule.Title)
	if f.Verdict == rules.Inconclusive {
		text = fmt.Sprintf("Perhaps: %s But %s.", text, f.Reason)
	}
	out := sarifResult{
		RuleID: x.Rule.ID, RuleIndex: index, Kind: kind, Level: level, Message: sarifText{Text: text},
		Fingerprints: map[string]string{"plcscope/v1": Fingerprint(f)},
		Properties: sarifResultContents{
			Subject: s.String(), Clause: Citation(f.Rule, f.Standard), Client: f.Client, Server: f.Server,
			Time: stamp(f.Time), Packet: f.Message, Reason: f.Reason.String(),
		},
	}
	if f.Verdict == rules.Fail {
		out.Suppressions = suppressions(f.Excuse)
		if r.Baseline != nil {
			out.Baseline = "new"
			if r.Baseline.Has(out.Fingerprints["plcscope/v1"]) {
				out.Baseline = "unchanged"
			}
		}
	}
	if f.Offset >= 0 {
		out.Properties.Offset = &f.Offset
	}
	file, record := recordOf(f, f.Frame)
	out.Locations = []sarifLocation{{
		Physical: r.sarifPlace(f.Frame, file, record),
		Logical: []sarifLogical{{
			Name: fmt.Sprintf("frame %d", f.Frame),
			Full: fmt.Sprintf("%s/connection %s to %s/frame %d", subjectPath(s), f.Client, f.Server, f.Frame), Kind: "resource",
		}},
	}}
	for i, ref := range f.Related {
		id := i + 1
		file, record := recordOf(f, ref.Frame)
		out.Related = append(out.Related, sarifLocation{
			ID: &id, Physical: r.sarifPlace(ref.Frame, file, record),
			Message: &sarifText{Text: fmt.Sprintf("frame %d, %s UTC", ref.Frame, clock(ref.Time))},
		})
	}
	if c := r.sarifFlow(f); c != nil {
		out.CodeFlows = []sarifCodeFlow{*c}
	}
	return out
}

// suppressions are what SARIF calls a waiver; that a baseline knows a result is said
// by its baselineState.
func suppressions(x *rules.Excuse) []sarifSuppression {
	if x == nil || x.Kind != rules.Waived {
		return nil
	}
	return []sarifSuppression{{"external", "accepted", Clean(x.Reason) + " (until " + x.Until + ")"}}
}

// recordOf is where the record of a frame lies that a finding names, if it is known.
func recordOf(f rules.Finding, frame uint64) (file uint16, record int64) {
	if frame == f.Frame && f.Message != "" {
		return f.File, f.Record
	}
	if f.Around != nil {
		for _, x := range f.Around.Said {
			if x.Frame == frame && x.Record != 0 {
				return x.File, x.Record
			}
		}
	}
	return 0, 0
}

// sarifFlow is the conversation around a finding: a thread for each side.
func (r *Report) sarifFlow(f rules.Finding) *sarifCodeFlow {
	if f.Around == nil {
		return nil
	}
	sides := [2]sarifThreadFlow{
		{ID: "client", Message: sarifText{Text: "client " + f.Client}},
		{ID: "server", Message: sarifText{Text: "server " + f.Server}},
	}
	for i, x := range f.Around.Said {
		side := &sides[1]
		if x.FromClient {
			side = &sides[0]
		}
		side.Locations = append(side.Locations, sarifVisit{
			Location: sarifLocation{
				Physical: r.sarifPlace(x.Frame, x.File, x.Record),
				Message:  &sarifText{Text: fmt.Sprintf("%s UTC  %s", clock(x.Time), Clean(x.Text))},
			},
			Order: i + 1,
		})
	}
	c := &sarifCodeFlow{Message: sarifText{Text: "what was said around it"}}
	for _, s := range sides {
		if len(s.Locations) > 0 {
			c.Threads = append(c.Threads, s)
		}
	}
	return c
}

// sarifVerdict is the result of a rule that has no finding.
func (r *Report) sarifVerdict(s *rules.Subject, x rules.Result, index int) sarifResult {
	kind, level := sarifKind(x.Verdict, x.Severity)
	text := x.Rule.Title + ": "
	switch x.Verdict {
	case rules.Pass:
		text += "held in " + plural(x.Exercised, "case") + "."
	case rules.NotExercised:
		text += "nothing in the capture put it to the test."
	case rules.Inconclusive:
		text += x.Reason.String() + "."
	default:
		text += "broken in " + plural(x.Failed, "case") + "."
	}
	return sarifResult{
		RuleID: x.Rule.ID, RuleIndex: index, Kind: kind, Level: level, Message: sarifText{Text: text},
		Locations: []sarifLocation{{
			Physical: r.sarifPlace(0, 0, 0),
			Logical:  []sarifLogical{{Name: s.String(), Full: subjectPath(s), Kind: "resource"}},
		}},
		Properties: sarifResultContents{Subject: s.String(), Cases: x.Exercised},
	}
}

// subjectPath names a subject within the logical places: "client:press7@10.0.0.5".
func subjectPath(s *rules.Subject) string {
	name := ""
	if s.Name != "" {
		name = strings.ReplaceAll(Clean(s.Name), "/", "%2F") + "@"
	}
	return s.Role.String() + ":" + name + s.Address
}
