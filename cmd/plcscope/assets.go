package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"plcscope/decode"
	"plcscope/flows"
	"plcscope/flows/assets"
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
	return p.String()
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
