package profile

import (
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"plcscope/flows/bridge"
	"plcscope/flows/delivery"
	"plcscope/rules"
	"plcscope/rules/siterules"
)

// FileName is what a profile is called that is found in the working directory.
const FileName = "plcscope.yaml"

// Profile is what a site says of itself. The zero value says nothing.
type Profile struct {
	File       string // its name, as it was given
	Subjects   []Subject
	Tolerances Tolerances
	Severity   map[string]Severity // by rule
	Waivers    []Waiver
	Policy     siterules.Policy
	Replies    []delivery.Pattern // which topic answers which
	Values     []bridge.Mapping   // which value of a controller is published where
	Symbols    []Symbols          // files that name the data of controllers

	rules []word // all that are named, in the order of the file
	text  string
}

// Subject is a partner that has a name at the site. Of what is given, all must fit.
type Subject struct {
	Name      string
	Addresses []netip.Prefix // one of them holds the IP address; nil: any
	ClientIDs []string       // one of these globs (* and ?) fits the MQTT client identifier; nil: any

	globs []*regexp.Regexp
}

// Is reports whether s is this subject.
func (x *Subject) Is(s *rules.Subject) bool {
	if len(x.Addresses) > 0 {
		addr, ok := addressOf(s.Address)
		if !ok || !slices.ContainsFunc(x.Addresses, func(p netip.Prefix) bool { return p.Contains(addr) }) {
			return false
		}
	}
	return len(x.globs) == 0 || s.Protocol == rules.MQTT && s.Role == rules.Client && s.Name != "" &&
		slices.ContainsFunc(x.globs, func(g *regexp.Regexp) bool { return g.MatchString(s.Name) })
}

// addressOf reads the address of a subject, which may end with a port.
func addressOf(s string) (netip.Addr, bool) {
	if p, err := netip.ParseAddrPort(s); err == nil {
		return p.Addr().Unmap(), true
	}
	a, err := netip.ParseAddr(s)
	return a.Unmap(), err == nil
}

// Label is the name of the first subject that s is, or "".
func (p *Profile) Label(s *rules.Subject) string {
	for i := range p.Subjects {
		if p.Subjects[i].Is(s) {
			return p.Subjects[i].Name
		}
	}
	return ""
}

// Tolerances are how much partners are granted; 0 stands for the default of who asks.
type Tolerances struct {
	Answer              time.Duration // until an answer counts as missing
	Close               time.Duration // until a connection that is to be closed counts as left open
	KeepAliveClient     time.Duration // by which a client may overstep its keep alive
	KeepAliveServer     time.Duration // by which a server may overstep one and a half times the keep alive
	Resend              time.Duration // until who resumes a session must have sent again what was open
	RefusedSubscription time.Duration // until a client must have done something about a refused filter
	ReconnectStorm      Storm         // CONNECT packets of one client
	ClientIDQuarrel     Storm         // take-overs between two hosts
	PingsTooEarly       int           // in a row
	Sessions            int           // remembered without a connection
	S7GiveUp            time.Duration // after which a client that sends another job has given up the one before
	Reply               time.Duration // until a reply over topics is late
	DeliveryWindow      time.Duration // a message may take from publisher to subscriber
	DeliveryResend      time.Duration // a client that is back may take to send again
}

// Symbols names files with symbols, as --symbols does.
type Symbols struct {
	Controller netip.Addr // that they are for; the zero Addr stands for all
	Pattern    string     // name of a file; * and ? may stand for more
}

// Storm is how many events within a time are too many.
type Storm struct {
	Count  int
	Within time.Duration
}

// Severity is what a rule weighs at this site.
type Severity struct {
	Weight rules.Severity
	Off    bool // the rule is not judged at all
}

// Weigh is for rules.Terms.
func (p *Profile) Weigh(r *rules.Rule) (rules.Severity, bool) {
	if s, ok := p.Severity[r.ID]; ok {
		if s.Off {
			return r.Severity, true
		}
		return s.Weight, false
	}
	return r.Severity, false
}

// Waiver lets findings pass for a time.
type Waiver struct {
	Rule        string
	Whom        *Subject // nil: everybody
	Fingerprint string   // "": any
	Reason      string
	Expires     string // the last day, "2026-12-31"

	at place
}

// Expired reports whether the waiver's last day lies before a day, "2026-12-31".
func (w *Waiver) Expired(today string) bool { return w.Expires < today }

// About says whom the waiver is for, in words: "press7"; "" for everybody.
func (w *Waiver) About() string {
	if w.Whom == nil {
		return ""
	}
	return w.Whom.String()
}

// String is the name of the subject, or what identifies it.
func (x *Subject) String() string {
	if x.Name != "" {
		return x.Name
	}
	l := slices.Clone(x.ClientIDs)
	for _, a := range x.Addresses {
		l = append(l, prefixText(a))
	}
	return strings.Join(l, ", ")
}

func prefixText(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}

// Find is the name of the profile to use when none is given: plcscope.yaml in the
// working directory, or "".
func Find() string {
	if st, err := os.Stat(FileName); err == nil && st.Mode().IsRegular() {
		return FileName
	}
	return ""
}

// Read reads a profile, and the JSON schemas that it names. What is wrong with its
// content comes as Errors.
func Read(name string) (*Profile, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return Parse(name, string(text), os.DirFS(filepath.Dir(name)).Open)
}
