package report

import "plcscope/rules"

// ofFile says which file a finding is in, where frames of several captures have the same
// numbers: " of ring_1.pcapng".
func (r *Report) ofFile(f rules.Finding) string {
	if !r.Merged || int(f.File) >= len(r.Files) {
		return ""
	}
	return " of " + Clean(r.Files[f.File].Name)
}
