package profile

import (
	"math"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"plcscope/internal/near"
	"plcscope/mqtt"
	"plcscope/rules/siterules"
)

// site maps what the site has laid down for itself onto a policy.
func (b *builder) site(s *site) {
	for i := range s.MQTT {
		m := &s.MQTT[i]
		x := siterules.MQTT{
			KeepAlive: b.span(m.KeepAlive), AckLatency: b.span(m.AckLatency), Publish: b.publishes(m.Publish), Subscribe: b.filters(m.Subscribe),
		}
		if m.ClientID.set() {
			x.ClientID = b.expression(m.ClientID)
		}
		for _, whom := range b.whom(m.For, true) {
			x.For = whom
			b.p.Policy.MQTT = append(b.p.Policy.MQTT, x)
		}
	}
	for i := range s.S7 {
		m := &s.S7[i]
		x := siterules.S7{Answer: b.span(m.Answer)}
		if m.Hosts != nil {
			x.Hosts = []netip.Prefix{}
		}
		for _, w := range m.Hosts {
			if whom := b.choose(&selector{At: w.At, Subject: w}); whom != nil {
				if len(whom.Addresses) == 0 {
					b.errorf(w.At, "subject %q has no address, and hosts are known by nothing else", w.Text)
				}
				x.Hosts = append(x.Hosts, whom.Addresses...)
			}
		}
		x.Functions = b.functions(m.Functions)
		if m.Writable != nil {
			x.Writable = []siterules.Range{}
		}
		for _, w := range m.Writable {
			r, err := parseRange(w.Text)
			if err != nil {
				b.errorf(w.At, "%v", err)
			}
			x.Writable = append(x.Writable, r)
		}
		for _, whom := range b.whom(m.For, false) {
			x.For = whom
			b.p.Policy.S7 = append(b.p.Policy.S7, x)
		}
	}
}

// whom are the selectors of a part of the policy, one that chooses everybody when
// none is given.
func (b *builder) whom(l []selector, names bool) []siterules.Selector {
	if len(l) == 0 {
		return []siterules.Selector{{}}
	}
	var out []siterules.Selector
	for i := range l {
		x := b.choose(&l[i])
		if x == nil {
			continue // which was told
		}
		s := siterules.Selector{Name: x.Name, Addresses: x.Addresses}
		if names {
			s.ClientIDs = x.ClientIDs
		} else if len(x.Addresses) == 0 {
			b.errorf(l[i].At, "an S7 controller is chosen by its address")
		}
		out = append(out, s)
	}
	return out
}

func (b *builder) publishes(l []publish) []siterules.Publish {
	if l == nil {
		return nil
	}
	out := []siterules.Publish{}
	for i := range l {
		p := &l[i]
		x := siterules.Publish{Topic: p.Topic.Text, Retain: p.Retain, Interval: b.span(p.Interval), Payload: b.payload(&p.Payload)}
		if !p.Topic.set() {
			b.errorf(p.At, "topic is missing; # stands for all")
		} else {
			b.filter(p.Topic)
		}
		for _, q := range p.QoS {
			if q > 2 {
				b.errorf(p.At, "QoS %d does not exist; 0, 1 and 2 do", q)
			}
			x.QoS = append(x.QoS, mqtt.QoS(q))
		}
		out = append(out, x)
	}
	return out
}

func (b *builder) filters(l []word) []string {
	if l == nil {
		return nil
	}
	out := []string{}
	for _, w := range l {
		b.filter(w)
		out = append(out, w.Text)
	}
	return out
}

func (b *builder) filter(w word) {
	if _, problem := mqtt.CheckFilter([]byte(w.Text)); problem != mqtt.FilterOK {
		b.errorf(w.At, "topic filter %q %s", w.Text, problem)
	}
}

// kinds are the kinds of payloads by their names in a profile.
var kinds = map[string]siterules.Kind{
	"any": siterules.AnyKind, "json": siterules.JSON, "text": siterules.Text, "number": siterules.Number, "s7": siterules.S7Data, "empty": siterules.Empty,
}

var kindNames = []string{"any", "json", "text", "number", "s7", "empty"}

// s7Types are what an S7 payload may be made of.
var s7Types = []string{
	"BOOL", "BYTE", "CHAR", "WORD", "INT", "DWORD", "DINT", "REAL", "LWORD", "LINT", "LREAL", "SINT", "USINT", "UINT", "UDINT", "ULINT",
	"TIME", "S5TIME", "DATE", "TIME_OF_DAY", "DATE_AND_TIME", "DTL", "LTIME", "STRING",
}

