package overview

import (
	"cmp"
	"fmt"
	"strings"

	"plcscope/decode"
	"plcscope/flows"
	"plcscope/flows/assets"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

// describe shows all that is known of the selected host.
func (v *view) describe() {
	h := v.host.selected()
	if h == nil {
		return
	}
	page := paint.NewPage(v.d.Look())
	page.Set(v.description(h))
	v.d.Overlay(v.d.Words().Host(h.Addr), page)
}

func (v *view) description(h *flows.Host) []paint.Line {
	w := v.d.Words()
	var l []paint.Line
	section := func(s string) { l = append(l, nil, paint.In(paint.Heading, s)) }
	fact := func(name, value string) {
		if value != "" {
			l = append(l, paint.In(paint.Dim, fmt.Sprintf("  %-18s", name)).And(paint.Plain, value))
		}
	}
	l = append(l, paint.In(paint.Strong, w.Host(h.Addr)).And(paint.Plain, "  "+roles(h)))
	fact("connections", pane.Count(h.Connections))
	fact("messages sent", fmt.Sprintf("%s (%s PUBLISH, %s S7 requests)", pane.Count(h.Messages), pane.Count(h.Publishes), pane.Count(h.Jobs)))
	if j := v.facts.judged[h.Addr.Netip().Unmap()]; j != nil {
		l = append(l, append(paint.In(paint.Dim, fmt.Sprintf("  %-18s", "verdicts")), pane.Verdicts(&j.counts)...))
	}
	a := v.facts.assets[h.Addr.Netip().Unmap()]
	if a == nil {
		return l
	}
	for _, m := range a.MACs {
		if !w.Private {
			fact("hardware address", strings.TrimSpace(m.String()+" "+a.Vendor()))
		}
	}
	for _, s := range a.SameAs {
		fact("same module as", w.Host(s))
	}
	for _, m := range a.MQTT {
		fact("MQTT client", fmt.Sprintf("%s at %s, %s", cmp.Or(string(m.ClientID), "(no client id)"), w.Endpoint(m.Broker), pane.Plural(m.Connects, "CONNECT")))
	}
	for i := range a.Modules {
		v.module(&a.Modules[i], section, fact)
	}
	v.answers(a, section, fact)
	v.partners(h.Addr, section, fact)
	v.actions(h.Addr, section, fact)
	return l
}

func (v *view) module(m *assets.Module, section func(string), fact func(string, string)) {
	section(cmp.Or("Module "+strings.Join(m.Slots, ", "), "Module"))
	fact("type", m.Type)
	fact("name", m.Name)
	fact("module", m.Module)
	fact("plant", m.Plant)
	fact("order number", m.OrderNumber)
	fact("hardware", m.Hardware)
	fact("firmware", m.Firmware)
	fact("serial number", m.Serial)
	fact("memory card", m.Card)
	fact("location", m.Location)
	if m.Protection != nil {
		fact("protection", m.Protection.String())
	}
	fact("operating mode", m.Mode)
	for _, c := range m.Modes {
		by := ""
		if c.HasBy {
			by = " by " + v.d.Words().Host(c.By)
		}
		fact("  "+v.d.Words().Time(c.Time, 0), fmt.Sprintf("%s%s: %s (frame %d)", cmp.Or(c.Mode, "changed"), by, c.Why, c.Frame))
	}
	for _, c := range m.Counts {
		fact("blocks of type", fmt.Sprintf("%s: %d", c.Type, c.Count))
	}
	for i := range m.Blocks {
		b := &m.Blocks[i]
		text := fmt.Sprintf("%s%d", b.Type, b.Number)
		var did []string
		if b.Uploads > 0 {
			did = append(did, pane.Plural(b.Uploads, "upload"))
		}
		if b.Downloads > 0 {
			did = append(did, pane.Plural(b.Downloads, "download"))
		}
		fact(text, strings.Join(did, ", "))
	}
}

func (v *view) answers(a *assets.Asset, section func(string), fact func(string, string)) {
	if len(a.Answers) == 0 {
		return
	}
	section("How it answers")
	for _, f := range a.Answers {
		text := fmt.Sprintf("%s answered of %s", pane.Count(f.Answered), pane.Count(f.Requests))
		if f.Times.Count > 0 {
			text += fmt.Sprintf(", median %s, 99 %% within %s, at most %s", pane.Span(f.Times.P50), pane.Span(f.Times.P99), pane.Span(f.Times.Max))
		}
		if n := f.Refused + f.ItemsRefused; n > 0 {
			text += ", " + pane.Count(n) + " refused"
		}
		if f.Unanswered > 0 {
			text += ", " + pane.Count(f.Unanswered) + " unanswered"
		}
		fact(f.Name, text)
	}
}

// partners tells who talks S7 with the host, and what the one does with the other.
func (v *view) partners(a decode.Addr, section func(string), fact func(string, string)) {
	told := false
	for i := range v.facts.snapshot.Assets.Transactions {
		t := &v.facts.snapshot.Assets.Transactions[i]
		if t.Client != a && t.Server != a {
			continue
		}
		if !told {
			section("Who reads and writes")
			told = true
		}
		var areas []string
		for j := range t.Areas {
			u := &t.Areas[j]
			areas = append(areas, fmt.Sprintf("%s %s r %s w", u.Name(), pane.Count(u.Reads), pane.Count(u.Writes)))
			if j == 7 {
				areas = append(areas, "…")
				break
			}
		}
		fact(v.d.Words().Host(t.Client), "→ "+v.d.Words().Host(t.Server)+"  "+strings.Join(areas, ", "))
		for j := range t.Failures {
			e := &t.Failures[j]
			fact("", fmt.Sprintf("%s: %s (%s) %d× from frame %d. %s", e.Request, e.Text, e.CodeString(), e.Count, e.Frame, e.Advice))
		}
	}
}

func (v *view) actions(a decode.Addr, section func(string), fact func(string, string)) {
	told := 0
	for i := range v.facts.snapshot.Assets.Actions {
		x := &v.facts.snapshot.Assets.Actions[i]
		if x.Client != a && x.Server != a {
			continue
		}
		if told == 0 {
			section("Stops, starts, transfers, log-ins")
		}
		if told++; told > 100 {
			fact("", "…")
			return
		}
		fact(v.d.Words().Time(x.Time, 0), fmt.Sprintf("%s %s: %s → %s, %s %s (frame %d)", x.Kind, x.Detail, v.d.Words().Host(x.Client), v.d.Words().Host(x.Server), x.Outcome, x.Error, x.Frame))
	}
}
