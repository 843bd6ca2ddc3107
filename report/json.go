package report

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"io"

	"plcscope/rules"
)

// SchemaVersion names the shape of the JSON report. It changes when a field
// changes its meaning or goes; new fields do not change it.
const SchemaVersion = "plcscope-check/1"

type jsonReport struct {
	Schema   string        `json:"schema"`
	Tool     string        `json:"tool"`
	Failed   bool          `json:"failed"`
	FailOn   string        `json:"fail_on"`
	Stopped  bool          `json:"interrupted"`
	Filter   *jsonFilter   `json:"filter,omitempty"`
	Files    []jsonFile    `json:"files"`
	Notes    []string      `json:"notes"`
	Capture  jsonCapture   `json:"capture"`
	Profile  *jsonProfile  `json:"profile,omitempty"`
	Baseline *jsonBaseline `json:"baseline,omitempty"`
	Coverage jsonCount     `json:"coverage"`
	Subjects []jsonSubject `json:"subjects"`
	Delivery *jsonDelivery `json:"delivery,omitempty"`
}

type jsonFilter struct {
	Text   string `json:"text"`
	Chosen int    `json:"connections_judged"`
}

type jsonFile struct {
	Name   string `json:"name"`
	Format string `json:"format"`
	Frames uint64 `json:"frames"`
}

type jsonCapture struct {
	Frames      uint64 `json:"frames"`
	First       string `json:"first,omitempty"`
	Last        string `json:"last,omitempty"`
	Segments    uint64 `json:"tcp_segments"`
	Connections uint64 `json:"tcp_connections"`
	MQTT        uint64 `json:"mqtt_packets"`
	ISO         uint64 `json:"iso_pdus"`
	Malformed   uint64 `json:"malformed"`
}

type jsonCount struct {
	Fail         int `json:"fail"`
	Inconclusive int `json:"inconclusive"`
	Pass         int `json:"pass"`
	NotExercised int `json:"not_exercised"`
	Excused      int `json:"excused,omitempty"`
}

type jsonProfile struct {
	File    string         `json:"file"`
	Off     []string       `json:"switched_off"`
	Weighed []jsonSeverity `json:"severity"`
	Waivers []jsonWaiver   `json:"waivers"`
}

type jsonSeverity struct {
	Rule string `json:"rule"`
	Own  string `json:"catalogue"`
	Here string `json:"here"`
}

type jsonWaiver struct {
	Rule        string `json:"rule"`
	Subject     string `json:"subject,omitempty"`
	Fingerprint string `json:"fingerprint,omitempty"`
	Reason      string `json:"reason"`
	Until       string `json:"until"`
	Expired     bool   `json:"expired"`
	Cases       uint64 `json:"cases"`
}

type jsonBaseline struct {
	File  string          `json:"file"`
	Known uint64          `json:"known"`
	New   uint64          `json:"new"`
	Gone  []BaselineEntry `json:"gone"`
}

type jsonExcuse struct {
	Kind   string `json:"kind"`
	Reason string `json:"reason,omitempty"`
	Until  string `json:"until,omitempty"`
}

type jsonSubject struct {
	Protocol string       `json:"protocol"`
	Role     string       `json:"role"`
	Address  string       `json:"address"`
	Name     string       `json:"client_id,omitempty"`
	Label    string       `json:"name,omitempty"`
	Counts   jsonCount    `json:"counts"`
	Results  []jsonResult `json:"results"`
}

type jsonResult struct {
	Rule         string              `json:"rule"`
	Title        string              `json:"title"`
	Severity     string              `json:"severity"`
	Own          string              `json:"catalogue_severity,omitempty"`
	Verdict      string              `json:"verdict"`
	Exercised    uint64              `json:"exercised"`
	Failed       uint64              `json:"failed,omitempty"`
	Excused      uint64              `json:"excused,omitempty"`
	Excuse       *jsonExcuse         `json:"excuse,omitempty"`
	Inconclusive uint64              `json:"inconclusive,omitempty"`
	Reason       string              `json:"reason,omitempty"`
	Clauses      map[string][]string `json:"clauses"`
	Why          string              `json:"why,omitempty"`
	Fix          string              `json:"fix,omitempty"`
	Findings     []jsonFinding       `json:"findings,omitempty"`
}

type jsonFinding struct {
	Verdict     string      `json:"verdict"`
	Severity    string      `json:"severity"`
	Reason      string      `json:"reason,omitempty"`
	Excuse      *jsonExcuse `json:"excuse,omitempty"`
	Fingerprint string      `json:"fingerprint"`
	Frame       uint64      `json:"frame"`
	Time        string      `json:"time"`
	File        string      `json:"file,omitempty"`
	Record      int64       `json:"record_offset,omitempty"`
	Client      string      `json:"client"`
	Server      string      `json:"server"`
	Clause      string      `json:"clause"`
	Message     string      `json:"message,omitempty"`
	Offset      *int        `json:"offset,omitempty"`
	Bytes       string      `json:"bytes,omitempty"`
	Detail      string      `json:"detail"`
	Names       string      `json:"names,omitempty"`
	Related     []jsonRef   `json:"related,omitempty"`
}