func (b *builder) payload(p *payload) siterules.Payload {
	x := siterules.Payload{Length: b.length(p.Length), Type: strings.ToUpper(p.Type.Text)}
	if p.Kind.set() {
		k, ok := kinds[p.Kind.Text]
		if !ok {
			b.errorf(p.Kind.At, "there is no kind %q of payloads; %s are", p.Kind.Text, strings.Join(kindNames, ", "))
		}
		x.Kind = k
	}
	if p.Schema.set() {
		switch {
		case !p.Kind.set():
			x.Kind = siterules.JSON
		case x.Kind != siterules.JSON:
			b.errorf(p.Schema.At, "a schema is for kind: json")
		}
		x.Schema = b.schema(p.Schema)
	}
	if p.Type.set() {
		switch {
		case !slices.Contains(s7Types, x.Type):
			b.errorf(p.Type.At, "there is no S7 type %q; near it: %s", p.Type.Text, strings.Join(near.Names(x.Type, s7Types, 2), ", "))
		case !p.Kind.set():
			x.Kind = siterules.S7Data
		case x.Kind != siterules.S7Data:
			b.errorf(p.Type.At, "a type is for kind: s7")
		}
	}
	return x
}

func (b *builder) functions(l []word) []siterules.Function {
	if l == nil {
		return nil
	}
	out := []siterules.Function{}
	var names []string
	for _, f := range siterules.Functions() {
		names = append(names, string(f))
	}
	for _, w := range l {
		if !slices.Contains(names, w.Text) {
			b.errorf(w.At, "there is no function %q; near it: %s", w.Text, strings.Join(near.Names(w.Text, names, 2), ", "))
		}
		out = append(out, siterules.Function(w.Text))
	}
	return out
}

// span reads a range of time: "10s..2m", "..2s", "10s..".
func (b *builder) span(w word) siterules.Span {
	if !w.set() {
		return siterules.Span{}
	}
	from, to, ok := strings.Cut(w.Text, "..")
	var s siterules.Span
	var err error
	read := func(text string, into *time.Duration) {
		if text = strings.TrimSpace(text); text == "" || err != nil {
			return
		}
		if *into, err = time.ParseDuration(text); *into < 0 {
			ok = false
		}
	}
	read(from, &s.Min)
	read(to, &s.Max)
	bounded := strings.TrimSpace(to) != ""
	if !ok || err != nil || s.Min == 0 && !bounded || bounded && s.Max == 0 || bounded && s.Max < s.Min {
		b.errorf(w.At, "%q is no range of time; want one such as 10s..2m, ..500ms or 10s..", w.Text)
		return siterules.Span{}
	}
	return s
}

// length reads a range of bytes: "2..100", "..64", "4..", "8".
func (b *builder) length(w word) siterules.Length {
	if !w.set() {
		return siterules.Length{}
	}
	from, to, two := strings.Cut(w.Text, "..")
	ok := true
	read := func(text string) int {
		if text = strings.TrimSpace(text); text == "" && two {
			return 0
		}
		n, err := strconv.Atoi(text)
		ok = ok && err == nil && n >= 0 && n <= math.MaxInt32
		return n
	}
	l := siterules.Length{Min: read(from)}
	if l.Max = l.Min; two {
		l.Max = read(to)
	}
	bounded := !two || strings.TrimSpace(to) != ""
	switch {
	case ok && bounded && l.Max == 0:
		b.errorf(w.At, "for no payload at all, say kind: empty")
	case !ok || l == siterules.Length{} || bounded && l.Max < l.Min:
		b.errorf(w.At, "%q is no range of bytes; want one such as 2..100, ..64, 4.. or 8", w.Text)
		return siterules.Length{}
	}
	return l
}

// expression reads a regular expression that matches a text as a whole.
func (b *builder) expression(w word) *regexp.Regexp {
	r, err := regexp.Compile(w.Text) // so that an error speaks of what was written
	if err == nil {
		r, err = regexp.Compile(`\A(?:` + w.Text + `)\z`)
	}
	if err != nil {
		b.errorf(w.At, "%q is no regular expression of RE2: %s", w.Text, strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		return nil
	}
	return r
}
