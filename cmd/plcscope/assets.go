package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"plcscope/decode"
	"plcscope/flows"
	"plcscope/flows/assets"
	"plcscope/flows/latency"
	"plcscope/report"
	"plcscope/s7comm"
)

// inventory prints what the traffic tells of controllers and other hosts.
type inventory struct {
	assets.Result
	start int64 // of the capture
	all   bool  // every host, block, action, poll
}

// assetLine is one line of the block of a host: what it is about, and the text.
type assetLine struct{ label, text string }

// table prints a block for each controller, with all for each host.
func (v *inventory) table(w io.Writer, s report.Style) error {
	for i := range v.Assets {
		a := &v.Assets[i]
		if !v.all && !slices.Contains(a.Roles, flows.RolePLC) {
			continue
		}
		lines := v.lines(a)
		if len(lines) == 0 {
			continue
		}
		if _, err := fmt.Fprintf(w, "\n%s  %s\n", s.Bold(a.Addr.String()), rolesText(a.Roles)); err != nil {
			return err
		}
		last := ""
		for _, l := range lines {
			label := l.label
			if label == last {
				label = ""
			}
			last = l.label
			if _, err := fmt.Fprintf(w, "  %-12s  %s\n", label, l.text); err != nil {
				return err
			}
		}
	}
	return v.bounds(w, s)
}

// bounds tells what was not kept.
func (v *inventory) bounds(w io.Writer, s report.Style) error {
	b := &v.Bounds
	var parts []string
	for _, x := range []struct {
		n    uint64
		what string
	}{{b.Hosts, "host"}, {b.Pairs, "connection of further partners"}, {b.Polls, "read that was not counted as a poll"}, {b.Areas, "access to further areas"},
		{b.Blocks, "further block"}, {b.Actions, "further action"}} {
		if x.n > 0 {
			parts = append(parts, fmt.Sprintf("%d × %s", x.n, x.what))
		}
	}
	if len(parts) == 0 {
		return nil
	}
	_, err := fmt.Fprintf(w, "\n%s\n", s.Yellow("a bound of memory was reached: not listed are "+strings.Join(parts, ", ")))
	return err
}

func (v *inventory) lines(a *assets.Asset) []assetLine {
	var out []assetLine
	add := func(label, format string, args ...any) {
		if text := fmt.Sprintf(format, args...); text != "" {
			out = append(out, assetLine{label, text})
		}
	}
	if t := macsText(a); t != "" {
		add("MAC", "%s", t)
	}
	if len(a.SameAs) > 0 {
		add("same module", "%s", addresses(a.SameAs))
	}
	for i := range a.Modules {
		m := &a.Modules[i]
		if len(a.Modules) > 1 {
			add("module", "%s", strings.Join(m.Slots, ", "))
		}
		add("identity", "%s", identityText(&m.Identity))
		add("protection", "%s", protectionText(m.Protection))
		add("mode", "%s", v.modesText(m))
		add("blocks", "%s", blockCounts(m))
		if v.all {
			for j := range m.Blocks {
				if b := &m.Blocks[j]; b.Described || b.Uploads+b.Downloads > 0 {
					add("block", "%s", v.blockText(b))
				}
			}
			add("listed", "%s", listedBlocks(m.Blocks))
		}
	}
	for i := range a.MQTT {
		u := &a.MQTT[i]
		add("MQTT", `"%s" at %s, %s`, shown(u.ClientID), u.Broker, plural(int64(u.Connects), "CONNECT"))
	}
	answers := a.Answers
	const most = 4
	if !v.all && len(answers) > most+1 {
		answers = answers[:most]
	}
	for i := range answers {
		add("answers", "%s", functionText(&answers[i]))
	}
	if left := a.Answers[len(answers):]; len(left) > 0 {
		add("answers", "%s", othersText(left))
	}
	for i := range v.Transactions {
		if t := &v.Transactions[i]; t.Server == a.Addr {
			for _, l := range v.client(t) {
				add("client", "%s", l)
			}
		}
	}
	for i := range v.Actions {
		if x := &v.Actions[i]; v.all && x.Server == a.Addr {
			add("actions", "%s", v.actionText(x))
		}
	}
	return out
}

