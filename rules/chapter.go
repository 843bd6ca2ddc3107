package rules

import (
	"slices"
	"strings"
)

// Chapter is a page of the rule reference: rules about one packet or one topic.
type Chapter struct {
	Slug  string // of the page, "connect"
	Title string // "CONNECT"
}

// chapters are the pages in their order.
var chapters = []page{
	{Chapter{"format", "Packet format and strings"}, []string{"1", "2"}},
	{Chapter{"connect", "CONNECT"}, []string{"3.1"}},
	{Chapter{"connack", "CONNACK"}, []string{"3.2"}},
	{Chapter{"publish", "PUBLISH"}, []string{"3.3"}},
	{Chapter{"acknowledgements", "PUBACK, PUBREC, PUBREL, PUBCOMP"}, []string{"3.4", "3.5", "3.6", "3.7"}},
	{Chapter{"subscribe", "SUBSCRIBE and SUBACK"}, []string{"3.8", "3.9"}},
	{Chapter{"unsubscribe", "UNSUBSCRIBE and UNSUBACK"}, []string{"3.10", "3.11"}},
	{Chapter{"ping", "PINGREQ and PINGRESP"}, []string{"3.12", "3.13"}},
	{Chapter{"disconnect", "DISCONNECT"}, []string{"3.14"}},
	{Chapter{"authentication", "AUTH and enhanced authentication"}, []string{"3.15", "4.12"}},
	{Chapter{"session", "Session state"}, []string{"4.1"}},
	{Chapter{"delivery", "Quality of service, order and flow control"}, []string{"4.2", "4.3", "4.4", "4.5", "4.6", "4.9", "4.11"}},
	{Chapter{"topics", "Topic names, filters and subscriptions"}, []string{"4.7", "4.8", "4.10"}},
	{Chapter{"errors", "Handling of errors"}, []string{"4.13", "5", "7"}},
	{websocket, []string{"6"}},
	{Chapter{"iso-on-tcp", "ISO on TCP"}, nil},
	{Chapter{"s7comm", "S7 communication"}, nil},
	{field, nil},
	{Chapter{"site", "What a site lays down"}, nil},
}

var (
	websocket = Chapter{"websocket", "MQTT over WebSocket"}
	field     = Chapter{"field", "Experience with PLCs"}
)

// page is a chapter with the sections of the MQTT standards that it holds, by the
// numbers of 5.0, from which the earlier versions differ only in 4.8.
type page struct {
	Chapter
	sections []string
}

// Chapters returns the pages of the rule reference in their order.
func Chapters() []Chapter {
	l := make([]Chapter, len(chapters))
	for i, c := range chapters {
		l[i] = c.Chapter
	}
	return l
}

// Chapter returns the page of the rule reference that r stands on: that of the
// section of its first statement, in the newest version that has it.
func (r *Rule) Chapter() Chapter {
	prefix, _, _ := strings.Cut(r.ID, "-")
	switch prefix {
	case "iso":
		return chapterNamed("iso-on-tcp")
	case "s7":
		return chapterNamed("s7comm")
	case "site":
		return chapterNamed("site")
	case "ws":
		return websocket
	}
	for _, s := range []Standard{V5, V311, V31} {
		list := r.Clauses[s]
		if len(list) == 0 {
			continue
		}
		first := list[0]
		if i := slices.IndexFunc(list, func(x string) bool { return strings.HasPrefix(x, "MQTT-") }); i >= 0 {
			first = list[i]
		}
		return chapterOf(s, first)
	}
	return field
}

// chapterOf finds the chapter of "MQTT-3.1.0-2" or "§3.1".
func chapterOf(s Standard, statement string) Chapter {
	section, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(statement, "MQTT-"), "§"), "-")
	if s != V5 && (section == "4.8" || strings.HasPrefix(section, "4.8.")) {
		return chapterNamed("errors") // 5.0 has shared subscriptions there
	}
	for part := section; ; part = part[:strings.LastIndexByte(part, '.')] {
		for _, c := range chapters {
			if slices.Contains(c.sections, part) {
				return c.Chapter
			}
		}
		if !strings.Contains(part, ".") {
			return field
		}
	}
}

func chapterNamed(slug string) Chapter {
	return chapters[slices.IndexFunc(chapters, func(p page) bool { return p.Slug == slug })].Chapter
}

// Page is where the rule reference explains r, as a path within the project with
// an anchor: "docs/rules/connect.md#mqtt-connect-once".
func (r *Rule) Page() string { return "docs/rules/" + r.Chapter().Slug + ".md#" + r.ID }

// Related returns the other rules of a list that check a statement which r checks,
// in the order of the list.
func Related(list []*Rule, r *Rule) []*Rule {
	var l []*Rule
	for _, o := range list {
		if o.ID != r.ID && r.shares(o) {
			l = append(l, o)
		}
	}
	return l
}

// shares reports whether both rules check one numbered statement.
func (r *Rule) shares(o *Rule) bool {
	for s, list := range r.Clauses {
		for _, x := range list {
			if strings.HasPrefix(x, "MQTT-") && slices.Contains(o.Clauses[s], x) {
				return true
			}
		}
	}
	return false
}
