package assets

import (
	"strings"

	"plcscope/flows"
	"plcscope/s7comm"
)

// change notes an operating mode unless it is the one that is known.
func (x *module) change(c ModeChange) {
	if c.Mode != "" {
		if c.Mode == x.mode {
			return
		}
		x.mode = c.Mode
	}
	if len(x.modes) == maxModes {
		x.moreModes++
		return
	}
	x.modes = append(x.modes, c)
}

// apply notes what a granted request has done to the operating mode.
func (v *Inventory) apply(c *conn, m *flows.Message, then effect) {
	now := ModeChange{By: c.pair.client, HasBy: true, Frame: m.Request.Frame, Time: m.Request.Time}
	switch then {
	case stops:
		now.Mode, now.Why = "STOP", "request to stop"
	case starts:
		now.Mode, now.Why = "RUN", "request to start"
	default:
		return
	}
	c.unit.change(now)
}

// push takes in what a controller says unasked.
func (v *Inventory) push(c *conn, m *flows.Message) {
	u := &m.PDU.Userdata
	if m.FromClient {
		return
	}
	if u.Function == s7comm.FunctionModeTransition {
		c.unit.change(ModeChange{Mode: s7comm.Mode(u.Subfunction).String(), Why: "mode transition", Frame: m.Frame, Time: m.Time})
		return
	}
	if e, ok := u.Diagnostic(); ok && e.ID>>12 == 4 {
		c.unit.change(ModeChange{Mode: modeOf(e.ID), Why: "diagnostic message: " + e.ID.String(), Frame: m.Frame, Time: m.Time, Clock: e.Time})
	}
}

// modeOf is the mode that an event leads to, or "" when it does not say.
func modeOf(e s7comm.EventID) string {
	switch e {
	case 0x4301:
		return "start-up"
	case 0x4302:
		return "RUN"
	case 0x4305:
		return "HOLD"
	case 0x430A:
		return "STOP"
	}
	if strings.HasPrefix(e.String(), "STOP") {
		return "STOP"
	}
	return ""
}
