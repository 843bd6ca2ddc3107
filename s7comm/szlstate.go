package s7comm

// Protection is how a controller is protected: index 4 of list 0x32.
type Protection struct {
	KeySwitch  uint16    // level that the key switch gives: 1 to 3
	Parameter  uint16    // level that was configured, 0 none, 1 to 3
	Valid      uint16    // level in force: 1 full access, 2 read only, 3 neither
	ModeSwitch uint16    // 0 unknown, 1 RUN, 2 RUN-P, 3 STOP, 4 MRES
	StartUp    uint16    // switch of start-up: 0 unknown, 1 CRST, 2 WRST
	HasSums    bool      // the next two are valid
	Hardware   [2]uint16 // checksums of the hardware configuration, in a little-endian form
	Program    [2]uint16 // checksums of the user program
}

func le16(b []byte) uint16 { return uint16(b[1])<<8 | uint16(b[0]) }

func switchName(v uint64) string {
	switch v {
	case 1:
		return "RUN"
	case 2:
		return "RUN-P"
	case 3:
		return "STOP"
	case 4:
		return "MRES"
	}
	return ""
}

// Protection reads record n of the status of protection; ok is false when the list is
// another.
func (s *SZL) Protection(n int) (p Protection, ok bool) {
	if !s.is(SZLCommunication, 24, n) || s.Index != 4 {
		return Protection{}, false
	}
	b := s.Record(n)
	if be16(b)&0xff != 4 {
		return Protection{}, false
	}
	return Protection{
		KeySwitch: be16(b[2:]), Parameter: be16(b[4:]), Valid: be16(b[6:]), ModeSwitch: be16(b[8:]), StartUp: be16(b[10:]),
		HasSums: be16(b[14:]) == 0x5656, Hardware: [2]uint16{le16(b[16:]), le16(b[18:])}, Program: [2]uint16{le16(b[20:]), le16(b[22:])},
	}, true
}

// CPUMode is an operating mode as the list of modes codes it.
type CPUMode uint8

// Operating modes.
const (
	ModeStopUpdate   CPUMode = 1
	ModeStopReset    CPUMode = 2
	ModeStopInit     CPUMode = 3
	ModeStopInternal CPUMode = 4
	ModeColdStart    CPUMode = 5
	ModeHotRestart   CPUMode = 7
	ModeRun          CPUMode = 8
	ModeHold         CPUMode = 10
	ModeDefect       CPUMode = 13
)

func (m CPUMode) String() string {
	switch m {
	case 0, 15:
		return "none"
	case ModeStopUpdate:
		return "STOP (update)"
	case ModeStopReset:
		return "STOP (memory reset)"
	case ModeStopInit:
		return "STOP (initialisation)"
	case ModeStopInternal:
		return "STOP"
	case ModeColdStart:
		return "start-up"
	case ModeHotRestart:
		return "restart"
	case ModeRun:
		return "RUN"
	case ModeHold:
		return "HOLD"
	case ModeDefect:
		return "DEFECT"
	}
	return unknown("mode", uint64(m))
}

// Stopped reports whether the controller does not run its program.
func (m CPUMode) Stopped() bool { return m >= ModeStopUpdate && m <= ModeStopInternal }

func modeNibble(v uint64) string { return CPUMode(v).String() }

// ModeChange is a record of the list of operating modes: the last change of mode.
type ModeChange struct {
	Event    EventID
	Current  CPUMode // the mode now, or the one that was requested
	Previous CPUMode // 15 when there was none
	Time     Timestamp
}

// ModeChange reads record n of the list of operating modes; ok is false when the list is
// another.
func (s *SZL) ModeChange(n int) (m ModeChange, ok bool) {
	if !s.is(SZLModes, 20, n) {
		return ModeChange{}, false
	}
	b := s.Record(n)
	m = ModeChange{Event: EventID(be16(b)), Current: CPUMode(b[3] & 15), Previous: CPUMode(b[3] >> 4)}
	m.Time, _ = DateAndTime(b[12:])
	return m, true
}

// LED is a record of the lists of LEDs.
type LED struct {
	ID     uint8 // see String
	Rack   uint8
	Master bool // of the CPUs of an H system
	On     bool
	Blink  uint8 // 0 not, 1 at 2 Hz, 2 at 0.5 Hz
}

var ledNames = [...]string{
	1: "SF", 2: "INTF", 3: "EXTF", 4: "RUN", 5: "STOP", 6: "FRCE", 7: "CRST", 8: "BAF", 9: "USR", 10: "USR1", 11: "BUS1F", 12: "BUS2F",
	13: "REDF", 14: "MSTR", 15: "RACK0", 16: "RACK1", 17: "RACK2", 18: "IFM1F", 19: "IFM2F", 20: "BUS3F", 21: "MAINT", 22: "DC24V",
}

func ledName(v uint64) string {
	if v > 0 && v < uint64(len(ledNames)) {
		return ledNames[v]
	}
	return unknown("LED", v)
}

func blinkName(v uint64) string {
	switch v {
	case 0:
		return "steady"
	case 1:
		return "2 Hz"
	case 2:
		return "0.5 Hz"
	}
	return ""
}

// String is the label of the LED.
func (l LED) String() string { return ledName(uint64(l.ID)) }

// LED reads record n of a list of LEDs; ok is false when the list is another.
func (s *SZL) LED(n int) (l LED, ok bool) {
	if !s.is(SZLLEDs, 4, n) && !s.is(SZLLocalLEDs, 4, n) {
		return LED{}, false
	}
	b := s.Record(n)
	return LED{ID: b[1], Rack: b[0] & 7, Master: b[0]&8 != 0, On: b[2] != 0, Blink: b[3]}, true
}
