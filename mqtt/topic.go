package mqtt

import "bytes"

// FilterProblem is what CheckFilter finds.
type FilterProblem uint8

const (
	FilterOK     FilterProblem = iota
	FilterEmpty                // no character at all
	FilterNull                 // contains U+0000
	FilterMulti                // '#' is not the last level or not alone in it
	FilterSingle               // '+' is not alone in its level
	FilterShare                // begins with $share/ but names no group, a group with a wildcard, or no filter
)

func (p FilterProblem) String() string {
	switch p {
	case FilterEmpty:
		return "is empty"
	case FilterNull:
		return "contains U+0000"
	case FilterMulti:
		return "has '#' elsewhere than as the whole last level"
	case FilterSingle:
		return "has '+' that is not a whole level"
	case FilterShare:
		return "is no $share/group/filter"
	}
	return "ok"
}

// ValidTopicName reports whether b can be the topic of a PUBLISH or a will: not
// empty, no wildcard, no U+0000. See CheckString for its encoding.
func ValidTopicName(b []byte) bool {
	if len(b) == 0 {
		return false
	}
	for _, c := range b {
		if c == '#' || c == '+' || c == 0 {
			return false
		}
	}
	return true
}

// CheckFilter finds the first problem of a topic filter and its offset in b. The
// form $share/group/filter is checked as 5.0 lays it down; before 5.0 it is an
// ordinary filter, for which FilterShare means nothing.
func CheckFilter(b []byte) (offset int, problem FilterProblem) {
	if len(b) == 0 {
		return 0, FilterEmpty
	}
	if bytes.HasPrefix(b, sharePrefix) {
		group, filter, ok := SplitShare(b)
		if !ok {
			return 0, FilterShare
		}
		if offset, problem = checkLevels(filter); problem != FilterOK {
			offset += len(sharePrefix) + len(group) + 1
		}
		return offset, problem
	}
	return checkLevels(b)
}

func checkLevels(b []byte) (offset int, problem FilterProblem) {
	for i, c := range b {
		alone := (i == 0 || b[i-1] == '/') && (i+1 == len(b) || b[i+1] == '/')
		switch {
		case c == 0:
			return i, FilterNull
		case c == '#' && !(alone && i+1 == len(b)):
			return i, FilterMulti
		case c == '+' && !alone:
			return i, FilterSingle
		}
	}
	return 0, FilterOK
}

var sharePrefix = []byte("$share/")

// SplitShare cuts $share/group/filter into its parts. It reports false when b
// has not that form or the group is empty or contains a wildcard.
func SplitShare(b []byte) (group, filter []byte, ok bool) {
	rest, ok := bytes.CutPrefix(b, sharePrefix)
	if !ok {
		return nil, nil, false
	}
	group, filter, ok = bytes.Cut(rest, []byte{'/'})
	if !ok || len(group) == 0 || len(filter) == 0 || bytes.ContainsAny(group, "#+") {
		return nil, nil, false
	}
	return group, filter, true
}

// MatchTopic reports whether a topic name matches a filter, byte for byte. A
// filter that begins with a wildcard does not match a name that begins with '$'.
// Filter and name are taken to be valid; a shared subscription is matched by the
// filter that SplitShare returns.
func MatchTopic(filter, name []byte) bool {
	if len(filter) == 0 || len(name) == 0 {
		return false
	}
	if name[0] == '$' && (filter[0] == '+' || filter[0] == '#') {
		return false
	}
	f, n := 0, 0
	for {
		// At the start of a level of both.
		switch {
		case f < len(filter) && filter[f] == '#':
			return true
		case f < len(filter) && filter[f] == '+':
			f++
			for n < len(name) && name[n] != '/' {
				n++
			}
		default:
			for f < len(filter) && n < len(name) && filter[f] == name[n] && filter[f] != '/' {
				f++
				n++
			}
		}
		// Both levels must end here.
		fEnd, nEnd := f == len(filter), n == len(name)
		switch {
		case fEnd && nEnd:
			return true
		case nEnd: // "sport/#" matches "sport" too
			return filter[f] == '/' && f+2 == len(filter) && filter[f+1] == '#'
		case fEnd || filter[f] != '/' || name[n] != '/':
			return false
		}
		f++
		n++
	}
}
