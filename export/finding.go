package export

import (
	"bytes"

	"plcscope/report"
	"plcscope/rules"
)

// Finding is one case of a rule that was broken, or that looks broken.
type Finding struct {
	At
	Rule         string  `parquet:"rule,dict" json:"rule" doc:"identifier of the rule"`
	Verdict      string  `parquet:"verdict,dict" json:"verdict" doc:"fail, or inconclusive where the capture cannot decide"`
	Severity     string  `parquet:"severity,dict" json:"severity" doc:"error, warning or info"`
	Why          string  `parquet:"why,optional,dict" json:"why,omitzero" doc:"why it is inconclusive"`
	Excuse       string  `parquet:"excuse,optional,dict" json:"excuse,omitzero" doc:"why it does not count: a waiver of the profile, or the baseline"`
	Fingerprint  string  `parquet:"fingerprint,dict" json:"fingerprint" doc:"the same for the same defect in another capture"`
	Protocol     string  `parquet:"protocol,dict" json:"protocol" doc:"MQTT or S7"`
	Role         string  `parquet:"role,dict" json:"role" doc:"of who is judged: client or server"`
	Address      string  `parquet:"address,dict" json:"address" doc:"its IP address; a server also has a port"`
	ClientID     string  `parquet:"client_id,optional,dict" json:"client_id,omitzero" doc:"its MQTT client identifier, when it is known"`
	Label        string  `parquet:"label,optional,dict" json:"label,omitzero" doc:"what the profile calls it"`
	Client       string  `parquet:"client,optional,dict" json:"client,omitzero" doc:"client end of the connection, address and port"`
	Server       string  `parquet:"server,optional,dict" json:"server,omitzero" doc:"server end of the connection"`
	Clause       string  `parquet:"clause,optional,dict" json:"clause,omitzero" doc:"what was broken, in the version of the connection"`
	Message      string  `parquet:"message,optional,dict" json:"message,omitzero" doc:"kind of the message that it is about"`
	Detail       string  `parquet:"detail" json:"detail" doc:"what was seen, in words"`
	Offset       *int64  `parquet:"offset,optional" json:"offset,omitzero" doc:"of the offending byte in the message"`
	RecordOffset *int64  `parquet:"record_offset,optional" json:"record_offset,omitzero" doc:"of the frame's record in its (unpacked) file"`
	Evidence     []byte  `parquet:"evidence,optional" json:"evidence,omitzero" doc:"the first bytes of the message, unless they may hold a password"`
	Related      []int64 `parquet:"related,list,optional" json:"related,omitzero" doc:"earlier frames that matter"`
}

func (r *Finding) size() int { return 300 + len(r.Detail) + len(r.Evidence) + 8*len(r.Related) }

// maxEvidence bounds the bytes of a message that stand in a row.
const maxEvidence = 64

// Finding takes in a case as the book records it. Suspicions that the book only counts
// have no words and no row.
func (e *Exporter) Finding(f *rules.Finding) {
	if f.Detail == "" {
		return
	}
	r := &e.rowFinding
	*r = Finding{
		At:   At{Time: stamp(f.Time), TimeNs: f.Time, Tap: e.opt.Tap, Frame: int64(f.Frame)},
		Rule: f.Rule.ID, Verdict: f.Verdict.String(), Severity: f.Severity.String(), Why: f.Reason.String(),
		Fingerprint: report.Fingerprint(*f),
		Protocol:    f.Subject.Protocol.String(), Role: f.Subject.Role.String(), Address: f.Subject.Address,
		ClientID: text([]byte(f.Subject.Name)), Label: text([]byte(f.Subject.Label)), Client: f.Client, Server: f.Server,
		Clause: report.Citation(f.Rule, f.Standard), Message: f.Message, Detail: text([]byte(f.Detail)),
	}
	if f.Excuse != nil {
		r.Excuse = text([]byte(f.Excuse.String()))
	}
	if f.Offset >= 0 {
		r.Offset = number(f.Offset)
	}
	if f.Message != "" {
		r.File, r.RecordOffset = e.file(f.File), number(f.Record)
		if !f.Secret {
			r.Evidence = bytes.Clone(f.Bytes[:min(len(f.Bytes), maxEvidence)])
		}
	}
	for _, x := range f.Related {
		r.Related = append(r.Related, int64(x.Frame))
	}
	e.tables.findings.put(r)
}
