package s7rules

import (
	"slices"

	"plcscope/flows"
	"plcscope/rules"
	"plcscope/s7comm"
)

// transfers are the block transfers of a connection.
type transfers struct {
	download rules.Ref // the answer that has permitted a download, zero after its end
	active   bool
	uploads  [8]uint32 // identifiers of those that are open
	open     int
	more     bool // further ones were open than are remembered
}

// answered takes in the answer to a job of block transfer.
func (t *transfers) answered(m *flows.Message) {
	p := m.PDU
	failed := p.S7.Error != 0
	switch p.Function {
	case s7comm.FunctionRequestDownload:
		if !failed {
			t.download, t.active = ref(m), true
		}
	case s7comm.FunctionDownloadEnded:
		t.active = false
	case s7comm.FunctionStartUpload:
		switch {
		case failed:
		case t.open < len(t.uploads):
			t.uploads[t.open] = p.Block.UploadID
			t.open++
		default:
			t.more = true
		}
	}
}

func (t *transfers) uploading(id uint32) bool {
	return t.more || slices.Contains(t.uploads[:t.open], id)
}

func (t *transfers) end(id uint32) {
	for i, x := range t.uploads[:t.open] {
		if x == id {
			t.open--
			t.uploads[i] = t.uploads[t.open]
			return
		}
	}
}

var blockDirection = &Rule{
	Rule: rules.Rule{
		ID:        "s7-block-direction",
		Clauses:   rules.Clauses{rules.S7: {"block transfer"}},
		Role:      rules.Client,
		Severity:  rules.Error,
		Needs:     rules.Packet,
		Title:     "Download block and Download ended are jobs of the controller",
		Exercised: "Download block or Download ended is sent.",
		Why:       "In a download the roles are turned: after Request download the controller fetches the block piece by piece. Nobody answers a client that pushes it.",
		Fix:       "Answer the controller's jobs 1B with the pieces and its 1C with an empty answer.",
	},
	On: on(fromBoth, jobBlock),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		switch m.PDU.Function {
		case s7comm.FunctionDownloadBlock, s7comm.FunctionDownloadEnded:
		default:
			return
		}
		if !c.Flow.ClientCertain() {
			return
		}
		r.Exercised()
		if m.FromClient {
			r.Violation(m, "Job %s sent by the client", m.PDU.Function)
		}
	},
}

var blockOrder = &Rule{
	Rule: rules.Rule{
		ID:        "s7-block-order",
		Clauses:   rules.Clauses{rules.S7: {"block transfer"}},
		Role:      rules.Both,
		Severity:  rules.Error,
		Needs:     rules.Connection,
		Title:     "A block transfer begins before its pieces are asked for",
		Exercised: "A piece of a block is asked for, or a transfer is ended.",
		Why:       "The other side refuses with 0x8401 (service sequence), and the block is incomplete.",
		Fix:       "Download: 1A, then the controller's 1B and 1C. Upload: 1D, then 1E and 1F with the identifier from its answer.",
	},
	On: on(fromBoth, jobBlock),
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		p, t := m.PDU, &c.blocks
		switch p.Function {
		case s7comm.FunctionDownloadBlock, s7comm.FunctionDownloadEnded:
			if m.FromClient { // the direction is wrong, too
				return
			}
			r.Exercised()
			if !t.active {
				r.Related(t.download).Violation(m, "%s of %s, but no download is under way", p.Function, p.Block.Name)
			}
		case s7comm.FunctionUpload, s7comm.FunctionEndUpload:
			r.Exercised()
			if !t.uploading(p.Block.UploadID) {
				r.Violation(m, "%s with identifier %d, which no answer to Start upload has given", p.Function, p.Block.UploadID)
			}
			if p.Function == s7comm.FunctionEndUpload {
				t.end(p.Block.UploadID)
			}
		}
	},
}
