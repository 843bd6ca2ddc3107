package profile

import (
	"cmp"
	"io/fs"
	"net/netip"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"plcscope/flows/delivery"
	"plcscope/internal/near"
	"plcscope/rules"
)

// builder makes a Profile of what was read.
type builder struct {
	*decoder
	p    *Profile
	open func(name string) (fs.File, error) // of schemas, relative to the profile
}

// Parse reads the text of a profile. Its name stands in messages; open opens the
// JSON schemas that it names, whose paths are relative to it.
func Parse(name, text string, open func(string) (fs.File, error)) (*Profile, error) {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text) // YAML ends lines by any of them
	d := &decoder{name: name, text: text}
	var f file
	d.document(&f)
	b := &builder{decoder: d, p: &Profile{File: name, text: text}, open: open}
	if len(d.errs) == 0 {
		b.build(&f)
	}
	if len(d.errs) > 0 {
		slices.SortStableFunc(d.errs, func(a, b *Error) int { return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column)) })
		return nil, d.errs
	}
	return b.p, nil
}

func (b *builder) build(f *file) {
	switch f.Version {
	case 1:
	case 0:
		b.errorf(place{}, "the profile has no version; this program reads version: 1")
	default:
		b.errorf(place{}, "version %d is not known; this program reads version: 1", f.Version)
	}
	for i := range f.Subjects {
		b.subject(&f.Subjects[i])
	}
	b.tolerances(&f.Tolerances)
	b.severity(f.Severity)
	for i := range f.Waivers {
		b.waiver(&f.Waivers[i])
	}
	b.site(&f.Site)
	if len(f.Replies) > delivery.MaxPatterns {
		b.errorf(f.Replies[delivery.MaxPatterns].At, "at most %d patterns of replies", delivery.MaxPatterns)
	}
	for _, w := range f.Replies {
		if p, err := delivery.ParsePattern(w.Text); err != nil {
			b.errorf(w.At, "%v", err)
		} else {
			b.p.Replies = append(b.p.Replies, p)
		}
	}
	for _, w := range f.Symbols {
		b.symbols(w)
	}
	b.values(f.Values)
	slices.SortFunc(b.p.rules, func(x, y word) int {
		return cmp.Or(cmp.Compare(x.At.line, y.At.line), cmp.Compare(x.At.column, y.At.column))
	})
}

// symbols reads FILE or ADDRESS=FILE; the name of a file is relative to the profile.
func (b *builder) symbols(w word) {
	x := Symbols{Pattern: w.Text}
	if addr, name, ok := strings.Cut(w.Text, "="); ok {
		if a, err := netip.ParseAddr(addr); err == nil {
			x.Controller, x.Pattern = a.Unmap(), name
		}
	}
	if x.Pattern == "" {
		b.errorf(w.At, "symbols name a file, or ADDRESS=FILE for one controller")
		return
	}
	if !filepath.IsAbs(x.Pattern) {
		x.Pattern = filepath.Join(filepath.Dir(b.p.File), x.Pattern)
	}
	b.p.Symbols = append(b.p.Symbols, x)
}

func (b *builder) subject(s *subject) {
	x := Subject{Name: s.Name.Text}
	switch {
	case x.Name == "":
		b.errorf(s.At, "a subject has a name")
	case b.named(x.Name) != nil:
		b.errorf(s.Name.At, "two subjects are called %q", x.Name)
	case len(s.Addresses) == 0 && len(s.ClientIDs) == 0:
		b.errorf(s.At, "a subject has addresses, client-ids or both: what it is known by")
	}
	for _, w := range s.Addresses {
		if p, ok := b.prefix(w); ok {
			x.Addresses = append(x.Addresses, p)
		}
	}
	for _, w := range s.ClientIDs {
		if w.Text == "" {
			b.errorf(w.At, "an empty client identifier fits nobody")
			continue
		}
		x.ClientIDs = append(x.ClientIDs, w.Text)
	}
	x.compile()
	b.p.Subjects = append(b.p.Subjects, x)
}

// compile makes the globs ready.
func (x *Subject) compile() {
	for _, g := range x.ClientIDs {
		expr := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(g))
		x.globs = append(x.globs, regexp.MustCompile(`(?s)\A`+expr+`\z`))
	}
}

func (b *builder) named(name string) *Subject {
	i := slices.IndexFunc(b.p.Subjects, func(x Subject) bool { return x.Name == name })
	if i < 0 {
		return nil
	}
	return &b.p.Subjects[i]
}