func macsText(a *assets.Asset) string {
	var parts []string
	for _, m := range a.MACs {
		t := m.String()
		if m.Hosts > 1 {
			t += fmt.Sprintf(" of %d addresses (a router?)", m.Hosts)
		}
		parts = append(parts, t)
	}
	t := strings.Join(parts, ", ")
	if maker := a.Vendor(); maker != "" {
		t += ", " + maker
	}
	return t
}

func addresses(l []decode.Addr) string {
	var parts []string
	for _, a := range l {
		parts = append(parts, a.String())
	}
	return strings.Join(parts, ", ")
}

func identityText(i *assets.Identity) string {
	var parts []string
	for _, x := range [...]struct{ name, text string }{
		{"", i.OrderNumber}, {"firmware ", i.Firmware}, {"", i.Type}, {"PLC ", i.Name}, {"module ", i.Module}, {"plant ", i.Plant},
		{"serial number ", i.Serial}, {"memory card ", i.Card}, {"location ", i.Location}, {"hardware ", hardware(i)},
	} {
		if x.text != "" {
			parts = append(parts, x.name+report.Clean(x.text))
		}
	}
	return strings.Join(parts, ", ")
}

// hardware is the order number of the basic hardware when it is another.
func hardware(i *assets.Identity) string {
	if i.Hardware == i.OrderNumber {
		return ""
	}
	return i.Hardware
}

func protectionText(p *s7comm.Protection) string {
	if p == nil {
		return ""
	}
	levels := [...]string{"no level", "level 1, full access", "level 2, read only without password", "level 3, no access without password"}
	t := fmt.Sprintf("level %d", p.Valid)
	if int(p.Valid) < len(levels) {
		t = levels[p.Valid]
	}
	t += fmt.Sprintf("; configured %d, by the key switch %d", p.Parameter, p.KeySwitch)
	if s := switchText(p.ModeSwitch); s != "" {
		t += ", key switch at " + s
	}
	return t
}

func switchText(v uint16) string {
	return [...]string{"", "RUN", "RUN-P", "STOP", "MRES"}[min(v, 5)%5]
}

// modesText is the present mode and what changed it.
func (v *inventory) modesText(m *assets.Module) string {
	if len(m.Modes) == 0 {
		return ""
	}
	changes := m.Modes
	if len(changes) == 1 && changes[0].Mode != "" {
		return fmt.Sprintf("%s (%s, frame %d)", m.Mode, changes[0].Why, changes[0].Frame)
	}
	t := cmp.Or(m.Mode, "not known")
	const most = 3
	left := int(m.MoreModes)
	if n := len(changes); !v.all && n > most {
		left += n - most
		changes = changes[n-most:]
	}
	for _, c := range changes {
		t += "; "
		if c.Mode != "" {
			t += c.Mode + " "
		}
		t += "at " + v.at(c.Time)
		if c.HasBy {
			t += " by " + c.By.String()
		}
		t += fmt.Sprintf(" (%s, frame %d)", c.Why, c.Frame)
	}
	if left > 0 {
		t += fmt.Sprintf("; %s more", plural(int64(left), "change"))
	}
	return t
}

// at is a time of the capture, in seconds from its start.
func (v *inventory) at(t int64) string { return string(appendSeconds(nil, t-v.start)) }

func blockCounts(m *assets.Module) string {
	var parts []string
	for _, c := range m.Counts {
		if c.Count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.Count, c.Type))
		}
	}
	up, down := 0, 0
	for i := range m.Blocks {
		if m.Blocks[i].Uploads > 0 {
			up++
		}
		if m.Blocks[i].Downloads > 0 {
			down++
		}
	}
	if up > 0 {
		parts = append(parts, fmt.Sprintf("%d uploaded", up))
	}
	if down > 0 {
		parts = append(parts, fmt.Sprintf("%d downloaded", down))
	}
	if len(parts) == 0 && len(m.Blocks) > 0 {
		parts = append(parts, plural(int64(len(m.Blocks)), "block")+" seen")
	}
	return strings.Join(parts, ", ")
}

