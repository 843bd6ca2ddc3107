package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"plcscope/flows"
	"plcscope/flows/bridge"
	"plcscope/flows/tcp"
	"plcscope/report"
	"plcscope/rules/profile"
	"plcscope/s7comm/symbol"
	"plcscope/s7comm/variable"
)

// naming holds the flags that say what the data of controllers are called, and what
// they name.
type naming struct {
	symbols []string // FILE or ADDRESS=FILE
	profile string   // that names more of them; "" is the one in the working directory
	bsend   []string

	tables    map[netip.Addr]*symbol.Table // of controllers that have files of their own
	others    *symbol.Table                // of all others; nil without any file
	templates []variable.Template
	mappings  []bridge.Mapping // of the profile: which value is published where
}

func (n *naming) flags(c *cobra.Command) {
	n.fileFlags(c)
	c.Flags().StringVar(&n.profile, "profile", "", "`FILE` whose symbols are used, too; without it "+profile.FileName+" in the working directory, if there is one; none for no profile")
}

// fileFlags are those beside the profile, for commands that read it for other reasons.
func (n *naming) fileFlags(c *cobra.Command) {
	n.symbolFlag(c)
	c.Flags().StringArrayVar(&n.bsend, "bsend", nil, "`FILE` (YAML) that says how the payloads of BSEND are laid out; repeat for more")
}

// symbolFlag is the one for commands that only say names.
func (n *naming) symbolFlag(c *cobra.Command) {
	c.Flags().StringArrayVar(&n.symbols, "symbols", nil, "names for S7 data: `FILE` of STEP 7 or the TIA Portal (SDF, ASC, SEQ, AWL, SCL, DB, UDT, XML, CSV), or ADDRESS=FILE for one controller; * and ? may stand for more; repeat for more")
}

// symbolFile is a file and for whom it is; the zero Addr stands for all.
type symbolFile struct {
	controller netip.Addr
	name       string
	data       []byte
}

// load reads what the flags name, and tells on w what is odd in it.
func (n *naming) load(w io.Writer) error {
	for _, name := range n.bsend {
		l, err := readTemplates(name)
		if err != nil {
			return err
		}
		n.templates = append(n.templates, l...)
	}
	more, err := n.ofProfile(w)
	if err != nil {
		return err
	}
	files, err := n.files(more)
	if err != nil || len(files) == 0 {
		return err
	}
	n.tables = map[netip.Addr]*symbol.Table{}
	var told []string
	for _, f := range files {
		if f.controller.IsValid() {
			n.tables[f.controller] = nil
		}
	}
	n.others, err = tableOf(files, netip.Addr{}, &told)
	for a := range n.tables {
		if err == nil {
			n.tables[a], err = tableOf(files, a, &told)
		}
	}
	slices.Sort(told)
	for _, s := range slices.Compact(told) {
		fmt.Fprintln(w, "plcscope: symbols:", report.Clean(s))
	}
	return err
}

// tableOf makes the table of a controller from the files that are for it and for all.
func tableOf(files []symbolFile, controller netip.Addr, told *[]string) (*symbol.Table, error) {
	t := symbol.NewTable()
	for _, f := range files {
		if f.controller.IsValid() && f.controller != controller {
			continue
		}
		if err := t.Add(f.name, f.data); err != nil {
			return nil, fmt.Errorf("symbols %w", err)
		}
	}
	if err := t.Resolve(); err != nil {
		return nil, fmt.Errorf("symbols: %w", err)
	}
	*told = append(*told, t.Warnings...)
	return t, nil
}

// ofProfile are the files that the profile names. A profile that nobody has asked for
// keeps nobody from reading a capture.
func (n *naming) ofProfile(w io.Writer) (l []symbolFile, err error) {
	name := n.profile
	switch name {
	case "none":
		return nil, nil
	case "":
		if name = profile.Find(); name == "" {
			return nil, nil
		}
	}
	p, err := profile.Read(name)
	if err != nil {
		if n.profile != "" {
			if errors.As(err, new(*fs.PathError)) {
				err = fmt.Errorf("profile %s: %w", name, bare(err))
			}
			return nil, err
		}
		fmt.Fprintf(w, "plcscope: %s is not understood and not used\n", name)
		return nil, nil
	}
	n.mappings = p.Values
	for _, s := range p.Symbols {
		l = append(l, symbolFile{controller: s.Controller, name: s.Pattern})
	}
	return l, nil
}

// files reads the files that the flags name, and more.
func (n *naming) files(more []symbolFile) ([]symbolFile, error) {
	for _, arg := range n.symbols {
		f := symbolFile{name: arg}
		if addr, name, ok := strings.Cut(arg, "="); ok {
			if a, err := netip.ParseAddr(addr); err == nil {
				f.controller, f.name = a.Unmap(), name
			}
		}
		more = append(more, f)
	}
	var l []symbolFile
	for _, f := range more {
		names := []string{f.name}
		if _, err := os.Stat(f.name); err != nil && strings.ContainsAny(f.name, "*?[") {
			found, err := filepath.Glob(f.name)
			if err != nil {
				return nil, fmt.Errorf("symbols %s: %w", f.name, err)
			}
			if len(found) == 0 {
				return nil, fmt.Errorf("symbols %s: there is no such file", f.name)
			}
			names = found
		}
		for _, name := range names {
			data, err := readSmall(name)
			if err != nil {
				return nil, fmt.Errorf("symbols: %w", err)
			}
			f.name, f.data = name, data
			l = append(l, f)
		}
	}
	return l, nil
}

// maxSmall is how long a file may be that is read as a whole.
const maxSmall = 64 << 20

// readSmall reads a whole file.
func readSmall(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSmall+1))
	if err == nil && len(b) > maxSmall {
		return nil, fmt.Errorf("%s: longer than %d MiB", name, maxSmall>>20)
	}
	return b, err
}

// of is the table of a controller, or nil.
func (n *naming) of(a netip.Addr) *symbol.Table {
	if t := n.tables[a.Unmap()]; t != nil {
		return t
	}
	return n.others
}

// missing tells a joiner of a gap. That a side has sent something before the capture
// began is none: no request of the capture lies before it.
func missing(j *variable.Joiner, g *flows.Gap) {
	if g.Why != tcp.MidStream {
		j.Reset()
	}
}

// variables are those of a message, by the joiner of its connection.
func (n *naming) variables(j *variable.Joiner, m *flows.Message) []variable.Variable {
	if m.PDU == nil {
		return nil
	}
	if n.others != nil {
		j.Client, j.Server = n.of(m.Conn.Client().Addr.Netip()), n.of(m.Conn.Server().Addr.Netip())
	}
	j.Templates = n.templates
	return j.Variables(variable.Message{FromClient: m.FromClient, Frame: m.Frame, PDU: m.PDU, Request: m.Request})
}
