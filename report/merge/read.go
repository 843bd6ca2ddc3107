package merge

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"plcscope/report"
	"plcscope/rules"
)

// maxReport bounds the bytes that are read of one report.
const maxReport = 1 << 30

// What is read of a report; docs/schema/check.schema.json tells of it.
type (
	readFile struct {
		Name   string
		Format string
		Frames uint64
	}
	readFilter struct {
		Text   string
		Chosen uint32 `json:"connections_judged"`
	}
	readCapture struct {
		Frames      uint64
		First, Last time.Time
		Segments    uint64 `json:"tcp_segments"`
		Connections uint64 `json:"tcp_connections"`
		MQTT        uint64 `json:"mqtt_packets"`
		ISO         uint64 `json:"iso_pdus"`
		Malformed   uint64
	}
	readProfile struct {
		File    string
		Off     []string `json:"switched_off"`
		Weighed []struct {
			Rule string
			Here string
		} `json:"severity"`
		Waivers []struct {
			Rule, Subject, Fingerprint, Reason, Until string
			Expired                                   bool
			Cases                                     uint64
		}
	}
	readBaseline struct {
		File       string
		Known, New uint64
		Gone       []report.BaselineEntry
	}
	readExcuse struct{ Kind, Reason, Until string }
	readRef    struct {
		Frame uint64
		Time  time.Time
	}
	readSubject struct {
		Protocol, Role, Address string
		ClientID                string `json:"client_id"`
		Name                    string
		Results                 []readResult
	}
	readResult struct {
		Rule, Title, Severity, Verdict, Reason, Why, Fix string
		Own                                              string `json:"catalogue_severity"`
		Exercised, Failed, Excused, Inconclusive         uint64
		Excuse                                           *readExcuse
		Clauses                                          map[string][]string
		Findings                                         []readFinding
	}
	readFinding struct {
		Verdict, Severity, Reason, Fingerprint string
		Excuse                                 *readExcuse
		readRef
		File           string
		Record         int64 `json:"record_offset"`
		Client, Server string
		Clause         string
		Message        string
		Offset         *int
		Bytes          string
		Detail         string
		Names          string
		Related        []readRef
	}
)

// Add takes in a report that check has written as JSON. The name is for messages. After an
// error nothing is worth anything.
func (m *Merger) Add(r io.Reader, name string) error {
	limited := &io.LimitedReader{R: r, N: maxReport + 1}
	m.name = name
	err := m.read(json.NewDecoder(limited))
	switch {
	case limited.N <= 0:
		err = fmt.Errorf("it is larger than %d MB", maxReport>>20)
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		err = errors.New("it ends in the middle")
	}
	if err != nil {
		return fmt.Errorf("report %s: %w", name, err)
	}
	if err := m.chose(); err != nil {
		return fmt.Errorf("report %s: %w", name, err)
	}
	m.reports++
	return nil
}

// read goes through the members of a report, its subjects one by one.
func (m *Merger) read(d *json.Decoder) error {
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return unless(err, "it is no JSON object: write it with check --format json")
	}
	m.begin()
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		if err := m.member(d, key.(string)); err != nil { // the key of an object is a string
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows the JSON document")
	}
	if !m.known {
		return errors.New("it does not say what it is: write it with check --format json")
	}
	return nil
}

// unless is err where reading has failed, and else text.
func unless(err error, text string) error {
	if err != nil && !errors.Is(err, io.EOF) && !errors.As(err, new(*json.SyntaxError)) {
		return err
	}
	return errors.New(text)
}

func (m *Merger) member(d *json.Decoder, key string) error {
	switch key {
	case "schema":
		var s string
		if err := d.Decode(&s); err != nil {
			return err
		}
		if m.known = s == report.SchemaVersion; !m.known {
			return fmt.Errorf("schema %q is not known; %s is", s, report.SchemaVersion)
		}
		return nil
	case "fail_on":
		return decode(d, func(s *string) error { return m.failOn(*s) })
	case "interrupted":
		return decode(d, func(b *bool) error { m.out.Interrupted = m.out.Interrupted || *b; return nil })
	case "filter":
		return decode(d, func(f *readFilter) error { m.filter = *f; return nil })
	case "files":
		return decode(d, m.files)
	case "notes":
		return decode(d, m.notes)
	case "capture":
		return decode(d, m.capture)
	case "profile":
		return decode(d, m.profile)
	case "baseline":
		return decode(d, m.baseline)
	case "delivery":
		return decode(d, m.delivery)
	case "subjects":
		if t, err := d.Token(); err != nil || t != json.Delim('[') {
			return unless(err, "its subjects are no list")
		}
		for d.More() {
			if err := decode(d, m.subject); err != nil {
				return err
			}
		}
		_, err := d.Token()
		return err
	}
	var skipped json.RawMessage
	return d.Decode(&skipped)
}

