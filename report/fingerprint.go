package report

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"

	"plcscope/rules"
)

// Fingerprint names what a finding is about, so that the same defect in another
// capture has the same name: the rule, who broke it and how, without frames,
// times, counts and bytes.
func Fingerprint(f rules.Finding) string {
	who := f.Subject.Address
	if f.Subject.Name != "" {
		who = f.Subject.Name
	}
	h := sha256.New()
	for _, part := range []string{f.Rule.ID, f.Subject.Role.String(), who, f.Message, signature(f.Detail)} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// variable matches what differs between two captures of the same defect: spans of
// time, numbers with what hangs on them, bytes in hexadecimal.
var variable = regexp.MustCompile(`[0-9]+(\.[0-9]+)?(ns|µs|ms|s|m|h)?( (ns|µs|ms|s|min|h|minutes|hours))?\b|\b[0-9a-f]{2}\b|\b[0-9A-Za-z.]*[0-9][0-9A-Za-z.]*\b`)

// signature is a detail without what differs between captures. What stands in
// quotation marks, names and topics, is kept.
func signature(detail string) string {
	var b strings.Builder
	for detail != "" {
		open := strings.IndexByte(detail, '"')
		if open < 0 {
			open = len(detail)
		}
		b.WriteString(variable.ReplaceAllString(detail[:open], "#"))
		detail = detail[open:]
		if detail == "" {
			break
		}
		end := quoted(detail)
		b.WriteString(detail[:end])
		detail = detail[end:]
	}
	return b.String()
}

// quoted is the length of the quoted string that s begins with.
func quoted(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(s)
}