type jsonRef struct {
	Frame uint64 `json:"frame"`
	Time  string `json:"time"`
}

// JSON writes the report for programs. Its order is fixed: the same capture
// gives the same bytes.
func (r *Report) JSON(w io.Writer) error {
	c := r.Totals
	out := jsonReport{
		Schema: SchemaVersion, Tool: r.Tool, Failed: r.Failed(), FailOn: r.FailOn.String(), Stopped: r.Interrupted,
		Files: []jsonFile{}, Notes: append([]string{}, r.Notes()...), Subjects: []jsonSubject{}, Delivery: r.jsonDelivery(),
		Coverage: jsonCount(r.Coverage()), Profile: r.jsonProfile(),
		Capture: jsonCapture{
			Frames: c.Frames, Segments: c.Decode.Segments, Connections: c.Flows.TCP.Opened,
			MQTT: c.Flows.MQTT, ISO: c.Flows.ISO, Malformed: c.Flows.Malformed,
		},
	}
	if c.Frames > 0 {
		out.Capture.First, out.Capture.Last = stamp(c.First), stamp(c.Last)
	}
	if b := r.Baseline; b != nil {
		out.Baseline = &jsonBaseline{b.File, b.Known, b.New, r.gone()}
	}
	if r.Filter != "" {
		out.Filter = &jsonFilter{r.Filter, r.Chosen}
	}
	for _, f := range r.Files {
		out.Files = append(out.Files, jsonFile{f.Name, f.Format, f.Frames})
	}
	frame, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return err
	}
	frame = escapeJSON(frame)
	// The subjects make up nearly all of the report. They are written one by one,
	// so that thousands of them take the memory of one. The marker stands in the
	// frame once: within a string there is no line break.
	before, after, _ := bytes.Cut(frame, []byte("\n  \"subjects\": []"))
	b := bufio.NewWriter(w)
	b.Write(before)
	b.WriteString("\n  \"subjects\": [")
	subjects := jsonSubjects{report: r, plain: map[*rules.Rule]plainText{}}
	for i, s := range r.Book.Subjects() {
		text, err := subjects.encode(s)
		if err != nil {
			return err
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("\n    ")
		b.Write(text)
	}
	if subjects.text != nil {
		b.WriteString("\n  ")
	}
	b.WriteByte(']')
	b.Write(after)
	b.WriteByte('\n')
	return b.Flush()
}

// jsonProfile is nil when there is neither a profile nor anything that it could have
// laid down.
func (r *Report) jsonProfile() *jsonProfile {
	off, weighed := r.Book.Off(), r.Book.Weighed()
	if r.Profile == "" && len(off)+len(weighed)+len(r.Waivers) == 0 {
		return nil
	}
	p := &jsonProfile{File: r.Profile, Off: []string{}, Weighed: []jsonSeverity{}, Waivers: []jsonWaiver{}}
	for _, x := range off {
		p.Off = append(p.Off, x.ID)
	}
	for _, x := range weighed {
		p.Weighed = append(p.Weighed, jsonSeverity{x.ID, x.Own.String(), x.Severity.String()})
	}
	for _, w := range r.Waivers {
		p.Waivers = append(p.Waivers, jsonWaiver{w.Rule, w.Subject, w.Fingerprint, w.Reason, w.Until, w.Expired, w.Cases})
	}
	return p
}

func jsonExcuseOf(x *rules.Excuse) *jsonExcuse {
	if x == nil {
		return nil
	}
	return &jsonExcuse{x.Kind.String(), x.Reason, x.Until}
}

func (r *Report) jsonFinding(f rules.Finding) jsonFinding {
	j := jsonFinding{
		Verdict: f.Verdict.String(), Severity: f.Severity.String(), Reason: f.Reason.String(),
		Excuse: jsonExcuseOf(f.Excuse), Fingerprint: Fingerprint(f),
		Frame: f.Frame, Time: stamp(f.Time), Client: f.Client, Server: f.Server,
		Clause: Citation(f.Rule, f.Standard), Message: f.Message, Detail: f.Detail, Names: r.namesOf(&f),
	}
	if f.Offset >= 0 {
		j.Offset = &f.Offset
	}
	if f.Message != "" {
		j.Record = f.Record
		if int(f.File) < len(r.Files) {
			j.File = r.Files[f.File].Name
		}
		if r.Secrets || !f.Secret {
			j.Bytes = hex.EncodeToString(f.Bytes)
		}
	}
	for _, x := range f.Related {
		j.Related = append(j.Related, jsonRef{x.Frame, stamp(x.Time)})
	}
	return j
}