// listedBlocks are the blocks of which only the number is known: OB 1, 35; SFC 0-7.
func listedBlocks(l []assets.Block) string {
	var b strings.Builder
	var typ s7comm.BlockType
	for i := 0; i < len(l); i++ {
		if l[i].Described || l[i].Uploads+l[i].Downloads > 0 {
			continue
		}
		first := i
		for i+1 < len(l) && l[i+1].Type == l[first].Type && l[i+1].Number == l[i].Number+1 && !l[i+1].Described && l[i+1].Uploads+l[i+1].Downloads == 0 {
			i++
		}
		switch {
		case b.Len() > 0 && l[first].Type == typ:
			b.WriteString(", ")
		case b.Len() > 0:
			b.WriteString("; " + l[first].Type.String() + " ")
		default:
			b.WriteString(l[first].Type.String() + " ")
		}
		typ = l[first].Type
		fmt.Fprint(&b, l[first].Number)
		if i > first {
			fmt.Fprintf(&b, "-%d", l[i].Number)
		}
	}
	return b.String()
}

func (v *inventory) blockText(b *assets.Block) string {
	t := fmt.Sprintf("%s%d", b.Type, b.Number)
	if b.Described || b.Listed {
		t += ", " + b.Info.Language.String()
	}
	if b.Described {
		i := &b.Info
		t += fmt.Sprintf(", %d bytes, code of %s, interface of %s", i.LoadMemory, i.CodeTime, i.InterfaceTime)
		if i.HasAuthor {
			for _, x := range [...]struct{ name, text string }{{"author ", i.Author}, {"family ", i.Family}, {"name ", i.Name}} {
				if x.text != "" {
					t += ", " + x.name + report.Clean(x.text)
				}
			}
			t += ", version " + i.VersionString()
		}
	}
	if n := b.Uploads + b.Downloads; n > 0 {
		t += fmt.Sprintf("; %d × uploaded, %d × downloaded, last by %s at %s (frame %d)", b.Uploads, b.Downloads, b.By, v.at(b.Time), b.Frame)
	}
	return t
}

// times are the percentiles of response times.
func times(s *latency.Summary) string {
	if s.Count == 0 {
		return ""
	}
	return fmt.Sprintf("p50 %s, p95 %s, p99 %s, max %s", short(s.P50), short(s.P95), short(s.P99), short(s.Max))
}

func functionText(f *assets.Function) string {
	t := fmt.Sprintf("%s × %d", f.Name, f.Requests)
	if f.ByServer {
		t = fmt.Sprintf("%s × %d, asked by the controller", f.Name, f.Requests)
	}
	if f.Times.Count > 0 {
		t += ": " + times(&f.Times)
	}
	for _, x := range [...]struct {
		n    uint64
		what string
	}{{f.Refused, "refused"}, {f.ItemsRefused, "items refused"}, {f.Unanswered, "unanswered"}, {f.Late, "answered late"}, {f.Open, "open at the end"}, {f.Unknown, "without an answer in the capture"}} {
		if x.n > 0 {
			t += fmt.Sprintf("; %d %s", x.n, x.what)
		}
	}
	return t
}

// othersText sums up functions that are not listed one by one.
func othersText(l []assets.Function) string {
	var requests, refused, unanswered uint64
	for i := range l {
		requests += l[i].Requests
		refused += l[i].Refused
		unanswered += l[i].Unanswered
	}
	t := fmt.Sprintf("%s × %d", plural(int64(len(l)), "other function"), requests)
	if refused > 0 {
		t += fmt.Sprintf("; %d refused", refused)
	}
	if unanswered > 0 {
		t += fmt.Sprintf("; %d unanswered", unanswered)
	}
	return t
}

