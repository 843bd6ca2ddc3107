package assets

import (
	"fmt"
	"strings"

	"plcscope/decode"
	"plcscope/flows"
	"plcscope/s7comm"
)

// ActionKind is what somebody does to a controller beside reading and writing.
type ActionKind uint8

const (
	Stop ActionKind = iota
	Start
	Download
	Upload
	LinkBlock
	DeleteBlock
	CopyToROM
	Compress
	Force
	Modify
	MemoryReset
	SetClock
	LogIn
	LogOut
	Invocation
	actionKinds
)

var actionNames = [...]string{
	"stop", "start", "download", "upload", "link blocks", "delete blocks", "copy RAM to ROM", "compress", "force", "modify variables",
	"memory reset", "set clock", "log in", "log out", "program invocation",
}

func (k ActionKind) String() string { return actionNames[k] }

// Outcome is what became of an action.
type Outcome uint8

const (
	Unknown Outcome = iota // the capture does not show it
	Done
	Refused
	Unanswered
)

var outcomeNames = [...]string{"unknown", "done", "refused", "unanswered"}

func (o Outcome) String() string { return outcomeNames[o] }

// Action is something that somebody did to a controller.
type Action struct {
	Kind           ActionKind
	Client, Server decode.Addr
	Frame          uint64 // of the request
	Time           int64  // its capture time
	Detail         string // what it was done to, as the request says; no password
	Outcome        Outcome
	Error          string // Refused: why
}

// effect is what a request does to the operating mode when it is granted.
type effect uint8

const (
	none effect = iota
	stops
	starts
	begins // a transfer, whose end decides
)

// act notes an action. It returns nil when the request is none or when there are too
// many, and what it will do.
func (v *Inventory) act(c *conn, m *flows.Message) (a *Action, then effect) {
	p := m.PDU
	switch {
	case p.S7.ROSCTR == s7comm.ROSCTRUserdata:
		return v.userdataAction(c, m), none
	case p.Function == s7comm.FunctionStop:
		return v.record(c, m, Stop, ""), stops
	case p.Function == s7comm.FunctionRequestDownload:
		return v.transferBegins(c, m, Download), begins
	case p.Function == s7comm.FunctionStartUpload:
		return v.transferBegins(c, m, Upload), begins
	case p.Function == s7comm.FunctionPI:
		return v.invocation(c, m)
	}
	return nil, none
}

func (v *Inventory) userdataAction(c *conn, m *flows.Message) *Action {
	u := &m.PDU.Userdata
	switch uint16(u.Group)<<8 | uint16(u.Subfunction) {
	case 0x0108:
		return v.record(c, m, Modify, tableText(u))
	case 0x0109:
		return v.record(c, m, Force, tableText(u))
	case 0x010C:
		return v.record(c, m, MemoryReset, "")
	case 0x0501:
		return v.record(c, m, LogIn, "with a password")
	case 0x0502:
		return v.record(c, m, LogOut, "")
	case 0x0702, 0x0704:
		detail := ""
		if t, ok := u.Clock(); ok {
			detail = "to " + t.String()
		}
		return v.record(c, m, SetClock, detail)
	}
	return nil
}

// tableText names the first addresses of a variable table.
func tableText(u *s7comm.Userdata) string {
	t, ok := u.TestJob()
	if !ok {
		return ""
	}
	const most = 4
	var parts []string
	list, _ := t.Variables()
	for i := range list {
		if i == most {
			parts = append(parts, fmt.Sprintf("%d more", len(list)-most))
			break
		}
		if it, ok := list[i].Item(); ok {
			parts = append(parts, it.String())
		}
	}
	return strings.Join(parts, ", ")
}

// programInvocations are the services with a name of their own.
var programInvocations = map[string]ActionKind{
	"P_PROGRAM": Start, "_INSE": LinkBlock, "_INS2": LinkBlock, "_DELE": DeleteBlock, "_MODU": CopyToROM, "_GARB": Compress,
}

func (v *Inventory) invocation(c *conn, m *flows.Message) (*Action, effect) {
	s := &m.PDU.PI
	kind, ok := programInvocations[string(s.Service)]
	var detail []string
	if !ok {
		kind = Invocation
		detail = append(detail, string(s.Service))
		if t := s.Title(); t != "" {
			detail = append(detail, t)
		}
	}
	for _, b := range s.Blocks {
		detail = append(detail, b.String())
	}
	then := none
	if kind == Start {
		then = starts
		way := "warm restart"
		if len(s.Arguments) > 0 && strings.HasPrefix(string(s.Arguments[0]), "C") {
			way = "cold restart"
		}
		detail = append(detail, way)
	}
	return v.record(c, m, kind, strings.Join(detail, ", ")), then
}

// record keeps an action. The steady path never comes here.
func (v *Inventory) record(c *conn, m *flows.Message, k ActionKind, detail string) *Action {
	c.pair.actions[k]++
	full := len(v.actions) == v.opt.Actions
	if full {
		v.bounds.Actions++
		if v.opt.Acted == nil {
			return nil
		}
	}
	a := &Action{Kind: k, Client: c.pair.client, Server: c.pair.server, Frame: m.Frame, Time: m.Time, Detail: clip(detail)}
	if !full {
		v.actions = append(v.actions, a)
	}
	if v.opt.Acted != nil {
		v.opt.Acted(a, false)
	}
	return a
}

// settle notes what became of an action; nil is none.
func (v *Inventory) settle(a *Action, o Outcome, why string) {
	if a == nil {
		return
	}
	a.Outcome, a.Error = o, why
	if v.opt.Acted != nil {
		v.opt.Acted(a, true)
	}
}