// prefix reads an address or a network.
func (b *builder) prefix(w word) (netip.Prefix, bool) {
	p, ok := parsePrefix(w.Text)
	if !ok {
		b.errorf(w.At, "%q is no IP address and no network such as 10.0.0.0/24", w.Text)
	}
	return p, ok
}

func parsePrefix(s string) (netip.Prefix, bool) {
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(s)
	return p.Masked(), err == nil
}

// choose reads a selector, which is nil for everybody.
func (b *builder) choose(s *selector) *Subject {
	switch {
	case s.At.line == 0:
		return nil
	case s.Subject.set() && (s.Address.set() || s.ClientID.set()):
		b.errorf(s.At, "a subject is named, or chosen by address and client-id: not both")
	case s.Subject.set():
		if x := b.named(s.Subject.Text); x != nil {
			return x
		}
		if p, ok := parsePrefix(s.Subject.Text); ok {
			return &Subject{Addresses: []netip.Prefix{p}}
		}
		var names []string
		for i := range b.p.Subjects {
			names = append(names, b.p.Subjects[i].Name)
		}
		hint := "; no subject is defined"
		if len(names) > 0 {
			hint = "; near it: " + strings.Join(near.Names(s.Subject.Text, names, 2), ", ")
		}
		b.errorf(s.Subject.At, "%q is no address and no name under subjects%s. A client identifier is written {client-id: %s}", s.Subject.Text, hint, s.Subject.Text)
	case !s.Address.set() && !s.ClientID.set():
		b.errorf(s.At, "say whom: subject, address or client-id")
	default:
		x := &Subject{}
		if s.Address.set() {
			if p, ok := b.prefix(s.Address); ok {
				x.Addresses = []netip.Prefix{p}
			}
		}
		if s.ClientID.set() {
			x.ClientIDs = []string{s.ClientID.Text}
		}
		x.compile()
		return x
	}
	return nil
}

func (b *builder) tolerances(t *tolerances) {
	span := func(d duration) time.Duration { return time.Duration(d.ns) }
	storms := func(s storm) Storm { return Storm{s.Count, span(s.Within)} }
	b.p.Tolerances = Tolerances{
		Answer: span(t.Answer), Close: span(t.Close),
		KeepAliveClient: span(t.KeepAliveClient), KeepAliveServer: span(t.KeepAliveServer),
		Resend: span(t.Resend), RefusedSubscription: span(t.Refused),
		ReconnectStorm: storms(t.Storm), ClientIDQuarrel: storms(t.Quarrel), PingsTooEarly: t.Pings, Sessions: t.Sessions,
		S7GiveUp: span(t.S7GiveUp), Reply: span(t.Reply), DeliveryWindow: span(t.Window), DeliveryResend: span(t.Return),
	}
}

func (b *builder) severity(m map[word]word) {
	b.p.Severity = map[string]Severity{}
	for rule, w := range m {
		b.p.rules = append(b.p.rules, rule)
		if w.Text == "off" {
			b.p.Severity[rule.Text] = Severity{Off: true}
			continue
		}
		s, err := rules.ParseSeverity(w.Text)
		if err != nil {
			b.errorf(w.At, "%q is no severity; info, warning, error and off are", w.Text)
		}
		b.p.Severity[rule.Text] = Severity{Weight: s}
	}
}

func (b *builder) waiver(w *waiver) {
	x := Waiver{Rule: w.Rule.Text, Fingerprint: w.Fingerprint.Text, Reason: strings.TrimSpace(w.Reason.Text), Expires: w.Expires.Text, at: w.At}
	if x.Rule == "" {
		b.errorf(w.At, "a waiver names its rule")
	} else {
		b.p.rules = append(b.p.rules, w.Rule)
	}
	if w.Fingerprint.set() && !fingerprint.MatchString(x.Fingerprint) {
		b.errorf(w.Fingerprint.At, "a fingerprint is 32 digits of hexadecimal, as the JSON report and the baseline show it")
	}
	if x.Reason == "" {
		b.errorf(w.At, "a waiver has a reason: who reads the report will ask")
	}
	switch _, err := time.Parse(time.DateOnly, x.Expires); {
	case !w.Expires.set():
		b.errorf(w.At, "a waiver expires: give its last day, as in expires: 2026-12-31")
	case err != nil:
		b.errorf(w.Expires.At, "%q is no date such as 2026-12-31", x.Expires)
	}
	x.Whom = b.choose(&w.For)
	b.p.Waivers = append(b.p.Waivers, x)
}

var fingerprint = regexp.MustCompile(`\A[0-9a-f]{32}\z`)
