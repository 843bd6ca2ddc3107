package filter

import (
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/net/bpf"

	"plcscope/pcaps"
)

// maxProgram is how many instructions the kernel takes.
const maxProgram = 4096

// Compile makes the program of a filter for frames as they lie in a file. It returns
// snap for those selected and 0 for others. An empty filter selects all. The error is an
// *Error. Link types are Ethernet, raw IP and cooked, which means a live capture,
// where no header lies before the packet; an empty filter fits all.
func Compile(text string, link pcaps.LinkType, snap int) ([]bpf.RawInstruction, error) {
	return compile(text, link, snap, false)
}

// CompileLive makes the program for the kernel. That of Linux takes the outermost VLAN tag
// off before it asks it: it selects what Compile's program would with the tag in place.
func CompileLive(text string, link pcaps.LinkType, snap int) ([]bpf.RawInstruction, error) {
	return compile(text, link, snap, link == pcaps.LinkEthernet && runtime.GOOS == "linux")
}

func compile(text string, link pcaps.LinkType, snap int, live bool) ([]bpf.RawInstruction, error) {
	tree, err := parse(text, link)
	if err != nil {
		return nil, err
	}
	plain := program(tree, snap, false)
	if live {
		stripped := program(tree, snap, true)
		head := []bpf.Instruction{
			bpf.LoadExtension{Num: bpf.ExtVLANTagPresent},
			bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: 0, SkipTrue: 0, SkipFalse: 1},
			bpf.Jump{Skip: uint32(len(plain))},
		}
		plain = append(append(head, plain...), stripped...)
	}
	if len(plain) > maxProgram {
		return nil, &Error{text, 0, fmt.Sprintf("the filter takes %d instructions, the kernel takes %d", len(plain), maxProgram)}
	}
	raw, err := bpf.Assemble(plain)
	if err != nil {
		return nil, &Error{text, 0, err.Error()}
	}
	return raw, nil
}

func program(t test, snap int, stripped bool) []bpf.Instruction {
	c := &coder{stripped: stripped}
	yes, no := c.label(), c.label()
	t.code(c, yes, no)
	c.here(yes)
	c.emit(bpf.RetConstant{Val: uint32(snap)})
	c.here(no)
	c.emit(bpf.RetConstant{Val: 0})
	return c.finish()
}

// Default is the filter of a capture that is told no other: MQTT, ISO-on-TCP and the
// TCP ports given beside them, with no, one or two VLAN tags, and the fragments that may
// belong to them. Traffic in tunnels is not in it.
func Default(link pcaps.LinkType, ports ...uint16) string {
	var b strings.Builder
	b.WriteString("(tcp port 1883 or tcp port 102")
	for _, p := range ports {
		fmt.Fprintf(&b, " or tcp port %d", p)
	}
	b.WriteString(" or ip[6:2] & 0x1fff != 0 or ip6 proto 44)")
	if e := b.String(); link == pcaps.LinkEthernet {
		return e + " or (vlan and (" + e + " or (vlan and " + e + ")))"
	}
	return b.String()
}