// decode reads a value and hands it to take.
func decode[T any](d *json.Decoder, take func(*T) error) error {
	var v T
	if err := d.Decode(&v); err != nil {
		return err
	}
	return take(&v)
}

// result checks a result and makes it one of ours.
func (r *readResult) result() (rules.Result, error) {
	x := rules.Result{Exercised: r.Exercised, Failed: r.Failed, Excused: r.Excused, Inconclusive: r.Inconclusive}
	wrong := func(format string, args ...any) (rules.Result, error) {
		return x, fmt.Errorf("rule %q: %s", r.Rule, fmt.Sprintf(format, args...))
	}
	var err error
	if x.Severity, err = rules.ParseSeverity(r.Severity); err != nil {
		return wrong("%v", err)
	}
	switch {
	case r.Rule == "":
		return wrong("it has no name")
	case x.Excused > x.Failed:
		return wrong("%d cases are excused of %d", x.Excused, x.Failed)
	case verdict(&x).String() != r.Verdict:
		return wrong("the verdict is %q, and its counts say %s", r.Verdict, verdict(&x))
	}
	if r.Reason != "" {
		var ok bool
		if x.Reason, ok = rules.ParseReason(r.Reason); !ok {
			return wrong("the reason %q is not known", r.Reason)
		}
	}
	x.Excuse = r.Excuse.excuse()
	return x, nil
}

// verdict is the one that counts make.
func verdict(x *rules.Result) rules.Verdict {
	switch {
	case x.Failed > 0:
		return rules.Fail
	case x.Inconclusive > 0:
		return rules.Inconclusive
	case x.Exercised > 0:
		return rules.Pass
	}
	return rules.NotExercised
}

func (e *readExcuse) excuse() *rules.Excuse {
	switch {
	case e == nil:
		return nil
	case e.Kind == rules.Known.String():
		return &rules.Excuse{Kind: rules.Known}
	}
	return &rules.Excuse{Kind: rules.Waived, Reason: e.Reason, Until: e.Until}
}

// maxEvidence bounds the bytes of a message that are kept.
const maxEvidence = 64

// finding makes a finding one of ours; rule is the one that it is about.
func (f *readFinding) finding(rule *rules.Rule) (rules.Finding, error) {
	x := rules.Finding{
		Excuse: f.Excuse.excuse(), Ref: f.readRef.ref(), Standard: standard(rule, f.Clause),
		Client: f.Client, Server: f.Server, Detail: f.Detail, Message: f.Message, Offset: -1, Record: f.Record,
	}
	var err error
	if x.Severity, err = rules.ParseSeverity(f.Severity); err != nil {
		return x, err
	}
	switch f.Verdict {
	case rules.Fail.String():
		x.Verdict = rules.Fail
	case rules.Inconclusive.String():
		x.Verdict = rules.Inconclusive
	default:
		return x, fmt.Errorf("a finding has the verdict %q", f.Verdict)
	}
	var ok bool
	if x.Reason, ok = rules.ParseReason(f.Reason); !ok {
		return x, fmt.Errorf("the reason %q is not known", f.Reason)
	}
	if f.Offset != nil && *f.Offset >= 0 {
		x.Offset = *f.Offset
	}
	if x.Bytes, err = hex.DecodeString(f.Bytes[:min(len(f.Bytes), 2*maxEvidence)]); err != nil {
		return x, fmt.Errorf("the bytes of a finding: %w", err)
	}
	x.Secret = f.Message != "" && f.Bytes == ""
	for _, r := range f.Related {
		x.Related = append(x.Related, r.ref())
	}
	return x, nil
}

func (r readRef) ref() rules.Ref {
	if r.Time.IsZero() {
		return rules.Ref{Frame: r.Frame}
	}
	return rules.Ref{Frame: r.Frame, Time: r.Time.UnixNano()}
}

// standard is the one by which a finding cites its clause.
func standard(rule *rules.Rule, clause string) rules.Standard {
	for _, s := range rule.Clauses.Standards() {
		if report.Citation(rule, s) == clause {
			return s
		}
	}
	return 0
}