// client tells what one client does with a controller, a line each.
func (v *inventory) client(t *assets.Transactions) []string {
	var out []string
	who := t.Client.String()
	line := func(format string, args ...any) { out = append(out, who+": "+fmt.Sprintf(format, args...)) }
	line("%s", v.deeds(t))
	if load := loadText(t); load != "" {
		line("%s", load)
	}
	polls := t.Polls
	const most = 3
	if !v.all && len(polls) > most {
		polls = polls[:most]
	}
	for i := range polls {
		p := &polls[i]
		what := report.Clean(p.First)
		if p.Items > 1 {
			what += fmt.Sprintf(" and %d more", p.Items-1)
		}
		line("reads %s every %s (p50; p95 %s, max %s), %d times", what, short(p.Period.P50), short(p.Period.P95), short(p.Period.Max), p.Count)
	}
	if left := len(t.Polls) - len(polls); left > 0 {
		line("repeats %s", plural(int64(left), "other read"))
	}
	for i := range t.Failures {
		f := &t.Failures[i]
		text := fmt.Sprintf("%s %s × %d: %s", f.Request, f.CodeString(), f.Count, f.Text)
		if f.Example != "" {
			text += " (" + report.Clean(f.Example) + fmt.Sprintf(", frame %d)", f.Frame)
		} else {
			text += fmt.Sprintf(" (frame %d)", f.Frame)
		}
		if f.Advice != "" {
			text += ". " + strings.ToUpper(f.Advice[:1]) + f.Advice[1:]
		}
		line("%s", text)
	}
	return out
}

// deeds are what a client reads, writes and does.
func (v *inventory) deeds(t *assets.Transactions) string {
	var reads, writes uint64
	var areas []string
	for i := range t.Areas {
		a := &t.Areas[i]
		reads += a.Reads
		writes += a.Writes
		if a.Writes > 0 {
			areas = append(areas, writtenText(a, v.all))
		}
	}
	parts := []string{plural(int64(t.Connections), "connection")}
	if reads > 0 {
		parts = append(parts, plural(int64(reads), "variable")+" read")
	}
	if writes > 0 {
		const most = 6
		more := ""
		if !v.all && len(areas) > most {
			more = fmt.Sprintf(", %d more areas", len(areas)-most)
			areas = areas[:most]
		}
		parts = append(parts, plural(int64(writes), "variable")+" written: "+strings.Join(areas, ", ")+more+every(t, writes))
	}
	for _, k := range assets.ActionKinds() {
		if n := t.Actions[k]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s × %d", k, n))
		}
	}
	return strings.Join(parts, "; ")
}

// every is how often a client writes, on average.
func every(t *assets.Transactions, writes uint64) string {
	d := t.LastTime - t.FirstTime
	if writes < 3 || d <= 0 {
		return ""
	}
	return fmt.Sprintf(" (%.2g a second)", float64(writes)/time.Duration(d).Seconds())
}

func writtenText(a *assets.AreaUse, all bool) string {
	t := fmt.Sprintf("%s %d", a.Name(), a.Writes)
	if all {
		t += fmt.Sprintf(" (%d to %d, first in frame %d)", a.Low, a.High, a.FirstWrite)
	}
	return t
}

// loadText holds a client against what was negotiated.
func loadText(t *assets.Transactions) string {
	var parts []string
	if t.Negotiated {
		parts = append(parts, fmt.Sprintf("PDU %d bytes, fullest answer %d %%", t.PDULength, t.Fullest[1]/10))
		if t.MostOpen[0] > 0 {
			parts = append(parts, fmt.Sprintf("%d of %s open at one time", t.MostOpen[0], plural(int64(t.Calling), "job")))
		}
	} else if t.MostOpen[0] > 0 {
		parts = append(parts, fmt.Sprintf("%s open at one time, longest answer %d bytes", plural(int64(t.MostOpen[0]), "job"), t.Largest[1]))
	}
	if t.Jobs > 0 {
		parts = append(parts, fmt.Sprintf("at most %s a job, %.3g on average", plural(int64(t.MostItems), "variable"), float64(t.Items)/float64(t.Jobs)))
	}
	return strings.Join(parts, "; ")
}

func (v *inventory) actionText(x *assets.Action) string {
	t := fmt.Sprintf("%s by %s at %s (frame %d)", x.Kind, x.Client, v.at(x.Time), x.Frame)
	if x.Detail != "" {
		t += ", " + report.Clean(x.Detail)
	}
	t += ": " + x.Outcome.String()
	if x.Error != "" {
		t += ", " + x.Error
	}
	return t
}
