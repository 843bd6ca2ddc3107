package tui

import (
	"slices"

	"plcscope/decode/filter"
	"plcscope/flows/frames"
	"plcscope/flows/index"
	"plcscope/internal/wire"
	"plcscope/rules"
	"plcscope/tui/scope"
)

// evidence are the rules that frames have broken for certain.
type evidence map[uint64][]frames.Evidence

func evidenceOf(v *scope.Verdicts) evidence {
	e := evidence{}
	for i := range v.Findings {
		if f := &v.Findings[i]; f.Verdict == rules.Fail && f.Frame != 0 {
			e[f.Frame] = append(e[f.Frame], frames.Evidence{Rule: []byte(f.Rule.ID), Severity: []byte(f.Severity.String())})
		}
	}
	return e
}

func (e evidence) of(frame uint64) []frames.Evidence { return e[frame] }

// own returns what adds the fields of frames that the index tells without an analysis:
// the rules and the connection. It is false when the filter looks at others, or when
// there is none to wait for: while connections come up, only the analysis tells them
// in time.
func (a *App) own(f *filter.Filter, data bool) (func(index.Frame, *wire.Tree), bool) {
	if data {
		return nil, false
	}
	if index.Simple(f) {
		return nil, true
	}
	ix := a.scope.Index
	p := ix.Progress()
	mine := []*wire.Field{frames.Rule, frames.Severity, frames.Stream}
	rest := slices.DeleteFunc(slices.Clone(f.Fields()), func(x *wire.Field) bool { return slices.Contains(mine, x) })
	if !p.Done || p.Lost.Conns > 0 || !index.Known(rest) {
		return nil, false
	}
	judged := evidenceOf(&a.scope.Latest().Verdicts)
	rule, severity, stream := uses(f, frames.Rule), uses(f, frames.Severity), uses(f, frames.Stream)
	var streams []uint64 // by connection
	if stream {
		for _, c := range ix.Conns(nil) {
			for uint32(len(streams)) <= c.Conn {
				streams = append(streams, 0)
			}
			streams[c.Conn] = c.Stream
		}
	}
	return func(x index.Frame, t *wire.Tree) {
		if stream && x.Conn < uint32(len(streams)) {
			t.Uint(frames.Stream, 0, 0, streams[x.Conn])
		}
		for _, e := range judged[x.Number] {
			if rule {
				t.Data(frames.Rule, 0, e.Rule)
			}
			if severity {
				t.Data(frames.Severity, 0, e.Severity)
			}
		}
	}, true
}
